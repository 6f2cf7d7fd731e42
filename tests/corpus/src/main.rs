//! Figures of the corpus: `cargo xtask corpus`.
#![allow(clippy::print_stdout, reason = "a command-line tool talks")]

mod fuzz;
mod mutate;

use std::fs;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand, ValueEnum};
use hemvist_corpus::{Layer, NegativeKind, Score, Set, Setting, examine, score};
use hemvist_model::InfoType;

/// Measures detection on made-up, labelled data.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Clone, Copy, ValueEnum)]
enum Half {
    Develop,
    Judge,
}

#[derive(Subcommand)]
enum Verb {
    /// Precision and recall per InfoType and layer, with examples of what went wrong
    Score {
        /// To look at, or to judge by
        #[arg(value_enum, default_value_t = Half::Develop)]
        set: Half,
        /// Documents
        #[arg(long, default_value_t = 1200)]
        documents: u64,
    },
    /// How many of each kind of hard negative are shown at LIKELY or above
    Negatives {
        /// Of each kind, in each setting
        #[arg(long, default_value_t = 1_000_000)]
        count: u64,
    },
    /// Break each rule once, in a copy, and see a gate turn red
    ///
    /// Takes a quarter of a minute for each mutation on two cores, and some minutes more the first
    /// time, when the copy is built from nothing. It lies in the target directory and is kept.
    Mutate {
        /// Only mutations with one of these in their name
        names: Vec<String>,
    },
    /// Look for inputs that break a promise of detection or decoding
    Fuzz {
        /// What is fuzzed
        #[arg(value_enum)]
        target: fuzz::Target,
        /// For how long
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// The number of the first round
        #[arg(long, default_value_t = 0)]
        first: u64,
        /// Write the input of the first round into this file instead, to look at
        #[arg(long)]
        save: Option<PathBuf>,
        /// The most rounds
        #[arg(long, default_value_t = u64::MAX)]
        rounds: u64,
    },
    /// Write documents and their labels into a directory
    Write {
        /// The directory
        directory: PathBuf,
        /// Documents
        #[arg(long, default_value_t = 60)]
        documents: u64,
    },
}

fn main() -> Result<()> {
    match Arguments::parse().verb {
        Verb::Score { set, documents } => measure(set, documents),
        Verb::Negatives { count } => negatives(count),
        Verb::Mutate { names } => return mutate::run(&names),
        Verb::Fuzz {
            target,
            seconds,
            first,
            rounds,
            save,
        } => {
            return match save {
                Some(path) => fuzz::save(first, &path),
                None => fuzz::run(target, seconds, first, rounds),
            };
        }
        Verb::Write {
            directory,
            documents,
        } => return write(&directory, documents),
    }
    Ok(())
}

fn measure(set: Half, documents: u64) {
    let set = match set {
        Half::Develop => Set::Develop,
        Half::Judge => Set::Judge,
    };
    let mut all = Score::default();
    for document in hemvist_corpus::documents(set, documents) {
        let found = examine(&document.name, &document.bytes, 1);
        score(&document, &found, &mut all);
    }
    // What the gates judge by is not to be looked at case by case.
    if set == Set::Judge {
        all.examples.clear();
    }
    println!("{all}");
    let worst = InfoType::ALL
        .iter()
        .map(|info_type| all.of(*info_type, Layer::Shown))
        .filter(|counts| counts.right + counts.missed > 0)
        .map(|counts| counts.f1())
        .fold(1.0, f64::min);
    println!("lowest F1 of what is shown: {worst:.4}");
}

fn negatives(count: u64) {
    println!("shown at LIKELY or above, of {count} each:");
    for kind in NegativeKind::ALL {
        for setting in Setting::ALL {
            let shown = kind.shown(setting, count, 2);
            let share = shown as f64 * 100.0 / count as f64;
            println!(
                "{:20}{:16}{shown:>9}  {share:.4} %",
                format!("{kind:?}"),
                format!("{setting:?}")
            );
        }
    }
}

fn write(directory: &std::path::Path, documents: u64) -> Result<()> {
    fs::create_dir_all(directory)?;
    for document in hemvist_corpus::documents(Set::Develop, documents) {
        let labels: String = document
            .labels
            .iter()
            .map(|label| {
                format!(
                    "{}\t{}\t{}\t{}\t{:?}\n",
                    label.start, label.end, label.info_type, label.identifier, label.strength
                )
            })
            .collect();
        fs::write(directory.join(&document.name), &document.bytes)?;
        fs::write(directory.join(document.name + ".labels"), labels)?;
    }
    Ok(())
}
