//! Changing rows where databases have rules of their own: foreign keys, triggers, computed columns.

use hemvist_model::{Fingerprint, RecordKey};
use hemvist_source::{Change, Changed, Fingerprinter, Kind as Error, Source, SourceError};

use crate::store::{Kind, Store, key, read_again, read_all, row};

pub(crate) fn fingerprinter() -> Fingerprinter {
    Fingerprinter::new([7; 32])
}

/// The Fingerprint of the row as it is now.
pub(crate) async fn fingerprint(
    source: &dyn Source,
    store: &Store,
    table: &str,
    key: &RecordKey,
) -> Fingerprint {
    let read = read_again(source, &store.collection(table), key)
        .await
        .unwrap();
    fingerprinter().row(read.cells.iter().map(Option::as_deref))
}

/// Changes a row that nobody has changed since it was read.
async fn change(
    store: &Store,
    table: &str,
    key: &RecordKey,
    change: Change,
) -> Result<Changed, SourceError> {
    let source = store.source(100);
    let expected = fingerprint(&*source, store, table, key).await;
    source
        .change(
            &store.collection(table),
            key,
            &expected,
            &fingerprinter(),
            change,
        )
        .await
}

pub(crate) fn set(column: &str, value: Option<&str>) -> Change {
    Change::SetFields(vec![(
        column.to_owned(),
        value.map(|text| text.as_bytes().to_vec()),
    )])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn foreign_keys_never_take_other_rows_along() {
    for kind in Kind::ALL {
        for (rule, expected) in [
            ("ON DELETE CASCADE", Changed::WouldCascade),
            ("ON DELETE SET NULL", Changed::WouldCascade),
            ("ON DELETE RESTRICT", REFERRED),
            ("", REFERRED),
        ] {
            let store = Store::new(kind).await;
            store
                .execute("CREATE TABLE person (id int PRIMARY KEY, name varchar(20))")
                .await;
            store
                .execute(&format!(
                    "CREATE TABLE visit (id int PRIMARY KEY, person int, \
                     FOREIGN KEY (person) REFERENCES person (id) {rule})"
                ))
                .await;
            store
                .execute("INSERT INTO person VALUES (1, 'a'), (2, 'b')")
                .await;
            store.execute("INSERT INTO visit VALUES (1, 1)").await;
            let referred = change(&store, "person", &key("1"), Change::DeleteRow).await;
            assert_eq!(referred.unwrap(), expected, "{kind:?} {rule}");
            let free = change(&store, "person", &key("2"), Change::DeleteRow).await;
            assert_eq!(free.unwrap(), Changed::Done, "{kind:?} {rule}");
            assert_eq!(
                store.rows("SELECT name FROM person").await,
                [row(&[Some("a")])]
            );
            let listed = store.source(100).collections().await.unwrap();
            let person = listed
                .iter()
                .find(|one| one.name == store.collection("person"))
                .unwrap();
            assert_eq!(person.referenced_by.len(), 1);
            let cascades = expected == Changed::WouldCascade;
            assert_eq!(
                person.referenced_by[0].cascades, cascades,
                "{kind:?} {rule}"
            );
            assert_eq!(person.referenced_by[0].from, store.collection("visit"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn setting_what_other_rows_refer_to_never_changes_them() {
    for kind in Kind::ALL {
        for (rule, expected) in [
            ("ON UPDATE CASCADE", Changed::WouldCascade),
            ("ON UPDATE SET NULL", Changed::WouldCascade),
            ("ON DELETE CASCADE", REFERRED),
            ("", REFERRED),
        ] {
            let store = Store::new(kind).await;
            store
                .execute(
                    "CREATE TABLE person (id int PRIMARY KEY, mail varchar(20) UNIQUE, \
                     name varchar(20))",
                )
                .await;
            store
                .execute(&format!(
                    "CREATE TABLE visit (id int PRIMARY KEY, mail varchar(20), \
                     FOREIGN KEY (mail) REFERENCES person (mail) {rule})"
                ))
                .await;
            store
                .execute("INSERT INTO person VALUES (1, 'a', 'Anna'), (2, 'b', 'Bo')")
                .await;
            store.execute("INSERT INTO visit VALUES (1, 'a')").await;
            for (id, column, expected) in [
                ("1", "mail", &expected),
                ("1", "name", &Changed::Done),
                ("2", "mail", &Changed::Done),
            ] {
                let changed = change(&store, "person", &key(id), set(column, Some("x"))).await;
                assert_eq!(changed.unwrap(), *expected, "{kind:?} {rule} {id} {column}");
            }
            let visits = store.rows("SELECT mail FROM visit").await;
            assert_eq!(visits, [row(&[Some("a")])], "{kind:?} {rule}");
        }
    }
}

const REFERRED: Changed = Changed::Refused("rows of another table refer to it");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_may_refer_to_itself_but_not_be_referred_to() {
    for kind in Kind::ALL {
        let store = Store::new(kind).await;
        store
            .execute(
                "CREATE TABLE person (id int PRIMARY KEY, parent int, \
                 FOREIGN KEY (parent) REFERENCES person (id) ON DELETE CASCADE)",
            )
            .await;
        store.execute("INSERT INTO person VALUES (1, 1)").await;
        store.execute("INSERT INTO person VALUES (2, 2)").await;
        store.execute("INSERT INTO person VALUES (3, 2)").await;
        for (id, expected) in [
            ("1", Changed::Done),
            ("2", Changed::WouldCascade),
            ("3", Changed::Done),
        ] {
            let changed = change(&store, "person", &key(id), Change::DeleteRow).await;
            assert_eq!(changed.unwrap(), expected, "{kind:?} {id}");
        }
    }
}

/// A table `person` with one row, in which a trigger does this.
async fn with_trigger(kind: Kind, event: &str, action: &str) -> Store {
    let store = Store::new(kind).await;
    store
        .execute("CREATE TABLE person (id int PRIMARY KEY, name varchar(20), note varchar(20))")
        .await;
    store
        .execute("INSERT INTO person VALUES (1, 'Anna', 'x'), (2, 'Bo', 'y')")
        .await;
    match kind {
        Kind::Postgres => {
            store
                .execute(&format!(
                    "CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {action} END $$"
                ))
                .await;
            store
                .execute(&format!(
                    "CREATE TRIGGER t {event} ON person FOR EACH ROW EXECUTE FUNCTION act()"
                ))
                .await;
        }
        _ => {
            let each =
                format!("CREATE TRIGGER t {event} ON person FOR EACH ROW BEGIN {action} END");
            store.execute(&each).await;
        }
    }
    store
}

const ALTERED: Changed = Changed::Unverifiable("a trigger changed other columns");
const REFUSED: Changed = Changed::Refused("a trigger or function of the database refused");
const ANOTHER_NUMBER: Changed =
    Changed::Unverifiable("the database changed another number of rows");
const KEPT: Changed = Changed::Unverifiable("a trigger kept the row");

/// When a trigger does what, whether our order is to delete, and what comes of it.
const TRIGGERS: [(Kind, &str, &str, bool, Changed); 11] = [
    (
        Kind::Postgres,
        "BEFORE UPDATE",
        "NEW.note := OLD.name; RETURN NEW;",
        false,
        ALTERED,
    ),
    (
        Kind::Postgres,
        "BEFORE UPDATE",
        "NEW.name := 'Anna'; RETURN NEW;",
        false,
        ALTERED,
    ),
    (
        Kind::Postgres,
        "BEFORE UPDATE",
        "RETURN NULL;",
        false,
        ANOTHER_NUMBER,
    ),
    (
        Kind::Postgres,
        "BEFORE DELETE",
        "RETURN NULL;",
        true,
        ANOTHER_NUMBER,
    ),
    (
        Kind::Postgres,
        "BEFORE DELETE",
        "RAISE '%', OLD.name;",
        true,
        REFUSED,
    ),
    (
        Kind::Postgres,
        "AFTER DELETE",
        "INSERT INTO person VALUES (OLD.id, OLD.name); RETURN NULL;",
        true,
        KEPT,
    ),
    (
        Kind::Mariadb,
        "BEFORE UPDATE",
        "SET NEW.note = OLD.name;",
        false,
        ALTERED,
    ),
    (
        Kind::Mariadb,
        "BEFORE DELETE",
        "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'Anna';",
        true,
        REFUSED,
    ),
    (
        Kind::Sqlite,
        "AFTER UPDATE",
        "UPDATE person SET note = OLD.name WHERE id = NEW.id;",
        false,
        ALTERED,
    ),
    (
        Kind::Sqlite,
        "BEFORE DELETE",
        "SELECT RAISE(IGNORE);",
        true,
        ANOTHER_NUMBER,
    ),
    (
        Kind::Sqlite,
        "BEFORE DELETE",
        "SELECT RAISE(ABORT, 'Anna');",
        true,
        REFUSED,
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_triggers_do_beyond_the_order_is_rolled_back() {
    for (kind, event, action, delete, expected) in TRIGGERS {
        let store = with_trigger(kind, event, action).await;
        let order = match delete {
            true => Change::DeleteRow,
            false => set("name", Some("[erased]")),
        };
        let changed = change(&store, "person", &key("1"), order).await;
        assert_eq!(
            changed.as_ref().ok(),
            Some(&expected),
            "{kind:?} {action} {changed:?}"
        );
        let rows = store
            .rows("SELECT name, note FROM person ORDER BY id")
            .await;
        let left = [
            row(&[Some("Anna"), Some("x")]),
            row(&[Some("Bo"), Some("y")]),
        ];
        assert_eq!(rows, left, "{kind:?} {action}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cascade_that_the_user_cannot_see_is_assumed() {
    let store = Store::new(Kind::Mariadb).await;
    store
        .execute("CREATE TABLE person (id int PRIMARY KEY)")
        .await;
    store
        .execute(
            "CREATE TABLE visit (person int, \
             FOREIGN KEY (person) REFERENCES person (id) ON DELETE CASCADE)",
        )
        .await;
    store.execute("INSERT INTO person VALUES (1)").await;
    store.execute("INSERT INTO visit VALUES (1)").await;
    let unseen = Changed::Unverifiable("the user cannot see all foreign keys");
    let database = store.quote(&store.connection().database);
    let all = format!("GRANT SELECT, DELETE ON {database}.* TO {{user}}");
    let read = format!("GRANT SELECT ON {database}.* TO {{user}}");
    let delete = "GRANT SELECT, DELETE ON person TO {user}";
    for (grants, expected) in [
        (vec![delete], unseen.clone()),
        (vec![delete, &read], unseen),
        (vec![delete, &all], Changed::WouldCascade),
    ] {
        let source = store.source_with(&grants).await.unwrap();
        let expected_before = fingerprint(&*source, &store, "person", &key("1")).await;
        let order = Change::DeleteRow;
        let changed = source
            .change(
                &store.collection("person"),
                &key("1"),
                &expected_before,
                &fingerprinter(),
                order,
            )
            .await;
        assert_eq!(changed.unwrap(), expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn columns_that_cannot_be_set_are_left() {
    for kind in Kind::ALL {
        let store = Store::new(kind).await;
        let bytes = if kind == Kind::Postgres {
            "bytea"
        } else {
            "blob"
        };
        store
            .execute(&format!(
                "CREATE TABLE person (id int PRIMARY KEY, name varchar(20) NOT NULL, \
                 folded varchar(20) GENERATED ALWAYS AS (lower(name)) STORED, \
                 mail varchar(20), photo {bytes}, CONSTRAINT one UNIQUE (mail), CHECK (name <> 'no'))"
            ))
            .await;
        store
            .execute("INSERT INTO person (id, name, mail) VALUES (1, 'Anna', 'a'), (2, 'Bo', 'b')")
            .await;
        let computed = Changed::Unverifiable("the database computes this column");
        let in_key = Changed::Unverifiable("the column is in the row's key");
        let binary = Changed::Unverifiable("a binary column takes no text");
        let constraint = Changed::Refused("a constraint forbids it");
        for (column, value, expected) in [
            ("folded", None, &computed),
            ("id", Some("3"), &in_key),
            ("photo", Some("x"), &binary),
            ("name", None, &constraint),
            ("name", Some("no"), &constraint),
            ("mail", Some("b"), &constraint),
            // The computed column follows, and that is no trigger's doing.
            ("name", Some("[erased]"), &Changed::Done),
            ("photo", None, &Changed::Done),
        ] {
            let changed = change(&store, "person", &key("1"), set(column, value)).await;
            assert_eq!(
                changed.as_ref().ok(),
                Some(expected),
                "{kind:?} {column} {changed:?}"
            );
        }
        let unknown = change(&store, "person", &key("1"), set("gone", None)).await;
        assert_eq!(unknown.unwrap_err().kind(), Error::Conflict);
        let rows = store
            .rows("SELECT name, folded, mail FROM person ORDER BY id")
            .await;
        assert_eq!(
            rows[0],
            row(&[Some("[erased]"), Some("[erased]"), Some("a")])
        );
        assert_eq!(rows[1], row(&[Some("Bo"), Some("bo"), Some("b")]));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_type_of_a_whole_row_is_compared() {
    for (kind, columns, values) in [
        (
            Kind::Postgres,
            "a int, b text, c jsonb, d text[], e inet, f bytea, g timestamptz, h numeric, i bool, \
             j json, k char(5), l float8",
            "(1, 'Anna', '{\"n\": \"Anna\"}', '{a,NULL,\"b,c\"}', '192.0.2.1', '\\x00ff', \
             '2026-01-01 12:00:00.5+02', 1.50, true, '{\"a\" :1}', 'x', 0.1)",
        ),
        (
            Kind::Mariadb,
            "a int, b text, c json, d datetime(3), e decimal(9,2), f blob, g date, h bit(5), \
             i float, j enum('x','y'), k char(5), l varchar(9) CHARACTER SET latin1",
            "(1, 'Anna', '{\"n\": 1}', '2026-01-01 12:00:00.5', 1.5, X'00ff', '2026-01-01', b'101', \
             0.1, 'y', 'x', 'å')",
        ),
        (
            Kind::Sqlite,
            "a int, b text, c, d real, e blob, f numeric, g boolean",
            "(1, 'Anna', 5, 0.1, X'00ff', 12, 1)",
        ),
    ] {
        let store = Store::new(kind).await;
        store
            .execute(&format!("CREATE TABLE log ({columns})"))
            .await;
        store
            .execute(&format!("INSERT INTO log VALUES {values}"))
            .await;
        store
            .execute("INSERT INTO log (a, b) VALUES (2, 'Bo'), (3, 'Cia')")
            .await;
        let source = store.source(2);
        let read = read_all(&*source, &store.collection("log")).await.unwrap();
        assert_eq!(read.len(), 3, "{kind:?}");
        for (key, cells) in &read {
            let again = read_again(&*source, &store.collection("log"), key)
                .await
                .unwrap();
            assert!(again.cells == *cells && again.rows == 1, "{kind:?}");
        }
        let (first, second) = (&read[0].0, &read[1].0);
        let masked = change(&store, "log", first, set("b", Some("[erased]"))).await;
        assert_eq!(
            masked.as_ref().ok(),
            Some(&Changed::Done),
            "{kind:?} {masked:?}"
        );
        let gone = store
            .source(2)
            .read_record(&store.collection("log"), first)
            .await;
        assert!(gone.unwrap().is_none(), "{kind:?}");
        let deleted = change(&store, "log", second, Change::DeleteRow).await;
        assert_eq!(
            deleted.as_ref().ok(),
            Some(&Changed::Done),
            "{kind:?} {deleted:?}"
        );
        let left = store.rows("SELECT b FROM log ORDER BY a").await;
        assert_eq!(
            left,
            [row(&[Some("[erased]")]), row(&[Some("Cia")])],
            "{kind:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mariadb_keeps_its_own_time_stamps() {
    let store = Store::new(Kind::Mariadb).await;
    store
        .execute(
            "CREATE TABLE person (id int PRIMARY KEY, name varchar(20), \
             changed timestamp DEFAULT '2020-01-01' ON UPDATE current_timestamp())",
        )
        .await;
    store
        .execute("INSERT INTO person (id, name) VALUES (1, 'Anna')")
        .await;
    let changed = change(&store, "person", &key("1"), set("name", None)).await;
    assert_eq!(changed.unwrap(), Changed::Done);
    let rows = store
        .rows("SELECT name, CAST(year(changed) AS CHAR) FROM person")
        .await;
    assert_eq!(rows, [row(&[None, Some("2020")])]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_without_transactions_is_left() {
    let store = Store::new(Kind::Mariadb).await;
    store
        .execute("CREATE TABLE person (id int PRIMARY KEY) ENGINE = MyISAM")
        .await;
    store.execute("INSERT INTO person VALUES (1)").await;
    let left = change(&store, "person", &key("1"), Change::DeleteRow).await;
    assert!(matches!(left.unwrap(), Changed::Unverifiable(_)));
}
