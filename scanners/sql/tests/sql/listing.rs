//! What a Source says of its tables, and of the way to them.

use hemvist_model::CollectionName;
use hemvist_source::{ColumnKind as K, Kind as Error, RowKey};

use crate::store::{Kind, Store, read_all};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn columns_say_what_they_hold() {
    for (kind, columns, expected) in [
        (
            Kind::Postgres,
            "a int, b bigint, c numeric, d text, e varchar(9), f char(3), g jsonb, h json, i inet, \
             j text[], k bytea, l uuid, m bool, n date, o timestamptz, p xml, q point",
            vec![
                K::Number,
                K::Number,
                K::Number,
                K::Text,
                K::Text,
                K::Text,
                K::Json,
                K::Json,
                K::Inet,
                K::Array,
                K::Binary,
                K::Opaque,
                K::Opaque,
                K::Opaque,
                K::Opaque,
                K::Text,
                K::Other,
            ],
        ),
        (
            Kind::Mariadb,
            "a int, b bigint unsigned, c decimal(9,2), d text, e varchar(9), f json, g blob, \
             h date, i datetime, j inet6, k uuid, l bit(3), m enum('x'), n point",
            vec![
                K::Number,
                K::Number,
                K::Number,
                K::Text,
                K::Text,
                K::Json,
                K::Binary,
                K::Opaque,
                K::Opaque,
                K::Inet,
                K::Opaque,
                K::Opaque,
                K::Other,
                K::Binary,
            ],
        ),
        (
            Kind::Sqlite,
            "a INTEGER, b real, c text, d varchar(9), e blob, f json, g boolean, h date, i",
            vec![
                K::Number,
                K::Number,
                K::Text,
                K::Text,
                K::Binary,
                K::Json,
                K::Opaque,
                K::Other,
                K::Other,
            ],
        ),
    ] {
        let store = Store::new(kind).await;
        store.execute(&format!("CREATE TABLE t ({columns})")).await;
        let listed = store.source(10).collections().await.unwrap();
        let kinds: Vec<K> = listed[0].columns.iter().map(|column| column.kind).collect();
        assert_eq!(kinds, expected, "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_is_what_is_unique_and_never_null() {
    let whole = RowKey::WholeRow;
    let columns = |names: &[&str]| RowKey::Columns(names.iter().map(|&one| one.into()).collect());
    for kind in Kind::ALL {
        for (table, expected) in [
            (
                "a int, b int NOT NULL, PRIMARY KEY (b, a)",
                columns(&["b", "a"]),
            ),
            ("a int NOT NULL, b int, UNIQUE (a)", columns(&["a"])),
            ("a int, b int, UNIQUE (a)", whole.clone()),
            ("a int NOT NULL, b int, UNIQUE (a, b)", whole.clone()),
            ("a int, b int", whole.clone()),
            (
                "a int NOT NULL, b int NOT NULL, c int NOT NULL, UNIQUE (a, b), UNIQUE (c)",
                columns(&["c"]),
            ),
        ] {
            // A primary key of an SQLite table may hold NULL unless it says that it does not.
            let table = match kind {
                Kind::Sqlite => table.replace(
                    "a int, b int NOT NULL, P",
                    "a int NOT NULL, b int NOT NULL, P",
                ),
                _ => table.to_owned(),
            };
            let store = Store::new(kind).await;
            store.execute(&format!("CREATE TABLE t ({table})")).await;
            let listed = store.source(10).collections().await.unwrap();
            assert_eq!(
                listed[0].row_key.as_ref(),
                Some(&expected),
                "{kind:?} {table}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn views_are_left_alone_and_named() {
    for kind in Kind::ALL {
        let store = Store::new(kind).await;
        store
            .execute("CREATE TABLE person (id int PRIMARY KEY)")
            .await;
        store
            .execute("CREATE VIEW people AS SELECT id FROM person")
            .await;
        if kind == Kind::Postgres {
            store
                .execute("CREATE MATERIALIZED VIEW kept AS SELECT id FROM person")
                .await;
        }
        if kind == Kind::Sqlite {
            store
                .execute("CREATE VIRTUAL TABLE words USING fts5(text)")
                .await;
        }
        let source = store.source(10);
        let listed = source.collections().await.unwrap();
        let names: Vec<_> = listed.iter().map(|one| one.name.clone()).collect();
        assert_eq!(names, [store.collection("person")], "{kind:?}");
        let left = source.left_alone().await.unwrap();
        assert!(
            left.iter()
                .any(|(name, _)| *name == store.collection("people")),
            "{kind:?}"
        );
        assert_eq!(left.len() > 1, kind != Kind::Mariadb);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_schemas_are_read_and_partitions_once() {
    let store = Store::new(Kind::Postgres).await;
    for sql in [
        "CREATE SCHEMA \"Crm \"\"x\"",
        "CREATE TABLE \"Crm \"\"x\".\"select\" (id int PRIMARY KEY)",
        "INSERT INTO \"Crm \"\"x\".\"select\" VALUES (1)",
        "CREATE TABLE event (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at)",
        "CREATE TABLE event_25 PARTITION OF event FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
        "CREATE TABLE event_26 PARTITION OF event FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
        "INSERT INTO event SELECT g, date '2025-06-01' + g * 5 FROM generate_series(1, 100) g",
        "CREATE TABLE parent (id int PRIMARY KEY)",
        "CREATE TABLE child (name text) INHERITS (parent)",
        "INSERT INTO parent VALUES (1), (2)",
        "INSERT INTO child VALUES (3, 'a')",
    ] {
        store.execute(sql).await;
    }
    let source = store.source(7);
    let mut names = Vec::new();
    for (name, rows) in [
        ("\"Crm \"\"x\".select", 1),
        ("public.child", 1),
        ("public.event", 100),
        ("public.parent", 2),
    ] {
        let name = CollectionName::new(name);
        assert_eq!(
            read_all(&*source, &name).await.unwrap().len(),
            rows,
            "{name}"
        );
        names.push(name);
    }
    let listed = source.collections().await.unwrap();
    let listed: Vec<_> = listed.into_iter().map(|one| one.name).collect();
    assert_eq!(listed, names);
    assert_eq!(source.left_alone().await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_way_that_is_barred_says_how() {
    for (kind, spoil, expected) in [
        (Kind::Postgres, "database", Error::NotFound),
        (Kind::Postgres, "user", Error::Denied),
        (Kind::Postgres, "port", Error::Transient),
        (Kind::Mariadb, "database", Error::NotFound),
        (Kind::Mariadb, "password", Error::Denied),
        (Kind::Mariadb, "port", Error::Transient),
        (Kind::Mariadb, "host", Error::Transient),
    ] {
        let store = Store::new(kind).await;
        let mut connection = store.connection();
        match spoil {
            "database" => connection.database = "no_such_database".to_owned(),
            "user" => connection.user = "no_such_user".to_owned(),
            "password" => connection.password = Some("wrong".to_owned()),
            "host" => connection.host = "no-such-host.invalid".to_owned(),
            _ => connection.port = 1,
        }
        let error = store.source_by(&connection).probe().await.err();
        assert_eq!(
            error.map(|error| error.kind()),
            Some(expected),
            "{kind:?} {spoil}"
        );
    }
    for kind in Kind::ALL {
        let product = Store::new(kind)
            .await
            .source(10)
            .probe()
            .await
            .unwrap()
            .product;
        assert!(product.contains(' '), "{product}");
    }
}
