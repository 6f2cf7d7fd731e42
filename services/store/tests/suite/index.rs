//! Findings in pages, Coverage, forgetting.

use std::collections::BTreeSet;
use std::sync::Arc;

use hemvist_model::*;
use hemvist_store::{FindingCursor, SourceCoverage};

use crate::fixture::*;

crate::on_both! {
    a_finding_reads_back_whole
    pages_of_findings_are_complete_and_grouped
    controllers_never_mix
    many_findings_of_one_split_are_all_there
    coverage_names_every_source_and_collection
    a_limited_scan_says_nothing_about_the_rest
    a_cancelled_scan_leaves_the_earlier_coverage
    forgotten_records_are_gone_and_others_stay
    a_forgotten_subject_is_gone_and_who_shares_the_records_stays
}

async fn a_finding_reads_back_whole(f: Fixture) {
    f.store
        .create_source(&source("crm"))
        .await
        .expect("created");
    let keys = [
        RecordKey::Row(vec!["Åsa".into(), String::new(), "x'\"\n".into()]),
        RecordKey::Unkeyed([9; 32]),
        RecordKey::Object {
            key: b"a//b\xff".to_vec(),
            version: Some("v1".into()),
        },
    ];
    let mut findings = Vec::new();
    for (n, key) in (0_u32..).zip(keys) {
        let mut finding = finding(1, n, "$.a[\"å\"]");
        finding.record = Arc::new(key);
        finding.info_type = InfoType::ALL[findings.len()];
        finding.likelihood = Likelihood::ALL[findings.len()];
        finding.evidence = Evidence(u32::MAX);
        finding.occurrences = 70_000;
        finding.first = ByteRange::new(1 << 40, (1 << 40) + 300);
        findings.push(finding);
    }
    let split = found(findings.clone());
    f.scan_all("crm", "a", vec![("people", vec![split])]).await;
    let now = f.store.now().await.expect("a clock");
    let read = f.store.findings(&acme(), pseudonym(1), None, 10).await;
    let read = read.expect("found");
    assert_eq!(read.len(), findings.len());
    for (read, written) in read.iter().zip(&findings) {
        assert!(read.pseudonym == written.pseudonym && read.record == *written.record);
        assert_eq!(read.info_type, written.info_type);
        assert_eq!(read.source, source_id("crm"));
        assert_eq!(read.collection.as_str(), "people");
        assert_eq!(read.record_ref, written.record_ref);
        assert_eq!(read.field, *written.field);
        assert_eq!(
            (read.first, read.occurrences),
            (written.first, written.occurrences)
        );
        assert_eq!(
            (read.likelihood, read.evidence),
            (written.likelihood, written.evidence)
        );
        assert_eq!(read.detector_version, "detectors-1");
        assert!(read.seen <= now && read.seen > now.plus_seconds(-600));
    }
}

async fn pages_of_findings_are_complete_and_grouped(f: Fixture) {
    for id in ["one", "two"] {
        f.store.create_source(&source(id)).await.expect("created");
    }
    let split = |first: u32| {
        let records = first..first + 7;
        let both = records.flat_map(|n| [finding(1, n, "email"), finding(1, n, "note")]);
        found(both.chain([finding(2, first, "email")]).collect())
    };
    // Interleaved, so that Collections of a Source are not numbered in one go.
    f.scan_all("one", "a", vec![("x", vec![split(0), split(7)])])
        .await;
    f.scan_all("two", "b", vec![("x", vec![split(0)])]).await;
    f.scan_all(
        "one",
        "c",
        vec![("x", vec![split(0), split(7)]), ("y", vec![split(0)])],
    )
    .await;
    for limit in [1, 3, 14, 56, 100] {
        let mut all = Vec::new();
        let mut after: Option<FindingCursor> = None;
        loop {
            let page = f
                .store
                .findings(&acme(), pseudonym(1), after.as_ref(), limit)
                .await;
            let page = page.expect("found");
            let Some(last) = page.last() else { break };
            assert!(page.len() <= usize::try_from(limit).expect("small"));
            after = Some(last.cursor());
            all.extend(page);
        }
        assert_eq!(all.len(), 56, "pages of {limit}");
        let order: Vec<_> = all.iter().map(|f| f.cursor()).collect();
        assert!(order.is_sorted());
        assert_eq!(order.iter().collect::<BTreeSet<_>>().len(), 56);
        let sources: Vec<&str> = all.iter().map(|f| f.source.as_str()).collect();
        assert_eq!(
            sources.chunk_by(|a, b| a == b).count(),
            2,
            "grouped by source"
        );
    }
}

