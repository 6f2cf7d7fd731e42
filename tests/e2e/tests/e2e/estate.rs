//! A made-up company: its people, its stores, and who stands where in them.

use std::collections::BTreeSet;

use hemvist_proto::v1;

use crate::bystanders::Erased;
use crate::client::{Client, Located};
use crate::databases::{Database, Rows, SECRET};
use crate::files::{File, Objects, files, letter};
use crate::objects::ObjectStore;
use crate::people::{Person, people};
use crate::places::{Place, Places, UNKEYED};
use crate::tables::Table;

/// The same company in every run: what is random in a test is said there.
const SEED: u64 = 20_261_121;

/// Ids under which the stores are registered.
pub(crate) const CRM: &str = "crm";
pub(crate) const ARCHIVE: &str = "archive";

pub(crate) struct Estate {
    pub(crate) people: Vec<Person>,
    pub(crate) crm: Database,
    pub(crate) archive: Option<ObjectStore>,
    pub(crate) places: Places,
    /// How many Records each Source has.
    pub(crate) records: Vec<(&'static str, usize)>,
}

/// Everything in the stores at one moment.
pub(crate) struct Snapshot {
    rows: Rows,
    objects: Objects,
}

impl Estate {
    /// A company whose data lies in one database.
    pub(crate) async fn of_database(crm: Database) -> Estate {
        Estate::new(crm, |_| true).await
    }

    /// A company whose files are in an object store. Its customers are in a database: who is who must be declared
    /// somewhere.
    pub(crate) async fn of_objects(crm: Database, archive: ObjectStore) -> Estate {
        let estate = Estate::new(crm, |collection| collection.ends_with("customers")).await;
        let newlines = matches!(archive, ObjectStore::Tree(_));
        let files = files(&estate.people, newlines);
        estate.with_files(archive, files).await
    }

    /// A company with everything in both.
    pub(crate) async fn of_objects_and_tables(crm: Database, archive: ObjectStore) -> Estate {
        let estate = Estate::new(crm, |_| true).await;
        let files = files(&estate.people, true);
        estate.with_files(archive, files).await
    }

    /// A company whose files are about one person each.
    pub(crate) async fn of_private_objects(crm: Database, archive: ObjectStore) -> Estate {
        let estate = Estate::new(crm, |_| true).await;
        let files = estate.people.iter().map(letter).collect();
        estate.with_files(archive, files).await
    }

    async fn new(mut crm: Database, wanted: impl Fn(&str) -> bool) -> Estate {
        let (people, mut places) = (people(SEED), Places::new());
        crm.plant_some(&people, wanted).await;
        crm.places(CRM, &mut places);
        let records = vec![(CRM, crm.tables.iter().map(Table::len).sum())];
        Estate {
            people,
            crm,
            archive: None,
            places,
            records,
        }
    }

    async fn with_files(mut self, store: ObjectStore, files: Vec<File>) -> Estate {
        for file in &files {
            store.put(&file.key, &file.bytes()).await;
            file.places(ARCHIVE, store.collection(), &mut self.places);
        }
        self.records.push((ARCHIVE, files.len()));
        Estate {
            archive: Some(store),
            ..self
        }
    }

    /// What the server needs in its environment: the secret of the one store that has one.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let of_archive = || self.archive.as_ref()?.secret();
        let secret = self.crm.secret.clone().or_else(of_archive);
        let named = |secret| (SECRET.to_owned(), secret);
        secret.map(named).into_iter().collect()
    }

    pub(crate) async fn register(&self, client: &mut Client) {
        client
            .register(
                CRM,
                self.crm.settings.clone(),
                Some(self.crm.identity_source()),
            )
            .await;
        if let Some(store) = &self.archive {
            client.register(ARCHIVE, store.settings(), None).await;
        }
    }

    /// Scans every Source, and checks that all of it was looked at.
    pub(crate) async fn scan(&self, client: &mut Client) {
        for (source, _) in &self.records {
            let scan = client.scan(source).await;
            assert_eq!(
                scan.state(),
                v1::ScanState::Finished,
                "{source}: {:?}",
                scan.coverage
            );
            check_whole(&scan.coverage.expect("a coverage"));
        }
    }

    pub(crate) async fn snapshot(&self) -> Snapshot {
        let objects = match &self.archive {
            Some(store) => store.objects().await,
            None => Objects::new(),
        };
        Snapshot {
            rows: self.crm.rows().await,
            objects,
        }
    }

    /// Checks that since `before` all of these people, and nothing else, has gone.
    pub(crate) async fn check_erased(&self, before: &Snapshot, numbers: &[usize]) {
        let (after, erased) = (self.snapshot().await, Erased::new(&self.people, numbers));
        erased.check_rows(&before.rows, &after.rows);
        erased.check_objects(&before.objects, &after.objects);
    }

    /// Checks an answer against what was planted: nothing missing, nothing of anybody else's.
    pub(crate) fn check_located(&self, person: &Person, located: &Located) {
        let found = places_of(located);
        let planted = self.places.get(&person.number).cloned().unwrap_or_default();
        let missing: Vec<_> = planted.difference(&found).collect();
        let foreign: Vec<_> = found.difference(&planted).collect();
        assert!(
            missing.is_empty(),
            "person {} is missing at {missing:#?}",
            person.number
        );
        assert!(
            foreign.is_empty(),
            "person {} does not stand at {foreign:#?}",
            person.number
        );
        for coverage in &located.coverage {
            check_whole(coverage.coverage.as_ref().expect("a coverage"));
        }
    }
}

pub(crate) fn places_of(located: &Located) -> BTreeSet<Place> {
    let place = |location: &v1::Location| Place {
        source: location.source.trim_start_matches("sources/").to_owned(),
        collection: location.collection.clone(),
        record: if location.record.starts_with(UNKEYED) {
            UNKEYED.to_owned()
        } else {
            location.record.clone()
        },
        field: location.field.clone(),
        info_type: location.info_type.clone(),
    };
    located.locations.iter().map(place).collect()
}

/// Everything was examined, but for what is left alone on purpose: the view, whose rows are other tables' rows.
pub(crate) fn check_whole(coverage: &v1::Coverage) {
    check_sum(coverage);
    assert_eq!(coverage.partial + coverage.failed, 0, "{coverage:?}");
    let excluded = |reason: &v1::SkipCount| reason.reason() == v1::SkipReason::Excluded;
    assert!(coverage.reasons.iter().all(excluded), "{coverage:?}");
}

/// `enumerated = scanned + partial + skipped + failed`, always.
pub(crate) fn check_sum(coverage: &v1::Coverage) {
    let sum = coverage.scanned + coverage.partial + coverage.skipped + coverage.failed;
    assert_eq!(coverage.enumerated, sum, "{coverage:?}");
    let reasons: i64 = coverage.reasons.iter().map(|reason| reason.count).sum();
    assert_eq!(
        reasons,
        coverage.partial + coverage.skipped + coverage.failed,
        "{coverage:?}"
    );
}
