//! Cases 1 to 10: what comes in on standard input.

use crate::harness::*;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use s3_server::{Fault, Nth, Op};
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::time::Duration;

#[test]
fn case_01_an_empty_stream_is_refused_by_default() {
    for hint in [&[][..], &["--expected-size", "100MiB"]] {
        let server = server();
        S3stream::put(&server, "bucket/key")
            .args(hint)
            .stdin("")
            .run()
            .code(4)
            .error(&["s3://bucket/key", "empty"])
            .hint("--allow-empty");
        assert_clean(&server);
        assert_no_requests(&server);
    }
}

#[test]
fn case_01_dev_null_is_an_empty_stream() {
    let server = server();
    S3stream::put(&server, "bucket/key")
        .in_shell(r#"exec "$0" "$@" </dev/null"#)
        .run()
        .code(4)
        .error(&["s3://bucket/key", "empty"]);
    assert_no_requests(&server);
}

#[test]
fn case_01_an_empty_stream_with_leave_is_an_empty_object() {
    for hint in [&[][..], &["--expected-size", "100MiB"]] {
        let server = server();
        S3stream::put(&server, "bucket/key")
            .arg("--allow-empty")
            .args(hint)
            .stdin("")
            .run()
            .silent();
        assert!(assert_stored(&server, "key", b"").is_empty());
        let puts = server.requests_of(Op::PutObject);
        assert_eq!((puts.len(), puts[0].body_len), (1, 0));
        assert_eq!(server.count(Op::CreateMultipartUpload), 0);
    }
}

#[test]
fn case_02_one_byte_is_one_put() {
    let server = server();
    S3stream::put(&server, "bucket/key")
        .stdin("x")
        .run()
        .silent();
    assert!(assert_stored(&server, "key", b"x").is_empty());
    let ops: Vec<_> = server.requests().iter().map(|it| it.op).collect();
    assert_eq!(ops, [Op::PutObject]);
}

#[test]
fn case_03_exact_parts() {
    // Of one part: a PutObject, which has none.
    for (size, parts) in [
        (PART - 1, 0),
        (PART, 0),
        (PART + 1, 2),
        (2 * PART, 2),
        (2 * PART - 1, 2),
        (2 * PART + 1, 3),
    ] {
        let server = server();
        let bytes = noise(size, 3);
        S3stream::put(&server, "bucket/key")
            .stdin(bytes.clone())
            .run()
            .silent();
        assert_eq!(assert_stored(&server, "key", &bytes).len(), parts, "{size}");
        assert_eq!(server.count(Op::UploadPart), parts, "{size}");
    }
}

#[test]
fn case_04_short_reads_make_full_parts() {
    let server = server();
    let bytes = noise(2 * PART + 7, 4);
    let mut run = S3stream::put(&server, "bucket/key")
        .stdin_handle(Stdio::piped())
        .start();
    let mut stdin = run.stdin();
    let (single, rest) = bytes.split_at(10_000);
    for byte in single.chunks(1) {
        stdin.write_all(byte).unwrap();
    }
    let mut rest = rest;
    let mut length = 1;
    while !rest.is_empty() {
        let (chunk, left) = rest.split_at(length.min(rest.len()));
        stdin.write_all(chunk).unwrap();
        rest = left;
        length = (length * 31 + 17) % 4_093 + 1;
    }
    drop(stdin);
    run.wait().silent();
    let sizes = assert_stored(&server, "key", &bytes);
    assert_eq!(sizes, [PART as u64, PART as u64, 7]);
}

#[test]
fn case_05_an_idle_producer_is_waited_for() {
    let server = server();
    let bytes = noise(2 * PART, 5);
    let mut run = S3stream::put(&server, "bucket/key")
        .args(["--stall-timeout", "600ms", "--retries", "0"])
        .stdin_handle(Stdio::piped())
        .start();
    let mut stdin = run.stdin();
    stdin.write_all(&bytes[..PART + 1]).unwrap();
    assert!(server.wait_for_ended(Op::UploadPart, 1, PATIENCE));
    // The idleness itself is the case: three times what a connection may stall.
    std::thread::sleep(Duration::from_millis(1800));
    stdin.write_all(&bytes[PART + 1..]).unwrap();
    drop(stdin);
    run.wait().silent();
    assert_eq!(assert_stored(&server, "key", &bytes).len(), 2);
}

#[track_caller]
fn refused(run: impl FnOnce(S3stream) -> S3stream, why: &str) {
    let server = server();
    run(S3stream::put(&server, "bucket/key"))
        .run()
        .code(2)
        .error(&["s3://bucket/key", "can't read", why]);
    assert_no_requests(&server);
    assert_clean(&server);
}

#[test]
fn case_08_a_terminal_on_stdin() {
    let terminal = nix::pty::openpty(None, None).unwrap();
    refused(|put| put.stdin_handle(terminal.slave), "terminal");
}

#[test]
fn case_08_a_directory_on_stdin() {
    let folder = File::open("/").unwrap();
    refused(|put| put.stdin_handle(folder), "directory");
}

#[test]
fn case_08_closed_stdin() {
    refused(|put| put.in_shell(r#"exec "$0" "$@" <&-"#), "closed");
}

#[test]
fn case_08_stdin_open_for_writing_only() {
    let (_folder, path) = file_with(b"precious");
    let file = OpenOptions::new().append(true).open(path).unwrap();
    refused(|put| put.stdin_handle(file), "writing only");
}

#[test]
fn case_08_a_minus_means_stdin() {
    let server = server();
    S3stream::put(&server, "bucket/key")
        .arg("-")
        .stdin("piped")
        .run()
        .silent();
    assert_stored(&server, "key", b"piped");
}

/// A regular file is read from where its offset is; what is left of it sizes the parts.
#[test]
fn case_03_a_regular_file_on_stdin() {
    let server = server();
    let bytes = noise(100 + 3 * PART + 1, 6);
    let (_folder, path) = file_with(&bytes);
    let mut file = File::open(path).unwrap();
    file.seek(SeekFrom::Start(100)).unwrap();
    S3stream::put(&server, "bucket/key")
        .args(["--max-parts", "2"])
        .stdin_handle(file)
        .run()
        .silent();
    let sizes = assert_stored(&server, "key", &bytes[100..]);
    let first = 8 * MIB as u64;
    assert_eq!(sizes, [first, 3 * PART as u64 + 1 - first]);
}

/// `{ s3stream put bucket/key; cat; } <FILE`: what is stored was taken, and only that.
#[test]
fn case_03_others_read_on_after_a_file_on_stdin() {
    let server = server();
    let (_folder, path) = file_with(&noise(2 * PART, 6));
    let mut file = File::open(path).unwrap();
    file.seek(SeekFrom::Start(7)).unwrap();
    let put = || S3stream::put(&server, "bucket/key").stdin_handle(file.try_clone().unwrap());
    server.fail(
        Op::UploadPart,
        Nth::Call(1),
        Fault::status(403, "AccessDenied"),
    );
    put().run().code(1);
    assert_eq!(file.try_clone().unwrap().stream_position().unwrap(), 7);
    put().run().silent();
    let end = file.stream_position().unwrap();
    assert_eq!(end, 2 * PART as u64);
}

#[test]
fn case_07_a_file_on_stdin_that_grows_is_not_stored() {
    let server = server();
    let (_folder, path) = file_with(&noise(2 * PART, 6));
    let file = File::open(&path).unwrap();
    server.on(Op::UploadPart, Nth::Call(1), move |_| {
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"more").unwrap();
    });
    S3stream::put(&server, "bucket/key")
        .stdin_handle(file)
        .run()
        .code(1)
        .error(&[
            "s3://bucket/key",
            "standard input changed while it was read",
        ])
        .hint("snapshot");
    assert_clean(&server);
}

/// Nothing is there for long, twice: before the first byte, and after the first part.
fn fed_slowly(server: &s3_server::Server, theirs: OwnedFd, mut ours: impl std::io::Write) {
    let bytes = noise(2 * PART + 3, 7);
    let run = S3stream::put(server, "bucket/key")
        .stdin_handle(theirs)
        .start();
    // Descriptor 0 of a run that has loaded the program is the only thing it can be waiting for.
    wait_until_idle(&run);
    ours.write_all(&bytes[..PART + 1]).unwrap();
    assert!(server.wait_for_ended(Op::UploadPart, 1, PATIENCE));
    ours.write_all(&bytes[PART + 1..]).unwrap();
    drop(ours);
    run.wait().silent();
    assert_eq!(assert_stored(server, "key", &bytes).len(), 3);
}

/// Blocks until the thread that reads the stream sleeps.
fn wait_until_idle(run: &Running) {
    let tasks = format!("/proc/{}/task", run.id());
    let reader_sleeps = || {
        let all = std::fs::read_dir(&tasks).into_iter().flatten().flatten();
        all.filter_map(|task| {
            let mut stat = String::new();
            let file = File::open(task.path().join("stat"));
            file.ok()?.read_to_string(&mut stat).ok()?;
            Some(stat)
        })
        .any(|stat| stat.contains("(splitter) S"))
    };
    let deadline = std::time::Instant::now() + PATIENCE;
    while !reader_sleeps() {
        assert!(std::time::Instant::now() < deadline, "no reader yet");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn case_05_a_non_blocking_pipe() {
    // Not nix's: the run would inherit its writing end, and wait for itself.
    let (theirs, ours) = std::io::pipe().unwrap();
    fcntl(&theirs, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).unwrap();
    fed_slowly(&server(), theirs.into(), ours);
}

#[test]
fn case_05_a_non_blocking_socket() {
    let (theirs, ours) = UnixStream::pair().unwrap();
    theirs.set_nonblocking(true).unwrap();
    fed_slowly(&server(), theirs.into(), ours);
}

/// A read that fails is not the end of the stream.
#[test]
fn case_07_a_read_error_before_the_first_byte() {
    for options in [&[][..], &["--allow-empty"]] {
        let server = server();
        S3stream::put(&server, "bucket/key")
            .args(options)
            .stdin_handle(File::open("/proc/self/mem").unwrap())
            .run()
            .code(1)
            .error(&["s3://bucket/key", "can't read", "Input/output error"]);
        assert_clean(&server);
        assert_no_requests(&server);
    }
}

#[test]
fn case_07_a_read_error_midway() {
    for size in [PART / 2, PART, 2 * PART + 5] {
        let server = server();
        let (mut theirs, mut ours) = UnixStream::pair().unwrap();
        // Closing a socket with unread bytes resets it, once the other side has read what is there.
        theirs.write_all(b"unread").unwrap();
        let run = S3stream::put(&server, "bucket/key")
            .stdin_handle(OwnedFd::from(theirs))
            .start();
        ours.write_all(&noise(size, 8)).unwrap();
        drop(ours);
        run.wait()
            .code(1)
            .error(&["s3://bucket/key", "can't read", "Connection reset by peer"]);
        assert_clean(&server);
        let begun = server.count(Op::CreateMultipartUpload);
        assert_eq!(server.count(Op::AbortMultipartUpload), begun);
        assert_eq!(server.count(Op::CompleteMultipartUpload), 0);
        assert_eq!(server.count(Op::PutObject), 0);
    }
}
