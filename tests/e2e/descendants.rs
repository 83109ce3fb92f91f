//! Case 66: what COMMAND started, and what these started, ends with a run that failed; and a COMMAND
//! that failed ends the run.

use crate::harness::*;
use nix::sys::signal::Signal;
use s3_server::{Fault, Nth, Op, Server};
use std::time::Duration;

/// Time for what is to happen at once, on a machine that is busy.
const AT_ONCE: Duration = Duration::from_secs(10);

/// How the members of COMMAND hang together, and what they do with SIGTERM. Each writes its id before the
/// run is made to fail.
struct Shape {
    name: &'static str,
    /// What `bash -c` is given; `out` prints two parts.
    script: &'static str,
    members: usize,
    /// Whether SIGKILL has to end it.
    ignores: bool,
}

const SHAPES: [Shape; 6] = [
    Shape {
        name: "direct",
        script: "note; out; exec sleep 9999",
        members: 1,
        ignores: false,
    },
    Shape {
        name: "in a pipeline",
        script: "set -o pipefail; (note; out; exec sleep 9999) | cat",
        members: 1,
        ignores: false,
    },
    Shape {
        name: "an orphan",
        script: "(note; sleep 9999 & note $!) & note; out; exec sleep 9999",
        members: 3,
        ignores: false,
    },
    Shape {
        name: "an orphan that holds the pipe, COMMAND done",
        script: "(note; out; exec sleep 9999) & exit 0",
        members: 1,
        ignores: false,
    },
    Shape {
        name: "stopped",
        script: "note; out; kill -STOP $BASHPID",
        members: 1,
        ignores: false,
    },
    Shape {
        name: "ignoring SIGTERM",
        script: "trap '' TERM; (note; while :; do sleep 0.05; done) & note; out; while :; do sleep 0.05; done",
        members: 2,
        ignores: true,
    },
];

/// How a run is made to fail once all members are there; gives what its error says.
const FAILURES: [(&str, &[&str]); 4] = [
    ("store", &["AccessDenied"]),
    ("signal", &["SIGTERM"]),
    ("timeout", &["--timeout 2s"]),
    ("guard", &["--size"]),
];

fn fails(failure: &str, words: &[&str], shape: &Shape) {
    let (server, family) = (server(), Family::new());
    let mut put = S3stream::put(&server, "bucket/key");
    let hold = server.hold(Op::UploadPart, Nth::Call(1));
    match failure {
        "store" => server.fail(
            Op::UploadPart,
            Nth::From(1),
            Fault::status(403, "AccessDenied"),
        ),
        "timeout" => put = put.args(["--timeout", "2s"]),
        "guard" => put = put.args(["--size", &(PART + 1).to_string()]),
        _ => {}
    }
    if failure != "guard" {
        family.go_on();
    }
    let run = put
        .args(["--", "bash", "-c", &family.script(shape.script)])
        .start();
    family.wait_for(shape.members);
    assert!(hold.reached(PATIENCE), "{failure}, {}", shape.name);
    if failure == "signal" {
        run.signal(Signal::SIGTERM);
    }
    family.go_on();
    hold.release();
    let outcome = run.wait().error(words);
    let outcome = match failure {
        "signal" => outcome.signal(Signal::SIGTERM),
        "guard" => outcome.code(4),
        _ => outcome.code(1),
    };
    let most = match shape.ignores {
        true => AT_ONCE + Duration::from_secs(3),
        false => AT_ONCE,
    };
    assert!(outcome.took < most, "{}: {outcome}", shape.name);
    family.assert_gone(&format!("{failure}, {}: {outcome}", shape.name));
    assert_clean(&server);
}

#[test]
fn case_66_no_descendant_outlives_a_store_that_refuses() {
    let (failure, words) = FAILURES[0];
    SHAPES.iter().for_each(|shape| fails(failure, words, shape));
}

#[test]
fn case_66_no_descendant_outlives_a_signal() {
    let (failure, words) = FAILURES[1];
    SHAPES.iter().for_each(|shape| fails(failure, words, shape));
}

#[test]
fn case_66_no_descendant_outlives_the_timeout() {
    let (failure, words) = FAILURES[2];
    SHAPES.iter().for_each(|shape| fails(failure, words, shape));
}

/// It is the guard that ends it, not the SIGPIPE that a closed pipe would be for COMMAND.
#[test]
fn case_66_no_descendant_outlives_a_guard() {
    let (failure, words) = FAILURES[3];
    SHAPES.iter().for_each(|shape| fails(failure, words, shape));
}

