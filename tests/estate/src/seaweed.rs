//! Starts SeaweedFS: master, volume server, filer and S3 gateway in one process, with one identity that may do
//! everything and one that may only read.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::guard::{Guard, Stop};
use crate::{Variable, install, ports, readiness, servers};

/// These protect nothing: the store is empty, on loopback, and gone in a minute.
const OWNER: (&str, &str) = ("hemvist-owner", "hemvist-owner-secret");
const READER: (&str, &str) = ("hemvist-reader", "hemvist-reader-secret");

/// Each bucket takes volumes of its own; they are sparse files, so many are cheap.
const VOLUMES_MAX: u32 = 1000;
const VOLUME_MEBIBYTES_MAX: u32 = 256;

/// Below this it takes no more writes. Its own default is a hundredth of the disk, however much that is.
const DISK_FREE_MIN: &str = "64MiB";

/// The servers inside the one process; each has a port for HTTP and one for gRPC.
const PARTS: [&str; 4] = ["s3", "master", "volume", "filer"];

pub(crate) fn start(guard: &Guard, cache: &Path) -> Result<Vec<Variable>> {
    let weed = install::weed(cache).context("it is not installed")?;
    let home = guard.root().join("s3");
    fs::create_dir_all(home.join("data"))?;
    fs::write(home.join("s3.json"), identities_json())?;
    let ports: [u16; 2 * PARTS.len()] = ports::free()?;
    for (part, port) in PARTS.iter().zip(ports.chunks(2)) {
        // It makes these sockets whatever TMPDIR says, and leaves them.
        let socket = format!("seaweedfs-{part}-grpc-{}.sock", port[1]);
        guard.remove_at_end(&Path::new("/tmp").join(socket))?;
    }
    let log = guard.root().join("seaweedfs.log");
    let id = guard.spawn(command(&weed, &home, &ports), &log, Stop::Kill)?;

    // The gateway answers before there is a place to write to: ask the master for one as well.
    let [s3, _, master, ..] = ports;
    readiness::wait(guard, id, &log, || {
        readiness::http_status(s3, "/healthz") == Some(200)
            && readiness::http_status(master, "/dir/assign") == Some(200)
    })?;
    let variable = |name, value: &str| Variable {
        name,
        value: value.to_owned(),
    };
    Ok(vec![
        variable(servers::S3, &format!("http://127.0.0.1:{s3}")),
        variable(servers::S3_KEY, OWNER.0),
        variable(servers::S3_SECRET, OWNER.1),
        variable(servers::S3_READONLY_KEY, READER.0),
        variable(servers::S3_READONLY_SECRET, READER.1),
    ])
}

fn command(weed: &Path, home: &Path, ports: &[u16]) -> Command {
    let mut command = Command::new(weed);
    command.current_dir(home).env("TMPDIR", home);
    // One volume per bucket at first, not seven.
    command.env("WEED_MASTER_VOLUME_GROWTH_COPY_1", "1");
    command.args(["server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]);
    command.args(["-s3", "-master.telemetry=false"]);
    // Off: two table catalogues of the gateway that listen on fixed ports.
    command.args(["-s3.port.iceberg=0", "-s3.port.lance=0"]);
    for (option, name) in [
        ("dir", "data"),
        ("s3.config", "s3.json"),
        ("filer.localSocket", "filer.sock"),
        ("s3.localSocket", "s3.sock"),
    ] {
        command.arg(format!("-{option}={}", home.join(name).display()));
    }
    for (part, port) in PARTS.iter().zip(ports.chunks(2)) {
        command.arg(format!("-{part}.port={}", port[0]));
        command.arg(format!("-{part}.port.grpc={}", port[1]));
    }
    command.arg(format!("-volume.max={VOLUMES_MAX}"));
    command.arg(format!("-volume.minFreeSpace={DISK_FREE_MIN}"));
    command.arg(format!("-master.volumeSizeLimitMB={VOLUME_MEBIBYTES_MAX}"));
    command
}

fn identities_json() -> String {
    let identity = |(key, secret): (&str, &str), actions: &str| {
        format!(
            r#"{{"name":"{key}","credentials":[{{"accessKey":"{key}","secretKey":"{secret}"}}],"actions":[{actions}]}}"#
        )
    };
    let owner = identity(OWNER, r#""Admin","Read","List","Tagging","Write""#);
    let reader = identity(READER, r#""Read","List""#);
    format!(r#"{{"identities":[{owner},{reader}]}}"#)
}
