//! Cases 38 and 74: streams that are closed, or that nobody reads, and few descriptors.

use crate::harness::*;
use s3_server::{Nth, Op};

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
        server.fail(Op::UploadPart, Nth::Call(1), s3_server::Fault::slow_down());
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

/// A soft limit is raised; a hard one makes fewer of them do all the work.
#[test]
fn case_74_few_descriptors_are_enough_for_any_number_of_workers() {
    let mut files = small(250);
    files.extend((0..3).map(|n| (format!("deep/er/st{n}/large"), noise(2 * PART, n))));
    let folder = tree(&files);
    for (limit, workers) in [
        ("-n 24", "32"),
        ("-n 24", "200"),
        ("-n 48", "32"),
        ("-n 64", "200"),
        ("-n 256", "200"),
        ("-S -n 24", "200"),
    ] {
        let server = server();
        let run = S3stream::put_many(&server, "bucket").args(["-r", "--workers", workers]);
        let run = run
            .arg("--journal")
            .arg(folder.path().join(format!("journal {limit} {workers}")));
        run.arg(folder.path().join("src"))
            .in_shell(&format!("ulimit {limit}; exec \"$0\" \"$@\""))
            .run()
            .silent();
        assert_all_stored(&server, "src/", &files);
    }
}

#[test]
fn case_74_two_thousand_files_in_twenty_folders() {
    let files = (0..2000)
        .map(|n| (format!("d{}/f{n}", n % 20), noise(n % 50, n as u64)))
        .collect();
    let folder = tree(&files);
    let server = server();
    let run = S3stream::put_many(&server, "bucket").args(["-r", "--workers", "32"]);
    run.arg(folder.path().join("src"))
        .in_shell("ulimit -n 48; exec \"$0\" \"$@\"")
        .run()
        .silent();
    assert_all_stored(&server, "src/", &files);
}

#[test]
fn case_74_a_soft_limit_is_raised_as_far_as_the_workers_need() {
    let server = server();
    let files = small(400);
    let folder = tree(&files);
    let hold = server.hold(Op::PutObject, Nth::From(1));
    let run = S3stream::put_many(&server, "bucket").args(["-r", "--workers", "40"]);
    let run = run
        .arg(folder.path().join("src"))
        .in_shell("ulimit -S -n 24; exec \"$0\" \"$@\"")
        .start();
    until("all workers are busy", || server.max_in_flight() == 40);
    hold.release();
    run.wait().silent();
    assert_all_stored(&server, "src/", &files);
}

#[test]
fn case_74_few_descriptors_are_enough_for_a_stream() {
    for workers in ["32", "200"] {
        let server = server();
        let bytes = noise(20 * PART + 1, 74);
        let put = S3stream::put(&server, "bucket/key")
            .args(["--workers", workers, "--output", "json"])
            .stdin(bytes.clone())
            .in_shell("ulimit -n 24; exec \"$0\" \"$@\"")
            .run()
            .code(0);
        // A connection that could not be had would have been tried for again.
        assert!(put.stdout.contains("\"retries\":0"), "{put}");
        assert_stored(&server, "key", &bytes);
    }
}
