//! Cases 54 and 55: what is said of an outcome is so, whatever the store or a gateway in front of it
//! answers.

use crate::harness::*;
use nix::sys::signal::Signal;
use s3_server::{Fault, Nth, Op, Server};
use std::time::Duration;

const SIZE: usize = PART + 1;
const COMPLETE: Op = Op::CompleteMultipartUpload;

fn put(server: &Server, bytes: &[u8]) -> S3stream {
    S3stream::put(server, "bucket/key")
        .args(["--retries", "1", "--retry-for", "0s"])
        .stdin(bytes)
}

/// Answers that are not the store's own words, or none, after the request was carried out.
fn carried_out() -> Vec<Fault> {
    let mut faults = vec![Fault::ActThenNeverAnswer, Fault::ActThenReset];
    for status in [403, 405, 499, 500, 502, 504, 599] {
        faults.push(Fault::bare(true, status));
    }
    let body = "<html>502 Bad Gateway</html>".to_owned();
    faults.push(Fault::Instead {
        act: true,
        status: 502,
        body,
    });
    faults
}

#[test]
fn case_54_a_commit_that_is_carried_out_is_stored_whatever_is_answered() {
    for (size, commit) in [(9, Op::PutObject), (SIZE, COMPLETE)] {
        for fault in carried_out() {
            let (server, bytes) = (server(), noise(size, 54));
            old_object(&server, "key", size);
            server.fail(commit, Nth::From(1), fault.clone());
            let run = put(&server, &bytes).impatient_with(&fault).run();
            assert!(run.status.success(), "{fault:?}: {run}");
            assert!(run.stderr.is_empty(), "{fault:?}: {run}");
            assert_stored(&server, "key", &bytes);
        }
    }
}

#[test]
fn case_54_a_put_that_was_not_carried_out_may_be_so_later() {
    for fault in [
        Fault::bare(false, 504),
        Fault::bare(false, 403),
        Fault::NeverAnswer,
    ] {
        let server = server();
        let old = old_object(&server, "key", 9);
        server.fail(Op::PutObject, Nth::From(1), fault.clone());
        put(&server, &noise(9, 55))
            .impatient_with(&fault)
            .run()
            .code(1)
            .error(&["it is not known whether s3://bucket/key is stored"])
            .hint("s3stream-upload=");
        assert_stored(&server, "key", &old);
    }
}

#[test]
fn case_54_what_is_looked_for_is_looked_for_again() {
    let (server, bytes) = (server(), noise(9, 56));
    server.fail(Op::PutObject, Nth::From(1), Fault::bare(true, 504));
    for look in [1, 2] {
        server.fail(Op::HeadObject, Nth::Call(look), Fault::bare(false, 404));
    }
    put(&server, &bytes).run().silent();
    assert_stored(&server, "key", &bytes);
    assert!(server.count(Op::HeadObject) > 2);
}

#[test]
fn case_54_a_refusal_in_the_store_s_own_words_is_one() {
    for (size, commit) in [(9, Op::PutObject), (SIZE, COMPLETE)] {
        for (status, code) in [
            (403, "AccessDenied"),
            (400, "InvalidArgument"),
            (507, "QuotaExceeded"),
        ] {
            let server = server();
            server.fail(commit, Nth::From(1), Fault::status(status, code));
            put(&server, &noise(size, 57))
                .run()
                .code(1)
                .error(&["s3://bucket/key was not stored", code]);
            assert_clean(&server);
            assert_eq!(server.count(Op::HeadObject), 0, "{code}");
        }
    }
}

#[test]
fn case_54_an_upload_that_could_be_aborted_was_not_stored() {
    for fault in [
        Fault::bare(false, 504),
        Fault::bare(false, 403),
        Fault::bare(false, 599),
    ] {
        for blind in [false, true] {
            let server = Server::builder().deny_head(blind).start();
            server.create_bucket(BUCKET);
            server.fail(COMPLETE, Nth::From(1), fault.clone());
            put(&server, &noise(SIZE, 58))
                .run()
                .code(1)
                .error(&["s3://bucket/key was not stored"]);
            assert_clean(&server);
        }
    }
}

#[test]
fn case_54_an_upload_that_is_gone_when_it_is_aborted_may_be_stored() {
    let server = server();
    let gone = Fault::status(404, "NoSuchUpload");
    server.fail(COMPLETE, Nth::From(1), Fault::status(403, "AccessDenied"));
    server.fail(Op::AbortMultipartUpload, Nth::From(1), gone);
    put(&server, &noise(SIZE, 59)).run().code(1).error(&[
        "it is not known whether s3://bucket/key is stored",
        "AccessDenied",
    ]);
    assert!(server.object(BUCKET, "key").is_none());
}

/// SeaweedFS answers 204 to an Abort of an upload that it has completed.
#[test]
fn case_54_an_abort_proves_nothing_of_an_upload_that_was_not_pending() {
    let server = Server::builder().deny_head(true).start();
    server.create_bucket(BUCKET);
    let bytes = noise(SIZE, 60);
    server.fail(COMPLETE, Nth::From(1), Fault::bare(true, 504));
    server.fail(
        Op::AbortMultipartUpload,
        Nth::From(1),
        Fault::bare(false, 204),
    );
    put(&server, &bytes)
        .run()
        .code(1)
        .error(&["it is not known whether s3://bucket/key is stored"]);
    assert_stored(&server, "key", &bytes);
}