async fn controllers_never_mix(f: Fixture) {
    let mut other = source("theirs");
    other.controller = ControllerId::new("other").expect("an id");
    for source in [&source("ours"), &other] {
        f.store.create_source(source).await.expect("created");
        let split = found(vec![finding(1, 1, "email")]);
        let id = format!("scan-{}", source.id);
        f.scan_all(source.id.as_str(), &id, vec![("people", vec![split])])
            .await;
    }
    for (controller, source) in [(&acme(), "ours"), (&other.controller, "theirs")] {
        let found = f.store.findings(controller, pseudonym(1), None, 10).await;
        let found = found.expect("found");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].source.as_str(), source);
        let coverage = f.store.coverage(controller).await.expect("read");
        assert_eq!(coverage.len(), 1);
    }
    let people = CollectionName::new("people");
    let refs = [record_ref(1)];
    let ours = acme();
    let wrong = f.store.forget_findings(&ours, &other.id, &people, &refs);
    assert_eq!(wrong.await, Ok(0));
}

async fn many_findings_of_one_split_are_all_there(f: Fixture) {
    f.store
        .create_source(&source("crm"))
        .await
        .expect("created");
    // Not a power of two, and more than one statement takes.
    let findings = (0..2_777_u32).map(|n| finding(1, n / 3, ["a", "b", "c"][n as usize % 3]));
    let split = found(findings.collect());
    let scan = f.scan_all("crm", "a", vec![("people", vec![split])]).await;
    assert_eq!(scan.findings, 2_777);
    let places = f.places(pseudonym(1)).await;
    assert_eq!(places.iter().collect::<BTreeSet<_>>().len(), 2_777);
    // More Fields than one SELECT asks for.
    let findings = (0..200).map(|n| finding(2, 1, &format!("$.field[{n}]")));
    let split = found(findings.collect());
    f.scan_all("crm", "b", vec![("json", vec![split])]).await;
    assert_eq!(f.places(pseudonym(2)).await.len(), 200);
}

async fn coverage_names_every_source_and_collection(f: Fixture) {
    for id in ["never", "empty", "full"] {
        f.store.create_source(&source(id)).await.expect("created");
    }
    f.scan_all("empty", "e", vec![]).await;
    let split = || vec![found(vec![finding(1, 1, "email")])];
    f.scan_all("full", "f", vec![("b", split()), ("a", split())])
        .await;
    f.store
        .create_scan(&scan("g", "full"), "")
        .await
        .expect("created");
    let coverage = f.store.coverage(&acme()).await.expect("read");
    let [empty, full, never] = coverage.as_slice() else {
        panic!("three sources");
    };
    let nothing = |source: &str| SourceCoverage {
        source: source_id(source),
        scanned_at: None,
        detector_version: None,
        coverage: Coverage::default(),
        collections: vec![],
        never_scanned: true,
        scan_state: None,
    };
    assert_eq!(*never, nothing("never"));
    let scanned = SourceCoverage {
        scanned_at: empty.scanned_at,
        detector_version: Some("detectors-1".into()),
        never_scanned: false,
        scan_state: Some(ScanState::Finished),
        ..nothing("empty")
    };
    assert_eq!(*empty, scanned);
    assert!(empty.scanned_at.is_some());
    assert_eq!(full.coverage.scanned(), 2);
    assert_eq!(full.scan_state, Some(ScanState::Cutting));
    let names: Vec<&str> = full
        .collections
        .iter()
        .map(|c| c.collection.as_str())
        .collect();
    assert_eq!(names, ["a", "b"]);
}

