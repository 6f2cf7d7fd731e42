//! Reading rows of every shape: each exactly once, and as the same text whichever way.

use futures::TryStreamExt as _;
use hemvist_model::SplitSpec;
use hemvist_source::{Batch, Kind as Error, Source};

use crate::store::{Kind, Store, read_again, read_all, read_split};

/// Rows that each key below is tried with.
const ROWS: u64 = 80;

/// The key's columns, the primary key, and its values made from the number `g`.
const KEYS: [(Kind, &str, &str, &str); 27] = [
    (Kind::Postgres, "k int", "k", "150 - g"),
    (Kind::Postgres, "k numeric", "k", "g * 1.50 - 3"),
    (
        Kind::Postgres,
        "k text",
        "k",
        "chr(64 + g % 26) || ' ' || g",
    ),
    (
        Kind::Postgres,
        "k text COLLATE \"und-x-icu\"",
        "k",
        "chr(64 + g % 60) || 'å' || g",
    ),
    (Kind::Postgres, "k char(9)", "k", "g::text"),
    (Kind::Postgres, "k uuid", "k", "md5(g::text)::uuid"),
    (
        Kind::Postgres,
        "k bytea",
        "k",
        "decode(md5(g::text), 'hex')",
    ),
    (
        Kind::Postgres,
        "k timestamptz",
        "k",
        "timestamptz '2026-01-01' + g * interval '1.001 s'",
    ),
    (Kind::Postgres, "k float8", "k", "g / 7.0"),
    (Kind::Postgres, "k bool, l int", "k, l", "g % 2 = 0, g"),
    (
        Kind::Postgres,
        "k text, l bigint",
        "k, l",
        "(g % 3)::text, -g",
    ),
    (
        Kind::Postgres,
        "k mood, l int",
        "k, l",
        "(ARRAY['sad', 'ok']::mood[])[g % 2 + 1], g",
    ),
    (Kind::Mariadb, "k int", "k", "150 - g"),
    (
        Kind::Mariadb,
        "k bigint unsigned",
        "k",
        "18446744073709551615 - g",
    ),
    (Kind::Mariadb, "k decimal(9,3)", "k", "g * 1.5 - 3"),
    (
        Kind::Mariadb,
        "k varchar(20)",
        "k",
        "concat(char(65 + g % 26), ' ', g)",
    ),
    (
        Kind::Mariadb,
        "k varchar(20) CHARACTER SET latin1",
        "k",
        "concat('å', g)",
    ),
    (
        Kind::Mariadb,
        "k datetime(3)",
        "k",
        "'2026-01-01' + INTERVAL g * 1001000 MICROSECOND",
    ),
    (
        Kind::Mariadb,
        "k date",
        "k",
        "'2026-01-01' + INTERVAL g DAY",
    ),
    (Kind::Mariadb, "k binary(16)", "k", "unhex(md5(g))"),
    (Kind::Mariadb, "k varchar(3), l bigint", "k, l", "g % 3, -g"),
    (
        Kind::Mariadb,
        "k enum('z','a'), l int",
        "k, l",
        "1 + g % 2, g",
    ),
    (Kind::Mariadb, "k int zerofill", "k", "g"),
    (Kind::Sqlite, "k INTEGER", "k", "150 - g"),
    (
        Kind::Sqlite,
        "k text NOT NULL",
        "k",
        "char(65 + g % 26) || ' ' || g",
    ),
    (
        Kind::Sqlite,
        "k text NOT NULL, l int NOT NULL",
        "k, l",
        "g % 3, -g",
    ),
    (
        Kind::Sqlite,
        "k text COLLATE NOCASE NOT NULL, rowid int, oid int, _rowid_ int",
        "k",
        "'å' || g, 1, 1, 1",
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_every_type_cut_and_address_rows() {
    for (kind, columns, key, values) in KEYS {
        let store = Store::new(kind).await;
        let name = format!("{kind:?} {columns}");
        if kind == Kind::Postgres {
            store
                .execute("CREATE TYPE mood AS ENUM ('sad', 'ok')")
                .await;
        }
        store
            .execute(&format!(
                "CREATE TABLE t ({columns}, note varchar(50), PRIMARY KEY ({key}))"
            ))
            .await;
        let numbers = match kind {
            Kind::Postgres => format!("generate_series(1, {ROWS}) AS g"),
            Kind::Mariadb => {
                format!("(SELECT CAST(seq AS SIGNED) AS g FROM seq_1_to_{ROWS}) AS numbers")
            }
            // There is no `generate_series` here.
            Kind::Sqlite => format!(
                "(WITH RECURSIVE n(g) AS (SELECT 1 UNION ALL SELECT g + 1 FROM n WHERE g < {ROWS}) \
                 SELECT g FROM n)"
            ),
        };
        store
            .execute(&format!(
                "INSERT INTO t SELECT {values}, 'n' FROM {numbers}"
            ))
            .await;
        for split_rows in [1, 7, ROWS] {
            let source = store.source(split_rows);
            let rows = read_all(&*source, &store.collection("t")).await.unwrap();
            assert_eq!(rows.len() as u64, ROWS, "{name}");
            let mut keys: Vec<_> = rows.iter().map(|(key, _)| key.encode()).collect();
            keys.sort();
            keys.dedup();
            assert_eq!(keys.len() as u64, ROWS, "{name}");
            for (key, cells) in rows.iter().take(20) {
                let again = read_again(&*source, &store.collection("t"), key).await;
                assert!(again.is_some_and(|again| again.cells == *cells), "{name}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn texts_are_the_same_whichever_way() {
    let cases = [
        (
            Kind::Postgres,
            "'\\x00'::bytea AS b, '192.0.2.7'::inet AS i, '192.0.2.0/24'::inet AS n, \
             '198.51.100.0/24'::cidr AS c, true AS t, 'a'::char(4) AS p, '{a,NULL,\"x\\\"y\"}'::text[] AS a, \
             '{\"a\": \"å\\n\"}'::jsonb AS j, 1.50::numeric AS d, 0.1::float8 AS f, 'x\ty\\z\n'::text AS s, \
             NULL::text AS e, '1 day 02:03:04'::interval AS v, '<a/>'::xml AS x, ''::text AS z",
            "|192.0.2.7|192.0.2.0/24|198.51.100.0/24|true|a|{a,NULL,\"x\\\"y\"}|{\"a\": \"å\\n\"}|1.50|0.1|\
             x\ty\\z\n|-|1 day 02:03:04|<a/>|",
        ),
        (
            Kind::Mariadb,
            "X'00' AS b, CAST('192.0.2.7' AS inet4) AS i, CAST(5 AS UNSIGNED) AS u, 1.50 AS d, \
             CAST(0.1 AS double) AS f, 'x\ty\\\\z\n' AS s, NULL AS e, '' AS z, \
             CAST('2026-01-02 03:04:05.6' AS datetime(1)) AS t, 'å🦊' AS a",
            "|192.0.2.7|5|1.50|0.1|x\ty\\z\n|-||2026-01-02 03:04:05.6|å🦊",
        ),
        (
            Kind::Sqlite,
            "CAST(X'00' AS blob) AS b, 5 AS i, 0.5 AS r, 'x\ty\\z' AS s, NULL AS e, '' AS z, X'61' AS y",
            "00|5|0.5|x\ty\\z|-||a",
        ),
    ];
    for (kind, values, expected) in cases {
        let store = Store::new(kind).await;
        match kind {
            Kind::Sqlite => {
                store
                    .execute("CREATE TABLE t (id INTEGER PRIMARY KEY, b, i, r, s, e, z, y)")
                    .await;
                let insert = "INSERT INTO t (id, b, i, r, s, e, z, y) SELECT 1 AS id,";
                store.execute(&format!("{insert} {values}")).await;
                store.execute("UPDATE t SET b = '00'").await;
            }
            _ => {
                store
                    .execute(&format!("CREATE TABLE t AS SELECT 1 AS id, {values}"))
                    .await;
                store.execute("ALTER TABLE t ADD PRIMARY KEY (id)").await;
            }
        }
        let source = store.source(10);
        let rows = read_all(&*source, &store.collection("t")).await.unwrap();
        let text = |cell: &Option<Vec<u8>>| {
            cell.as_ref().map_or("-".to_owned(), |bytes| {
                String::from_utf8(bytes.clone()).unwrap()
            })
        };
        let read: Vec<String> = rows[0].1.iter().skip(1).map(text).collect();
        assert_eq!(read.join("|"), expected, "{kind:?}");
        let again = read_again(&*source, &store.collection("t"), &rows[0].0)
            .await
            .unwrap();
        let again: Vec<String> = again.cells.iter().skip(1).map(text).collect();
        // Scanning leaves a binary column's content out; reading a Record does not.
        assert_eq!(again[1..], read[1..], "{kind:?}");
        assert_eq!(again[0], "00", "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_split_resumes_after_each_batch() {
    for kind in Kind::ALL {
        for key in [" PRIMARY KEY", ""] {
            let store = Store::new(kind).await;
            store
                .execute(&format!(
                    "CREATE TABLE t (id INTEGER{key}, note varchar(50))"
                ))
                .await;
            store
                .execute(
                    "INSERT INTO t WITH RECURSIVE n(g) AS (SELECT 1 UNION ALL SELECT g + 1 FROM n \
                     WHERE g < 900) SELECT n.g * 10 + m.g, 'n' FROM n, n AS m WHERE m.g <= 10",
                )
                .await;
            let source = store.source(1_000_000);
            let splits: Vec<SplitSpec> = source
                .splits(&store.collection("t"))
                .try_collect()
                .await
                .unwrap();
            let [split] = splits.as_slice() else {
                panic!("one Split")
            };
            let mut batches = source.read(split, None);
            let mut seen = 0;
            while let Some(Batch::Rows(batch)) = batches.try_next().await.unwrap() {
                seen += batch.rows();
                let Some(resume) = batch.resume else {
                    assert!(kind == Kind::Mariadb && key.is_empty());
                    continue;
                };
                let rest = read_split(&*source, split, Some(&resume)).await.unwrap();
                assert_eq!(seen + rest.len(), 9000, "{kind:?} {key}");
            }
            assert_eq!(seen, 9000, "{kind:?} {key}");
        }
    }
}

async fn kind_of_reading(source: &dyn Source, store: &Store) -> Option<Error> {
    let read = read_all(source, &store.collection("person")).await;
    read.err().map(|error| error.kind())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn missing_rights_are_denied_and_never_a_gap() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let store = Store::new(kind).await;
        store
            .execute("CREATE TABLE person (id int PRIMARY KEY, name varchar(20))")
            .await;
        store.execute("INSERT INTO person VALUES (1, 'Anna')").await;
        let column = ["GRANT SELECT (id) ON person TO {user}"];
        let some = store.source_with(&column).await.unwrap();
        assert_eq!(
            kind_of_reading(&*some, &store).await,
            Some(Error::Denied),
            "{kind:?}"
        );
        let all = store
            .source_with(&["GRANT SELECT ON person TO {user}"])
            .await
            .unwrap();
        assert_eq!(kind_of_reading(&*all, &store).await, None, "{kind:?}");
    }
    let store = Store::new(Kind::Postgres).await;
    store
        .execute("CREATE TABLE person (id int PRIMARY KEY, name varchar(20))")
        .await;
    store
        .execute("ALTER TABLE person ENABLE ROW LEVEL SECURITY")
        .await;
    let hidden = store
        .source_with(&["GRANT SELECT ON person TO {user}"])
        .await
        .unwrap();
    assert_eq!(kind_of_reading(&*hidden, &store).await, Some(Error::Denied));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_changes_shape_is_a_conflict() {
    for kind in Kind::ALL {
        let store = Store::new(kind).await;
        store
            .execute("CREATE TABLE person (id int PRIMARY KEY, name varchar(20))")
            .await;
        store.execute("INSERT INTO person VALUES (1, 'Anna')").await;
        let source = store.source(10);
        let table = store.collection("person");
        let splits: Vec<SplitSpec> = source.splits(&table).try_collect().await.unwrap();
        store
            .execute("ALTER TABLE person RENAME COLUMN name TO surname")
            .await;
        let read = read_split(&*source, &splits[0], None).await;
        assert_eq!(
            read.err().map(|error| error.kind()),
            Some(Error::Conflict),
            "{kind:?}"
        );
        let again = read_split(&*source, &splits[0], None).await;
        assert_eq!(again.map_or(0, |rows| rows.len()), 1, "{kind:?}");
    }
}
