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

pub(crate) fn start(guard: &Guard, cache: &Path) -> Result<Vec<Variable>> {
    let weed = install::weed(cache).context("it is not installed")?;
    let home = guard.root().join("s3");
    let data = home.join("data");
    fs::create_dir_all(&data)?;
    let (identities, log) = (home.join("s3.json"), guard.root().join("seaweedfs.log"));
    fs::write(&identities, identities_json())?;

    let ports: [u16; 8] = ports::free()?;
    let [
        s3,
        s3_grpc,
        master,
        master_grpc,
        volume,
        volume_grpc,
        filer,
        filer_grpc,
    ] = ports;
    let mut command = Command::new(weed);
    command.current_dir(&home).env("TMPDIR", &home);
    // One volume per bucket at first, not seven.
    command.env("WEED_MASTER_VOLUME_GROWTH_COPY_1", "1");
    command.args([
        "server",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-master.telemetry=false",
        "-s3",
    ]);
    // Off: two table catalogues of the gateway that listen on fixed ports.
    command.args(["-s3.port.iceberg=0", "-s3.port.lance=0"]);
    for (option, path) in [("dir", &data), ("s3.config", &identities)] {
        command.arg(format!("-{option}={}", path.display()));
    }
    for (option, name) in [
        ("filer.localSocket", "filer.sock"),
        ("s3.localSocket", "s3.sock"),
    ] {
        command.arg(format!("-{option}={}", home.join(name).display()));
    }
    for (option, port) in [
        ("s3.port", s3),
        ("s3.port.grpc", s3_grpc),
        ("master.port", master),
        ("master.port.grpc", master_grpc),
        ("volume.port", volume),
        ("volume.port.grpc", volume_grpc),
        ("filer.port", filer),
        ("filer.port.grpc", filer_grpc),
    ] {
        command.arg(format!("-{option}={port}"));
    }
    command.arg(format!("-volume.max={VOLUMES_MAX}"));
    command.arg(format!("-master.volumeSizeLimitMB={VOLUME_MEBIBYTES_MAX}"));
    // Whatever TMPDIR says, it makes these sockets and leaves them.
    for (part, port) in [
        ("s3", s3_grpc),
        ("master", master_grpc),
        ("volume", volume_grpc),
        ("filer", filer_grpc),
    ] {
        guard
            .remove_at_end(&Path::new("/tmp").join(format!("seaweedfs-{part}-grpc-{port}.sock")))?;
    }
    let id = guard.spawn(command, &log, Stop::Kill)?;

    // The gateway answers before there is a place to write to: ask the master for one as well.
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