#[test]
fn case_66_a_command_that_fails_ends_the_run_though_others_hold_its_pipe() {
    for (script, members, words) in [
        ("sleep 9999 & note $!; exit 7", 1, "exit status 7"),
        (
            "(note; sleep 9999 & note $!; wait) & until [ $(ids) = 2 ]; do :; done; exit 7",
            2,
            "exit status 7",
        ),
        ("sleep 9999 & note $!; out; exit 7", 1, "exit status 7"),
        ("sleep 9999 & note $!; kill -KILL $$", 1, "SIGKILL"),
        (
            "trap '' TERM; sleep 9999 & note $!; exit 7",
            1,
            "exit status 7",
        ),
    ] {
        let (server, family) = (server(), Family::new());
        family.go_on();
        let outcome = S3stream::put(&server, "bucket/key")
            .args(["--", "bash", "-c", &family.script(script)])
            .run()
            .code(5)
            .error(&["s3://bucket/key", "bash", words]);
        assert!(outcome.took < AT_ONCE, "{outcome}");
        family.wait_for(members);
        family.assert_gone(&format!("{script}: {outcome}"));
        assert_clean(&server);
    }
}

/// A store that does not answer does not hold it up, either.
#[test]
fn case_66_a_command_that_fails_ends_the_run_whatever_the_store_does() {
    let (server, family) = (server(), Family::new());
    server.fail(Op::UploadPart, Nth::From(1), Fault::NeverAnswer);
    let script = "out; sleep 9999 & note $!; exit 7";
    let run = S3stream::put(&server, "bucket/key")
        .args(["--", "bash", "-c", &family.script(script)])
        .start();
    assert!(server.wait_for(Op::UploadPart, 1, PATIENCE));
    let since = std::time::Instant::now();
    family.go_on();
    let outcome = run
        .wait()
        .code(5)
        .error(&["bash failed with exit status 7"]);
    assert!(since.elapsed() < AT_ONCE, "{outcome}");
    family.wait_for(1);
    family.assert_gone(&outcome.to_string());
}

/// A child is asked although its parent, asked before it, is gone by then and has left it to us.
#[test]
fn case_66_each_descendant_is_asked_before_it_is_killed() {
    let (server, family) = (server(), Family::new());
    let script = "asked() { echo asked >>\"$list.asked\"; exit; }; \
        first() { trap asked TERM; second & note; while :; do sleep 0.01; done; }; \
        second() { third & note; exec sleep 9999; }; \
        third() { trap asked TERM; note; while :; do sleep 0.01; done; }; \
        first & note; exec sleep 9999";
    let run = S3stream::put(&server, "bucket/key")
        .args(["--", "bash", "-c", &family.script(script)])
        .start();
    family.wait_for(4);
    run.signal(Signal::SIGTERM);
    run.wait().signal(Signal::SIGTERM).error(&["SIGTERM"]);
    let asked = std::fs::read_to_string(family.path().with_extension("asked"));
    assert_eq!(asked.unwrap_or_default().lines().count(), 2);
    family.assert_gone("all were asked");
}

/// Nobody reads it past what `--size` allows, while the only worker is busy. A pipe that was closed
/// then would end it by SIGPIPE.
#[test]
fn case_66_what_a_command_dies_of_when_it_is_not_read_is_not_the_reason() {
    let server = server();
    let _hold = server.hold(Op::UploadPart, Nth::Call(1));
    S3stream::put(&server, "bucket/key")
        .args(["--workers", "1", "--size", &(PART + 1).to_string()])
        .args(["--timeout", "2s", "--", "cat", "/dev/zero"])
        .run()
        .code(1)
        .error(&["--timeout 2s"]);
    assert_clean(&server);
}

#[test]
fn case_66_what_left_the_session_is_left_alone() {
    let (server, family) = (server(), Family::new());
    let script = "setsid bash -c 'echo $$ >>\"$list\"; exec sleep 9999 >/dev/null' & \
        until [ $(ids) = 1 ]; do :; done; exit 7";
    S3stream::put(&server, "bucket/key")
        .args(["--", "bash", "-c", &family.script(script)])
        .run()
        .code(5)
        .error(&["exit status 7"]);
    let [service] = family.ids()[..] else {
        panic!("{:?}", family.ids())
    };
    assert!(alive(service), "a service of its own was ended");
}

/// `exec s3stream` makes us the parent of what a script had started before; it is not ours to end.
#[test]
fn case_66_what_was_there_before_is_left_alone() {
    let (server, family) = (server(), Family::new());
    let list = family.path();
    let script = format!(
        "sleep 9999 >/dev/null 2>&1 & echo $! >{}; exec \"$0\" \"$@\"",
        list.display()
    );
    S3stream::put(&server, "bucket/key")
        .args(["--", "false"])
        .in_shell(&script)
        .run()
        .code(5)
        .error(&["false failed with exit status 1"]);
    let [before] = family.ids()[..] else {
        panic!("{:?}", family.ids())
    };
    assert!(alive(before), "what the caller had started was ended");
}

