//! Cases 22, 23 and 29: what is tried again, how often, and when not.

use crate::harness::*;
use s3_server::{ACCESS_KEY, Fault, Nth, Op, SECRET_KEY, Server, Storage};
use std::time::Duration;

fn receipt(outcome: &Outcome) -> serde_json::Value {
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {outcome}"))
}

/// Requests that are refused before any is taken.
const STORM: usize = 150;

#[test]
fn case_22_a_storm_of_slow_down_does_not_end_the_upload() {
    // The refused bodies add up: they are not kept.
    let server = Server::builder().storage(Storage::Digest).start();
    server.create_bucket(BUCKET);
    let bytes = noise(16 * PART, 22);
    // The SDK's own budget ends after 100 throttles, all workers together.
    for call in 1..=STORM {
        server.fail(Op::UploadPart, Nth::Call(call), Fault::slow_down());
    }
    // Shorter delays than the defaults, as the storm is shorter, and the more of them.
    let run = S3stream::new()
        .args(["put", "bucket/key", "--part-size", "5MiB", "--endpoint-url"])
        .arg(server.endpoint())
        .args(["--retry-delay", "200ms", "--retry-max-delay", "400ms"])
        .args(["--workers", "16", "--retries", "100", "--output", "json"])
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .stdin(bytes.clone())
        .run()
        .code(0);
    let object = server.object(BUCKET, "key").unwrap();
    let crc = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Nvme, &bytes);
    assert_eq!((object.parts.len(), object.crc64nvme), (16, crc));
    assert!(server.uploads().is_empty());
    let refused = server.requests_of(Op::UploadPart).len() - 16;
    assert_eq!(refused, STORM);
    assert_eq!(receipt(&run)["retries"], refused);
}

#[test]
fn case_23_a_fifth_of_the_requests_fails() {
    for seed in 1..=3 {
        let server = Server::builder()
            .error_rate(20, seed, &[500, 503, 429])
            .start();
        server.create_bucket(BUCKET);
        let bytes = noise(8 * PART + 1, seed);
        let run = S3stream::put(&server, "bucket/key")
            .args(["--output", "json"])
            .stdin(bytes.clone())
            .run()
            .code(0);
        assert_eq!(assert_stored(&server, "key", &bytes).len(), 9);
        let failed = server
            .requests()
            .iter()
            .filter(|it| it.status >= Some(400))
            .count();
        assert!(receipt(&run)["retries"].as_u64() <= Some(failed as u64));
        assert!(failed > 0, "seed {seed} injects nothing");
    }
}

#[test]
fn case_23_each_answer_of_the_moment_is_tried_again() {
    for (status, code) in [
        (500, "InternalError"),
        (502, ""),
        (503, "SlowDown"),
        (503, "ServiceUnavailable"),
        (504, ""),
        (429, "TooManyRequests"),
        (408, "RequestTimeout"),
        (400, "RequestTimeout"),
        (400, "IncompleteBody"),
        (403, "RequestTimeTooSkewed"),
        (409, "OperationAborted"),
    ] {
        for (op, size) in [
            (Op::PutObject, 9),
            (Op::CreateMultipartUpload, PART + 1),
            (Op::UploadPart, PART + 1),
            (Op::CompleteMultipartUpload, PART + 1),
        ] {
            let (server, bytes) = (server(), noise(size, 23));
            server.fail(op, Nth::Call(1), Fault::status(status, code));
            let run = S3stream::put(&server, "bucket/key")
                .args(["--output", "json"])
                .stdin(bytes.clone())
                .run()
                .code(0);
            assert_stored(&server, "key", &bytes);
            assert_eq!(receipt(&run)["retries"], 1, "{status} {code} {op:?}");
        }
    }
}

#[test]
fn case_23_an_answer_that_will_not_change_is_not_tried_again() {
    for (status, code, op, size) in [
        (403, "AccessDenied", Op::PutObject, 9),
        (
            403,
            "SignatureDoesNotMatch",
            Op::CreateMultipartUpload,
            PART + 1,
        ),
        (400, "InvalidArgument", Op::UploadPart, PART + 1),
        (400, "EntityTooLarge", Op::UploadPart, PART + 1),
        (501, "NotImplemented", Op::CreateMultipartUpload, PART + 1),
        (400, "MalformedXML", Op::CompleteMultipartUpload, PART + 1),
        (400, "InvalidPart", Op::CompleteMultipartUpload, PART + 1),
    ] {
        let server = server();
        server.fail(op, Nth::Call(1), Fault::status(status, code));
        S3stream::put(&server, "bucket/key")
            .args(["--workers", "1"])
            .stdin(noise(size, 24))
            .run()
            .code(1)
            .error(&[
                "s3://bucket/key",
                code,
                &format!("HTTP {status}"),
                "request id",
            ]);
        assert_clean(&server);
        assert_eq!(server.count(op), 1, "{code}");
    }
}

