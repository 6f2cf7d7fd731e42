//! What is sent to a store, seen by one that we play ourselves: it honours no condition, and
//! remembers every request.

use std::sync::{Arc, Mutex};

use hemvist_model::RecordKey;
use hemvist_object::{S3Settings, S3Source, SplitLimits};
use hemvist_source::conformance::reading::{fingerprinter, object_of, ok};
use hemvist_source::{Change, Changed, Source};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const OBJECT: &str = "an object";
const UPLOAD: &str =
    "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>";

struct Store {
    endpoint: String,
    /// First lines, such as `GET /bucket/key HTTP/1.1`.
    requests: Arc<Mutex<Vec<String>>>,
}

impl Store {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(answer(connection, Arc::clone(&seen)));
            }
        });
        Self { endpoint, requests }
    }

    fn source(&self) -> S3Source {
        let settings = S3Settings {
            endpoint: self.endpoint.clone(),
            region: "any".to_owned(),
            bucket: "bucket".to_owned(),
            prefix: String::new(),
            access_key_id: "key".to_owned(),
            secret_key: "secret".to_owned(),
        };
        S3Source::connect(settings, SplitLimits::default())
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no panic").clone()
    }
}

/// Answers one request and closes.
async fn answer(mut connection: TcpStream, seen: Arc<Mutex<Vec<String>>>) -> Option<()> {
    let mut request = Vec::new();
    let head = loop {
        let mut byte = [0];
        connection.read_exact(&mut byte).await.ok()?;
        request.push(byte[0]);
        if request.ends_with(b"\r\n\r\n") {
            break String::from_utf8(request).ok()?.to_ascii_lowercase();
        }
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.and_then(|length| length.parse().ok()).unwrap_or(0)];
    connection.read_exact(&mut body).await.ok()?;
    let first = head.lines().next()?.to_owned();
    let (status, body) = match first.split(' ').next()? {
        "get" if first.contains("?versioning") => ("200 OK", "<VersioningConfiguration/>"),
        "get" => ("200 OK", OBJECT),
        "post" if first.contains("?uploads") => ("200 OK", UPLOAD),
        "delete" => ("204 No Content", ""),
        _ => ("200 OK", ""),
    };
    seen.lock().ok()?.push(first);
    let answer = format!(
        "HTTP/1.1 {status}\r\netag: \"1\"\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    connection.write_all(answer.as_bytes()).await.ok()
}

fn key(key: &str) -> RecordKey {
    RecordKey::Object {
        key: key.as_bytes().to_vec(),
        version: None,
    }
}

#[tokio::test]
async fn keys_are_sent_as_they_are() {
    let store = Store::start().await;
    let source = store.source();
    let cases = [
        ("a//b", "/bucket/a//b"),
        ("/a", "/bucket//a"),
        ("a/../b", "/bucket/a/../b"),
        ("./a", "/bucket/./a"),
        ("a/b/", "/bucket/a/b/"),
        ("a%2fb", "/bucket/a%252fb"),
        ("a\nb", "/bucket/a%0ab"),
        ("a\\b+c d", "/bucket/a%5cb%2bc%20d"),
        ("å", "/bucket/%c3%a5"),
    ];
    for (name, path) in cases {
        let image = ok(source
            .read_record(&source.collection_name(), &key(name))
            .await);
        assert_eq!(object_of(image).await.1, OBJECT.as_bytes());
        let last = store.requests().pop().unwrap_or_default();
        let sent = last.split([' ', '?']).nth(1);
        assert_eq!(sent, Some(path), "{name:?}");
    }
}

#[tokio::test]
async fn a_store_that_ignores_conditions_is_not_written_to() {
    let store = Store::start().await;
    let source = store.source();
    let fingerprinter = fingerprinter();
    let mut expected = fingerprinter.object();
    expected.update(OBJECT.as_bytes());
    let expected = expected.finish(Some("\"1\"".to_owned()));
    for _ in 0..2 {
        let rewrite = Change::RewriteObject(Box::new(|_| Ok(Vec::new())));
        let (name, key) = (source.collection_name(), key("person"));
        let left = source
            .change(&name, &key, &expected, &fingerprinter, rewrite)
            .await;
        assert!(matches!(ok(left), Changed::Unverifiable(_)));
    }
    let requests = store.requests();
    let writes = |request: &&String| !request.starts_with("get ");
    let scratch = |request: &&String| request.contains("/bucket/.hemvist-probe-");
    assert!(
        requests.iter().any(|request| scratch(&request)),
        "nothing was tried"
    );
    assert!(
        requests
            .iter()
            .filter(writes)
            .all(|request| scratch(&request))
    );
    let last = requests.iter().rfind(writes);
    assert!(
        last.is_some_and(|last| last.starts_with("delete ")),
        "it is not left behind"
    );
}

#[tokio::test]
async fn reading_writes_nothing() {
    let store = Store::start().await;
    let source = store.source();
    let image = ok(source
        .read_record(&source.collection_name(), &key("person"))
        .await);
    object_of(image).await;
    // What we play gives no listing: only what is asked matters here.
    let _ = source.probe().await;
    let reads = |request: &String| request.starts_with("get ") || request.starts_with("head ");
    assert!(store.requests().iter().all(reads));
}
