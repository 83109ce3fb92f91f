//! How the store is reached: what every request of a run has in common.

use crate::harness::*;
use s3_server::{BUCKET_OWNER, BucketOptions, Fault, Nth, Op, Request, Server};
use std::collections::BTreeSet;

#[test]
fn each_worker_has_one_connection_and_keeps_it() {
    for workers in [1, 2, 3] {
        let server = server();
        let bytes = noise(8 * PART, 1);
        S3stream::put(&server, "bucket/key")
            .args(["--workers", &workers.to_string()])
            .stdin(bytes.clone())
            .run()
            .silent();
        assert_stored(&server, "key", &bytes);
        let connections = server.connections();
        assert!(connections <= workers, "{connections} of {workers} workers");
    }
}

#[test]
fn single_requests_share_a_connection() {
    let server = server();
    S3stream::put(&server, "bucket/key")
        .args([
            "--no-overwrite",
            "--storage-class",
            "GLACIER",
            "--tag",
            "a=b",
        ])
        .stdin("bytes")
        .run()
        .silent();
    assert!(server.count(Op::Any) >= 4, "{:?}", server.requests());
    assert_eq!(server.connections(), 1);
}

#[test]
fn http_2_is_never_taken() {
    let (server, _folder, bundle) = tls_server();
    let bytes = noise(6 * PART, 2);
    S3stream::put(&server, "bucket/key")
        .args(["--workers", "3", "--ca-bundle"])
        .arg(bundle)
        .stdin(bytes.clone())
        .run()
        .silent();
    assert_stored(&server, "key", &bytes);
    assert_eq!(server.h2_connections(), 0);
}

#[test]
fn without_a_signature() {
    let server = Server::builder().allow_anonymous(true).start();
    server.create_bucket(BUCKET);
    for (key, size) in [("single", 100), ("multi", 2 * PART + 1)] {
        let bytes = noise(size, 3);
        // One after the other, so that those after the first part take the fast path.
        S3stream::put(&server, &format!("bucket/{key}"))
            .args(["--no-sign-request", "--workers", "1"])
            .without_env("AWS_ACCESS_KEY_ID")
            .without_env("AWS_SECRET_ACCESS_KEY")
            .stdin(bytes.clone())
            .run()
            .silent();
        assert_stored(&server, key, &bytes);
    }
    let signed = |it: &Request| it.header("authorization").is_some();
    assert!(!server.requests().iter().any(signed));
}

#[test]
fn a_signature_covers_every_request() {
    let server = server();
    S3stream::put(&server, "bucket/key")
        .args(["--no-overwrite", "--tag", "a=b"])
        .stdin(noise(PART + 1, 4))
        .run()
        .silent();
    for request in server.requests() {
        assert!(
            request.checks.contains(&"signature".to_owned()),
            "{request:?}"
        );
    }
}

/// Asserts that each request carries both, and that these operations were among them.
#[track_caller]
fn assert_payer_and_owner(server: &Server, operations: &[Op]) {
    let mut seen = BTreeSet::new();
    for request in server.requests() {
        assert_eq!(
            request.header("x-amz-request-payer"),
            Some("requester"),
            "{request:?}"
        );
        let owner = request.header("x-amz-expected-bucket-owner");
        assert_eq!(owner, Some(BUCKET_OWNER), "{request:?}");
        seen.insert(format!("{:?}", request.op));
    }
    let expected = operations.iter().map(|op| format!("{op:?}")).collect();
    assert_eq!(seen, expected);
}

fn with_payer_and_owner(server: &Server) -> S3stream {
    S3stream::put(&server, "bucket/key").args([
        "--request-payer=requester",
        "--expected-bucket-owner",
        BUCKET_OWNER,
    ])
}

#[test]
fn case_35_owner_and_payer_on_a_single_request_and_its_checks() {
    let server = Server::builder().hide_attributes(true).start();
    let options = BucketOptions {
        object_lock: true,
        versioning: true,
    };
    server.create_bucket_with(BUCKET, options);
    with_payer_and_owner(&server)
        .args([
            "--no-overwrite",
            "--storage-class",
            "GLACIER",
            "--tag",
            "a=b",
            "--acl",
            "public-read",
            "--object-lock-legal-hold",
            "--object-lock-mode=COMPLIANCE",
            "--object-lock-retain=2099-01-31",
        ])
        .stdin("bytes")
        .run()
        .silent();
    let all = [
        Op::HeadObject,
        Op::PutObject,
        Op::GetObjectTagging,
        Op::GetObjectRetention,
        Op::GetObjectLegalHold,
        Op::GetObjectAcl,
    ];
    assert_payer_and_owner(&server, &all);
}

#[test]
fn case_35_owner_and_payer_on_a_multipart_upload_whose_answer_is_lost() {
    let server = server();
    server.fail(
        Op::CompleteMultipartUpload,
        Nth::Call(1),
        Fault::ActThenForgetUpload,
    );
    with_payer_and_owner(&server)
        .stdin(noise(PART + 1, 5))
        .run()
        .silent();
    let all = [
        Op::CreateMultipartUpload,
        Op::UploadPart,
        Op::CompleteMultipartUpload,
        Op::HeadObject,
    ];
    assert_payer_and_owner(&server, &all);
}

