//! The look at the object after the commit: tags, ACL and storage class; the size and the object
//! itself; and that nobody waits for it for ever.

use crate::harness::*;
use nix::sys::signal::Signal;
use s3_server::{Fault, Nth, Op, Server};
use serde_json::Value;
use std::time::Duration;

const SIZES: [usize; 2] = [9, PART + 1];

/// A store that drops what it is asked for, the option, and what is said of it.
fn droppers() -> Vec<(Server, &'static [&'static str], &'static str)> {
    let no_tags = || Server::builder().drop_tags(true);
    let rows: [(_, &[&str], _); 6] = [
        (
            no_tags(),
            &["--tag", "a=b"],
            "tags were dropped: 1 asked for, 0 there",
        ),
        (
            no_tags().count_no_tags(true),
            &["--tag", "a=b"],
            "tags were dropped: 1 asked for, 0 there",
        ),
        (
            Server::builder().keep_instead("x-amz-tagging", Some("a=b")),
            &["--tag", "a=b", "--tag", "c=d"],
            "tags were dropped: 2 asked for, 1 there",
        ),
        (
            Server::builder().keep_instead("x-amz-acl", None),
            &["--acl", "public-read"],
            "ACL public-read was dropped: ",
        ),
        (
            Server::builder().keep_instead("x-amz-acl", Some("private")),
            &["--acl", "authenticated-read"],
            "ACL authenticated-read was dropped: ",
        ),
        (
            Server::builder().keep_instead("x-amz-storage-class", None),
            &["--storage-class", "GLACIER"],
            "storage class GLACIER was asked for, the store shows STANDARD",
        ),
    ];
    rows.into_iter()
        .map(|(builder, args, told)| {
            let server = builder.start();
            server.create_bucket(BUCKET);
            (server, args, told)
        })
        .collect()
}

#[test]
fn case_96_what_the_store_dropped_shows_even_with_quiet() {
    for size in SIZES {
        for quiet in [&[][..], &["--quiet"]] {
            for (server, args, told) in droppers() {
                let bytes = noise(size, 96);
                let run = S3stream::put(&server, "bucket/key")
                    .args(args)
                    .args(quiet)
                    .stdin(bytes.clone())
                    .run()
                    .code(0);
                assert_stored(&server, "key", &bytes);
                let told = format!("warning: s3://bucket/key: {told}");
                assert!(run.stderr.starts_with(&told), "{run}");
                assert_eq!(run.stderr.lines().count(), 1, "{run}");
            }
        }
    }
}

#[test]
fn case_96_the_json_lists_what_the_store_dropped() {
    for (server, args, told) in droppers() {
        let run = S3stream::put(&server, "bucket/key")
            .args(args)
            .args(["--output", "json"])
            .stdin("data")
            .run()
            .code(0);
        assert_listed(&run, told);
        let folder = tree(&small(1));
        let run = S3stream::put_many(&server, "bucket/p/")
            .args(args)
            .args(["--output", "json", "--quiet", "-r", "src"])
            .current_dir(folder.path())
            .run()
            .code(0);
        assert_listed(&run, told);
        assert!(run.stderr.starts_with("warning: "), "{run}");
    }
}

/// The only line has that warning, and no other.
#[track_caller]
fn assert_listed(run: &Outcome, told: &str) {
    let line: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run}"));
    let warnings = line["warnings"].as_array().expect("a list");
    assert_eq!(warnings.len(), 1, "{run}");
    assert!(warnings[0].as_str().unwrap().starts_with(told), "{run}");
}

/// What is kept costs one look where HeadObject shows it.
#[test]
fn case_96_what_the_store_kept_is_confirmed_in_silence() {
    let rows: [(&[&str], &[Op]); 5] = [
        (&["--tag", "a=b", "--tag", "c=d"], &[Op::HeadObject]),
        (&["--storage-class", "GLACIER"], &[Op::HeadObject]),
        (&["--storage-class", "STANDARD"], &[Op::HeadObject]),
        (&["--acl", "public-read"], &[Op::GetObjectAcl]),
        (&["--acl", "private"], &[]),
    ];
    for (args, looks) in rows {
        let server = server();
        S3stream::put(&server, "bucket/key")
            .args(args)
            .stdin("data")
            .run()
            .silent();
        let ops: Vec<_> = server.requests().iter().map(|it| it.op).collect();
        assert_eq!(ops, [&[Op::PutObject], looks].concat(), "{args:?}");
    }
}

