//! Case 88: `uploads abort` takes what it was told to, until the store shows no part, and says what is left.

use crate::harness::*;
use nix::sys::signal::Signal;
use s3_server::{Fault, Nth, Op, Server};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);
const ABORT: Op = Op::AbortMultipartUpload;

fn abort(server: &Server, place: &str) -> S3stream {
    S3stream::uploads(server, "abort", place)
}

#[test]
fn case_88_abort_wants_to_know_which() {
    let server = server();
    abort(&server, "bucket")
        .run()
        .code(2)
        .error(&["--older-than", "--upload-id"]);
    assert_no_requests(&server);
}

#[test]
fn case_88_only_what_is_old_enough_is_aborted() {
    let server = server();
    server.begin_upload(BUCKET, "old");
    server.begin_upload(BUCKET, "old");
    server.age_uploads(8 * DAY);
    server.begin_upload(BUCKET, "new");
    let weekly = ["--older-than", "7d"];
    let run = abort(&server, "bucket")
        .args(weekly)
        .args(["--dry-run", "--output", "json"]);
    let told = upload_lines(&run.run().code(0));
    assert!(
        told.iter()
            .all(|it| it["key"] == "old" && it["status"] == "would-abort")
    );
    assert_eq!((told.len(), server.uploads().len()), (2, 3));
    abort(&server, "bucket").args(weekly).run().silent();
    let left = server.uploads();
    assert_eq!((left.len(), left[0].key.as_str()), (1, "new"));
}

#[test]
fn case_88_the_age_that_decides_is_by_the_store_s_clock() {
    let server = Server::builder().clock_ahead(2 * DAY).start();
    server.create_bucket(BUCKET);
    server.begin_upload(BUCKET, "key");
    abort(&server, "bucket")
        .args(["--older-than", "3d"])
        .run()
        .silent();
    assert_eq!(server.uploads().len(), 1);
    abort(&server, "bucket")
        .args(["--older-than", "1d"])
        .run()
        .silent();
    assert_clean(&server);
}

#[test]
fn case_88_what_has_no_age_is_left_and_named() {
    let server = Server::builder().hide_initiated(true).start();
    server.create_bucket(BUCKET);
    let id = server.begin_upload(BUCKET, "key");
    let run = abort(&server, "bucket")
        .args(["--older-than", "1d"])
        .run()
        .code(1);
    run.error(&["its age is not known", &id]);
    abort(&server, "bucket")
        .args(["--older-than", "0s"])
        .run()
        .silent();
    assert_clean(&server);
}

#[test]
fn case_88_an_id_needs_no_permission_to_list() {
    let server = Server::builder()
        .deny_list_uploads(true)
        .deny_list_parts(true)
        .start();
    server.create_bucket(BUCKET);
    let [first, second, third] = [(); 3].map(|()| server.begin_upload(BUCKET, "a key/"));
    abort(&server, "s3://bucket/a key/")
        .args(["--upload-id", &first, "--upload-id", &third])
        .run()
        .silent();
    let left = server.uploads();
    assert_eq!((left.len(), &left[0].id), (1, &second));
    assert_eq!(server.count(Op::ListMultipartUploads), 0);
}

#[test]
fn case_88_an_id_that_is_not_there_is_no_success() {
    let server = server();
    let id = server.begin_upload(BUCKET, "key");
    for (place, id) in [("bucket/key", "other"), ("bucket/kez", id.as_str())] {
        let run = abort(&server, place)
            .args(["--upload-id", id])
            .run()
            .code(1);
        run.error(&[id, "no such upload"]);
    }
    assert_eq!(server.uploads().len(), 1);
}

#[test]
fn case_88_what_can_t_be_aborted_is_named_and_the_others_are_gone() {
    let server = server();
    let ids = ["a", "b", "c"].map(|key| server.begin_upload(BUCKET, key));
    server.fail(
        ABORT,
        Nth::Key("b".to_owned()),
        Fault::status(403, "AccessDenied"),
    );
    let run = abort(&server, "bucket")
        .args(["--older-than", "0s"])
        .run()
        .code(3);
    let run = run.error(&["1 of 3 unfinished uploads of s3://bucket/ are not aborted"]);
    let named = format!("not aborted: upload {} of s3://bucket/b: ", ids[1]);
    assert!(
        run.stderr.contains(&named) && run.stderr.contains("AccessDenied"),
        "{run}"
    );
    assert_eq!(server.uploads().len(), 1);
    let run = abort(&server, "bucket")
        .args(["--older-than", "0s"])
        .run()
        .code(1);
    run.error(&["s3://bucket/b is not aborted", "AccessDenied"]);
}

#[test]
fn case_88_parts_that_arrive_after_an_abort_are_aborted_too() {
    let server = server();
    let hold = server.hold(Op::UploadPart, Nth::Part(2));
    let run = S3stream::put(&server, "bucket/key")
        .args(["--workers", "1"])
        .stdin(noise(2 * PART, 90))
        .start();
    assert!(hold.reached(Duration::from_secs(20)));
    run.signal(Signal::SIGKILL);
    run.wait().signal(Signal::SIGKILL);
    // Says yes and does nothing, as if a part had been on its way.
    server.fail(ABORT, Nth::Call(1), Fault::status(204, ""));
    abort(&server, "bucket")
        .args(["--older-than", "0s"])
        .run()
        .silent();
    assert_clean(&server);
    assert_eq!(server.count(ABORT), 2);
}

#[test]
fn case_88_keys_that_are_not_encoded_as_told_are_found() {
    for denied in [false, true] {
        let server = Server::builder()
            .uploads_keys_raw(true)
            .deny_list_parts(denied)
            .start();
        server.create_bucket(BUCKET);
        for key in ["a+b", "a%20b", "a b", "ü"] {
            server.begin_upload(BUCKET, key);
        }
        abort(&server, "bucket")
            .args(["--older-than", "0s"])
            .run()
            .silent();
        assert_clean(&server);
    }
}

#[test]
fn case_88_a_signal_ends_it_and_what_was_aborted_is_told() {
    let server = server();
    for number in 0..40 {
        server.begin_upload(BUCKET, &format!("k{number:02}"));
    }
    let hold = server.hold(ABORT, Nth::Call(20));
    let run = abort(&server, "bucket")
        .args(["--older-than", "0s"])
        .start();
    assert!(hold.reached(Duration::from_secs(20)));
    run.signal(Signal::SIGTERM);
    run.until_signals_are_taken();
    hold.release();
    let run = run.wait().signal(Signal::SIGTERM);
    let gone = 40 - server.uploads().len();
    run.error(&[
        "ended by SIGTERM",
        &format!("{gone} of 40 unfinished uploads of s3://bucket/ were aborted"),
    ]);
}
