//! Case 94: whatever `doctor` makes is its own and is taken away, or named.

use crate::harness::*;
use nix::sys::signal::Signal;
use s3_server::{BucketOptions, BucketSettings, Fault, Nth, Op, Server};
use std::time::Duration;

fn doctor(server: &Server) -> S3stream {
    S3stream::doctor(server, "bucket/p/").args(["--output", "json"])
}

/// A server with a bucket that keeps versions.
fn versioned(object_lock: bool) -> Server {
    keeping_versions(Server::start(), object_lock)
}

fn keeping_versions(server: Server, object_lock: bool) -> Server {
    let options = BucketOptions {
        object_lock,
        versioning: true,
    };
    server.create_bucket_with(BUCKET, options);
    server
}

/// What became of a check.
#[track_caller]
fn status(run: &Outcome, check: &str) -> String {
    let lines = doctor_lines(run);
    let line = lines.iter().find(|it| it["check"] == check);
    let line = line.unwrap_or_else(|| panic!("{check}: {run}"));
    line["status"].as_str().unwrap().to_owned()
}

/// What is said to be left, with the commands.
fn leftovers(run: &Outcome) -> Vec<String> {
    let lines = doctor_lines(run);
    let lines = lines.iter().filter(|it| it["check"] == "leftovers");
    lines
        .map(|it| format!("{} {}", it["found"], it["hint"]))
        .collect()
}

fn denied() -> Fault {
    Fault::status(403, "AccessDenied")
}

#[test]
fn case_94_versions_are_deleted_by_their_ids() {
    let ignoring = Server::builder().drop_if_none_match(true).start();
    let hiding = Server::builder().hide_version_at_complete(true);
    let hiding = hiding.drop_if_none_match(true).start();
    for server in [
        versioned(false),
        versioned(true),
        keeping_versions(ignoring, false),
        keeping_versions(hiding, false),
    ] {
        let run = doctor(&server).run().code(0);
        assert_eq!(status(&run, "delete"), "ok");
        let deletes = server.requests_of(Op::DeleteObject);
        assert!(deletes.len() >= 2, "{run}");
        assert!(deletes.iter().all(|it| it.query.contains_key("versionId")));
        assert_clean(&server);
    }
    let server = versioned(false);
    let settings = BucketSettings {
        suspended: true,
        ..BucketSettings::default()
    };
    server.set_bucket(BUCKET, settings);
    doctor(&server).run().code(0);
    assert_clean(&server);
}

#[test]
fn case_94_no_object_is_made_where_it_would_stay() {
    let locked = versioned(true);
    let settings = BucketSettings {
        default_retention: true,
        ..BucketSettings::default()
    };
    locked.set_bucket(BUCKET, settings);
    let unknown = server();
    unknown.fail(Op::GetBucketVersioning, Nth::From(1), denied());
    let unlocked = versioned(false);
    unlocked.fail(Op::GetObjectLockConfiguration, Nth::From(1), denied());
    for (server, because) in [
        (locked, "GOVERNANCE for 1 days"),
        (unknown, "s3:GetBucketVersioning is denied"),
        (unlocked, "s3:GetBucketObjectLockConfiguration is denied"),
    ] {
        let run = doctor(&server).run().code(0);
        assert!(run.stdout.contains("not tried, because"), "{run}");
        assert!(run.stdout.contains(because), "{run}");
        for check in ["put-object", "no-overwrite", "delete"] {
            assert_eq!(status(&run, check), "skipped", "{run}");
        }
        let made = server.count(Op::PutObject) + server.count(Op::CompleteMultipartUpload);
        assert_eq!(made, 0, "{run}");
        assert_clean(&server);
    }
}

#[test]
fn case_94_where_delete_is_refused_one_object_is_named_and_no_more_are_made() {
    for server in [server(), versioned(false)] {
        server.fail(Op::DeleteObject, Nth::From(1), denied());
        let run = doctor(&server).run().code(0);
        assert_eq!(status(&run, "delete"), "warning");
        assert_eq!(status(&run, "no-overwrite"), "skipped");
        assert_eq!(server.count(Op::PutObject), 1);
        let left = leftovers(&run);
        assert_eq!(left.len(), 1, "{run}");
        let key = &server.keys(BUCKET)[0];
        let command = format!("aws s3api delete-object --bucket bucket --key {key} ");
        assert!(left[0].contains(&command), "{run}");
        let version = server.object(BUCKET, key).unwrap().version_id;
        let version = version.map_or_else(String::new, |id| format!("--version-id {id} "));
        assert!(left[0].contains(&version), "{run}");
    }
}

#[test]
fn case_94_what_is_there_again_is_deleted_again() {
    for (server, call) in [(versioned(false), 2), (versioned(false), 1)] {
        // Says yes, and does nothing.
        server.fail(Op::DeleteObject, Nth::Call(call), Fault::status(204, ""));
        let run = doctor(&server).run().code(0);
        assert!(leftovers(&run).is_empty(), "{run}");
        assert_clean(&server);
    }
    let server = server();
    server.fail(Op::DeleteObject, Nth::From(1), Fault::status(204, ""));
    let run = doctor(&server).run().code(0);
    assert_eq!(leftovers(&run).len(), 1, "{run}");
}

