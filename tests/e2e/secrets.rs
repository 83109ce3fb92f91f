//! Case 43: what must never be shown.

use crate::harness::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use s3_server::{ACCESS_KEY, Fault, Nth, Op, REGION, SECRET_KEY, Server};

const TOKEN: &str = "FwoGZXIvYXdzSESSIONTOKENEXAMPLE";
const PASSWORD: &str = "hunter2-in-an-address";
/// 32 bytes that stay readable when a log prints them raw.
const CUSTOMER_KEY: &[u8; 32] = b"customer-key-of-exactly-32-bytes";

#[track_caller]
fn assert_secret(outcome: &Outcome) {
    let customer_key = STANDARD.encode(CUSTOMER_KEY);
    // Without its first byte: a file may hold only a part of it.
    let raw = std::str::from_utf8(&CUSTOMER_KEY[1..]).unwrap();
    for secret in [SECRET_KEY, TOKEN, PASSWORD, raw, &customer_key] {
        let shown = outcome.stdout.contains(secret) || outcome.stderr.contains(secret);
        assert!(!shown, "{secret} is shown: {outcome}");
    }
}

/// All that talks, and the targets that would print signed headers.
fn talkative(run: S3stream) -> S3stream {
    run.args(["-vv", "--output", "json", "--progress", "json"])
        .env("RUST_LOG", "trace")
        .env("AWS_SESSION_TOKEN", TOKEN)
}

#[test]
fn case_43_a_log_of_all_that_happens() {
    for size in [9, PART + 1] {
        let server = server();
        let outcome = talkative(S3stream::put(&server, "bucket/key"))
            .stdin(noise(size, 1))
            .run()
            .code(0);
        assert!(outcome.stderr.contains("DEBUG"), "a log: {outcome}");
        let sent = server.requests();
        assert_eq!(sent[0].header("x-amz-security-token"), Some(TOKEN));
        assert_secret(&outcome);
    }
}

#[test]
fn case_43_errors() {
    for (code, status) in [
        ("AccessDenied", 403),
        ("SignatureDoesNotMatch", 403),
        ("InvalidAccessKeyId", 403),
        ("ExpiredToken", 400),
        ("InvalidRequest", 400),
    ] {
        let server = server();
        server.fail(Op::Any, Nth::From(1), Fault::status(status, code));
        let outcome = talkative(S3stream::put(&server, "bucket/key"))
            .args(["--retries", "1"])
            .stdin(noise(PART + 1, 2))
            .run()
            .code(1)
            .error(&["s3://bucket/key", code]);
        assert_secret(&outcome);
        assert_clean(&server);
    }
}

#[test]
fn case_43_keys_of_a_profile() {
    let server = server();
    let (_folder, path) = file_with(
        format!(
            "[default]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = \
             {SECRET_KEY}\naws_session_token = {TOKEN}\n"
        )
        .as_bytes(),
    );
    let outcome = talkative(S3stream::put(&server, "bucket/key"))
        .without_env("AWS_ACCESS_KEY_ID")
        .without_env("AWS_SECRET_ACCESS_KEY")
        .without_env("AWS_SESSION_TOKEN")
        .env("AWS_SHARED_CREDENTIALS_FILE", &path)
        .stdin("data")
        .run()
        .code(0);
    assert_eq!(
        server.requests()[0].header("x-amz-security-token"),
        Some(TOKEN)
    );
    assert_secret(&outcome);

    // A file that can't be parsed must not be quoted.
    let (_folder, path) = file_with(
        format!("[default\naws_secret_access_key = {SECRET_KEY}\nloose {TOKEN}\n").as_bytes(),
    );
    let outcome = talkative(S3stream::put(&server, "bucket/key"))
        .without_env("AWS_ACCESS_KEY_ID")
        .without_env("AWS_SECRET_ACCESS_KEY")
        .without_env("AWS_SESSION_TOKEN")
        .env("AWS_SHARED_CREDENTIALS_FILE", &path)
        .stdin("data")
        .run();
    assert_ne!(outcome.status.code(), Some(0), "{outcome}");
    assert_secret(&outcome);
}

