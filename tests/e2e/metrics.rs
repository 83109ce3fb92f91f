//! Case 92: what monitoring is told of a run, however it ended.

use crate::harness::*;
use nix::sys::signal::Signal;
use regex::Regex;
use s3_server::{Fault, Nth, Op, Server};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, SystemTime};

/// Each series with its value, of a file that is what Prometheus takes: HELP, TYPE and then the samples of
/// each name, and no series twice.
#[track_caller]
fn series(file: &Path) -> BTreeMap<String, f64> {
    let text = fs::read_to_string(file).unwrap();
    let label = r#"[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\[\\"n])*""#;
    let sample =
        format!(r#"^(s3stream_[a-z_]+)(\{{{label}(?:,{label})*\}}) ([0-9]+(?:\.[0-9]+)?)$"#);
    let sample = Regex::new(&sample).unwrap();
    let (mut found, mut names, mut lines) =
        (BTreeMap::new(), BTreeSet::new(), text.lines().peekable());
    assert!(text.ends_with('\n'), "{text}");
    while let Some(help) = lines.next() {
        let name = help
            .strip_prefix("# HELP ")
            .and_then(|it| it.split_once(' '));
        let (name, _) = name.unwrap_or_else(|| panic!("no HELP: {help}"));
        let kind = lines.next().unwrap_or_default();
        assert_eq!(kind, format!("# TYPE {name} gauge"), "{text}");
        assert!(names.insert(name.to_owned()), "{name} twice: {text}");
        while let Some(line) = lines.next_if(|line| !line.starts_with('#')) {
            let parts = sample.captures(line);
            let parts = parts.unwrap_or_else(|| panic!("no sample: {line}"));
            assert_eq!(&parts[1], name, "{text}");
            let series = format!("{name}{}", &parts[2]);
            let before = found.insert(series, parts[3].parse().unwrap());
            assert!(before.is_none(), "twice: {line}");
        }
    }
    found
}

/// The value of the only series of that name.
#[track_caller]
fn value(file: &Path, name: &str) -> f64 {
    let all = series(file);
    let start = format!("s3stream_{name}{{");
    let mut found = all.iter().filter(|(series, _)| series.starts_with(&start));
    let (_, value) = found.next().unwrap_or_else(|| panic!("no {name}: {all:?}"));
    assert!(found.next().is_none(), "{name}: {all:?}");
    *value
}

const LAST_SUCCESS: &str = "last_success_timestamp_seconds";

fn folder_and_file() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.prom");
    (folder, file)
}

fn put(server: &Server, file: &Path, args: &[&str]) -> S3stream {
    let run = S3stream::put(server, "bucket/key").arg("--metrics-file");
    run.arg(file).args(args).stdin("data")
}

