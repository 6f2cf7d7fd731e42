//! A store's address as a person types it, read into typed settings.

use std::path::Path;

use anyhow::{Result, bail};
use hemvist_model::{SourceSettings, SqlSettings};

/// What a person may say besides the address.
#[derive(Debug, Clone, Default)]
pub(crate) struct AddressOptions {
    /// Reference to the password or the S3 secret key.
    pub(crate) secret: Option<String>,
    /// S3 endpoint, such as `https://s3.example.com`.
    pub(crate) endpoint: Option<String>,
    /// S3 region.
    pub(crate) region: String,
    /// S3 access key id.
    pub(crate) access_key: Option<String>,
    /// Require TLS to a database server.
    pub(crate) tls: bool,
}

/// Reads `postgres://user@host:port/database`, `mariadb://…`, `sqlite:PATH`, `s3://bucket/prefix`
/// or the path of a directory or SQLite file.
///
/// # Errors
/// Says which forms there are. A password inside the address is refused: it would end up in
/// process lists and shell histories.
pub(crate) fn parse(address: &str, options: &AddressOptions) -> Result<SourceSettings> {
    if let Some(rest) = strip_any(address, &["postgres://", "postgresql://"]) {
        return Ok(SourceSettings::Postgres(sql(rest, 5432, options)?));
    }
    if let Some(rest) = strip_any(address, &["mariadb://", "mysql://"]) {
        return Ok(SourceSettings::Mariadb(sql(rest, 3306, options)?));
    }
    if let Some(rest) = address.strip_prefix("s3://") {
        return s3(rest, options);
    }
    if let Some(path) = address.strip_prefix("sqlite:") {
        return Ok(SourceSettings::Sqlite {
            path: absolute(path)?,
        });
    }
    if address.contains("://") {
        bail!(
            "unknown kind of store; known are postgres://, mariadb://, s3://, sqlite:PATH and a path"
        );
    }
    let path = absolute(address)?;
    if Path::new(&path).is_dir() {
        return Ok(SourceSettings::Tree { root: path });
    }
    if is_sqlite(Path::new(&path)) {
        return Ok(SourceSettings::Sqlite { path });
    }
    if Path::new(&path).is_file() {
        return Ok(SourceSettings::Tree { root: path });
    }
    bail!("{address}: no such file or directory")
}

fn strip_any<'a>(address: &'a str, schemes: &[&str]) -> Option<&'a str> {
    schemes
        .iter()
        .find_map(|scheme| address.strip_prefix(scheme))
}

fn sql(rest: &str, default_port: u16, options: &AddressOptions) -> Result<SqlSettings> {
    let (user, rest) = match rest.rsplit_once('@') {
        Some((user, _)) if user.contains(':') => {
            bail!(
                "leave the password out of the address and give it by reference: --secret env:NAME"
            )
        }
        Some((user, rest)) => (user, rest),
        None => bail!("name the user: postgres://USER@host/database"),
    };
    let Some((server, database)) = rest
        .rsplit_once('/')
        .filter(|(_, database)| !database.is_empty())
    else {
        bail!("name the database: postgres://user@host/DATABASE")
    };
    let (host, port) = match server.rsplit_once(':') {
        Some((host, port)) => match port.parse() {
            Ok(port) => (host, port),
            Err(_) => bail!("the port is not a number between 1 and 65535"),
        },
        None => (server, default_port),
    };
    Ok(SqlSettings {
        // A socket's path is written with %2F, as libpq has it.
        host: host.replace("%2F", "/").replace("%2f", "/"),
        port,
        database: database.to_owned(),
        user: user.to_owned(),
        password: options.secret.clone(),
        tls: options.tls,
    })
}

fn s3(rest: &str, options: &AddressOptions) -> Result<SourceSettings> {
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let (Some(endpoint), Some(access_key_id), Some(secret_key)) = (
        options.endpoint.clone(),
        options.access_key.clone(),
        options.secret.clone(),
    ) else {
        bail!("an S3 store needs --endpoint URL, --access-key ID and --secret env:NAME")
    };
    Ok(SourceSettings::S3 {
        endpoint,
        region: options.region.clone(),
        bucket: bucket.to_owned(),
        prefix: prefix.to_owned(),
        access_key_id,
        secret_key,
    })
}

fn absolute(path: &str) -> Result<String> {
    let path = std::path::absolute(path)?;
    match path.into_os_string().into_string() {
        Ok(path) => Ok(path),
        Err(_) => bail!("the path itself must be UTF-8 (what lies below it need not be)"),
    }
}

/// SQLite files begin with these sixteen bytes.
fn is_sqlite(path: &Path) -> bool {
    let mut magic = [0; 16];
    let read = std::fs::File::open(path)
        .and_then(|mut file| std::io::Read::read_exact(&mut file, &mut magic));
    read.is_ok() && &magic == b"SQLite format 3\0"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(address: &str, expected: Option<&str>) {
        let options = AddressOptions {
            secret: Some("env:X".into()),
            endpoint: Some("http://127.0.0.1:1".into()),
            access_key: Some("id".into()),
            ..Default::default()
        };
        let read = parse(address, &options);
        let shown = read.as_ref().ok().map(|settings| match settings {
            SourceSettings::Postgres(sql) => {
                format!("pg {} {} {} {}", sql.user, sql.host, sql.port, sql.database)
            }
            SourceSettings::Mariadb(sql) => {
                format!("my {} {} {} {}", sql.user, sql.host, sql.port, sql.database)
            }
            SourceSettings::S3 { bucket, prefix, .. } => format!("s3 {bucket} {prefix}"),
            SourceSettings::Sqlite { path } => format!("sqlite {path}"),
            SourceSettings::Tree { root } => format!("tree {root}"),
        });
        assert_eq!(shown.as_deref(), expected, "{address}");
    }

    #[test]
    fn addresses_become_typed_settings() {
        check(
            "postgres://reader@db.example:6432/crm",
            Some("pg reader db.example 6432 crm"),
        );
        check(
            "postgresql://reader@db.example/crm",
            Some("pg reader db.example 5432 crm"),
        );
        check(
            "postgres://reader@%2Frun%2Fpg/crm",
            Some("pg reader /run/pg 5432 crm"),
        );
        check(
            "mysql://reader@db.example/crm",
            Some("my reader db.example 3306 crm"),
        );
        check("s3://backup/2024/mail", Some("s3 backup 2024/mail"));
        check("sqlite:/var/lib/crm.db", Some("sqlite /var/lib/crm.db"));
        check("postgres://reader:secret@db.example/crm", None);
        check("postgres://db.example/crm", None);
        check("postgres://reader@db.example", None);
        check("ftp://example.com", None);
        check("/no/such/place", None);
    }
}
