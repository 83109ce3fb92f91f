//! Case 93: an outcome that was not known is found out by the next run.

use crate::harness::*;
use nix::sys::signal::Signal;
use s3_server::{Fault, Nth, Op, Server};
use std::time::Duration;

/// The run is killed once the store has made the object, and before it says so.
fn killed_after_complete(server: &Server, upload: &Resumed) {
    server.fail(
        Op::CompleteMultipartUpload,
        Nth::Call(1),
        Fault::ActThenNeverAnswer,
    );
    let run = upload.line(server).start();
    until("the object is there", || {
        server.object(BUCKET, "key").is_some()
    });
    run.signal(Signal::SIGKILL);
    run.wait().signal(Signal::SIGKILL);
    assert!(upload.state_text().contains("committing"));
}

#[test]
fn case_93_what_was_stored_and_not_learned_of_is_not_sent_again() {
    for from in [From::File, From::Pipe, From::Command] {
        let server = server();
        let upload = Resumed::new(from).with(&["--no-overwrite"]);
        killed_after_complete(&server, &upload);
        let before = server.requests().len();
        upload.line(&server).run().silent();
        assert_stored(&server, "key", &upload.bytes);
        assert_eq!(parts_since(&server, before), [0; 0], "{from:?}");
        assert_eq!(count_since(&server, before, Op::CreateMultipartUpload), 0);
        assert!(!upload.state().exists());
    }
}

/// Tonight's dump must not be taken for last night's.
#[test]
fn case_93_another_source_replaces_what_was_stored() {
    for (from, at) in [(From::File, 9), (From::File, 3 * PART), (From::Pipe, 9)] {
        let server = server();
        let mut upload = Resumed::new(from);
        killed_after_complete(&server, &upload);
        upload.bytes[at] ^= 1;
        let run = upload.line(&server).run().code(0);
        assert!(run.stderr.contains("beginning anew"), "{run}");
        assert_stored(&server, "key", &upload.bytes);
        assert!(!upload.state().exists());
    }
}

#[test]
fn case_93_a_stream_that_differs_late_from_what_was_stored_is_told() {
    let server = server();
    let mut upload = Resumed::new(From::Pipe);
    killed_after_complete(&server, &upload);
    upload.bytes[3 * PART] ^= 1;
    let run = upload.line(&server).run().code(1);
    run.error(&["the source is another by now"])
        .hint("again sends all");
    assert!(!upload.state().exists());
    upload.line(&server).run().silent();
    assert_stored(&server, "key", &upload.bytes);
}

#[test]
fn case_93_an_answer_that_was_lost_keeps_the_state() {
    for stored in [true, false] {
        let server = server();
        let upload = Resumed::new(From::File).with(&["--retries", "0"]);
        let lost = match stored {
            true => Fault::ActThenReset,
            false => Fault::bare(false, 504),
        };
        server.fail(Op::CompleteMultipartUpload, Nth::Call(1), lost);
        // Nor can it be looked for.
        server.fail(Op::HeadObject, Nth::From(1), Fault::internal_error());
        let ended = upload.line(&server).limit(Duration::from_secs(120)).run();
        let ended = ended.code(1).error(&["it is not known whether"]);
        ended.hint("the same line again goes on");
        assert_eq!(server.count(Op::AbortMultipartUpload), 0);
        server.clear_faults();
        let before = server.requests().len();
        upload.line(&server).run().silent();
        assert_stored(&server, "key", &upload.bytes);
        assert_eq!(parts_since(&server, before), [0; 0], "{stored}");
        assert!(!upload.state().exists());
    }
}

#[test]
fn case_93_a_second_signal_says_that_the_upload_is_kept() {
    let server = server();
    let upload = Resumed::new(From::File);
    let hold = server.hold(Op::CompleteMultipartUpload, Nth::Call(1));
    let run = upload.line(&server).start();
    assert!(hold.reached(Duration::from_secs(30)));
    run.signal(Signal::SIGTERM);
    run.until_signals_are_taken();
    run.signal(Signal::SIGTERM);
    let ended = run.wait().signal(Signal::SIGTERM);
    ended.hint("the same line again goes on");
    hold.release();
    until("it is stored", || server.object(BUCKET, "key").is_some());
    upload.line(&server).run().silent();
    assert_stored(&server, "key", &upload.bytes);
}

#[test]
fn case_93_a_complete_that_is_refused_for_its_parts_ends_the_upload() {
    let server = server();
    let upload = Resumed::new(From::File);
    let refused = Fault::status(400, "InvalidPart");
    server.fail(Op::CompleteMultipartUpload, Nth::Call(1), refused);
    upload.line(&server).run().code(1).without("kept");
    assert_clean(&server);
    assert!(!upload.state().exists());
}
