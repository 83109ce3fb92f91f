//! Cases 37, 51, 57, 58, 60 and 62: what a run over many files says of those that are not stored, and
//! what it does not mistake for stored ones.

use crate::harness::*;
use nix::sys::signal::Signal;
use s3_server::{Fault, Nth, Op};
use std::fs;

/// A name must not forge a line, nor clear the screen before it.
#[test]
fn case_84_names_are_escaped_on_standard_error() {
    let name = "a\x1b[2J\nerror: forged";
    let folder = tree(&[(name.to_owned(), b"data".to_vec())].into());
    let server = server();
    server.fail(
        Op::PutObject,
        Nth::From(1),
        Fault::status(403, "AccessDenied"),
    );
    let many = S3stream::put_many(&server, "bucket")
        .args(["-r", "src"])
        .current_dir(folder.path())
        .run()
        .code(1);
    let one = S3stream::put(&server, &format!("bucket/{name}"))
        .stdin("data")
        .run()
        .code(1);
    server.clear_faults();
    let again = || {
        let run = S3stream::put_many(&server, "bucket").args(["-r", "src", "-v"]);
        run.arg("--skip-existing")
            .current_dir(folder.path())
            .run()
            .code(0)
    };
    again();
    let told = again();
    assert!(told.stderr.contains("passed over"), "{told}");
    assert!(!told.stderr.contains('\x1b'), "{told}");
    assert!(
        !told.stderr.lines().any(|line| line.starts_with("error: ")),
        "{told}"
    );
    for run in [many, one] {
        assert!(!run.stderr.contains('\x1b'), "{run}");
        assert!(run.stderr.contains(r"a\u{1b}[2J\nerror: forged"), "{run}");
        let errors = run
            .stderr
            .lines()
            .filter(|line| line.starts_with("error: "));
        assert_eq!(errors.count(), 1, "{run}");
    }
}

#[test]
fn case_51_fail_fast_stops_the_run() {
    let folder = tree(&small(300));
    let server = server();
    server.fail(
        Op::PutObject,
        Nth::From(10),
        Fault::status(403, "AccessDenied"),
    );
    let run = S3stream::put_many(&server, "bucket").args(["-r", "--fail-fast", "--workers", "2"]);
    let ended = run.arg(folder.path().join("src")).run().code(3);
    // Those that were not tried are missing too.
    let stored = server.keys(BUCKET).len();
    let missing = format!("{} of 300 files were not stored", 300 - stored);
    ended.error(&[&missing, "--fail-fast"]);
    assert!(
        server.count(Op::PutObject) < 20,
        "{}",
        server.count(Op::PutObject)
    );
}

#[test]
fn case_51_fail_fast_stops_at_a_file_that_is_not_there() {
    let folder = tree(&small(3));
    let server = server();
    let run = S3stream::put_many(&server, "bucket").args(["-r", "--fail-fast", "missing", "src"]);
    run.current_dir(folder.path())
        .run()
        .code(1)
        .error(&["4 of 4 files", "--fail-fast"]);
    assert_no_requests(&server);
}

/// A tenth of them is stored when the time is up.
#[test]
fn case_62_all_files_that_are_missing_when_the_time_is_up_are_counted() {
    let folder = tree(&small(300));
    let server = server();
    let _others = server.hold(Op::PutObject, Nth::From(31));
    let run =
        S3stream::put_many(&server, "bucket").args(["-r", "--timeout", "2s", "--workers", "4"]);
    let ended = run.arg(folder.path().join("src")).run().code(3);
    assert_eq!(server.keys(BUCKET).len(), 30);
    let last = ended.stderr.lines().last().unwrap();
    // The server has four, and never answers.
    let missing = "270 of 300 files were not stored (4 of them may be all the same)";
    assert!(last.contains(missing), "{ended}");
    ended.error(&["--timeout 2s"]);
}

