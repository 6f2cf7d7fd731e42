//! Opening registered stores: the one place that knows every concrete Source.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::FutureExt;
use hemvist_app::OpenSource;
use hemvist_model::{SourceSettings, SqlSettings};
use hemvist_object::{S3Settings, S3Source, SplitLimits, TreeSource};
use hemvist_source::{Kind, Source, SourceError};
use hemvist_sql::{MariadbSource, PostgresSource, SqlConnection, SqliteSource};

use crate::secret;

/// Opens Sources for the App.
/// `key_directory` is ours: no Source may have a secret from there.
pub(crate) fn opener(key_directory: PathBuf) -> OpenSource {
    Arc::new(move |registered| {
        let opened = open(&registered.settings, Some(&key_directory));
        async move { opened }.boxed()
    })
}

/// The Source that these settings describe; it connects when it is first asked something.
///
/// # Errors
/// When a secret cannot be resolved; names the reference, never the value.
pub(crate) fn open(
    settings: &SourceSettings,
    keys: Option<&Path>,
) -> Result<Arc<dyn Source>, SourceError> {
    Ok(match settings {
        SourceSettings::Postgres(sql) => Arc::new(PostgresSource::connect(&connection(sql, keys)?)),
        SourceSettings::Mariadb(sql) => Arc::new(MariadbSource::connect(&connection(sql, keys)?)),
        SourceSettings::Sqlite { path } => Arc::new(SqliteSource::connect(Path::new(path))),
        SourceSettings::S3 {
            endpoint,
            region,
            bucket,
            prefix,
            access_key_id,
            secret_key,
        } => {
            let settings = S3Settings {
                endpoint: endpoint.clone(),
                region: region.clone(),
                bucket: bucket.clone(),
                prefix: prefix.clone(),
                access_key_id: access_key_id.clone(),
                secret_key: resolved(secret_key, keys)?,
            };
            Arc::new(S3Source::connect(settings, SplitLimits::default()))
        }
        SourceSettings::Tree { root } => {
            Arc::new(TreeSource::new(PathBuf::from(root), SplitLimits::default()))
        }
    })
}

fn connection(settings: &SqlSettings, keys: Option<&Path>) -> Result<SqlConnection, SourceError> {
    let password = settings.password.as_deref();
    Ok(SqlConnection {
        host: settings.host.clone(),
        port: settings.port,
        database: settings.database.clone(),
        user: settings.user.clone(),
        password: password
            .map(|reference| resolved(reference, keys))
            .transpose()?,
        tls: settings.tls,
    })
}

fn resolved(reference: &str, keys: Option<&Path>) -> Result<String, SourceError> {
    secret::resolve_for_source(reference, keys)
        .map_err(|error| SourceError::new(Kind::Denied, format!("{error:#}")))
}
