//! Case 93: what can't go on begins anew, says so, and leaves nothing of the old upload.

use crate::harness::*;
use nix::sys::signal::Signal;
use s3_server::{BucketOptions, Fault, Nth, Op, Server};

/// The next run of a line that changed, which has to say that it begins anew.
#[track_caller]
fn begins_anew(server: &Server, upload: &Resumed, why: &str) {
    let before = server.requests().len();
    let run = upload.line(server).run().code(0);
    assert!(run.stderr.contains("beginning anew"), "{run}");
    assert!(run.stderr.contains(why), "{why}: {run}");
    assert_stored(server, "key", &upload.bytes);
    assert_eq!(parts_since(server, before)[0], 1);
    assert!(!upload.state().exists());
}

#[test]
fn case_93_another_source_begins_anew() {
    for from in [From::File, From::Pipe, From::Command] {
        let server = server();
        let mut upload = Resumed::new(from);
        upload.broken_off(&server, Signal::SIGKILL);
        upload.bytes[9] ^= 1;
        begins_anew(&server, &upload, "the source is another");
    }
}

#[test]
fn case_93_from_the_first_part_that_differs_all_are_sent() {
    for from in [From::File, From::Pipe] {
        let server = server();
        let mut upload = Resumed::new(from);
        upload.broken_off(&server, Signal::SIGKILL);
        upload.bytes[PART + 9] ^= 1;
        let before = server.requests().len();
        upload.line(&server).run().silent();
        assert_stored(&server, "key", &upload.bytes);
        assert_eq!(parts_since(&server, before), [2, 3, 4, 5, 6], "{from:?}");
    }
}

#[test]
fn case_93_a_source_that_became_shorter_is_stored_as_it_is() {
    for from in [From::File, From::Pipe] {
        let server = server();
        let mut upload = Resumed::new(from);
        upload.broken_off(&server, Signal::SIGKILL);
        upload.bytes.truncate(2 * PART);
        upload.line(&server).run().code(0);
        assert_eq!(assert_stored(&server, "key", &upload.bytes).len(), 2);
        assert!(!upload.state().exists());
    }
    let server = server();
    let mut upload = Resumed::new(From::Pipe);
    upload.broken_off(&server, Signal::SIGKILL);
    upload.bytes.truncate(10);
    upload.line(&server).run().code(0);
    assert_stored(&server, "key", &upload.bytes);
    assert!(!upload.state().exists());
}

#[test]
fn case_93_other_options_begin_anew() {
    for options in [
        &["--storage-class", "STANDARD_IA"][..],
        &["--metadata", "a=1"],
        &["--checksum-algorithm", "CRC32"],
        &["--part-size", "6MiB"],
    ] {
        let server = server();
        let mut upload = Resumed::new(From::File);
        upload.broken_off(&server, Signal::SIGKILL);
        upload = upload.with(options);
        begins_anew(&server, &upload, options[0]);
        assert_eq!(server.count(Op::AbortMultipartUpload), 1);
    }
}

#[test]
fn case_93_a_file_and_a_stream_are_two_sources() {
    let server = server();
    let mut upload = Resumed::new(From::File);
    upload.broken_off(&server, Signal::SIGKILL);
    upload.from = From::Pipe;
    begins_anew(&server, &upload, "its source was a file");
}

#[test]
fn case_93_an_upload_that_is_gone_begins_anew() {
    for from in [From::File, From::Command] {
        let server = server();
        let upload = Resumed::new(from);
        upload.broken_off(&server, Signal::SIGKILL);
        server.lose_uploads();
        begins_anew(&server, &upload, "does not have it any more");
    }
}

#[test]
fn case_93_who_may_not_list_parts_begins_anew() {
    let server = server();
    let upload = Resumed::new(From::File);
    upload.broken_off(&server, Signal::SIGKILL);
    let denied = Fault::status(403, "AccessDenied");
    server.fail(Op::ListParts, Nth::Call(1), denied);
    begins_anew(&server, &upload, "AccessDenied");
}

#[test]
fn case_93_quiet_is_quiet() {
    let server = server();
    let upload = Resumed::new(From::File);
    upload.broken_off(&server, Signal::SIGKILL);
    server.lose_uploads();
    upload.line(&server).arg("-q").run().silent();
    assert_stored(&server, "key", &upload.bytes);
}

#[test]
fn case_93_an_upload_of_another_store_is_named_and_left() {
    let (old, new) = (server(), server());
    let upload = Resumed::new(From::File);
    upload.broken_off(&old, Signal::SIGKILL);
    let run = upload.line(&new).run().code(0);
    let id = old.uploads()[0].id.clone();
    for word in [
        "beginning anew",
        &old.endpoint(),
        "s3stream uploads abort",
        &id,
    ] {
        assert!(run.stderr.contains(word), "{word}: {run}");
    }
    assert_stored(&new, "key", &upload.bytes);
    assert_kept(&old, 3);
}

#[test]
fn case_93_credentials_that_expired_lose_nothing() {
    let server = server();
    let upload = Resumed::new(From::File).with(&["--retries", "0"]);
    upload.broken_off(&server, Signal::SIGKILL);
    let denied = Fault::status(403, "AccessDenied");
    server.fail(Op::Any, Nth::From(1), denied);
    upload.line(&server).run().code(1);
    server.clear_faults();
    assert_kept(&server, 3);
    let before = server.requests().len();
    let run = upload.line(&server).run();
    run.silent();
    assert_stored(&server, "key", &upload.bytes);
    assert!(parts_since(&server, before).iter().all(|it| *it > 3));
}

#[test]
fn case_93_a_lock_counts_from_the_run_that_began_the_upload() {
    let lock = ["--object-lock-mode", "GOVERNANCE"];
    let lock = [&lock[..], &["--object-lock-retain", "30d"]].concat();
    let retained = |server: &Server| {
        let object = server.object(BUCKET, "key").unwrap();
        let until = object.header("x-amz-object-lock-retain-until-date");
        until.unwrap().to_owned()
    };
    let sent = |server: &Server, nth: usize| {
        let create = &server.requests_of(Op::CreateMultipartUpload)[nth];
        let until = create.header("x-amz-object-lock-retain-until-date");
        until.unwrap().to_owned()
    };
    for is_other in [false, true] {
        let server = Server::start();
        let options = BucketOptions {
            object_lock: true,
            ..BucketOptions::default()
        };
        server.create_bucket_with(BUCKET, options);
        let mut upload = Resumed::new(From::File).with(&lock);
        upload.broken_off(&server, Signal::SIGKILL);
        upload.bytes[9] ^= u8::from(is_other);
        let run = upload.line(&server).run().code(0);
        assert_eq!(run.stderr.contains("warning:"), is_other, "{run}");
        assert_eq!(retained(&server), sent(&server, usize::from(is_other)));
        assert_eq!(is_other, sent(&server, 0) < retained(&server));
    }
}
