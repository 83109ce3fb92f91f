//! Case 89: `verify` compares an object with its source by what the store keeps, and reads nothing of it.

use crate::harness::*;
use nix::sys::signal::Signal;
use s3_server::{Fault, Nth, Op, Server};
use std::time::Duration;

/// Verifies against `source`; nothing may be downloaded.
fn verify(server: &Server, key: &str, source: &[u8]) -> Outcome {
    let run = S3stream::verify(server, &format!("bucket/{key}"))
        .args(["--output", "json"])
        .stdin(source)
        .run();
    assert_eq!(server.count(Op::GetObject), 0, "{run}");
    run
}

/// What it was compared by.
#[track_caller]
fn equal(run: Outcome) -> String {
    let run = run.code(0);
    let line = verify_lines(&run).remove(0);
    assert_eq!(line["status"], "equal", "{run}");
    assert!(run.stderr.is_empty(), "{run}");
    line["compared"].as_str().unwrap().to_owned()
}

/// Fails with `status`; gives the line.
#[track_caller]
fn not_equal(run: Outcome, status: &str) -> serde_json::Value {
    let run = run.code(1);
    let line = verify_lines(&run).remove(0);
    assert_eq!(line["status"], status, "{run}");
    let run = run.error(&["s3://bucket/"]);
    assert!(
        run.stderr.contains(line["error"].as_str().unwrap()),
        "{run}"
    );
    line
}

/// Three parts, the last one short.
fn bytes() -> Vec<u8> {
    noise(2 * PART + 12_345, 89)
}

/// With one bit of the byte at `offset` turned over.
fn flipped(offset: usize) -> Vec<u8> {
    let mut bytes = bytes();
    bytes[offset] ^= 1;
    bytes
}

fn put(server: &Server, key: &str, algorithm: &str) {
    S3stream::put(server, &format!("bucket/{key}"))
        .args(["--checksum-algorithm", algorithm])
        .stdin(bytes())
        .run()
        .silent();
}

#[test]
fn case_89_what_was_stored_is_equal_by_every_algorithm_and_another_bit_is_not() {
    let server = server();
    for (algorithm, compared) in [
        ("SHA256", "SHA256 of 3 parts of 5MiB"),
        ("SHA1", "SHA1 of 3 parts of 5MiB"),
        ("CRC32", "CRC32 of 3 parts of 5MiB"),
        ("CRC32C", "CRC32C of 3 parts of 5MiB"),
        ("CRC64NVME", "CRC64NVME of 3 parts of 5MiB"),
        ("MD5", "ETag, MD5 of 3 parts of 5MiB"),
        ("NONE", "ETag, MD5 of 3 parts of 5MiB"),
    ] {
        put(&server, algorithm, algorithm);
        assert_eq!(equal(verify(&server, algorithm, &bytes())), compared);
        let line = not_equal(verify(&server, algorithm, &flipped(PART + 7)), "differs");
        let names_part = !matches!(algorithm, "MD5" | "NONE");
        assert_eq!(line["part"] == 2, names_part, "{line}");
        assert_eq!(line["offset"] == PART, names_part, "{line}");
    }
}

#[test]
fn case_89_each_part_that_differs_is_counted() {
    let server = server();
    put(&server, "key", "SHA256");
    let mut others = flipped(0);
    others[2 * PART] ^= 1;
    let line = not_equal(verify(&server, "key", &others), "differs");
    let why = line["error"].as_str().unwrap();
    assert!(
        why.contains("part 1 differs") && why.contains("1 other part"),
        "{why}"
    );
}

#[test]
fn case_89_a_byte_more_or_less_differs_and_so_does_no_object() {
    let server = server();
    put(&server, "key", "SHA256");
    let all = bytes();
    let run = verify(&server, "key", &all[..all.len() - 1]);
    let line = not_equal(run, "differs");
    assert!(line["error"].as_str().unwrap().contains("1 less"), "{line}");
    let longer = [&all[..], b"x"].concat();
    let line = not_equal(verify(&server, "key", &longer), "differs");
    assert_eq!(line["offset"], all.len(), "{line}");
    let line = not_equal(verify(&server, "none", &all), "differs");
    assert!(
        line["error"].as_str().unwrap().contains("no such object"),
        "{line}"
    );
}