/// Its headers hold the key itself, with every part.
#[test]
fn case_43_the_customer_key() {
    let server = Server::builder().tls(true).start();
    server.create_bucket(BUCKET);
    let (_folder, authority) = file_with(server.ca_pem().as_bytes());
    let (_folder2, key) = file_with(CUSTOMER_KEY);
    for (fault, code) in [(None, 0), (Some(Fault::status(403, "AccessDenied")), 1)] {
        if let Some(fault) = fault {
            server.fail(Op::UploadPart, Nth::From(1), fault);
        }
        let outcome = talkative(S3stream::put(&server, "bucket/key"))
            .arg("--ca-bundle")
            .arg(&authority)
            .arg("--sse-c-key-file")
            .arg(&key)
            .stdin(noise(PART + 1, 3))
            .run()
            .code(code);
        let sent = server.requests_of(Op::UploadPart);
        let header = "x-amz-server-side-encryption-customer-key";
        assert_eq!(
            sent[0].header(header),
            Some(&*STANDARD.encode(CUSTOMER_KEY))
        );
        assert_secret(&outcome);
    }
}

#[test]
fn case_43_a_customer_key_file_that_is_wrong() {
    for bytes in [
        &CUSTOMER_KEY[1..],
        &CUSTOMER_KEY.repeat(2),
        SECRET_KEY.as_bytes(),
    ] {
        let (_folder, key) = file_with(bytes);
        // Over https only: over http no file is read.
        let outcome = talkative(S3stream::new().args(["put", "bucket/key"]).keys())
            .args(["--endpoint-url", "https://127.0.0.1:9"])
            .arg("--sse-c-key-file")
            .arg(&key)
            .stdin("data")
            .run()
            .code(2)
            .error(&["--sse-c-key-file", "32 bytes"]);
        assert_secret(&outcome);
    }
}

#[test]
fn case_43_help_shows_no_values() {
    for arguments in [&["--help"][..], &["put", "--help"], &["put", "-h"]] {
        let outcome = S3stream::new()
            .args(arguments)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
            .env("AWS_SESSION_TOKEN", TOKEN)
            .env("S3STREAM_METADATA", format!("a={PASSWORD}"))
            .env(
                "S3STREAM_ENDPOINT_URL",
                format!("https://u:{PASSWORD}@host"),
            )
            .run()
            .code(0);
        assert!(outcome.stdout.contains("Usage:"), "{outcome}");
        assert_secret(&outcome);
    }
}

#[test]
fn case_43_an_address_with_a_password() {
    let address = format!("https://user:{PASSWORD}@store.example");
    for name in [
        "S3STREAM_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_S3",
        "AWS_ENDPOINT_URL",
    ] {
        let outcome = talkative(S3stream::new().args(["put", "bucket/key"]).keys())
            .env(name, &address)
            .stdin("data")
            .run()
            .code(2)
            .error(&["user name or password"]);
        assert_secret(&outcome);
    }
    let outcome = S3stream::new()
        .args(["put", &format!("{address}/bucket/key")])
        .keys()
        .stdin("data")
        .run()
        .code(2)
        .error(&["DESTINATION"]);
    assert_secret(&outcome);

    let (_folder, config) = file_with(format!("[default]\nendpoint_url = {address}\n").as_bytes());
    let outcome = talkative(S3stream::new().args(["put", "bucket/key"]).keys())
        .env("AWS_CONFIG_FILE", config)
        .env("AWS_REGION", REGION)
        .stdin("data")
        .run()
        .code(2)
        .error(&["endpoint_url", "profile"]);
    assert_secret(&outcome);
}

/// A proxy's address may hold a password, too.
#[test]
fn case_43_a_proxy_with_a_password() {
    let server = server();
    let refused = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = refused.local_addr().unwrap().port();
    drop(refused);
    let outcome = talkative(S3stream::put(&server, "bucket/key"))
        .args(["--retries", "1"])
        .env(
            "HTTP_PROXY",
            format!("http://user:{PASSWORD}@127.0.0.1:{port}"),
        )
        .env(
            "http_proxy",
            format!("http://user:{PASSWORD}@127.0.0.1:{port}"),
        )
        .stdin("data")
        .run()
        .code(1)
        .error(&["s3://bucket/key"]);
    assert_secret(&outcome);
}
