//! Stores that are not quite S3: what they drop is told, what they refuse has a way out.

use crate::harness::*;
use s3_server::{BucketOptions, Nth, Op, Server};
use std::io::Write as _;
use std::process::Stdio;

const SIZES: [usize; 2] = [9, PART + 1];

#[test]
fn case_32_a_store_that_ignores_the_condition() {
    // As Garage does: all that helps is to look first.
    for size in SIZES {
        let server = Server::builder().drop_if_none_match(true).start();
        let old = old_object(&server, "key", size);
        S3stream::put(&server, "bucket/key")
            .arg("--no-overwrite")
            .stdin(noise(size, 32))
            .run()
            .code(4)
            .error(&["s3://bucket/key", "already"]);
        assert_stored(&server, "key", &old);

        let bytes = noise(size, 33);
        S3stream::put(&server, "bucket/other")
            .arg("--no-overwrite")
            .stdin(bytes.clone())
            .run()
            .silent();
        assert_stored(&server, "other", &bytes);
    }
}

/// Nobody but the look just before the commit notices it.
#[test]
fn case_95_it_appears_while_the_source_is_waited_for() {
    for size in SIZES {
        let server = Server::builder().drop_if_none_match(true).start();
        server.create_bucket(BUCKET);
        let mut run = S3stream::put(&server, "bucket/key")
            .arg("--no-overwrite")
            .stdin_handle(Stdio::piped())
            .start();
        assert!(server.wait_for_ended(Op::HeadObject, 1, PATIENCE));
        let old = old_object(&server, "key", size);
        run.stdin().write_all(&noise(size, 95)).unwrap();
        run.wait()
            .code(4)
            .error(&["s3://bucket/key", "already"])
            .hint("--no-overwrite");
        assert_stored(&server, "key", &old);
        assert_eq!(server.count(Op::HeadObject), 2);
    }
}

#[test]
fn case_95_it_appears_while_parts_of_a_file_are_sent() {
    let server = Server::builder().drop_if_none_match(true).start();
    server.create_bucket(BUCKET);
    let (_folder, file) = file_with(&noise(PART + 1, 96));
    let hold = server.hold(Op::UploadPart, Nth::Part(2));
    let run = S3stream::put(&server, "bucket/key")
        .arg("--no-overwrite")
        .arg(file)
        .start();
    assert!(hold.reached(PATIENCE));
    let old = old_object(&server, "key", PART + 1);
    hold.release();
    run.wait().code(4).error(&["s3://bucket/key", "already"]);
    assert_stored(&server, "key", &old);
    assert_eq!(server.count(Op::HeadObject), 2);
}

/// The second look is for what is waited for; a small file is read in no time.
#[test]
fn case_95_a_file_of_one_part_is_looked_for_once() {
    let server = server();
    let (_folder, file) = file_with(&noise(9, 97));
    S3stream::put(&server, "bucket/key")
        .arg("--no-overwrite")
        .arg(file)
        .run()
        .silent();
    assert_eq!(server.count(Op::HeadObject), 1);
}

/// S3 refuses a customer's key in a look at an object that was made without one.
#[test]
fn case_95_an_object_that_was_made_without_the_key_is_found() {
    let (_folder, key_file) = file_with(&[7; 32]);
    let server = Server::builder().tls(true).drop_if_none_match(true).start();
    let old = old_object(&server, "key", 9);
    let put = S3stream::put(&server, "bucket/key").trusting(&server);
    put.arg("--no-overwrite")
        .arg("--sse-c-key-file")
        .arg(key_file)
        .stdin("x")
        .run()
        .code(4)
        .error(&["s3://bucket/key", "already"]);
    assert_stored(&server, "key", &old);
}

/// Cloudflare R2.
#[test]
fn case_09_a_store_that_wants_parts_of_one_size() {
    let equal_parts = || {
        let server = Server::builder().equal_parts_only(true).start();
        server.create_bucket(BUCKET);
        server
    };
    // Few parts allowed: the part size has to grow.
    let (server, bytes) = (equal_parts(), noise(6 * PART, 9));
    S3stream::put(&server, "bucket/key")
        .args(["--max-parts", "4"])
        .stdin(bytes.clone())
        .run()
        .code(1)
        .error(&["s3://bucket/key", "InvalidPart"])
        .hint("--equal-parts");
    assert_clean(&server);

    let server = equal_parts();
    S3stream::put(&server, "bucket/key")
        .arg("--equal-parts")
        .stdin(bytes[..4 * PART + 1].to_vec())
        .run()
        .silent();
    assert_stored(&server, "key", &bytes[..4 * PART + 1]);
}