#[test]
fn case_23_retry_after_is_a_lower_bound() {
    for (op, size) in [(Op::PutObject, 9), (Op::UploadPart, PART + 1)] {
        let (server, bytes) = (server(), noise(size, 25));
        let fault = Fault::Status {
            status: 503,
            code: "SlowDown".to_owned(),
            headers: vec![("retry-after".to_owned(), "1".to_owned())],
        };
        server.fail(op, Nth::Call(1), fault);
        S3stream::put(&server, "bucket/key")
            .args(["--workers", "1"])
            .stdin(bytes.clone())
            .run()
            .silent();
        assert_stored(&server, "key", &bytes);
        let sent = server.requests_of(op);
        let apart = sent[1].at - sent[0].at;
        assert!(apart >= Duration::from_secs(1), "{op:?}: {apart:?}");
    }
}

#[test]
fn case_23_retries_are_as_many_as_allowed() {
    for (retries, attempts) in [("0", 1), ("1", 2), ("4", 5)] {
        for (op, size) in [
            (Op::PutObject, 9),
            (Op::CreateMultipartUpload, PART + 1),
            (Op::UploadPart, PART + 1),
            (Op::CompleteMultipartUpload, PART + 1),
        ] {
            let server = server();
            let nth = match op {
                Op::UploadPart => Nth::PartAlways(1),
                _ => Nth::From(1),
            };
            server.fail(op, nth, Fault::slow_down());
            let run = S3stream::put(&server, "bucket/key")
                // A second part would succeed meanwhile: then being throttled uses up no retries.
                .args(["--retries", retries, "--workers", "1"])
                .stdin(noise(size, 26))
                .run()
                .code(1)
                .error(&["s3://bucket/key", "SlowDown", "HTTP 503"]);
            assert_clean(&server);
            let count = server.requests_of(op);
            let refused = count.iter().filter(|it| it.status == Some(503)).count();
            assert_eq!(refused, attempts, "{op:?}: {run}");
            let told = run.stderr.contains(&format!("after {attempts} attempts"));
            assert_eq!(told, attempts > 1, "{run}");
        }
    }
}

#[test]
fn case_29_a_body_that_did_not_arrive_as_sent() {
    for code in ["BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch"] {
        for (op, size) in [(Op::PutObject, 9), (Op::UploadPart, PART + 1)] {
            let (first, bytes) = (server(), noise(size, 29));
            first.fail(op, Nth::Call(1), Fault::status(400, code));
            S3stream::put(&first, "bucket/key")
                .stdin(bytes.clone())
                .run()
                .silent();
            assert_stored(&first, "key", &bytes);

            let always = server();
            always.fail(op, Nth::From(1), Fault::status(400, code));
            S3stream::put(&always, "bucket/key")
                .args(["--retries", "2", "--workers", "1"])
                .stdin(bytes)
                .run()
                .code(1)
                .error(&["s3://bucket/key", code, "3 attempts"]);
            assert_clean(&always);
            assert_eq!(always.count(op), 3);
        }
    }
}

#[test]
fn case_23_a_clock_that_is_wrong_is_set_by_the_store_s() {
    use std::time::SystemTime;
    let (server, bytes) = (server(), noise(PART + 1, 27));
    let ahead = SystemTime::now() + Duration::from_secs(86_400);
    let fault = Fault::Status {
        status: 403,
        code: "RequestTimeTooSkewed".to_owned(),
        headers: vec![("date".to_owned(), httpdate(ahead))],
    };
    server.fail(Op::CreateMultipartUpload, Nth::Call(1), fault);
    S3stream::put(&server, "bucket/key")
        .stdin(bytes.clone())
        .run()
        .silent();
    assert_stored(&server, "key", &bytes);
    let day = |request: &s3_server::Request| request.header("x-amz-date").unwrap()[..8].to_owned();
    let tomorrow = humantime::format_rfc3339_seconds(ahead).to_string()[..10].replace('-', "");
    let requests = server.requests();
    assert_ne!(day(&requests[0]), tomorrow);
    assert_eq!(day(&requests[1]), tomorrow);
    // The next answer shows the right time again.
    assert_ne!(day(&requests[2]), tomorrow);
}

