//! What could not be read, each reason told once.

use hemvist_model::{Skip, SkipReason};

/// The Skips of one object. A broken line said a million times is still one Skip.
#[derive(Default)]
pub(crate) struct Skips(Vec<Skip>);

impl Skips {
    /// Notes a Skip, unless the same one is there already.
    pub(crate) fn note(&mut self, reason: SkipReason, detail: &str) {
        if !self
            .0
            .iter()
            .any(|skip| skip.reason == reason && skip.detail == detail)
        {
            self.0.push(Skip::new(reason, detail));
        }
    }

    /// All of them, in the order they were met.
    pub(crate) fn into_vec(self) -> Vec<Skip> {
        self.0
    }
}