#[test]
fn case_35_owner_and_payer_on_an_abort() {
    let server = server();
    server.fail(
        Op::UploadPart,
        Nth::Part(2),
        Fault::status(403, "AccessDenied"),
    );
    with_payer_and_owner(&server)
        .stdin(noise(PART + 1, 6))
        .run()
        .code(1)
        .error(&["s3://bucket/key", "AccessDenied"]);
    let all = [
        Op::CreateMultipartUpload,
        Op::UploadPart,
        Op::AbortMultipartUpload,
        Op::ListParts,
    ];
    assert_payer_and_owner(&server, &all);
    assert_clean(&server);
}

#[test]
fn case_35_another_owner_is_refused() {
    for size in [1, PART + 1] {
        let server = server();
        S3stream::put(&server, "bucket/key")
            .args(["--expected-bucket-owner", "999999999999"])
            .stdin(noise(size, 7))
            .run()
            .code(1)
            .error(&["s3://bucket/key", "AccessDenied"])
            .hint("--expected-bucket-owner");
        assert_eq!(server.count(Op::Any), 1);
        assert_clean(&server);
    }
}

#[test]
fn neither_is_sent_unasked() {
    let server = server();
    S3stream::put(&server, "bucket/key")
        .stdin("bytes")
        .run()
        .silent();
    let sent = server.requests_of(Op::PutObject);
    assert_eq!(sent[0].header("x-amz-request-payer"), None);
    assert_eq!(sent[0].header("x-amz-expected-bucket-owner"), None);
}

#[test]
fn an_endpoint_of_ipv6() {
    let server = server();
    let Some(relay) = Relay::on_ipv6(server.address()) else {
        return;
    };
    let bytes = noise(PART + 1, 8);
    S3stream::put(&server, "bucket/key")
        .args(["--endpoint-url", &relay.url()])
        .stdin(bytes.clone())
        .run()
        .silent();
    assert_stored(&server, "key", &bytes);
    let host = relay.url().replace("http://", "");
    assert!(host.starts_with("[::1]:"), "{host}");
    let sent = server.requests();
    assert!(
        sent.iter()
            .all(|it| it.header("host") == Some(host.as_str()))
    );
}

#[test]
fn an_endpoint_with_a_path() {
    for slash in ["", "/"] {
        let server = server();
        let bytes = noise(2 * PART + 1, 9);
        // The server takes the endpoint's path for its bucket, and ours for a part of the key.
        S3stream::put(&server, "inner/key")
            .args(["--workers", "1", "--endpoint-url"])
            .arg(format!("{}/bucket{slash}", server.endpoint()))
            .stdin(bytes.clone())
            .run()
            .silent();
        assert_stored(&server, "inner/key", &bytes);
    }
}

fn bad_connections(fault: &Fault) -> Server {
    let server = server();
    server.fail(Op::Any, Nth::Connections(2), fault.clone());
    server
}

#[test]
fn case_67_a_connection_that_is_bad_for_life_is_left() {
    for fault in [
        Fault::status(503, "ServiceUnavailable"),
        Fault::internal_error(),
        Fault::bare(false, 502),
        Fault::bare(false, 503),
        // Once may be for all, twice running is for this one.
        Fault::slow_down(),
    ] {
        for size in [9, PART + 1] {
            let server = bad_connections(&fault);
            let bytes = noise(size, 67);
            S3stream::put(&server, "bucket/key")
                .args(["--retries", "4"])
                .stdin(bytes.clone())
                .run()
                .silent();
            assert_stored(&server, "key", &bytes);
        }
    }
}

#[test]
fn case_67_a_refusal_leaves_the_connection_in_use() {
    for fault in [Fault::slow_down(), Fault::status(400, "RequestTimeout")] {
        let server = server();
        server.fail(Op::PutObject, Nth::Call(1), fault);
        S3stream::put(&server, "bucket/key")
            .stdin("bytes")
            .run()
            .silent();
        assert_eq!((server.count(Op::PutObject), server.connections()), (2, 1));
    }
}

#[test]
fn an_answer_with_many_headers_is_read() {
    let server = Server::builder().more_headers(980).start();
    server.create_bucket(BUCKET);
    let bytes = noise(PART + 1, 68);
    S3stream::put(&server, "bucket/key")
        .stdin(bytes.clone())
        .run()
        .silent();
    assert_stored(&server, "key", &bytes);
}

/// An endless page in place of an error is not read to its end.
#[test]
fn the_beginning_of_an_error_is_enough() {
    let server = server();
    let begin = "HTTP/1.1 503 Slow Down\r\ncontent-length: 1000000\r\n\r\n";
    let fault = Fault::Garbled {
        act: false,
        bytes: format!("{begin}{}", "x".repeat(64 << 10)),
    };
    server.fail(Op::PutObject, Nth::Call(1), fault);
    let run = S3stream::put(&server, "bucket/key")
        .args(["--retries", "0"])
        .stdin("bytes")
        .run()
        .code(1);
    run.error(&["s3://bucket/key", "HTTP 503"]);
}

#[test]
fn path_style_is_the_default_of_a_custom_endpoint() {
    for style in ["auto", "path"] {
        let server = server();
        S3stream::put(&server, "bucket/key")
            .args(["--addressing-style", style])
            .stdin("bytes")
            .run()
            .silent();
        let sent = server.requests();
        let host = server.address().to_string();
        assert_eq!(sent[0].header("host"), Some(host.as_str()));
        assert_stored(&server, "key", b"bytes");
    }
}
