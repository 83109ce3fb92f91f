//! Cases 7 and 32: what must hold before anything is committed.

use crate::harness::*;
use s3_server::{Fault, Nth, Op, Server};
use std::io::Write as _;
use std::process::Stdio;

/// Runs with these options over these bytes, as a stream and as a file, and expects a refusal.
#[track_caller]
fn unmet(options: &[&str], bytes: &[u8], words: &[&str]) {
    let words = [&["s3://bucket/key"], words].concat();
    let server = server();
    S3stream::put(&server, "bucket/key")
        .args(options)
        .stdin(bytes)
        .run()
        .code(4)
        .error(&words);
    assert_nothing_committed(&server);

    let server = crate::harness::server();
    let (_folder, path) = file_with(bytes);
    S3stream::put(&server, "bucket/key")
        .args(options)
        .arg(path)
        .run()
        .code(4)
        .error(&words);
    assert_clean(&server);
    // All of a file is known beforehand.
    assert_no_requests(&server);
}

/// The same, and expects that all is stored.
#[track_caller]
fn met(options: &[&str], bytes: &[u8]) {
    let server = server();
    S3stream::put(&server, "bucket/stream")
        .args(options)
        .stdin(bytes)
        .run()
        .silent();
    assert_stored(&server, "stream", bytes);

    let (_folder, path) = file_with(bytes);
    S3stream::put(&server, "bucket/file")
        .args(options)
        .arg(path)
        .run()
        .silent();
    assert_stored(&server, "file", bytes);
}

#[track_caller]
fn assert_nothing_committed(server: &Server) {
    assert_clean(server);
    assert_eq!(server.count(Op::PutObject), 0);
    assert_eq!(server.count(Op::CompleteMultipartUpload), 0);
    let begun = server.count(Op::CreateMultipartUpload);
    assert_eq!(server.count(Op::AbortMultipartUpload), begun);
}

#[test]
fn case_07_size_unmet() {
    unmet(
        &["--size", "10"],
        b"nine byte",
        &["9 bytes", "10", "--size"],
    );
    unmet(&["--size", "10"], b"eleven byte", &["10", "--size"]);
    let long = noise(PART + 1, 7);
    unmet(&["--size", "5242882"], &long, &["5242882", "--size"]);
    unmet(&["--size", "5242880"], &long, &["--size 5MiB"]);
}

#[test]
fn case_07_size_met() {
    met(&["--size", "9"], b"nine byte");
    met(&["--size", "5242881"], &noise(PART + 1, 7));
}

/// More than was promised will not become right by waiting for the end.
#[test]
fn case_07_a_stream_past_its_size_is_not_waited_for() {
    let server = server();
    let mut run = S3stream::put(&server, "bucket/key")
        .args(["--size", "6MiB"])
        .stdin_handle(Stdio::piped())
        .start();
    let mut stdin = run.stdin();
    // It may stop reading in the midst of it.
    let _ = stdin.write_all(&noise(2 * PART + 1, 8));
    run.wait()
        .code(4)
        .error(&["s3://bucket/key", "longer than", "--size"]);
    drop(stdin);
    assert_nothing_committed(&server);
}

#[test]
fn case_07_min_size_unmet() {
    unmet(
        &["--min-size", "10"],
        b"nine byte",
        &["9 bytes", "--min-size"],
    );
    let long = noise(PART + 1, 9);
    unmet(&["--min-size", "6MiB"], &long, &["5242881", "--min-size"]);
    let options = ["--min-size", "1", "--allow-empty"];
    unmet(&options, b"", &["0 bytes", "--min-size"]);
}

#[test]
fn case_07_min_size_met() {
    met(&["--min-size", "9"], b"nine byte");
    met(&["--min-size", "5MiB"], &noise(PART + 1, 9));
}

const TAIL: [&str; 2] = ["--require-tail", "-- Dump completed"];

#[test]
fn case_07_tail_unmet() {
    unmet(
        &TAIL,
        b"INSERT INTO",
        &["--require-tail", "-- Dump completed"],
    );
    // It was there, but more than 4 KiB before the end.
    let mut old = b"-- Dump completed\n".to_vec();
    old.extend(vec![b'x'; 4 << 10]);
    unmet(&TAIL, &old, &["--require-tail"]);
    unmet(&TAIL, &noise(PART + 1, 10), &["--require-tail"]);
    unmet(&["--require-tail", "."], b"\n", &["--require-tail"]);
}

#[test]
fn case_07_tail_met() {
    met(&TAIL, b"...\n-- Dump completed on 2026-11-22\n");
    // The whole of the last 4 KiB is looked at.
    let mut dump = b"-- Dump completed".to_vec();
    dump.extend(vec![b'x'; (4 << 10) - dump.len()]);
    met(&TAIL, &dump);
    // Across the edge of two parts.
    for behind in [1, 9, 16] {
        let mut dump = noise(PART + behind, 11);
        let end = dump.len();
        dump[end - 17..].copy_from_slice(b"-- Dump completed");
        met(&TAIL, &dump);
    }
}