#[test]
fn case_66_a_run_that_succeeds_ends_nobody() {
    let (server, family) = (server(), Family::new());
    let script = "sleep 9999 >/dev/null 2>&1 & note $!; echo data";
    S3stream::put(&server, "bucket/key")
        .args(["--", "bash", "-c", &family.script(script)])
        .run()
        .silent();
    let [left] = family.ids()[..] else {
        panic!("{:?}", family.ids())
    };
    assert!(alive(left), "it was ended");
    assert_stored(&server, "key", b"data\n");
}

/// A caller may have SIGCHLD ignored: the system would drop exit statuses.
#[test]
fn case_66_an_ignored_sigchld_hides_no_exit_status() {
    for (script, code) in [("echo data", 0), ("echo data; exit 7", 5)] {
        let server = server();
        S3stream::put(&server, "bucket/key")
            .args(["--", "sh", "-c", script])
            .in_shell("exec env --ignore-signal=CHLD \"$0\" \"$@\"")
            .run()
            .code(code);
        assert_eq!(server.object(BUCKET, "key").is_some(), code == 0);
    }
}

/// As the parent of orphans we have init's duties, too.
#[test]
fn case_66_orphans_that_ended_do_not_pile_up() {
    let (server, family) = (server(), Family::new());
    let script = "for i in 1 2 3; do (note; true & note $!); done; out; echo data";
    let run = S3stream::put(&server, "bucket/key")
        .args(["--", "bash", "-c", &family.script(script)])
        .start();
    family.wait_for(6);
    until("none is left", || family.ids().into_iter().all(is_gone));
    family.go_on();
    run.wait().silent();
}

/// Each member ends as soon as it has started the next.
#[test]
fn case_66_a_chain_of_forks_is_ended() {
    let (server, family) = (server(), Family::new());
    let script = "trap '' TERM; hop() { note; sleep 0.1; hop & exit; }; hop";
    let run = S3stream::put(&server, "bucket/key")
        .args(["--", "bash", "-c", &family.script(script)])
        .start();
    family.wait_for(4);
    run.signal(Signal::SIGTERM);
    let outcome = run.wait().signal(Signal::SIGTERM).error(&["SIGTERM"]);
    family.assert_gone(&format!("{outcome}"));
}

#[test]
fn case_66_a_second_signal_takes_all_descendants_along() {
    let (server, family) = (server(), Family::new());
    family.go_on();
    let hold = server.hold(Op::AbortMultipartUpload, Nth::Call(1));
    let script =
        "trap '' TERM; (note; sleep 9999 & note $!) & note; out; sleep 9999 & note $!; wait";
    let run = S3stream::put(&server, "bucket/key")
        .args(["--", "bash", "-c", &family.script(script)])
        .start();
    family.wait_for(4);
    assert!(server.wait_for_ended(Op::UploadPart, 2, PATIENCE));
    run.signal(Signal::SIGTERM);
    assert!(hold.reached(PATIENCE));
    run.signal(Signal::SIGTERM);
    run.wait()
        .signal(Signal::SIGTERM)
        .error(&["second SIGTERM"]);
    // They were killed, and nobody waited for it.
    until("no descendant", || {
        family.ids().into_iter().all(|it| !alive(it))
    });
}

fn with_credential_process(put: S3stream, config: &std::path::Path, script: &str) -> S3stream {
    let helper = format!("bash -c \"{script}\"");
    std::fs::write(
        config,
        format!("[default]\ncredential_process = {helper}\n"),
    )
    .unwrap();
    put.without_env("AWS_ACCESS_KEY_ID")
        .without_env("AWS_SECRET_ACCESS_KEY")
        .env("AWS_CONFIG_FILE", config)
}

#[test]
fn case_66_a_hanging_credential_process_ends_with_the_run() {
    let run = |server: &Server, many: bool, family: &Family, signal: bool| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "abc").unwrap();
        let put = match many {
            true => S3stream::put_many(server, "bucket/").arg(&file),
            false => S3stream::put(server, "bucket/key").arg(&file),
        };
        let put = match signal {
            true => put,
            false => put.args(["--timeout", "2s"]),
        };
        let script = format!(
            "echo \\$\\$ >>{0}; sleep 9999 & echo \\$! >>{0}; wait",
            family.path().display()
        );
        let run = with_credential_process(put, &folder.path().join("config"), &script).start();
        family.wait_for(2);
        if signal {
            run.signal(Signal::SIGTERM);
            run.wait().signal(Signal::SIGTERM).error(&["SIGTERM"])
        } else {
            run.wait().code(1).error(&["--timeout 2s"])
        }
    };
    for (many, signal) in [(false, false), (false, true), (true, false), (true, true)] {
        let (server, family) = (server(), Family::new());
        let outcome = run(&server, many, &family, signal);
        family.assert_gone(&format!("{outcome}"));
        assert_no_requests(&server);
    }
}
