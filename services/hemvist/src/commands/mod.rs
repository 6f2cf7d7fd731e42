//! The verbs, a file each. Most call the server and show the answer.

pub(crate) mod detect;
pub(crate) mod erase;
pub(crate) mod export;
pub(crate) mod hold;
pub(crate) mod locate;
pub(crate) mod receipt;
pub(crate) mod scan;
pub(crate) mod source;
pub(crate) mod standalone;

mod show;
