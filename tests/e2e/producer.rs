//! Case 37 with a COMMAND: it ends with the run, and does not hold up the cleaning.

use crate::harness::*;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use s3_server::{Nth, Op};
use std::path::Path;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(20);

/// The process id that COMMAND wrote there.
fn pid(path: &Path) -> Pid {
    Pid::from_raw(
        std::fs::read_to_string(path)
            .unwrap()
            .trim()
            .parse()
            .unwrap(),
    )
}

/// Prints two parts and goes on for ever.
fn endless(trap: &str, then: &str, path: &Path) -> [String; 4] {
    let script = format!(
        "{trap} echo $$ > {}; head -c {} /dev/zero; {then} while :; do sleep 0.05; done",
        path.display(),
        2 * PART + 1
    );
    ["--", "sh", "-c", script.as_str()].map(str::to_owned)
}

#[test]
fn case_37_a_command_is_ended_with_the_run() {
    for trap in ["", "trap '' TERM;"] {
        let (server, folder) = (server(), tempfile::tempdir().unwrap());
        let path = folder.path().join("pid");
        let run = S3stream::put(&server, "bucket/key")
            .args(endless(trap, "", &path))
            .start();
        assert!(server.wait_for_ended(Op::UploadPart, 2, SOON));
        run.signal(Signal::SIGTERM);
        run.wait().signal(Signal::SIGTERM).error(&["SIGTERM"]);
        assert!(kill(pid(&path), None).is_err(), "an orphan: {trap}");
        assert_clean(&server);
    }
}

#[test]
fn case_37_a_command_that_ignores_sigterm_does_not_delay_the_abort() {
    // With its output closed, the run waits for its exit status.
    let (server, folder) = (server(), tempfile::tempdir().unwrap());
    let (path, closed) = (folder.path().join("pid"), folder.path().join("closed"));
    let log = folder.path().join("log");
    let then = format!("exec >&-; touch {};", closed.display());
    let seen = std::sync::Arc::new(std::sync::Mutex::new(None));
    let (note, at) = (std::sync::Arc::clone(&seen), path.clone());
    server.on(Op::AbortMultipartUpload, Nth::Call(1), move |_| {
        *note.lock().unwrap() = Some(kill(pid(&at), None).is_ok());
    });
    let run = S3stream::put(&server, "bucket/key")
        .args(["--progress", "json", "--progress-interval", "100ms"])
        .args(endless("trap '' TERM;", &then, &path))
        .env("LOG", &log)
        .in_shell("exec \"$0\" \"$@\" 2>\"$LOG\"")
        .start();
    // All parts are stored for an interval: what is left to wait for is the exit status.
    let waiting = || {
        let log = std::fs::read_to_string(&log).unwrap_or_default();
        log.matches("\"parts_stored\":3").count() >= 2
    };
    let started = std::time::Instant::now();
    while !waiting() {
        assert!(started.elapsed() < SOON, "all parts stored");
        std::thread::sleep(Duration::from_millis(5));
    }
    run.signal(Signal::SIGTERM);
    run.wait().signal(Signal::SIGTERM);
    assert_eq!(
        *seen.lock().unwrap(),
        Some(true),
        "aborted before COMMAND ended"
    );
    assert!(kill(pid(&path), None).is_err(), "an orphan");
    assert_clean(&server);
}

#[test]
fn case_37_a_second_signal_takes_the_command_along() {
    let (server, folder) = (server(), tempfile::tempdir().unwrap());
    let path = folder.path().join("pid");
    let hold = server.hold(Op::AbortMultipartUpload, Nth::Call(1));
    let run = S3stream::put(&server, "bucket/key")
        .args(endless("trap '' TERM;", "", &path))
        .start();
    assert!(hold.reached(Duration::ZERO) || server.wait_for_ended(Op::UploadPart, 2, SOON));
    run.signal(Signal::SIGTERM);
    assert!(hold.reached(SOON));
    run.signal(Signal::SIGTERM);
    run.wait().signal(Signal::SIGTERM);
    // Killed by us, but reaped by init: it may still be a zombie.
    let state = std::fs::read_to_string(format!("/proc/{}/stat", pid(&path)));
    let gone = state.is_err_and(|_| true);
    let zombie = std::fs::read_to_string(format!("/proc/{}/stat", pid(&path)))
        .is_ok_and(|stat| stat.contains(") Z "));
    assert!(gone || zombie, "an orphan");
}