#[test]
fn case_94_where_abort_is_refused_uploads_are_named() {
    let server = server();
    server.fail(Op::AbortMultipartUpload, Nth::From(1), denied());
    let run = doctor(&server).run().code(0);
    assert_eq!(status(&run, "abort"), "warning");
    let left = leftovers(&run);
    let pending = server.uploads();
    assert_eq!(left.len(), pending.len(), "{run}");
    for upload in pending {
        let command = format!(
            "s3stream uploads abort bucket/{} --upload-id {}",
            upload.key, upload.id
        );
        assert!(left.iter().any(|it| it.contains(&command)), "{run}");
    }
}

#[test]
fn case_94_nothing_else_is_touched() {
    let server = server();
    let kept = ["p/.s3stream-doctor-other", "p/", "p/k"];
    for key in kept {
        old_object(&server, key, 10);
        server.begin_upload(BUCKET, key);
    }
    let runs = [doctor(&server).start(), doctor(&server).start()];
    for run in runs {
        run.wait().code(0);
    }
    let keys = server.keys(BUCKET);
    assert_eq!((keys.len(), server.uploads().len()), (3, 3), "{keys:?}");
    let begin = "p/.s3stream-doctor-";
    let changing = server.requests();
    let changing = changing
        .iter()
        .filter(|it| it.method != "GET" && it.op != Op::HeadBucket);
    for request in changing {
        let key = &request.key;
        let is_ours = key.starts_with(begin) && key.len() == begin.len() + 12;
        assert!(is_ours, "{request:?}");
    }
}

#[test]
fn case_94_a_signal_at_any_moment_leaves_nothing() {
    for (op, call) in [
        (Op::ListObjectsV2, 1),
        (Op::CreateMultipartUpload, 1),
        (Op::CreateMultipartUpload, 3),
        (Op::UploadPart, 1),
        (Op::UploadPart, 7),
        (Op::AbortMultipartUpload, 1),
        (Op::PutObject, 1),
        (Op::PutObject, 3),
        (Op::CompleteMultipartUpload, 1),
        (Op::DeleteObject, 1),
    ] {
        let server = Server::builder().drop_if_none_match(true).start();
        let server = keeping_versions(server, false);
        let hold = server.hold(op, Nth::Call(call));
        let run = doctor(&server).start();
        assert!(hold.reached(Duration::from_secs(20)), "{op:?}");
        run.signal(Signal::SIGTERM);
        run.until_signals_are_taken();
        hold.release();
        let run = run.wait().signal(Signal::SIGTERM);
        let run = run.error(&["ended by SIGTERM", "not known whether s3://bucket/p/"]);
        assert!(server.settle(Duration::from_secs(5)));
        assert!(server.is_clean(BUCKET), "{op:?} {call}: {run}");
    }
}

#[test]
fn case_94_a_second_signal_names_what_is_left() {
    let server = server();
    let hold = server.hold(Op::AbortMultipartUpload, Nth::Call(1));
    let run = doctor(&server).start();
    assert!(hold.reached(Duration::from_secs(20)));
    run.signal(Signal::SIGTERM);
    run.until_signals_are_taken();
    run.signal(Signal::SIGTERM);
    let run = run.wait().signal(Signal::SIGTERM);
    run.error(&["second SIGTERM", "unfinished upload"])
        .hint("s3stream uploads abort bucket/p/.s3stream-doctor-");
}

#[test]
fn case_94_what_a_lost_answer_leaves_is_found() {
    for op in [Op::CreateMultipartUpload, Op::PutObject, Op::UploadPart] {
        for lost in [Fault::ActThenReset, Fault::bare(true, 502)] {
            let server = versioned(false);
            server.fail(op, Nth::Call(1), lost);
            let run = doctor(&server).run();
            assert!(leftovers(&run).is_empty(), "{op:?}: {run}");
            assert!(server.is_clean(BUCKET), "{op:?}: {run}");
        }
    }
}

#[test]
fn case_94_throughput_is_measured_by_parts_of_an_upload_that_is_aborted() {
    let server = Server::builder()
        .storage(s3_server::Storage::Digest)
        .start();
    server.create_bucket(BUCKET);
    let run = doctor(&server)
        .args(["--speed", "--workers", "3"])
        .run()
        .code(0);
    let lines = doctor_lines(&run);
    let speeds = lines.iter().filter(|it| it["check"] == "speed");
    let speeds: Vec<_> = speeds.map(|it| it["found"].as_str().unwrap()).collect();
    assert_eq!(speeds.len(), 2, "{run}");
    assert!(speeds[0].starts_with("1 connection: ") && speeds[0].ends_with("iB/s"));
    assert!(speeds[1].starts_with("3 connections: "), "{run}");
    assert_eq!(server.max_in_flight(), 3);
    assert!(run.took > Duration::from_secs(6), "{run}");
    assert_clean(&server);
}

#[test]
fn case_94_a_standard_output_that_is_full_is_told_and_nothing_is_left() {
    let server = server();
    let full = doctor(&server).in_shell(r#"exec "$0" "$@" >/dev/full"#);
    full.run().code(1).error(&["No space left"]);
    assert_clean(&server);
    let gone = doctor(&server).in_shell(r#""$0" "$@" | head -n 1 >/dev/null"#);
    gone.run().code(0);
    until("nothing is left", || server.is_clean(BUCKET));
}
