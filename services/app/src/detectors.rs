//! Which detectors look: those of the house, those by configuration, and what is left out.
//!
//! Looking and reporting are two things. Whatever is chosen, all kinds with a shape of their own
//! compete for the text, so that a value gets the same verdict in a wide and in a narrow Scan; the
//! choice decides what is reported. Reading a configuration file is the binary's.

use std::sync::Arc;

use hemvist_detect::{
    Configured, DETECTOR_VERSION, Engine, Exclusion, Options, ParseError, Rule, RuleError, parse,
    parse_as,
};
use hemvist_model::{Date, Identifier, InfoType, InfoTypes};

use crate::{Error, IdentifierQuery, Keys};

/// What detection is configured with. Without `Debug`: excluded values are personal data.
#[derive(Clone, Default)]
pub struct DetectorOptions {
    /// Detectors by configuration.
    pub rules: Vec<Rule>,
    /// Values that Scans leave out.
    pub exclusions: Vec<ExcludedValues>,
    /// What Scans look for when nothing else is asked; empty: [`InfoTypes::shaped`], and
    /// `CONFIGURED` where there are rules.
    pub info_types: InfoTypes,
}

/// Values that are nobody's business, such as the company's own switchboard. Without `Debug`.
#[derive(Clone)]
pub struct ExcludedValues {
    /// Their kind.
    pub info_type: InfoType,
    /// The values in any spelling.
    pub values: Vec<String>,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
}

/// Why a configuration of detectors is refused. Names its place, never its text; places count
/// from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DetectorsError {
    /// A rule does not hold what it says.
    #[error("detector {number} (`{name}`): {error}")]
    Rule {
        /// Which one.
        number: usize,
        /// Its name.
        name: String,
        /// What is wrong with it.
        error: RuleError,
    },
    /// Two rules have one name: their values could not be told apart.
    #[error("detector {number} (`{name}`): another detector has this name")]
    SameName {
        /// Which one.
        number: usize,
        /// Its name.
        name: String,
    },
    /// A value to leave out is not of its kind.
    #[error("exclusion {number}: {error}")]
    Exclusion {
        /// Which one.
        number: usize,
        /// Why; never the value.
        error: ReadError,
    },
    /// An exclusion without value, owner or reason: nobody could judge it later.
    #[error("exclusion {number}: give it a value, an owner and a reason")]
    Unexplained {
        /// Which one.
        number: usize,
    },
    /// `CONFIGURED` is to be looked for, and there is no rule.
    #[error("info_types: there is CONFIGURED, and no detector is configured")]
    NothingConfigured,
}

/// Why a text is no identifier. Never holds the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Of no kind of the house.
    #[error("{0}")]
    Parse(#[from] ParseError),
    /// Of no configured kind.
    #[error("not a value of a configured detector: write NAME:VALUE, such as badge:B-123456")]
    Configured,
}

/// The detectors as configured. Cheap to clone.
#[derive(Clone)]
pub struct Detectors {
    inner: Arc<Inner>,
}

struct Inner {
    configured: Vec<Configured>,
    exclusions: Vec<Exclusion>,
    info_types: InfoTypes,
}

impl Default for Detectors {
    fn default() -> Self {
        Self::of(Vec::new(), Vec::new(), InfoTypes::NONE)
    }
}

impl Detectors {
    /// Compiles the rules, executes their examples and reads the values to leave out.
    ///
    /// # Errors
    /// Names the first rule or exclusion that does not hold.
    pub fn new(options: DetectorOptions, reference_date: Date) -> Result<Self, DetectorsError> {
        let mut configured: Vec<Configured> = Vec::new();
        for (number, rule) in (1..).zip(options.rules) {
            let name = rule.name.clone();
            if configured.iter().any(|other| other.rule().name == name) {
                return Err(DetectorsError::SameName { number, name });
            }
            let made = Configured::new(rule);
            let refused = |error| DetectorsError::Rule {
                number,
                name,
                error,
            };
            configured.push(made.map_err(refused)?);
        }
        let detectors = Self::of(configured.clone(), Vec::new(), options.info_types);
        if detectors.info_types().has(InfoType::Configured) && !detectors.has_configured() {
            return Err(DetectorsError::NothingConfigured);
        }
        let mut exclusions = Vec::new();
        for (number, excluded) in (1..).zip(options.exclusions) {
            exclusions.extend(detectors.excluding(number, &excluded, reference_date)?);
        }
        Ok(Self::of(configured, exclusions, options.info_types))
    }

