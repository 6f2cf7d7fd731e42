//! The proof that an erasure took everything of some people and nothing of anybody else: stores before and after,
//! read past Hemvist.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use crate::databases::Rows;
use crate::files::{Objects, text_of};
use crate::people::Person;

/// Who was erased, and who was not.
pub(crate) struct Erased {
    gone: Vec<String>,
    others: Vec<String>,
}

impl Erased {
    pub(crate) fn new(people: &[Person], numbers: &[usize]) -> Erased {
        let of = |erased: bool| {
            let people = people
                .iter()
                .filter(|person| numbers.contains(&person.number) == erased);
            people
                .flat_map(Person::spellings)
                .map(|spelling| spelling.to_lowercase())
                .collect()
        };
        Erased {
            gone: of(true),
            others: of(false),
        }
    }

    fn mentioned(&self, text: &str) -> bool {
        holds(text, &self.gone)
    }

    /// The spellings of others in a text.
    fn others_in<'a>(&'a self, text: &str) -> BTreeSet<&'a String> {
        let text = text.to_lowercase();
        self.others
            .iter()
            .filter(|spelling| text.contains(spelling.as_str()))
            .collect()
    }

    /// Checks tables.
    pub(crate) fn check_rows(&self, before: &Rows, after: &Rows) {
        let (mut kept_before, mut kept_after) = (Sha256::new(), Sha256::new());
        for (key, cells) in before {
            let whole = shown(cells);
            let now = after.get(key);
            if !self.mentioned(&whole) {
                kept_before.update(format!("{key:?}{whole}"));
                kept_after.update(format!(
                    "{key:?}{}",
                    now.map(|cells| shown(cells)).unwrap_or_default()
                ));
                assert_eq!(
                    now,
                    Some(cells),
                    "a bystander's row of {} was touched",
                    key.0
                );
                continue;
            }
            let Some(now) = now else {
                assert!(
                    self.others_in(&whole).is_empty(),
                    "a row of {} was also another's and is gone",
                    key.0
                );
                continue;
            };
            assert!(
                !self.mentioned(&shown(now)),
                "a row of {} still speaks of them: {now:?}",
                key.0
            );
            assert_eq!(
                self.others_in(&whole),
                self.others_in(&shown(now)),
                "others are gone from a row of {}",
                key.0
            );
            for (cell, now) in cells.iter().zip(now) {
                let touched = cell.as_ref().is_some_and(|cell| self.mentioned(cell));
                assert!(touched || cell == now, "a cell of {} was touched", key.0);
            }
        }
        let new = after.keys().find(|key| !before.contains_key(*key));
        assert_eq!(new, None, "a row appeared");
        assert_eq!(
            kept_before.finalize(),
            kept_after.finalize(),
            "the hash over all bystanders' rows"
        );
    }

    /// Checks objects: a line about them may be gone or changed, every other one is identical.
    pub(crate) fn check_objects(&self, before: &Objects, after: &Objects) {
        for (key, bytes) in before {
            let text = text_of(bytes);
            if !self.mentioned(&text) && !self.mentioned(key) {
                let same = after
                    .get(key)
                    .is_some_and(|now| Sha256::digest(now) == Sha256::digest(bytes));
                assert!(same, "a bystander's object was touched: {key}");
                continue;
            }
            match after.get(key) {
                None => assert!(
                    self.others_in(&text).is_empty(),
                    "{key} was also another's and is gone"
                ),
                Some(now) => self.check_lines(key, &text, &text_of(now)),
            }
        }
        let new = after.keys().find(|key| !before.contains_key(*key));
        assert_eq!(new, None, "an object appeared");
    }

    fn check_lines(&self, key: &str, before: &str, now: &str) {
        assert!(!self.mentioned(key), "{key} still names them");
        let mut kept = before
            .split_inclusive('\n')
            .filter(|line| !self.mentioned(line))
            .peekable();
        let mut changed = String::new();
        for line in now.split_inclusive('\n') {
            if kept.peek() == Some(&line) {
                kept.next();
            } else {
                changed += line;
            }
        }
        assert_eq!(kept.next(), None, "a bystander's line of {key} was touched");
        assert!(
            !self.mentioned(&changed),
            "{key} still speaks of them: {changed}"
        );
        let touched: Vec<&str> = before
            .split_inclusive('\n')
            .filter(|line| self.mentioned(line))
            .collect();
        let others = |text: &str| self.others_in(text);
        assert_eq!(
            others(&touched.concat()),
            others(&changed),
            "others are gone from lines of {key}"
        );
        assert!(
            changed.lines().count() <= touched.len(),
            "lines appeared in {key}"
        );
    }
}

fn holds(text: &str, spellings: &[String]) -> bool {
    let text = text.to_lowercase();
    spellings
        .iter()
        .any(|spelling| text.contains(spelling.as_str()))
}

fn shown(cells: &[Option<String>]) -> String {
    cells
        .iter()
        .map(|cell| cell.as_deref().unwrap_or("\0"))
        .collect::<Vec<_>>()
        .join("\u{1}")
}
