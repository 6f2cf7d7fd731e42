//! Words for signs.

use crate::values::*;

#[test]
fn obscured_e_mail_addresses() {
    check_class("obscured", email, |seed, value| {
        let at = seed.pick(&[
            "(at)",
            " (at) ",
            "[at]",
            " [at] ",
            "{at}",
            " (AT) ",
            "(snabel-a)",
            " [snabel-a] ",
            "[@]",
            "( at )",
        ]);
        let dot = seed.pick(&[
            ".",
            "(dot)",
            "[dot]",
            " (punkt) ",
            "[.]",
            " [dot] ",
            "[punkt]",
        ]);
        let (name, domain) = value.plain.split_once('@').unwrap();
        format!("{name}{at}{}", domain.replace('.', dot))
    });
}

#[test]
fn defanged_ip_addresses() {
    check_class("defanged", ip, |seed, value| {
        let dot = seed.pick(&["[.]", "(.)", "[dot]", "(dot)", " [.] "]);
        respell(seed, &value.plain, |c| c == '.', |_, _| dot.into())
    });
    let mut seed = Seed::new("hxxp");
    for _ in 0..INSTANCES {
        let value = ip(&mut seed);
        let text = format!("hxxp[:]//{}/x", value.plain.replace('.', "[.]"));
        let lines = found(text.as_bytes());
        let [(_, canonical, range, _)] = lines.as_slice() else {
            panic!("{text}: {lines:?}")
        };
        assert!(
            *canonical == value.canonical && *range == (9..text.len() - 2),
            "{text}"
        );
    }
}
