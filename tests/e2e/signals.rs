//! Cases 37, 39 and 41: what ends a run from outside, at exact points of it.

use crate::harness::*;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::signal::Signal;
use s3_server::{Fault, Nth, Op, Server};
use std::io::Write as _;
use std::process::Stdio;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(20);

/// An upload of two parts whose end of stream has not come: the pipe is to be kept.
fn two_parts_and_an_open_pipe(
    server: &Server,
    arguments: &[&str],
) -> (Running, std::process::ChildStdin) {
    let mut run = S3stream::put(server, "bucket/key")
        .args(arguments)
        .stdin_handle(Stdio::piped())
        .start();
    let mut pipe = run.stdin();
    // A run that has ended already, as it may, leaves the pipe broken.
    let _ = pipe.write_all(&noise(2 * PART + 1, 37));
    (run, pipe)
}

#[test]
fn case_37_each_signal_aborts_and_then_ends_the_process_by_itself() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let server = server();
        let (run, _pipe) = two_parts_and_an_open_pipe(&server, &[]);
        assert!(server.wait_for_ended(Op::UploadPart, 2, SOON));
        run.signal(signal);
        run.wait()
            .signal(signal)
            .error(&["s3://bucket/key", signal.as_str()]);
        assert_eq!(server.count(Op::AbortMultipartUpload), 1);
        assert_clean(&server);
    }
}

#[test]
fn case_37_while_create_is_under_way_its_upload_is_aborted() {
    let server = server();
    let hold = server.hold(Op::CreateMultipartUpload, Nth::Call(1));
    let (run, _pipe) = two_parts_and_an_open_pipe(&server, &[]);
    assert!(hold.reached(SOON));
    run.signal(Signal::SIGTERM);
    hold.release();
    run.wait().signal(Signal::SIGTERM).error(&["SIGTERM"]);
    assert_clean(&server);
}

#[test]
fn case_37_a_create_that_is_never_answered_is_told_of() {
    let server = server();
    server.fail(Op::CreateMultipartUpload, Nth::From(1), Fault::NeverAnswer);
    let (run, _pipe) = two_parts_and_an_open_pipe(&server, &[]);
    assert!(server.wait_for(Op::CreateMultipartUpload, 1, SOON));
    run.signal(Signal::SIGTERM);
    run.wait()
        .signal(Signal::SIGTERM)
        .error(&["s3://bucket/key", "CreateMultipartUpload", "not answered"])
        .hint("s3stream uploads list bucket/key");
    assert_clean(&server);
}

#[test]
fn case_37_while_parts_are_held() {
    let server = server();
    let hold = server.hold(Op::UploadPart, Nth::From(1));
    let (run, _pipe) = two_parts_and_an_open_pipe(&server, &[]);
    assert!(hold.reached(SOON));
    run.signal(Signal::SIGINT);
    run.wait().signal(Signal::SIGINT).error(&["SIGINT"]);
    assert_clean(&server);
    hold.release();
}

#[test]
fn case_37_while_a_retry_waits() {
    let server = server();
    let wait = Fault::Status {
        status: 503,
        code: "SlowDown".to_owned(),
        headers: vec![("retry-after".to_owned(), "200".to_owned())],
    };
    server.fail(Op::UploadPart, Nth::From(1), wait);
    let (run, _pipe) = two_parts_and_an_open_pipe(&server, &[]);
    assert!(server.wait_for_ended(Op::UploadPart, 1, SOON));
    run.signal(Signal::SIGTERM);
    run.wait().signal(Signal::SIGTERM).error(&["SIGTERM"]);
    assert_clean(&server);
}

#[test]
fn case_37_a_put_that_has_left_is_decided_by_its_answer() {
    let server = server();
    let hold = server.hold(Op::PutObject, Nth::Call(1));
    let run = S3stream::put(&server, "bucket/key").stdin("abc").start();
    assert!(hold.reached(SOON));
    run.signal(Signal::SIGTERM);
    hold.release();
    run.wait().silent();
    assert_stored(&server, "key", b"abc");
}

#[test]
fn case_37_a_put_that_has_left_and_is_not_answered_is_told_of() {
    let server = Server::builder().deny_head(true).start();
    server.create_bucket(BUCKET);
    server.fail(Op::PutObject, Nth::From(1), Fault::ActThenNeverAnswer);
    let run = S3stream::put(&server, "bucket/key").stdin("abc").start();
    until("stored", || server.object(BUCKET, "key").is_some());
    run.signal(Signal::SIGTERM);
    run.wait()
        .signal(Signal::SIGTERM)
        .error(&["s3://bucket/key", "PutObject was sent and not answered"])
        .hint("may have made the object");
}