#[test]
fn case_23_a_clock_that_is_hours_off_costs_no_retries() {
    let ahead = Duration::from_secs(3 * 3600);
    let server = Server::builder().clock_ahead(ahead).start();
    server.create_bucket(BUCKET);
    let bytes = noise(PART + 1, 28);
    S3stream::put(&server, "bucket/key")
        .args(["--retries", "0"])
        .stdin(bytes.clone())
        .run()
        .silent();
    assert_stored(&server, "key", &bytes);

    let files = small(40);
    let folder = tree(&files);
    let before = server.requests().len();
    S3stream::put_many(&server, "bucket/many/")
        .args(["-r", "--retries", "0", "--skip-existing", "--workers", "4"])
        .arg(folder.path().join("src"))
        .run()
        .silent();
    for (name, bytes) in &files {
        assert_stored(&server, &format!("many/src/{name}"), bytes);
    }
    // The HEADs of the first files, which have no body to name the code.
    let refused = server
        .requests()
        .iter()
        .skip(before)
        .filter(|it| it.status == Some(403))
        .count();
    assert!((1..=4).contains(&refused), "{refused}");
}

#[test]
fn case_23_a_clock_that_cannot_be_set_right_is_not_tried_for_long() {
    let server = server();
    let skewed = Fault::status(403, "RequestTimeTooSkewed");
    server.fail(Op::PutObject, Nth::From(1), skewed);
    S3stream::put(&server, "bucket/key")
        .stdin("bytes")
        .run()
        .code(1)
        .error(&["RequestTimeTooSkewed"])
        .hint("clock");
    assert!(server.count(Op::PutObject) <= 4);
}

#[test]
fn a_rate_limit_of_the_store_starves_no_file() {
    // As Ceph's, of 120 writes a minute, with everything faster. All files are in line long before the first
    // is answered: what comes later has no more than its retries until others are served.
    let server = Server::builder()
        .latency(Duration::from_millis(250))
        .write_limit(8, Duration::from_secs(1))
        .start();
    server.create_bucket(BUCKET);
    let files = small(24);
    let folder = tree(&files);
    S3stream::put_many(&server, "bucket")
        .args(["-r", "--retries", "2", "--workers", "24"])
        .arg(folder.path().join("src"))
        .run()
        .silent();
    assert_all_stored(&server, "src/", &files);
}

#[test]
fn what_the_store_refuses_names_the_way_out() {
    for (status, code, message, hint) in [
        (
            400,
            "InvalidArgument",
            "Part number must be an integer between 1 and 1000, inclusive",
            "--max-parts 1000",
        ),
        (
            403,
            "SecondLevelDomainForbidden",
            "",
            "--addressing-style virtual",
        ),
        (400, "MissingContentMD5", "", "--checksum-algorithm MD5"),
        (413, "", "", "--part-size"),
    ] {
        let server = server();
        let body = match code {
            "" => "<html>413 Request Entity Too Large</html>".to_owned(),
            _ => format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"),
        };
        let act = false;
        let fault = Fault::Instead { act, status, body };
        server.fail(Op::UploadPart, Nth::From(1), fault);
        let run = S3stream::put(&server, "bucket/key")
            .args(["--workers", "1"])
            .stdin(noise(PART + 1, 72))
            .run()
            .code(1)
            .hint(hint);
        let hints = run.stderr.matches("hint:").count();
        assert_eq!(hints, 1, "{run}");
    }
}

#[test]
fn a_head_that_is_denied_names_the_permission() {
    let server = Server::builder().deny_head(true).deny_list(true).start();
    server.create_bucket(BUCKET);
    let folder = tree(&small(1));
    S3stream::put_many(&server, "bucket")
        .args(["-r", "--skip-existing"])
        .arg(folder.path().join("src"))
        .run()
        .code(1)
        .hint("s3:ListBucket");
}

#[test]
fn a_composite_checksum_that_is_refused_is_offered_once_in_a_run() {
    let server = Server::builder().refuse_composites(true).start();
    server.create_bucket(BUCKET);
    // Two at a time may offer it before the first one is refused.
    let names = ["a", "b", "c", "d", "e", "f"];
    let files = names.map(|name| (name.to_owned(), noise(PART + 1, 73)));
    let files = files.into_iter().collect();
    let folder = tree(&files);
    S3stream::put_many(&server, "bucket")
        .args(["-r", "--workers", "2"])
        .arg(folder.path().join("src"))
        .run()
        .silent();
    assert_all_stored(&server, "src/", &files);
    let completes = server.count(Op::CompleteMultipartUpload);
    assert!((7..=8).contains(&completes), "{completes}");
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
fn httpdate(time: std::time::SystemTime) -> String {
    use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
    DateTime::from(time).fmt(DateTimeFormat::HttpDate).unwrap()
}
