//! Cases 1, 7, 8, 12 and 15: FILE, and the key that it goes to.

use crate::harness::*;
use crate::s3::{Fault, Nth, Op, Server, Storage};
use nix::sys::stat::Mode;
use std::fs::{self, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
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
    refused(folder.path(), "directory");
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

/// Changes a file of four parts once that part is on its way.
#[track_caller]
fn changed(part: u32, change: impl FnOnce(&mut fs::File), why: &str) {
    let server = server();
    let (_folder, path) = file_with(&noise(4 * PART, 13));
    let hold = server.hold(Op::UploadPart, Nth::Part(part));
    let run = S3stream::put(&server, "bucket/key")
        .arg(&path)
        .args(["--workers", "1"])
        .start();
    assert!(hold.reached(PATIENCE));
    let mut file = OpenOptions::new().write(true).open(&path).unwrap();
    change(&mut file);
    drop(file);
    hold.release();
    run.wait()
        .code(1)
        .error(&[
            "s3://bucket/key",
            path.to_str().unwrap(),
            "changed while it was read",
            why,
        ])
        .hint("snapshot");
    assert_clean(&server);
    assert_eq!(server.count(Op::CompleteMultipartUpload), 0);
    assert_eq!(server.count(Op::AbortMultipartUpload), 1);
}

#[test]
fn case_07_a_file_that_grows_is_not_stored() {
    let grow = |file: &mut fs::File| {
        file.seek(SeekFrom::End(0)).unwrap();
        file.write_all(b"more").unwrap();
    };
    changed(2, grow, "bytes and has");
}

#[test]
fn case_07_a_file_cut_short_is_not_stored() {
    // Within a part, between two parts, within what was sent already; and once all of it was read.
    for (part, size) in [(2, 3 * PART + 1), (2, 3 * PART), (2, PART), (4, PART)] {
        changed(part, |file| file.set_len(size as u64).unwrap(), "it");
    }
}

#[test]
fn case_07_a_file_rewritten_in_place_is_not_stored() {
    changed(
        2,
        |file| file.write_all(b"others").unwrap(),
        "time of change",
    );
}

/// The name may go or mean another file: the open one is what is uploaded.
#[test]
fn case_07_a_file_replaced_by_rename_is_stored_as_it_was() {
    let server = server();
    let bytes = noise(3 * PART, 14);
    let (folder, path) = file_with(&bytes);
    let hold = server.hold(Op::UploadPart, Nth::Part(2));
    let run = S3stream::put(&server, "bucket/key")
        .arg(&path)
        .args(["--workers", "1"])
        .start();
    assert!(hold.reached(PATIENCE));
    let other = folder.path().join("other");
    fs::write(&other, b"another").unwrap();
    fs::rename(&other, &path).unwrap();
    hold.release();
    run.wait().silent();
    assert_stored(&server, "key", &bytes);
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

/// Changes a file of one or more parts of 16 MiB, which no socket takes at once, while the first is
/// being sent. It was hashed before, and no other attempt can do better.
#[track_caller]
fn changed_while_sent(options: &[&str], size: usize, op: Op, change: fn(&fs::File), why: &str) {
    let server = server();
    let (_folder, path) = file_with(&noise(size, 17));
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    server.on(op, Nth::Call(1), move |_| change(&file));
    S3stream::put_to(&server.endpoint(), "bucket/key")
        .arg(&path)
        .args(["--part-size", "16MiB", "--workers", "1", "--buffer", "0"])
        .args(options)
        .run()
        .code(1)
        .error(&[path.to_str().unwrap(), "changed while it was read", why])
        .hint("snapshot");
    assert_clean(&server);
    assert_eq!(server.count(op), 1);
}

#[test]
fn case_07_a_part_that_changes_while_it_is_sent() {
    let overwrite = |file: &fs::File| file.write_all_at(b"other", 16 * MIB as u64 - 5).unwrap();
    let cut = |file: &fs::File| file.set_len(15 << 20).unwrap();
    for (size, op) in [(16 * MIB, Op::PutObject), (32 * MIB, Op::UploadPart)] {
        // Also where the store has nothing to compare.
        let unchecked = ["--checksum-algorithm", "NONE", "--payload-signing", "never"];
        for options in [&[][..], &unchecked] {
            changed_while_sent(options, size, op, overwrite, "its time of change");
            changed_while_sent(options, size, op, cut, "it");
        }
    }
}

/// Writes over the first bytes, and puts the time of change back, as `touch -r` does.
fn rewrite_in_secret(file: &fs::File) {
    let modified = file.metadata().unwrap().modified().unwrap();
    file.write_all_at(b"other", 0).unwrap();
    file.set_modified(modified).unwrap();
}

#[test]
fn case_07_a_file_rewritten_whose_time_is_put_back_is_not_stored() {
    let why = "its time of change put back";
    changed(2, |file| rewrite_in_secret(file), why);
    changed(4, |file| rewrite_in_secret(file), why);
    let unchecked = ["--checksum-algorithm", "NONE", "--payload-signing", "never"];
    for (size, op) in [(16 * MIB, Op::PutObject), (32 * MIB, Op::UploadPart)] {
        for options in [&[][..], &unchecked] {
            changed_while_sent(options, size, op, rewrite_in_secret, why);
        }
    }
}

/// What moves the ctime alone: the bytes are the same.
#[test]
fn case_07_a_file_whose_attributes_change_is_stored() {
    let unchecked = ["--checksum-algorithm", "NONE", "--payload-signing", "never"];
    for (size, op) in [(16 * MIB, Op::PutObject), (48 * MIB + 1, Op::UploadPart)] {
        for options in [&[][..], &unchecked] {
            let server = server();
            let bytes = noise(size, 18);
            let (folder, path) = file_with(&bytes);
            let (file, link, name) = (path.clone(), path.with_extension("link"), path.clone());
            server.on(op, Nth::Call(1), move |_| {
                fs::set_permissions(&file, fs::Permissions::from_mode(0o400)).unwrap();
            });
            server.on(op, Nth::Call(2), move |_| {
                fs::hard_link(&name, &link).unwrap();
                fs::rename(&name, link.with_extension("moved")).unwrap();
            });
            S3stream::put_to(&server.endpoint(), "bucket/key")
                .arg(&path)
                .args(["--part-size", "16MiB", "--workers", "1", "--buffer", "0"])
                .args(options)
                .run()
                .silent();
            assert_stored(&server, "key", &bytes);
            assert_eq!(server.count(op), size.div_ceil(16 * MIB));
            drop(folder);
        }
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
    let run = S3stream::put_to(&server.endpoint(), "bucket/key")
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