#[test]
fn case_62_where_nothing_is_stored_in_time_it_failed() {
    let folder = tree(&small(9));
    let server = server();
    let _all = server.hold(Op::PutObject, Nth::From(1));
    let run = S3stream::put_many(&server, "bucket").args(["-r", "--timeout", "500ms"]);
    let run = run.arg(folder.path().join("src")).run().code(1);
    run.error(&["9 of 9 files were not stored", "--timeout 500ms"]);
}

/// Of a list whose end is not in sight nobody knows how many are missing.
#[test]
fn case_62_what_was_not_found_in_time_is_not_counted() {
    let folder = tree(&small(20));
    let server = server();
    let _others = server.hold(Op::PutObject, Nth::From(6));
    let run = S3stream::put_many(&server, "bucket").args(["--files-from", "-", "--timeout", "2s"]);
    let run = run.current_dir(folder.path().join("src"));
    let mut run = run.stdin_handle(std::process::Stdio::piped()).start();
    let mut list = run.stdin();
    for name in small(20).keys() {
        std::io::Write::write_all(&mut list, format!("{name}\n").as_bytes()).unwrap();
    }
    let ended = run.wait().code(3);
    drop(list);
    ended.error(&["at least 15 of at least 20 files"]);
}

#[test]
fn case_62_a_signal_keeps_its_status_and_counts_too() {
    let folder = tree(&small(40));
    let server = server();
    let others = server.hold(Op::PutObject, Nth::From(6));
    let run = S3stream::put_many(&server, "bucket").args(["-r", "--workers", "1"]);
    let run = run.arg(folder.path().join("src")).start();
    assert!(others.reached(PATIENCE));
    run.signal(Signal::SIGTERM);
    let ended = run.wait().signal(Signal::SIGTERM);
    ended.error(&["SIGTERM", "35 of 40 files were not stored"]);
}

#[test]
fn case_62_a_signal_that_comes_too_late_says_that_all_is_stored() {
    let folder = tree(&small(20));
    let server = server();
    let last = server.hold(Op::PutObject, Nth::Call(20));
    let run = S3stream::put_many(&server, "bucket").arg("-r");
    let run = run.arg(folder.path().join("src")).start();
    assert!(last.reached(PATIENCE));
    until("19 are stored", || server.keys(BUCKET).len() == 19);
    run.signal(Signal::SIGTERM);
    run.until_signals_are_taken();
    last.release();
    let ended = run.wait().signal(Signal::SIGTERM);
    ended.error(&["SIGTERM", "all 20 files are stored"]);
    assert_eq!(server.keys(BUCKET).len(), 20);
}

#[test]
fn case_37_a_signal_aborts_all_uploads_and_begins_no_more() {
    let large = |n| (format!("large{n}"), noise(PART + 1, n));
    let folder = tree(&(0..6).map(large).collect());
    let server = server();
    let _parts = server.hold(Op::UploadPart, Nth::From(1));
    let run = S3stream::put_many(&server, "bucket").args(["-r", "--workers", "4"]);
    let run = run.arg(folder.path().join("src")).start();
    // All that may be in flight: nothing else is sent until one of them is answered.
    assert!(server.wait_for(Op::UploadPart, 4, PATIENCE));
    let begun = server.uploads().len();
    assert!((2..=4).contains(&begun), "{begun}");
    run.signal(Signal::SIGTERM);
    run.wait().signal(Signal::SIGTERM);
    assert_clean(&server);
    assert_eq!(server.count(Op::CreateMultipartUpload), begun);
    assert_eq!(server.count(Op::CompleteMultipartUpload), 0);
}

