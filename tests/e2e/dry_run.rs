//! Case 49, for one object: a dry run of `put` tells what it can, and changes nothing.

use crate::harness::*;
use s3_server::{Op, Server};
use serde_json::json;
use std::path::Path;

fn dry(server: &Server) -> S3stream {
    S3stream::put(server, "bucket/key").arg("--dry-run")
}

#[test]
fn case_49_a_dry_put_runs_no_command_reads_no_stream_and_sends_nothing() {
    let (_folder, started) = mark();
    let (_source, file) = file_with(b"data");
    let server = server();
    let touch = ["--", "touch", started.to_str().unwrap()];
    let outcome = dry(&server).args(touch).run().code(0);
    let said = "(dry run) upload what touch prints to s3://bucket/key\n";
    assert_eq!((&*outcome.stdout, &*outcome.stderr), ("", said));
    assert!(!started.exists());
    let outcome = dry(&server).arg(&file).run().code(0);
    assert!(outcome.stderr.contains(file.to_str().unwrap()), "{outcome}");
    // Nobody ever writes to it.
    let outcome = dry(&server)
        .stdin_handle(std::process::Stdio::piped())
        .start();
    outcome.wait().code(0);
    dry(&server).arg("--quiet").arg(&file).run().silent();
    assert_no_requests(&server);
}

#[test]
fn case_49_a_dry_put_looks_for_an_object_where_none_may_be_replaced() {
    let server = server();
    dry(&server)
        .args(["--no-overwrite", "--", "false"])
        .run()
        .code(0);
    assert_eq!(
        (server.requests().len(), server.count(Op::HeadObject)),
        (1, 1)
    );
    let old = old_object(&server, "key", 7);
    let outcome = dry(&server)
        .args(["--no-overwrite", "--output", "json", "--", "false"])
        .run();
    let outcome = outcome
        .code(4)
        .error(&["s3://bucket/key would not be stored", "already"]);
    assert_eq!(result_lines(&outcome)[0]["status"], "failed");
    assert_stored(&server, "key", &old);
    assert_eq!(writes(&server), 0);
}

/// Each as the run itself would end.
#[test]
fn case_49_a_dry_put_ends_as_the_run_would() {
    let (_folder, file) = file_with(b"data");
    let (_empty_folder, empty) = file_with(b"");
    let (file, empty) = (file.to_str().unwrap(), empty.to_str().unwrap());
    for (options, code) in [
        (&["--size", "4", "--require-tail", "a$", file][..], 0),
        (&["--size", "5", file], 4),
        (&["--min-size", "5", file], 4),
        (&["--require-tail", "end", file], 4),
        (&[empty], 0),
        (&["--min-size", "1", empty], 4),
        (&["/nonexistent"], 2),
        (&["--part-size", "1", file], 2),
    ] {
        for more in [&["--dry-run"][..], &[]] {
            let server = server();
            let run = S3stream::put(&server, "bucket/key")
                .args(more)
                .args(options);
            run.run().code(code);
            assert_eq!(
                writes(&server) > 0,
                more.is_empty() && code == 0,
                "{options:?}"
            );
        }
    }
}

#[test]
fn case_49_a_dry_put_tells_a_program_the_same() {
    let (_folder, file) = file_with(b"data");
    let server = server();
    let outcome = dry(&server)
        .args(["--output", "json"])
        .arg(&file)
        .run()
        .code(0);
    assert!(outcome.stderr.is_empty(), "{outcome}");
    let line = &result_lines(&outcome)[0];
    assert_eq!(
        (&line["status"], &line["size"]),
        (&json!("would-upload"), &json!(4))
    );
    assert_eq!(line["path"].as_str().map(Path::new), Some(&*file));
    let outcome = dry(&server)
        .args(["--output", "text"])
        .arg(&file)
        .run()
        .code(0);
    assert!(outcome.stdout.is_empty(), "nothing is stored: {outcome}");
}

#[test]
fn case_49_a_dry_put_needs_credentials() {
    let server = server();
    let run = dry(&server).without_env("AWS_ACCESS_KEY_ID");
    run.stdin("data")
        .run()
        .code(2)
        .error(&["would not be stored"]);
}
