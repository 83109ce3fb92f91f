//! Cases 1, 7, 8, 12 and 15: FILE, and the key that it goes to.

use crate::harness::*;
use nix::sys::stat::Mode;
use s3_server::{Fault, Nth, Op, Server, Storage};
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

#[test]
fn case_01_an_empty_named_file_is_an_empty_object() {
    let server = server();
    let (_folder, path) = file_with(b"");
    S3stream::put(&server, "bucket/key")
        .arg(path)
        .run()
        .silent();
    assert!(assert_stored(&server, "key", b"").is_empty());
    assert_eq!(server.count(Op::CreateMultipartUpload), 0);
}

#[test]
fn case_03_exact_parts_of_a_file() {
    for (size, parts) in [
        (1, 0),
        (PART, 0),
        (PART + 1, 2),
        (2 * PART, 2),
        (2 * PART - 1, 2),
        (2 * PART + 1, 3),
    ] {
        let server = server();
        let bytes = noise(size, 3);
        let (_folder, path) = file_with(&bytes);
        S3stream::put(&server, "bucket/key")
            .arg(path)
            .run()
            .silent();
        assert_eq!(assert_stored(&server, "key", &bytes).len(), parts, "{size}");
    }
}

#[test]
fn case_15_a_destination_with_a_slash_takes_the_file_s_name() {
    for (destination, key) in [
        ("bucket", "source.bin"),
        ("s3://bucket/a/b/", "a/b/source.bin"),
    ] {
        let server = server();
        let (_folder, path) = file_with(b"data");
        S3stream::put(&server, destination).arg(path).run().silent();
        assert_stored(&server, key, b"data");
    }
}

/// Only `-` alone is standard input.
#[test]
fn case_03_a_file_named_from_its_folder() {
    let server = server();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("-"), b"a file").unwrap();
    S3stream::put(&server, "bucket/")
        .arg("./-")
        .current_dir(folder.path())
        .run()
        .silent();
    assert_stored(&server, "-", b"a file");
}

/// It says that its size is 0.
#[test]
fn case_01_a_file_of_proc() {
    let server = server();
    S3stream::put(&server, "bucket/key")
        .arg("/proc/version")
        .run()
        .silent();
    let expected = fs::read("/proc/version").unwrap();
    assert!(!expected.is_empty());
    assert_stored(&server, "key", &expected);
}

/// Its size of 0 must not turn a failed read into an empty object.
#[test]
fn case_07_a_file_that_cannot_be_read() {
    let server = server();
    S3stream::put(&server, "bucket/key")
        .arg("/proc/self/mem")
        .run()
        .code(1)
        .error(&["s3://bucket/key", "can't read", "Input/output error"]);
    assert_clean(&server);
    assert_no_requests(&server);
}

#[track_caller]
fn refused(path: &Path, why: &str) {
    let server = server();
    S3stream::put(&server, "bucket/key")
        .arg(path)
        .run()
        .code(2)
        .error(&["s3://bucket/key", path.to_str().unwrap(), why]);
    assert_no_requests(&server);
    assert_clean(&server);
}

#[test]
fn case_08_files_that_are_none() {
    let folder = tempfile::tempdir().unwrap();
    S3stream::put(&server(), "bucket/key")
        .arg(folder.path())
        .run()
        .code(2)
        .error(&[folder.path().to_str().unwrap(), "is a folder"])
        .hint("s3stream put-many -r bucket/key/");
    refused(&folder.path().join("missing"), "No such file");
    let socket = folder.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    refused(&socket, "No such device");
}

fn fifo(folder: &tempfile::TempDir) -> std::path::PathBuf {
    let path = folder.path().join("fifo");
    nix::unistd::mkfifo(&path, Mode::S_IRWXU).unwrap();
    path
}

/// Writes to a FIFO on a thread of its own, which blocks until somebody reads.
fn feed(path: std::path::PathBuf, write: impl FnOnce(fs::File) + Send + 'static) {
    std::thread::spawn(move || write(OpenOptions::new().write(true).open(path).unwrap()));
}

#[test]
fn case_12_a_named_fifo_streams() {
    let server = server();
    let folder = tempfile::tempdir().unwrap();
    let path = fifo(&folder);
    let bytes = noise(PART + 9, 12);
    let run = S3stream::put(&server, "bucket/key").arg(&path).start();
    let sent = bytes.clone();
    feed(path, move |mut writer| writer.write_all(&sent).unwrap());
    run.wait().silent();
    assert_eq!(assert_stored(&server, "key", &bytes), [PART as u64, 9]);
}

/// It is a stream like any other: a producer that died leaves it empty.
#[test]
fn case_12_an_empty_named_fifo_is_refused() {
    let server = server();
    let folder = tempfile::tempdir().unwrap();
    let path = fifo(&folder);
    let run = S3stream::put(&server, "bucket/key").arg(&path).start();
    feed(path, drop);
    run.wait().code(4).error(&["s3://bucket/key", "empty"]);
    assert_clean(&server);
    assert_no_requests(&server);
}