    fn excluding(
        &self,
        number: usize,
        excluded: &ExcludedValues,
        reference_date: Date,
    ) -> Result<Vec<Exclusion>, DetectorsError> {
        let ExcludedValues { owner, reason, .. } = excluded;
        if excluded.values.is_empty() || owner.trim().is_empty() || reason.trim().is_empty() {
            return Err(DetectorsError::Unexplained { number });
        }
        let one = |value: &String| {
            let query = IdentifierQuery {
                info_type: Some(excluded.info_type),
                value: value.clone(),
            };
            Ok(Exclusion {
                identifier: self.read(&query, reference_date)?,
                owner: owner.clone(),
                reason: reason.clone(),
            })
        };
        let read: Result<_, ReadError> = excluded.values.iter().map(one).collect();
        read.map_err(|error| DetectorsError::Exclusion { number, error })
    }

    fn of(configured: Vec<Configured>, exclusions: Vec<Exclusion>, info_types: InfoTypes) -> Self {
        let info_types = match (info_types.is_empty(), configured.is_empty()) {
            (false, _) => info_types,
            (true, true) => InfoTypes::shaped(),
            (true, false) => InfoTypes::shaped().with(InfoType::Configured),
        };
        Self {
            inner: Arc::new(Inner {
                configured,
                exclusions,
                info_types,
            }),
        }
    }

    /// What Scans look for when nothing else is asked.
    #[must_use]
    pub fn info_types(&self) -> InfoTypes {
        self.inner.info_types
    }

    /// Refuses to look for what nothing finds: a gap must not look like an answer.
    ///
    /// # Errors
    /// `InvalidArgument` when values of configured detectors are asked for and there are none.
    pub fn check(&self, info_types: InfoTypes) -> Result<(), Error> {
        if info_types.has(InfoType::Configured) && !self.has_configured() {
            return Err(Error::invalid(
                "scan.info_types",
                "no detector is configured, so CONFIGURED finds nothing: add [[detectors]] to the \
                 configuration, or leave it out",
            ));
        }
        Ok(())
    }

    /// Whether there are any by configuration.
    fn has_configured(&self) -> bool {
        !self.inner.configured.is_empty()
    }

    /// What is left out, with who answers for it and why: InfoType, owner, reason.
    pub fn exclusions(&self) -> impl Iterator<Item = (InfoType, &str, &str)> {
        let all = self.inner.exclusions.iter();
        all.map(|one| {
            let info_type = one.identifier.info_type();
            (info_type, one.owner.as_str(), one.reason.as_str())
        })
    }

    /// The same with their values.
    pub(crate) fn excluded_values(&self) -> impl Iterator<Item = &Exclusion> {
        self.inner.exclusions.iter()
    }

    /// What is reported when those InfoTypes are asked for: the configured ones when none are.
    pub(crate) fn wanted(&self, asked: InfoTypes) -> InfoTypes {
        if asked.is_empty() {
            self.info_types()
        } else {
            asked
        }
    }

    /// Looks for at least those InfoTypes; excluded values are left out.
    pub(crate) fn scanning(&self, wanted: InfoTypes, reference_date: Date) -> Engine {
        let engine = self.acting(reference_date);
        let shaped = InfoTypes::shaped().with(InfoType::Configured);
        let engine = match wanted.without(shaped).is_empty() {
            true => engine,
            // Names and the like lend one another evidence: all or none of them.
            false => engine.with_everything(),
        };
        engine.excluding(self.inner.exclusions.clone())
    }

