//! Credentials that expire or are replaced while a stream is under way.

use crate::harness::*;
use s3_server::{ACCESS_KEY, Fault, Nth, Op, Request, SECRET_KEY, Server};
use std::path::Path;
use std::time::{Duration, SystemTime};

const NEW_KEY: &str = "AKIDEXAMPLEEXAMPLE01";
const NEW_SECRET: &str = "another secret, forty characters long 00";

fn write(path: &Path, key: &str, secret: &str) {
    let text = format!("[default]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n");
    // In one step: a reader never sees half of it.
    let next = path.with_extension("next");
    std::fs::write(&next, text).unwrap();
    std::fs::rename(next, path).unwrap();
}

fn rotating() -> (Server, tempfile::TempDir, std::path::PathBuf) {
    let server = Server::builder().credentials(NEW_KEY, NEW_SECRET).start();
    server.create_bucket(BUCKET);
    let (folder, path) = file_with(b"");
    write(&path, ACCESS_KEY, SECRET_KEY);
    (server, folder, path)
}

fn put(server: &Server, path: &Path) -> S3stream {
    S3stream::put(server, "bucket/key")
        .without_env("AWS_ACCESS_KEY_ID")
        .without_env("AWS_SECRET_ACCESS_KEY")
        .env("AWS_SHARED_CREDENTIALS_FILE", path)
        .args(["--workers", "1"])
}

fn key(request: &Request) -> &str {
    let header = request.header("authorization").unwrap();
    let scope = header.split("Credential=").nth(1).unwrap();
    scope.split('/').next().unwrap()
}

#[test]
fn case_23_expired_credentials_are_read_again() {
    // A key that was replaced may as well be unknown by now.
    for (status, code) in [
        (400, "ExpiredToken"),
        (400, "TokenRefreshRequired"),
        (403, "InvalidAccessKeyId"),
    ] {
        for (op, call) in [
            (Op::PutObject, 1),
            (Op::UploadPart, 2),
            (Op::CompleteMultipartUpload, 1),
        ] {
            let (server, _folder, path) = rotating();
            let size = if op == Op::PutObject { 9 } else { 3 * PART };
            let bytes = noise(size, 42);
            let file = path.clone();
            server.on(op, Nth::Call(call), move |_| {
                write(&file, NEW_KEY, NEW_SECRET);
            });
            server.fail(op, Nth::Call(call), Fault::status(status, code));
            put(&server, &path).stdin(bytes.clone()).run().silent();
            assert_stored(&server, "key", &bytes);
            let requests = server.requests();
            let turn = requests.iter().position(|it| it.code.is_some()).unwrap();
            assert!(
                requests[..=turn].iter().all(|it| key(it) == ACCESS_KEY),
                "{code}"
            );
            assert!(
                requests[turn + 1..].iter().all(|it| key(it) == NEW_KEY),
                "{code}"
            );
        }
    }
}

#[test]
fn case_23_credentials_that_come_late_are_waited_for() {
    // Whoever renews the file may be slower than three attempts.
    let (server, _folder, path) = rotating();
    let bytes = noise(PART + 1, 43);
    for call in 1..=5 {
        server.fail(
            Op::UploadPart,
            Nth::Call(call),
            Fault::status(400, "ExpiredToken"),
        );
    }
    let file = path.clone();
    server.on(Op::UploadPart, Nth::Call(5), move |_| {
        write(&file, NEW_KEY, NEW_SECRET);
    });
    put(&server, &path).stdin(bytes.clone()).run().silent();
    assert_stored(&server, "key", &bytes);
    let requests = server.requests_of(Op::UploadPart);
    assert!(requests[5..].iter().all(|it| key(it) == NEW_KEY));
}

#[test]
fn case_23_credentials_that_stay_expired_end_the_upload() {
    let (server, _folder, path) = rotating();
    server.fail(
        Op::UploadPart,
        Nth::From(1),
        Fault::status(400, "ExpiredToken"),
    );
    put(&server, &path)
        .args(["--retries", "3"])
        .stdin(noise(PART + 1, 44))
        .run()
        .code(1)
        .error(&["s3://bucket/key", "ExpiredToken"])
        .hint("credentials");
    assert_clean(&server);
    assert_eq!(server.count(Op::UploadPart), 4);
}

#[test]
fn case_23_a_file_that_can_t_be_read_for_a_moment_loses_no_stream() {
    let (server, _folder, path) = rotating();
    let bytes = noise(PART + 1, 45);
    server.fail(
        Op::UploadPart,
        Nth::Call(1),
        Fault::status(400, "ExpiredToken"),
    );
    server.fail(
        Op::UploadPart,
        Nth::Call(2),
        Fault::status(400, "ExpiredToken"),
    );
    let file = path.clone();
    server.on(Op::UploadPart, Nth::Call(1), move |_| {
        std::fs::write(&file, "[default]\naws_access_key_id = half\n").unwrap();
    });
    let file = path.clone();
    server.on(Op::UploadPart, Nth::Call(2), move |_| {
        write(&file, NEW_KEY, NEW_SECRET);
    });
    put(&server, &path).stdin(bytes.clone()).run().silent();
    assert_stored(&server, "key", &bytes);
    let complete = only(&server, Op::CompleteMultipartUpload);
    assert_eq!(key(&complete), NEW_KEY);
}

/// The SDK knows how to get new ones: credentials that are about to end are left to it.
#[test]
fn credentials_that_end_soon_go_the_long_way() {
    for (lifetime, long_ways) in [(120, 3), (3600, 1)] {
        let server = server();
        let end = SystemTime::now() + Duration::from_secs(lifetime);
        let credentials = serde_json::json!({
            "Version": 1,
            "AccessKeyId": ACCESS_KEY,
            "SecretAccessKey": SECRET_KEY,
            "Expiration": humantime::format_rfc3339_seconds(end).to_string(),
        });
        let (_folder, path) = file_with(credentials.to_string().as_bytes());
        let process = format!("[default]\ncredential_process = cat {}\n", path.display());
        let (_folder, config) = file_with(process.as_bytes());
        let bytes = noise(2 * PART + 1, 12);
        put(&server, Path::new("/dev/null"))
            .env("AWS_CONFIG_FILE", config)
            .stdin(bytes.clone())
            .run()
            .silent();
        assert_stored(&server, "key", &bytes);
        let parts = server.requests_of(Op::UploadPart);
        let long = |it: &&Request| it.header("amz-sdk-invocation-id").is_some();
        assert_eq!(
            (parts.len(), parts.iter().filter(long).count()),
            (3, long_ways)
        );
    }
}
