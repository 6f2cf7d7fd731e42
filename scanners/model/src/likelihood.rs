//! How sure a Detection is.

/// Ordered certainty of a Detection. Acting (export, erase) needs at least `Likely`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[repr(u8)]
pub enum Likelihood {
    /// The shape fits; something argues against it or nothing for it.
    Possible = 1,
    /// Shape and checks hold.
    Likely = 2,
    /// Shape and checks hold, and a label, a header or the column says so.
    VeryLikely = 3,
}

impl Likelihood {
    /// Every value, lowest first.
    pub const ALL: [Likelihood; 3] = [
        Likelihood::Possible,
        Likelihood::Likely,
        Likelihood::VeryLikely,
    ];

    /// The API's name, such as `VERY_LIKELY`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Likelihood::Possible => "POSSIBLE",
            Likelihood::Likely => "LIKELY",
            Likelihood::VeryLikely => "VERY_LIKELY",
        }
    }

    /// The number that stands for it in the index.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The Likelihood of that number, if there is one.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|likelihood| likelihood.code() == code)
    }
}

impl std::fmt::Display for Likelihood {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}
