//! Cases 13, 47 and 48: files that a list names, and files that lie out of the way.

use crate::harness::*;
use s3_server::{Nth, Op};
use std::fs;
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

#[test]
fn case_48_a_list_names_files_whatever_their_names() {
    let names = ["a b", "new\nline", "ü/ñ 雪", " lead", "quote'\"", "d/-r"];
    let files: Files = names
        .iter()
        .map(|name| ((*name).to_owned(), name.as_bytes().to_vec()))
        .collect();
    let folder = tree(&files);
    let list: String = names.iter().map(|name| format!("./{name}\0")).collect();
    let server = server();
    let run = S3stream::put_many(&server, "bucket").args(["--files-from", "-", "-0"]);
    run.current_dir(folder.path().join("src"))
        .stdin(list)
        .run()
        .silent();
    assert_all_stored(&server, "", &files);
}

/// As `--files-from <(find ...)` gives it: what was read once is gone.
#[test]
fn case_48_a_list_may_come_through_a_pipe() {
    let files = small(9);
    let folder = tree(&files);
    let list: String = files.keys().map(|name| format!("{name}\n")).collect();
    let server = server();
    let run = S3stream::put_many(&server, "bucket").args(["--files-from", "/dev/stdin"]);
    run.current_dir(folder.path().join("src"))
        .stdin(list)
        .run()
        .silent();
    assert_all_stored(&server, "", &files);
}

#[test]
fn case_13_a_list_on_disk_that_names_a_key_twice_is_refused_before_any_request() {
    let folder = tree(&small(3));
    let src = folder.path().join("src");
    let list = folder.path().join("list");
    for (text, paths) in [
        ("d0/f0\nd1/f1\n./d0/f0\n", &[][..]),
        ("d0/f0\nf1\n", &["d1/f1"]),
    ] {
        fs::write(&list, text).unwrap();
        fs::write(src.join("f1"), "another").unwrap();
        let server = server();
        let run = S3stream::put_many(&server, "bucket")
            .arg("--files-from")
            .arg(&list);
        let run = run.args(paths).current_dir(&src);
        run.run().code(2).error(&["two files", "f"]);
        assert_no_requests(&server);
    }
}

/// A list from a pipe can't be read twice: the first file of a key is stored, the second is not.
#[test]
fn case_13_of_two_files_for_one_key_in_a_pipe_the_first_is_stored() {
    let folder = tree(&small(3));
    let src = folder.path().join("src");
    fs::write(src.join("f1"), "another").unwrap();
    for (list, paths, stored, of) in [
        ("d0/f0\n./d0/f0\n", &[][..], "d0/f0", "1 of 2"),
        ("f1\n", &["d1/f1"], "f1", "1 of 2"),
    ] {
        let server = server();
        let run = S3stream::put_many(&server, "bucket").args(["--files-from", "-"]);
        let run = run.args(paths).current_dir(&src).stdin(list);
        let ended = run.run().code(3).error(&[of]);
        assert!(ended.stderr.contains(&format!("{stored:?}")), "{ended}");
        let first = paths.first().unwrap_or(&stored);
        assert_stored(&server, stored, &fs::read(src.join(first)).unwrap());
        assert_eq!(server.keys(BUCKET), [stored]);
    }
}

#[test]
fn case_48_a_list_that_breaks_off_leaves_nothing_behind() {
    let files = small(3);
    let large = Files::from([("large".to_owned(), noise(2 * PART, 48))]);
    let folder = tree(&files.into_iter().chain(large.clone()).collect());
    let server = server();
    let hold = server.hold(Op::UploadPart, Nth::From(1));
    let (mut ours, mut theirs) = UnixStream::pair().unwrap();
    ours.write_all(b"large\n").unwrap();
    // What is never read makes the end of the stream an error for the other side.
    theirs.write_all(b"unread").unwrap();
    let run = S3stream::put_many(&server, "bucket").args(["--files-from", "-"]);
    let run = run
        .current_dir(folder.path().join("src"))
        .stdin_handle(OwnedFd::from(theirs))
        .start();
    assert!(hold.reached(PATIENCE));
    drop(ours);
    // It is told before the upload goes on.
    hold.release();
    let ended = run.wait().code(3).error(&["1 of 2 files"]);
    assert!(
        ended.stderr.contains("can't read --files-from -: "),
        "{ended}"
    );
    assert_all_stored(&server, "", &large);
}

#[test]
fn case_48_a_list_that_can_t_be_read_is_refused() {
    let folder = tree(&small(1));
    let server = server();
    for list in ["nowhere", "."] {
        S3stream::put_many(&server, "bucket")
            .args(["--files-from", list, "src/d0/f0"])
            .current_dir(folder.path())
            .run()
            .code(2)
            .error(&["can't read --files-from", list]);
    }
    let folder = std::fs::File::open(folder.path()).unwrap();
    S3stream::put_many(&server, "bucket")
        .args(["--files-from", "-"])
        .stdin_handle(folder)
        .run()
        .code(2)
        .error(&["can't read --files-from -"]);
    assert_no_requests(&server);
}

/// The links of /proc are never looked up without waiting: such files are read by another thread.
#[test]
fn case_47_files_that_have_to_be_waited_for() {
    let server = server();
    let files = small(50);
    let folder = tree(&files);
    let inside = folder.path().strip_prefix("/").unwrap();
    S3stream::put_many(&server, "bucket")
        .arg("-r")
        .arg(
            std::path::Path::new("/proc/self/root")
                .join(inside)
                .join("src"),
        )
        .run()
        .silent();
    assert_all_stored(&server, "src/", &files);
}

