//! The one place where names and values become SQL text.
//!
//! Names come only from the catalogue. Values are binds wherever a bind is possible; the bounds of
//! a Split are not (`COPY` takes none), so they are quoted here. Nothing else in this crate asserts
//! that a statement is safe.

use hemvist_source::{Kind, SourceError};
use sqlx::AssertSqlSafe;

/// Which rules of quoting hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quotes {
    /// `"name"`, `'value'` with `standard_conforming_strings`, which our sessions switch on.
    Standard,
    /// `` `name` ``, because SQLite takes a `"name"` that it does not know for a text; `'value'`.
    Sqlite,
    /// `` `name` ``, and hexadecimal values, which no SQL mode and no charset can reinterpret.
    Mysql,
}

/// A statement whose dynamic pieces all came from this module or the catalogue.
pub(crate) fn statement(sql: String) -> AssertSqlSafe<String> {
    AssertSqlSafe(sql)
}

/// A name as SQL. Catalogues hold no NUL in names; one is dropped rather than passed on.
pub(crate) fn ident(quotes: Quotes, name: &str) -> String {
    let quote = match quotes {
        Quotes::Standard => '"',
        Quotes::Mysql | Quotes::Sqlite => '`',
    };
    let mut sql = String::with_capacity(name.len() + 2);
    sql.push(quote);
    for character in name.chars().filter(|character| *character != '\0') {
        if character == quote {
            sql.push(quote);
        }
        sql.push(character);
    }
    sql.push(quote);
    sql
}

/// A text value as SQL.
///
/// # Errors
/// `Kind::Unsupported` for a NUL where the database's literals cannot hold one.
pub(crate) fn literal(quotes: Quotes, value: &str) -> Result<String, SourceError> {
    match quotes {
        Quotes::Mysql => Ok(format!("_utf8mb4 X'{}'", hex(value.as_bytes()))),
        Quotes::Standard | Quotes::Sqlite if value.contains('\0') => Err(SourceError::new(
            Kind::Unsupported,
            "a key that holds a NUL character",
        )),
        Quotes::Standard | Quotes::Sqlite => Ok(format!("'{}'", value.replace('\'', "''"))),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A Collection's name from its catalogue names: each as it is when it is a plain word, otherwise
/// in double quotes, so that two tables never share a name.
pub(crate) fn display_name(names: &[&str]) -> String {
    let plain = |name: &str| {
        let mut bytes = name.bytes();
        bytes
            .next()
            .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$')
    };
    let shown: Vec<String> = names
        .iter()
        .map(|name| match plain(name) {
            true => (*name).to_owned(),
            false => format!("\"{}\"", name.replace('"', "\"\"")),
        })
        .collect();
    shown.join(".")
}

/// The catalogue name of a Collection that has but one, from its [`display_name`].
pub(crate) fn catalogue_name(shown: &str) -> String {
    let quoted = shown
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    quoted.map_or_else(|| shown.to_owned(), |name| name.replace("\"\"", "\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_stay_inside_their_quotes() {
        for (name, standard, mysql) in [
            ("a", "\"a\"", "`a`"),
            ("a\"; DROP", "\"a\"\"; DROP\"", "`a\"; DROP`"),
            ("a`b", "\"a`b\"", "`a``b`"),
            ("a\0b", "\"ab\"", "`ab`"),
        ] {
            assert_eq!(ident(Quotes::Standard, name), standard);
            assert_eq!(ident(Quotes::Mysql, name), mysql);
            assert_eq!(ident(Quotes::Sqlite, name), mysql);
        }
        assert_eq!(literal(Quotes::Standard, "o'\\x").unwrap(), "'o''\\x'");
        assert_eq!(literal(Quotes::Mysql, "o'").unwrap(), "_utf8mb4 X'6f27'");
        assert!(literal(Quotes::Standard, "a\0").is_err());
    }

    #[test]
    fn display_names_are_plain_or_quoted() {
        for (names, shown) in [
            (["public", "users"], "public.users"),
            (["Crm", "a.b"], "Crm.\"a.b\""),
            (["a", "9"], "a.\"9\""),
            (["", "å\""], "\"\".\"å\"\"\""),
        ] {
            assert_eq!(display_name(&names), shown);
        }
        for name in ["users", "a b", "\"", "å\"\"\n"] {
            assert_eq!(catalogue_name(&display_name(&[name])), name);
        }
    }
}
