//! Starts PostgreSQL: an empty cluster with one superuser, on a private socket (no password) and on a loopback port
//! (password, as in production).

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::guard::{Guard, Stop};
use crate::{Variable, install, ports, readiness, servers};

const USER: &str = "postgres";
/// Protects nothing: the store is empty, on loopback, and gone in a minute. Tests need one that can be wrong.
const PASSWORD: &str = "hemvist-test";
const CONNECTIONS_MAX: u32 = 400;

/// Speed over durability: this data never outlives the run.
const SETTINGS: [&str; 6] = [
    "listen_addresses=127.0.0.1",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "shared_buffers=128MB",
    "unix_socket_permissions=0700",
];

pub(crate) fn start(guard: &Guard) -> Result<Vec<Variable>> {
    let bin = install::postgres_bin().context("it is not installed")?;
    // The socket's path may have 107 bytes at most: one short directory.
    let home = guard.root().join("pg");
    fs::create_dir(&home)?;
    let (data, log) = (home.join("data"), guard.root().join("postgres.log"));
    if install::is_root() {
        let mut chown = Command::new("chown");
        chown.arg(format!("{USER}:")).arg(&home);
        guard.run(chown)?;
    }
    let password = guard.root().join("pg-password");
    fs::write(&password, PASSWORD)?;
    let mut initdb = unprivileged(&bin.join("initdb"));
    initdb
        .arg("-D")
        .arg(&data)
        .arg(format!("--pwfile={}", password.display()))
        .args(["-U", USER, "--auth-local=trust"])
        .args(["--auth-host=scram-sha-256", "--locale=C", "--encoding=UTF8"])
        .args(["--no-sync", "--no-instructions"]);
    guard.run(initdb)?;

    let [port] = ports::free()?;
    let mut server = unprivileged(&bin.join("postgres"));
    server
        .arg("-D")
        .arg(&data)
        .arg("-k")
        .arg(&home)
        .args(["-p", &port.to_string()]);
    for setting in SETTINGS {
        server.args(["-c", setting]);
    }
    server
        .arg("-c")
        .arg(format!("max_connections={CONNECTIONS_MAX}"));
    let id = guard.spawn(server, &log, Stop::Quit)?;

    let socket = servers::PostgresServer::new(format!(
        "postgres://{USER}@localhost:{port}/postgres?host={}",
        home.display()
    ));
    readiness::wait(guard, id, &log, || socket.execute("SELECT 1").is_ok())?;
    Ok(vec![
        Variable {
            name: servers::POSTGRES,
            value: socket.url().to_owned(),
        },
        Variable {
            name: servers::POSTGRES_TCP,
            value: format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{port}/postgres"),
        },
    ])
}

/// PostgreSQL refuses to run as root.
fn unprivileged(program: &Path) -> Command {
    if !install::is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args([format!("--reuid={USER}"), format!("--regid={USER}")]);
    command.args([
        OsStr::new("--init-groups"),
        OsStr::new("--"),
        program.as_os_str(),
    ]);
    // The directory that we run in may be closed to that user.
    command.current_dir("/");
    command
}
