//! Case 52: what is stored along with the bytes goes with a single PutObject as with a multipart
//! upload. Case 35: what goes with every request.

use crate::harness::*;
use s3_server::{BUCKET_OWNER, BucketOptions, Fault, Nth, Op, Request, Server};

const SIZES: [usize; 2] = [9, PART + 1];

/// The request that carries the options: PutObject or CreateMultipartUpload.
#[track_caller]
fn carrier(server: &Server) -> Request {
    let ops = [Op::PutObject, Op::CreateMultipartUpload];
    let mut all: Vec<_> = ops.iter().flat_map(|op| server.requests_of(*op)).collect();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

/// Stores something with `args`; each expected header is on the carrier, and on no other request.
#[track_caller]
fn carried(args: &[&str], expected: &[(&str, &str)]) {
    for size in SIZES {
        let server = Server::start();
        let options = BucketOptions {
            object_lock: true,
            versioning: true,
        };
        server.create_bucket_with(BUCKET, options);
        let bytes = noise(size, 52);
        S3stream::put(&server, "bucket/key")
            .args(args)
            .stdin(bytes.clone())
            .run()
            .silent();
        assert_stored(&server, "key", &bytes);
        let carrier = carrier(&server);
        for (name, value) in expected {
            assert_eq!(carrier.header(name), Some(*value), "{name}, {size} bytes");
            for request in server.requests() {
                let same = request.op == carrier.op;
                assert!(
                    same || request.header(name).is_none(),
                    "{name} {:?}",
                    request.op
                );
            }
            let object = server.object(BUCKET, "key").unwrap();
            assert_eq!(object.header(name), Some(*value));
        }
    }
}

#[test]
fn case_52_content_headers() {
    carried(
        &[
            "--content-type=application/x-dump",
            "--content-encoding=gzip",
            "--content-disposition=attachment; filename=\"a b.sql\"",
            "--content-language=de",
            "--cache-control=no-store, max-age=0",
            "--expires=2030-01-31T12:00:00Z",
            "--website-redirect=/other",
        ],
        &[
            ("content-encoding", "gzip"),
            ("content-disposition", "attachment; filename=\"a b.sql\""),
            ("content-language", "de"),
            ("cache-control", "no-store, max-age=0"),
            ("expires", "Thu, 31 Jan 2030 12:00:00 GMT"),
            ("x-amz-website-redirect-location", "/other"),
        ],
    );
}

#[test]
fn case_52_the_content_type_is_guessed_or_given() {
    let rows: [(&str, &[&str], Option<&str>); 4] = [
        ("dump.sql.gz", &[], Some("application/gzip")),
        ("page.html", &[], Some("text/html")),
        (
            "page.html",
            &["--content-type=text/plain"],
            Some("text/plain"),
        ),
        (
            "dump",
            &["--content-type=a/b; charset=utf-8"],
            Some("a/b; charset=utf-8"),
        ),
    ];
    for (key, args, expected) in rows {
        for size in SIZES {
            let server = server();
            S3stream::put(&server, &format!("bucket/{key}"))
                .args(args)
                .stdin(noise(size, 52))
                .run()
                .silent();
            assert_eq!(carrier(&server).header("content-type"), expected);
        }
    }
}

#[test]
fn case_52_storage_class_and_acl() {
    carried(
        &[
            "--storage-class=GLACIER_IR",
            "--acl=bucket-owner-full-control",
        ],
        &[
            ("x-amz-storage-class", "GLACIER_IR"),
            ("x-amz-acl", "bucket-owner-full-control"),
        ],
    );
}

#[test]
fn case_52_metadata_and_tags() {
    carried(
        &[
            "--metadata=Host=db-1",
            "--metadata=note=a=b, c & d/e%20",
            "--metadata=empty=",
            "--tag=job=nightly backup",
            "--tag=größe=1&2=3/4+5",
            "--tag=leer=",
        ],
        &[
            ("x-amz-meta-host", "db-1"),
            ("x-amz-meta-note", "a=b, c & d/e%20"),
            ("x-amz-meta-empty", ""),
            (
                "x-amz-tagging",
                "job=nightly%20backup&gr%C3%B6%C3%9Fe=1%262%3D3%2F4%2B5&leer=",
            ),
        ],
    );
    let server = server();
    S3stream::put(&server, "bucket/key")
        .arg("--metadata=name=größe")
        .stdin("x")
        .run()
        .code(2)
        .error(&["--metadata"]);
    assert!(server.requests().is_empty());
}

#[test]
fn case_52_object_lock() {
    carried(
        &[
            "--object-lock-mode=GOVERNANCE",
            "--object-lock-retain=2099-01-31T12:00:00Z",
            "--object-lock-legal-hold",
        ],
        &[
            ("x-amz-object-lock-mode", "GOVERNANCE"),
            (
                "x-amz-object-lock-retain-until-date",
                "2099-01-31T12:00:00Z",
            ),
            ("x-amz-object-lock-legal-hold", "ON"),
        ],
    );
    // MD5 is a checksum, too.
    carried(
        &[
            "--checksum-algorithm=MD5",
            "--object-lock-mode=compliance",
            "--object-lock-retain=2099-01-31T12:00:00Z",
        ],
        &[("x-amz-object-lock-mode", "COMPLIANCE")],
    );
}

#[test]
fn case_52_object_lock_in_a_bucket_without_it() {
    for size in SIZES {
        let server = server();
        S3stream::put(&server, "bucket/key")
            .arg("--object-lock-legal-hold")
            .stdin(noise(size, 53))
            .run()
            .code(1)
            .error(&["s3://bucket/key", "Object Lock"]);
        assert_clean(&server);
    }
}

#[test]
fn case_52_nothing_is_sent_that_was_not_asked_for() {
    for size in SIZES {
        let server = server();
        S3stream::put(&server, "bucket/key")
            .stdin(noise(size, 54))
            .run()
            .silent();
        let prefixes = [
            "x-amz-tagging",
            "x-amz-storage",
            "x-amz-acl",
            "x-amz-object-lock",
            "x-amz-server-side",
            "x-amz-website",
            "x-amz-expected",
            "x-amz-request-payer",
            "cache-control",
            "expires",
            "content-language",
            "content-disposition",
            "content-encoding",
        ];
        for request in server.requests() {
            for prefix in prefixes {
                let found = request.headers_with(prefix);
                assert!(found.is_empty(), "{:?} {found:?}", request.op);
            }
        }
        // The upload's own token is all that is added.
        let names: Vec<_> = carrier(&server)
            .headers_with("x-amz-meta-")
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .collect();
        assert_eq!(names, ["x-amz-meta-s3stream-upload"]);
    }
}

#[test]
fn case_52_many_files_small_and_large_get_the_same() {
    let server = Server::start();
    let options = BucketOptions {
        object_lock: true,
        versioning: true,
    };
    server.create_bucket_with(BUCKET, options);
    let files = [("small.html", SIZES[0]), ("large.html", SIZES[1])]
        .map(|(name, size)| (name.to_owned(), noise(size, 52)))
        .into();
    let folder = tree(&files);
    S3stream::put_many(&server, "bucket")
        .args(["--content-encoding=gzip", "--cache-control=no-store"])
        .args(["--content-disposition=attachment", "--content-language=de"])
        .args([
            "--expires=2030-01-31T12:00:00Z",
            "--website-redirect=/other",
        ])
        .args(["--metadata=host=db-1", "--metadata=note=a, b"])
        .args(["--tag=job=nightly backup", "--tag=a=b&c"])
        .args(["--storage-class=GLACIER_IR", "--acl=bucket-owner-read"])
        .args(["--sse=aws:kms", "--sse-kms-key-id=alias/backup"])
        .args(["--bucket-key-enabled", "--object-lock-legal-hold"])
        .args(["--object-lock-mode=GOVERNANCE"])
        .args(["--object-lock-retain=2099-01-31T12:00:00Z"])
        .args(["--expected-bucket-owner", BUCKET_OWNER])
        .arg("-r")
        .arg(folder.path().join("src"))
        .run()
        .silent();
    assert_all_stored(&server, "src/", &files);
    let expected = [
        ("content-type", "text/html"),
        ("content-encoding", "gzip"),
        ("content-disposition", "attachment"),
        ("content-language", "de"),
        ("cache-control", "no-store"),
        ("expires", "Thu, 31 Jan 2030 12:00:00 GMT"),
        ("x-amz-website-redirect-location", "/other"),
        ("x-amz-meta-host", "db-1"),
        ("x-amz-meta-note", "a, b"),
        ("x-amz-tagging", "job=nightly%20backup&a=b%26c"),
        ("x-amz-storage-class", "GLACIER_IR"),
        ("x-amz-acl", "bucket-owner-read"),
        ("x-amz-server-side-encryption", "aws:kms"),
        (
            "x-amz-server-side-encryption-aws-kms-key-id",
            "alias/backup",
        ),
        ("x-amz-server-side-encryption-bucket-key-enabled", "true"),
        ("x-amz-object-lock-mode", "GOVERNANCE"),
        (
            "x-amz-object-lock-retain-until-date",
            "2099-01-31T12:00:00Z",
        ),
        ("x-amz-object-lock-legal-hold", "ON"),
    ];
    for (op, name) in [
        (Op::PutObject, "small.html"),
        (Op::CreateMultipartUpload, "large.html"),
    ] {
        let carrier = only(&server, op);
        let object = server.object(BUCKET, &format!("src/{name}")).unwrap();
        for (header, value) in expected {
            assert_eq!(carrier.header(header), Some(value), "{header} of {name}");
            assert_eq!(object.header(header), Some(value), "{header} of {name}");
        }
    }
    for request in server.requests() {
        let owner = request.header("x-amz-expected-bucket-owner");
        assert_eq!(owner, Some(BUCKET_OWNER), "{:?}", request.op);
    }
}

#[test]
fn case_35_owner_and_payer_go_with_every_request() {
    // Single, multipart, and with an abort.
    let mut seen = std::collections::HashSet::new();
    for (size, fails) in [(9, false), (PART + 1, false), (PART + 1, true)] {
        let server = Server::builder().hide_attributes(true).start();
        server.create_bucket(BUCKET);
        if fails {
            let fault = Fault::status(400, "InvalidArgument");
            server.fail(Op::UploadPart, Nth::From(1), fault);
        }
        S3stream::put(&server, "bucket/key")
            .args(["--expected-bucket-owner", BUCKET_OWNER])
            .arg("--request-payer=requester")
            .args(["--no-overwrite", "--tag=a=b", "--storage-class=STANDARD_IA"])
            .stdin(noise(size, 35))
            .run()
            .code(i32::from(fails));
        for request in server.requests() {
            let owner = request.header("x-amz-expected-bucket-owner");
            assert_eq!(owner, Some(BUCKET_OWNER), "{:?}", request.op);
            let payer = request.header("x-amz-request-payer");
            assert_eq!(payer, Some("requester"), "{:?}", request.op);
            seen.insert(request.op);
        }
    }
    for op in [
        Op::HeadObject,
        Op::PutObject,
        Op::CreateMultipartUpload,
        Op::UploadPart,
        Op::CompleteMultipartUpload,
        Op::AbortMultipartUpload,
        Op::ListParts,
        Op::GetObjectTagging,
    ] {
        assert!(seen.contains(&op), "{op:?} was not put to the test");
    }
}

#[test]
fn case_35_a_bucket_of_another_owner_gets_nothing() {
    for size in SIZES {
        let server = server();
        S3stream::put(&server, "bucket/key")
            .args(["--expected-bucket-owner", "999999999999"])
            .stdin(noise(size, 36))
            .run()
            .code(1)
            .error(&["s3://bucket/key", "AccessDenied"])
            .hint("--expected-bucket-owner");
        assert_clean(&server);
    }
}

#[test]
fn case_52_the_receipt_has_the_version() {
    for size in SIZES {
        for versioning in [false, true] {
            let server = Server::start();
            let options = BucketOptions {
                versioning,
                ..BucketOptions::default()
            };
            server.create_bucket_with(BUCKET, options);
            let run = S3stream::put(&server, "bucket/key")
                .args(["--output", "json"])
                .stdin(noise(size, 55))
                .run()
                .code(0);
            let receipt: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
            let object = server.object(BUCKET, "key").unwrap();
            assert_eq!(receipt["version_id"].as_str(), object.version_id.as_deref());
            assert_eq!(object.version_id.is_some(), versioning);
            assert_eq!(receipt["etag"], object.etag.trim_matches('"'));
            assert_eq!(receipt["size"], size);
            assert_eq!(receipt["parts"], size.div_ceil(PART));
            assert_eq!(receipt["retries"], 0);
        }
    }
}
