//! A registered Source as a message, and back.

use hemvist_model::{
    CollectionName, CollectionPolicy, Exclusion, IdentitySource, RecordPolicy, RegisteredSource,
    SourceId, SourceSettings, SqlSettings, Timestamp,
};
use hemvist_proto::v1;
use hemvist_proto::v1::source::Settings;
use prost_types::FieldMask;
use tonic::Status;

use crate::status::invalid;
use crate::{decode, encode as noun, names};

/// The forms of a secret's reference. A secret itself is refused, so that none is ever stored.
const REFERENCES: [&str; 2] = ["env:", "file:"];

/// A Source to be registered.
pub(crate) fn create(id: SourceId, from: v1::Source) -> Result<RegisteredSource, Status> {
    Ok(RegisteredSource {
        id,
        controller: names::controller("source.controller", &from.controller)?,
        settings: settings(from.settings)?,
        identity_sources: identity_sources(from.identity_sources)?,
        policies: policies(from.collection_policies)?,
        exclusions: exclusions(from.exclusions)?,
        created: Timestamp(0),
        revision: 0,
    })
}

/// `present` with what `mask` names taken from `from`; without a mask everything.
pub(crate) fn update(
    mut present: RegisteredSource,
    from: v1::Source,
    mask: Option<FieldMask>,
) -> Result<RegisteredSource, Status> {
    const KINDS: [&str; 6] = ["settings", "postgres", "mariadb", "sqlite", "s3", "tree"];
    let paths = mask.unwrap_or_default().paths;
    const DECLARED: [&str; 4] = ["*", "identity_sources", "collection_policies", "exclusions"];
    let known = |path: &str| DECLARED.contains(&path);
    if !paths
        .iter()
        .all(|path| known(path) || KINDS.contains(&path.as_str()))
    {
        let message =
            "names settings, identity_sources, collection_policies or exclusions, as a whole";
        return Err(invalid("update_mask", message));
    }
    let asked =
        |name: &str| paths.is_empty() || paths.iter().any(|path| path == name || path == "*");
    if !from.controller.is_empty() {
        // The app refuses a change of it.
        present.controller = names::controller("source.controller", &from.controller)?;
    }
    if KINDS.into_iter().any(asked) {
        present.settings = settings(from.settings)?;
    }
    if asked("identity_sources") {
        present.identity_sources = identity_sources(from.identity_sources)?;
    }
    if asked("collection_policies") {
        present.policies = policies(from.collection_policies)?;
    }
    if asked("exclusions") {
        present.exclusions = exclusions(from.exclusions)?;
    }
    Ok(present)
}

/// The mark that changes with every change.
pub(crate) fn etag(source: &RegisteredSource) -> String {
    source.revision.to_string()
}

/// A Source as it is sent.
pub(crate) fn encode(source: RegisteredSource) -> v1::Source {
    let etag = etag(&source);
    let identity_sources = source.identity_sources.into_iter();
    let policies = source.policies.into_iter();
    let exclusions = source.exclusions.into_iter();
    v1::Source {
        name: names::of_source(&source.id),
        controller: names::of_controller(&source.controller),
        settings: Some(encode_settings(source.settings)),
        identity_sources: identity_sources.map(encode_identity_source).collect(),
        collection_policies: policies.map(encode_policy).collect(),
        exclusions: exclusions.map(encode_exclusion).collect(),
        etag,
        create_time: Some(noun::time(source.created)),
    }
}

fn settings(from: Option<Settings>) -> Result<SourceSettings, Status> {
    let Some(from) = from else {
        let message = "set one of postgres, mariadb, sqlite, s3 and tree";
        return Err(invalid("source.settings", message));
    };
    Ok(match from {
        Settings::Postgres(sql) => SourceSettings::Postgres(server("source.postgres", sql)?),
        Settings::Mariadb(sql) => SourceSettings::Mariadb(server("source.mariadb", sql)?),
        Settings::Sqlite(file) => SourceSettings::Sqlite {
            path: set("source.sqlite.path", file.path)?,
        },
        Settings::S3(s3) => SourceSettings::S3 {
            endpoint: set("source.s3.endpoint", s3.endpoint)?,
            region: s3.region,
            bucket: set("source.s3.bucket", s3.bucket)?,
            prefix: s3.prefix,
            access_key_id: set("source.s3.access_key_id", s3.access_key_id)?,
            secret_key: reference("source.s3.secret_key", s3.secret_key)?,
        },
        Settings::Tree(tree) => SourceSettings::Tree {
            root: set("source.tree.root", tree.root)?,
        },
    })
}

