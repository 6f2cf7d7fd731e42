//! HTML's character references.
//!
//! Source: the WHATWG's list of named references; those of letters matter for names and labels,
//! those of signs for values.

/// Longest reference that is read: `&#x000000040;`.
pub(super) const ENTITY_BYTES_MAX: usize = 14;

const NAMES: &[(&str, char)] = &[
    ("AElig", 'Æ'),
    ("Aring", 'Å'),
    ("Auml", 'Ä'),
    ("Eacute", 'É'),
    ("NewLine", '\n'),
    ("NoBreak", '\u{2060}'),
    ("Oslash", 'Ø'),
    ("Ouml", 'Ö'),
    ("Tab", '\t'),
    ("Uuml", 'Ü'),
    ("aacute", 'á'),
    ("aelig", 'æ'),
    ("agrave", 'à'),
    ("amp", '&'),
    ("apos", '\''),
    ("aring", 'å'),
    ("auml", 'ä'),
    ("bsol", '\\'),
    ("colon", ':'),
    ("comma", ','),
    ("commat", '@'),
    ("dash", '\u{2010}'),
    ("eacute", 'é'),
    ("egrave", 'è'),
    ("emsp", '\u{2003}'),
    ("ensp", '\u{2002}'),
    ("equals", '='),
    ("euml", 'ë'),
    ("gt", '>'),
    ("hairsp", '\u{200a}'),
    ("horbar", '\u{2015}'),
    ("hyphen", '\u{2010}'),
    ("iacute", 'í'),
    ("lbrack", '['),
    ("lowbar", '_'),
    ("lpar", '('),
    ("lsqb", '['),
    ("lt", '<'),
    ("mdash", '\u{2014}'),
    ("minus", '\u{2212}'),
    ("nbsp", '\u{a0}'),
    ("ndash", '\u{2013}'),
    ("num", '#'),
    ("numsp", '\u{2007}'),
    ("oacute", 'ó'),
    ("oslash", 'ø'),
    ("ouml", 'ö'),
    ("percnt", '%'),
    ("period", '.'),
    ("plus", '+'),
    ("puncsp", '\u{2008}'),
    ("quot", '"'),
    ("rbrack", ']'),
    ("rpar", ')'),
    ("rsqb", ']'),
    ("semi", ';'),
    ("shy", '\u{ad}'),
    ("sol", '/'),
    ("thinsp", '\u{2009}'),
    ("uuml", 'ü'),
    ("zwj", '\u{200d}'),
    ("zwnj", '\u{200c}'),
];

/// The character of a reference without its `&` and `;`: `#45`, `#x2d`, `ndash`.
pub(super) fn character(reference: &[u8]) -> Option<char> {
    let text = std::str::from_utf8(reference).ok()?;
    let Some(number) = text.strip_prefix('#') else {
        let found = NAMES.binary_search_by_key(&text, |(name, _)| name);
        return found
            .ok()
            .and_then(|index| NAMES.get(index))
            .map(|(_, char)| *char);
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) if hex.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            u32::from_str_radix(hex, 16)
        }
        None if number.bytes().all(|byte| byte.is_ascii_digit()) => number.parse(),
        _ => return None,
    };
    char::from_u32(code.ok()?)
        .filter(|char| !char.is_control() || matches!(char, '\t' | '\n' | '\r'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read() {
        let check = |text: &str, expected| {
            assert_eq!(character(text.as_bytes()), expected, "{text}");
        };
        check("#45", Some('-'));
        check("#x2d", Some('-'));
        check("#X002D", Some('-'));
        check("#8211", Some('–'));
        check("#x1d7ce", Some('𝟎'));
        check("commat", Some('@'));
        check("nosuch", None);
        check("#", None);
        check("#x", None);
        check("#+4", None);
        check("#0", None);
        check("#xd800", None);
        for (name, char) in NAMES {
            check(name, Some(*char));
            assert!(name.len() + 2 <= ENTITY_BYTES_MAX);
        }
    }
}