async fn a_limited_scan_says_nothing_about_the_rest(f: Fixture) {
    f.store
        .create_source(&source("crm"))
        .await
        .expect("created");
    let people = CollectionName::new("people");
    let limited = async |id: &str| {
        let mut limited = scan(id, "crm");
        limited.collections = vec![people.clone()];
        limited.detector_version = "detectors-2".into();
        f.store.create_scan(&limited, "").await.expect("created");
        let cut = f.cut().await;
        let specs = vec![split_spec("people", 0)];
        let added = f.store.add_collection(&cut, &people, specs, None).await;
        added.expect("added");
        f.store.finish_cut(&cut, false).await.expect("cut");
        f.work_through(vec![found(vec![finding(1, 1, "email")])])
            .await;
        f.store.coverage(&acme()).await.expect("read").remove(0)
    };
    let before = limited("a").await;
    assert!(before.never_scanned);
    assert_eq!((before.scanned_at, before.detector_version), (None, None));
    assert_eq!(before.collections.len(), 1);
    assert_eq!(before.coverage.scanned(), 1);
    assert_eq!(before.scan_state, Some(ScanState::Finished));

    let split = vec![found(vec![finding(1, 1, "email")])];
    f.scan_all("crm", "b", vec![("people", split)]).await;
    let whole = f.store.coverage(&acme()).await.expect("read").remove(0);
    assert!(!whole.never_scanned && whole.scanned_at.is_some());
    let after = limited("c").await;
    assert!(!after.never_scanned);
    assert_eq!(after.scanned_at, whole.scanned_at);
    assert_eq!(after.detector_version.as_deref(), Some("detectors-1"));
    assert!(after.collections[0].ended > whole.collections[0].ended);
}

async fn a_cancelled_scan_leaves_the_earlier_coverage(f: Fixture) {
    f.store
        .create_source(&source("crm"))
        .await
        .expect("created");
    let split = vec![found(vec![finding(1, 1, "email")])];
    f.scan_all("crm", "a", vec![("people", split)]).await;
    let before = f.store.coverage(&acme()).await.expect("read");
    f.store
        .create_scan(&scan("b", "crm"), "")
        .await
        .expect("created");
    let cut = f.cut().await;
    for name in ["people", "new"] {
        let splits = vec![split_spec(name, 0)];
        let name = CollectionName::new(name);
        let added = f.store.add_collection(&cut, &name, splits, None).await;
        assert_eq!(added, Ok(()));
    }
    f.store.cancel_scan(&cut.scan.id).await.expect("cancelled");
    let after = f.store.coverage(&acme()).await.expect("read");
    let [new, people] = after[0].collections.as_slice() else {
        panic!("two collections");
    };
    assert_eq!(*people, before[0].collections[0]);
    assert_eq!(new.coverage.failed(), 10);
    assert_eq!(f.places(pseudonym(1)).await.len(), 1);
}

async fn forgotten_records_are_gone_and_others_stay(f: Fixture) {
    f.store
        .create_source(&source("crm"))
        .await
        .expect("created");
    let split = || {
        let findings = (0..300).flat_map(|n| [finding(1, n, "email"), finding(2, n, "email")]);
        vec![found(findings.collect())]
    };
    f.scan_all("crm", "a", vec![("people", split()), ("orders", split())])
        .await;
    let refs: Vec<RecordRef> = (0..299).map(record_ref).collect();
    let people = CollectionName::new("people");
    let crm = source_id("crm");
    let forgotten = f.store.forget_findings(&acme(), &crm, &people, &refs).await;
    assert_eq!(forgotten, Ok(598));
    let left = f.places(pseudonym(1)).await;
    assert_eq!(left.len(), 301);
    assert_eq!(
        left.iter()
            .filter(|place| place.starts_with("people"))
            .count(),
        1
    );
    assert_eq!(f.number("SELECT COUNT(*) FROM record").await, 301);
    let forgotten = f.store.forget_findings(&acme(), &crm, &people, &refs).await;
    assert_eq!(forgotten, Ok(0));
}

async fn a_forgotten_subject_is_gone_and_who_shares_the_records_stays(f: Fixture) {
    f.store
        .create_source(&source("crm"))
        .await
        .expect("created");
    let findings = vec![
        finding(1, 1, "email"),
        finding(2, 1, "email"),
        finding(1, 2, "email"),
        finding(1, 3, "email"),
    ];
    f.scan_all("crm", "a", vec![("people", vec![found(findings)])])
        .await;
    let people = CollectionName::new("people");
    let (crm, refs) = (source_id("crm"), [record_ref(1), record_ref(2)]);
    for (whose, left) in [(vec![], 3), (vec![pseudonym(1), pseudonym(9)], 1)] {
        let forgotten = f
            .store
            .forget_subject(&acme(), &crm, &people, &refs, &whose)
            .await;
        assert_eq!(forgotten, Ok(()));
        assert_eq!(f.places(pseudonym(1)).await.len(), left);
    }
    assert_eq!(f.places(pseudonym(1)).await, ["people/3/email"]);
    assert_eq!(f.places(pseudonym(2)).await, ["people/1/email"]);
    assert_eq!(f.number("SELECT COUNT(*) FROM record").await, 2);
}
