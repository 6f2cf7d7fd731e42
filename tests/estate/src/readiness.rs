//! Waiting until a started server answers: polling with a deadline, and an error that shows the end of its log.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::guard::{Guard, ServerId};

/// Generous: a loaded machine with cold disks. A healthy one needs 1 to 4 seconds.
const DEADLINE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
const LOG_LINES_SHOWN: usize = 20;

/// Polls `answers` until it is true.
pub(crate) fn wait(
    guard: &Guard,
    server: ServerId,
    log: &Path,
    answers: impl Fn() -> bool,
) -> Result<()> {
    let start = Instant::now();
    while !answers() {
        if guard.has_ended(server) {
            bail!("it ended by itself; the end of its log:\n{}", tail(log));
        }
        if start.elapsed() > DEADLINE {
            bail!(
                "no answer within {} s; the end of its log:\n{}",
                DEADLINE.as_secs(),
                tail(log)
            );
        }
        thread::sleep(PAUSE);
    }
    Ok(())
}

/// The status of `GET path` on a loopback port, or `None` where nothing answers.
pub(crate) fn http_status(port: u16, path: &str) -> Option<u16> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, REQUEST_TIMEOUT).ok()?;
    stream.set_read_timeout(Some(REQUEST_TIMEOUT)).ok()?;
    write!(
        stream,
        "GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n"
    )
    .ok()?;
    // "HTTP/1.1 200": the status is all that is wanted.
    let mut head = [0; 12];
    stream.read_exact(&mut head).ok()?;
    std::str::from_utf8(&head[9..]).ok()?.parse().ok()
}

fn tail(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..].join("\n")
}
