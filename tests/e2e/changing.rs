//! Case 7: files that change while they are uploaded.

use crate::harness::*;
use s3_server::{Fault, Nth, Op};
use std::fs::{self, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};

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

/// Changes a file of one or more parts of 16 MiB, which no socket takes at once, while the first is
/// being sent. It was hashed before, and no other attempt can do better.
#[track_caller]
fn changed_while_sent(options: &[&str], size: usize, op: Op, change: fn(&fs::File), why: &str) {
    let server = server();
    let (_folder, path) = file_with(&noise(size, 17));
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    server.on(op, Nth::Call(1), move |_| change(&file));
    S3stream::put(&server, "bucket/key")
        .arg(&path)
        .args(["--part-size", "16MiB", "--workers", "1", "--buffer", "0"])
        // No part is held.
        .args(["--max-memory", "16MiB"])
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

/// The part that is being sent is in memory; what was written over it is found before the commit.
#[test]
fn case_07_a_file_whose_parts_are_held_changes_while_they_are_sent() {
    let crc = [
        "--checksum-algorithm",
        "CRC64NVME",
        "--payload-signing",
        "never",
    ];
    for attempts in [1, 2] {
        let server = server();
        let (_folder, path) = file_with(&noise(32 * MIB, 31));
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        if attempts > 1 {
            let fault = Fault::ResetMidBody(9 * MIB as u64);
            server.fail(Op::UploadPart, Nth::Call(1), fault);
        }
        server.on(Op::UploadPart, Nth::Call(1), move |_| {
            rewrite_in_secret(&file);
        });
        S3stream::put(&server, "bucket/key")
            .arg(&path)
            .args(["--part-size", "16MiB", "--workers", "1", "--buffer", "0"])
            .args(crc)
            .run()
            .code(1)
            .error(&["changed while it was read", "its time of change put back"]);
        assert_clean(&server);
        assert_eq!(server.count(Op::UploadPart), 1 + attempts);
        assert_eq!(server.count(Op::CompleteMultipartUpload), 0);
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

/// An attempt to send a part is cut short, and the part changes before the next one. Where it was hashed
/// before, it is not sent; where nothing was, nothing of the earlier attempt is stored either.
#[test]
fn case_07_a_part_that_changes_between_two_attempts() {
    let unchecked = ["--checksum-algorithm", "NONE", "--payload-signing", "never"];
    for (size, op) in [(16 * MIB, Op::PutObject), (32 * MIB, Op::UploadPart)] {
        for options in [&[][..], &unchecked] {
            let server = server();
            let (_folder, path) = file_with(&noise(size, 29));
            let file = OpenOptions::new().write(true).open(&path).unwrap();
            // Of a part of which the server reads nothing, the sockets hold little.
            server.fail(op, Nth::Call(1), Fault::ResetMidBody(0));
            server.on(op, Nth::Call(1), move |_| rewrite_in_secret(&file));
            let run = S3stream::put(&server, "bucket/key")
                .arg(&path)
                .args(["--part-size", "16MiB", "--workers", "1", "--buffer", "0"])
                .args(["--max-memory", "16MiB"])
                .args(options)
                .run();
            if options.is_empty() {
                run.code(1).error(&["changed while it was read"]);
                assert_clean(&server);
            } else {
                run.silent();
                assert_stored(&server, "key", &fs::read(&path).unwrap());
            }
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
            let requests = size.div_ceil(16 * MIB);
            server.on(op, Nth::Call(requests.min(2)), move |_| {
                fs::hard_link(&name, &link).unwrap();
                fs::rename(&name, link.with_extension("moved")).unwrap();
            });
            S3stream::put(&server, "bucket/key")
                .arg(&path)
                .args(["--part-size", "16MiB", "--workers", "1", "--buffer", "0"])
                .args(options)
                .run()
                .silent();
            assert_stored(&server, "key", &bytes);
            assert_eq!(server.count(op), requests);
            drop(folder);
        }
    }
}
