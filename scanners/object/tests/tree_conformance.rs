//! The conformance suite over a directory.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use hemvist_model::CollectionName;
use hemvist_object::{SplitLimits, TreeSource};
use hemvist_source::Source;
use hemvist_source::conformance::ObjectFixture;

struct Fixture(tempfile::TempDir);

async fn fixture() -> Fixture {
    Fixture(hemvist_estate::directory())
}

impl Fixture {
    fn path(&self, key: &[u8]) -> PathBuf {
        self.0.path().join(OsStr::from_bytes(key))
    }
}

fn gather(root: &Path, directory: &Path, objects: &mut Vec<(Vec<u8>, Vec<u8>)>) {
    for entry in std::fs::read_dir(directory).expect("a directory of ours") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            gather(root, &path, objects);
        } else {
            let key = path.strip_prefix(root).expect("below the root");
            let bytes = std::fs::read(&path).expect("a file of ours");
            objects.push((key.as_os_str().as_bytes().to_vec(), bytes));
        }
    }
}

#[async_trait]
impl ObjectFixture for Fixture {
    async fn source(&self, split_records: u64) -> Arc<dyn Source> {
        let limits = SplitLimits {
            objects_max: split_records,
            ..SplitLimits::default()
        };
        Arc::new(TreeSource::new(self.0.path().to_owned(), limits))
    }

    /// Tests may run as root, whom no file system denies anything.
    async fn denied(&self) -> Option<Arc<dyn Source>> {
        None
    }

    async fn put(&self, key: &[u8], bytes: &[u8]) {
        let path = self.path(key);
        std::fs::create_dir_all(path.parent().expect("a root")).expect("a writable directory");
        std::fs::write(path, bytes).expect("a writable file");
    }

    async fn delete(&self, key: &[u8]) {
        std::fs::remove_file(self.path(key)).expect("a file of ours");
    }

    async fn remove_collection(&self) {
        std::fs::remove_dir_all(self.0.path()).expect("a directory of ours");
    }

    async fn objects(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut objects = Vec::new();
        gather(self.0.path(), self.0.path(), &mut objects);
        objects
    }

    fn collection(&self) -> CollectionName {
        CollectionName::new(hemvist_object::tree::COLLECTION)
    }

    /// A path has one spelling, and a name is a file or a directory.
    fn holds_key(&self, key: &[u8]) -> bool {
        let names = key.split(|byte| *byte == b'/');
        let foreign = |name: &[u8]| matches!(name, b"" | b"." | b"..");
        !names.into_iter().any(foreign) && !["a", "å"].map(str::as_bytes).contains(&key)
    }
}

hemvist_source::object_conformance!(fixture());
