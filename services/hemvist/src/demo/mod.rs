//! The demo: a small company, one person's data, from scan to receipt.

mod company;
mod proof;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use hemvist_proto::v1;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::cli::{Demo, Global, Reach, SourceAdd, SourceCommand};
use crate::client::Client;
use crate::commands::{erase, export, locate, receipt, scan, source};
use crate::config::Config;
use crate::output::Output;
use crate::server;
use company::{Company, Person};
use proof::Snapshot;

const CONTROLLER: &str = "acme";

/// Runs the demo; an error when any step falls short.
pub(crate) async fn run(demo: &Demo, output: Output) -> Result<()> {
    let temporary = if demo.keep.is_none() {
        Some(TempDir::new()?)
    } else {
        None
    };
    let root = match (&demo.keep, &temporary) {
        (Some(keep), _) => make_new(keep)?,
        (None, Some(temporary)) => temporary.path().to_path_buf(),
        (None, None) => bail!("no directory for the demo"),
    };
    let company = Company::make(&root).await?;
    let server = Server::start(&root, output).await?;
    let told = Story {
        company: &company,
        server: &server,
        root: &root,
        output,
    }
    .tell()
    .await;
    server.stop().await?;
    told?;
    output.line(match &demo.keep {
        Some(keep) => format!("Everything is kept in {}.", keep.display()),
        None => "Everything was made in a temporary directory and is gone; `hemvist demo --keep DIR` keeps it.".into(),
    })
}

fn make_new(directory: &Path) -> Result<PathBuf> {
    std::fs::create_dir(directory)
        .with_context(|| format!("{} must be a new directory", directory.display()))?;
    Ok(directory.canonicalize()?)
}

/// A server of our own on a free loopback port.
struct Server {
    global: Global,
    stop: watch::Sender<bool>,
    serving: JoinHandle<Result<()>>,
}

impl Server {
    async fn start(root: &Path, output: Output) -> Result<Self> {
        let mut config = Config::default();
        config.store.url = format!("sqlite:{}", root.join("hemvist.db").display());
        config.keys.directory = root.join("keys");
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let app = server::open_app(&config).await?;
        let (stop, stopped) = watch::channel(false);
        let serving =
            tokio::spawn(async move { server::run(app, listener, &config, stopped).await });
        let global = Global {
            server: format!("http://{address}"),
            format: Some(output.format()),
            principal: "demo".into(),
            purpose: "demonstration".into(),
            case_reference: "DEMO-1".into(),
        };
        Ok(Self {
            global,
            stop,
            serving,
        })
    }

    async fn stop(self) -> Result<()> {
        _ = self.stop.send(true);
        self.serving.await?
    }
}

struct Story<'a> {
    company: &'a Company,
    server: &'a Server,
    root: &'a Path,
    output: Output,
}

