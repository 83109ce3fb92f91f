//! Case 93: an upload that broke off goes on.

use crate::harness::*;
use nix::sys::signal::Signal;
use s3_server::{Fault, Nth, Op};
use serde_json::Value;
use std::fs;

const ALL: [From; 3] = [From::File, From::Pipe, From::Command];

#[test]
fn case_93_after_sigkill_the_same_line_sends_the_rest_only() {
    for from in ALL {
        let server = server();
        let upload = Resumed::new(from);
        upload.broken_off(&server, Signal::SIGKILL);
        assert_kept(&server, 3);
        let before = server.requests().len();
        upload.line(&server).run().silent();
        assert_eq!(assert_stored(&server, "key", &upload.bytes).len(), 6);
        assert!(
            parts_since(&server, before).iter().all(|it| *it > 3),
            "{from:?}"
        );
        assert_eq!(server.count(Op::CreateMultipartUpload), 1, "{from:?}");
        assert!(!upload.state().exists(), "{from:?}");
    }
}

#[test]
fn case_93_a_signal_leaves_the_upload_and_says_so() {
    for from in ALL {
        for signal in [Signal::SIGTERM, Signal::SIGINT] {
            let server = server();
            let upload = Resumed::new(from);
            let ended = upload.broken_off(&server, signal);
            let ended = ended.error(&["s3://bucket/key was not stored"]);
            let id = server.uploads()[0].id.clone();
            let ended = ended.hint("is kept: the same line again goes on from part 4");
            ended.hint("s3stream uploads abort").hint(&id);
            assert_eq!(server.count(Op::AbortMultipartUpload), 0);
            let before = server.requests().len();
            upload.line(&server).run().silent();
            assert_stored(&server, "key", &upload.bytes);
            assert!(parts_since(&server, before).iter().all(|it| *it > 3));
        }
    }
}

#[test]
fn case_93_a_store_that_fails_leaves_the_upload() {
    let server = server();
    let upload = Resumed::new(From::Pipe).with(&["--retries", "0"]);
    server.fail(Op::UploadPart, Nth::Part(4), Fault::internal_error());
    let ended = upload.line(&server).run().code(1);
    ended
        .error(&["UploadPart of part 4"])
        .hint("goes on from part 4");
    assert_kept(&server, 3);
    let before = server.requests().len();
    upload.line(&server).run().silent();
    assert_stored(&server, "key", &upload.bytes);
    assert_eq!(parts_since(&server, before), [4, 5, 6]);
}

#[test]
fn case_93_a_guard_or_a_command_that_fails_leaves_nothing() {
    let server = server();
    let guarded = Resumed::new(From::Pipe).with(&["--require-tail", "completed"]);
    guarded.line(&server).run().code(4).without("kept");
    assert_clean(&server);
    assert!(!guarded.state().exists());

    let upload = Resumed::new(From::Pipe);
    let run = upload
        .line(&server)
        .args(["--", "sh", "-c", "head -c 16M /dev/zero; exit 3"]);
    run.run().code(5).without("kept");
    assert_clean(&server);
    assert!(!upload.state().exists());
}

#[test]
fn case_93_what_takes_one_request_leaves_no_state() {
    for from in ALL {
        let server = server();
        let mut upload = Resumed::new(from);
        upload.bytes.truncate(100);
        upload.line(&server).run().silent();
        assert_stored(&server, "key", &upload.bytes);
        assert!(!upload.state().exists());
    }
}

#[test]
fn case_93_each_checksum_and_signature_comes_out_right() {
    let rows: [&[&str]; 4] = [
        &["--checksum-algorithm", "CRC64NVME"],
        &[
            "--checksum-algorithm",
            "CRC32",
            "--payload-signing",
            "never",
        ],
        &["--checksum-algorithm", "MD5"],
        &["--checksum-algorithm", "NONE", "--payload-signing", "never"],
    ];
    for row in rows {
        let server = server();
        let upload = Resumed::new(From::File).with(row);
        upload.broken_off(&server, Signal::SIGKILL);
        let before = server.requests().len();
        let run = upload
            .line(&server)
            .args(["--output", "json"])
            .run()
            .code(0);
        assert_stored(&server, "key", &upload.bytes);
        assert!(
            parts_since(&server, before).iter().all(|it| *it > 3),
            "{row:?}"
        );
        let line: &Value = &result_lines(&run)[0];
        assert_eq!(line["parts"], 6, "{row:?}");
        let kept = server.object(BUCKET, "key").unwrap().checksum;
        assert_eq!(
            line["checksum"]["value"].as_str(),
            kept.as_ref().map(|it| it.value.as_str()),
            "{row:?}"
        );
        if row.contains(&"never") {
            for request in server.requests_of(Op::UploadPart) {
                let signed = request.header("x-amz-content-sha256");
                assert_eq!(signed, Some("UNSIGNED-PAYLOAD"), "{row:?}");
            }
        }
    }
}

#[test]
fn case_93_what_the_store_lost_is_sent_again() {
    let server = server();
    let upload = Resumed::new(From::File);
    upload.broken_off(&server, Signal::SIGKILL);
    server.lose_part(2);
    let before = server.requests().len();
    upload.line(&server).run().silent();
    assert_stored(&server, "key", &upload.bytes);
    let sent = parts_since(&server, before);
    assert!(
        sent.starts_with(&[2]) && !sent.contains(&1) && !sent.contains(&3),
        "{sent:?}"
    );
}

#[test]
fn case_93_sizes_of_parts_and_workers_are_free_to_differ_in_what_they_cost() {
    let server = server();
    let upload = Resumed::new(From::Pipe);
    upload.broken_off(&server, Signal::SIGKILL);
    let before = server.requests().len();
    let others = ["--max-memory", "30MiB", "--limit-rate", "1GiB"];
    upload.line(&server).args(others).run().silent();
    assert_eq!(assert_stored(&server, "key", &upload.bytes).len(), 6);
    assert!(parts_since(&server, before).iter().all(|it| *it > 3));
}

#[test]
fn case_93_a_state_that_was_torn_costs_what_it_lost() {
    for lost in [1, 2, 40, 300] {
        let server = server();
        let upload = Resumed::new(From::File);
        upload.broken_off(&server, Signal::SIGKILL);
        let mut state = fs::read(upload.state()).unwrap();
        state.truncate(state.len() - lost);
        fs::write(upload.state(), &state).unwrap();
        let whole = state
            .split(|&it| it == b'\n')
            .filter(|it| serde_json::from_slice::<Value>(it).is_ok())
            .count();
        let before = server.requests().len();
        upload.line(&server).run().silent();
        assert_stored(&server, "key", &upload.bytes);
        let sent = parts_since(&server, before);
        // Lines come in the order in which the parts are written down, which need not be theirs.
        assert_eq!(sent.len(), 6 - (whole - 1), "{lost}: {sent:?}");
    }
}
