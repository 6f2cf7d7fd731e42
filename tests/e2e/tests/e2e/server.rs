//! The real binary, run as a person would: started with a configuration file, killed, started again on the same data.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::client::Client;

/// The longest that anything may take that a test waits for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);
/// How often a condition is looked at.
const GLANCE: Duration = Duration::from_millis(10);

/// The path of the binary, built when it is not given.
pub(crate) fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| match std::env::var_os("HEMVIST_TEST_BINARY") {
        Some(given) => PathBuf::from(given),
        None => build(),
    })
}

fn build() -> PathBuf {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("the workspace");
    let mut command = Command::new(cargo);
    let built = command
        .current_dir(workspace)
        .args(["build", "--quiet", "--workspace", "--bin", "hemvist"])
        .status();
    assert!(
        built.expect("cargo runs").success(),
        "the binary does not build"
    );
    // This test is at target/PROFILE/deps/NAME.
    let own = std::env::current_exe().expect("a path");
    let target = own.ancestors().nth(3).expect("a target directory");
    target.join("debug/hemvist")
}

/// A configuration and a place for what the service keeps.
pub(crate) struct House {
    pub(crate) directory: TempDir,
    config: PathBuf,
    environment: Vec<(String, String)>,
}

/// What a house is made with.
pub(crate) struct Setup {
    /// `sqlite:PATH` in its directory where none is given.
    pub(crate) store: Option<String>,
    pub(crate) lease_seconds: u32,
    /// 0: an API without a worker.
    pub(crate) splits_max: usize,
    /// Where traces go.
    pub(crate) otlp: Option<String>,
    /// Further tables of the configuration.
    pub(crate) configuration: String,
    pub(crate) environment: Vec<(String, String)>,
}

impl Default for Setup {
    fn default() -> Setup {
        Setup {
            store: None,
            lease_seconds: 2,
            splits_max: 4,
            otlp: None,
            configuration: String::new(),
            environment: Vec::new(),
        }
    }
}

impl House {
    pub(crate) fn new(setup: Setup) -> House {
        let directory = hemvist_estate::directory();
        let root = directory.path().display();
        let store = setup
            .store
            .unwrap_or_else(|| format!("sqlite:{root}/hemvist.db"));
        let otlp = setup
            .otlp
            .map(|endpoint| format!("otlp_endpoint = \"{endpoint}\""))
            .unwrap_or_default();
        let (lease_seconds, splits_max) = (setup.lease_seconds, setup.splits_max);
        let text = format!(
            "listen = \"127.0.0.1:0\"\n[store]\nurl = \"{store}\"\n[keys]\ndirectory = \"{root}/keys\"\n\
             [worker]\nsplits_max = {splits_max}\nlease_seconds = {lease_seconds}\n[telemetry]\n{otlp}\n{}",
            setup.configuration
        );
        let config = directory.path().join("hemvist.toml");
        fs::write(&config, text).expect("a configuration");
        House {
            directory,
            config,
            environment: setup.environment,
        }
    }

    /// A file among what the service keeps.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// A second configuration over the same keys and store: with so many splits at a time.
    pub(crate) fn with_splits(&self, splits_max: usize) -> PathBuf {
        let text = fs::read_to_string(&self.config).expect("the configuration");
        let line = |line: &str| match line.starts_with("splits_max") {
            true => format!("splits_max = {splits_max}"),
            false => line.to_owned(),
        };
        let path = self.path("worker.toml");
        fs::write(&path, text.lines().map(line).collect::<Vec<_>>().join("\n"))
            .expect("a configuration");
        path
    }

    /// Starts `serve` and waits until it is healthy.
    pub(crate) async fn serve(&self) -> Server {
        let process = self.start("serve", &self.config);
        let address = process.address().await;
        let client = Client::connect(address).await;
        Server { process, client }
    }

    /// Starts `serve` or `work`.
    pub(crate) fn start(&self, role: &str, config: &Path) -> Process {
        let log = self.path(&format!("{role}-{}.log", count_logs(self.directory.path())));
        let output = File::create(&log).expect("a log");
        let mut command = Command::new(binary());
        command
            .arg(role)
            .arg("--config")
            .arg(config)
            .current_dir(self.directory.path());
        command
            .env("NO_COLOR", "1")
            .envs(self.environment.iter().cloned());
        command
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("a log"))
            .stderr(output);
        Process {
            child: command.spawn().expect("the binary starts"),
            log,
        }
    }

    /// All that its processes have printed.
    pub(crate) fn printed(&self) -> Vec<u8> {
        let logs = fs::read_dir(self.directory.path())
            .expect("a directory")
            .map(|entry| entry.expect("an entry").path());
        let logs = logs.filter(|path| path.extension().is_some_and(|extension| extension == "log"));
        logs.flat_map(|path| fs::read(path).expect("a log"))
            .collect()
    }
}

fn count_logs(directory: &Path) -> usize {
    fs::read_dir(directory).expect("a directory").count()
}

/// A running binary. Killed when dropped.
pub(crate) struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// The address that it says it serves on.
    async fn address(&self) -> SocketAddr {
        let said = |log: &str| {
            let rest = log.split_once("listen=")?.1;
            rest.split(char::is_whitespace).next()?.parse().ok()
        };
        eventually("the server says where it listens", async || {
            said(&self.log())
        })
        .await
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9`, at once.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it ran");
        self.child.wait().expect("it ended");
    }

    /// SIGTERM, and the orderly end that follows.
    pub(crate) async fn terminate(mut self) {
        let sent = Command::new("kill")
            .args(["-TERM", &self.id().to_string()])
            .status();
        assert!(sent.expect("kill runs").success());
        let ended = eventually("the process ends", async || {
            self.child.try_wait().expect("our child")
        })
        .await;
        assert!(ended.success(), "SIGTERM is no failure: {}", self.log());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already; there is nothing to do about a failure here.
        _ = self.child.kill();
        _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- {}\n{}", self.log.display(), self.log());
        }
    }
}

/// A serving process and a client of it.
pub(crate) struct Server {
    pub(crate) process: Process,
    pub(crate) client: Client,
}

/// Looks again and again until there is an answer.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = look().await {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "waited in vain until {what}");
        tokio::time::sleep(GLANCE).await;
    }
}

/// Waits for a call, but not for ever.
pub(crate) async fn within<T>(what: &str, call: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, call).await {
        Ok(answer) => answer,
        Err(_) => panic!("waited in vain for {what}"),
    }
}
