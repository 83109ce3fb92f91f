//! `--payload-signing`: what the signature covers, over http and over TLS.

use crate::harness::*;
use crate::s3::{Op, Request, Server};

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
            let (_ca, put) = put_over_tls(&server, "bucket/key");
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
