//! A document and what was put into it.

use hemvist_model::InfoType;

use crate::values::Value;

/// How clearly a value stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Nothing speaks for it but its digits: it must be reported, at any Likelihood.
    Bare,
    /// Its spelling, a label, a key or a column speaks for it: it must be shown.
    Clear,
}

/// One planted value.
#[derive(Debug, Clone)]
pub struct Label {
    /// Its kind.
    pub info_type: InfoType,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// What it means, in canonical form.
    pub identifier: String,
    /// How clearly it stands there.
    pub strength: Strength,
}

/// Text and its labels, in ascending order.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// A file name; its extension fits the content.
    pub name: String,
    /// The content.
    pub bytes: Vec<u8>,
    /// What lies in it.
    pub labels: Vec<Label>,
}

impl Document {
    /// An empty document.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    /// Adds text in which there is no personal data.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.bytes.extend_from_slice(text.as_bytes());
        self
    }

    /// Adds a value that something around it speaks for.
    pub fn clear(&mut self, value: &Value) -> &mut Self {
        self.plant(value, Strength::Clear)
    }

    /// Adds a value that only its own spelling speaks for.
    pub fn plain(&mut self, value: &Value) -> &mut Self {
        let strength = if value.bare {
            Strength::Bare
        } else {
            Strength::Clear
        };
        self.plant(value, strength)
    }

    fn plant(&mut self, value: &Value, strength: Strength) -> &mut Self {
        let start = self.bytes.len();
        self.text(&value.text);
        self.labels.push(Label {
            info_type: value.info_type,
            start,
            end: self.bytes.len(),
            identifier: value.identifier.clone(),
            strength,
        });
        self
    }

    /// Adds a template whose `{}` are the values, in order.
    pub fn fill(&mut self, template: &str, values: &[(&Value, Strength)]) -> &mut Self {
        let mut values = values.iter();
        for (index, text) in template.split("{}").enumerate() {
            if index > 0
                && let Some((value, strength)) = values.next()
            {
                self.plant(value, *strength);
            }
            self.text(text);
        }
        self
    }
}
