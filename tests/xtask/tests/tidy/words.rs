//! Words that may not be committed.

use super::{report, texts};

/// Unfinished work belongs in an issue; paths of one machine and names of registry hosts work nowhere else. Written in
/// two halves so that this file passes itself.
const ANYWHERE: &[(&str, &str)] = &[
    ("TO", "DO"),
    ("FIX", "ME"),
    ("/wo", "rk/"),
    ("/ro", "ot/"),
    ("../sha", "red"),
    ("index.crates", ".io"),
    ("static.crates", ".io"),
    ("registry.npmjs", ".org"),
    ("py", "pi.org"),
    ("files.python", "hosted.org"),
    ("deb.deb", "ian.org"),
];

/// A test that is skipped, expects any panic or waits for time to pass proves too little.
const IN_RUST: &[(&str, &str)] = &[("#[ign", "ore"), ("#[should_", "panic"), ("P", "II ")];

#[test]
fn no_word_is_committed_that_works_only_here_or_only_today() {
    let mut broken = Vec::new();
    for text in texts() {
        for (number, line) in text.lines() {
            let refused = |(one, other): &(&str, &str)| line.contains(&format!("{one}{other}"));
            if ANYWHERE.iter().any(refused) || text.is_rust() && IN_RUST.iter().any(refused) {
                broken.push(format!("{}:{number}: {}", text.path, line.trim()));
            }
        }
    }
    report("refused words", broken);
}