#[test]
fn case_89_a_file_of_another_size_is_not_read() {
    let server = server();
    put(&server, "key", "SHA256");
    let (_folder, path) = file_with(&bytes()[1..]);
    let run = S3stream::verify(&server, "bucket/key").arg(&path).run();
    run.code(1)
        .error(&["s3://bucket/key differs from", "1 less"]);
    assert_eq!(server.count(Op::HeadObject), 1);
    assert_eq!(server.count(Op::GetObjectAttributes), 0);
    let (_folder, path) = file_with(&bytes());
    S3stream::verify(&server, "bucket/key")
        .arg(&path)
        .run()
        .silent();
}

#[test]
fn case_89_parts_of_any_size_are_found_out_of_the_store_or_of_the_usual_sizes() {
    for (no_attributes, ignore_part_numbers) in [(false, false), (true, false), (true, true)] {
        let server = Server::builder()
            .no_attributes(no_attributes)
            .ignore_part_numbers(ignore_part_numbers)
            .start();
        server.create_bucket(BUCKET);
        for (algorithm, part_size) in [("SHA256", "6MiB"), ("MD5", "8MiB"), ("CRC64NVME", "7MiB")] {
            S3stream::put(&server, "bucket/key")
                .args(["--checksum-algorithm", algorithm, "--part-size", part_size])
                .stdin(bytes())
                .run()
                .silent();
            let compared = equal(verify(&server, "key", &bytes()));
            let whole = no_attributes && algorithm == "CRC64NVME";
            let expected = if whole { "the whole" } else { part_size };
            assert!(compared.ends_with(expected), "{compared}");
            let other = verify(&server, "key", &flipped(3));
            let is_guess = ignore_part_numbers && algorithm != "CRC64NVME";
            not_equal(other, if is_guess { "unverifiable" } else { "differs" });
        }
    }
}

#[test]
fn case_89_parts_that_grew_are_asked_for_one_by_one() {
    let server = Server::builder().no_attributes(true).start();
    server.create_bucket(BUCKET);
    let all = bytes();
    let sizes = [100, 3000, 70_000, all.len() - 73_100];
    server.put_parts(BUCKET, "key", &all, &sizes);
    let compared = equal(verify(&server, "key", &all));
    assert_eq!(compared, "ETag, MD5 of 4 parts of several sizes");
    not_equal(verify(&server, "key", &flipped(200)), "differs");
}

#[test]
fn case_89_parts_on_several_pages_are_all_compared() {
    let server = Server::builder().most_parts_listed(2).start();
    server.create_bucket(BUCKET);
    put(&server, "key", "SHA256");
    assert_eq!(
        equal(verify(&server, "key", &bytes())),
        "SHA256 of 3 parts of 5MiB"
    );
    assert_eq!(server.count(Op::GetObjectAttributes), 2);
    let line = not_equal(verify(&server, "key", &flipped(2 * PART)), "differs");
    assert_eq!(line["part"], 3);
}

#[test]
fn case_89_a_store_without_checksums_is_not_asked_for_those_of_parts() {
    // Swift would answer with the object.
    let server = Server::builder().echo_checksums(false).start();
    server.create_bucket(BUCKET);
    put(&server, "key", "SHA256");
    assert_eq!(
        equal(verify(&server, "key", &bytes())),
        "ETag, MD5 of 3 parts of 5MiB"
    );
    assert_eq!(server.count(Op::GetObjectAttributes), 0);
}

#[test]
fn case_89_an_object_of_one_request_is_compared_as_a_whole() {
    let server = server();
    server.put_object(BUCKET, "md5", noise(1000, 1));
    assert_eq!(
        equal(verify(&server, "md5", &noise(1000, 1))),
        "ETag, MD5 of the whole"
    );
    not_equal(verify(&server, "md5", &noise(1000, 2)), "differs");
    S3stream::put(&server, "bucket/sha")
        .stdin(noise(1000, 1))
        .run()
        .silent();
    assert_eq!(
        equal(verify(&server, "sha", &noise(1000, 1))),
        "SHA256 of the whole"
    );
    server.put_object(BUCKET, "empty", "");
    assert_eq!(
        equal(verify(&server, "empty", b"")),
        "ETag, MD5 of the whole"
    );
}

#[test]
fn case_89_without_any_checksum_it_cannot_be_told() {
    let server = Server::builder()
        .echo_checksums(false)
        .default_kms(true)
        .start();
    server.create_bucket(BUCKET);
    S3stream::put(&server, "bucket/key")
        .stdin(noise(1000, 1))
        .run()
        .code(0);
    let (_folder, mark) = mark();
    let run = S3stream::verify(&server, "bucket/key")
        .args(["--output", "json", "--", "touch"])
        .arg(&mark)
        .run();
    not_equal(run, "unverifiable");
    assert!(!mark.exists(), "COMMAND was started for nothing");
    let run = S3stream::verify(&server, "bucket/key")
        .stdin(noise(1000, 1))
        .run();
    run.code(1)
        .error(&["s3://bucket/key can't be verified without --download"])
        .hint("--download");
    assert_eq!(server.count(Op::GetObject), 0);
}

