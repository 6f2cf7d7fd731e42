//! Planning as a stream.

use std::time::Duration;

use futures::StreamExt;
use hemvist_model::PlanId;

use super::company::Company;
use crate::{PlanEvent, PlanStream};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

fn planning(company: &Company, request_id: &str) -> PlanStream {
    let (app, caller) = (&company.app, &company.caller);
    app.watch_plan(caller, &company.controller, company.anna(), request_id)
}

async fn plan_of(company: &Company, request_id: &str) -> Option<PlanId> {
    let plan = company.app.store().plan_request(request_id).await;
    plan.expect("the store")
}

#[tokio::test(flavor = "multi_thread")]
async fn planning_says_how_far_it_is_and_ends_with_the_plan() {
    let company = Company::new(Vec::new()).await;
    let events: Vec<_> = planning(&company, "").collect().await;
    let mut read = 0;
    let (last, before) = events.split_last().expect("a plan");
    for event in before {
        let Ok(PlanEvent::Planning(planning)) = event else {
            panic!("the plan is the end");
        };
        assert!(planning.collections_done <= planning.collections_total);
        assert!(planning.records_total > 0 && planning.records_read >= read);
        read = planning.records_read;
    }
    assert!(!before.is_empty());
    let Ok(PlanEvent::Planned(plan)) = last else {
        panic!("no plan");
    };
    assert!(!plan.items.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn planning_that_can_be_asked_for_again_goes_on_without_its_client() {
    let company = Company::new(Vec::new()).await;
    drop(planning(&company, "r-1"));
    let planned = async {
        loop {
            if let Some(plan) = plan_of(&company, "r-1").await {
                return plan;
            }
            tokio::task::yield_now().await;
        }
    };
    let planned = tokio::time::timeout(PATIENCE, planned).await;
    let planned = planned.expect("planning goes on");
    let mut again = planning(&company, "r-1");
    let Some(Ok(PlanEvent::Planned(plan))) = again.next().await else {
        panic!("the same plan at once");
    };
    assert_eq!(plan.id, planned);
}
