//! Detectors by configuration: patterns and word lists of the house, such as badge ids.
//!
//! A rule holds its examples and counter-examples, and is refused when it does not pass them. The
//! Identifier is `name:value`, so that equal values of two systems are never one.
//!
//! Not done: finding values longer than [`VALUE_BYTES_MAX`], or rivals among configured rules.

use crate::bank::luhn;
use crate::compete::Candidate;
use crate::detectors::{Found, Place};
use aho_corasick::AhoCorasick;
use hemvist_model::{Evidence, Identifier, InfoType, Likelihood};
use regex::bytes::{Regex, RegexBuilder};
use std::ops::Range;

/// A longer value is left out: its beginning might lie outside a Chunk's context.
const VALUE_BYTES_MAX: usize = 128;
/// The largest compiled pattern, in bytes.
const PATTERN_BYTES_MAX: usize = 1 << 20;
/// How far before a value its label is looked for.
const LABEL_BYTES: usize = 64;

/// A check that a value's digits pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checksum {
    /// Luhn's check digit at the end.
    Luhn,
    /// The digits leave 1 when divided by 97.
    Mod97,
}

/// What a rule says: patterns and words find values, the rest judges them.
#[derive(Debug, Clone, Default)]
pub struct Rule {
    /// Stands in the Identifier before the value, such as `badge`.
    pub name: String,
    /// Regular expressions; a value stands apart from letters and digits around it.
    pub patterns: Vec<String>,
    /// Words, whatever their case in ASCII.
    pub words: Vec<String>,
    /// A check that every value passes.
    pub checksum: Option<Checksum>,
    /// With any given, one must stand before a value on its line.
    pub labels: Vec<String>,
    /// Texts in which a value is found.
    pub examples: Vec<String>,
    /// Texts in which none is.
    pub counter_examples: Vec<String>,
}

/// Why a rule is refused. Names its place in the configuration, never its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleError {
    /// It has no name, or a `:` in it.
    Name,
    /// It has no examples: nobody can tell whether it works.
    NoExamples,
    /// The pattern of that number is none, or too large when compiled.
    Pattern(usize),
    /// The words are too many.
    Words,
    /// Nothing is found in the example of that number.
    Example(usize),
    /// Something is found in the counter-example of that number.
    CounterExample(usize),
}

impl std::fmt::Display for RuleError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RuleError::Name => f.write_str("give the rule a name without a colon"),
            RuleError::NoExamples => f.write_str("give the rule at least one example"),
            RuleError::Pattern(index) => {
                write!(
                    f,
                    "pattern {index} is no regular expression or too large: make it smaller"
                )
            }
            RuleError::Words => f.write_str("the word list is too large: split the rule"),
            RuleError::Example(index) => write!(f, "the rule finds nothing in its example {index}"),
            RuleError::CounterExample(index) => {
                write!(f, "the rule finds something in its counter-example {index}")
            }
        }
    }
}

impl std::error::Error for RuleError {}

/// A rule that passed its examples.
pub struct Configured {
    rule: Rule,
    patterns: Vec<Regex>,
    words: Option<AhoCorasick>,
}

impl std::fmt::Debug for Configured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Configured")
            .field("name", &self.rule.name)
            .finish_non_exhaustive()
    }
}

impl Configured {
    /// Compiles a rule and executes its examples.
    ///
    /// # Errors
    /// Says which part of the rule is wrong.
    pub fn new(rule: Rule) -> Result<Self, RuleError> {
        if rule.name.is_empty() || rule.name.contains(':') {
            return Err(RuleError::Name);
        }
        if rule.examples.is_empty() {
            return Err(RuleError::NoExamples);
        }
        let compile = |(index, pattern): (usize, &String)| {
            let mut builder = RegexBuilder::new(pattern);
            let compiled = builder.size_limit(PATTERN_BYTES_MAX).build();
            compiled.map_err(|_| RuleError::Pattern(index))
        };
        let patterns = rule
            .patterns
            .iter()
            .enumerate()
            .map(compile)
            .collect::<Result<_, _>>()?;
        let words = match rule.words.as_slice() {
            [] => None,
            words => Some(
                AhoCorasick::builder()
                    .ascii_case_insensitive(true)
                    .build(words)
                    .map_err(|_| RuleError::Words)?,
            ),
        };
        let configured = Self {
            rule,
            patterns,
            words,
        };
        configured.check()?;
        Ok(configured)
    }

    fn check(&self) -> Result<(), RuleError> {
        let finds = |text: &String| {
            let mut any = false;
            self.each(text.as_bytes(), |_| any = true);
            any
        };
        if let Some(index) = self.rule.examples.iter().position(|text| !finds(text)) {
            return Err(RuleError::Example(index));
        }
        match self.rule.counter_examples.iter().position(finds) {
            Some(index) => Err(RuleError::CounterExample(index)),
            None => Ok(()),
        }
    }