#[test]
fn case_96_an_acl_that_may_not_be_seen_is_told_to_the_verbose_alone() {
    for fault in [
        Fault::status(403, "AccessDenied"),
        Fault::status(501, "NotImplemented"),
    ] {
        let server = server();
        server.fail(Op::GetObjectAcl, Nth::From(1), fault);
        let put = || S3stream::put(&server, "bucket/key").args(["--acl", "public-read"]);
        put().stdin("data").run().silent();
        let told = put().arg("-v").stdin("data").run().code(0);
        let words = "the ACL could not be confirmed";
        assert!(told.stderr.contains(words), "{told}");
    }
}

/// Ceph 18, whose HeadObject tells that there are no tags.
fn ceph() -> Server {
    let server = Server::builder()
        .drop_multipart_tags(true)
        .count_no_tags(true)
        .start();
    server.create_bucket(BUCKET);
    server
}

#[test]
fn case_96_dropped_tags_are_set_again() {
    let server = ceph();
    S3stream::put(&server, "bucket/key")
        .args(["--tag", "k 1=b&c", "--tag", "ü="])
        .stdin(noise(PART + 1, 98))
        .run()
        .silent();
    let object = server.object(BUCKET, "key").unwrap();
    let tags = object.header("x-amz-tagging");
    assert_eq!(tags, Some("k+1=b%26c&%C3%BC="));
    assert_eq!(server.count(Op::PutObjectTagging), 1);
    // Ceph's answer to it, an empty body, would tell nothing.
    assert_eq!(server.count(Op::GetObjectTagging), 0);
}

#[test]
fn case_96_tags_that_cannot_be_set_again_are_told_soon() {
    for fault in [
        Fault::status(403, "AccessDenied"),
        Fault::internal_error(),
        Fault::bare(false, 200),
    ] {
        let server = ceph();
        server.fail(Op::PutObjectTagging, Nth::From(1), fault);
        let run = S3stream::put(&server, "bucket/key")
            .args(["--tag", "a=b"])
            .stdin(noise(PART + 1, 99))
            .run()
            .code(0);
        let told = "warning: s3://bucket/key: tags were dropped: 1 asked for, 0 there";
        assert!(run.stderr.starts_with(told), "{run}");
        assert!(run.took < Duration::from_secs(20), "{run}");
        assert!(server.count(Op::PutObjectTagging) <= 3);
    }
}

/// A store that does not say the size says nothing against it.
#[test]
fn case_30_an_object_without_a_size_is_not_one_of_no_bytes() {
    let hiding = || {
        let builder = Server::builder().echo_checksums(false).hide_size(true);
        let server = builder.start();
        server.create_bucket(BUCKET);
        server
    };
    let (server, bytes) = (hiding(), noise(PART + 1, 30));
    S3stream::put(&server, "bucket/key")
        .stdin(bytes.clone())
        .run()
        .silent();
    assert_stored(&server, "key", &bytes);
    assert_eq!(server.count(Op::HeadObject), 1);
    // The token says whose the object is.
    let server = hiding();
    server.fail(
        Op::CompleteMultipartUpload,
        Nth::Call(1),
        Fault::ActThenForgetUpload,
    );
    S3stream::put(&server, "bucket/key")
        .stdin(bytes.clone())
        .run()
        .code(0);
    assert_stored(&server, "key", &bytes);
}

/// The server's own words for its object, in which no checksum is.
fn of_many_parts() -> Server {
    let server = Server::builder().echo_checksums(false).start();
    server.create_bucket(BUCKET);
    server
}

