//! Case 88: `uploads list` shows every unfinished upload, of any store that lets it.

use crate::harness::*;
use nix::sys::signal::Signal;
use s3_server::{Fault, Markers, Nth, Op, Server};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);

fn list(server: &Server, place: &str) -> S3stream {
    S3stream::uploads(server, "list", place).args(["--output", "json"])
}

fn ids(lines: &[Value]) -> BTreeSet<String> {
    let ids = lines.iter().map(|it| it["upload_id"].as_str().unwrap());
    ids.map(ToOwned::to_owned).collect()
}

fn pending(server: &Server) -> BTreeSet<String> {
    server.uploads().into_iter().map(|it| it.id).collect()
}

#[test]
fn case_88_what_sigkill_leaves_is_listed_and_aborted_by_age() {
    let server = server();
    let hold = server.hold(Op::UploadPart, Nth::Part(3));
    let run = S3stream::put(&server, "bucket/key")
        .args(["--workers", "1"])
        .stdin(noise(3 * PART, 88))
        .start();
    assert!(hold.reached(Duration::from_secs(20)));
    run.signal(Signal::SIGKILL);
    run.wait().signal(Signal::SIGKILL);
    server.age_uploads(Duration::from_secs(3 * 3600 + 270));
    let run = S3stream::uploads(&server, "list", "bucket").run().code(0);
    let upload = server.uploads().remove(0);
    let row = run.stdout.lines().nth(1).unwrap();
    let id = upload.id.as_str();
    for word in ["3h 4m", " 2  10.00 MiB", "key", id] {
        assert!(row.contains(word), "{word}: {run}");
    }
    let abort = |age| S3stream::uploads(&server, "abort", "bucket").args(["--older-than", age]);
    abort("1d").run().silent();
    assert_eq!(server.uploads().len(), 1);
    abort("0s").run().silent();
    assert_clean(&server);
}

#[test]
fn case_88_all_uploads_are_listed_by_stores_of_any_markers() {
    for markers in [
        Markers::AsOnS3,
        Markers::Untold,
        Markers::KeyAlone,
        Markers::Repeated,
    ] {
        let server = Server::builder().uploads_markers(markers).start();
        server.create_bucket(BUCKET);
        for number in 0..1201 {
            server.begin_upload(BUCKET, &format!("n/{number:05}"));
        }
        server.begin_upload(BUCKET, "n/00999");
        server.begin_upload(BUCKET, "n/00999");
        let run = list(&server, "bucket/n/").run().code(0);
        let lines = upload_lines(&run);
        assert_eq!(lines.len(), 1203, "{markers:?}");
        assert_eq!(ids(&lines), pending(&server), "{markers:?}");
    }
}

#[test]
fn case_88_where_markers_are_ignored_the_list_says_that_it_is_not_whole() {
    let server = Server::builder().uploads_markers(Markers::Ignored).start();
    server.create_bucket(BUCKET);
    for number in 0..1001 {
        server.begin_upload(BUCKET, &format!("n/{number:05}"));
    }
    let run = list(&server, "bucket").run().code(1);
    assert_eq!(upload_lines(&run).len(), 1000);
    run.error(&["not all unfinished uploads of s3://bucket/ are known"])
        .hint("PREFIX");
    assert!(server.count(Op::ListMultipartUploads) <= 3);
}

#[test]
fn case_88_any_key_comes_through() {
    let server = server();
    let keys = ["a b+c&d=e%20", "k\u{7}\u{1b}[2J", "ü/数据", "../up"];
    for key in keys {
        server.begin_upload(BUCKET, key);
    }
    let run = list(&server, "bucket").run().code(0);
    assert_eq!(server.count(Op::ListParts), keys.len());
    let lines = upload_lines(&run);
    let listed: BTreeSet<_> = lines.iter().map(|it| it["key"].as_str().unwrap()).collect();
    assert_eq!(listed, BTreeSet::from(keys));
    for line in &lines {
        // ListParts names the key, and has no encoding-type for what XML can't hold.
        let is_told = !line["key"].as_str().unwrap().contains(char::is_control);
        assert_eq!(line["parts"] == 0 && line["bytes"] == 0, is_told, "{line}");
    }
    let run = S3stream::uploads(&server, "list", "bucket").run().code(0);
    assert_eq!(run.stdout.lines().count(), 1 + keys.len(), "{run}");
    assert!(!run.stdout.contains('\u{1b}'), "{run}");
}

