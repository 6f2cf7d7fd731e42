//! What only a file system has: links, pipes, modes, names that are no text.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use hemvist_model::{CollectionName, Fingerprint, RecordKey, SkipReason};
use hemvist_object::{SplitLimits, TreeSource};
use hemvist_source::conformance::reading::{Seen, fingerprinter, object_of, ok, read_all};
use hemvist_source::{Change, Changed, Kind, RecordImage, Source};

fn tree(root: &Path) -> TreeSource {
    TreeSource::new(root.to_owned(), SplitLimits::default())
}

fn files() -> CollectionName {
    CollectionName::new(hemvist_object::tree::COLLECTION)
}

fn key(key: &str) -> RecordKey {
    RecordKey::Object {
        key: key.as_bytes().to_vec(),
        version: None,
    }
}

fn rewrite() -> Change {
    Change::RewriteObject(Box::new(|piece| {
        Ok(piece.map_or(Vec::new(), <[u8]>::to_ascii_uppercase))
    }))
}

async fn fingerprint(source: &TreeSource, name: &str) -> Fingerprint {
    let image = ok(source.read_record(&files(), &key(name)).await);
    let (mark, bytes) = object_of(image).await;
    let mut fingerprint = fingerprinter().object();
    fingerprint.update(&bytes);
    fingerprint.finish(Some(mark))
}

async fn change(
    source: &TreeSource,
    name: &str,
    expected: &Fingerprint,
    change: Change,
) -> Changed {
    let (files, key, fingerprinter) = (files(), key(name), fingerprinter());
    let changed = source.change(&files, &key, expected, &fingerprinter, change);
    ok(changed.await)
}

#[tokio::test]
async fn nothing_outside_the_root_is_reached() {
    let (outside, inside) = (hemvist_estate::directory(), hemvist_estate::directory());
    fs::write(outside.path().join("secret"), "secret").unwrap();
    fs::create_dir(inside.path().join("d")).unwrap();
    symlink(
        outside.path().join("secret"),
        inside.path().join("file link"),
    )
    .unwrap();
    symlink(outside.path(), inside.path().join("d/directory link")).unwrap();
    symlink("nowhere", inside.path().join("broken link")).unwrap();
    let source = tree(inside.path());
    let seen = read_all(&source, &files()).await;
    let excluded = |seen: &Seen| matches!(seen, Seen::Skipped(_, SkipReason::Excluded));
    assert!(seen.len() == 3 && seen.iter().all(excluded));
    let expected = fingerprinter().object().finish(None);
    for name in [
        "file link",
        "d/directory link/secret",
        "../secret",
        "/etc/hostname",
    ] {
        let image = source.read_record(&files(), &key(name)).await;
        assert!(!matches!(image, Ok(Some(_))), "{name}");
        for attempt in [Change::DeleteObject, rewrite()] {
            let left = change(&source, name, &expected, attempt).await;
            assert!(
                matches!(left, Changed::Gone | Changed::Unverifiable(_)),
                "{name}: {left:?}"
            );
        }
    }
    assert_eq!(fs::read(outside.path().join("secret")).unwrap(), b"secret");
}

#[tokio::test]
async fn a_link_may_lead_to_the_root_itself() {
    let (real, other) = (hemvist_estate::directory(), hemvist_estate::directory());
    fs::write(real.path().join("a"), "a").unwrap();
    let link = other.path().join("link");
    symlink(real.path(), &link).unwrap();
    assert_eq!(read_all(&tree(&link), &files()).await.len(), 1);
}

#[tokio::test]
async fn sockets_and_pipes_are_left_alone_and_never_waited_for() {
    let root = hemvist_estate::directory();
    let _socket = std::os::unix::net::UnixListener::bind(root.path().join("socket")).unwrap();
    let pipe = root.path().join("pipe");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let seen = read_all(&tree(root.path()), &files()).await;
    let excluded = |seen: &Seen| matches!(seen, Seen::Skipped(_, SkipReason::Excluded));
    assert!(seen.len() == 2 && seen.iter().all(excluded));
}

#[tokio::test]
async fn a_missing_root_says_so() {
    let root = hemvist_estate::directory();
    let missing = root.path().join("missing");
    let kind = tree(&missing).probe().await.err().map(|error| error.kind());
    assert_eq!(kind, Some(Kind::NotFound));
    let file = root.path().join("file");
    fs::write(&file, "").unwrap();
    let kind = tree(&file)
        .collections()
        .await
        .err()
        .map(|error| error.kind());
    assert_eq!(kind, Some(Kind::NotFound));
}

