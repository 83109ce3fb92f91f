//! Cases 11 to 14, 47, 48, 50 and 51: many files in one run.

use crate::harness::*;
use s3_server::{Hold, Nth, Op};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

#[test]
fn case_47_small_and_large_files_arrive_within_the_workers() {
    let server = server();
    let mut files = small(600);
    for n in 0..3 {
        files.insert(format!("large{n}"), noise(3 * PART + n, 47 + n as u64));
    }
    let folder = tree(&files);
    let run = S3stream::put_many(&server, "bucket/p/").args(["-r", "--workers", "5"]);
    run.arg(folder.path().join("src")).run().silent();
    assert_all_stored(&server, "p/src/", &files);
    assert!(
        server.max_in_flight() <= 5,
        "{} at once",
        server.max_in_flight()
    );
    assert!(
        server.connections() <= 5,
        "{} connections",
        server.connections()
    );
}

/// Each worker has a part before the first is answered: as many files are under way as that takes.
#[test]
fn case_47_large_files_of_few_parts_are_enough_for_the_workers() {
    const WORKERS: usize = 16;
    /// With two parts each, as many files as have two parts for each worker.
    const ENOUGH: usize = WORKERS;
    let server = server();
    let holds: Vec<_> = (1..=WORKERS)
        .map(|call| server.hold(Op::UploadPart, Nth::Call(call)))
        .collect();
    let files: Files = (0..ENOUGH + 4)
        .map(|n| (format!("segment{n}"), noise(PART + n + 1, n as u64)))
        .collect();
    let folder = tree(&files);
    let run = S3stream::put_many(&server, "bucket/p/").args(["-r", "--workers", "16"]);
    let run = run.arg(folder.path().join("src")).start();
    let all_have_one = server.wait_for(Op::UploadPart, WORKERS, PATIENCE);
    let begun = server.count(Op::CreateMultipartUpload);
    holds.iter().for_each(Hold::release);
    run.wait().silent();
    assert!(all_have_one, "{} parts", server.count(Op::UploadPart));
    assert!(begun <= ENOUGH, "{begun} uploads begun");
    assert_all_stored(&server, "p/src/", &files);
    assert_eq!(server.max_in_flight(), WORKERS);
}

#[test]
fn case_48_a_name_that_is_no_text_is_reported() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = tree(&small(2));
    let odd = std::ffi::OsStr::from_bytes(b"caf\xe9");
    fs::write(folder.path().join("src").join(odd), "x").unwrap();
    let server = server();
    let run = S3stream::put_many(&server, "bucket")
        .arg("-r")
        .arg(folder.path().join("src"));
    run.run().code(3).error(&["1 of 3 files"]);
    assert_eq!(server.keys(BUCKET).len(), 2);
}

#[test]
fn case_11_a_file_that_is_gone_does_not_stop_the_others() {
    let files = small(5);
    let folder = tree(&files);
    let server = server();
    let src = folder.path().join("src");
    let run = S3stream::put_many(&server, "bucket").args(["-r", "--output", "json"]);
    let run = run.arg(src.join("missing")).arg(&src).run().code(3);
    let failed: Vec<_> = run
        .stdout
        .lines()
        .filter(|it| it.contains("\"failed\""))
        .collect();
    assert_eq!(failed.len(), 1, "{run}");
    assert_eq!(run.stdout.lines().count(), 6, "{run}");
    run.error(&["1 of 6 files"]);
    assert_all_stored(&server, "src/", &files);
}

