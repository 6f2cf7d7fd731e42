//! Escapes of HTML, URLs, JSON, JavaScript and quoted-printable, also inside one another.

use crate::values::*;

type Write = fn(&mut Seed, char) -> String;

fn entity(seed: &mut Seed, char: char) -> String {
    let code = u32::from(char);
    match (seed.below(4), char) {
        (0, _) => format!("&#{code};"),
        (1, _) => format!("&#x{code:x};"),
        (2, _) => format!("&#x{code:04X};"),
        (_, '-') => seed
            .pick(&["&ndash;", "&minus;", "&hyphen;", "&dash;"])
            .into(),
        (_, ' ') => seed.pick(&["&nbsp;", "&thinsp;", "&ensp;"]).into(),
        (_, '@') => "&commat;".into(),
        (_, '.') => "&period;".into(),
        (_, '+') => "&plus;".into(),
        (_, '_') => "&lowbar;".into(),
        _ => format!("&#{code:05};"),
    }
}

fn percent(seed: &mut Seed, char: char) -> String {
    match seed.below(2) {
        0 => format!("%{:02X}", u32::from(char)),
        _ => format!("%{:02x}", u32::from(char)),
    }
}

fn json(seed: &mut Seed, char: char) -> String {
    match seed.below(2) {
        0 => format!("\\u{:04x}", u32::from(char)),
        _ => format!("\\u{:04X}", u32::from(char)),
    }
}

fn script(seed: &mut Seed, char: char) -> String {
    match seed.below(3) {
        0 => format!("\\x{:02x}", u32::from(char)),
        1 => format!("\\u{{{:x}}}", u32::from(char)),
        _ => format!("%u{:04X}", u32::from(char)),
    }
}

fn quoted_printable(_: &mut Seed, char: char) -> String {
    format!("={:02X}", u32::from(char))
}

/// All kinds of values with their signs in that spelling, and with any character so.
fn check_all(name: &str, write: Write, of: fn(char) -> bool) {
    for (kind, make) in KINDS {
        check_class(&format!("{name} {kind}"), make, |seed, value| {
            respell(seed, &value.plain, of, write)
        });
    }
}

#[test]
fn html_entities_for_signs() {
    check_all("entities", entity, any_sign);
}

#[test]
fn html_entities_for_any_character() {
    check_all("entities throughout", entity, anything);
}

#[test]
fn url_escapes_for_signs() {
    check_all("percent", percent, any_sign);
}

#[test]
fn url_escapes_for_any_character() {
    check_all("percent throughout", percent, anything);
}

#[test]
fn plus_for_a_blank_in_a_query() {
    let mut seed = Seed::new("query");
    for _ in 0..INSTANCES {
        let value = phone(&mut seed);
        let spelled = value.plain.replace('+', "%2B").replace(' ', "+");
        let before = seed.pick(&["/sok?tel=", "https://example.com/a?id=7&tel=", "?a=&mobil="]);
        let text = format!("{before}{spelled}&x=1");
        let lines = found(text.as_bytes());
        assert!(
            lines.iter().any(|(_, canonical, range, _)| {
                *canonical == value.canonical
                    && *range == (before.len()..before.len() + spelled.len())
            }),
            "{text}: {lines:?}"
        );
    }
}

#[test]
fn json_escapes() {
    check_all("json", json, any_sign);
    check_all("json throughout", json, anything);
}

#[test]
fn javascript_escapes() {
    check_all("script", script, any_sign);
    check_all("script throughout", script, anything);
}

#[test]
fn escaped_slashes_and_signs() {
    check_class("slashes", phone, |_, value| value.plain.replace('-', "\\/"));
    check_class("markdown", email, |_, value| {
        value
            .plain
            .replace('.', "\\.")
            .replace('-', "\\-")
            .replace('_', "\\_")
            .replace('@', "\\@")
    });
}

#[test]
fn quoted_printable_for_signs() {
    check_class("quoted identity", identity, |seed, value| {
        respell(seed, &value.plain, dash, quoted_printable)
    });
    check_class("quoted e-mail", email, |seed, value| {
        respell(
            seed,
            &value.plain,
            |c| matches!(c, '@' | '-' | '.'),
            quoted_printable,
        )
    });
    check_class("quoted phone", phone, |_, value| {
        value.plain.replace('-', "=2D").replace('+', "=2B")
    });
}

#[test]
fn quoted_printable_soft_line_breaks() {
    for (name, make) in [
        ("soft identity", identity as Make),
        ("soft e-mail", email),
        ("soft phone", phone),
        ("soft ip", ip),
    ] {
        check_class(name, make, |seed, value| {
            let at = 1 + seed.below(value.plain.len() - 1);
            let (head, tail) = value.plain.split_at(at);
            format!("{head}={}{tail}", seed.pick(&["\r\n", "\n"]))
        });
    }
}

#[test]
fn escapes_inside_escapes() {
    let all: [Write; 3] = [entity, percent, json];
    for (outer, wrap) in all.into_iter().enumerate() {
        for (inner, write) in all.into_iter().enumerate() {
            check_class(
                &format!("nested {outer} {inner}"),
                identity,
                |seed, value| {
                    respell(seed, &value.plain, dash, |seed, char| {
                        let written = write(seed, char);
                        respell(seed, &written, |c| matches!(c, '&' | '%' | '\\'), wrap)
                    })
                },
            );
        }
    }
    check_class("three deep", email, |_, value| {
        value.plain.replace('@', "%252540")
    });
    check_class("ampersands", email, |_, value| {
        value.plain.replace('@', "&amp;amp;#64;")
    });
}

/// What stands right before a value is an escape: it must not glue to it.
#[test]
fn values_right_behind_escapes() {
    let before = [
        "\\n", "\\t", "\\r\\n", "%20", "%0A", "%3D", "&nbsp;", "&lt;", "\\u003c", "=20=\n", "\\x3e",
    ];
    for (kind, make) in [("identity", identity as Make), ("e-mail", email)] {
        let mut seed = Seed::new(kind);
        for _ in 0..INSTANCES {
            let value = make(&mut seed);
            let before = seed.pick(&before);
            if before.starts_with('=') && kind == "identity" {
                continue;
            }
            let text = format!("rad: {before}{} x", value.plain);
            let place = 5 + before.len()..5 + before.len() + value.plain.len();
            let lines = found(text.as_bytes());
            assert!(
                lines.iter().any(|(_, canonical, range, _)| {
                    *canonical == value.canonical && *range == place
                }) && lines.len() == 1,
                "{text:?}: {lines:?}"
            );
        }
    }
}