#[test]
fn case_25_an_object_that_shows_a_moment_later_is_there() {
    for missing in 1..=3 {
        let (server, bytes) = (of_many_parts(), noise(PART + 1, 25));
        for call in 1..=missing {
            let fault = Fault::status(404, "NoSuchKey");
            server.fail(Op::HeadObject, Nth::Call(call), fault);
        }
        S3stream::put(&server, "bucket/key")
            .stdin(bytes.clone())
            .run()
            .silent();
        assert_stored(&server, "key", &bytes);
        assert_eq!(server.count(Op::HeadObject), missing + 1);
    }
}

#[test]
fn case_25_an_object_that_never_shows_is_not_there() {
    let server = of_many_parts();
    server.fail(
        Op::HeadObject,
        Nth::From(1),
        Fault::status(404, "NoSuchKey"),
    );
    S3stream::put(&server, "bucket/key")
        .stdin(noise(PART + 1, 26))
        .run()
        .code(1)
        .error(&["not known", "there is none under the key"]);
    assert_eq!(server.count(Op::HeadObject), 4);
}

/// What could not be looked at is stored all the same.
#[track_caller]
fn assert_stored_and_not_looked_at(run: &Outcome, reason: &str) {
    assert!(run.took < Duration::from_secs(20), "{run}");
    assert!(
        run.stderr.starts_with("warning: s3://bucket/key: "),
        "{run}"
    );
    assert_eq!(run.stderr.lines().count(), 1, "{run}");
    for word in ["stored", "could not be looked at", reason] {
        assert!(run.stderr.contains(word), "{word}: {run}");
    }
}

#[test]
fn case_65_a_look_that_is_never_answered_ends_with_the_time_out() {
    for size in SIZES {
        let (server, bytes) = (of_many_parts(), noise(size, 65));
        server.fail(Op::HeadObject, Nth::From(1), Fault::NeverAnswer);
        let run = S3stream::put(&server, "bucket/key")
            .args(["--timeout", "4s", "--tag", "a=b"])
            .stdin(bytes.clone())
            .run()
            .code(0);
        assert_stored(&server, "key", &bytes);
        assert_stored_and_not_looked_at(&run, "--timeout 4s");
    }
}

/// What was known when it was cut short counts.
#[test]
fn case_65_what_is_known_to_be_wrong_stays_wrong() {
    let server = Server::builder()
        .keep_instead("x-amz-server-side-encryption", Some("AES256"))
        .start();
    server.create_bucket(BUCKET);
    server.fail(Op::HeadObject, Nth::From(1), Fault::NeverAnswer);
    let run = S3stream::put(&server, "bucket/key")
        .args(["--timeout", "1s", "--tag", "a=b", "--sse", "aws:kms"])
        .stdin("data")
        .run()
        .code(1)
        .error(&["stored, but not as asked: ", "AES256", "--timeout 1s"]);
    assert!(run.took < Duration::from_secs(20), "{run}");
}

#[test]
fn case_65_a_look_that_is_never_answered_ends_with_a_signal() {
    let (server, bytes) = (of_many_parts(), noise(PART + 1, 66));
    let hold = server.hold(Op::HeadObject, Nth::From(1));
    let run = S3stream::put(&server, "bucket/key")
        .args(["--tag", "a=b"])
        .stdin(bytes.clone())
        .start();
    assert!(hold.reached(PATIENCE));
    run.signal(Signal::SIGTERM);
    let run = run.wait().code(0);
    assert_stored(&server, "key", &bytes);
    assert_stored_and_not_looked_at(&run, "SIGTERM");
}

/// It is answered soon enough after the signal.
#[test]
fn case_65_a_signal_leaves_time_for_a_look_that_is_answered() {
    let server = Server::builder().drop_tags(true).start();
    server.create_bucket(BUCKET);
    let hold = server.hold(Op::CompleteMultipartUpload, Nth::Call(1));
    let bytes = noise(PART + 1, 67);
    let run = S3stream::put(&server, "bucket/key")
        .args(["--tag", "a=b"])
        .stdin(bytes.clone())
        .start();
    assert!(hold.reached(PATIENCE));
    run.signal(Signal::SIGTERM);
    hold.release();
    let run = run.wait().code(0);
    assert_stored(&server, "key", &bytes);
    assert!(run.stderr.contains("tags were dropped"), "{run}");
}
