//! The hash of a Plan: SHA-256 over everything in it that matters, in one canonical form.
//!
//! Outcomes that execution fills in are left out, so that the hash can be computed again then.

use hemvist_model::{Action, Plan, PlanItem, RecordKey};
use sha2::{Digest, Sha256};

/// The form of what is hashed; changes with it.
const FORM: &[u8] = b"hemvist plan 2";

/// The hash that approval names. `plan.hash` itself plays no part.
pub(crate) fn plan_hash(plan: &Plan) -> [u8; 32] {
    let mut canon = Canon(Sha256::new());
    canon.bytes(FORM);
    canon.bytes(plan.id.as_str().as_bytes());
    canon.bytes(plan.controller.as_str().as_bytes());
    canon.bytes(&plan.created.0.to_be_bytes());
    canon.bytes(&plan.expires.0.to_be_bytes());
    canon.count(plan.subject.len());
    for (pseudonym, info_type) in &plan.subject {
        canon.bytes(&pseudonym.0);
        canon.bytes(&[info_type.code()]);
    }
    canon.count(plan.collections.len());
    for (source, collection) in &plan.collections {
        canon.bytes(source.as_str().as_bytes());
        canon.bytes(collection.as_str().as_bytes());
    }
    canon.count(plan.declarations.len());
    for (source, digest) in &plan.declarations {
        canon.bytes(source.as_str().as_bytes());
        canon.bytes(digest);
    }
    canon.bytes(&plan.candidates.to_be_bytes());
    canon.count(plan.items.len());
    plan.items.iter().for_each(|item| canon.item(item));
    canon.0.finalize().into()
}

/// Every value with its length, so that no two sequences of values give the same bytes.
struct Canon(Sha256);

impl Canon {
    fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.0.update(bytes);
    }

    fn count(&mut self, count: usize) {
        self.0.update((count as u64).to_be_bytes());
    }

    /// Model values whose JSON is one and the same for equal values.
    fn json(&mut self, value: &impl serde::Serialize) {
        // These types have neither maps with other keys than text nor floats: they always encode.
        self.bytes(&serde_json::to_vec(value).unwrap_or_default());
    }

    fn item(&mut self, item: &PlanItem) {
        self.bytes(item.source.as_str().as_bytes());
        self.bytes(item.collection.as_str().as_bytes());
        self.bytes(&item.record.encode());
        self.bytes(&item.record_ref.0);
        self.json(&item.fingerprint);
        self.json(&item.expected);
        self.json(&item.moved.as_ref().map(RecordKey::encode));
        self.json(&item.action);
        self.json(
            &item
                .outcome
                .as_ref()
                .filter(|_| item.action == Action::Leave),
        );
        self.bytes(item.why.as_bytes());
        self.count(item.holds.len());
        for (field, info_type, count) in &item.holds {
            self.bytes(field.as_str().as_bytes());
            self.bytes(&[info_type.code()]);
            self.bytes(&count.to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hemvist_model::{
        CollectionName, ControllerId, FieldPath, Fingerprint, InfoType, Outcome, PlanId, Pseudonym,
        RecordRef, SourceId, Timestamp,
    };

    fn plan() -> Plan {
        let source = SourceId::new("crm").expect("a valid id");
        let collection = CollectionName::new("people");
        let item = PlanItem {
            source: source.clone(),
            collection: collection.clone(),
            record: RecordKey::Row(vec!["1".to_owned()]),
            record_ref: RecordRef([1; 16]),
            fingerprint: Fingerprint {
                digest: [2; 32],
                store_version: None,
            },
            expected: None,
            moved: None,
            action: Action::DeleteRow,
            outcome: None,
            why: "because".to_owned(),
            holds: vec![(FieldPath::new("email"), InfoType::EmailAddress, 1)],
        };
        Plan {
            id: PlanId::new("p").expect("a valid id"),
            controller: ControllerId::new("acme").expect("a valid id"),
            subject: vec![(Pseudonym([3; 16]), InfoType::EmailAddress)],
            hash: [0; 32],
            created: Timestamp(1),
            expires: Timestamp(2),
            collections: vec![(source.clone(), collection)],
            declarations: vec![(source, [5; 32])],
            items: vec![item],
            candidates: 4,
        }
    }

    #[test]
    fn any_change_to_a_plan_gives_another_hash() {
        let changes: Vec<fn(&mut Plan)> = vec![
            |plan| plan.id = PlanId::new("q").expect("a valid id"),
            |plan| plan.controller = ControllerId::new("b").expect("a valid id"),
            |plan| plan.subject[0].0 = Pseudonym([4; 16]),
            |plan| plan.subject[0].1 = InfoType::PhoneNumber,
            |plan| plan.subject.clear(),
            |plan| plan.created.0 += 1,
            |plan| plan.expires.0 += 1,
            |plan| plan.collections[0].1 = CollectionName::new("peopl"),
            |plan| plan.collections.clear(),
            |plan| plan.declarations[0].1[31] ^= 1,
            |plan| plan.declarations.clear(),
            |plan| plan.candidates += 1,
            |plan| plan.items.clear(),
            |plan| plan.items.push(plan.items[0].clone()),
            |plan| plan.items[0].source = SourceId::new("crn").expect("a valid id"),
            |plan| plan.items[0].collection = CollectionName::new("x"),
            |plan| plan.items[0].record = RecordKey::Row(vec!["2".to_owned()]),
            |plan| plan.items[0].record_ref = RecordRef([2; 16]),
            |plan| plan.items[0].fingerprint.digest = [1; 32],
            |plan| plan.items[0].fingerprint.store_version = Some(String::new()),
            |plan| plan.items[0].expected = Some(plan.items[0].fingerprint.clone()),
            |plan| plan.items[0].moved = Some(plan.items[0].record.clone()),
            |plan| plan.items[0].action = Action::DeleteObject,
            |plan| plan.items[0].action = Action::ChangeFields(Vec::new()),
            |plan| plan.items[0].why.push('!'),
            |plan| plan.items[0].holds[0].2 = 2,
            |plan| plan.items[0].holds.clear(),
        ];
        let mut hashes = vec![plan_hash(&plan())];
        for change in changes {
            let mut changed = plan();
            change(&mut changed);
            hashes.push(plan_hash(&changed));
        }
        for (number, hash) in hashes.iter().enumerate() {
            assert!(!hashes[..number].contains(hash), "change {number}");
        }
    }

    #[test]
    fn outcomes_of_execution_leave_the_hash_as_it_is_and_decided_ones_do_not() {
        let mut executed = plan();
        executed.items[0].outcome = Some(Outcome::Deleted);
        assert_eq!(plan_hash(&executed), plan_hash(&plan()));
        let (mut left, mut other) = (plan(), plan());
        for (plan, outcome) in [
            (&mut left, Outcome::Changed),
            (&mut other, Outcome::Unreachable),
        ] {
            plan.items[0].action = Action::Leave;
            plan.items[0].outcome = Some(outcome);
        }
        assert_ne!(plan_hash(&left), plan_hash(&other));
    }
}
