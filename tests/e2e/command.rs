//! Case 6: what a command prints, committed only if it succeeds.

use crate::harness::*;
use nix::sys::stat::Mode;
use s3_server::{Fault, Nth, Op, Server};
use std::fs::{self, OpenOptions};

fn put(server: &Server, command: &[&str]) -> S3stream {
    S3stream::put(server, "bucket/key").arg("--").args(command)
}

fn shell(server: &Server, script: &str) -> S3stream {
    put(server, &["sh", "-c", script])
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
fn case_06_the_output_of_a_command() {
    let server = server();
    let size = 2 * PART + 1;
    shell(&server, &format!("head -c {size} /dev/zero"))
        .run()
        .silent();
    let sizes = assert_stored(&server, "key", &vec![0; size]);
    assert_eq!(sizes, [PART as u64, PART as u64, 1]);
}

#[test]
fn case_06_arguments_arrive_as_they_are() {
    let server = server();
    put(
        &server,
        &["printf", "%s|", "--size", "two words", "", "$HOME"],
    )
    .run()
    .silent();
    assert_stored(&server, "key", b"--size|two words||$HOME|");
}

#[test]
fn case_06_a_command_reads_our_stdin() {
    let server = server();
    put(&server, &["tr", "a-z", "A-Z"])
        .stdin("shout")
        .run()
        .silent();
    assert_stored(&server, "key", b"SHOUT");
}

#[test]
fn case_06_fails_after_much_output() {
    let server = server();
    shell(&server, "head -c 50M /dev/urandom; exit 3")
        .run()
        .code(5)
        .error(&["s3://bucket/key", "sh failed with exit status 3"]);
    assert_eq!(server.count(Op::CreateMultipartUpload), 1);
    assert_nothing_committed(&server);
}

#[test]
fn case_06_fails_after_little_output() {
    let server = server();
    shell(&server, "echo partial; exit 1")
        .run()
        .code(5)
        .error(&["s3://bucket/key", "sh failed with exit status 1"]);
    assert_nothing_committed(&server);
}

/// That it failed explains the empty or short stream.
#[test]
fn case_06_fails_without_output() {
    for options in [&[][..], &["--allow-empty"], &["--min-size", "1"]] {
        let server = server();
        S3stream::put(&server, "bucket/key")
            .args(options)
            .args(["--", "false"])
            .run()
            .code(5)
            .error(&["s3://bucket/key", "false failed with exit status 1"]);
        assert_nothing_committed(&server);
    }
}

#[test]
fn case_06_succeeds_without_output() {
    let server = server();
    put(&server, &["true"])
        .run()
        .code(4)
        .error(&["s3://bucket/key", "empty"]);
    assert_nothing_committed(&server);
    S3stream::put(&server, "bucket/key")
        .args(["--allow-empty", "--", "true"])
        .run()
        .silent();
    assert_stored(&server, "key", b"");
}

#[test]
fn case_06_killed_by_a_signal() {
    for (size, signal, name) in [("100", "KILL", "SIGKILL"), ("6M", "SEGV", "SIGSEGV")] {
        let server = server();
        shell(
            &server,
            &format!("head -c {size} /dev/zero; kill -{signal} $$"),
        )
        .run()
        .code(5)
        .error(&["s3://bucket/key", "sh was ended by signal", name]);
        assert_nothing_committed(&server);
    }
}

#[test]
fn case_06_not_found_or_no_program() {
    for (command, why) in [
        ("no-such-command-here", "No such file"),
        ("/etc/passwd", "Permission denied"),
        ("/", "Permission denied"),
    ] {
        let server = server();
        put(&server, &[command, "argument"]).run().code(5).error(&[
            "s3://bucket/key",
            "can't start",
            command,
            why,
        ]);
        assert_no_requests(&server);
        assert_clean(&server);
    }
}

#[test]
fn case_06_stderr_passes_through() {
    let server = server();
    let outcome = shell(&server, "echo complaint >&2; echo data")
        .run()
        .code(0);
    assert_eq!(outcome.stderr, "complaint\n", "{outcome}");
    assert_eq!(outcome.stdout, "", "{outcome}");
    assert_stored(&server, "key", b"data\n");

    let outcome = shell(&server, "echo complaint >&2; exit 9").run().code(5);
    assert!(
        outcome.stderr.starts_with("complaint\nerror: "),
        "{outcome}"
    );
}

#[test]
fn case_06_closes_its_output_before_it_fails() {
    let server = server();
    shell(&server, "echo data; exec >&-; sleep 0.3; exit 7")
        .run()
        .code(5)
        .error(&["sh failed with exit status 7"]);
    assert_nothing_committed(&server);
}

#[test]
fn case_06_fails_while_it_reports_other_failures() {
    let server = server();
    let (_folder, refused) = mark();
    let script = format!(
        "head -c 6M /dev/zero; until [ -e '{}' ]; do sleep 0.01; done; exit 3",
        refused.display()
    );
    server.fail(Op::UploadPart, Nth::Part(1), Fault::slow_down());
    server.on(Op::UploadPart, Nth::Part(1), move |_| {
        fs::write(&refused, "").unwrap();
    });
    shell(&server, &script)
        .run()
        .code(5)
        .error(&["sh failed with exit status 3"]);
    assert_nothing_committed(&server);
}

fn fifo(folder: &tempfile::TempDir) -> std::path::PathBuf {
    let path = folder.path().join("fifo");
    nix::unistd::mkfifo(&path, Mode::S_IRWXU).unwrap();
    path
}

/// A grandchild that still holds the pipe may still write to it: its bytes belong to the stream.
#[test]
fn case_06_a_grandchild_writes_on() {
    let server = server();
    let folder = tempfile::tempdir().unwrap();
    let path = fifo(&folder);
    let script = format!("echo early; cat '{}' & exit 0", path.display());
    let run = shell(&server, &script).start();
    // Opening it blocks until the grandchild is there.
    std::thread::spawn(move || fs::write(path, b"late\n").unwrap());
    run.wait().silent();
    assert_stored(&server, "key", b"early\nlate\n");
}

/// A failed upload ends, whoever still holds the pipe.
#[test]
fn case_06_a_grandchild_does_not_hold_up_a_failure() {
    let server = server();
    let folder = tempfile::tempdir().unwrap();
    let path = fifo(&folder);
    server.fail(
        Op::UploadPart,
        Nth::From(1),
        Fault::status(403, "AccessDenied"),
    );
    let script = format!(
        "exec 2>/dev/null; cat '{}' & head -c {} /dev/zero; wait",
        path.display(),
        PART + 1
    );
    let run = shell(&server, &script).start();
    // Opening it blocks until the grandchild is there, which it then keeps alive.
    let writer = std::thread::spawn(move || OpenOptions::new().write(true).open(path));
    let outcome = run
        .wait()
        .code(1)
        .error(&["s3://bucket/key", "AccessDenied"]);
    assert!(outcome.took.as_secs() < 10, "{outcome}");
    drop(writer);
    assert_clean(&server);
}

#[test]
fn case_06_the_command_is_told_when_the_upload_fails() {
    let server = server();
    let folder = tempfile::tempdir().unwrap();
    let told = folder.path().join("told");
    server.fail(
        Op::UploadPart,
        Nth::From(1),
        Fault::status(403, "AccessDenied"),
    );
    let script = format!(
        "trap 'echo >{}; exit' TERM; while :; do head -c 1M /dev/zero; done 2>/dev/null",
        told.display()
    );
    shell(&server, &script)
        .run()
        .code(1)
        .error(&["s3://bucket/key", "AccessDenied"]);
    assert!(told.exists(), "no SIGTERM");
    assert_clean(&server);
}

#[test]
fn case_06_a_file_and_a_command_are_one_too_many() {
    let server = server();
    S3stream::put(&server, "bucket/key")
        .args(["/etc/hostname", "--", "echo", "x"])
        .run()
        .code(2)
        .error(&["FILE"]);
    put(&server, &[""]).run().code(2).error(&["COMMAND"]);
    assert_no_requests(&server);
}
