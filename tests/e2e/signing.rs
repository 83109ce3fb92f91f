//! `--payload-signing`: what the signature covers, over http and over TLS.

use crate::harness::*;
use s3_server::{Fault, Nth, Op, Request, Server};

/// Whether each request that carries bytes has its payload signed.
#[track_caller]
fn assert_signed(server: &Server, signed: bool, what: &str) {
    let data = [Op::PutObject, Op::UploadPart];
    let requests: Vec<Request> = data.iter().flat_map(|op| server.requests_of(*op)).collect();
    assert!(!requests.is_empty(), "{what}");
    for request in requests {
        let header = request.header("x-amz-content-sha256");
        let expected = if signed {
            request.body_sha256.as_deref()
        } else {
            Some("UNSIGNED-PAYLOAD")
        };
        assert_eq!(header, expected, "{what}");
        assert!(request.checks.contains(&"signature".to_owned()), "{what}");
    }
    for request in server.requests() {
        assert_eq!(request.header("transfer-encoding"), None, "{what}");
        assert_eq!(request.header("content-encoding"), None, "{what}");
    }
}

/// Algorithm, `--payload-signing`, and whether the payload is signed then.
type Row = (&'static str, &'static str, bool);

#[test]
fn case_30_over_http_the_payload_is_signed_unless_never_asked_to() {
    let rows: [Row; 6] = [
        ("SHA256", "auto", true),
        ("CRC32C", "auto", true),
        ("NONE", "auto", true),
        ("MD5", "always", true),
        ("SHA256", "never", false),
        ("CRC64NVME", "never", false),
    ];
    for (algorithm, signing, signed) in rows {
        for size in [9, PART + 9] {
            let (server, bytes) = (server(), noise(size, 40));
            S3stream::put(&server, "bucket/key")
                .args([
                    "--checksum-algorithm",
                    algorithm,
                    "--payload-signing",
                    signing,
                ])
                .stdin(bytes.clone())
                .run()
                .silent();
            assert_stored(&server, "key", &bytes);
            assert_signed(&server, signed, &format!("{algorithm} {signing} {size}"));
        }
    }
}

#[test]
fn case_30_over_tls_the_payload_is_signed_where_the_sha256_is_at_hand() {
    let rows: [Row; 6] = [
        ("SHA256", "auto", true),
        ("CRC32C", "auto", false),
        ("NONE", "auto", false),
        ("CRC32C", "always", true),
        ("NONE", "always", true),
        ("SHA256", "never", false),
    ];
    for (algorithm, signing, signed) in rows {
        for size in [9, PART + 9] {
            let server = Server::builder().tls(true).start();
            server.create_bucket(BUCKET);
            let bytes = noise(size, 41);
            let put = S3stream::put(&server, "bucket/key").trusting(&server);
            put.args([
                "--checksum-algorithm",
                algorithm,
                "--payload-signing",
                signing,
            ])
            .stdin(bytes.clone())
            .run()
            .silent();
            assert_stored(&server, "key", &bytes);
            assert_signed(&server, signed, &format!("{algorithm} {signing} {size}"));
        }
    }
}

/// What tells one request from another: not the names of its headers.
fn names(request: &Request) -> Vec<&str> {
    let of_the_first = ["amz-sdk-invocation-id", "amz-sdk-request"];
    let names = request.headers.keys().map(String::as_str);
    let mut names: Vec<_> = names.filter(|name| !of_the_first.contains(name)).collect();
    names.sort_unstable();
    names
}

/// The first request is the SDK's; the others take the fast path.
#[test]
fn later_requests_carry_what_the_first_one_does() {
    let server = server();
    let files = (0..3).map(|n| (format!("f{n} +ü%/~.txt"), noise(100 + n, n as u64)));
    let folder = tree(&files.clone().collect());
    let run = S3stream::put_many(&server, "bucket/p q/").args(["-r", "--workers", "1"]);
    run.arg(folder.path().join("src"))
        .args([
            "--metadata",
            "a=b",
            "--tag",
            "t=ü",
            "--cache-control",
            "no-store",
        ])
        .args(["--expected-bucket-owner", s3_server::BUCKET_OWNER])
        .env("AWS_SESSION_TOKEN", "a/token+of=mine")
        .run()
        .silent();
    for (name, bytes) in files {
        assert_stored(&server, &format!("p q/src/{name}"), &bytes);
    }
    let sent = server.requests_of(Op::PutObject);
    assert_eq!(sent.len(), 3);
    for request in &sent {
        assert_eq!(names(request), names(&sent[0]));
        assert_eq!(request.header("user-agent"), sent[0].header("user-agent"));
        let token = request.header("x-amz-security-token");
        assert_eq!(token, Some("a/token+of=mine"));
        assert_eq!(request.header("x-amz-meta-a"), Some("b"));
        assert_eq!(request.header("content-type"), Some("text/plain"));
    }
    let by_the_sdk = |request: &&Request| request.header("amz-sdk-invocation-id").is_some();
    assert_eq!(sent.iter().filter(by_the_sdk).count(), 1);
}

#[test]
fn parts_after_the_first_take_the_short_way_and_retries_the_long_one() {
    let (server, bytes) = (server(), noise(4 * PART, 61));
    server.fail(Op::UploadPart, Nth::Part(3), Fault::status(503, "SlowDown"));
    S3stream::put(&server, "bucket/key")
        .args(["--workers", "1"])
        .stdin(bytes.clone())
        .run()
        .silent();
    assert_eq!(assert_stored(&server, "key", &bytes).len(), 4);
    let sent = server.requests_of(Op::UploadPart);
    let long: Vec<_> = sent
        .iter()
        .filter(|it| it.header("amz-sdk-invocation-id").is_some())
        .map(|it| it.part_number.unwrap())
        .collect();
    assert_eq!((sent.len(), long), (5, vec![1, 3]));
    for request in &sent {
        assert_eq!(names(request), names(&sent[0]));
        if request.status == Some(200) {
            assert!(request.checks.contains(&"signature".to_owned()));
        }
    }
}

/// The SDK learns the difference of the clocks; the fast path does not.
#[test]
fn a_store_with_another_time_is_left_to_the_sdk() {
    let server = server();
    let files = small(6);
    let folder = tree(&files);
    let fault = Fault::status(403, "RequestTimeTooSkewed");
    server.fail(Op::PutObject, Nth::Call(3), fault);
    let run = S3stream::put_many(&server, "bucket").args(["-r", "--workers", "1"]);
    run.arg(folder.path().join("src")).run().silent();
    let sent = server.requests_of(Op::PutObject);
    let by_the_sdk = |request: &Request| request.header("amz-sdk-invocation-id").is_some();
    let ways: Vec<_> = sent.iter().map(by_the_sdk).collect();
    assert_eq!(ways, [true, false, false, true, true, true, true]);
}
