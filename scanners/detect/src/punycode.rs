//! Domain names in A-label form: Punycode, RFC 3492.
//!
//! Deliberately small: lower-casing is Unicode's, but there is no normalisation to NFC and no
//! check of IDNA's tables; two spellings that differ only there stay two.

const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
const INITIAL_BIAS: u32 = 72;
const INITIAL_CODE: u32 = 0x80;

/// Appends `domain`, lower-cased, with every label that is not ASCII as an A-label; `None` when
/// a label cannot be written.
pub(crate) fn push_domain(out: &mut String, domain: &str) -> Option<()> {
    for (index, label) in domain.split('.').enumerate() {
        if index > 0 {
            out.push('.');
        }
        let lower = label.to_lowercase();
        if lower.is_ascii() {
            out.push_str(&lower);
        } else {
            out.push_str("xn--");
            push_label(out, &lower)?;
        }
    }
    Some(())
}

fn push_label(out: &mut String, label: &str) -> Option<()> {
    out.extend(label.chars().filter(char::is_ascii));
    let basic = u32::try_from(label.chars().filter(char::is_ascii).count()).ok()?;
    if basic > 0 {
        out.push('-');
    }
    let (mut code, mut delta, mut bias, mut handled) = (INITIAL_CODE, 0u32, INITIAL_BIAS, basic);
    let total = u32::try_from(label.chars().count()).ok()?;
    while handled < total {
        let next = label
            .chars()
            .map(u32::from)
            .filter(|char| *char >= code)
            .min()?;
        delta = delta.checked_add((next - code).checked_mul(handled + 1)?)?;
        code = next;
        for char in label.chars().map(u32::from) {
            if char < code {
                delta = delta.checked_add(1)?;
            }
            if char == code {
                push_number(out, delta, bias);
                bias = adapt(delta, handled + 1, handled == basic);
                (delta, handled) = (0, handled + 1);
            }
        }
        (delta, code) = (delta.checked_add(1)?, code + 1);
    }
    Some(())
}

fn push_number(out: &mut String, mut number: u32, bias: u32) {
    let mut k = BASE;
    loop {
        let threshold = k.saturating_sub(bias).clamp(T_MIN, T_MAX);
        if number < threshold {
            out.push(digit(number));
            return;
        }
        out.push(digit(threshold + (number - threshold) % (BASE - threshold)));
        number = (number - threshold) / (BASE - threshold);
        k += BASE;
    }
}

fn adapt(delta: u32, points: u32, first: bool) -> u32 {
    let mut delta = if first { delta / DAMP } else { delta / 2 };
    delta += delta / points;
    let mut k = 0;
    while delta > (BASE - T_MIN) * T_MAX / 2 {
        delta /= BASE - T_MIN;
        k += BASE;
    }
    k + (BASE - T_MIN + 1) * delta / (delta + SKEW)
}

fn digit(value: u32) -> char {
    char::from_digit(value.saturating_sub(26), 10)
        .filter(|_| value >= 26)
        .or_else(|| char::from_digit(value + 10, 36))
        .unwrap_or('0')
}

#[cfg(test)]
mod tests {
    #[test]
    fn known_names_become_their_a_labels() {
        for (name, expected) in [
            ("bücher.example", "xn--bcher-kva.example"),
            ("RÄKSMÖRGÅS.example", "xn--rksmrgs-5wao1o.example"),
            ("例え.example", "xn--r8jz45g.example"),
            ("plain.EXAMPLE", "plain.example"),
        ] {
            let mut out = String::new();
            super::push_domain(&mut out, name);
            assert_eq!(out, expected);
        }
    }
}