#[test]
fn case_89_a_command_has_to_succeed() {
    let server = server();
    put(&server, "key", "SHA256");
    let (_folder, path) = file_with(&bytes());
    let command = |script: &str| {
        S3stream::verify(&server, "bucket/key")
            .args(["--", "sh", "-c", script])
            .arg(&path)
            .run()
    };
    command("cat \"$0\"").silent();
    command("cat \"$0\"; exit 3")
        .code(5)
        .error(&["exit status 3"]);
    command("head -c 100 \"$0\"; exit 3").code(5);
    command("cat \"$0\" \"$0\"")
        .code(1)
        .error(&["differs", "more than"]);
    S3stream::verify(&server, "bucket/key")
        .arg("--")
        .run()
        .code(2);
    let run = S3stream::verify(&server, "bucket/key")
        .arg("/nonexistent")
        .run();
    run.code(2).error(&["/nonexistent"]);
}

#[test]
fn case_89_a_signal_to_a_silent_stream_ends_it_and_claims_nothing() {
    let server = server();
    put(&server, "key", "SHA256");
    let run = S3stream::verify(&server, "bucket/key")
        .args(["--", "sleep", "60"])
        .start();
    assert!(server.wait_for_ended(Op::GetObjectAttributes, 1, Duration::from_secs(20)));
    run.signal(Signal::SIGTERM);
    let outcome = run.wait().signal(Signal::SIGTERM);
    assert!(!outcome.stderr.contains("differs"), "{outcome}");
    S3stream::verify(&server, "bucket/key")
        .args(["--idle-timeout", "200ms", "--", "sleep", "60"])
        .run()
        .code(1)
        .error(&["silent"]);
}

#[test]
fn case_89_what_fails_is_not_called_other() {
    let server = server();
    put(&server, "key", "SHA256");
    server.fail(Op::HeadObject, Nth::Call(1), Fault::internal_error());
    equal(verify(&server, "key", &bytes()));
    server.fail(
        Op::HeadObject,
        Nth::From(1),
        Fault::status(403, "AccessDenied"),
    );
    let run = verify(&server, "key", &bytes()).code(1);
    assert_eq!(verify_lines(&run)[0]["status"], "failed");
    run.error(&["s3://bucket/key was not verified", "HeadObject", "HTTP 403"]);
}

#[test]
fn case_89_text_is_the_address_of_what_is_equal() {
    let server = server();
    put(&server, "key", "SHA256");
    let run = |bytes| {
        S3stream::verify(&server, "s3://bucket/key")
            .args(["--output", "text", "-v"])
            .stdin(bytes)
            .run()
    };
    let equal = run(bytes()).code(0);
    assert_eq!(equal.stdout, "s3://bucket/key\n");
    assert!(
        equal.stderr.contains("SHA256 of 3 parts of 5MiB"),
        "{equal}"
    );
    assert_eq!(run(flipped(0)).code(1).stdout, "");
}

#[test]
fn case_89_an_object_with_a_customer_s_key_is_looked_at_with_it() {
    let server = Server::builder().tls(true).start();
    server.create_bucket(BUCKET);
    let (_folder, key) = file_with(&[7; 32]);
    let with_key = |run: S3stream| run.trusting(&server).arg("--sse-c-key-file").arg(&key);
    with_key(S3stream::put(&server, "bucket/key"))
        .stdin(bytes())
        .run()
        .silent();
    with_key(S3stream::verify(&server, "bucket/key"))
        .stdin(bytes())
        .run()
        .silent();
    with_key(S3stream::verify(&server, "bucket/key"))
        .args(["--download", "-"])
        .stdin(bytes())
        .run()
        .silent();
    assert!(server.count(Op::GetObject) > 0);
}

#[test]
fn case_46_settings_that_are_no_use_have_their_line() {
    let server = server();
    let verify = S3stream::verify(&server, "bucket/../key").args(["--output", "json"]);
    let run = verify.stdin("data").run().code(2);
    let lines = verify_lines(&run);
    assert_eq!(lines.len(), 1, "{run}");
    assert_eq!(lines[0]["status"], "failed");
    assert_no_requests(&server);
}