#[tokio::test]
async fn names_are_bytes() {
    let root = hemvist_estate::directory();
    let name = OsStr::from_bytes(b"\xff\xfe \n\x01");
    fs::write(root.path().join(name), "bytes").unwrap();
    let source = tree(root.path());
    let seen = read_all(&source, &files()).await;
    let image = ok(source.read_record(&files(), seen[0].key()).await);
    assert!(matches!(image, Some(RecordImage::Object(object)) if object.bytes == 5));
}

#[tokio::test]
async fn rewriting_keeps_mode_owner_and_attributes() {
    let root = hemvist_estate::directory();
    let path = root.path().join("file");
    fs::write(&path, "name").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o2640)).unwrap();
    let file = fs::File::open(&path).unwrap();
    let none = rustix::fs::XattrFlags::empty();
    let kept = rustix::fs::fsetxattr(&file, "user.origin", b"test", none);
    let before = fs::metadata(&path).unwrap();
    let source = tree(root.path());
    let expected = fingerprint(&source, "file").await;
    assert_eq!(
        change(&source, "file", &expected, rewrite()).await,
        Changed::Done
    );
    let after = fs::metadata(&path).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"NAME");
    assert_eq!(after.mode(), before.mode());
    assert_eq!((after.uid(), after.gid()), (before.uid(), before.gid()));
    assert_ne!(after.ino(), before.ino());
    let file = fs::File::open(&path).unwrap();
    let mut value = [0; 16];
    let read = rustix::fs::fgetxattr(&file, "user.origin", &mut value[..]);
    // Some file systems have no attributes: then there is nothing to keep.
    assert!(kept.is_err() || read.is_ok_and(|bytes| &value[..bytes] == b"test"));
    assert_eq!(
        fs::read_dir(root.path()).unwrap().count(),
        1,
        "something is left behind"
    );
}

#[tokio::test]
async fn a_file_with_two_names_is_not_rewritten_but_one_name_can_go() {
    let root = hemvist_estate::directory();
    let (one, two) = (root.path().join("one"), root.path().join("two"));
    fs::write(&one, "name").unwrap();
    fs::hard_link(&one, &two).unwrap();
    let source = tree(root.path());
    let expected = fingerprint(&source, "one").await;
    let left = change(&source, "one", &expected, rewrite()).await;
    assert!(matches!(left, Changed::Unverifiable(_)));
    assert_eq!(fs::read(&two).unwrap(), b"name");
    assert_eq!(
        change(&source, "one", &expected, Change::DeleteObject).await,
        Changed::Done
    );
    assert!(!one.exists() && fs::read(&two).unwrap() == b"name");
}

#[tokio::test]
async fn what_a_crash_left_behind_is_replaced_and_a_failure_leaves_nothing() {
    let root = hemvist_estate::directory();
    fs::write(root.path().join("file"), "name").unwrap();
    let source = tree(root.path());
    let expected = fingerprint(&source, "file").await;
    let left_behind = root.path().to_owned();
    let seen = std::sync::Arc::new(std::sync::Mutex::new(None));
    let found = std::sync::Arc::clone(&seen);
    let failing = Change::RewriteObject(Box::new(move |_| {
        let other = |path: &std::path::PathBuf| !path.ends_with("file");
        let paths = fs::read_dir(&left_behind)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        *found.lock().unwrap() = paths.into_iter().find(other);
        Err("given up")
    }));
    let left = change(&source, "file", &expected, failing).await;
    assert_eq!(left, Changed::Unverifiable("given up"));
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    let new = seen
        .lock()
        .unwrap()
        .take()
        .expect("the new file lies next to the old one");
    fs::write(&new, "left behind by a crash").unwrap();
    assert_eq!(
        change(&source, "file", &expected, rewrite()).await,
        Changed::Done
    );
    assert_eq!(fs::read(root.path().join("file")).unwrap(), b"NAME");
    assert!(!new.exists());
}

#[tokio::test]
async fn a_file_that_another_program_locks_is_tried_again_later() {
    let root = hemvist_estate::directory();
    let path = root.path().join("file");
    fs::write(&path, "name").unwrap();
    let file = fs::File::open(&path).unwrap();
    file.lock().unwrap();
    let source = tree(root.path());
    let expected = fingerprint(&source, "file").await;
    let (files, name, fingerprinter) = (files(), key("file"), fingerprinter());
    let changed = source.change(&files, &name, &expected, &fingerprinter, rewrite());
    let kind = changed.await.err().map(|error| error.kind());
    assert_eq!(kind, Some(Kind::Transient));
    assert_eq!(fs::read(&path).unwrap(), b"name");
}