#[test]
fn case_37_once_complete_is_sent_its_result_decides() {
    let server = server();
    let bytes = noise(PART + 1, 37);
    let hold = server.hold(Op::CompleteMultipartUpload, Nth::Call(1));
    let run = S3stream::put(&server, "bucket/key")
        .stdin(bytes.clone())
        .start();
    assert!(hold.reached(SOON));
    run.signal(Signal::SIGTERM);
    hold.release();
    run.wait().silent();
    assert_stored(&server, "key", &bytes);
    assert_eq!(server.count(Op::AbortMultipartUpload), 0);
}

#[test]
fn case_37_a_second_signal_ends_at_once_and_names_the_upload() {
    let server = server();
    let hold = server.hold(Op::AbortMultipartUpload, Nth::Call(1));
    let (run, _pipe) = two_parts_and_an_open_pipe(&server, &[]);
    assert!(server.wait_for_ended(Op::UploadPart, 2, SOON));
    run.signal(Signal::SIGTERM);
    assert!(hold.reached(SOON));
    let id = server.uploads()[0].id.clone();
    run.signal(Signal::SIGTERM);
    run.wait()
        .signal(Signal::SIGTERM)
        .error(&["s3://bucket/key", "second SIGTERM", &id]);
}

#[test]
fn case_37_a_second_signal_while_create_is_cleaned_up_names_the_upload() {
    let server = server();
    let create = server.hold(Op::CreateMultipartUpload, Nth::Call(1));
    let abort = server.hold(Op::AbortMultipartUpload, Nth::Call(1));
    let (run, _pipe) = two_parts_and_an_open_pipe(&server, &[]);
    assert!(create.reached(SOON));
    run.signal(Signal::SIGTERM);
    create.release();
    assert!(abort.reached(SOON));
    let id = server.uploads()[0].id.clone();
    run.signal(Signal::SIGTERM);
    run.wait().signal(Signal::SIGTERM).error(&[&id]);
}

#[test]
fn case_37_an_ignored_sighup_stays_ignored() {
    let server = server();
    let hold = server.hold(Op::UploadPart, Nth::Call(1));
    let bytes = noise(PART + 1, 37);
    let run = S3stream::put(&server, "bucket/key")
        .stdin(bytes.clone())
        .in_shell("trap '' HUP; exec \"$0\" \"$@\"")
        .start();
    assert!(hold.reached(SOON));
    run.signal(Signal::SIGHUP);
    hold.release();
    run.wait().silent();
    assert_stored(&server, "key", &bytes);
}

#[test]
fn case_37_while_credentials_are_waited_for() {
    let server = server();
    let folder = tempfile::tempdir().unwrap();
    let (config, mark) = (folder.path().join("config"), folder.path().join("started"));
    let helper = format!("sh -c \"touch {} && exec sleep 30\"", mark.display());
    std::fs::write(
        &config,
        format!("[default]\ncredential_process = {helper}\n"),
    )
    .unwrap();
    let run = S3stream::put(&server, "bucket/key")
        .without_env("AWS_ACCESS_KEY_ID")
        .without_env("AWS_SECRET_ACCESS_KEY")
        .env("AWS_CONFIG_FILE", &config)
        .stdin("abc")
        .start();
    until("the helper runs", || mark.exists());
    run.signal(Signal::SIGTERM);
    run.wait().signal(Signal::SIGTERM).error(&["SIGTERM"]);
    assert!(server.requests().is_empty());
}

#[test]
fn case_37_an_abort_that_never_takes_is_told_of() {
    let server = server();
    server.fail(
        Op::AbortMultipartUpload,
        Nth::From(1),
        Fault::status(204, ""),
    );
    let (run, _pipe) = two_parts_and_an_open_pipe(&server, &[]);
    assert!(server.wait_for_ended(Op::UploadPart, 2, SOON));
    run.signal(Signal::SIGTERM);
    let ended = run.wait().signal(Signal::SIGTERM);
    let id = server.uploads()[0].id.clone();
    ended.error(&["left behind", &id]).hint(&id);
}

#[test]
fn case_39_sigkill_leaves_the_upload_and_no_object() {
    let server = server();
    let (run, _pipe) = two_parts_and_an_open_pipe(&server, &[]);
    assert!(server.wait_for_ended(Op::UploadPart, 2, SOON));
    run.signal(Signal::SIGKILL);
    run.wait().signal(Signal::SIGKILL);
    assert_eq!(server.uploads().len(), 1);
    assert!(server.keys(BUCKET).is_empty());
}

