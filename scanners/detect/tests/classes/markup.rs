//! Markup and line ends in the middle of a value.

use crate::values::*;

#[test]
fn html_markup_in_the_middle() {
    for (kind, make) in KINDS {
        check_class(&format!("markup {kind}"), make, |seed, value| {
            let (open, close) = seed.pick(&[
                ("<b>", "</b>"),
                ("<span class=\"x\">", "</span>"),
                ("<EM>", "</EM>"),
                ("<wbr>", ""),
                ("", "<wbr/>"),
                ("<!-- x -->", ""),
                ("<font color=\"red\">", "</font>"),
                ("&lt;b&gt;", "&lt;/b&gt;"),
            ]);
            let from = 1 + seed.below(value.plain.len() - 2);
            let to = from + 1 + seed.below(value.plain.len() - from - 1);
            format!(
                "{}{open}{}{close}{}",
                &value.plain[..from],
                &value.plain[from..to],
                &value.plain[to..]
            )
        });
    }
}

#[test]
fn table_cells_are_parted_from_their_labels() {
    check_class("cells", identity, |_, value| value.plain.clone());
    let mut seed = Seed::new("labelled cells");
    for _ in 0..INSTANCES {
        let value = identity(&mut seed);
        let text = format!(
            "<tr><td>Personnummer</td><td>{}</td><td>ja</td></tr>",
            value.plain
        );
        let lines = found(text.as_bytes());
        let [(_, canonical, range, _)] = lines.as_slice() else {
            panic!("{text}: {lines:?}")
        };
        assert!(
            *canonical == value.canonical && text[range.clone()] == value.plain,
            "{text}"
        );
    }
}

#[test]
fn line_breaks_in_the_middle() {
    let broken = |seed: &mut Seed, value: &Value| {
        let line_end = seed.pick(&["\n", "\r\n", "\n  ", " \n", "<br>", "<br/>\n", "&#10;"]);
        match seed.below(2) {
            0 => value.plain.replacen('-', &format!("-{line_end}"), 1),
            _ => value.plain.replacen('-', &format!("{line_end}-"), 1),
        }
    };
    check_class("broken identity", identity, broken);
    check_class(
        "broken phone",
        |seed| loop {
            let value = phone(seed);
            if value.plain.contains('-') {
                return value;
            }
        },
        |seed, value| {
            value
                .plain
                .replacen('-', &format!("-{}", seed.pick(&["\n", "\r\n", "\n  "])), 1)
        },
    );
}