fn server(field: &str, from: v1::SqlSettings) -> Result<SqlSettings, Status> {
    let at = |name: &str| format!("{field}.{name}");
    let port = u16::try_from(from.port).ok().filter(|port| *port > 0);
    let password = match from.password {
        none if none.is_empty() => None,
        some => Some(reference(&at("password"), some)?),
    };
    Ok(SqlSettings {
        host: set(&at("host"), from.host)?,
        port: port.ok_or_else(|| invalid(&at("port"), "must be 1 to 65535"))?,
        database: set(&at("database"), from.database)?,
        user: set(&at("user"), from.user)?,
        password,
        tls: from.tls,
    })
}

fn set(field: &str, text: String) -> Result<String, Status> {
    if text.is_empty() {
        return Err(invalid(field, "must be set"));
    }
    Ok(text)
}

fn reference(field: &str, text: String) -> Result<String, Status> {
    let named = |form: &&str| {
        text.strip_prefix(*form)
            .is_some_and(|name| !name.is_empty())
    };
    if REFERENCES.iter().any(named) {
        return Ok(text);
    }
    let message = "must be a reference, env:NAME or file:PATH, never the secret itself";
    Err(invalid(field, message))
}

fn identity_sources(from: Vec<v1::IdentitySource>) -> Result<Vec<IdentitySource>, Status> {
    let field = "source.identity_sources";
    let one = |from: v1::IdentitySource| {
        let fields = from.fields.into_iter().map(|from| {
            let kind = decode::info_type(&format!("{field}.fields.info_type"), &from.info_type)?;
            Ok((set(&format!("{field}.fields.field"), from.field)?, kind))
        });
        Ok(IdentitySource {
            collection: CollectionName(set(&format!("{field}.collection"), from.collection)?),
            fields: fields.collect::<Result<_, Status>>()?,
        })
    };
    from.into_iter().map(one).collect()
}

fn encode_identity_source(declared: IdentitySource) -> v1::IdentitySource {
    let fields = declared.fields.into_iter();
    v1::IdentitySource {
        collection: declared.collection.0,
        fields: fields
            .map(|(field, info_type)| v1::IdentityField {
                field,
                info_type: info_type.as_str().to_owned(),
            })
            .collect(),
    }
}

fn policies(from: Vec<v1::CollectionPolicy>) -> Result<Vec<CollectionPolicy>, Status> {
    let one = |from: v1::CollectionPolicy| {
        let records = match from.records() {
            v1::RecordPolicy::Unspecified | v1::RecordPolicy::Auto => RecordPolicy::Auto,
            v1::RecordPolicy::Delete => RecordPolicy::Delete,
            v1::RecordPolicy::Mask => RecordPolicy::Mask,
            v1::RecordPolicy::Keep => RecordPolicy::Keep,
        };
        let collection = set("source.collection_policies.collection", from.collection)?;
        Ok(CollectionPolicy {
            collection: CollectionName(collection),
            records,
            clear_fields: from.clear_fields,
        })
    };
    from.into_iter().map(one).collect()
}

fn encode_policy(policy: CollectionPolicy) -> v1::CollectionPolicy {
    let records = match policy.records {
        RecordPolicy::Auto => v1::RecordPolicy::Auto,
        RecordPolicy::Delete => v1::RecordPolicy::Delete,
        RecordPolicy::Mask => v1::RecordPolicy::Mask,
        RecordPolicy::Keep => v1::RecordPolicy::Keep,
    };
    v1::CollectionPolicy {
        collection: policy.collection.0,
        records: records.into(),
        clear_fields: policy.clear_fields,
    }
}

fn exclusions(from: Vec<v1::Exclusion>) -> Result<Vec<Exclusion>, Status> {
    let one = |from: v1::Exclusion| {
        let collection = set("source.exclusions.collection", from.collection)?;
        Ok(Exclusion {
            collection: CollectionName(collection),
            pattern: Some(from.pattern).filter(|pattern| !pattern.is_empty()),
        })
    };
    from.into_iter().map(one).collect()
}

fn encode_exclusion(exclusion: Exclusion) -> v1::Exclusion {
    v1::Exclusion {
        collection: exclusion.collection.0,
        pattern: exclusion.pattern.unwrap_or_default(),
    }
}

