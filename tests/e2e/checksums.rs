//! Cases 27, 28, 30 and 33: what is said of the bytes on the wire, and what must come back.

use crate::harness::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use s3_server::{Algorithm, Fault, Nth, Op, Request, Server, Storage};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

/// The digest of `bytes`, computed here and not by the code under test.
fn digest(algorithm: Algorithm, bytes: &[u8]) -> Vec<u8> {
    use crc_fast::{CrcAlgorithm, checksum};
    let crc = |crc, width: usize| checksum(crc, bytes).to_be_bytes()[8 - width..].to_vec();
    match algorithm {
        Algorithm::Sha256 => Sha256::digest(bytes).to_vec(),
        Algorithm::Sha1 => Sha1::digest(bytes).to_vec(),
        Algorithm::Crc32 => crc(CrcAlgorithm::Crc32IsoHdlc, 4),
        Algorithm::Crc32c => crc(CrcAlgorithm::Crc32Iscsi, 4),
        Algorithm::Crc64Nvme => crc(CrcAlgorithm::Crc64Nvme, 8),
    }
}

fn base64(raw: impl AsRef<[u8]>) -> String {
    STANDARD.encode(raw)
}

/// A SHA is composite, a CRC is of the full object: that is what can be compared with local bytes.
fn is_composite(algorithm: Algorithm) -> bool {
    matches!(algorithm, Algorithm::Sha256 | Algorithm::Sha1)
}

/// The checksum of a multipart object, with its type.
fn of_parts(algorithm: Algorithm, bytes: &[u8]) -> (String, &'static str) {
    if !is_composite(algorithm) {
        return (base64(digest(algorithm, bytes)), "FULL_OBJECT");
    }
    let parts: Vec<_> = bytes.chunks(PART).collect();
    let raw: Vec<u8> = parts.iter().flat_map(|it| digest(algorithm, it)).collect();
    let value = base64(digest(algorithm, &raw));
    (format!("{value}-{}", parts.len()), "COMPOSITE")
}

/// `x-amz-checksum-*` but for the type.
fn checksum_headers(request: &Request) -> Vec<(&str, &str)> {
    let mut headers = request.headers_with("x-amz-checksum-");
    headers.retain(|(name, _)| *name != "x-amz-checksum-type");
    headers
}

fn no_checksum_headers(server: &Server) {
    for request in server.requests() {
        let mut found = request.headers_with("x-amz-checksum-");
        found.extend(request.headers_with("x-amz-sdk-checksum-"));
        found.extend(request.headers_with("x-amz-trailer"));
        assert!(found.is_empty(), "{:?}: {found:?}", request.op);
    }
}

fn no_framing(server: &Server) {
    for request in server.requests() {
        assert_eq!(request.header("transfer-encoding"), None);
        assert_eq!(request.header("content-encoding"), None);
        let payload = request.header("x-amz-content-sha256").unwrap();
        assert!(!payload.starts_with("STREAMING"), "{payload}");
    }
}

#[test]
fn case_30_each_part_carries_its_checksum_and_complete_that_of_the_whole() {
    let bytes = noise(2 * PART + 7, 30);
    let parts: Vec<&[u8]> = bytes.chunks(PART).collect();
    for algorithm in Algorithm::ALL {
        let (server, name) = (server(), algorithm.name());
        S3stream::put(&server, "bucket/key")
            .args(["--checksum-algorithm", name])
            .stdin(bytes.clone())
            .run()
            .silent();
        assert_eq!(assert_stored(&server, "key", &bytes).len(), 3);
        no_framing(&server);
        let (whole, kind) = of_parts(algorithm, &bytes);
        let create = only(&server, Op::CreateMultipartUpload);
        assert_eq!(create.header("x-amz-checksum-algorithm"), Some(name));
        assert_eq!(create.header("x-amz-checksum-type"), Some(kind));

        let mut sent = server.requests_of(Op::UploadPart);
        sent.sort_by_key(|part| part.part_number);
        assert_eq!(sent.len(), parts.len());
        for (request, part) in sent.iter().zip(&parts) {
            let expected = base64(digest(algorithm, part));
            let headers = checksum_headers(request);
            assert_eq!(headers, [(algorithm.header(), expected.as_str())]);
            assert_eq!(request.header("x-amz-sdk-checksum-algorithm"), Some(name));
            assert_eq!(request.header("content-md5"), None);
            let hex: String = Sha256::digest(part)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            assert_eq!(request.header("x-amz-content-sha256"), Some(hex.as_str()));
        }

        let complete = only(&server, Op::CompleteMultipartUpload);
        let size = bytes.len().to_string();
        assert_eq!(complete.header("x-amz-mp-object-size"), Some(size.as_str()));
        assert_eq!(complete.header("x-amz-checksum-type"), Some(kind));
        let headers = checksum_headers(&complete);
        assert_eq!(headers, [(algorithm.header(), whole.as_str())]);
        for part in &parts {
            let (element, value) = (algorithm.element(), base64(digest(algorithm, part)));
            let listed = format!("<{element}>{value}</{element}>");
            assert!(complete.text.contains(&listed), "{}", complete.text);
        }
        let stored = server.object(BUCKET, "key").unwrap().checksum.unwrap();
        assert_eq!((stored.algorithm, stored.value), (algorithm, whole));
    }
}