/// What a list or a folder looks like whose producer died, or that is not mounted.
#[test]
fn case_61_no_file_at_all_is_refused() {
    let folder = tree(&small(3));
    fs::create_dir(folder.path().join("empty")).unwrap();
    fs::write(folder.path().join("list"), "").unwrap();
    let cases: [&[&str]; 5] = [
        &["-r", "empty"],
        &["-r", "empty", "--dry-run"],
        &["--files-from", "list"],
        &["--files-from", "-"],
        &["-r", "src", "--exclude", "*"],
    ];
    for arguments in cases {
        let server = server();
        let run = || {
            let run = S3stream::put_many(&server, "bucket").args(arguments);
            run.current_dir(folder.path())
        };
        let refused = run().run().code(4).error(&["no file was found"]);
        refused.hint("--allow-empty");
        let accepted = run().arg("--allow-empty").run().code(0);
        let told = match arguments.contains(&"--dry-run") {
            true => "(dry run) to upload: 0 (of 0 B in all); to pass over: 0\n",
            false => "",
        };
        assert_eq!((&*accepted.stdout, &*accepted.stderr), ("", told));
        assert_no_requests(&server);
    }
}

#[test]
fn case_61_a_folder_of_what_is_no_file_is_as_good_as_empty() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("/etc/passwd", folder.path().join("link")).unwrap();
    let server = server();
    let run = S3stream::put_many(&server, "bucket")
        .arg("-r")
        .arg(folder.path());
    run.run().code(4).error(&["no file was found"]);
    assert_no_requests(&server);
}

/// Its files are sent by the others.
#[test]
fn case_61_an_empty_shard_is_fine() {
    let files = small(1);
    let folder = tree(&files);
    let server = server();
    let run = |shard: &str| {
        let run = S3stream::put_many(&server, "bucket").args(["-r", "--shard", shard]);
        run.arg(folder.path().join("src")).run().silent();
    };
    (1..=4).for_each(|index| run(&format!("{index}/4")));
    assert_all_stored(&server, "src/", &files);
    assert_eq!(server.count(Op::PutObject), 1);

    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let run = S3stream::put_many(&server, "bucket").args(["-r", "--shard", "1/4"]);
    run.arg(empty).run().code(4).error(&["no file was found"]);
}

/// Rust puts /dev/null in its place, which reads like an empty list.
#[test]
fn case_61_a_closed_list_is_no_empty_one() {
    let folder = tree(&small(3));
    let server = server();
    for more in [&[][..], &["--allow-empty"], &["src/d1/f1"]] {
        let run = S3stream::put_many(&server, "bucket").args(["--files-from", "-"]);
        let run = run.args(more).current_dir(folder.path());
        run.in_shell("exec \"$0\" \"$@\" <&-")
            .run()
            .code(4)
            .error(&["can't read --files-from -", "closed"]);
    }
    assert_no_requests(&server);
}

#[test]
fn case_61_a_list_that_can_only_be_written_is_none() {
    let folder = tree(&small(1));
    let server = server();
    let run = S3stream::put_many(&server, "bucket").args(["--files-from", "-"]);
    run.stdin_handle(fs::File::create(folder.path().join("out")).unwrap())
        .run()
        .code(2)
        .error(&["can't read --files-from -", "writing"]);
    assert_no_requests(&server);
}

/// What another share sends, and what a pattern leaves out, is decided from the name: it is not looked
/// at, so that it need not be there.
#[test]
fn case_50_only_what_is_its_own_is_looked_at() {
    let folder = tree(&small(1));
    let list: String = (0..60).map(|n| format!("gone{n}\n")).collect();
    let failed = |arguments: &[&str]| {
        let server = server();
        let run =
            S3stream::put_many(&server, "bucket").args(["--files-from", "-", "--allow-empty"]);
        let run = run.args(arguments).current_dir(folder.path());
        let ended = run.stdin(list.clone()).run();
        ended.stderr.matches("failed: gone").count()
    };
    let shares: Vec<_> = ["1/3", "2/3", "3/3"]
        .map(|it| failed(&["--shard", it]))
        .into();
    assert_eq!(shares.iter().sum::<usize>(), 60, "{shares:?}");
    assert_eq!(failed(&["--exclude", "gone*"]), 0);
    assert_eq!(failed(&[]), 60);
}

/// In a folder that may be read but not entered, names can be had, and nothing else.
#[test]
fn case_50_a_walk_looks_at_nothing_of_another_share() {
    use std::os::unix::fs::PermissionsExt as _;
    let files: Files = (0..60).map(|n| (format!("f{n}"), vec![])).collect();
    let folder = tree(&files);
    let src = folder.path().join("src");
    let mode = |mode| fs::set_permissions(&src, fs::Permissions::from_mode(mode)).unwrap();
    mode(0o400);
    // Root may do all: not so without these capabilities.
    let powerless = match rustix::process::geteuid().is_root() {
        true => "exec setpriv --bounding-set=-dac_override,-dac_read_search \"$0\" \"$@\"",
        false => "exec \"$0\" \"$@\"",
    };
    let server = server();
    let shares = ["1/3", "2/3", "3/3"].map(|share| {
        let run = S3stream::put_many(&server, "bucket").args(["-r", "--shard", share]);
        let ended = run.arg(&src).in_shell(powerless).run();
        ended.stderr.matches("Permission denied").count()
    });
    mode(0o700);
    assert_eq!(shares.iter().sum::<usize>(), 60, "{shares:?}");
    assert_no_requests(&server);
}
