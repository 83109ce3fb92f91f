//! Case 46: what is told, and where.

use crate::harness::*;
use s3_server::{BucketOptions, Fault, Nth, Op};
use serde_json::Value;

/// The one line of standard output.
#[track_caller]
fn one_line(outcome: &Outcome) -> Value {
    assert!(outcome.stdout.ends_with('\n'), "{outcome}");
    assert_eq!(outcome.stdout.lines().count(), 1, "{outcome}");
    assert!(outcome.stderr.is_empty(), "{outcome}");
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {outcome}"))
}

#[track_caller]
fn assert_keys(line: &Value, expected: &[&str]) {
    let mut found: Vec<_> = line.as_object().unwrap().keys().map(|it| &**it).collect();
    let mut expected = expected.to_vec();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

const KEYS: [&str; 17] = [
    "bucket",
    "key",
    "uri",
    "version_id",
    "etag",
    "size",
    "parts",
    "part_size",
    "checksum",
    "started",
    "seconds",
    "retries",
    "warnings",
    "status",
    "path",
    "error",
    "why",
];

#[test]
fn case_46_json_of_a_multipart_upload() {
    let server = server();
    server.create_bucket_with(
        BUCKET,
        BucketOptions {
            versioning: true,
            ..BucketOptions::default()
        },
    );
    server.fail(Op::UploadPart, Nth::Part(2), Fault::slow_down());
    let key = "a \"quoted\"\nkey";
    let bytes = noise(2 * PART + 1, 46);
    let outcome = S3stream::put(&server, &format!("s3://bucket/{key}"))
        .args(["--output", "json"])
        .stdin(bytes.clone())
        .run()
        .code(0);
    assert_stored(&server, key, &bytes);
    let line = one_line(&outcome);
    assert_keys(&line, &KEYS);
    let object = server.object(BUCKET, key).unwrap();
    assert_eq!(line["bucket"], BUCKET);
    assert_eq!(line["key"], key);
    assert_eq!(line["uri"], format!("s3://bucket/{key}"));
    assert_eq!(line["version_id"].as_str(), object.version_id.as_deref());
    assert!(object.version_id.is_some());
    assert_eq!(line["etag"], object.etag.trim_matches('"'));
    assert_eq!(line["size"], bytes.len());
    assert_eq!(line["parts"], 3);
    assert_eq!(line["part_size"], PART);
    assert_keys(&line["checksum"], &["algorithm", "type", "value"]);
    assert_eq!(line["checksum"]["algorithm"], "SHA256");
    assert_eq!(line["checksum"]["type"], "COMPOSITE");
    let value = object.checksum.unwrap().value;
    assert_eq!(line["checksum"]["value"], value);
    assert_eq!(line["retries"], 1);
    assert!(line["seconds"].as_f64().unwrap() > 0.0);
    let started = humantime::parse_rfc3339(line["started"].as_str().unwrap()).unwrap();
    assert!(started.elapsed().unwrap().as_secs() < 60, "{line}");
}

#[test]
fn case_46_json_of_a_small_object() {
    let server = server();
    let outcome = S3stream::put(&server, "bucket/key")
        .args(["--output", "json", "--checksum-algorithm", "NONE"])
        .stdin("data")
        .run()
        .code(0);
    let line = one_line(&outcome);
    assert_keys(&line, &KEYS);
    assert_eq!(line["version_id"], Value::Null);
    assert_eq!(line["checksum"], Value::Null);
    assert_eq!((&line["size"], &line["parts"]), (&4.into(), &1.into()));
    assert_eq!(line["retries"], 0);
    assert_eq!(line["warnings"], Value::Array(vec![]));
}

/// What is stored is stored, whether or not anybody can be told.
#[test]
fn case_57_a_result_that_can_t_be_written_is_a_warning() {
    for options in [
        &["--output", "json"][..],
        &["--output", "text"],
        &["--output", "json", "--quiet"],
    ] {
        let server = server();
        let outcome = S3stream::put(&server, "bucket/key")
            .args(options)
            .in_shell(r#"exec "$0" "$@" >/dev/full"#)
            .stdin("data")
            .run()
            .code(0);
        assert_stored(&server, "key", b"data");
        let told = "warning: s3://bucket/key: the results can't be written to standard output: ";
        assert!(outcome.stderr.starts_with(told), "{outcome}");
        assert_eq!(outcome.stderr.lines().count(), 1, "{outcome}");
    }
    let server = server();
    S3stream::put(&server, "bucket/key")
        .in_shell(r#"exec "$0" "$@" >/dev/full"#)
        .stdin("nothing to be written")
        .run()
        .silent();
}

#[test]
fn case_46_text_is_the_address_alone() {
    let server = server();
    for options in [&["--output", "text"][..], &["--output", "text", "--quiet"]] {
        let outcome = S3stream::put(&server, "bucket/a/key")
            .args(options)
            .stdin("data")
            .run()
            .code(0);
        assert_eq!(outcome.stdout, "s3://bucket/a/key\n", "{outcome}");
        assert!(outcome.stderr.is_empty(), "{outcome}");
    }
}

#[test]
fn case_46_nothing_is_said_without_a_terminal() {
    for options in [
        &[][..],
        &["--output", "none"],
        &["--progress", "none"],
        &["--progress", "auto", "--progress-interval", "1ms"],
        &["--quiet", "--progress", "bar"],
        &["--quiet", "--progress", "plain"],
        &["--quiet", "--progress", "json"],
    ] {
        let server = server();
        S3stream::put(&server, "bucket/key")
            .args(options)
            .stdin(noise(PART + 1, 1))
            .run()
            .silent();
    }
}

#[test]
fn case_46_a_failure_leaves_stdout_empty() {
    for format in ["none", "text"] {
        let server = server();
        server.fail(
            Op::PutObject,
            Nth::From(1),
            Fault::status(403, "AccessDenied"),
        );
        let outcome = S3stream::put(&server, "bucket/key")
            .args(["--output", format, "--quiet"])
            .stdin("data")
            .run()
            .code(1)
            .error(&["s3://bucket/key", "PutObject", "AccessDenied"]);
        assert!(outcome.stdout.is_empty(), "{outcome}");
        assert_clean(&server);
    }
}

/// Uploads two parts, of which the second is held until progress was told of several times.
#[track_caller]
fn held(style: &str, fault: Option<Fault>) -> Outcome {
    let server = server();
    let hold = server.hold(Op::UploadPart, Nth::Part(2));
    let failing = fault.is_some();
    if let Some(fault) = fault {
        server.fail(Op::UploadPart, Nth::Part(2), fault);
    }
    let run = S3stream::put(&server, "bucket/key")
        .args(["--progress", style, "--progress-interval", "10ms"])
        .stdin(noise(PART + 1, 2))
        .start();
    assert!(hold.reached(PATIENCE));
    assert!(server.wait_for_ended(Op::UploadPart, 1, PATIENCE));
    // Progress is told by the clock: some of it has to pass.
    std::thread::sleep(std::time::Duration::from_millis(500));
    hold.release();
    let outcome = run.wait().code(i32::from(failing));
    assert!(outcome.stdout.is_empty(), "{outcome}");
    outcome
}

fn json_lines(lines: &[&str]) -> Vec<Value> {
    let parse = |line: &&str| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
    lines.iter().map(parse).collect()
}

#[test]
fn case_46_json_progress() {
    let outcome = held("json", None);
    let lines = json_lines(&outcome.stderr.lines().collect::<Vec<_>>());
    let (last, before) = lines.split_last().expect("some lines");
    assert!(!before.is_empty(), "{outcome}");
    for line in before {
        assert_eq!(line["event"], "progress", "{outcome}");
    }
    let shows_the_part = |line: &Value| line["in_flight"][0]["part"] == 2;
    assert!(before.iter().any(shows_the_part), "{outcome}");
    assert_eq!(last["event"], "done", "{outcome}");
    assert_eq!(last["uri"], "s3://bucket/key", "{outcome}");
    assert_eq!(last["stored"], PART + 1, "{outcome}");
    assert_eq!(last["parts_stored"], 2, "{outcome}");
    assert_eq!(last["in_flight"], Value::Array(vec![]), "{outcome}");
}

#[test]
fn case_46_json_progress_of_a_failure() {
    let outcome = held("json", Some(Fault::status(403, "AccessDenied")));
    let is_error = |line: &&str| line.starts_with("error: ") || line.starts_with("hint: ");
    let (errors, lines): (Vec<_>, Vec<_>) = outcome.stderr.lines().partition(is_error);
    assert!(errors[0].contains("AccessDenied"), "{outcome}");
    let lines = json_lines(&lines);
    assert_eq!(lines.last().unwrap()["event"], "failed", "{outcome}");
}

#[test]
fn case_46_plain_progress_and_bars_without_a_terminal() {
    for style in ["plain", "bar"] {
        let outcome = held(style, None);
        let lines: Vec<_> = outcome.stderr.lines().collect();
        let (last, before) = lines.split_last().expect("some lines");
        assert!(!before.is_empty(), "{outcome}");
        for line in before {
            assert!(line.starts_with("s3://bucket/key: "), "{outcome}");
            assert!(line.contains("in flight"), "{outcome}");
        }
        assert!(last.contains("s3://bucket/key"), "{outcome}");
        assert!(!last.contains("in flight"), "a summary: {outcome}");
        assert!(!outcome.stderr.contains('\u{1b}'), "no colours: {outcome}");
    }
}