#[test]
fn case_88_a_prefix_is_what_keys_begin_with() {
    let server = server();
    for key in ["p", "p/a", "pq", "o"] {
        server.begin_upload(BUCKET, key);
    }
    for (place, count) in [("bucket/p", 3), ("bucket/p/", 1), ("s3://bucket", 4)] {
        assert_eq!(
            upload_lines(&list(&server, place).run().code(0)).len(),
            count,
            "{place}"
        );
    }
    list(&server, "bucket/none").run().silent();
}

#[test]
fn case_88_parts_on_several_pages_are_all_counted() {
    let server = Server::builder().most_parts_listed(2).start();
    server.create_bucket(BUCKET);
    server.fail(
        Op::CompleteMultipartUpload,
        Nth::From(1),
        Fault::status(403, "AccessDenied"),
    );
    server.fail(
        Op::AbortMultipartUpload,
        Nth::From(1),
        Fault::status(403, "AccessDenied"),
    );
    S3stream::put(&server, "bucket/key")
        .stdin(noise(3 * PART + 7, 89))
        .run()
        .code(1)
        .hint("s3stream uploads abort bucket/key --upload-id ");
    let lines = upload_lines(&list(&server, "bucket").run().code(0));
    assert_eq!(lines[0]["parts"], 4);
    assert_eq!(lines[0]["bytes"], 3 * PART + 7);
}

#[test]
fn case_88_the_age_is_by_the_store_s_clock() {
    let ahead = 3 * DAY;
    let server = Server::builder().clock_ahead(ahead).start();
    server.create_bucket(BUCKET);
    server.begin_upload(BUCKET, "key");
    let lines = upload_lines(&list(&server, "bucket").run().code(0));
    let age = lines[0]["age_seconds"].as_u64().unwrap();
    assert!(
        // Both times are told in whole seconds.
        (ahead.as_secs() - 1..ahead.as_secs() + 60).contains(&age),
        "{age}"
    );
}

#[test]
fn who_may_not_list_parts_sees_the_uploads() {
    let server = Server::builder().deny_list_parts(true).start();
    server.create_bucket(BUCKET);
    server.begin_upload(BUCKET, "key");
    let run = list(&server, "bucket").run().code(0);
    assert!(upload_lines(&run)[0]["parts"].is_null(), "{run}");
    assert!(
        run.stderr.contains("the parts of 1 upload are not known"),
        "{run}"
    );
}

#[test]
fn what_can_t_be_listed_fails_with_a_way_out() {
    let server = Server::builder().deny_list_uploads(true).start();
    server.create_bucket(BUCKET);
    list(&server, "bucket/p")
        .run()
        .code(1)
        .error(&["s3://bucket/p can't be listed", "AccessDenied"])
        .hint("s3:ListBucketMultipartUploads");
    let server = crate::harness::server();
    server.fail(
        Op::ListMultipartUploads,
        Nth::From(1),
        Fault::status(501, "NotImplemented"),
    );
    list(&server, "bucket").run().code(1).hint("--upload-id");
}

#[test]
fn a_page_that_can_t_be_had_leaves_the_others() {
    let server = server();
    for number in 0..1001 {
        server.begin_upload(BUCKET, &format!("n/{number:05}"));
    }
    server.fail(
        Op::ListMultipartUploads,
        Nth::Call(2),
        Fault::status(403, "AccessDenied"),
    );
    let run = list(&server, "bucket")
        .run()
        .code(1)
        .error(&["AccessDenied"]);
    assert_eq!(upload_lines(&run).len(), 1000);
}