#[test]
fn case_07_guards_are_checked_together() {
    let options = [
        "--size",
        "17",
        "--min-size",
        "2",
        "--require-tail",
        "completed$",
    ];
    met(&options, b"-- Dump completed");
    unmet(&options, b"-- Dump COMPLETED", &["--require-tail"]);
    unmet(&options, b"- Dump completed", &["--size"]);
}

#[track_caller]
fn assert_untouched(server: &Server) {
    assert!(assert_stored(server, "key", b"last night's").is_empty());
    assert_eq!(server.keys(BUCKET), ["key"]);
}

#[test]
fn case_32_an_object_that_is_there_is_found_before_anything_is_sent() {
    let long = noise(PART + 1, 12);
    for bytes in [&b"tonight's"[..], &long] {
        let server = server();
        server.put_object(BUCKET, "key", "last night's");
        S3stream::put(&server, "bucket/key")
            .arg("--no-overwrite")
            .stdin(bytes)
            .run()
            .code(4)
            .error(&["s3://bucket/key", "an object is there already"])
            .hint("--no-overwrite");
        let ops: Vec<_> = server.requests().iter().map(|it| it.op).collect();
        assert_eq!(ops, [Op::HeadObject]);
        assert_untouched(&server);
    }
}

/// Neither the producer nor the end of the stream is waited for.
#[test]
fn case_32_it_is_found_while_the_source_is_open() {
    let server = server();
    server.put_object(BUCKET, "key", "last night's");
    let mut run = S3stream::put(&server, "bucket/key")
        .arg("--no-overwrite")
        .stdin_handle(Stdio::piped())
        .start();
    let stdin = run.stdin();
    run.wait().code(4).error(&["an object is there already"]);
    drop(stdin);
    S3stream::put(&server, "bucket/key")
        .args(["--no-overwrite", "--", "sleep", "300"])
        .run()
        .code(4)
        .error(&["an object is there already"]);
    assert_untouched(&server);
}

/// Who may only write can't look; the condition on the commit still holds.
#[test]
fn case_32_it_is_found_by_the_commit() {
    let long = noise(PART + 1, 13);
    for bytes in [&b"tonight's"[..], &long] {
        let server = Server::builder().deny_head(true).start();
        server.create_bucket(BUCKET);
        server.put_object(BUCKET, "key", "last night's");
        S3stream::put(&server, "bucket/key")
            .arg("--no-overwrite")
            .stdin(bytes)
            .run()
            .code(4)
            .error(&["s3://bucket/key"]);
        assert_untouched(&server);
    }
}

/// One that appears between the look and the commit.
#[test]
fn case_32_it_appears_meanwhile() {
    let long = noise(PART + 1, 14);
    for (bytes, commit) in [
        (&b"tonight's"[..], Op::PutObject),
        (&long, Op::CompleteMultipartUpload),
    ] {
        let server = server();
        let hold = server.hold(commit, Nth::Call(1));
        let run = S3stream::put(&server, "bucket/key")
            .arg("--no-overwrite")
            .stdin(bytes)
            .start();
        assert!(hold.reached(PATIENCE));
        server.put_object(BUCKET, "key", "last night's");
        hold.release();
        run.wait().code(4).error(&["s3://bucket/key"]);
        assert_untouched(&server);
    }
}

#[test]
fn case_32_a_free_key_is_taken_under_the_condition() {
    let long = noise(PART + 1, 15);
    for (bytes, commit) in [
        (&b"tonight's"[..], Op::PutObject),
        (&long, Op::CompleteMultipartUpload),
    ] {
        let server = server();
        // The look must not fail the run by being refused, either.
        server.fail(
            Op::HeadObject,
            Nth::Call(1),
            Fault::status(403, "AccessDenied"),
        );
        S3stream::put(&server, "bucket/key")
            .arg("--no-overwrite")
            .stdin(bytes)
            .run()
            .silent();
        assert_stored(&server, "key", bytes);
        let commits = server.requests_of(commit);
        assert_eq!(commits[0].header("if-none-match"), Some("*"));
    }
}

#[test]
fn case_32_without_the_option_the_object_is_replaced() {
    let server = server();
    server.put_object(BUCKET, "key", "last night's");
    S3stream::put(&server, "bucket/key")
        .stdin("tonight's")
        .run()
        .silent();
    assert_stored(&server, "key", b"tonight's");
    let ops: Vec<_> = server.requests().iter().map(|it| it.op).collect();
    assert_eq!(ops, [Op::PutObject]);
}

#[test]
fn case_42_guards_that_can_never_hold() {
    for (options, words) in [
        (
            &["--size", "1", "--min-size", "2"][..],
            &["--min-size", "--size"][..],
        ),
        (
            &["--expected-size", "1", "--min-size", "2"],
            &["--min-size"],
        ),
        (
            &["--expected-size", "1", "--size", "2"],
            &["--expected-size"],
        ),
        (
            &["--require-tail", "("],
            &["--require-tail", "unclosed group"],
        ),
        (&["--require-tail", ""], &["--require-tail"]),
    ] {
        let server = server();
        S3stream::put(&server, "bucket/key")
            .args(options)
            .stdin("data")
            .run()
            .code(2)
            .error(words);
        assert_no_requests(&server);
    }
}
