//! Requests that make no sense, and Records that are not as they were planned: refused, left and told.

use hemvist_proto::v1;
use tonic::Code;

use crate::bystanders::Erased;
use crate::client::{CONTROLLER, Client, identifiers};
use crate::databases::Database;
use crate::estate::{CRM, Estate};
use crate::receipts;
use crate::server::{House, Setup};

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_make_no_sense_are_refused_and_never_repeated() {
    let house = House::new(Setup::default());
    let mut server = house.serve().await;
    let client = &mut server.client;
    for wrong in [
        "19811228-9875",
        "19811328-9874",
        "Kalle på hörnet",
        "person@",
        "",
        "070-174",
    ] {
        let refused = client.try_locate(wrong).await.err().expect("no identifier");
        assert_eq!(refused.code(), Code::InvalidArgument, "{wrong}");
        assert!(
            wrong.is_empty() || !format!("{refused:?}").contains(wrong),
            "{refused:?}"
        );
        assert_eq!(
            client
                .try_plan(wrong)
                .await
                .expect_err("no identifier")
                .code(),
            Code::InvalidArgument
        );
    }
    for wrong in [&[][..], &["19811228-9874", "19900101-9802"]] {
        let (controller, identifiers) = (CONTROLLER.to_owned(), identifiers(wrong));
        let request = v1::LocateRequest {
            controller,
            identifiers,
        };
        let refused = client
            .subjects
            .locate(request)
            .await
            .expect_err("nobody, or two people");
        assert_eq!(refused.code(), Code::InvalidArgument);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_named_as_missing() {
    let house = House::new(Setup::default());
    let mut server = house.serve().await;
    let client = &mut server.client;
    let scan = v1::CreateScanRequest {
        parent: "sources/unknown".to_owned(),
        ..Default::default()
    };
    let refused = client.scans.create_scan(scan).await.expect_err("no source");
    assert_eq!(refused.code(), Code::NotFound);
    let plan = v1::ExecutePlanRequest {
        name: "plans/unknown".to_owned(),
    };
    let refused = client
        .erasures
        .execute_plan(plan)
        .await
        .expect_err("no plan");
    assert_eq!(refused.code(), Code::NotFound);
    let refused = client
        .try_plan("19811228-9874")
        .await
        .expect_err("nothing was scanned");
    assert_eq!(refused.code(), Code::FailedPrecondition);
    let located = client.locate("19811228-9874").await;
    assert!(
        !located.complete,
        "where nothing is registered nothing has been looked at"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_since_the_plan_is_left_and_told() {
    let directory = hemvist_estate::directory();
    let estate =
        Estate::of_database(Database::sqlite(&directory.path().join("crm.db")).await).await;
    let house = House::new(Setup::default());
    let mut server = house.serve().await;
    let client = &mut server.client;
    estate.register(client).await;
    estate.scan(client).await;
    let person = &estate.people[6];
    let plan = client.approved(&person.question()).await;
    refuse_early(client, &estate).await;
    estate
        .crm
        .run("UPDATE notes SET remark = 'ändrad' WHERE id = 6")
        .await;
    client.execute(&plan).await;
    let ended = client.ended(plan).await;
    assert_eq!(ended.erasure.state(), v1::ErasureState::Incomplete);
    assert_eq!(receipts::count(&ended.erasure, v1::OutcomeKind::Changed), 1);
    assert!(
        receipts::count(&ended.erasure, v1::OutcomeKind::Deleted) > 0,
        "the rest goes on"
    );
    receipts::check(&ended);
    // Planned again it succeeds.
    let again = client.erase(&person.long()).await;
    assert_eq!(again.erasure.state(), v1::ErasureState::Erased);
}

/// Nothing is executed that was not approved, and nothing approved that was not seen.
async fn refuse_early(client: &mut Client, estate: &Estate) {
    let plan = client
        .try_plan(&estate.people[10].long())
        .await
        .expect("a plan");
    let request = v1::ExecutePlanRequest {
        name: plan.name.clone(),
    };
    assert_eq!(
        client
            .erasures
            .execute_plan(request)
            .await
            .expect_err("not approved")
            .code(),
        Code::FailedPrecondition
    );
    let request = v1::ApprovePlanRequest {
        name: plan.name,
        plan_hash: vec![0; 32],
    };
    assert_eq!(
        client
            .erasures
            .approve_plan(request)
            .await
            .expect_err("another hash")
            .code(),
        Code::FailedPrecondition
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_addressed_or_read_is_never_complete() {
    let estate = Estate::of_database(Database::postgres().await).await;
    let (twice, lost) = (&estate.people[15], &estate.people[30]);
    let spelled = twice.written(twice.number / 5);
    estate
        .crm
        .run(&format!(
            "INSERT INTO logins VALUES ('{spelled}', 'inloggad')"
        ))
        .await;
    let house = House::new(Setup::default());
    let mut server = house.serve().await;
    let client = &mut server.client;
    estate.register(client).await;
    assert_eq!(client.scan(CRM).await.state(), v1::ScanState::Finished);

    let ended = client.erase(&twice.long()).await;
    assert_eq!(ended.erasure.state(), v1::ErasureState::Incomplete);
    assert_eq!(
        receipts::count(&ended.erasure, v1::OutcomeKind::Unverifiable),
        1
    );
    let before = estate.crm.rows_of(&["notes", "customers"]).await;
    estate.crm.run("DROP TABLE arkiv.\"kunder 2019 å\"").await;
    let ended = client.erase(&lost.long()).await;
    assert_eq!(ended.erasure.state(), v1::ErasureState::Incomplete);
    assert!(
        receipts::count(&ended.erasure, v1::OutcomeKind::Deleted) > 0,
        "the rest goes on"
    );
    receipts::check(&ended);
    let after = estate.crm.rows_of(&["notes", "customers"]).await;
    Erased::new(&estate.people, &[lost.number]).check_rows(&before, &after);
    let scan = client.scan(CRM).await;
    assert_eq!(
        scan.state(),
        v1::ScanState::Finished,
        "a table less is no failure"
    );
}
