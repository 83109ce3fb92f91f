//! Case 90: `verify --download` reads the object, and finds what its checksums no longer tell.

use crate::harness::*;
use nix::sys::signal::Signal;
use s3_server::{Fault, Nth, Op, Server};
use std::time::Duration;

/// Bytes of a range that is asked for.
const RANGE: usize = 4 * MIB;

fn download(server: &Server) -> S3stream {
    S3stream::verify(server, "bucket/key").args(["--download", "--output", "json"])
}

fn bytes() -> Vec<u8> {
    noise(4 * PART + 999, 90)
}

/// A server with an object of five parts.
fn five_parts() -> Server {
    let server = server();
    S3stream::put(&server, "bucket/key")
        .stdin(bytes())
        .run()
        .silent();
    server
}

#[test]
fn case_90_a_part_that_was_swapped_is_named_with_the_source_and_without() {
    let server = five_parts();
    download(&server).run().code(0);
    download(&server).arg("-").stdin(bytes()).run().code(0);
    let other = noise(PART, 1);
    server.spoil_object(BUCKET, "key", 2 * PART, &other);
    for run in [download(&server), download(&server).arg("-").stdin(bytes())] {
        let run = run.run().code(1);
        let line = verify_lines(&run).remove(0);
        assert_eq!(
            (&line["status"], &line["part"]),
            (&"differs".into(), &3.into()),
            "{run}"
        );
        assert_eq!(line["offset"], 2 * PART, "{run}");
        run.error(&["s3://bucket/key differs from", "part 3"]);
    }
    // What the store keeps is as it was.
    S3stream::verify(&server, "bucket/key")
        .stdin(bytes())
        .run()
        .silent();
}

#[test]
fn case_90_the_first_byte_that_is_another_is_named() {
    let server = five_parts();
    let mut others = bytes();
    others[3 * PART + 17] ^= 1;
    let run = download(&server).arg("-").stdin(others).run().code(1);
    let line = verify_lines(&run).remove(0);
    assert_eq!(line["offset"], 3 * PART + 17, "{run}");
    assert_eq!(line["part"], 4, "{run}");
    let all = bytes();
    let run = download(&server).arg("-").stdin(&all[1..]).run().code(1);
    assert_eq!(verify_lines(&run)[0]["offset"], 0);
    let run = download(&server)
        .arg("-")
        .stdin(&all[..all.len() - 1])
        .run()
        .code(1);
    run.error(&["1 less"]);
    let longer = [&all[..], b"x"].concat();
    let run = download(&server).arg("-").stdin(longer).run().code(1);
    assert_eq!(verify_lines(&run)[0]["offset"], all.len());
}

#[test]
fn case_90_all_of_it_is_read_in_ranges_of_the_version_that_was_looked_at() {
    let server = five_parts();
    download(&server).run().code(0);
    let etag = server.object(BUCKET, "key").unwrap().etag;
    let mut ranges: Vec<_> = server
        .requests_of(Op::GetObject)
        .iter()
        .map(|it| {
            assert_eq!(it.headers["if-match"], etag);
            it.headers["range"].clone()
        })
        .collect();
    ranges.sort();
    assert_eq!(ranges.len(), bytes().len().div_ceil(RANGE));
    assert_eq!(ranges[0], format!("bytes=0-{}", RANGE - 1));
}

#[test]
fn case_90_a_body_that_breaks_stalls_or_is_answered_with_an_error_is_fetched_again() {
    for fault in [
        // Within the shortest of the ranges, whichever is asked for second.
        Fault::CutAnswer(16),
        Fault::StalledAnswer(16),
        Fault::slow_down(),
        Fault::ActThenReset,
    ] {
        let server = five_parts();
        server.fail(Op::GetObject, Nth::Call(2), fault.clone());
        let run = download(&server).args(["--stall-timeout", "600ms"]).run();
        run.code(0);
        let again = server.requests_of(Op::GetObject).len() > bytes().len().div_ceil(RANGE);
        assert!(again, "{fault:?}");
    }
}

#[test]
fn case_90_bodies_that_always_break_end_the_run() {
    let server = five_parts();
    server.fail(Op::GetObject, Nth::From(1), Fault::CutAnswer(1000));
    let run = download(&server)
        .args(["--retries", "2", "--retry-for", "0s", "--workers", "1"])
        .run();
    let run = run.code(1);
    assert_eq!(verify_lines(&run)[0]["status"], "failed");
    run.error(&[
        "s3://bucket/key was not verified",
        "GetObject",
        "3 attempts",
    ]);
    assert_eq!(server.count(Op::GetObject), 3);
}

#[test]
fn case_90_bytes_that_are_wrong_on_their_way_differ() {
    let server = five_parts();
    server.fail(Op::GetObject, Nth::Call(1), Fault::OtherFirstByte);
    let run = download(&server).args(["--workers", "1"]).run().code(1);
    assert_eq!(verify_lines(&run)[0]["part"], 1);
}

#[test]
fn case_90_an_object_that_is_replaced_meanwhile_is_no_other_one() {
    let server = five_parts();
    let hold = server.hold(Op::GetObject, Nth::Call(1));
    let run = download(&server).start();
    assert!(hold.reached(Duration::from_secs(20)));
    server.put_object(BUCKET, "key", "another");
    hold.release();
    let run = run.wait().code(1);
    assert_eq!(verify_lines(&run)[0]["status"], "failed");
    run.error(&["replaced while it was read"]);
}

#[test]
fn case_90_a_signal_ends_it_with_nothing_claimed() {
    let server = five_parts();
    let hold = server.hold(Op::GetObject, Nth::Call(2));
    let run = download(&server).start();
    assert!(hold.reached(Duration::from_secs(20)));
    run.signal(Signal::SIGINT);
    let run = run.wait().signal(Signal::SIGINT);
    assert_eq!(verify_lines(&run)[0]["status"], "failed");
    assert!(!run.stderr.contains("differs"), "{run}");
}

#[test]
fn case_90_nothing_to_compare_with_is_no_proof_even_when_it_is_read() {
    let server = Server::builder()
        .echo_checksums(false)
        .default_kms(true)
        .start();
    server.create_bucket(BUCKET);
    S3stream::put(&server, "bucket/key")
        .stdin(bytes())
        .run()
        .code(0);
    let run = download(&server).run().code(1);
    assert_eq!(verify_lines(&run)[0]["status"], "unverifiable");
    assert_eq!(server.count(Op::GetObject), 0, "read for nothing");
    run.error(&["can't be verified"]);
    download(&server).arg("-").stdin(bytes()).run().code(0);
}

#[test]
fn case_90_an_empty_object_needs_no_range() {
    let server = server();
    server.put_object(BUCKET, "key", "");
    download(&server).run().code(0);
    download(&server).arg("-").stdin("").run().code(0);
    download(&server).arg("-").stdin("x").run().code(1);
    assert_eq!(server.count(Op::GetObject), 0);
}

/// What was read before it is not what is there now.
#[test]
fn case_90_a_file_that_changes_while_it_is_compared_is_not_called_equal() {
    let server = five_parts();
    let (_folder, file) = file_with(&bytes());
    let hold = server.hold(Op::GetObject, Nth::Call(1));
    let run = download(&server).arg(&file).start();
    assert!(hold.reached(PATIENCE));
    std::fs::write(&file, noise(bytes().len(), 91)).unwrap();
    std::fs::write(&file, bytes()).unwrap();
    hold.release();
    let ended = run.wait().code(1);
    // Or its bytes were others when they were compared.
    if !ended.stderr.contains(" differs from ") {
        ended.error(&["was not verified", "changed"]);
    }
}