#[test]
fn case_54_an_answer_that_comes_before_the_bytes_have_left_is_none() {
    for size in [PART, SIZE] {
        let (server, bytes) = (server(), noise(size, 61));
        let early = Fault::StatusEarly {
            status: 200,
            code: String::new(),
            headers: vec![("etag".to_owned(), "\"early\"".to_owned())],
        };
        let op = if size == PART {
            Op::PutObject
        } else {
            Op::UploadPart
        };
        server.fail(op, Nth::Call(1), early);
        S3stream::put(&server, "bucket/key")
            .args(["--limit-rate", "8MiB", "--checksum-algorithm", "NONE"])
            .stdin(bytes.clone())
            .run()
            .silent();
        assert_stored(&server, "key", &bytes);
        assert!(server.count(op) > 1);
    }
}

#[test]
fn case_55_a_second_signal_during_the_commit_says_that_it_is_not_known() {
    for (size, commit) in [(9, Op::PutObject), (SIZE, COMPLETE)] {
        let server = server();
        let hold = server.hold(commit, Nth::Call(1));
        let run = S3stream::put(&server, "bucket/key")
            .stdin(noise(size, 62))
            .start();
        assert!(hold.reached(PATIENCE));
        run.signal(Signal::SIGINT);
        run.until_signals_are_taken();
        run.signal(Signal::SIGINT);
        let ended = run.wait().signal(Signal::SIGINT);
        let ended = ended.error(&["second SIGINT", "not known whether", "s3://bucket/key"]);
        if commit == COMPLETE {
            let ended = ended.hint("s3stream uploads abort bucket/key");
            ended.hint(&server.uploads()[0].id).without("left behind");
        }
    }
}

#[test]
fn case_55_a_signal_is_obeyed_though_complete_is_never_answered() {
    let server = server();
    server.fail(COMPLETE, Nth::From(1), Fault::NeverAnswer);
    let run = S3stream::put(&server, "bucket/key")
        .stdin(noise(SIZE, 63))
        .start();
    assert!(server.wait_for(COMPLETE, 1, PATIENCE));
    run.signal(Signal::SIGTERM);
    let ended = run.wait().signal(Signal::SIGTERM);
    assert!(ended.took < Duration::from_secs(20), "{ended}");
    ended.error(&["s3://bucket/key was not stored", "SIGTERM"]);
    assert_clean(&server);
}

#[test]
fn case_55_a_signal_is_obeyed_though_complete_drips_blanks() {
    let server = server();
    let bytes = noise(SIZE, 66);
    // Blanks, and XML behind them, for far longer than the signal has patience.
    server.fail(
        COMPLETE,
        Nth::From(1),
        Fault::Dripped(Duration::from_secs(2)),
    );
    let run = S3stream::put(&server, "bucket/key")
        .stdin(bytes.clone())
        .start();
    until("it is made", || server.object(BUCKET, "key").is_some());
    run.signal(Signal::SIGTERM);
    let ended = run.wait();
    assert!(ended.took < Duration::from_secs(25), "{ended}");
    // Found by its token.
    ended.silent();
    assert_stored(&server, "key", &bytes);
}

/// A gateway gives up on a request that is carried out behind it a second later.
#[test]
fn case_54_a_put_that_is_carried_out_late_is_stored() {
    for status in [Some(504), None] {
        let (server, bytes) = (server(), noise(9, 67));
        old_object(&server, "key", 9);
        let after = Duration::from_secs(1);
        server.fail(Op::PutObject, Nth::From(1), Fault::Late { status, after });
        S3stream::put(&server, "bucket/key")
            .args(["--retries", "0"])
            .stdin(bytes.clone())
            .run()
            .silent();
        assert_stored(&server, "key", &bytes);
    }
}

#[test]
fn case_55_a_put_that_had_left_when_the_signal_came_is_looked_for() {
    let (server, bytes) = (server(), noise(9, 64));
    server.fail(Op::PutObject, Nth::From(1), Fault::ActThenNeverAnswer);
    let run = S3stream::put(&server, "bucket/key")
        .stdin(bytes.clone())
        .start();
    assert!(server.wait_for_ended(Op::PutObject, 1, PATIENCE));
    run.signal(Signal::SIGTERM);
    run.wait().silent();
    assert_stored(&server, "key", &bytes);
}

/// s3s-fs forgets the upload with the first Abort, and refuses the second.
#[test]
fn an_abort_that_succeeded_and_left_no_part_is_one() {
    let server = server();
    server.fail(
        Op::UploadPart,
        Nth::From(1),
        Fault::status(403, "AccessDenied"),
    );
    let list = "<ListPartsResult></ListPartsResult>".to_owned();
    let nothing = Fault::Instead {
        act: false,
        status: 200,
        body: list,
    };
    server.fail(Op::ListParts, Nth::From(1), nothing);
    let run = put(&server, &noise(SIZE, 65)).run().code(1);
    run.error(&["s3://bucket/key was not stored"])
        .without("left behind");
    assert_clean(&server);
    assert_eq!(server.count(Op::AbortMultipartUpload), 1);
}
