//! Starts MariaDB: an empty server with one all-powerful user `hemvist`, on a private socket and a loopback port.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::guard::{Guard, Stop};
use crate::{Variable, install, ports, readiness, servers};

const USER: &str = "hemvist";
/// Protects nothing: the store is empty, on loopback, and gone in a minute. Tests need one that can be wrong.
const PASSWORD: &str = "hemvist-test";

/// Speed over durability, and no name lookups: `%` then means any address.
const SETTINGS: [&str; 11] = [
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--skip-log-bin",
    "--character-set-server=utf8mb4",
    "--collation-server=utf8mb4_unicode_ci",
    "--innodb-buffer-pool-size=128M",
    "--innodb-log-file-size=64M",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=0",
    "--innodb-flush-method=nosync",
    "--max-connections=400",
];

pub(crate) fn start(guard: &Guard) -> Result<Vec<Variable>> {
    let (server, install_db) = (install::mariadbd(), install::program("mariadb-install-db"));
    let (server, install_db) = server.zip(install_db).context("it is not installed")?;
    let home = guard.root().join("my");
    fs::create_dir(&home)?;
    let (data, socket, log) = (
        home.join("data"),
        home.join("socket"),
        guard.root().join("mariadb.log"),
    );

    let mut prepare = Command::new(install_db);
    // `--no-defaults` must come first; it keeps the machine's own configuration out.
    prepare
        .arg("--no-defaults")
        .arg(format!("--datadir={}", data.display()));
    prepare.args(["--skip-test-db", "--auth-root-authentication-method=normal"]);
    prepare.args(as_root());
    guard.run(prepare)?;

    let users = home.join("users.sql");
    fs::write(
        &users,
        format!(
            "CREATE USER '{USER}'@'%' IDENTIFIED BY '{PASSWORD}';\n\
             GRANT ALL PRIVILEGES ON *.* TO '{USER}'@'%' WITH GRANT OPTION;\n"
        ),
    )?;
    let [port] = ports::free()?;
    let mut command = Command::new(server);
    command.arg("--no-defaults").args(SETTINGS).args(as_root());
    command.arg(format!("--port={port}"));
    for (option, path) in [
        ("datadir", &data),
        ("socket", &socket),
        ("init-file", &users),
    ] {
        command.arg(format!("--{option}={}", path.display()));
    }
    command.arg(format!("--pid-file={}", home.join("pid").display()));
    let id = guard.spawn(command, &log, Stop::Kill)?;

    let server =
        servers::MariadbServer::new(format!("mysql://{USER}:{PASSWORD}@127.0.0.1:{port}/mysql"));
    readiness::wait(guard, id, &log, || server.execute("SELECT 1").is_ok())?;
    Ok(vec![Variable {
        name: servers::MARIADB,
        value: server.url().to_owned(),
    }])
}

/// MariaDB runs as root only when told so.
fn as_root() -> Option<&'static str> {
    install::is_root().then_some("--user=root")
}