#[test]
fn case_41_a_fatal_part_error_ends_the_process_while_stdin_stays_open() {
    let server = server();
    server.fail(
        Op::UploadPart,
        Nth::Call(1),
        Fault::status(403, "AccessDenied"),
    );
    let (run, _pipe) = two_parts_and_an_open_pipe(&server, &[]);
    let ended = run
        .wait()
        .code(1)
        .error(&["s3://bucket/key", "AccessDenied"]);
    assert!(ended.took < Duration::from_secs(5), "{ended}");
    assert_clean(&server);
}

#[test]
fn case_41_an_idle_stdin_ends_with_the_timeout() {
    let server = server();
    let (run, _pipe) = two_parts_and_an_open_pipe(&server, &["--timeout", "1s"]);
    run.wait()
        .code(1)
        .error(&["s3://bucket/key", "--timeout 1s"]);
    assert_clean(&server);
}

#[test]
fn case_41_a_complete_without_an_answer_ends_with_the_timeout() {
    let server = server();
    server.fail(
        Op::CompleteMultipartUpload,
        Nth::From(1),
        Fault::NeverAnswer,
    );
    S3stream::put(&server, "bucket/key")
        .args(["--timeout", "2s"])
        .stdin(noise(PART + 1, 41))
        .run()
        .code(1)
        .error(&["s3://bucket/key", "--timeout 2s", "CompleteMultipartUpload"]);
    assert_clean(&server);
}

#[test]
fn case_41_a_complete_whose_answer_was_lost_is_found_after_the_timeout() {
    let server = server();
    let bytes = noise(PART + 1, 41);
    server.fail(
        Op::CompleteMultipartUpload,
        Nth::From(1),
        Fault::ActThenNeverAnswer,
    );
    S3stream::put(&server, "bucket/key")
        .args(["--timeout", "2s"])
        .stdin(bytes.clone())
        .run()
        .silent();
    assert_stored(&server, "key", &bytes);
}

/// The kernel spares the first process of a container every default action.
#[test]
fn case_98_the_first_process_of_a_container_ends_with_the_status_of_the_signal() {
    let namespace = ["unshare", "--user", "--map-root-user", "--pid", "--fork"];
    let can = std::process::Command::new(namespace[0])
        .args(&namespace[1..])
        .arg("true")
        .output();
    if !can.is_ok_and(|it| it.status.success()) {
        eprintln!("not tried: this machine lets nobody make a namespace of processes");
        return;
    }
    let server = server();
    let script = format!("exec {} \"$0\" \"$@\"", namespace.join(" "));
    let (folder, mark) = mark();
    let run = S3stream::put(&server, "bucket/key")
        .args(["--", "sh", "-c"])
        .arg(format!(
            "head -c 6M /dev/zero; touch {}; sleep 1000",
            mark.display()
        ))
        .in_shell(&script)
        .start();
    until("its command printed", || mark.exists());
    // The namespace's parent waits for it; who is in it has no other child.
    let children = format!("/proc/{0}/task/{0}/children", run.id());
    let first = std::fs::read_to_string(children).unwrap();
    let first = nix::unistd::Pid::from_raw(first.trim().parse().unwrap());
    nix::sys::signal::kill(first, Signal::SIGTERM).unwrap();
    run.wait().code(143).error(&["SIGTERM"]);
    assert_clean(&server);
    drop(folder);
}

/// A pipe that is full and that nobody reads, as standard error.
fn full_pipe() -> (std::os::fd::OwnedFd, std::fs::File) {
    let (read, write) = nix::unistd::pipe().unwrap();
    let flags = FcntlArg::F_SETFL(OFlag::O_NONBLOCK);
    fcntl(&write, flags).unwrap();
    let mut write = std::fs::File::from(write);
    while write.write(&[b'x'; 4096]).is_ok() {}
    while write.write(b"x").is_ok() {}
    fcntl(&write, FcntlArg::F_SETFL(OFlag::empty())).unwrap();
    (read, write)
}

#[test]
fn case_37_two_signals_end_it_though_nobody_reads_its_standard_error() {
    let server = server();
    let (_read, full) = full_pipe();
    let run = S3stream::put(&server, "bucket/key")
        .args(["-vv", "--progress", "plain", "--progress-interval", "10ms"])
        .stdin(noise(2 * PART, 37))
        .stderr(full)
        .start();
    until("it listens for signals", || run.has_thread("signals"));
    run.signal(Signal::SIGTERM);
    run.until_signals_are_taken();
    run.signal(Signal::SIGTERM);
    let ended = run.wait().signal(Signal::SIGTERM);
    assert!(ended.took < Duration::from_secs(20), "{ended}");
}