#[test]
fn case_15_a_key_that_is_too_long() {
    for key in ["k".repeat(1_025), "ü".repeat(513)] {
        let server = server();
        S3stream::put(&server, &format!("bucket/{key}"))
            .stdin("data")
            .run()
            .code(2)
            .error(&["DESTINATION", &key, "1024"]);
        assert_no_requests(&server);
    }
}

#[test]
fn case_15_the_longest_keys() {
    for key in ["k".repeat(1_024), "ü".repeat(512)] {
        let server = server();
        S3stream::put(&server, &format!("bucket/{key}"))
            .stdin("data")
            .run()
            .silent();
        assert_stored(&server, &key, b"data");
    }
}

#[test]
fn case_15_dot_segments() {
    for key in ["a/../b", "../a", "a/..", "./a", "a/./b", ".", ".."] {
        let server = server();
        S3stream::put(&server, &format!("s3://bucket/{key}"))
            .stdin("data")
            .run()
            .code(2)
            .error(&["DESTINATION", key]);
        assert_no_requests(&server);
    }
}

/// What only looks like one of those, or needs to be encoded on the way, arrives as written.
#[test]
fn case_15_odd_keys() {
    for key in [
        "a/..b/...",
        "a//b",
        "/a",
        "with space+plus%25&?#=;:@$,!'()*",
        "ünï/日本",
        "a\tb",
    ] {
        let server = server();
        S3stream::put(&server, &format!("bucket/{key}"))
            .stdin("data")
            .run()
            .silent();
        assert_stored(&server, key, b"data");
    }
}

#[test]
fn case_15_a_stream_needs_a_whole_key() {
    for destination in ["bucket", "bucket/", "bucket/folder/", "s3://bucket"] {
        let server = server();
        S3stream::put(&server, destination)
            .stdin("data")
            .run()
            .code(2)
            .error(&["DESTINATION", destination])
            .hint("bucket/prefix/name");
        assert_no_requests(&server);
    }
}

#[test]
fn case_22_a_part_of_a_file_is_read_again_for_every_attempt() {
    for (size, op) in [(PART, Op::PutObject), (2 * PART + 3, Op::UploadPart)] {
        let server = server();
        let bytes = noise(size, 19);
        let (_folder, path) = file_with(&bytes);
        server.fail(op, Nth::Call(1), Fault::ResetMidBody(3 * MIB as u64));
        server.fail(op, Nth::Call(2), Fault::internal_error());
        S3stream::put(&server, "bucket/key")
            .arg(path)
            .run()
            .silent();
        let parts = assert_stored(&server, "key", &bytes).len();
        assert_eq!(server.count(op), parts.max(1) + 2);
    }
}

/// Bytes that are read to upload a file of four parts with a checksum that is computed of one part at a time.
#[track_caller]
fn bytes_read(put: impl FnOnce(S3stream, &Path) -> S3stream) -> usize {
    let server = server();
    let bytes = noise(4 * PART, 23);
    let (_folder, path) = file_with(&bytes);
    let last = server.hold(Op::CompleteMultipartUpload, Nth::Call(1));
    let run = put(S3stream::put(&server, "bucket/key"), &path);
    let run = run.args([
        "--checksum-algorithm",
        "CRC64NVME",
        "--payload-signing",
        "never",
    ]);
    let run = run.start();
    assert!(last.reached(PATIENCE));
    let read = run.bytes_read();
    last.release();
    run.wait().silent();
    assert_stored(&server, "key", &bytes);
    read
}

#[test]
fn case_40_a_file_is_read_once_where_there_is_memory_to_hold_its_parts() {
    let named = bytes_read(|it, path| it.arg(path));
    let stdin = bytes_read(|it, path| it.stdin_handle(fs::File::open(path).unwrap()));
    for read in [named, stdin] {
        assert!((4 * PART..5 * PART).contains(&read), "{read}");
    }
    let tight = bytes_read(|it, path| it.arg(path).args(["--max-memory", "6MiB"]));
    assert!((8 * PART..9 * PART).contains(&tight), "{tight}");
}

/// Four parts at once would take 256 MiB.
#[test]
fn case_40_the_parts_of_a_file_are_not_held() {
    let server = Server::builder().storage(Storage::Digest).start();
    server.create_bucket(BUCKET);
    let (_folder, path) = file_with(b"");
    let size = 320 * MIB;
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(size as u64).unwrap();
    let last = server.hold(Op::CompleteMultipartUpload, Nth::Call(1));
    let run = S3stream::put(&server, "bucket/key")
        .arg(&path)
        .args(["--part-size", "64MiB"])
        .start();
    assert!(last.reached(PATIENCE));
    let peak = run.peak_memory();
    last.release();
    run.wait().silent();
    let object = server.object(BUCKET, "key").unwrap();
    assert_eq!((object.size, object.parts.len()), (size as u64, 5));
    assert!(peak <= 48 * MIB, "peak {} KiB", peak >> 10);
}
