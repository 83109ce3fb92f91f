//! Case 68: outages, which are sat out once the store has answered in this run.

use crate::harness::*;
use s3_server::{ACCESS_KEY, Door, Fault, Nth, Op, SECRET_KEY, Server};
use std::time::Duration;

const COMPLETE: Op = Op::CompleteMultipartUpload;

/// Failures without an answer of S3's own.
fn unanswered() -> Vec<Fault> {
    let mut faults = vec![Fault::ResetMidBody(0), Fault::CloseMidBody(0)];
    faults.extend([502, 503, 504].map(|status| Fault::bare(false, status)));
    faults
}

/// These calls of `op` fail in a row.
fn fail_often(server: &Server, op: Op, fault: &Fault) {
    for call in 1..=8 {
        server.fail(op, Nth::Call(call), fault.clone());
    }
}

#[test]
fn case_68_all_connections_are_cut_for_a_while_after_the_first_part() {
    for closed in [Door::Resets, Door::Refuses] {
        let (server, bytes) = (server(), noise(4 * PART + 1, 68));
        let door = server.door();
        server.on(Op::UploadPart, Nth::Call(2), move |_| {
            door.set(closed);
            let door = door.clone();
            std::thread::spawn(move || {
                // The outage itself: twenty times what the retries take.
                std::thread::sleep(Duration::from_secs(3));
                door.set(Door::Open);
            });
        });
        S3stream::put(&server, "bucket/key")
            .args(["--workers", "1", "--retries", "3"])
            .stdin(bytes.clone())
            .run()
            .silent();
        assert_stored(&server, "key", &bytes);
    }
}

#[test]
fn case_68_whatever_moves_the_upload_on_sits_an_outage_out() {
    for fault in unanswered() {
        for op in [Op::UploadPart, COMPLETE] {
            let (server, bytes) = (server(), noise(PART + 1, 69));
            fail_often(&server, op, &fault);
            S3stream::put(&server, "bucket/key")
                .args(["--retries", "1", "--workers", "1"])
                .stdin(bytes.clone())
                .run()
                .silent();
            assert_stored(&server, "key", &bytes);
        }
        let (server, bytes) = (server(), noise(9, 70));
        fail_often(&server, Op::PutObject, &fault);
        // The look before it is what the store answers.
        S3stream::put(&server, "bucket/key")
            .args(["--retries", "1", "--no-overwrite"])
            .stdin(bytes.clone())
            .run()
            .silent();
        assert_stored(&server, "key", &bytes);
    }
}

#[test]
fn case_68_without_retries_an_outage_is_sat_out_only_where_asked_for() {
    let fault = Fault::ResetMidBody(0);
    for (options, stored) in [
        (&["--retries", "0"][..], false),
        (&["--retries", "2", "--retry-for", "0s"], false),
        (&["--retries", "0", "--retry-for", "10m"], true),
    ] {
        let (server, bytes) = (server(), noise(PART + 1, 71));
        if stored {
            fail_often(&server, Op::UploadPart, &fault);
        } else {
            server.fail(Op::UploadPart, Nth::From(1), fault.clone());
        }
        let run = S3stream::put(&server, "bucket/key")
            .args(options)
            .args(["--workers", "1"])
            .stdin(bytes.clone())
            .run();
        if stored {
            run.silent();
            assert_stored(&server, "key", &bytes);
        } else {
            run.code(1).error(&["UploadPart of part 1"]);
            assert_clean(&server);
        }
    }
}

#[test]
fn case_68_an_outage_is_not_sat_out_for_ever() {
    let server = server();
    server.fail(Op::UploadPart, Nth::From(1), Fault::ResetMidBody(0));
    let run = S3stream::put(&server, "bucket/key")
        .args(["--retries", "1", "--retry-for", "1s"])
        .stdin(noise(PART + 1, 74))
        .run()
        .code(1)
        .hint("--retry-for");
    assert!(run.took >= Duration::from_secs(1), "{run}");
    assert_clean(&server);
}

#[test]
fn case_68_an_answer_of_s3_s_own_is_no_outage() {
    let server = server();
    let fault = Fault::status(503, "ServiceUnavailable");
    server.fail(Op::UploadPart, Nth::From(1), fault);
    S3stream::put(&server, "bucket/key")
        .args(["--retries", "2", "--workers", "1"])
        .stdin(noise(PART + 1, 75))
        .run()
        .code(1)
        .error(&["ServiceUnavailable", "after 3 attempts"]);
    assert_clean(&server);
}

#[test]
fn case_68_an_outage_ends_with_the_timeout() {
    let server = server();
    let door = server.door();
    server.on(Op::UploadPart, Nth::Call(2), move |_| {
        door.set(Door::Refuses);
    });
    let run = S3stream::put(&server, "bucket/key")
        .args(["--retries", "1", "--timeout", "2s"])
        .args(["--retry-delay", "1h", "--retry-max-delay", "1h"])
        .stdin(noise(2 * PART + 1, 76))
        .run()
        .code(1)
        .error(&["s3://bucket/key", "--timeout 2s", "left behind"]);
    // Cleaning up has its own time.
    assert!(run.took < Duration::from_secs(32), "{run}");
}

#[test]
fn waits_end_with_the_outage() {
    let (server, bytes) = (server(), noise(PART + 1, 77));
    server.fail(Op::UploadPart, Nth::Part(1), Fault::ResetMidBody(0));
    let other = server.hold(Op::UploadPart, Nth::Part(2));
    let (_folder, path) = mark();
    let run = S3stream::put(&server, "bucket/key")
        .args(["-v", "--workers", "2"])
        .args(["--retry-delay", "10h", "--retry-max-delay", "10h"])
        .stderr(std::fs::File::create(&path).unwrap())
        .stdin(bytes.clone())
        .start();
    assert!(other.reached(PATIENCE));
    until("it waits", || {
        let told = std::fs::read_to_string(&path).unwrap();
        told.contains("; attempt 2 in ")
    });
    other.release();
    let run = run.wait();
    assert!(run.status.success(), "{run}");
    assert_stored(&server, "key", &bytes);
}

#[test]
fn a_store_that_was_never_reached_ends_the_run_with_the_first_file() {
    let folder = tree(&small(60));
    let nobody = format!("http://{}", unused_address());
    let run = S3stream::new()
        .args(["put-many", "bucket", "-r", "--retries", "1"])
        .args(["--workers", "2", "--retry-delay", "10ms"])
        .args(["--endpoint-url", &nobody])
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .arg(folder.path().join("src"))
        .run()
        .code(1);
    assert!(run.stderr.contains("60 files were not stored"), "{run}");
    let failed = run.stderr.matches("refused").count();
    // The first one, and those that were under way beside it.
    assert!((1..=3).contains(&failed), "{run}");
}
