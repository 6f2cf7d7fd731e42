//! Top-level domains, as far as shape tells: what ends a host's name and is no ending of a file.
//!
//! No list of all of them is kept: it would be out of date.

/// The longest ending of a file that is told from a top-level domain.
const ENDING_BYTES_MAX: usize = 7;

/// Whether a host's name may end with that label: letters, or an A-label.
pub(crate) fn is_top_level(last: &[u8]) -> bool {
    let letters = last.len() >= 2
        && last
            .iter()
            .all(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii());
    let a_label = last
        .get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case(b"xn--"));
    let mut lower = [0; ENDING_BYTES_MAX];
    let file = lower.get_mut(..last.len()).is_some_and(|lower| {
        lower.copy_from_slice(last);
        lower.make_ascii_lowercase();
        is_file_ending(lower)
    });
    (letters || a_label) && !file
}

/// Endings of files that are no top-level domains, in lower case.
pub(crate) fn is_file_ending(ending: &[u8]) -> bool {
    matches!(
        ending,
        b"bak"
            | b"bmp"
            | b"conf"
            | b"cpp"
            | b"css"
            | b"csv"
            | b"dll"
            | b"doc"
            | b"docx"
            | b"exe"
            | b"gif"
            | b"gz"
            | b"htm"
            | b"html"
            | b"ico"
            | b"ini"
            | b"jar"
            | b"java"
            | b"jpeg"
            | b"jpg"
            | b"js"
            | b"json"
            | b"jsx"
            | b"lock"
            | b"log"
            | b"pdf"
            | b"php"
            | b"png"
            | b"rb"
            | b"service"
            | b"sock"
            | b"sql"
            | b"svg"
            | b"tar"
            | b"tgz"
            | b"toml"
            | b"ts"
            | b"tsx"
            | b"txt"
            | b"webp"
            | b"xls"
            | b"xlsx"
            | b"xml"
            | b"yaml"
            | b"yml"
    )
}