fn encode_settings(settings: SourceSettings) -> Settings {
    let server = |sql: SqlSettings| v1::SqlSettings {
        host: sql.host,
        port: sql.port.into(),
        database: sql.database,
        user: sql.user,
        password: sql.password.unwrap_or_default(),
        tls: sql.tls,
    };
    match settings {
        SourceSettings::Postgres(sql) => Settings::Postgres(server(sql)),
        SourceSettings::Mariadb(sql) => Settings::Mariadb(server(sql)),
        SourceSettings::Sqlite { path } => Settings::Sqlite(v1::SqliteSettings { path }),
        SourceSettings::Tree { root } => Settings::Tree(v1::TreeSettings { root }),
        SourceSettings::S3 {
            endpoint,
            region,
            bucket,
            prefix,
            access_key_id,
            secret_key,
        } => Settings::S3(v1::S3Settings {
            endpoint,
            region,
            bucket,
            prefix,
            access_key_id,
            secret_key,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> SourceId {
        SourceId::new("crm").expect("an id")
    }

    fn exclusion(collection: &str, pattern: &str) -> v1::Exclusion {
        v1::Exclusion {
            collection: collection.into(),
            pattern: pattern.into(),
        }
    }

    fn source(settings: Settings) -> v1::Source {
        v1::Source {
            name: "sources/crm".into(),
            controller: "controllers/acme".into(),
            settings: Some(settings),
            identity_sources: vec![v1::IdentitySource {
                collection: "people".into(),
                fields: vec![v1::IdentityField {
                    field: "pnr".into(),
                    info_type: "SE_PERSONNUMMER".into(),
                }],
            }],
            collection_policies: vec![v1::CollectionPolicy {
                collection: "people".into(),
                records: v1::RecordPolicy::Mask.into(),
                clear_fields: vec!["name".into()],
            }],
            exclusions: vec![exclusion("photos", ""), exclusion("files", "*.jpg")],
            etag: "0".into(),
            create_time: Some(prost_types::Timestamp::default()),
        }
    }

    fn sql() -> v1::SqlSettings {
        v1::SqlSettings {
            host: "db.example.com".into(),
            port: 5432,
            database: "crm".into(),
            user: "reader".into(),
            password: "env:CRM_PASSWORD".into(),
            tls: true,
        }
    }

    fn s3() -> v1::S3Settings {
        v1::S3Settings {
            endpoint: "https://s3.example.com".into(),
            region: "eu-north-1".into(),
            bucket: "b".into(),
            prefix: "p/".into(),
            access_key_id: "id".into(),
            secret_key: "file:/run/secret".into(),
        }
    }

    fn tree(root: &str) -> Settings {
        Settings::Tree(v1::TreeSettings { root: root.into() })
    }

    #[test]
    fn every_kind_of_source_reads_back() {
        let path = "/srv/crm.db".to_owned();
        for settings in [
            Settings::Postgres(sql()),
            Settings::Mariadb(sql()),
            Settings::Sqlite(v1::SqliteSettings { path }),
            Settings::S3(s3()),
            tree("/srv"),
        ] {
            let sent = source(settings);
            let read = create(id(), sent.clone()).expect("a source");
            assert_eq!(encode(read), sent);
        }
    }

    fn refused(sent: v1::Source, field: &str) {
        let status = create(id(), sent).expect_err("refused");
        assert!(status.message().starts_with(field), "{}", status.message());
        assert!(!status.message().contains("hunter2"));
    }

    #[test]
    fn what_is_wrong_is_named_and_secrets_are_never_taken() {
        let mut wrong = sql();
        wrong.password = "hunter2".into();
        refused(
            source(Settings::Postgres(wrong)),
            "source.postgres.password:",
        );
        let mut wrong = sql();
        wrong.port = 70_000;
        refused(source(Settings::Mariadb(wrong)), "source.mariadb.port:");
        let mut wrong = s3();
        wrong.secret_key = "env:".into();
        refused(source(Settings::S3(wrong)), "source.s3.secret_key:");
        refused(source(tree("")), "source.tree.root:");
        refused(v1::Source::default(), "source.controller:");
        let mut none = source(tree("/srv"));
        none.settings = None;
        refused(none, "source.settings:");
        let mut wrong = source(tree("/srv"));
        wrong.identity_sources[0].fields[0].info_type = "NAME".into();
        refused(wrong, "source.identity_sources.fields.info_type:");
    }

    fn updated(paths: &[&str]) -> Result<v1::Source, Status> {
        let present = create(id(), source(tree("/old"))).expect("a source");
        let wanted = v1::Source {
            settings: Some(tree("/new")),
            ..v1::Source::default()
        };
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        update(present, wanted, Some(FieldMask { paths })).map(encode)
    }

    #[test]
    fn an_update_changes_what_its_mask_names() {
        let whole = updated(&[]).expect("a source");
        assert_eq!(whole.settings, Some(tree("/new")));
        assert!(whole.identity_sources.is_empty() && whole.collection_policies.is_empty());
        for mask in [["settings"], ["tree"]] {
            let settings = updated(&mask).expect("a source");
            assert_eq!(settings.settings, Some(tree("/new")));
            assert_eq!(settings.identity_sources.len(), 1);
        }
        let policies = updated(&["collection_policies"]).expect("a source");
        assert_eq!(policies.settings, Some(tree("/old")));
        assert!(policies.collection_policies.is_empty() && policies.exclusions.len() == 2);
        let excluded = updated(&["exclusions"]).expect("a source");
        assert!(excluded.exclusions.is_empty() && excluded.collection_policies.len() == 1);
        for bad in [["name"], ["controller"], ["postgres.password"]] {
            assert!(updated(&bad).is_err(), "{bad:?}");
        }
    }
}
