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
    /// Words, in small or capital letters.
    pub words: Vec<String>,
    /// A check that every value passes.
    pub checksum: Option<Checksum>,
    /// With any given, one must stand before a value on its line, or one of `fields` name its Field.
    pub labels: Vec<String>,
    /// Names of Fields (a column, or the last key of a path) that say as much as a label.
    pub fields: Vec<String>,
    /// Texts in which a value is found. A rule with `fields` and no `labels` reads them, and the
    /// counter-examples, as values of the first of its Fields; others as running text.
    pub examples: Vec<String>,
    /// Texts in which none is.
    pub counter_examples: Vec<String>,
}

/// Why a rule is refused. Names its place in the configuration, never its text; places count from
/// 0 here and from 1 in words.
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
                    "pattern {} is no regular expression or too large: make it smaller",
                    index + 1
                )
            }
            RuleError::Words => f.write_str("the word list is too large: split the rule"),
            RuleError::Example(index) => {
                write!(f, "the rule finds nothing in its example {}", index + 1)
            }
            RuleError::CounterExample(index) => {
                let number = index + 1;
                write!(
                    f,
                    "the rule finds something in its counter-example {number}"
                )
            }
        }
    }
}

impl std::error::Error for RuleError {}

/// A rule that passed its examples. Cheap to clone as far as what is compiled goes.
#[derive(Clone)]
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

/// A word as it is written, in small letters, in capitals and with one to begin each of its words.
/// ASCII's letters fold while searching, `Ä` only here.
fn in_cases(word: &str) -> [String; 4] {
    let lower = word.to_lowercase();
    let mut begins = true;
    let mut titled = String::with_capacity(lower.len());
    for char in lower.chars() {
        match begins {
            true => titled.extend(char.to_uppercase()),
            false => titled.push(char),
        }
        begins = !char.is_alphanumeric();
    }
    [word.to_owned(), word.to_uppercase(), lower, titled]
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
                    .build(words.iter().flat_map(|word| in_cases(word)))
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

    /// What the rule says.
    #[must_use]
    pub fn rule(&self) -> &Rule {
        &self.rule
    }

    /// Reads a whole value, such as a request names, in small or capital letters; where it stands
    /// is of no matter. `None` when the rule would never find it.
    #[must_use]
    pub fn read(&self, value: &str) -> Option<Identifier> {
        let value = value.trim();
        let is_whole = |value: &String| {
            let mut whole = false;
            self.each_shaped(value.as_bytes(), |range| {
                whole |= range == (0..value.len());
            });
            whole
        };
        let found = in_cases(value).into_iter().find(is_whole);
        found.map(|value| self.identifier(&value))
    }

    fn identifier(&self, value: &str) -> Identifier {
        let canonical = format!("{}:{}", self.rule.name, value.to_lowercase());
        Identifier::new(InfoType::Configured, &canonical)
    }

    fn check(&self) -> Result<(), RuleError> {
        let field = match self.rule.labels.as_slice() {
            [] => self.rule.fields.first().map_or("", String::as_str),
            _ => "",
        };
        let finds = |text: &String| {
            let mut any = false;
            self.each(text.as_bytes(), field, |_, _| any = true);
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

    /// Looks through one text, which stands in the Field of that name.
    pub(crate) fn find_in(&self, place: &Place<'_>, field: &str, out: &mut Found) {
        self.each(place.text, field, |range, context| {
            let value = place
                .text
                .get(range.clone())
                .and_then(|bytes| std::str::from_utf8(bytes).ok());
            let Some(value) = value else { return };
            let checked = match self.rule.checksum {
                Some(_) => Evidence::CHECKSUM,
                None => Evidence::NONE,
            };
            out.push(Candidate::new(
                range,
                Likelihood::Likely,
                Evidence::SHAPE.with(checked).with(context),
                self.identifier(value),
            ));
        });
    }

    /// Every value, with what its Field or a label before it says.
    fn each(&self, text: &[u8], field: &str, mut visit: impl FnMut(Range<usize>, Evidence)) {
        let alone = self.rule.labels.is_empty() && self.rule.fields.is_empty();
        let named = self.rule.fields.iter().any(|name| is_of(field, name));
        self.each_shaped(text, |range| {
            let labelled = self.labelled(text, range.start);
            if alone || named || labelled {
                let pick = |holds, evidence| if holds { evidence } else { Evidence::NONE };
                let context = pick(named, Evidence::FIELD_NAME);
                visit(range, context.with(pick(labelled, Evidence::LABEL_NEARBY)));
            }
        });
    }

    /// Every stretch that has a value's shape and passes its check.
    fn each_shaped(&self, text: &[u8], mut visit: impl FnMut(Range<usize>)) {
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
        sized && apart && self.checks(value)
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
        self.rule.labels.iter().any(stands)
    }
}

/// Whether a Field has that name, as a whole or as the last key of its path.
fn is_of(field: &str, name: &str) -> bool {
    let last = field.rsplit('.').next().unwrap_or(field);
    let last = last.trim_end_matches("[]");
    [field, last]
        .iter()
        .any(|one| one.eq_ignore_ascii_case(name))
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
    fn a_field_of_that_name_says_as_much_as_a_label() {
        let mut rule = badge();
        rule.fields = vec!["badge_id".into()];
        let rule = Configured::new(rule).unwrap();
        let check = |field: &str, expected: bool| {
            let mut found = false;
            rule.each(b"B-654321", field, |_, evidence| {
                found = evidence == Evidence::FIELD_NAME;
            });
            assert_eq!(found, expected, "{field}");
        };
        check("badge_id", true);
        check("Badge_ID", true);
        check("visitor.badge_id[]", true);
        check("badge_idx", false);
        check("", false);
        let only_fields = Rule {
            labels: Vec::new(),
            fields: vec!["badge_id".into()],
            examples: vec!["B-123456".into()],
            counter_examples: vec!["B-1234567".into()],
            ..badge()
        };
        assert!(Configured::new(only_fields).is_ok());
    }

    #[test]
    fn a_whole_value_is_read_without_its_label_in_any_case() {
        let rule = Configured::new(badge()).unwrap();
        let read = |value| rule.read(value).map(|one| one.expose().to_owned());
        for spelling in [" B-654321 ", "b-654321"] {
            assert_eq!(read(spelling).as_deref(), Some("badge:b-654321"));
        }
        assert_eq!(read("GÄSTBRICKA").as_deref(), Some("badge:gästbricka"));
        assert_eq!(read("B-65432"), None);
        assert_eq!(read("B-654321 B-654321"), None);
    }

    #[test]
    fn words_are_found_as_written_small_in_capitals_and_titled() {
        for word in ["Örnsköldsvik", "örnsköldsvik", "Västra Åsen", "Éclair-é"] {
            let rule = Rule {
                patterns: Vec::new(),
                words: vec![word.into()],
                labels: Vec::new(),
                examples: in_cases(word).map(|word| format!("i {word}.")).into(),
                counter_examples: vec![format!("{word}x")],
                ..badge()
            };
            assert_eq!(Configured::new(rule).err(), None, "{word}");
        }
    }

    #[test]
    fn a_refusal_counts_from_one_and_repeats_nothing() {
        let words = RuleError::CounterExample(0).to_string();
        assert!(words.ends_with("counter-example 1"), "{words}");
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