/// Backblaze B2.
#[test]
fn case_33_a_store_that_refuses_checksum_headers() {
    for size in SIZES {
        let refusing = || {
            let server = Server::builder().refuse_checksum_headers(true).start();
            server.create_bucket(BUCKET);
            server
        };
        let bytes = noise(size, 33);
        for algorithm in ["NONE", "MD5"] {
            for more in [
                &[][..],
                &["--no-overwrite"],
                &["--storage-class=STANDARD_IA"],
            ] {
                let server = refusing();
                S3stream::put(&server, "bucket/key")
                    .args(["--checksum-algorithm", algorithm])
                    .args(more)
                    .stdin(bytes.clone())
                    .run()
                    .silent();
                assert_stored(&server, "key", &bytes);
            }
        }
        let server = refusing();
        S3stream::put(&server, "bucket/key")
            .stdin(bytes)
            .run()
            .code(1)
            .error(&["s3://bucket/key", "InvalidArgument", "checksum"])
            .hint("--checksum-algorithm MD5");
        assert_clean(&server);
        assert_eq!(server.count(Op::Any), 1);
    }
}

#[test]
fn case_26_a_store_whose_smallest_part_is_larger() {
    let server = Server::builder().min_part_size(64 << 20).start();
    server.create_bucket(BUCKET);
    S3stream::put(&server, "bucket/key")
        .stdin(noise(PART + 1, 34))
        .run()
        .code(1)
        .error(&["s3://bucket/key", "EntityTooSmall"])
        .hint("--part-size");
    assert_clean(&server);
}

#[test]
fn case_42_a_bucket_open_to_all_takes_unsigned_requests() {
    for size in SIZES {
        let server = Server::builder().allow_anonymous(true).start();
        server.create_bucket(BUCKET);
        let bytes = noise(size, 42);
        S3stream::put(&server, "bucket/key")
            .arg("--no-sign-request")
            .without_env("AWS_ACCESS_KEY_ID")
            .without_env("AWS_SECRET_ACCESS_KEY")
            .stdin(bytes.clone())
            .run()
            .silent();
        assert_stored(&server, "key", &bytes);
        for request in server.requests() {
            assert_eq!(request.header("authorization"), None);
        }
    }
}

/// Content-MD5 was accepted: an ETag of 32 hex digits that are something else is no contradiction.
#[test]
fn case_28_an_etag_that_only_looks_like_an_md5() {
    for size in SIZES {
        let server = Server::builder().md5_etags(false).start();
        server.create_bucket(BUCKET);
        let bytes = noise(size, 28);
        let run = S3stream::put(&server, "bucket/key")
            .args(["-v", "--checksum-algorithm", "MD5"])
            .stdin(bytes.clone())
            .run()
            .code(0);
        assert_stored(&server, "key", &bytes);
        assert!(run.stderr.contains("not verified"), "{run}");
    }
}

/// Ceph keeps a + in x-amz-tagging as it is.
#[test]
fn case_97_a_blank_in_a_tag_is_no_plus() {
    for (size, op) in SIZES
        .into_iter()
        .zip([Op::PutObject, Op::CreateMultipartUpload])
    {
        let server = server();
        S3stream::put(&server, "bucket/key")
            .args(["--tag", "k 1=b c"])
            .stdin(noise(size, 97))
            .run()
            .silent();
        let sent = server.requests_of(op);
        assert_eq!(sent[0].header("x-amz-tagging"), Some("k%201=b%20c"));
    }
}

/// Swift's answer to Complete names no version.
#[test]
fn case_46_the_version_is_that_of_the_look() {
    let server = Server::builder()
        .echo_checksums(false)
        .hide_version_at_complete(true)
        .start();
    let options = BucketOptions {
        versioning: true,
        ..BucketOptions::default()
    };
    server.create_bucket_with(BUCKET, options);
    let run = S3stream::put(&server, "bucket/key")
        .args(["--output", "json"])
        .stdin(noise(PART + 1, 46))
        .run()
        .code(0);
    let receipt: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let version = server.object(BUCKET, "key").unwrap().version_id.unwrap();
    assert_eq!(receipt["version_id"], version);
}

#[test]
fn case_30_the_etag_is_no_md5_where_the_bucket_encrypts_with_kms() {
    for size in SIZES {
        let server = Server::builder().default_kms(true).start();
        server.create_bucket(BUCKET);
        let bytes = noise(size, 38);
        S3stream::put(&server, "bucket/key")
            .args(["--checksum-algorithm", "MD5"])
            .stdin(bytes.clone())
            .run()
            .silent();
        assert_stored(&server, "key", &bytes);
    }
}
