//! Cases 24 and 32: Complete fails, late or for good.

use crate::harness::*;
use nix::sys::signal::Signal;
use s3_server::{Fault, Nth, Op, Server};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

const SIZE: usize = PART + 1;
const COMPLETE: Op = Op::CompleteMultipartUpload;
const LONG: Duration = Duration::from_secs(20);

fn error_body(code: &str) -> Fault {
    Fault::OkWithErrorBody {
        code: code.to_owned(),
    }
}

#[test]
fn case_24_an_error_after_200_is_tried_again() {
    // The last one is no answer of S3's at all.
    for code in ["InternalError", "SlowDown", "ServiceUnavailable", ""] {
        let (server, bytes) = (server(), noise(SIZE, 24));
        let old = old_object(&server, "key", SIZE);
        assert_ne!(old, bytes);
        server.fail(COMPLETE, Nth::Call(1), error_body(code));
        S3stream::put(&server, "bucket/key")
            .stdin(bytes.clone())
            .run()
            .silent();
        assert_stored(&server, "key", &bytes);
        assert_eq!(server.count(COMPLETE), 2, "{code}");
    }
}

#[test]
fn case_24_an_error_after_200_that_stays_commits_nothing() {
    for (code, attempts) in [("InternalError", 3), ("AccessDenied", 1)] {
        for with_old in [false, true] {
            let server = server();
            let old = with_old.then(|| old_object(&server, "key", SIZE));
            server.fail(COMPLETE, Nth::From(1), error_body(code));
            S3stream::put(&server, "bucket/key")
                .args(["--retries", "2"])
                .stdin(noise(SIZE, 25))
                .run()
                .code(1)
                .error(&["s3://bucket/key", "CompleteMultipartUpload", code]);
            match old {
                Some(old) => drop(assert_stored(&server, "key", &old)),
                None => assert_clean(&server),
            }
            assert_eq!(server.count(COMPLETE), attempts, "{code}");
            assert_eq!(server.count(Op::AbortMultipartUpload), 1, "{code}");
        }
    }
}

#[test]
fn case_32_an_object_in_the_way_is_found_before_anything_is_sent() {
    for size in [9, SIZE] {
        let server = server();
        let old = old_object(&server, "key", size);
        S3stream::put(&server, "bucket/key")
            .arg("--no-overwrite")
            .stdin(noise(size, 32))
            .run()
            .code(4)
            .error(&["s3://bucket/key", "already"])
            .hint("--no-overwrite");
        assert_stored(&server, "key", &old);
        assert_eq!(server.requests().len(), server.count(Op::HeadObject));
    }
}

#[test]
fn case_32_the_commit_itself_refuses_to_overwrite() {
    for (size, commit) in [(9, Op::PutObject), (SIZE, COMPLETE)] {
        // Who may not look, and who looked before the other one wrote.
        let blind = Server::builder().deny_head(true).start();
        blind.create_bucket(BUCKET);
        old_object(&blind, "key", size);
        let raced = Arc::new(server());
        let weak: Weak<Server> = Arc::downgrade(&raced);
        raced.on(commit, Nth::Call(1), move |_| {
            old_object(&weak.upgrade().unwrap(), "key", size);
        });
        for server in [&blind, &raced] {
            S3stream::put(server, "bucket/key")
                .arg("--no-overwrite")
                .stdin(noise(size, 33))
                .run()
                .code(4)
                .error(&["s3://bucket/key", "PreconditionFailed", "HTTP 412"])
                .hint("--no-overwrite");
            assert_stored(server, "key", &noise(size, 0x01d));
            let sent = only(server, commit);
            assert_eq!(sent.header("if-none-match"), Some("*"));
        }
    }
}

#[test]
fn case_32_without_the_option_no_condition_is_sent() {
    for size in [9, SIZE] {
        let (server, bytes) = (server(), noise(size, 34));
        old_object(&server, "key", size);
        S3stream::put(&server, "bucket/key")
            .stdin(bytes.clone())
            .run()
            .silent();
        assert_stored(&server, "key", &bytes);
        for request in server.requests() {
            assert_eq!(request.header("if-none-match"), None);
        }
    }
}

#[test]
fn case_32_a_conflict_of_a_stream_commits_nothing() {
    let server = server();
    let conflict = Fault::status(409, "ConditionalRequestConflict");
    server.fail(COMPLETE, Nth::Call(1), conflict);
    S3stream::put(&server, "bucket/key")
        .arg("--no-overwrite")
        .stdin(noise(SIZE, 35))
        .run()
        .code(4)
        .error(&["s3://bucket/key", "ConditionalRequestConflict"])
        .hint("again");
    assert_clean(&server);
    assert_eq!(server.count(COMPLETE), 1);
}

#[test]
fn case_32_a_conflict_of_a_single_object_is_tried_again() {
    // All of its bytes are still here.
    let (server, bytes) = (server(), noise(9, 36));
    let conflict = Fault::status(409, "ConditionalRequestConflict");
    server.fail(Op::PutObject, Nth::Call(1), conflict);
    S3stream::put(&server, "bucket/key")
        .arg("--no-overwrite")
        .stdin(bytes.clone())
        .run()
        .silent();
    assert_stored(&server, "key", &bytes);
    assert_eq!(server.count(Op::PutObject), 2);
}

#[test]
fn case_37_a_signal_ends_the_retries_of_complete() {
    let server = server();
    server.fail(COMPLETE, Nth::From(1), Fault::slow_down());
    let run = S3stream::put(&server, "bucket/key")
        .args(["--retries", "1000"])
        .stdin(noise(SIZE, 38))
        .start();
    assert!(server.wait_for(COMPLETE, 3, LONG));
    run.signal(Signal::SIGTERM);
    run.wait()
        .signal(Signal::SIGTERM)
        .error(&["s3://bucket/key", "SIGTERM"]);
    assert_clean(&server);
}

#[test]
fn case_25_a_complete_that_is_carried_out_after_all_is_noticed() {
    // No answer in time, no object yet when it is looked for; then the store makes it, and the
    // abort finds no upload.
    let (server, bytes) = (Arc::new(server()), noise(SIZE, 39));
    let hold = Mutex::new(Some(server.hold(COMPLETE, Nth::Call(1))));
    let weak: Weak<Server> = Arc::downgrade(&server);
    server.on(Op::AbortMultipartUpload, Nth::Call(1), move |_| {
        // From another thread: this one would keep what it wakes to itself.
        let hold = hold.lock().unwrap().take();
        std::thread::spawn(move || drop(hold)).join().unwrap();
        let server = weak.upgrade().unwrap();
        assert!(server.wait_for_ended(COMPLETE, 1, LONG));
    });
    S3stream::put(&server, "bucket/key")
        // Complete is given five times as long.
        .args(["--retries", "0", "--stall-timeout", "600ms"])
        .stdin(bytes.clone())
        .run()
        .silent();
    assert_stored(&server, "key", &bytes);
}
