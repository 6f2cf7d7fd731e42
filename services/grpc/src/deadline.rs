//! Deadlines: how long a call may take, and what it is told when time is up.
//!
//! tonic's own handling of `grpc-timeout` answers CANCELLED and bounds only the time to the
//! first message; this answers DEADLINE_EXCEEDED and bounds the whole call.

use std::time::Duration;

use tokio::time::Instant;
use tonic::codegen::http::HeaderMap;
use tonic::{Code, Status};

use crate::ServerOptions;
use crate::status::status_of;

/// Our answer must be on its way before tonic's own timer for the same deadline wakes.
const MARGIN: Duration = Duration::from_millis(2);
/// The gRPC specification's bound on the digits of `grpc-timeout`.
const DIGITS_MAX: usize = 8;

/// When a call must have ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadlines {
    /// The answer's first message must be there.
    pub(crate) answer: Instant,
    /// The last one must be; `None` when the client set no deadline.
    pub(crate) end: Option<Instant>,
}

impl Deadlines {
    /// The deadlines of a call that arrives now.
    pub(crate) fn of(headers: &HeaderMap, options: &ServerOptions) -> Self {
        let now = Instant::now();
        let asked = headers
            .get("grpc-timeout")
            .and_then(|value| value.to_str().ok())
            .and_then(parse);
        let end = asked.map(|asked| now + asked.saturating_sub(MARGIN));
        let answer = asked.unwrap_or(Duration::MAX).min(options.unary_time_max);
        Self {
            answer: now + answer.saturating_sub(MARGIN),
            end,
        }
    }
}

/// What a call is told whose time is up.
pub(crate) fn exceeded() -> Status {
    status_of(
        Code::DeadlineExceeded,
        "DEADLINE_EXCEEDED",
        "the call's time was up before its answer was whole",
    )
}

/// `grpc-timeout`: up to eight digits and a unit.
fn parse(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > DIGITS_MAX {
        return None;
    }
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(count * 3600)),
        "M" => Some(Duration::from_secs(count * 60)),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_of_the_specification_are_read_and_others_ignored() {
        let check = |text, expected| assert_eq!(parse(text), expected, "{text}");
        check("1H", Some(Duration::from_secs(3600)));
        check("2M", Some(Duration::from_secs(120)));
        check("3S", Some(Duration::from_secs(3)));
        check("250m", Some(Duration::from_millis(250)));
        check("99999999u", Some(Duration::from_micros(99_999_999)));
        check("0n", Some(Duration::ZERO));
        for bad in ["", "S", "1", "123456789S", "+1S", "-1S", "1 S", "1s", "1å"] {
            check(bad, None);
        }
    }

    #[test]
    fn a_call_without_deadline_must_be_answered_but_may_stream_on() {
        let options = ServerOptions::default();
        let deadlines = Deadlines::of(&HeaderMap::new(), &options);
        assert!(deadlines.end.is_none());
        assert!(deadlines.answer <= Instant::now() + options.unary_time_max);
        let mut headers = HeaderMap::new();
        headers.insert("grpc-timeout", "99H".parse().expect("a header value"));
        let deadlines = Deadlines::of(&headers, &options);
        assert!(deadlines.answer <= Instant::now() + options.unary_time_max);
        assert!(deadlines.end.is_some());
    }
}
