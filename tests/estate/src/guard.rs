//! Makes sure that no store outlives the process that started it.
//!
//! The guard is a small shell script in a process group of its own, reading a pipe that only the owner holds. Each
//! started server is told to it as a line. When the pipe closes (the owner dropped it, panicked, was interrupted or
//! was killed outright), the script stops every server and deletes their directory.
//!
//! A parent-death signal would need `unsafe` code and would not delete anything.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result, bail};

/// Reads lines until the owner is gone: `SIGNAL PID` (or `-GROUP`), `DONE PID`, `REMOVE PATH`. Then signals each process,
/// waits up to 5 s, kills what is left, and deletes.
const SCRIPT: &str = r#"
processes=
while read -r verb what; do
    case $verb in
    REMOVE) set -- "$@" "$what" ;;
    DONE)
        kept=
        for process in $processes; do [ "${process#*:}" = "$what" ] || kept="$kept $process"; done
        processes=$kept ;;
    *) processes="$processes $verb:$what" ;;
    esac
done
for process in $processes; do kill -s "${process%%:*}" -- "${process#*:}" 2>/dev/null; done
for process in $processes; do
    tries=0
    while kill -s 0 -- "${process#*:}" 2>/dev/null && [ "$tries" -lt 100 ]; do
        tries=$((tries + 1))
        sleep 0.05
    done
    kill -s KILL -- "${process#*:}" 2>/dev/null
done
rm -rf -- "$@"
"#;

/// How a server is asked to stop. What it holds is thrown away, so each gets the quickest way that leaves nothing
/// behind in the system.
#[derive(Clone, Copy)]
pub(crate) enum Stop {
    /// PostgreSQL's immediate shutdown: frees its shared memory segment, which a kill would leak.
    Quit,
    /// At once.
    Kill,
}

pub(crate) struct Guard {
    root: PathBuf,
    script: Child,
    /// `None` only while dropping.
    pipe: Mutex<Option<ChildStdin>>,
    servers: Mutex<Vec<Child>>,
}

impl Guard {
    /// Takes over `root`: it is deleted at the end.
    pub(crate) fn start(root: PathBuf) -> Result<Guard> {
        let mut script = Command::new("sh")
            .args(["-c", SCRIPT, "guard"])
            .arg(&root)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("cannot run sh")?;
        let pipe = Mutex::new(script.stdin.take());
        Ok(Guard {
            root,
            script,
            pipe,
            servers: Mutex::new(Vec::new()),
        })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Starts a server whose output goes to `log`. Returns a way to ask whether it still runs.
    pub(crate) fn spawn(&self, mut command: Command, log: &Path, stop: Stop) -> Result<ServerId> {
        let output = std::fs::File::create(log)?;
        command.stdout(output.try_clone()?).stderr(output);
        let child = start(&mut command)?;
        let told = match stop {
            Stop::Quit => self.tell(&format!("QUIT {}", child.id())),
            Stop::Kill => self.tell(&format!("KILL -{}", child.id())),
        };
        let mut servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        servers.push(child);
        told?;
        Ok(ServerId(servers.len() - 1))
    }

    /// Runs a program to its end, which comes early when the owner's does.
    pub(crate) fn run(&self, mut command: Command) -> Result<()> {
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let child = start(&mut command)?;
        let group = child.id();
        self.tell(&format!("KILL -{group}"))?;
        let output = child.wait_with_output()?;
        // The number may soon be another's.
        self.tell(&format!("DONE -{group}"))?;
        if !output.status.success() {
            let name = command.get_program().to_string_lossy();
            bail!(
                "{name} failed: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        Ok(())
    }

    /// Has a file deleted at the end that a server leaves outside of the estate's directory.
    pub(crate) fn remove_at_end(&self, path: &Path) -> Result<()> {
        self.tell(&format!("REMOVE {}", path.display()))
    }

    fn tell(&self, line: &str) -> Result<()> {
        let mut pipe = self.pipe.lock().unwrap_or_else(PoisonError::into_inner);
        let pipe = pipe.as_mut().context("the guard is stopping")?;
        writeln!(pipe, "{line}").context("the guard is gone")
    }

    /// Whether a server ended by itself.
    pub(crate) fn has_ended(&self, server: ServerId) -> bool {
        let mut servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        !matches!(servers[server.0].try_wait(), Ok(None))
    }
}

/// The place of a server in its [`Guard`].
#[derive(Clone, Copy)]
pub(crate) struct ServerId(usize);

/// In a process group of its own: Ctrl-C in a terminal must not stop what the guard will stop in order.
fn start(command: &mut Command) -> Result<Child> {
    let started = command.stdin(Stdio::null()).process_group(0).spawn();
    started.with_context(|| format!("cannot run {}", command.get_program().to_string_lossy()))
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(
            self.pipe
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        // Nothing can be done about a failure while dropping, and the script needs nothing more from us. Servers
        // first: one that is not reaped still looks alive to the script.
        for server in self
            .servers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter_mut()
        {
            let _ = server.wait();
        }
        let _ = self.script.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard() -> Guard {
        Guard::start(tempfile::tempdir().unwrap().keep()).unwrap()
    }

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn is_alive(pid: &str) -> bool {
        shell(&format!("kill -s 0 {pid} 2>/dev/null"))
            .status()
            .unwrap()
            .success()
    }

    #[test]
    fn servers_and_files_end_with_their_guard() {
        let guard = guard();
        let root = guard.root().to_owned();
        let outside = tempfile::NamedTempFile::new().unwrap().into_temp_path();
        guard.remove_at_end(&outside).unwrap();
        // A server with a child of its own, which says when it is up.
        let log = root.join("log");
        let ids = root.join("ids");
        let script = format!("sleep 1000 & echo $$ $! > {}; wait", ids.display());
        let server = guard.spawn(shell(&script), &log, Stop::Kill).unwrap();
        let up = || std::fs::read_to_string(&ids).is_ok_and(|ids| ids.ends_with('\n'));
        crate::readiness::wait(&guard, server, &log, up).unwrap();
        let ids = std::fs::read_to_string(&ids).unwrap();
        assert!(ids.split_whitespace().all(is_alive));

        drop(guard);

        assert!(!root.exists() && !outside.exists());
        assert!(!is_alive(ids.split_whitespace().next().unwrap()));
    }

    #[test]
    fn a_server_that_ends_by_itself_is_reported_with_its_log() {
        let guard = guard();
        let log = guard.root().join("log");
        let server = guard
            .spawn(shell("echo no room; exit 1"), &log, Stop::Kill)
            .unwrap();
        let error = crate::readiness::wait(&guard, server, &log, || false).unwrap_err();
        assert!(error.to_string().ends_with("no room"), "{error}");
    }

    #[test]
    fn a_failed_preparation_is_reported_with_what_it_said() {
        let error = guard()
            .run(shell("echo no rights >&2; exit 1"))
            .unwrap_err();
        assert_eq!(error.to_string(), "sh failed: no rights");
    }
}
