//! Case 38: streams that are closed, or that nobody reads.

use crate::harness::*;
use crate::s3::{Nth, Op};

#[test]
fn case_38_closed_output_does_not_stop_the_upload() {
    for closed in [">&-", "2>&-", ">&- 2>&-"] {
        let server = server();
        let bytes = noise(PART + 1, 38);
        S3stream::put(&server, "bucket/key")
            .args(["--output", "json", "--progress", "plain", "-v"])
            .stdin(bytes.clone())
            .in_shell(&format!("exec \"$0\" \"$@\" {closed}"))
            .run()
            .code(0);
        assert_stored(&server, "key", &bytes);
    }
}

#[test]
fn case_38_a_reader_that_is_gone_does_not_stop_the_upload() {
    let plain = [
        "--progress",
        "plain",
        "--progress-interval",
        "100ms",
        "--output",
        "json",
    ];
    for (redirect, log) in [("", ""), ("2>&1", ""), ("2>&1", "-v"), ("2>&1", "-vv")] {
        let server = server();
        let bytes = noise(PART + 1, 38);
        // Something to log, and a frame or two to show.
        server.fail(Op::UploadPart, Nth::Call(1), crate::s3::Fault::slow_down());
        let folder = tempfile::tempdir().unwrap();
        let status = folder.path().join("status");
        S3stream::put(&server, "bucket/key")
            .args(plain)
            .args((!log.is_empty()).then_some(log))
            .stdin(bytes.clone())
            .env("STATUS", &status)
            .in_shell(&format!(
                "{{ sleep 0.2; \"$0\" \"$@\" {redirect}; echo $? >\"$STATUS\"; }} | true"
            ))
            .run()
            .code(0);
        let status = std::fs::read_to_string(&status).unwrap();
        assert_eq!(status.trim(), "0", "{redirect} {log}");
        assert_stored(&server, "key", &bytes);
    }
}

#[test]
fn case_38_an_error_without_a_reader_keeps_its_status() {
    let server = server();
    let folder = tempfile::tempdir().unwrap();
    let status = folder.path().join("status");
    S3stream::put(&server, "bucket/key")
        .args(["--progress", "plain", "-v"])
        .stdin("")
        .env("STATUS", &status)
        .in_shell("{ sleep 0.2; \"$0\" \"$@\" 2>&1; echo $? >\"$STATUS\"; } | true")
        .run()
        .code(0);
    assert_eq!(std::fs::read_to_string(&status).unwrap().trim(), "4");
    assert_clean(&server);
}

#[test]
fn case_38_whatever_is_closed_only_the_exact_source_is_stored() {
    for closed in ["<&-", "<&- >&-", "<&- 2>&-", "<&- >&- 2>&-"] {
        let server = server();
        server.put_object(BUCKET, "key", "older");
        let ended = S3stream::put(&server, "bucket/key")
            .args(["--allow-empty", "--output", "json"])
            .stdin(noise(PART + 1, 38))
            .in_shell(&format!("exec \"$0\" \"$@\" {closed}"))
            .run();
        ended.code(2);
        assert_stored(&server, "key", b"older");
        assert!(server.requests().is_empty());
    }
}
