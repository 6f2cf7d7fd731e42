//! Pieces of answers in words and JSON, shared by the verbs.

use hemvist_proto::v1::{Coverage, SkipReason};
use serde_json::{Value, json};

/// An enum value's name without the prefix that proto style puts before it.
pub(super) fn short<'a>(name: &'a str, prefix: &str) -> &'a str {
    name.strip_prefix(prefix).unwrap_or(name)
}

/// A resource's id: the last segment of its name.
pub(super) fn id(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// An instant as RFC 3339, or a dash.
pub(super) fn time(time: Option<&prost_types::Timestamp>) -> String {
    time.map_or_else(|| "-".to_owned(), ToString::to_string)
}

/// Coverage in one line: what was looked at, and what was not and why.
pub(super) fn coverage(coverage: &Coverage) -> String {
    let mut line = format!(
        "{} of {} records",
        grouped(coverage.scanned),
        grouped(coverage.enumerated)
    );
    let gaps = [
        ("partial", coverage.partial),
        ("skipped", coverage.skipped),
        ("failed", coverage.failed),
    ];
    for (name, count) in gaps.into_iter().filter(|(_, count)| *count > 0) {
        line += &format!(", {} {name}", grouped(count));
    }
    let reasons: Vec<String> = coverage
        .reasons
        .iter()
        .map(|skip| {
            format!(
                "{} {}",
                grouped(skip.count),
                short(skip.reason().as_str_name(), "SKIP_REASON_")
            )
        })
        .collect();
    if reasons.is_empty() {
        line
    } else {
        format!("{line} ({})", reasons.join(", "))
    }
}

/// Coverage for programs.
pub(super) fn coverage_json(coverage: &Coverage) -> Value {
    let reason = |reason: SkipReason| short(reason.as_str_name(), "SKIP_REASON_").to_owned();
    json!({
        "enumerated": coverage.enumerated,
        "scanned": coverage.scanned,
        "partial": coverage.partial,
        "skipped": coverage.skipped,
        "failed": coverage.failed,
        "bytes": coverage.examined_bytes,
        "complete": coverage.complete,
        "reasons": coverage.reasons.iter().map(|skip| json!({"reason": reason(skip.reason()), "count": skip.count})).collect::<Vec<_>>(),
    })
}

/// A number with thin groups of three, as people read it.
pub(crate) fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_three() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1 234 567");
        assert_eq!(grouped(-1_000), "-1 000");
    }
}
