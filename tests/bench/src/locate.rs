//! Locate over gRPC on an index of many findings, beside the smallest call that reads our database.

use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use hemvist_proto::v1;
use hemvist_proto::v1::sources_client::SourcesClient;
use hemvist_proto::v1::subjects_client::SubjectsClient;
use tonic::Request;
use tonic::transport::Channel;

use crate::measure::{self, Run};
use crate::mix::{self, Numbers};

/// Calls of each kind.
const CALLS: usize = 3_000;
/// Findings in one row of the table that is indexed.
const FINDINGS_PER_ROW: usize = 3;
/// How long the server may take to answer its first call.
const START_TIME_MAX: Duration = Duration::from_secs(10);

pub(crate) fn run(binary: &Path, findings: usize) -> Result<()> {
    let directory = hemvist_estate::directory();
    let rows = findings / FINDINGS_PER_ROW;
    let table = directory.path().join("people");
    std::fs::create_dir(&table)?;
    make(&table, rows)?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut server = Server::start(binary, directory.path(), port)?;
    let url = format!("http://127.0.0.1:{port}");
    let client = |arguments: &[&str]| {
        let mut command = Command::new(binary);
        measure::run(
            command
                .args(arguments)
                .args(["--server", &url, "--format", "json"])
                .stdout(Stdio::null()),
        )
    };
    let runtime = tokio::runtime::Runtime::new()?;
    let channel = runtime.block_on(connect(&url))?;
    let address = table.display().to_string();
    client(&["source", "add", "people", &address, "--controller", "bench"])?;
    let scan = client(&["scan", "people"])?;
    let smallest = runtime.block_on(smallest_calls(channel.clone()))?;
    let locate = runtime.block_on(locate_calls(channel, rows as u64))?;
    println!(
        "\nlocate: an index of {} findings in SQLite",
        rows * FINDINGS_PER_ROW
    );
    println!(
        "  scan with index committed  {:7.0} k findings/s",
        (rows * FINDINGS_PER_ROW) as f64 / 1e3 / scan.seconds
    );
    show("list one source", &smallest);
    show("locate by e-mail", &locate);
    println!(
        "  peak memory of the server  {:7.0} MiB",
        server.sample().peak_mebibytes
    );
    Ok(())
}

fn show(name: &str, micros: &[u128]) {
    let at = |share: usize| {
        micros
            .get(micros.len() * share / 100)
            .copied()
            .unwrap_or_default()
    };
    println!("  {name:<27}{:7} us p50, {} us p99", at(50), at(99));
}

/// CSV files of people, each row with three identifiers of one person.
fn make(directory: &Path, rows: usize) -> Result<()> {
    const ROWS_PER_FILE: usize = 20_000;
    for first in (0..rows).step_by(ROWS_PER_FILE) {
        let path = directory.join(format!("{first:08}.csv"));
        let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
        writeln!(file, "kund;personnummer;e-post;kontakt")?;
        for row in first..rows.min(first + ROWS_PER_FILE) {
            let number = mix::personnummer(row as u64);
            writeln!(
                file,
                "{row};{number};user{row}@example.com;contact{row}@example.org"
            )?;
        }
        file.flush()?;
    }
    Ok(())
}

/// The real server, killed when dropped.
struct Server(Child);

impl Server {
    fn start(binary: &Path, directory: &Path, port: u16) -> Result<Self> {
        let config = directory.join("hemvist.toml");
        let text = format!(
            "listen = '127.0.0.1:{port}'\n[store]\nurl = 'sqlite:{0}/hemvist.db'\n[keys]\ndirectory = '{0}/keys'\n",
            directory.display()
        );
        std::fs::write(&config, text)?;
        let mut command = Command::new(binary);
        command
            .arg("serve")
            .arg("--config")
            .arg(&config)
            .stderr(Stdio::null());
        Ok(Self(command.spawn().context("cannot start the server")?))
    }

    fn sample(&mut self) -> Run {
        let mut run = Run::default();
        measure::sample(&self.0, &mut run);
        run
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

async fn connect(url: &str) -> Result<Channel> {
    let endpoint = Channel::from_shared(url.to_owned())?;
    let deadline = Instant::now() + START_TIME_MAX;
    loop {
        match endpoint.connect().await {
            Ok(channel) => return Ok(channel),
            Err(_) if Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(20)).await
            }
            Err(error) => return Err(error).context("the server does not answer"),
        }
    }
}

fn called<T>(message: T) -> Result<Request<T>> {
    let mut request = Request::new(message);
    request
        .metadata_mut()
        .insert("x-hemvist-principal", "bench".parse()?);
    request
        .metadata_mut()
        .insert("x-hemvist-purpose", "bench".parse()?);
    Ok(request)
}

async fn smallest_calls(channel: Channel) -> Result<Vec<u128>> {
    let mut sources = SourcesClient::new(channel);
    let mut micros = Vec::with_capacity(CALLS);
    for _ in 0..CALLS {
        let start = Instant::now();
        sources
            .get_source(called(v1::GetSourceRequest {
                name: "sources/people".into(),
            })?)
            .await?;
        micros.push(start.elapsed().as_micros());
    }
    micros.sort_unstable();
    Ok(micros)
}

async fn locate_calls(channel: Channel, people: u64) -> Result<Vec<u128>> {
    let mut subjects = SubjectsClient::new(channel);
    let mut numbers = Numbers::new(7);
    let mut micros = Vec::with_capacity(CALLS);
    for _ in 0..CALLS {
        let value = format!("user{}@example.com", numbers.below(people));
        let identifiers = vec![v1::Identifier {
            info_type: String::new(),
            value,
        }];
        let request = called(v1::LocateRequest {
            controller: "controllers/bench".into(),
            identifiers,
        })?;
        let start = Instant::now();
        let mut stream = subjects.locate(request).await?.into_inner();
        let mut locations = 0;
        while let Some(answer) = stream.message().await? {
            locations += usize::from(matches!(
                answer.answer,
                Some(v1::locate_response::Answer::Location(_))
            ));
        }
        micros.push(start.elapsed().as_micros());
        if locations == 0 {
            bail!("a person of the table was not located");
        }
    }
    micros.sort_unstable();
    Ok(micros)
}
