//! What is to be looked through: arguments, and all files below directories.

use std::fs::{File, FileType};
use std::io;
use std::path::{Path, PathBuf};

use hemvist_app::{DetectInput, OpenInput};
use hemvist_model::{Skip, SkipReason};
use walkdir::{DirEntry, WalkDir};

/// Stands for standard input.
const STDIN: &str = "-";
/// Directories held open on the way down; above it, their listings are held instead.
const OPEN_DIRECTORIES_MAX: usize = 64;

pub(super) type Inputs<'a> = Box<dyn Iterator<Item = DetectInput> + Send + 'a>;

/// The inputs that these arguments name, met as they are asked for: a tree is never held whole.
pub(super) fn inputs(arguments: &[PathBuf]) -> Inputs<'_> {
    if arguments.is_empty() {
        return Box::new(std::iter::once(stdin()));
    }
    Box::new(arguments.iter().flat_map(|argument| -> Inputs<'_> {
        if argument.as_os_str() == STDIN {
            return Box::new(std::iter::once(stdin()));
        }
        if argument.is_dir() {
            return Box::new(below(argument));
        }
        // A pipe that is named is read; one that is met in a tree is not.
        Box::new(std::iter::once(file(argument.clone())))
    }))
}

fn stdin() -> DetectInput {
    let open: OpenInput = Box::new(|| Ok(Box::new(io::stdin())));
    DetectInput {
        name: STDIN.to_owned(),
        open: Ok(open),
    }
}

fn file(path: PathBuf) -> DetectInput {
    let name = path.to_string_lossy().into_owned();
    let open: OpenInput = Box::new(move || Ok(Box::new(File::open(path)?)));
    DetectInput {
        name,
        open: Ok(open),
    }
}

fn below(root: &Path) -> impl Iterator<Item = DetectInput> + Send + use<> {
    let root = root.to_owned();
    let walk = WalkDir::new(&root).max_open(OPEN_DIRECTORIES_MAX);
    walk.into_iter().filter_map(move |entry| match entry {
        Ok(entry) => met(entry),
        Err(error) => {
            let place = error.path().unwrap_or(&root);
            let words = match error.io_error().map(io::Error::kind) {
                Some(io::ErrorKind::PermissionDenied) => {
                    (SkipReason::Denied, "it may not be listed")
                }
                Some(io::ErrorKind::NotFound) => (SkipReason::Vanished, "it is not there any more"),
                _ => (SkipReason::Unreachable, "listing it failed"),
            };
            Some(left_out(place, words))
        }
    })
}

fn met(entry: DirEntry) -> Option<DetectInput> {
    let kind: FileType = entry.file_type();
    if kind.is_dir() {
        return None;
    }
    if kind.is_file() {
        return Some(file(entry.into_path()));
    }
    let words = if kind.is_symlink() {
        "a symbolic link, which is not followed"
    } else {
        "a socket, pipe or device"
    };
    Some(left_out(entry.path(), (SkipReason::Excluded, words)))
}

fn left_out(path: &Path, (reason, detail): (SkipReason, &str)) -> DetectInput {
    DetectInput {
        name: path.to_string_lossy().into_owned(),
        open: Err(Skip::new(reason, detail)),
    }
}