    /// Looks for all that may be acted on, and for whose else's data stands beside it. Nothing is
    /// left out: an excluded value may be somebody's all the same.
    pub(crate) fn acting(&self, reference_date: Date) -> Engine {
        Engine::new(Options { reference_date }).with_configured(self.inner.configured.clone())
    }

    /// Reads an identifier in any spelling; of two centuries that it may be of, the likelier one.
    /// Configured values are written `NAME:VALUE`.
    pub(crate) fn read(
        &self,
        query: &IdentifierQuery,
        reference_date: Date,
    ) -> Result<Identifier, ReadError> {
        let configured = || self.read_configured(&query.value);
        let read = match query.info_type {
            Some(InfoType::Configured) => return configured().ok_or(ReadError::Configured),
            Some(info_type) => parse_as(info_type, &query.value, reference_date)?,
            None => match configured() {
                Some(identifier) => vec![identifier],
                None => parse(&query.value, reference_date)?,
            },
        };
        let first = read.into_iter().next();
        Ok(first.ok_or(ParseError::Unknown)?)
    }

    fn read_configured(&self, text: &str) -> Option<Identifier> {
        let (name, value) = text.trim().split_once(':')?;
        let mut all = self.inner.configured.iter();
        let named = all.find(|one| one.rule().name.eq_ignore_ascii_case(name))?;
        named.read(value)
    }

    /// The version of everything that findings depend on: that of the house's rules, and after a
    /// `+` a digest of what is configured. Keyed, since excluded values are personal data.
    pub(crate) fn version(&self, keys: &Keys) -> String {
        let Inner {
            configured,
            exclusions,
            ..
        } = &*self.inner;
        if configured.is_empty() && exclusions.is_empty() {
            return DETECTOR_VERSION.to_owned();
        }
        let mut digest = Digest(blake3::Hasher::new_keyed(&keys.detectors()));
        for one in configured {
            digest.add_rule(one.rule());
        }
        for one in exclusions {
            digest.add(&[one.identifier.info_type().as_str(), one.identifier.expose()]);
        }
        let digest = digest.0.finalize().to_hex();
        let digest = digest.get(..DIGEST_DIGITS).unwrap_or_default();
        format!("{DETECTOR_VERSION}+{digest}")
    }
}

/// Hex digits of the digest in a version: enough to tell configurations apart.
const DIGEST_DIGITS: usize = 8;

struct Digest(blake3::Hasher);

impl Digest {
    /// Each list with its length, so that no two configurations read alike.
    fn add<T: AsRef<str>>(&mut self, texts: &[T]) {
        self.0.update(&(texts.len() as u64).to_le_bytes());
        for text in texts {
            let bytes = text.as_ref().as_bytes();
            self.0.update(&(bytes.len() as u64).to_le_bytes());
            self.0.update(bytes);
        }
    }

