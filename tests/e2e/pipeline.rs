//! Case 53: a signal that ends a pipeline never commits what its producer got out before it died.

use crate::harness::*;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use s3_server::{Op, Server};
use std::os::fd::AsFd as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, Stdio};

/// How the signal reaches producer and run.
#[derive(Debug, Clone, Copy)]
enum How {
    /// At once, as Ctrl-C does and `kill` of the group.
    Group,
    /// The producer first, whose end is seen before the signal that caused it.
    ProducerFirst,
}

/// A producer that prints that many bytes and ends by nothing but a signal, in a group of its own.
fn producer(size: usize) -> Child {
    Command::new("/bin/sh")
        .args(["-c", &format!("head -c {size} /dev/zero; exec sleep 1000")])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap()
}

fn pid(id: u32) -> Pid {
    Pid::from_raw(i32::try_from(id).unwrap())
}

#[track_caller]
fn assert_untouched(server: &Server, old: &[u8], what: &str) {
    let body = server.object(BUCKET, "key").and_then(|it| it.body);
    assert!(body.is_some_and(|it| it[..] == *old), "overwritten: {what}");
    assert!(
        server.uploads().is_empty(),
        "{what}: {:?}",
        server.uploads()
    );
}

fn trial(signal: Signal, how: How, size: usize, flags: &[&str]) {
    let what = format!("{signal} {how:?} {size} {flags:?}");
    let server = server();
    let old = old_object(&server, "key", 20);
    let mut producer = producer(size);
    let group = pid(producer.id()).as_raw();
    let stdout = producer.stdout.take().unwrap();
    let pipe = stdout.as_fd().try_clone_to_owned().unwrap();
    let run = S3stream::put(&server, "bucket/key")
        .args(flags)
        .stdin_handle(stdout)
        .process_group(group)
        .start();
    if size > PART {
        assert!(server.wait_for_ended(Op::UploadPart, 1, PATIENCE), "{what}");
    } else {
        run.until_it_reads();
        until("all is read", || {
            let mut pipe = [PollFd::new(pipe.as_fd(), PollFlags::POLLIN)];
            poll(&mut pipe, PollTimeout::ZERO) == Ok(0)
        });
    }
    drop(pipe);
    match how {
        How::Group => killpg(pid(producer.id()), signal).unwrap(),
        How::ProducerFirst => {
            // Both are there when it goes on: the end of the stream, and the signal.
            run.signal(Signal::SIGSTOP);
            kill(pid(producer.id()), signal).unwrap();
            assert_eq!(producer.wait().unwrap().signal(), Some(signal as i32));
            run.signal(signal);
            run.signal(Signal::SIGCONT);
        }
    }
    run.wait()
        .signal(signal)
        .error(&["s3://bucket/key", signal.as_str()]);
    let _ = producer.wait();
    assert_untouched(&server, &old, &what);
}

#[test]
fn case_53_a_signal_to_the_whole_pipeline_commits_nothing() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        for size in [0, 12, PART + 1] {
            trial(signal, How::Group, size, &[]);
        }
    }
    trial(Signal::SIGTERM, How::Group, 12, &["--allow-empty"]);
}

#[test]
fn case_53_an_end_of_stream_that_is_seen_along_with_the_signal_commits_nothing() {
    for _ in 0..5 {
        for size in [0, 12, PART + 1] {
            trial(Signal::SIGTERM, How::ProducerFirst, size, &[]);
        }
    }
    trial(
        Signal::SIGINT,
        How::ProducerFirst,
        12,
        &["--checksum-algorithm", "NONE"],
    );
    trial(Signal::SIGHUP, How::ProducerFirst, 0, &["--allow-empty"]);
    trial(
        Signal::SIGTERM,
        How::ProducerFirst,
        12,
        &["--min-size", "1MiB"],
    );
}

#[test]
fn case_53_a_command_that_exits_with_0_on_the_signal_commits_nothing() {
    for (print, ends) in [
        ("printf data", "exit 0"),
        ("head -c 6M /dev/zero", "exit 0"),
        (":", "exit 3"),
    ] {
        let server = server();
        let old = old_object(&server, "key", 20);
        let (folder, mark) = mark();
        let script = format!(
            "trap '{ends}' TERM; {print}; touch {}; while :; do sleep 0.01; done",
            mark.display()
        );
        let run = S3stream::put(&server, "bucket/key")
            .args(["--", "sh", "-c", &script])
            .process_group(0)
            .start();
        until("the command printed", || mark.exists());
        killpg(pid(run.id()), Signal::SIGTERM).unwrap();
        run.wait().signal(Signal::SIGTERM).error(&["SIGTERM"]);
        assert_untouched(&server, &old, print);
        drop(folder);
    }
}

/// A producer that is killed alone looks like one that is done; README says so. Only its end by a
/// signal that reaches the run too is known.
#[test]
fn case_53_a_stream_that_just_ends_is_stored() {
    let server = server();
    let run = S3stream::put(&server, "bucket/key").stdin("whole").run();
    run.silent();
    assert_stored(&server, "key", b"whole");
}

/// What the parent asked to have blocked or ignored is what the run's own children begin with.
#[test]
fn case_53_children_begin_with_the_mask_that_the_program_was_given() {
    let server = server();
    S3stream::put(&server, "bucket/key")
        .args(["--", "grep", "SigBlk", "/proc/self/status"])
        .run()
        .silent();
    assert_stored(&server, "key", b"SigBlk:\t0000000000000000\n");

    let (_folder, mark) = mark();
    let config = mark.with_extension("config");
    let helper = format!(
        "sh -c \"grep SigBlk /proc/self/status >{}; exit 7\"",
        mark.display()
    );
    std::fs::write(
        &config,
        format!("[default]\ncredential_process = {helper}\n"),
    )
    .unwrap();
    S3stream::put(&server, "bucket/other")
        .without_env("AWS_ACCESS_KEY_ID")
        .without_env("AWS_SECRET_ACCESS_KEY")
        .env("AWS_CONFIG_FILE", &config)
        .stdin("abc")
        .run()
        .error(&["credentials"]);
    let mask = std::fs::read_to_string(&mark).unwrap();
    assert_eq!(mask, "SigBlk:\t0000000000000000\n");
}
