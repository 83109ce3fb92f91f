//! Case 46: `--output json` has one form, whatever became of an object.

use crate::harness::*;
use s3_server::{Fault, Nth, Op};
use serde_json::{Value, json};
use std::fs;

#[track_caller]
fn only_line(outcome: &Outcome) -> Value {
    let mut lines = result_lines(outcome);
    assert_eq!(lines.len(), 1, "{outcome}");
    lines.remove(0)
}

#[test]
fn case_46_a_failure_has_its_line() {
    let server = server();
    let denied = Fault::status(403, "AccessDenied");
    server.fail(Op::PutObject, Nth::From(1), denied);
    let outcome = S3stream::put(&server, "bucket/key")
        .args(["--output", "json"])
        .stdin("data")
        .run()
        .code(1)
        .error(&["s3://bucket/key", "AccessDenied"]);
    let line = only_line(&outcome);
    assert_eq!(
        (&line["status"], &line["uri"]),
        (&json!("failed"), &json!("s3://bucket/key"))
    );
    let error = line["error"].as_str().unwrap();
    assert!(
        outcome.stderr.starts_with(&format!("error: {error}\n")),
        "{outcome}"
    );
}

#[test]
fn case_46_so_has_a_guard_a_command_and_what_is_no_use() {
    let (_folder, file) = file_with(b"data");
    let file = file.to_str().unwrap();
    for (destination, options, code, key) in [
        ("bucket/key", &["--size", "5", file][..], 4, json!("key")),
        ("bucket/key", &["--", "false"], 5, json!("key")),
        ("bucket/key", &["/nonexistent"], 2, json!("key")),
        ("bucket/../key", &[file], 2, Value::Null),
        ("bucket/key", &["--part-size", "1", file], 2, Value::Null),
    ] {
        let server = server();
        let run = S3stream::put(&server, destination).args(["--output", "json"]);
        let outcome = run.args(options).run().code(code);
        let line = only_line(&outcome);
        assert_eq!(
            (&line["status"], &line["key"]),
            (&json!("failed"), &key),
            "{outcome}"
        );
        assert_clean(&server);
    }
}

#[test]
fn case_46_many_files_have_the_same_form() {
    let folder = tree(&small(3));
    let src = folder.path().join("src");
    let bytes = fs::read(src.join("d1/f1")).unwrap();
    let server = server();
    server.put_object(BUCKET, "src/d0/f0", Vec::new());
    fs::write(folder.path().join("list"), "src/d0/f0\nsrc/d1/f1\ngone\n").unwrap();
    let run = |options: &[&str]| {
        let run = S3stream::put_many(&server, "bucket").args(["--files-from", "list"]);
        let run = run
            .args(["--skip-existing", "--output", "json"])
            .args(options);
        result_lines(&run.current_dir(folder.path()).run().code(3))
    };
    for (options, sent) in [(&["--dry-run"][..], "would-upload"), (&[], "uploaded")] {
        let mut lines = run(options);
        lines.sort_by_key(|line| line["path"].to_string());
        let told: Vec<_> = lines
            .iter()
            .map(|it| it["status"].as_str().unwrap())
            .collect();
        assert_eq!(told, ["failed", "skipped", sent]);
        assert_eq!(lines[2]["size"], bytes.len());
        assert_eq!(lines[2]["path"], "src/d1/f1");
    }
}