    /// What decides about values; its examples do not.
    fn add_rule(&mut self, rule: &Rule) {
        self.add(&[rule.name.as_str()]);
        self.add(&[format!("{:?}", rule.checksum)]);
        for list in [&rule.patterns, &rule.words, &rule.labels, &rule.fields] {
            self.add(list);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> Date {
        Date::new(2026, 11, 22).expect("a date")
    }

    fn badge() -> Rule {
        Rule {
            name: "badge".into(),
            patterns: vec!["B-[0-9]{6}".into()],
            fields: vec!["badge_id".into()],
            examples: vec!["B-123456".into()],
            counter_examples: vec!["B-1234567".into()],
            ..Rule::default()
        }
    }

    fn excluded(info_type: InfoType, value: &str) -> ExcludedValues {
        ExcludedValues {
            info_type,
            values: vec![value.into()],
            owner: "support".into(),
            reason: "our own mailbox".into(),
        }
    }

    fn made(
        rules: Vec<Rule>,
        exclusions: Vec<ExcludedValues>,
    ) -> Result<Detectors, DetectorsError> {
        let options = DetectorOptions {
            rules,
            exclusions,
            info_types: InfoTypes::NONE,
        };
        Detectors::new(options, today())
    }

    #[test]
    fn a_configuration_that_does_not_hold_is_refused_by_its_place_and_without_its_text() {
        let check = |rules, exclusions, expected: &str| {
            let words = made(rules, exclusions).err().map(|error| error.to_string());
            let words = words.unwrap_or_default();
            assert!(words.starts_with(expected), "{words}");
            assert!(!words.contains("19811228"), "{words}");
        };
        let mut failing = badge();
        failing.name = "card".into();
        failing.examples.push("19811228-9874".into());
        check(
            vec![badge(), failing],
            vec![],
            "detector 2 (`card`): the rule finds nothing in its example 2",
        );
        check(
            vec![badge(), badge()],
            vec![],
            "detector 2 (`badge`): another",
        );
        let wrong = excluded(InfoType::EmailAddress, "19811228-9874");
        check(
            vec![],
            vec![wrong],
            "exclusion 1: not a valid EMAIL_ADDRESS",
        );
        let unknown = excluded(InfoType::Configured, "badge:B-123456");
        check(vec![], vec![unknown], "exclusion 1: not a value of a conf");
        let mut silent = excluded(InfoType::EmailAddress, "info@example.com");
        silent.reason = " ".into();
        check(vec![], vec![silent], "exclusion 1: give it a value");
        let options = DetectorOptions {
            info_types: InfoTypes::all(),
            ..DetectorOptions::default()
        };
        let refused = Detectors::new(options, today()).err();
        assert_eq!(refused, Some(DetectorsError::NothingConfigured));
    }

    #[test]
    fn the_version_says_what_findings_depend_on_and_gives_nothing_away() {
        let keys = Keys::new([1; crate::MASTER_KEY_BYTES]);
        let version = |rules, exclusions| made(rules, exclusions).map(|made| made.version(&keys));
        assert_eq!(version(vec![], vec![]), Ok(DETECTOR_VERSION.to_owned()));
        let with_badge = version(vec![badge()], vec![]);
        let mut narrower = badge();
        narrower.patterns = vec!["B-1[0-9]{5}".into()];
        let mut with_more_examples = badge();
        with_more_examples.examples.push("B-222222".into());
        let exclusion = || vec![excluded(InfoType::EmailAddress, "info@example.com")];
        assert_eq!(with_badge, version(vec![with_more_examples], vec![]));
        let versions = [
            version(vec![narrower], vec![]),
            version(vec![badge()], exclusion()),
            version(vec![], exclusion()),
        ];
        for other in &versions {
            assert_ne!(&with_badge, other);
        }
        let other_keys = Keys::new([2; crate::MASTER_KEY_BYTES]);
        let elsewhere = made(vec![], exclusion()).map(|made| made.version(&other_keys));
        assert_ne!(versions[2], elsewhere);
    }

    #[test]
    fn configured_values_are_read_by_the_name_of_their_detector() {
        let detectors = made(vec![badge()], vec![]).expect("it holds");
        let check = |info_type, value: &str, expected: Option<&str>| {
            let value = value.to_owned();
            let read = detectors.read(&IdentifierQuery { info_type, value }, today());
            let read = read.ok().map(|one| one.expose().to_owned());
            assert_eq!(read.as_deref(), expected);
        };
        check(None, "badge:B-654321", Some("badge:b-654321"));
        check(
            Some(InfoType::Configured),
            "Badge: b-654321",
            Some("badge:b-654321"),
        );
        check(None, "badge:B-65432", None);
        check(Some(InfoType::Configured), "B-654321", None);
        check(None, "anna@example.com", Some("anna@example.com"));
    }
}
