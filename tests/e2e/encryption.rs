//! Case 34 and encryption by the store: which requests carry what.

use crate::harness::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use s3_server::{Builder, Op, Request, Server};
use std::path::Path;

const SIZES: [usize; 2] = [9, PART + 1];
const SSE: &str = "x-amz-server-side-encryption";
const KEY: [u8; 32] = *b"thirty-two bytes of a secret key";

fn customer_headers(request: &Request) -> Vec<(&str, &str)> {
    let mut headers = request.headers_with("x-amz-server-side-encryption-customer-");
    headers.sort_unstable();
    headers
}

#[test]
fn case_34_a_customer_s_key_goes_with_each_request_that_needs_it() {
    let (_folder, key_file) = file_with(&KEY);
    let (key, md5) = (STANDARD.encode(KEY), STANDARD.encode(Md5::digest(KEY)));
    let prefix = "x-amz-server-side-encryption-customer-";
    for algorithm in ["SHA256", "CRC64NVME", "MD5", "NONE"] {
        for size in SIZES {
            let server = Server::builder().tls(true).start();
            server.create_bucket(BUCKET);
            let bytes = noise(size, 34);
            let put = S3stream::put(&server, "bucket/key").trusting(&server);
            let run = put
                .arg("--sse-c-key-file")
                .arg(&key_file)
                .args(["--checksum-algorithm", algorithm])
                .arg("-vv")
                .stdin(bytes.clone())
                .run()
                .code(0);
            assert_stored(&server, "key", &bytes);
            assert!(!run.stderr.contains("warning:"), "{run}");
            assert!(!run.stderr.contains(&key), "{run}");
            for request in server.requests() {
                let [algorithm, sent_key, sent_md5] = customer_headers(&request)[..] else {
                    panic!("{request:?}");
                };
                assert_eq!(algorithm, (format!("{prefix}algorithm").as_str(), "AES256"));
                assert_eq!(sent_key, (format!("{prefix}key").as_str(), key.as_str()));
                assert_eq!(
                    sent_md5,
                    (format!("{prefix}key-md5").as_str(), md5.as_str())
                );
                assert_eq!(request.header(SSE), None);
            }
        }
    }
}

/// Options, and the headers that they become.
type Row<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)]);