#[test]
fn case_30_a_single_object_carries_its_checksum() {
    let bytes = noise(100_001, 31);
    for algorithm in Algorithm::ALL {
        let (server, name) = (server(), algorithm.name());
        S3stream::put(&server, "bucket/key")
            .args(["--checksum-algorithm", name])
            .stdin(bytes.clone())
            .run()
            .silent();
        assert_stored(&server, "key", &bytes);
        no_framing(&server);
        let put = only(&server, Op::PutObject);
        let expected = base64(digest(algorithm, &bytes));
        assert_eq!(
            checksum_headers(&put),
            [(algorithm.header(), expected.as_str())]
        );
        assert_eq!(put.header("x-amz-sdk-checksum-algorithm"), Some(name));
        // The echo was right: nothing more had to be asked.
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn case_30_the_receipt_names_the_checksum() {
    let bytes = noise(PART + 1, 32);
    for (algorithm, size) in Algorithm::ALL
        .into_iter()
        .flat_map(|it| [(it, 9), (it, PART + 1)])
    {
        let server = server();
        let bytes = &bytes[..size];
        let run = S3stream::put(&server, "bucket/key")
            .args(["--output", "json", "--checksum-algorithm", algorithm.name()])
            .stdin(bytes)
            .run()
            .code(0);
        let (value, kind) = if size > PART {
            of_parts(algorithm, bytes)
        } else {
            (base64(digest(algorithm, bytes)), "FULL_OBJECT")
        };
        let receipt: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        let expected =
            serde_json::json!({"algorithm": algorithm.name(), "type": kind, "value": value});
        assert_eq!(receipt["checksum"], expected);
    }
}

#[test]
fn case_30_md5_is_content_md5() {
    for size in [9, 2 * PART + 1] {
        let (server, bytes) = (server(), noise(size, 33));
        let run = S3stream::put(&server, "bucket/key")
            .args(["--checksum-algorithm", "MD5", "--output", "json"])
            .stdin(bytes.clone())
            .run()
            .code(0);
        assert_stored(&server, "key", &bytes);
        no_checksum_headers(&server);
        no_framing(&server);
        let mut sent = server.requests_of(Op::UploadPart);
        sent.sort_by_key(|part| part.part_number);
        sent.extend(server.requests_of(Op::PutObject));
        for (request, part) in sent.iter().zip(bytes.chunks(PART)) {
            let expected = base64(Md5::digest(part));
            assert_eq!(request.header("content-md5"), Some(expected.as_str()));
        }
        let receipt: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        // S3 keeps no MD5 of a multipart object.
        if size < PART {
            assert_eq!(receipt["checksum"]["value"], base64(Md5::digest(&bytes)));
        } else {
            assert_eq!(receipt["checksum"], serde_json::Value::Null);
        }
        // The ETags bore the MD5s out: nothing more had to be asked.
        assert_eq!(server.count(Op::HeadObject), 0);
    }
}

#[test]
fn case_28_a_later_look_that_contradicts_is_no_success() {
    for size in [9, PART + 1] {
        for fault in [Fault::WrongChecksum, Fault::status(404, "NoSuchKey")] {
            let server = server();
            server.fail(Op::HeadObject, Nth::From(1), fault);
            S3stream::put(&server, "bucket/key")
                .args(["--storage-class", "STANDARD_IA"])
                .stdin(noise(size, 39))
                .run()
                .code(1)
                .error(&["not known", "s3://bucket/key", "shows another object"])
                .hint("do not rely on this object");
        }
    }
}

#[test]
fn case_33_none_sends_no_checksum_header_at_all() {
    for size in [9, 2 * PART + 1] {
        for more in [
            &[][..],
            &["--no-overwrite"],
            &["--storage-class", "STANDARD_IA"],
        ] {
            let (server, bytes) = (server(), noise(size, 35));
            S3stream::put(&server, "bucket/key")
                .args(["--checksum-algorithm", "NONE"])
                .args(more)
                .stdin(bytes.clone())
                .run()
                .silent();
            assert_stored(&server, "key", &bytes);
            no_checksum_headers(&server);
            no_framing(&server);
            for request in server.requests() {
                assert_eq!(request.header("content-md5"), None);
            }
            // The size of what the store put together is looked at; a single request that says
            // nothing more is not followed by another one.
            let looks = server.requests_of(Op::HeadObject);
            let looked = looks.iter().any(|look| look.status == Some(200));
            assert_eq!(
                looked,
                size > PART || more.contains(&"STANDARD_IA"),
                "{size} {more:?}"
            );
            for complete in server.requests_of(Op::CompleteMultipartUpload) {
                assert!(complete.header("x-amz-mp-object-size").is_some());
                assert!(!complete.text.contains("Checksum"), "{}", complete.text);
            }
        }
    }
}

#[test]
fn case_27_a_missing_or_empty_etag_is_retried_and_never_committed() {
    for (op, size) in [(Op::PutObject, 9), (Op::UploadPart, PART + 1)] {
        for fault in [Fault::NoEtag, Fault::EmptyEtag] {
            let (server, bytes) = (server(), noise(size, 27));
            server.fail(op, Nth::Call(1), fault.clone());
            S3stream::put(&server, "bucket/key")
                .stdin(bytes.clone())
                .run()
                .silent();
            assert_stored(&server, "key", &bytes);
            assert_eq!(server.count(op), 1 + size.div_ceil(PART));
        }
    }
    let server = server();
    server.fail(Op::UploadPart, Nth::PartAlways(2), Fault::NoEtag);
    S3stream::put(&server, "bucket/key")
        .args(["--retries", "2"])
        .stdin(noise(PART + 1, 27))
        .run()
        .code(1)
        .error(&["s3://bucket/key", "part 2", "ETag", "3 attempts"]);
    assert_clean(&server);
    assert_eq!(server.count(Op::CompleteMultipartUpload), 0);
}

#[test]
fn case_27_complete_without_an_etag_is_looked_up() {
    for fault in [Fault::NoEtag, Fault::EmptyEtag] {
        let (server, bytes) = (server(), noise(PART + 1, 27));
        server.fail(Op::CompleteMultipartUpload, Nth::Call(1), fault);
        let run = S3stream::put(&server, "bucket/key")
            .args(["--output", "json"])
            .stdin(bytes.clone())
            .run()
            .code(0);
        assert_stored(&server, "key", &bytes);
        let receipt: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        let etag = server.object(BUCKET, "key").unwrap().etag;
        assert_eq!(receipt["etag"], etag.trim_matches('"'));
    }
}

#[test]
fn case_28_a_wrong_checksum_of_a_part_is_retried_and_never_committed() {
    for (op, size) in [(Op::PutObject, 9), (Op::UploadPart, PART + 1)] {
        for algorithm in Algorithm::ALL {
            let (server, bytes) = (server(), noise(size, 28));
            server.fail(op, Nth::Call(1), Fault::WrongChecksum);
            S3stream::put(&server, "bucket/key")
                .args(["--checksum-algorithm", algorithm.name()])
                .stdin(bytes.clone())
                .run()
                .silent();
            assert_stored(&server, "key", &bytes);
            assert_eq!(server.count(op), 1 + size.div_ceil(PART));
        }
    }
    let server = server();
    server.fail(Op::UploadPart, Nth::PartAlways(1), Fault::WrongChecksum);
    S3stream::put(&server, "bucket/key")
        .args(["--retries", "2"])
        .stdin(noise(PART + 1, 28))
        .run()
        .code(1)
        .error(&["s3://bucket/key", "part 1", "SHA256 checksum"]);
    assert_clean(&server);
    assert_eq!(server.count(Op::CompleteMultipartUpload), 0);
}

#[test]
fn case_28_a_wrong_checksum_of_the_whole_is_no_success() {
    for algorithm in Algorithm::ALL {
        let server = server();
        server.fail(
            Op::CompleteMultipartUpload,
            Nth::Call(1),
            Fault::WrongChecksum,
        );
        S3stream::put(&server, "bucket/key")
            .args(["--checksum-algorithm", algorithm.name()])
            .stdin(noise(PART + 1, 29))
            .run()
            .code(1)
            .error(&["s3://bucket/key", "checksum of the object"])
            .hint("do not rely on this object");
    }
}

#[test]
fn case_28_without_an_echo_the_size_is_compared() {
    for size in [9, PART + 1] {
        let server = Server::builder().echo_checksums(false).start();
        server.create_bucket(BUCKET);
        let bytes = noise(size, 36);
        S3stream::put(&server, "bucket/key")
            .arg("-v")
            .stdin(bytes.clone())
            .run()
            .code(0);
        assert_stored(&server, "key", &bytes);
        // What one request stores has the size that it said.
        let put_together = usize::from(size > PART);
        assert_eq!(server.count(Op::HeadObject), put_together);
    }
}

#[test]
fn case_30_a_part_that_was_changed_on_its_way_is_found_by_the_store() {
    // No body is kept: what counts is what the server verified.
    let server = Server::builder().storage(Storage::Digest).start();
    server.create_bucket(BUCKET);
    S3stream::put(&server, "bucket/key")
        .stdin(noise(2 * PART, 37))
        .run()
        .silent();
    for part in server.requests_of(Op::UploadPart) {
        let checks = ["signature", "x-amz-content-sha256", "x-amz-checksum-sha256"];
        assert_eq!(part.checks, checks);
    }
}