#[test]
fn case_92_a_success_is_told_and_readable_by_all() {
    let (folder, file) = folder_and_file();
    let server = server();
    server.fail(Op::UploadPart, Nth::Part(2), Fault::slow_down());
    server.fail(Op::UploadPart, Nth::Part(3), Fault::internal_error());
    let label = ["--metrics-label", r#"host=a "b" \c,key=k"#];
    let run = put(&server, &file, &label).stdin(noise(2 * PART + 1, 92));
    run.in_shell(r#"umask 077; exec "$0" "$@""#).run().silent();
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o644);
    let found = series(&file);
    let labels = r#"bucket="bucket",name="shop",host="a \"b\" \\c",key="k""#;
    for (name, more, expected) in [
        ("success", "", 1.0),
        ("exit_status", "", 0.0),
        ("bytes", "", (2 * PART + 1) as f64),
        ("parts", "", 3.0),
        ("retries", r#",reason="throttled""#, 1.0),
        ("retries", r#",reason="server_error""#, 1.0),
        ("retries", r#",reason="timeout""#, 0.0),
    ] {
        let series = format!("s3stream_{name}{{{labels}{more}}}");
        assert_eq!(found.get(&series), Some(&expected), "{series}: {found:?}");
    }
    assert!(found.keys().all(|it| it.contains(labels)), "{found:?}");
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs_f64();
    let last = value(&file, LAST_SUCCESS);
    assert!((now - 60.0..=now).contains(&last), "{last} {now}");
    assert_eq!(value(&file, "last_run_timestamp_seconds"), last);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}

/// Whatever the end, the series are the same, and the time of the last success stays.
#[test]
fn case_92_every_end_is_told_and_keeps_the_last_success() {
    let (_folder, file) = folder_and_file();
    let server = server();
    let label = "--metrics-label=host=a";
    put(&server, &file, &[label]).run().silent();
    let before = series(&file);
    let success = value(&file, LAST_SUCCESS);
    let refused = ["--metrics-label=job=x"];
    for (args, status) in [
        (&[label, "--no-such-option"][..], 2),
        (&[label, "--part-size=1"], 2),
        (&refused, 2),
        (&[label, "--size=5"], 4),
        (&[label, "--", "false"], 5),
    ] {
        let run = put(&server, &file, args).run().code(status);
        assert_eq!(value(&file, "success"), 0.0, "{run}");
        assert_eq!(value(&file, "exit_status"), f64::from(status), "{run}");
        assert_eq!(value(&file, LAST_SUCCESS), success, "{run}");
        assert!(value(&file, "last_run_timestamp_seconds") >= success);
        let now = series(&file);
        assert!(now.keys().eq(before.keys()), "{now:?}: {run}");
        assert!(!run.stderr.contains("warning"), "{run}");
    }
    server.fail(
        Op::PutObject,
        Nth::From(1),
        Fault::status(403, "AccessDenied"),
    );
    put(&server, &file, &[]).run().code(1);
    assert_eq!(value(&file, "exit_status"), 1.0);
    assert_eq!(value(&file, LAST_SUCCESS), success);
    // Of another bucket it says nothing.
    S3stream::put(&server, "another/key")
        .env("S3STREAM_METRICS_FILE", &file)
        .stdin("data")
        .run()
        .code(1);
    assert_eq!(value(&file, LAST_SUCCESS), 0.0);
}

#[test]
fn case_92_a_signal_is_told() {
    let (_folder, file) = folder_and_file();
    let server = server();
    let mut run = put(&server, &file, &[])
        .stdin_handle(Stdio::piped())
        .start();
    let _pipe = run.stdin();
    assert!(server.wait_for_ended(Op::CreateMultipartUpload, 1, Duration::from_secs(20)));
    run.signal(Signal::SIGTERM);
    run.wait().signal(Signal::SIGTERM);
    assert_eq!(value(&file, "exit_status"), 143.0);
    assert_eq!(
        (value(&file, "success"), value(&file, LAST_SUCCESS)),
        (0.0, 0.0)
    );
}

#[test]
fn case_92_what_is_no_file_of_ours_is_told_and_replaced() {
    let (_folder, file) = folder_and_file();
    let server = server();
    for content in [
        "",
        "s3stream_last_success_timestamp_seconds{bucket=",
        "\u{0}x",
    ] {
        fs::write(&file, content).unwrap();
        let run = put(&server, &file, &["--size=5"]).run().code(4);
        let told = run.stderr.contains("the time of the last success is lost");
        assert!(told, "{run}");
        assert_eq!(value(&file, LAST_SUCCESS), 0.0);
        let run = put(&server, &file, &["--size=5"]).run().code(4);
        assert!(!run.stderr.contains("warning"), "{run}");
    }
}

#[test]
fn case_92_a_file_that_can_t_be_written_is_a_warning() {
    let (folder, file) = folder_and_file();
    let server = server();
    let missing = folder.path().join("missing/x.prom");
    let device = PathBuf::from("/dev/full");
    let limit = r#"trap '' XFSZ; ulimit -f 0; exec "$0" "$@""#;
    let link = folder.path().join("link.prom");
    symlink("/dev/null", &link).unwrap();
    for target in [&missing, &folder.path().to_owned(), &device, &link] {
        let run = put(&server, target, &["--quiet"]).run().code(0);
        let told = run.stderr.contains("the metrics can't be written");
        assert!(told && run.stderr.lines().count() == 1, "{run}");
        let run = put(&server, target, &["--quiet", "--size=5"]).run();
        run.code(4).error(&["s3://bucket/key"]);
    }
    // As a full disk: the old file stays, and nothing beside it.
    put(&server, &file, &[]).run().silent();
    let before = series(&file);
    let run = put(&server, &file, &["--size=5"])
        .in_shell(limit)
        .run()
        .code(4);
    assert!(run.stderr.contains("the metrics can't be written"), "{run}");
    assert_eq!(series(&file), before);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
}

#[test]
fn case_92_a_link_stays_and_what_it_leads_to_is_replaced() {
    let (folder, file) = folder_and_file();
    let server = server();
    let link = folder.path().join("link.prom");
    fs::write(&file, "old").unwrap();
    symlink("shop.prom", &link).unwrap();
    put(&server, &link, &[]).run().silent();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(value(&file, "success"), 1.0);
}

#[test]
fn case_92_what_the_collector_would_not_read_is_a_warning() {
    let (folder, _) = folder_and_file();
    let file = folder.path().join("metrics");
    let server = server();
    let run = put(&server, &file, &[]).run().code(0);
    assert!(run.stderr.contains(".prom"), "{run}");
    put(&server, &file, &["-q"]).run().silent();
    assert_eq!(value(&file, "success"), 1.0);
}

#[test]
fn case_92_help_and_a_dry_run_write_none() {
    let (folder, file) = folder_and_file();
    let server = server();
    for args in [&["--dry-run"][..], &["--help"], &["--version"]] {
        put(&server, &file, args).run().code(0);
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
}

#[test]
fn case_92_labels_that_prometheus_would_not_keep_are_refused() {
    let (_folder, file) = folder_and_file();
    let server = server();
    for label in ["job=a", "instance=a", "bucket=a", "__x=a", "a-b=c", "a"] {
        let run = put(&server, &file, &["--metrics-label", label]).run();
        run.code(2).error(&["--metrics-label", label]);
    }
    assert_eq!(server.count(Op::PutObject), 0);
}

#[test]
fn case_92_put_many_tells_of_its_files() {
    let folder = tree(&small(5));
    let file = folder.path().join("src/many.prom");
    let server = server();
    server.put_object(BUCKET, "src/d0/f0", Vec::new());
    let refused = Fault::status(400, "InvalidArgument");
    server.fail(Op::PutObject, Nth::Call(1), refused);
    let run = S3stream::put_many(&server, "bucket").args(["-r", "--skip-existing"]);
    let run = run
        .arg(folder.path().join("src"))
        .arg("--metrics-file")
        .arg(&file);
    run.args(["--workers", "1"]).run().code(3);
    let found = series(&file);
    for (result, expected) in [("uploaded", 3.0), ("skipped", 1.0), ("failed", 1.0)] {
        let series = format!(r#"s3stream_files{{bucket="bucket",name="many",result="{result}"}}"#);
        assert_eq!(found.get(&series), Some(&expected), "{found:?}");
    }
    assert_eq!(value(&file, "exit_status"), 3.0);
    assert_eq!(value(&file, "parts"), 3.0);
    assert!(value(&file, "bytes") > 0.0);
    // It is the run's own, and lies in the folder.
    let run = S3stream::put_many(&server, "bucket").args(["-r", "--no-such-option"]);
    let run = run.arg("src").arg("--metrics-file").arg(&file);
    run.run().code(2);
    assert!(series(&file).keys().eq(found.keys()));
    assert!(server.object(BUCKET, "src/many.prom").is_none());
}