    /// Looks through one text.
    pub(crate) fn find_in(&self, place: &Place<'_>, out: &mut Found) {
        self.each(place.text, |range| {
            let value = place
                .text
                .get(range.clone())
                .and_then(|bytes| std::str::from_utf8(bytes).ok());
            let Some(value) = value else { return };
            let canonical = format!("{}:{}", self.rule.name, value.to_lowercase());
            let identifier = Identifier::new(InfoType::Configured, &canonical);
            let pick = |condition, evidence| if condition { evidence } else { Evidence::NONE };
            let evidence = Evidence::SHAPE
                .with(pick(self.rule.checksum.is_some(), Evidence::CHECKSUM))
                .with(pick(!self.rule.labels.is_empty(), Evidence::LABEL_NEARBY));
            out.push(Candidate::new(
                range,
                Likelihood::Likely,
                evidence,
                identifier,
            ));
        });
    }

    fn each(&self, text: &[u8], mut visit: impl FnMut(Range<usize>)) {
        let mut judge = |range: Range<usize>| {
            if self.holds(text, &range) {
                visit(range);
            }
        };
        for pattern in &self.patterns {
            pattern.find_iter(text).for_each(|seen| judge(seen.range()));
        }
        if let Some(words) = &self.words {
            words.find_iter(text).for_each(|seen| judge(seen.range()));
        }
    }

    fn holds(&self, text: &[u8], range: &Range<usize>) -> bool {
        let value = text.get(range.clone()).unwrap_or_default();
        let apart = !crate::spelling::glued_before(text, range.start)
            && !crate::spelling::glued_after(text, range.end);
        let sized = (1..=VALUE_BYTES_MAX).contains(&value.len());
        sized && apart && self.checks(value) && self.labelled(text, range.start)
    }

    fn checks(&self, value: &[u8]) -> bool {
        let digits: Vec<u8> = value
            .iter()
            .filter(|byte| byte.is_ascii_digit())
            .map(|byte| byte - b'0')
            .collect();
        match self.rule.checksum {
            None => true,
            Some(Checksum::Luhn) => luhn(&digits),
            Some(Checksum::Mod97) => {
                digits
                    .iter()
                    .fold(0, |rest, digit| (rest * 10 + u32::from(*digit)) % 97)
                    == 1
            }
        }
    }

    fn labelled(&self, text: &[u8], start: usize) -> bool {
        let before = text
            .get(start.saturating_sub(LABEL_BYTES)..start)
            .unwrap_or_default();
        let line = before
            .rsplit(|byte| *byte == b'\n')
            .next()
            .unwrap_or_default();
        let stands = |label: &String| {
            let label = label.as_bytes();
            !label.is_empty()
                && line
                    .windows(label.len())
                    .any(|window| window.eq_ignore_ascii_case(label))
        };
        self.rule.labels.is_empty() || self.rule.labels.iter().any(stands)
    }
}

/// A value that is nobody's business, such as the company's own switchboard.
#[derive(Clone)]
pub struct Exclusion {
    /// What is left out.
    pub identifier: Identifier,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
}

impl std::fmt::Debug for Exclusion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Exclusion");
        shown
            .field("owner", &self.owner)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{TODAY, scan_with};
    use crate::{Engine, Options};

    fn badge() -> Rule {
        Rule {
            name: "badge".into(),
            patterns: vec!["B-[0-9]{6}".into()],
            words: vec!["gästbricka".into()],
            labels: vec!["passerkort".into()],
            examples: vec![
                "passerkort B-123456".into(),
                "Passerkort: gästbricka".into(),
            ],
            counter_examples: vec!["B-123456".into(), "passerkort B-1234567".into()],
            ..Rule::default()
        }
    }

    fn engine() -> Engine {
        Engine::new(Options {
            reference_date: TODAY,
        })
    }

    #[test]
    fn values_of_a_rule_are_found_under_its_name() {
        let engine = engine().with_configured(vec![Configured::new(badge()).unwrap()]);
        let lines = scan_with(&engine, "passerkort B-654321, anna@example.com");
        assert_eq!(lines, ["badge:b-654321", "anna@example.com"]);
    }

    #[test]
    fn a_rule_that_fails_its_examples_is_refused() {
        let with = |change: fn(&mut Rule)| {
            let mut rule = badge();
            change(&mut rule);
            Configured::new(rule).err()
        };
        assert_eq!(with(|_| ()), None);
        assert_eq!(with(|rule| rule.name.clear()), Some(RuleError::Name));
        assert_eq!(
            with(|rule| rule.examples.clear()),
            Some(RuleError::NoExamples)
        );
        assert_eq!(
            with(|rule| rule.patterns.push("(".into())),
            Some(RuleError::Pattern(1))
        );
        assert_eq!(
            with(|rule| rule.patterns.push("x{1000}{1000}".into())),
            Some(RuleError::Pattern(1))
        );
        assert_eq!(with(|rule| rule.words.clear()), Some(RuleError::Example(1)));
        assert_eq!(
            with(|rule| rule.labels.clear()),
            Some(RuleError::CounterExample(0))
        );
        assert_eq!(
            with(|rule| rule.checksum = Some(Checksum::Luhn)),
            Some(RuleError::Example(0))
        );
    }

    #[test]
    fn what_is_excluded_is_not_found() {
        let identifier = Identifier::new(InfoType::EmailAddress, "info@example.com");
        let (owner, reason) = ("support".to_owned(), "our own mailbox".to_owned());
        let engine = engine().excluding(vec![Exclusion {
            identifier,
            owner,
            reason,
        }]);
        let lines = scan_with(&engine, "info@example.com anna@example.com");
        assert_eq!(lines, ["anna@example.com"]);
    }
}