impl Story<'_> {
    async fn tell(&self) -> Result<()> {
        let person = self.company.protagonist();
        let before = Snapshot::take(self.company).await?;
        let mut client = Client::connect(&self.server.global).await?;
        self.introduce(person, &before)?;
        self.register_and_scan(&mut client).await?;
        self.locate(&mut client, person).await?;
        self.export(&mut client, person).await?;
        self.erase(&mut client, person).await?;
        self.prove(&mut client, person, &before).await
    }

    fn heading(&self, text: &str) -> Result<()> {
        self.output.line(format!("\n{}", self.output.strong(text)))
    }

    fn introduce(&self, person: &Person, before: &Snapshot) -> Result<()> {
        self.output.line(format!(
            "A made-up company with {} customers keeps an SQLite customer database and a folder of CSV\n\
             exports, logs and tickets in Swedish and English. {} asks: what do you hold about me?\n\
             (All people come from series reserved for tests. {} lines and rows speak of this one.)",
            self.company.people.len(),
            self.output.strong(&person.name),
            before.mentions(person)
        ))
    }

    async fn register_and_scan(&self, client: &mut Client) -> Result<()> {
        self.heading("1. Register both stores and scan them")?;
        let add = |source: &str, address: String, identities: Vec<String>| SourceAdd {
            source: source.into(),
            address,
            controller: CONTROLLER.into(),
            reach: Reach {
                secret: None,
                endpoint: None,
                region: String::new(),
                access_key: None,
                tls: false,
            },
            identities,
            policies: Vec::new(),
            exclusions: Vec::new(),
        };
        let customers =
            "customers:personnummer=SE_PERSONNUMMER,email=EMAIL_ADDRESS,phone=PHONE_NUMBER";
        let crm = add(
            "crm",
            format!("sqlite:{}", self.company.database.display()),
            vec![customers.into()],
        );
        let files = add(
            "files",
            self.company.folder.display().to_string(),
            Vec::new(),
        );
        for command in [crm, files] {
            let id = command.source.clone();
            source::run(
                &SourceCommand::Add(Box::new(command)),
                &self.server.global,
                self.output,
            )
            .await?;
            let started = scan::start(client, &id, v1::Scan::default()).await?;
            let ended = scan::watch(client, &started.name, self.output).await?;
            scan::report(&ended, self.output)?;
        }
        Ok(())
    }

    async fn locate(&self, client: &mut Client, person: &Person) -> Result<()> {
        self.heading(
            "2. Locate: only the e-mail address is asked for; the customer table knows the rest",
        )?;
        let answered = locate::ask(client, CONTROLLER, identifiers(person)).await?;
        locate::show(&answered, self.output)?;
        let kinds: std::collections::BTreeSet<&str> = answered
            .locations
            .iter()
            .map(|location| location.info_type.as_str())
            .collect();
        for kind in ["EMAIL_ADDRESS", "PHONE_NUMBER", "SE_PERSONNUMMER"] {
            if !kinds.contains(kind) {
                bail!("no {kind} of the person was located");
            }
        }
        Ok(())
    }

    async fn export(&self, client: &mut Client, person: &Person) -> Result<()> {
        self.heading("3. Export it")?;
        let directory = self.root.join("export");
        let files = export::fetch(client, CONTROLLER, identifiers(person), &directory).await?;
        for (name, bytes) in &files {
            self.output.line(format!("  {name} ({bytes} bytes)"))?;
        }
        Ok(())
    }

    async fn erase(&self, client: &mut Client, person: &Person) -> Result<()> {
        self.heading(
            "4. Plan the erasure (changes nothing), approve it by its hash, execute it, verify it",
        )?;
        let plan = erase::plan(client, CONTROLLER, identifiers(person), self.output).await?;
        erase::show_plan(client, &plan, self.output).await?;
        erase::approve(client, &plan.name, &plan.hash).await?;
        let request = v1::ExecutePlanRequest {
            name: plan.name.clone(),
        };
        client
            .erasures
            .execute_plan(request)
            .await
            .map_err(crate::client::refusal)?;
        let erasure = erase::watch(client, &plan.name).await?;
        erase::report(&erasure, self.output)?;
        if erasure.state() != v1::ErasureState::Erased {
            bail!("the erasure did not end ERASED");
        }
        self.heading("5. The signed receipt")?;
        let file = self.root.join("receipt.json");
        std::fs::write(&file, receipt::fetch(client, &plan.name).await?)?;
        receipt::verify(&file, None, self.output)
    }

    async fn prove(&self, client: &mut Client, person: &Person, before: &Snapshot) -> Result<()> {
        self.heading("6. Locate again, and look at the stores without Hemvist")?;
        let answered = locate::ask(client, CONTROLLER, identifiers(person)).await?;
        if !answered.locations.is_empty() {
            bail!(
                "{} locations are left in the index",
                answered.locations.len()
            );
        }
        let after = Snapshot::take(self.company).await?;
        let left = after.mentions(person);
        if left > 0 {
            bail!("{left} lines and rows still speak of the person");
        }
        let kept = after.prove_bystanders(before, person)?;
        self.output.line(format!(
            "Nothing is left of {}. All {kept} lines and rows that spoke only of others are as they were, byte by byte.",
            person.name
        ))
    }
}

fn identifiers(person: &Person) -> Vec<v1::Identifier> {
    vec![v1::Identifier {
        info_type: String::new(),
        value: person.email.clone(),
    }]
}
