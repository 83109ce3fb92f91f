//! Cases 82 and 83: the destination is tried before COMMAND starts, or while a pipe is silent; and a
//! producer that falls silent ends the run, where that is asked for.

use crate::harness::*;
use nix::sys::signal::Signal;
use s3_server::{Fault, Nth, Op, Server};
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

const CREATE: Op = Op::CreateMultipartUpload;
const ABORT: Op = Op::AbortMultipartUpload;

/// A producer that is silent for so long that its upload may be gone.
const LONG_SILENCE: &str = "sleep 3.5";

fn shell(server: &Server, script: &str) -> S3stream {
    S3stream::put(server, "bucket/key").args(["--", "sh", "-c", script])
}

/// A command that leaves a mark as soon as it starts, then does `what`.
fn marked(started: &Path, what: &str) -> String {
    format!("echo $$ >'{}'; {what}", started.display())
}

fn ops(server: &Server) -> Vec<Op> {
    server.requests().iter().map(|it| it.op).collect()
}

/// Whoever wrote its id there has ended.
#[track_caller]
fn assert_ended(started: &Path) {
    let id = std::fs::read_to_string(started).unwrap();
    assert!(is_gone(id.trim().parse().unwrap()), "COMMAND goes on");
}

#[test]
fn case_82_without_a_bucket_no_command_is_started() {
    let server = Server::start();
    let (_folder, started) = mark();
    let run = shell(&server, &marked(&started, "sleep 4")).run().code(1);
    let run = run.error(&["s3://bucket/key", "NoSuchBucket"]);
    assert!(!started.exists(), "{run}");
    assert_eq!(ops(&server), [CREATE]);
}

#[test]
fn case_82_a_small_stream_takes_one_put_object_once_the_upload_is_aborted() {
    let server = server();
    let (_folder, started) = mark();
    let (_other, seen) = mark();
    let (early, note) = (started.clone(), seen.clone());
    server.on(CREATE, Nth::Call(1), move |_| {
        if early.exists() {
            std::fs::write(&note, "").unwrap();
        }
    });
    shell(&server, &marked(&started, "echo data"))
        .run()
        .silent();
    assert!(started.exists() && !seen.exists(), "started before Create");
    assert_eq!(ops(&server), [CREATE, ABORT, Op::PutObject]);
    assert_stored(&server, "key", b"data\n");
}

#[test]
fn case_82_a_longer_stream_uses_the_upload() {
    let server = server();
    let size = 2 * PART + 1;
    shell(&server, &format!("head -c {size} /dev/zero"))
        .run()
        .silent();
    let sizes = assert_stored(&server, "key", &vec![0; size]);
    assert_eq!(sizes, [PART as u64, PART as u64, 1]);
    assert_eq!((server.count(CREATE), server.count(ABORT)), (1, 0));
}

#[test]
fn case_82_an_upload_that_cannot_be_aborted_is_used() {
    for options in [&[][..], &["--checksum-algorithm", "crc64nvme"]] {
        let server = Server::builder().deny_abort(true).start();
        server.create_bucket(BUCKET);
        S3stream::put(&server, "bucket/key")
            .args(options)
            .args(["--", "echo", "data"])
            .run()
            .silent();
        assert_eq!(assert_stored(&server, "key", b"data\n"), [5]);
        assert_eq!((server.count(CREATE), server.count(Op::PutObject)), (1, 0));
        assert_eq!(server.count(Op::CompleteMultipartUpload), 1);
    }
}

#[test]
fn case_82_an_upload_that_is_gone_before_its_first_part_is_begun_again() {
    let no_such_upload = Fault::status(404, "NoSuchUpload");
    for fault in [Fault::ForgetUpload, no_such_upload] {
        let server = server();
        server.fail(Op::UploadPart, Nth::Call(1), fault);
        let size = 2 * PART + 1;
        shell(
            &server,
            &format!("{LONG_SILENCE}; head -c {size} /dev/zero"),
        )
        .run()
        .silent();
        assert_stored(&server, "key", &vec![0; size]);
        assert_eq!(server.count(CREATE), 2);
    }
}

