//! Cases 85 and 86: which files of a folder are taken, and what their keys are relative to.

use crate::harness::*;
use s3_server::Server;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;

/// A folder `src` with files of these names.
fn named(names: &[&str]) -> tempfile::TempDir {
    let content = |name: &&str| ((*name).to_owned(), name.as_bytes().to_vec());
    tree(&names.iter().map(content).collect())
}

/// The keys that a run in `folder` stores, without a word.
#[track_caller]
fn keys(folder: &Path, arguments: &[&str]) -> Vec<String> {
    let server = server();
    put_many(&server, folder, arguments).run().silent();
    server.keys(BUCKET)
}

fn put_many(server: &Server, folder: &Path, arguments: &[&str]) -> S3stream {
    let run = S3stream::put_many(server, "bucket/p/").arg("-r");
    run.args(arguments).current_dir(folder)
}

#[test]
fn case_85_a_pattern_is_one_of_gitignore() {
    let folder = named(&["bin/x", "bin/deep/y", "robin/z"]);
    let found = keys(folder.path(), &["--exclude", "bin/*", "src/"]);
    assert_eq!(found, ["p/robin/z"]);
    let found = keys(
        folder.path(),
        &["--exclude", "*", "--include", "deep/", "src"],
    );
    assert_eq!(found, ["p/src/bin/deep/y"]);
    let found = keys(
        folder.path(),
        &["--exclude", "/src/bin", "--base-dir", ".", "src"],
    );
    assert_eq!(found, ["p/src/robin/z"]);
    let found = keys(
        folder.path(),
        &["--exclude", "x", "src/bin/x", "src/robin/z"],
    );
    assert_eq!(found, ["p/z"]);
}

#[test]
fn case_85_what_is_left_out_is_not_looked_at() {
    let folder = named(&["a", "logs/x.wal"]);
    let src = folder.path().join("src");
    symlink("nowhere", src.join("dangling")).unwrap();
    symlink("loop", src.join("loop")).unwrap();
    let links = [
        "--follow-symlinks",
        "--exclude",
        "dangling",
        "--exclude",
        "loop",
        "src/",
    ];
    assert_eq!(keys(folder.path(), &links), ["p/a", "p/logs/x.wal"]);
    // They might be folders, with something to take in them.
    let links = [
        "--follow-symlinks",
        "--exclude",
        "*",
        "--include",
        "*.wal",
        "src/",
    ];
    assert_eq!(keys(folder.path(), &links), ["p/logs/x.wal"]);
    let server = server();
    let run = put_many(&server, folder.path(), &["--follow-symlinks", "src/"]);
    run.run().code(3).error(&["2 of 4 files"]);
}

/// As lost+found is to all but root.
#[test]
fn case_85_a_folder_that_is_left_out_is_not_opened() {
    let folder = named(&["a", "lost+found/x", "lost+found/x.wal"]);
    let lost = folder.path().join("src/lost+found");
    let mode = |mode| fs::set_permissions(&lost, fs::Permissions::from_mode(mode)).unwrap();
    let powerless = match rustix::process::geteuid().is_root() {
        true => "exec setpriv --bounding-set=-dac_override,-dac_read_search \"$0\" \"$@\"",
        false => "exec \"$0\" \"$@\"",
    };
    mode(0);
    let server = server();
    let run = |arguments: &[&str]| {
        let run = put_many(&server, folder.path(), arguments);
        run.arg("src/").in_shell(powerless).run()
    };
    let left_out = run(&["--exclude", "lost+found/"]);
    let no_later_include = run(&["--include", "*.wal", "--exclude", "lost+found/", "--quiet"]);
    let perhaps = run(&["--exclude", "lost+found/", "--include", "*.wal"]);
    mode(0o700);
    left_out.silent();
    no_later_include.silent();
    perhaps.code(3).error(&["1 of 2 files"]);
    assert_eq!(server.keys(BUCKET), ["p/a"]);
}

#[test]
fn case_85_patterns_come_from_files_and_variables_too() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let folder = named(&["a.o", "keep.o", "#a", "sp ", "new\nline.o", "main"]);
    let odd = OsStr::from_bytes(b"src/caf\xe9.o");
    fs::write(folder.path().join(odd), "no text, but left out").unwrap();
    let patterns = "# comment\n*.o   \r\n!keep.o\n\\#a\nsp\\ \n";
    fs::write(folder.path().join("patterns"), patterns).unwrap();
    let from_file = keys(folder.path(), &["--exclude-from", "patterns", "src/"]);
    assert_eq!(from_file, ["p/keep.o", "p/main"]);
    let overruled = ["--exclude-from", "patterns", "--exclude", "keep*", "src/"];
    assert_eq!(keys(folder.path(), &overruled), ["p/main"]);
    let too_soon = ["--exclude", "keep*", "--exclude-from", "patterns", "src/"];
    assert_eq!(keys(folder.path(), &too_soon), ["p/keep.o", "p/main"]);

    let server = server();
    let run = put_many(&server, folder.path(), &["--exclude", "#*", "src/"]);
    let run = run.env("S3STREAM_INCLUDE", "main\nkeep.o\n#a\n");
    run.env("S3STREAM_EXCLUDE_FROM", "patterns").run().silent();
    assert_eq!(server.keys(BUCKET), ["p/keep.o", "p/main"]);
    let run = put_many(&server, folder.path(), &["src/"]);
    let run = run
        .env("S3STREAM_EXCLUDE", "*\n\n")
        .env("S3STREAM_INCLUDE", "sp \n*.x");
    run.run().silent();
    assert_eq!(server.keys(BUCKET), ["p/keep.o", "p/main", "p/sp "]);
}

