//! Undashed numbers: what their neighbours in the column say decides whose they are.

use std::sync::Arc;

use hemvist_model::ErasureState;
use hemvist_source::Source;
use hemvist_source::memory::{MemorySource, row};

use super::company::{ANNA, Company, personnummer};

/// Test people in the column, Anna among them; more than a handful, or a column says nothing.
const PEOPLE: u32 = 60;
/// Order numbers: with the right check digit, but hardly one with a date.
const ORDERS: u32 = 400;

/// Ten digits, as a register without dashes holds them.
fn undashed(personnummer: &str) -> String {
    let digits = personnummer.chars().filter(char::is_ascii_digit);
    digits.skip(2).collect()
}

fn people() -> Vec<String> {
    let other = |n: u32| {
        let day = format!("{}{:02}{:02}", 1930 + n, 1 + n % 12, 1 + n % 28);
        undashed(&personnummer(&day, 980 + n % 20))
    };
    let others = (0..PEOPLE).map(other);
    std::iter::once(undashed(ANNA)).chain(others).collect()
}

/// Anna's digits once more, among numbers that are nobody's.
fn orders() -> Vec<String> {
    let other = |n: u32| {
        let day = format!("20{:06}", n * 7_919 % 1_000_000);
        undashed(&personnummer(&day, 100 + n % 900))
    };
    let others = (1..ORDERS).map(other);
    std::iter::once(undashed(ANNA)).chain(others).collect()
}

/// A company with further tables, read a hundred rows at a time.
async fn company(tables: &[(&str, Vec<String>)]) -> Company {
    let small = |memory: MemorySource| Arc::new(memory.with_split_records(100)) as Arc<dyn Source>;
    let company = Company::wrapped(Vec::new(), Arc::new(small)).await;
    for (table, numbers) in tables {
        let rows = numbers.iter().zip(1..);
        let rows = rows.map(|(number, id)| row(&[&id.to_string(), number]));
        company
            .memory
            .put_table(table, &["id", "code"], 1, rows.collect());
    }
    company.scan().await;
    company
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_among_identity_numbers_is_erased_and_one_among_order_numbers_is_left() {
    let tables = [("register", people()), ("purchases", orders())];
    let company = company(&tables).await;
    let (register, purchases) = (
        company.memory.rows("register"),
        company.memory.rows("purchases"),
    );
    let plan = company.plan().await;
    let erasure = company.erase(&plan).await;
    assert_eq!(erasure.state, ErasureState::Erased);
    let anna = undashed(ANNA).into_bytes();
    let left = company.memory.rows("register");
    let hers = |cells: &Vec<Option<Vec<u8>>>| cells[1].as_ref() == Some(&anna);
    assert!(!left.iter().any(hers), "hers is gone");
    let others = register.iter().filter(|row| !hers(row));
    assert!(
        others.clone().all(|row| left.contains(row)),
        "others are left"
    );
    assert!(
        company.memory.rows("purchases") == purchases,
        "orders are left"
    );
    assert!(plan.candidates > 0, "but counted");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_split_shows_is_not_forgotten_for_the_rest_of_the_collection() {
    let others = orders().into_iter().skip(1);
    let company = company(&[("mixed", people().into_iter().chain(others).collect())]).await;
    let plan = company.plan().await;
    assert!(
        plan.items
            .iter()
            .any(|item| item.collection.as_str() == "mixed")
    );
    assert_eq!(company.erase(&plan).await.state, ErasureState::Erased);
    let anna = undashed(ANNA).into_bytes();
    let left = company.memory.rows("mixed");
    assert!(!left.iter().flatten().flatten().any(|cell| *cell == anna));
}