#[test]
fn case_82_an_upload_that_is_gone_twice_or_later_fails_the_run() {
    for (nth, creates) in [(Nth::From(1), 2), (Nth::Part(2), 1)] {
        let server = server();
        server.fail(Op::UploadPart, nth, Fault::ForgetUpload);
        let size = 2 * PART;
        shell(
            &server,
            &format!("{LONG_SILENCE}; head -c {size} /dev/zero"),
        )
        .run()
        .code(1)
        .error(&["s3://bucket/key", "NoSuchUpload"]);
        assert_clean(&server);
        assert_eq!(server.count(CREATE), creates);
    }
}

#[test]
fn case_82_nothing_is_left_when_the_command_or_a_guard_fails() {
    for (options, script, code) in [
        (&["--size", "9"][..], "echo data", 4),
        (&[], "exit 3", 5),
        (&[], "echo data; exit 3", 5),
        (&[], "true", 4),
    ] {
        let server = server();
        S3stream::put(&server, "bucket/key")
            .args(options)
            .args(["--", "sh", "-c", script])
            .run()
            .code(code);
        assert_clean(&server);
        assert_eq!(server.count(Op::PutObject), 0);
        assert_eq!(
            (server.count(CREATE), server.count(ABORT)),
            (1, 1),
            "{script}"
        );
    }
}

#[test]
fn case_82_a_signal_while_the_command_is_silent_leaves_nothing() {
    let server = server();
    let (_folder, started) = mark();
    let run = shell(&server, &marked(&started, "exec sleep 60")).start();
    until("COMMAND has started", || started.exists());
    run.signal(Signal::SIGTERM);
    run.wait().signal(Signal::SIGTERM).error(&["SIGTERM"]);
    assert_clean(&server);
    assert_ended(&started);
}

#[test]
fn case_82_a_signal_during_create_aborts_it_and_starts_no_command() {
    let server = server();
    let (_folder, started) = mark();
    let hold = server.hold(CREATE, Nth::Call(1));
    let run = shell(&server, &marked(&started, "echo data")).start();
    assert!(hold.reached(PATIENCE));
    run.signal(Signal::SIGTERM);
    run.until_signals_are_taken();
    drop(hold);
    run.wait().signal(Signal::SIGTERM);
    assert_clean(&server);
    assert!(!started.exists());
}

#[test]
fn case_82_a_create_whose_answer_was_lost_is_named_and_starts_no_command() {
    let server = server();
    let (_folder, started) = mark();
    server.fail(CREATE, Nth::From(1), Fault::ActThenReset);
    let run = S3stream::put(&server, "bucket/key")
        .args(["--retries", "0", "--", "sh", "-c"])
        .arg(marked(&started, "echo data"))
        .run()
        .code(1);
    run.hint(&server.uploads()[0].id);
    assert!(!started.exists());
}

#[test]
fn case_82_weaker_encryption_than_asked_for_starts_no_command() {
    let name = "x-amz-server-side-encryption";
    let server = Server::builder().keep_instead(name, Some("AES256")).start();
    server.create_bucket(BUCKET);
    let (_folder, started) = mark();
    S3stream::put(&server, "bucket/key")
        .args(["--sse", "aws:kms", "--", "sh", "-c"])
        .arg(marked(&started, "echo data"))
        .run()
        .code(1)
        .error(&["aws:kms", "AES256"]);
    assert_clean(&server);
    assert!(!started.exists());
}

#[test]
fn case_82_with_no_overwrite_the_look_comes_first() {
    let server = server();
    server.put_object(BUCKET, "key", "last night's");
    let (_folder, started) = mark();
    S3stream::put(&server, "bucket/key")
        .args(["--no-overwrite", "--", "sh", "-c"])
        .arg(marked(&started, "echo data"))
        .run()
        .code(4);
    assert_eq!(ops(&server), [Op::HeadObject]);
    assert!(!started.exists());
}

