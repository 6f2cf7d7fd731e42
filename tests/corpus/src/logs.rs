//! Logs of services: a line each, most without anybody in it.

use crate::decoys::{hex, stamp, technical, uuid};
use crate::document::{Document, Strength};
use crate::numbers::Numbers;
use crate::values::Value;

const LINES: u64 = 120;
const LEVELS: &[&str] = &["INFO", "WARN", "DEBUG", "ERROR", "info", "notice"];
const SERVICES: &[&str] = &[
    "api",
    "auth-service",
    "order",
    "nginx",
    "kund-portal",
    "worker-7",
];

/// A log.
pub(crate) fn document(n: &mut Numbers) -> Document {
    let mut log = Document::new("app.log");
    for _ in 0..LINES {
        let head = format!("{} {} {}: ", stamp(n), n.pick(LEVELS), n.pick(SERVICES));
        log.text(&head);
        if n.chance(45) {
            somebody(&mut log, n);
        } else {
            nobody(&mut log, n);
        }
        log.text("\n");
    }
    log
}

fn nobody(log: &mut Document, n: &mut Numbers) {
    let text = match n.below(9) {
        0 => format!("request {} took {} ms", uuid(n), n.below(9000)),
        1 => format!(
            "cache refreshed, {} entries, generation {}",
            n.below(90_000),
            n.below(9)
        ),
        2 => format!(
            "GET /api/v{}/orders/{} 200 {}",
            n.below(4),
            n.below(9_999_999),
            n.below(9999)
        ),
        3 => format!("span={} trace={}", hex(n, 16), hex(n, 32)),
        4 => format!("loaded {}", technical(n)),
        5 => format!("retry {} of {} in {}s", n.below(5), 5, n.below(90)),
        6 => format!("queue depth {} oldest {}s", n.below(5000), n.below(900)),
        7 => format!(
            "disk sda{} {}% full, {} inodes",
            n.below(4),
            n.below(100),
            n.below(99_999_999)
        ),
        _ => format!(
            "upgraded openssl from 3.0.{} to 3.0.{}",
            n.below(9),
            n.below(20)
        ),
    };
    log.text(&text);
}

fn somebody(log: &mut Document, n: &mut Numbers) {
    use Strength::Clear;
    let (ip, email) = (Value::ip(n), Value::email(n));
    let person = if n.chance(80) {
        Value::personnummer(n)
    } else {
        Value::samordningsnummer(n)
    };
    let phone = Value::phone(n);
    match n.below(12) {
        0 => log.fill(
            "login failed for {} from {}",
            &[(&email, Clear), (&ip, Clear)],
        ),
        1 => log.fill("client {} connected", &[(&ip, Clear)]),
        2 => log.fill("client_ip={} status=200", &[(&ip, Clear)]),
        3 => log.fill("pnr={} action=read", &[(&person, Clear)]),
        4 => log.fill(
            "bankid auth ok personnummer: {} ip: {}",
            &[(&person, Clear), (&ip, Clear)],
        ),
        5 => log.fill("mail sent to <{}>", &[(&email, Clear)]),
        6 => log.fill("sms queued, phone={}", &[(&phone, Clear)]),
        7 => log.fill("user {} updated profile", &[(&email, Clear)]),
        8 => log.fill("{\"personnummer\":\"{}\",\"ok\":true}", &[(&person, Clear)]),
        9 => log.fill("lookup of tel: {} gave 0 rows", &[(&phone, Clear)]),
        10 => log.plain(&person),
        _ => log.fill(
            "X-Forwarded-For: {}, {}",
            &[(&ip, Clear), (&Value::ip(n), Clear)],
        ),
    };
}