#[test]
fn case_11_a_file_that_is_lost_before_its_turn_does_not_stop_the_others() {
    // The first takes so long that the others are found meanwhile.
    let mut files = Files::from([("first".to_owned(), noise(4 * MIB, 11))]);
    files.extend(small(4));
    let folder = tree(&files);
    let src = folder.path().join("src");
    let server = server();
    let hold = server.hold(Op::PutObject, Nth::Call(1));
    let run = S3stream::put_many(&server, "bucket").args(["-r", "--workers", "1"]);
    let run = run.args(["first", "d0", "d1", "d2", "d3"]);
    let run = run.current_dir(&src).start();
    assert!(hold.reached(PATIENCE));
    for name in ["d0/f0", "d1/f1", "d2/f2"] {
        files.remove(name);
        fs::remove_file(src.join(name)).unwrap();
    }
    nix::unistd::mkfifo(&src.join("d1/f1"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    fs::create_dir(src.join("d2/f2")).unwrap();
    hold.release();
    let ended = run.wait().code(3).error(&["3 of 5 files"]);
    for line in [
        "failed: d0/f0: can't read it: No such file",
        "failed: d1/f1: can't read it: it is no regular file any more",
        "failed: d2/f2: can't read it: it is no regular file any more",
    ] {
        assert!(ended.stderr.contains(line), "{ended}");
    }
    assert_all_stored(&server, "", &files);
}

#[test]
fn case_12_what_is_no_file_is_left_out_with_a_warning() {
    let files = small(3);
    let folder = tree(&files);
    let fifo = folder.path().join("src/fifo");
    nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let server = server();
    let run = S3stream::put_many(&server, "bucket")
        .arg("-r")
        .arg(folder.path().join("src"))
        .run()
        .code(0);
    assert!(
        run.stderr.contains("warning") && run.stderr.contains("fifo"),
        "{run}"
    );
    assert_all_stored(&server, "src/", &files);
}

#[test]
fn case_13_two_files_for_one_key_are_refused_before_any_request() {
    let folder = tree(&small(3));
    fs::create_dir(folder.path().join("other")).unwrap();
    fs::write(folder.path().join("other/f1"), "x").unwrap();
    let server = server();
    let run = S3stream::put_many(&server, "bucket").arg(folder.path().join("src/d1/f1"));
    run.arg(folder.path().join("other/f1"))
        .run()
        .code(2)
        .error(&["f1"]);
    assert!(server.requests().is_empty());
}

#[test]
fn case_14_links_are_followed_on_request_and_a_loop_of_them_ends() {
    let mut files = small(4);
    let folder = tree(&files);
    let src = folder.path().join("src");
    symlink(&src, src.join("d1/loop")).unwrap();
    fs::create_dir(folder.path().join("elsewhere")).unwrap();
    fs::write(folder.path().join("elsewhere/f"), "linked").unwrap();
    symlink(folder.path().join("elsewhere"), src.join("folder")).unwrap();
    symlink(folder.path().join("elsewhere/f"), src.join("file")).unwrap();
    let server = server();
    let run = || S3stream::put_many(&server, "bucket").arg("-r");
    let ended = run().arg(&src).run().code(0);
    for link in ["d1/loop", "folder", "file"] {
        let told = format!("src/{link}: left out: it is a symbolic link");
        assert!(ended.stderr.contains(&told), "{ended}");
    }
    assert_all_stored(&server, "src/", &files);

    let ended = run().arg("--follow-symlinks").arg(&src).run().code(0);
    assert!(ended.stderr.contains("d1/loop: left out"), "{ended}");
    for link in ["folder/f", "file"] {
        files.insert(link.to_owned(), b"linked".to_vec());
    }
    assert_all_stored(&server, "src/", &files);

    run().arg(src.join("file")).run().silent();
    assert_stored(&server, "file", b"linked");
}

#[test]
fn case_49_globs_choose_and_a_dry_run_writes_nothing() {
    let folder = tree(&small(20));
    let server = server();
    let src = folder.path().join("src");
    let chosen = [
        "-r",
        "--exclude",
        "*",
        "--include",
        "d1/*",
        "--exclude",
        "*f8",
    ];
    let dry = S3stream::put_many(&server, "bucket/p/")
        .args(chosen)
        .arg("--dry-run")
        .arg(&src)
        .run()
        .code(0);
    assert_eq!(dry.stderr.lines().count(), 3, "{dry}");
    assert_eq!(server.requests().len(), 0);
    S3stream::put_many(&server, "bucket/p/")
        .args(chosen)
        .arg(&src)
        .run()
        .silent();
    assert_eq!(server.keys(BUCKET), ["p/src/d1/f1", "p/src/d1/f15"]);
}

#[test]
fn case_50_shards_share_the_files_exactly() {
    let files = small(60);
    let folder = tree(&files);
    let server = server();
    for index in 0..3 {
        let run = S3stream::put_many(&server, "bucket").args(["-r", "--shard", "auto/3"]);
        let run = run.env("JOB_COMPLETION_INDEX", index.to_string());
        run.arg(folder.path().join("src")).run().silent();
    }
    assert_eq!(server.count(Op::PutObject), 60, "each file by one shard");
    assert_all_stored(&server, "src/", &files);
}

/// What moves the ctime alone is no change.
#[test]
fn case_07_many_files_whose_attributes_change_are_stored() {
    use std::os::unix::fs::PermissionsExt as _;
    let files = Files::from([
        ("large".to_owned(), noise(3 * PART, 53)),
        ("medium".to_owned(), noise(4 * MIB, 54)),
    ]);
    let folder = tree(&files);
    let server = server();
    let src = folder.path().join("src");
    for op in [Op::PutObject, Op::UploadPart] {
        let src = src.clone();
        server.on(op, Nth::Call(1), move |_| {
            for name in ["large", "medium"] {
                let mode = fs::Permissions::from_mode(0o400);
                fs::set_permissions(src.join(name), mode).unwrap();
            }
        });
    }
    S3stream::put_many(&server, "bucket")
        .arg("-r")
        .arg(&src)
        .run()
        .silent();
    assert_all_stored(&server, "src/", &files);
}

#[test]
fn case_07_a_file_that_changes_meanwhile_is_not_stored() {
    let files = Files::from([("large".to_owned(), noise(2 * PART, 51))]);
    let folder = tree(&files);
    let server = server();
    let hold = server.hold(Op::UploadPart, Nth::Part(2));
    let run = S3stream::put_many(&server, "bucket")
        .arg(folder.path().join("src/large"))
        .start();
    assert!(hold.reached(Duration::from_secs(30)));
    let path: &Path = &folder.path().join("src/large");
    fs::write(path, noise(2 * PART, 52)).unwrap();
    hold.release();
    let ended = run.wait().code(1).error(&["1 of 1 files"]);
    assert!(ended.stderr.contains("changed"), "{ended}");
    assert_clean(&server);
}

#[test]
fn case_40_files_of_all_sizes_share_one_memory() {
    let server = server();
    let mut files = small(1000);
    files.extend((0..12).map(|n| (format!("d{}/large{n}", n % 7), noise(4 * PART, n))));
    let folder = tree(&files);
    let last = server.hold(Op::CompleteMultipartUpload, Nth::Call(12));
    let run = S3stream::put_many(&server, "bucket").args(["-r", "--max-memory", "20MiB"]);
    let run = run.arg(folder.path().join("src")).start();
    assert!(last.reached(PATIENCE));
    let peak = run.peak_memory();
    last.release();
    run.wait().silent();
    assert_all_stored(&server, "src/", &files);
    // The program and its 16 connections take some 30 MiB of their own.
    assert!(peak <= 70 * MIB, "peak {} KiB", peak >> 10);
}

#[test]
fn a_few_descriptors_are_enough_for_many_files() {
    let files = small(1500);
    let folder = tree(&files);
    let server = server();
    let run = S3stream::put_many(&server, "bucket")
        .arg("-r")
        .arg(folder.path().join("src"));
    run.in_shell("ulimit -n 64; exec \"$0\" \"$@\"")
        .run()
        .silent();
    assert_all_stored(&server, "src/", &files);
}

/// The size that is promised; run it with
/// `cargo test --release --test e2e a_hundred_thousand -- --ignored --nocapture`.
#[test]
#[ignore = "5 GiB of files, and a minute or two"]
fn a_hundred_thousand_small_files_and_four_of_a_gibibyte() {
    let server = server();
    let mut files: Files = (0..100_000)
        .map(|n| (format!("d{}/f{n}", n % 100), noise(4096, n)))
        .collect();
    let folder = tree(&files);
    for n in 0..4 {
        let name = format!("large{n}");
        fs::write(folder.path().join("src").join(&name), noise(1024 * MIB, n)).unwrap();
    }
    let run = S3stream::put_many(&server, "bucket").args(["-r", "--output", "none"]);
    let run = run.arg(folder.path().join("src"));
    let ended = run
        .in_shell("exec /usr/bin/time -f '%M KiB, %e s, %U s user, %S s system' \"$0\" \"$@\"")
        .limit(Duration::from_secs(500))
        .run()
        .code(0);
    println!(
        "{}, {} requests at once",
        ended.stderr.trim(),
        server.max_in_flight()
    );
    for n in 0..4 {
        let name = format!("large{n}");
        let object = server.object(BUCKET, &format!("src/{name}")).unwrap();
        assert!(object.body.unwrap()[..] == noise(1024 * MIB, n)[..]);
    }
    assert_eq!(server.keys(BUCKET).len(), files.len() + 4);
    assert!(server.max_in_flight() <= 64);
    while let Some((name, bytes)) = files.pop_first() {
        let object = server.object(BUCKET, &format!("src/{name}")).unwrap();
        assert!(object.body.unwrap()[..] == bytes[..]);
    }
}