/// The store takes small objects alone, which is all that it takes.
#[test]
fn case_82_a_store_without_multipart_uploads_takes_small_streams() {
    let server = server();
    server.fail(CREATE, Nth::From(1), Fault::status(501, "NotImplemented"));
    shell(&server, "echo data").run().silent();
    assert_stored(&server, "key", b"data\n");
    shell(&server, &format!("head -c {} /dev/zero", PART + 1))
        .run()
        .code(1)
        .error(&["NotImplemented"]);
}

#[test]
fn case_82_a_command_that_cannot_be_started_leaves_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let server = server();
    let (_folder, script) = mark();
    std::fs::write(&script, "#!/no/such/interpreter\n").unwrap();
    std::fs::set_permissions(&script, PermissionsExt::from_mode(0o755)).unwrap();
    S3stream::put(&server, "bucket/key")
        .arg("--")
        .arg(&script)
        .run()
        .code(5)
        .error(&["can't start", "No such file"]);
    assert_clean(&server);
}

#[test]
fn case_82_the_destination_of_a_silent_pipe_is_tried() {
    let missing = Server::start();
    let mut run = S3stream::put(&missing, "bucket/key")
        .stdin_handle(Stdio::piped())
        .start();
    let stdin = run.stdin();
    run.wait().code(1).error(&["NoSuchBucket"]);
    drop(stdin);

    for size in [5, 2 * PART] {
        let server = server();
        let mut run = S3stream::put(&server, "bucket/key")
            .stdin_handle(Stdio::piped())
            .start();
        let mut stdin = run.stdin();
        assert!(server.wait_for_ended(CREATE, 1, PATIENCE));
        let bytes = noise(size, 82);
        stdin.write_all(&bytes).unwrap();
        drop(stdin);
        run.wait().silent();
        assert_stored(&server, "key", &bytes);
        let single = size < PART;
        let aborts = usize::from(single);
        assert_eq!((server.count(CREATE), server.count(ABORT)), (1, aborts));
        assert_eq!(server.count(Op::PutObject), aborts);
    }
}

#[test]
fn case_83_a_command_that_falls_silent_fails_the_run() {
    for script in [
        "exec sleep 60",
        "echo data; exec sleep 60",
        "head -c 6M /dev/zero; exec sleep 60",
        "echo data; exec >&-; exec sleep 60",
    ] {
        let server = server();
        let (_folder, started) = mark();
        S3stream::put(&server, "bucket/key")
            .args(["--idle-timeout", "500ms", "--", "sh", "-c"])
            .arg(marked(&started, script))
            .run()
            .code(1)
            .error(&["s3://bucket/key", "--idle-timeout 500ms"]);
        assert_clean(&server);
        assert_ended(&started);
    }
}

#[test]
fn case_83_a_pipe_that_falls_silent_fails_the_run() {
    for size in [0, 5, PART + 1] {
        let server = server();
        let mut run = S3stream::put(&server, "bucket/key")
            .args(["--idle-timeout", "1500ms"])
            .stdin_handle(Stdio::piped())
            .start();
        let mut stdin = run.stdin();
        stdin.write_all(&noise(size, 83)).unwrap();
        run.wait().code(1).error(&["--idle-timeout"]);
        drop(stdin);
        assert_clean(&server);
    }
}

/// While the store is slow, nobody reads what the producer has to say.
#[test]
fn case_83_a_producer_that_waits_for_the_store_is_not_silent() {
    let server = server();
    let size = 3 * PART;
    let slow = Fault::Delay(Duration::from_millis(1500));
    server.fail(Op::UploadPart, Nth::From(1), slow);
    S3stream::put(&server, "bucket/key")
        .args(["--workers", "1", "--buffer", "0", "--idle-timeout", "1s"])
        .args(["--", "head", "-c", &size.to_string(), "/dev/zero"])
        .run()
        .silent();
    assert_stored(&server, "key", &vec![0; size]);
}