#[test]
fn case_58_what_the_store_refuses_without_a_condition_is_not_there_already() {
    let files = Files::from([
        ("large".to_owned(), noise(2 * PART, 58)),
        ("small".to_owned(), noise(9, 58)),
        ("stored".to_owned(), noise(9, 59)),
    ]);
    let folder = tree(&files);
    let server = server();
    let refused = || Fault::status(412, "PreconditionFailed");
    server.fail(Op::CompleteMultipartUpload, Nth::From(1), refused());
    server.fail(Op::PutObject, Nth::Key("src/small".to_owned()), refused());
    let run = S3stream::put_many(&server, "bucket").args(["-r", "--output", "json"]);
    let ended = run.arg(folder.path().join("src")).run().code(3);
    let ended = ended.error(&["2 of 3 files"]).hint("--checksum-algorithm");
    assert!(ended.stderr.contains("PreconditionFailed"), "{ended}");
    assert_eq!(ended.stdout.matches(r#""status":"failed""#).count(), 2);
    assert!(!ended.stdout.contains("skipped"), "{ended}");
    ended.without("leave --no-overwrite out");
    assert_stored(&server, "src/stored", &files["stored"]);
    assert_eq!(server.keys(BUCKET), ["src/stored"]);
}

#[test]
fn case_60_a_file_that_tells_no_size_is_read_to_its_end() {
    let server = server();
    let folder = tree(&[("empty".to_owned(), Vec::new())].into());
    let journal = folder.path().join("journal");
    let run = || {
        let run = S3stream::put_many(&server, "bucket/p/").arg("--journal");
        let run = run.arg(&journal).arg("/proc/version");
        run.arg(folder.path().join("src/empty")).run().silent();
    };
    run();
    let version = fs::read("/proc/version").unwrap();
    assert!(!version.is_empty());
    assert_stored(&server, "p/version", &version);
    assert_stored(&server, "p/empty", b"");
    // Its times tell nothing of its content either.
    run();
    assert_eq!(server.count(Op::PutObject), 3);
}

#[test]
fn case_57_results_that_cannot_be_written_are_a_warning() {
    let files = small(20);
    let folder = tree(&files);
    for options in [&["--output", "json"][..], &["--output", "text", "-q"]] {
        let server = server();
        let run = S3stream::put_many(&server, "bucket")
            .arg("-r")
            .args(options);
        let run = run.arg(folder.path().join("src"));
        let ended = run.in_shell("exec \"$0\" \"$@\" >/dev/full").run().code(0);
        assert_eq!(ended.stderr.lines().count(), 1, "once: {ended}");
        let warning = "warning: the results can't be written to standard output: No space left";
        assert!(ended.stderr.starts_with(warning), "{ended}");
        assert_all_stored(&server, "src/", &files);
    }
}

/// 300 files, and what none of them can pass.
#[test]
fn case_75_what_no_file_can_pass_ends_the_run() {
    let files = small(300);
    let folder = tree(&files);
    for (status, code) in [
        (404, "NoSuchBucket"),
        (403, "InvalidAccessKeyId"),
        (403, "SignatureDoesNotMatch"),
        (301, "PermanentRedirect"),
    ] {
        let server = server();
        server.fail(Op::PutObject, Nth::From(1), Fault::status(status, code));
        let run = S3stream::put_many(&server, "bucket").args(["-r", "--output", "json"]);
        let ended = run.arg(folder.path().join("src")).run().code(1);
        let ended = ended.error(&["files were not stored", code]);
        let lines = ended.stderr.lines().count();
        assert!(lines < 30, "{lines} lines {ended}");
        let requests = server.requests().len();
        assert!(requests < 80, "{requests} requests");
        assert!(ended.stderr.contains("hint: "), "{ended}");
        assert!(server.keys(BUCKET).is_empty());
    }
}

#[test]
fn case_75_what_only_some_files_meet_stops_no_other() {
    let files = small(100);
    let folder = tree(&files);
    for code in ["AccessDenied", "SignatureDoesNotMatch"] {
        let server = server();
        // An odd key among others, of which some are stored by then.
        server.fail(Op::PutObject, Nth::Call(60), Fault::status(403, code));
        server.fail(Op::PutObject, Nth::Call(61), Fault::status(403, code));
        let run = S3stream::put_many(&server, "bucket").arg("-r");
        let ended = run.arg(folder.path().join("src")).run().code(3);
        let ended = ended.error(&["2 of 100 files"]);
        let named = ended.stderr.lines();
        let named = named.filter(|it| it.starts_with("failed: ")).count();
        assert_eq!(named, 2, "{ended}");
        assert_eq!(server.keys(BUCKET).len(), 98);
    }
}