/// Refused before any request, by the option or its variable, by the tools' variables or the profile.
#[test]
fn case_34_a_customer_s_key_never_crosses_plain_http() {
    let server = Server::builder().allow_sse_c_over_http(true).start();
    server.create_bucket(BUCKET);
    let (folder, key_file) = file_with(&KEY);
    let refused = |run: S3stream| {
        run.arg("--sse-c-key-file")
            .arg(&key_file)
            .stdin(noise(9, 35))
            .run()
            .code(2)
            .error(&["--sse-c-key-file", "plain http"])
            .hint("https");
    };
    refused(S3stream::put(&server, "bucket/key"));
    let bare = || {
        S3stream::new()
            .args(["put", "bucket/key"])
            .env("AWS_ACCESS_KEY_ID", s3_server::ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", s3_server::SECRET_KEY)
    };
    for name in [
        "S3STREAM_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_S3",
        "AWS_ENDPOINT_URL",
    ] {
        refused(bare().env(name, server.endpoint()));
    }
    let config = folder.path().join("config");
    for text in [
        format!("[default]\nendpoint_url = {}\n", server.endpoint()),
        format!(
            "[default]\nservices = local\n[services local]\ns3 =\n  endpoint_url = {}\n",
            server.endpoint()
        ),
    ] {
        std::fs::write(&config, text).unwrap();
        refused(bare().env("AWS_CONFIG_FILE", &config));
    }
    assert!(server.requests().is_empty());
    // The profile is really read: without the key it serves.
    bare()
        .env("AWS_CONFIG_FILE", &config)
        .stdin("x")
        .run()
        .silent();
    assert_stored(&server, "key", b"x");
}

#[test]
fn case_52_encryption_by_the_store() {
    let kms = format!("{SSE}-aws-kms-key-id");
    let context = format!("{SSE}-context");
    let bucket_key = format!("{SSE}-bucket-key-enabled");
    let json = r#"{"project":"backup"}"#;
    let encoded = STANDARD.encode(json);
    let rows: [Row<'_>; 6] = [
        (&[], &[]),
        (&["--sse", "AES256"], &[(SSE, "AES256")]),
        (&["--sse", "aws:kms"], &[(SSE, "aws:kms")]),
        (
            &[
                "--sse",
                "aws:kms",
                "--sse-kms-key-id",
                "alias/backup",
                "--bucket-key-enabled",
            ],
            &[
                (SSE, "aws:kms"),
                (&kms, "alias/backup"),
                (&bucket_key, "true"),
            ],
        ),
        (
            &["--sse", "aws:kms", "--sse-kms-encryption-context", json],
            &[(SSE, "aws:kms"), (&context, &encoded)],
        ),
        (
            &["--sse", "aws:kms:dsse", "--sse-kms-key-id", "1234abcd"],
            &[(SSE, "aws:kms:dsse"), (&kms, "1234abcd")],
        ),
    ];
    for (args, expected) in rows {
        for (size, op) in SIZES
            .into_iter()
            .zip([Op::PutObject, Op::CreateMultipartUpload])
        {
            let (server, bytes) = (server(), noise(size, 52));
            S3stream::put(&server, "bucket/key")
                .args(args)
                .stdin(bytes.clone())
                .run()
                .silent();
            assert_stored(&server, "key", &bytes);
            let mut expected = expected.to_vec();
            expected.sort_unstable();
            for request in server.requests() {
                let mut sent = request.headers_with(SSE);
                sent.sort_unstable();
                // S3 refuses them anywhere else.
                let expected = if request.op == op { &expected[..] } else { &[] };
                assert_eq!(sent, expected, "{:?}", request.op);
            }
        }
    }
}

const KEY_ID: &str = "x-amz-server-side-encryption-aws-kms-key-id";
const ARN: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const OTHER: &str = "arn:aws:kms:us-east-1:111122223333:key/ffffffff-12ab-34cd-56ef-1234567890ab";

/// Runs with `args` against a server that is set up by `builder`, speaks TLS and takes SSE-C.
fn run_against(builder: Builder, args: &[&str], bytes: &[u8]) -> (Server, Outcome) {
    let server = builder.tls(true).start();
    server.create_bucket(BUCKET);
    let put = S3stream::put(&server, "bucket/key").trusting(&server);
    let outcome = put.args(args).stdin(bytes).run();
    (server, outcome)
}

/// Options of KMS, what a store has in their place, and both values as they must be told.
fn weaker_kms() -> [(&'static [&'static str], Builder, [&'static str; 2]); 3] {
    let downgraded = || {
        Server::builder()
            .keep_instead(SSE, Some("AES256"))
            .keep_instead(KEY_ID, None)
    };
    let other_key = Server::builder().keep_instead(KEY_ID, Some(OTHER));
    [
        (&["--sse", "aws:kms"], downgraded(), ["aws:kms", "AES256"]),
        (
            &["--sse", "aws:kms:dsse", "--sse-kms-key-id", ARN],
            downgraded(),
            ["aws:kms:dsse", "AES256"],
        ),
        (
            &["--sse", "aws:kms", "--sse-kms-key-id", ARN],
            other_key,
            [ARN, OTHER],
        ),
    ]
}

#[test]
fn case_56_weaker_encryption_that_create_shows_is_never_committed() {
    for (args, builder, values) in weaker_kms() {
        let (server, run) = run_against(builder, args, &noise(PART + 1, 56));
        run.code(1)
            .error(&["s3://bucket/key was not stored", values[0], values[1]]);
        assert_clean(&server);
        assert_eq!(server.count(Op::CompleteMultipartUpload), 0);
    }
}

#[test]
fn case_56_weaker_encryption_of_one_request_is_told() {
    for (args, builder, values) in weaker_kms() {
        let bytes = noise(9, 56);
        let (server, run) = run_against(builder, args, &bytes);
        let what = "s3://bucket/key: stored, but not as asked: ";
        run.code(1)
            .error(&[what, values[0], values[1]])
            .without("was not stored");
        assert_stored(&server, "key", &bytes);
    }
}

/// A store that tells of encryption when it is asked, and then of a weaker one.
#[test]
fn case_56_weaker_encryption_that_only_a_look_shows() {
    for size in SIZES {
        for (args, builder, values) in weaker_kms() {
            let bytes = noise(size, 57);
            let (server, run) = run_against(builder.hide_sse_at_commit(true), args, &bytes);
            run.code(1)
                .error(&["stored, but not as asked: ", values[0], values[1]]);
            assert_stored(&server, "key", &bytes);
        }
    }
}

#[test]
fn case_56_the_key_of_an_alias_is_no_other_key() {
    for size in SIZES {
        for asked in ["alias/backup", "1234abcd-12ab-34cd-56ef-1234567890ab"] {
            let builder = Server::builder().keep_instead(KEY_ID, Some(ARN));
            let args = ["--sse", "aws:kms", "--sse-kms-key-id", asked];
            let (_server, run) = run_against(builder, &args, &noise(size, 58));
            run.silent();
        }
    }
}

#[test]
fn case_52_encryption_that_only_a_look_shows_is_confirmed() {
    let (_folder, key_file) = file_with(&KEY);
    let rows: [&[&str]; 3] = [
        &["--sse", "AES256"],
        &["--sse", "aws:kms"],
        &["--sse-c-key-file", path(&key_file)],
    ];
    for args in rows {
        for size in SIZES {
            let builder = Server::builder().hide_sse_at_commit(true);
            let (_server, run) = run_against(builder, args, &noise(size, 59));
            run.silent();
        }
    }
}

#[test]
fn case_52_encryption_that_the_store_does_not_show_is_told() {
    for size in SIZES {
        for quiet in [&[][..], &["--quiet"]] {
            let bytes = noise(size, 53);
            let args = [&["--sse", "AES256"], quiet].concat();
            let (server, run) = run_against(Server::builder().drop_sse(true), &args, &bytes);
            let told = "warning: s3://bucket/key: the store does not confirm the encryption\n";
            assert_eq!(run.code(0).stderr, told);
            assert_stored(&server, "key", &bytes);
        }
        let bytes = noise(size, 54);
        let args = ["--sse", "aws:kms"];
        let (server, run) = run_against(Server::builder().drop_sse(true), &args, &bytes);
        run.code(1)
            .error(&["stored, but not as asked: ", "aws:kms", "shows none"]);
        assert_stored(&server, "key", &bytes);
    }
}

/// By stores that refuse the key in a look at an object without one, and by those that do not care.
#[test]
fn case_34_a_customer_s_key_that_the_store_ignores_is_a_failure() {
    let (_folder, key_file) = file_with(&KEY);
    let key_file = path(&key_file);
    let rows: [&[&str]; 2] = [
        &["--sse-c-key-file", key_file],
        &["--sse-c-key-file", key_file, "--checksum-algorithm", "NONE"],
    ];
    for args in rows {
        for size in SIZES {
            for builder in [
                Server::builder().drop_sse(true),
                Server::builder().ignore_customer_keys(true),
            ] {
                let bytes = noise(size, 53);
                let (server, run) = run_against(builder, args, &bytes);
                run.code(1).error(&[
                    "s3://bucket/key: stored, but not encrypted with your key: ",
                    "without the key",
                ]);
                assert_stored(&server, "key", &bytes);
            }
        }
    }
}

#[test]
fn case_34_a_customer_s_key_that_nobody_can_confirm_is_told() {
    let (_folder, key_file) = file_with(&KEY);
    for size in SIZES {
        let builder = Server::builder().hide_sse_at_commit(true).deny_head(true);
        let args = ["--sse-c-key-file", path(&key_file)];
        let (_server, run) = run_against(builder, &args, &noise(size, 55));
        let told =
            "warning: s3://bucket/key: the store does not confirm the encryption with your key\n";
        assert_eq!(run.code(0).stderr, told);
    }
}

#[test]
fn case_52_encryption_is_confirmed_without_the_right_to_look() {
    let (_folder, key_file) = file_with(&KEY);
    let rows: [&[&str]; 2] = [&["--sse", "AES256"], &["--sse-c-key-file", path(&key_file)]];
    for args in rows {
        for size in SIZES {
            let server = Server::builder().tls(true).deny_head(true).start();
            server.create_bucket(BUCKET);
            let put = S3stream::put(&server, "bucket/key").trusting(&server);
            put.args(args).stdin(noise(size, 54)).run().silent();
        }
    }
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}
