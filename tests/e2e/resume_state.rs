//! Case 93: the state file itself.

use crate::harness::*;
use nix::sys::signal::Signal;
use s3_server::{Nth, Op};
use std::fs;
use std::time::Duration;

#[test]
fn case_93_the_state_of_another_object_is_refused_before_any_request() {
    let server = server();
    let upload = Resumed::new(From::File);
    upload.broken_off(&server, Signal::SIGKILL);
    let (before, state) = (server.requests().len(), upload.state_text());
    for destination in ["bucket/other", "other/key"] {
        let run = S3stream::put(&server, destination).arg("--resume");
        let run = run.arg(upload.state()).stdin(noise(9, 1)).run().code(2);
        run.error(&["--resume", "it belongs to s3://bucket/key"]);
    }
    assert_eq!(server.requests().len(), before);
    assert_eq!(upload.state_text(), state);
    assert_kept(&server, 3);
}

#[test]
fn case_93_a_state_is_refused_to_two_runs() {
    let server = server();
    let upload = Resumed::new(From::File);
    let hold = server.hold(Op::UploadPart, Nth::Part(2));
    let first = upload.line(&server).start();
    assert!(hold.reached(Duration::from_secs(30)));
    let second = upload.line(&server).run().code(2);
    second.error(&["the state", "another run"]);
    hold.release();
    first.wait().silent();
    assert_stored(&server, "key", &upload.bytes);
    assert!(!upload.state().exists());
}

#[test]
fn case_93_what_is_no_state_is_left_alone() {
    let server = server();
    let (_folder, other) = file_with(b"precious\n");
    let run = S3stream::put(&server, "bucket/key").arg("--resume");
    let run = run.arg(&other).stdin(noise(9, 1)).run().code(2);
    run.error(&["it is not the state of an upload"]);
    let run = S3stream::put(&server, "bucket/key").args(["--resume", "/nonexistent/state"]);
    run.stdin(noise(9, 1)).run().code(2).error(&["the state"]);
    assert_eq!(fs::read(&other).unwrap(), b"precious\n");
    assert_no_requests(&server);
}

#[test]
fn case_93_a_customers_key_is_not_in_the_state() {
    let (server, _folder, _bundle) = tls_server();
    let key = [b'k'; 32];
    let (_key_folder, key_file) = file_with(&key);
    let path = key_file.to_str().unwrap();
    let upload = Resumed::new(From::File).with(&["--no-verify-ssl", "--sse-c-key-file", path]);
    upload.broken_off(&server, Signal::SIGKILL);
    let state = upload.state_text();
    let base64 = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=";
    for secret in ["kkkkkkkk", base64, &hex::encode(key), s3_server::SECRET_KEY] {
        assert!(!state.contains(secret), "{state}");
    }
    let before = server.requests().len();
    upload.line(&server).run().code(0);
    assert_stored(&server, "key", &upload.bytes);
    assert!(parts_since(&server, before).iter().all(|it| *it > 3));
}

/// What is stored is stored, recorded or not.
#[test]
fn case_93_a_disk_that_is_full_takes_the_state_alone() {
    // Units of 512 bytes: the first line does not fit, or not all the others.
    for (units, told) in [(1, "nobody can go on with this upload"), (3, "sends again")] {
        let server = server();
        let upload = Resumed::new(From::File);
        let full = format!("trap '' XFSZ; ulimit -f {units}; exec \"$0\" \"$@\"");
        let run = upload.line(&server).in_shell(&full).run().code(0);
        assert_eq!(run.stderr.matches("warning:").count(), 1, "{run}");
        assert!(run.stderr.contains(told), "{run}");
        assert_stored(&server, "key", &upload.bytes);
        assert!(!upload.state().exists());
    }
}
