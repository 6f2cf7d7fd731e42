//! The order of acting: tables that refer to others come before those they refer to, so that a
//! deletion finds no reference to what it deletes.

use std::collections::{BTreeMap, BTreeSet};

use hemvist_model::CollectionName;
use hemvist_source::{Collection, Source};

/// The Collections, those first that refer to others. A Source that cannot be listed gives the
/// order of the names: what then cannot be deleted is refused by the store and reported.
pub(super) async fn children_first(
    source: &dyn Source,
    collections: &BTreeSet<CollectionName>,
) -> Vec<CollectionName> {
    sorted(&source.collections().await.unwrap_or_default(), collections)
}

fn sorted(listed: &[Collection], wanted: &BTreeSet<CollectionName>) -> Vec<CollectionName> {
    let mut ranks: BTreeMap<&CollectionName, usize> = BTreeMap::new();
    // Ranks settle within as many rounds as there are Collections, unless references go in a
    // circle, where no order helps.
    for _ in 0..listed.len() {
        let mut settled = true;
        for parent in listed {
            let children = parent
                .referenced_by
                .iter()
                .filter(|child| child.from != parent.name);
            let rank = children
                .map(|child| ranks.get(&child.from).copied().unwrap_or(0) + 1)
                .max()
                .unwrap_or(0);
            settled &= ranks.insert(&parent.name, rank).unwrap_or(0) == rank;
        }
        if settled {
            break;
        }
    }
    let mut names: Vec<CollectionName> = wanted.iter().cloned().collect();
    names.sort_by_key(|name| ranks.get(name).copied().unwrap_or(0));
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use hemvist_source::Reference;

    fn table(name: &str, referenced_by: &[&str]) -> Collection {
        let reference = |from: &&str| Reference {
            from: CollectionName::new(*from),
            cascades: false,
        };
        Collection {
            name: CollectionName::new(name),
            records_estimate: None,
            columns: Default::default(),
            row_key: None,
            referenced_by: referenced_by.iter().map(reference).collect(),
        }
    }

    fn check(listed: &[Collection], expected: &[&str]) {
        let wanted = expected
            .iter()
            .map(|name| CollectionName::new(*name))
            .collect();
        let names: Vec<String> = sorted(listed, &wanted)
            .into_iter()
            .map(|name| name.0)
            .collect();
        assert_eq!(names, expected);
    }

    #[test]
    fn tables_that_refer_come_before_those_they_refer_to() {
        check(
            &[table("a", &["b"]), table("b", &["c"]), table("c", &[])],
            &["c", "b", "a"],
        );
        check(&[table("a", &[]), table("b", &["b"])], &["a", "b"]);
        check(&[table("a", &["b"]), table("b", &["a"])], &["a", "b"]);
        check(&[], &["x", "y"]);
    }
}