#[test]
fn case_85_patterns_that_can_do_nothing_are_told() {
    let folder = named(&["a"]);
    fs::write(folder.path().join("patterns"), "a\n[b\n").unwrap();
    let server = server();
    for (arguments, words) in [
        (["--exclude", "*.{a,b}"], ["--exclude", "{ and }"]),
        (["--exclude", "./a"], ["--exclude", "begins with /"]),
        (["--include", "!a"], ["--include", "in a file alone"]),
        (["--exclude", ""], ["--exclude", "empty"]),
        (["--exclude-from", "patterns"], ["line 2", "[b"]),
        (["--exclude-from", "nowhere"], ["nowhere", "No such file"]),
    ] {
        let run = put_many(&server, folder.path(), &arguments).arg("src");
        run.run().code(2).error(&words);
    }
    assert_no_requests(&server);
    let idle =
        |more: &[&str]| put_many(&server, folder.path(), more).args(["--include", "b", "src"]);
    let ended = idle(&[]).run().code(0);
    assert!(
        ended
            .stderr
            .contains("warning: --include: it filters nothing"),
        "{ended}"
    );
    idle(&["--exclude", "b"]).run().silent();
    assert_eq!(server.keys(BUCKET), ["p/src/a"]);
}

#[test]
fn case_86_a_slash_at_the_end_stands_for_the_contents() {
    let folder = named(&["a", "d/b"]);
    let src = folder.path().join("src");
    for contents in ["src/", "src/.", "./src/", "src//"] {
        assert_eq!(
            keys(folder.path(), &[contents]),
            ["p/a", "p/d/b"],
            "{contents}"
        );
    }
    for whole in ["src", "./src"] {
        assert_eq!(
            keys(folder.path(), &[whole]),
            ["p/src/a", "p/src/d/b"],
            "{whole}"
        );
    }
    for here in [".", "./"] {
        assert_eq!(keys(&src, &[here]), ["p/a", "p/d/b"], "{here}");
    }
    for above in ["..", "../", "../."] {
        assert_eq!(keys(&src.join("d"), &[above]), ["p/a", "p/d/b"], "{above}");
    }
    let relative = ["--base-dir", ".", "src/"];
    assert_eq!(keys(folder.path(), &relative), ["p/src/a", "p/src/d/b"]);
    let server = server();
    let twice = put_many(&server, folder.path(), &["src/", "src/d/b", "src/d/"]);
    twice.run().code(2).error(&["two files", "p/b"]);
    assert_no_requests(&server);
}

#[test]
fn case_14_a_link_that_is_named_is_followed_without_a_word() {
    let folder = named(&["a"]);
    symlink("src", folder.path().join("www")).unwrap();
    assert_eq!(keys(folder.path(), &["www"]), ["p/www/a"]);
    assert_eq!(keys(folder.path(), &["www/"]), ["p/a"]);
}

/// Its own journal would change meanwhile.
#[test]
fn case_85_what_the_run_itself_uses_is_not_uploaded() {
    let folder = named(&["a", "list", "skip"]);
    let src = folder.path().join("src");
    fs::write(src.join("journal"), "").unwrap();
    fs::hard_link(src.join("journal"), src.join("another name")).unwrap();
    for _ in 0..2 {
        assert_eq!(
            keys(folder.path(), &["--journal", "src/journal", "src/"]),
            ["p/a", "p/list", "p/skip"]
        );
    }
    fs::write(src.join("list"), "a\nlist\nskip\n").unwrap();
    for list in ["list", "-"] {
        let server = server();
        let run = put_many(&server, &src, &["--files-from", list, "-v"]);
        let run = run.stdin_handle(fs::File::open(src.join("list")).unwrap());
        let ended = run.run().code(0);
        assert!(
            ended.stderr.contains("list: left out: this run uses it"),
            "{ended}"
        );
        assert_eq!(server.keys(BUCKET), ["p/a", "p/skip"]);
    }
}

/// A link to a folder elsewhere does for a mount, which takes privileges.
#[test]
fn case_85_one_file_system_is_not_left() {
    let folder = named(&["a", "d/b"]);
    let Ok(elsewhere) = tempfile::tempdir_in("/dev/shm") else {
        return;
    };
    let device = |path: &Path| fs::metadata(path).unwrap().dev();
    if device(elsewhere.path()) == device(folder.path()) {
        return;
    }
    fs::write(elsewhere.path().join("c"), "c").unwrap();
    symlink(elsewhere.path(), folder.path().join("src/mounted")).unwrap();
    let all = ["--follow-symlinks", "src/"];
    assert_eq!(keys(folder.path(), &all), ["p/a", "p/d/b", "p/mounted/c"]);
    let one = ["--follow-symlinks", "--one-file-system", "src/"];
    assert_eq!(keys(folder.path(), &one), ["p/a", "p/d/b"]);
    let named = ["--one-file-system", "src/mounted/"];
    assert_eq!(
        keys(folder.path(), &named),
        ["p/c"],
        "what is named is entered"
    );
}
