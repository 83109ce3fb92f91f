//! Case 87, and folders with nothing in them: what of a tree is no bytes of a file.

use crate::harness::*;
use s3_server::{Op, Server};
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

#[test]
fn case_87_the_time_of_change_is_kept_as_rclone_keeps_it() {
    let files: Files = [("small", 9), ("large", 2 * PART), ("empty", 0)]
        .map(|(name, size)| (name.to_owned(), noise(size, 87)))
        .into();
    let folder = tree(&files);
    for name in files.keys() {
        let path = folder.path().join("src").join(name);
        let time = UNIX_EPOCH + Duration::new(1_700_000_000, 123_456_789);
        File::options()
            .write(true)
            .open(path)
            .unwrap()
            .set_modified(time)
            .unwrap();
    }
    let server = server();
    let run = || {
        S3stream::put_many(&server, "bucket")
            .args(["-r", "--preserve-times", "--metadata", "host=db1", "src"])
            .current_dir(folder.path())
    };
    run().run().silent();
    for (name, bytes) in &files {
        let key = format!("src/{name}");
        assert_stored(&server, &key, bytes);
        let object = server.object(BUCKET, &key).unwrap();
        let mtime = object.header("x-amz-meta-mtime");
        assert_eq!(mtime, Some("1700000000.123456789"), "{name}");
        assert_eq!(object.header("x-amz-meta-host"), Some("db1"));
    }
    let before = server.requests().len();
    let ended = run().args(["--metadata", "Mtime=1"]).run();
    ended
        .code(2)
        .error(&["--preserve-times", "--metadata mtime"]);
    assert_eq!(server.requests().len(), before);
}

/// A tree with three files and four folders in which there is nothing.
fn tree_with_holes() -> (Files, tempfile::TempDir) {
    let files = [("a.txt", 3), ("full/x", 5), ("z", 7)]
        .map(|(name, size)| (name.to_owned(), noise(size, size as u64)))
        .into();
    let folder = tree(&files);
    for name in ["a", "full/hole", "tmp/deep", "ü b"] {
        fs::create_dir_all(folder.path().join("src").join(name)).unwrap();
    }
    (files, folder)
}

fn put(server: &Server, folder: &Path) -> S3stream {
    S3stream::put_many(server, "bucket")
        .args(["-r", "src"])
        .current_dir(folder)
}

const MARKERS: [&str; 4] = ["src/a/", "src/full/hole/", "src/tmp/deep/", "src/ü b/"];

#[test]
fn empty_folders_are_told_of_but_not_by_night() {
    let (files, folder) = tree_with_holes();
    let server = server();
    put(&server, folder.path()).run().silent();
    assert_all_stored(&server, "src/", &files);
    let told = put(&server, folder.path()).arg("-v").run().code(0);
    let lines = told.stderr.matches("left out: it is an empty folder");
    assert_eq!(lines.count(), 4, "{told}");
    assert!(!told.stderr.contains("--empty-dirs"), "{told}");
}

#[test]
fn markers_are_stored_of_empty_folders() {
    let (files, folder) = tree_with_holes();
    let server = server();
    let run = || put(&server, folder.path()).arg("--empty-dirs");
    let dry = run().arg("--dry-run").run().code(0);
    assert_eq!(dry.stderr.matches("(dry run) upload").count(), 7, "{dry}");
    assert!(
        dry.stderr.contains("to s3://bucket/src/full/hole/\n"),
        "{dry}"
    );
    assert!(server.requests().is_empty());

    let ended = run().args(["--output", "json"]).run().code(0);
    assert_eq!(ended.stdout.matches(r#""status":"uploaded""#).count(), 7);
    let hole = r#""status":"uploaded","path":"src/full/hole""#;
    assert!(ended.stdout.contains(hole), "{ended}");
    assert_eq!(server.keys(BUCKET).len(), 7);
    for key in MARKERS {
        let object = server.object(BUCKET, key).unwrap();
        assert_eq!(object.size, 0, "{key}");
        assert_eq!(
            object.header("content-type"),
            Some("application/x-directory")
        );
    }
    for (name, bytes) in &files {
        assert_stored(&server, &format!("src/{name}"), bytes);
    }
    // What is there is not sent again, be it by the list, by a HEAD or by the journal.
    let journal = folder.path().join("journal");
    run().arg("--journal").arg(&journal).run().silent();
    let sent = writes(&server);
    run().arg("--journal").arg(&journal).run().silent();
    run().arg("--skip-existing").run().silent();
    let heads = server.count(Op::HeadObject);
    run().arg("--skip-unchanged").run().silent();
    assert_eq!(
        (writes(&server), server.count(Op::HeadObject)),
        (sent, heads)
    );
}

#[test]
fn markers_of_what_is_not_listed_are_looked_for() {
    let (_, folder) = tree_with_holes();
    let server = Server::builder().deny_list(true).start();
    server.create_bucket(BUCKET);
    let run = || put(&server, folder.path()).args(["--empty-dirs", "--skip-unchanged"]);
    run().run().silent();
    let sent = writes(&server);
    run().run().silent();
    assert_eq!((sent, writes(&server)), (7, 7));
}

#[test]
fn an_excluded_folder_and_another_shards_has_no_marker() {
    let (_, folder) = tree_with_holes();
    let server = server();
    let exclude = ["--empty-dirs", "--exclude", "*deep*"];
    put(&server, folder.path()).args(exclude).run().silent();
    let keys = server.keys(BUCKET);
    assert!(!keys.contains(&"src/tmp/deep/".to_owned()), "{keys:?}");
    // Nothing else was in it.
    assert!(keys.contains(&"src/tmp/".to_owned()), "{keys:?}");
    assert_eq!(keys.len(), 7);

    let server = self::server();
    for shard in ["1/3", "2/3", "3/3"] {
        let run = put(&server, folder.path()).args(["--empty-dirs", "--shard", shard]);
        run.run().silent();
    }
    assert_eq!(server.count(Op::PutObject), 7);
}

/// A folder that is not mounted looks like one that is empty.
#[test]
fn case_61_a_folder_that_is_named_and_empty_needs_the_option() {
    let folder = tempfile::tempdir().unwrap();
    let named = folder.path().join("data");
    fs::create_dir(&named).unwrap();
    let server = server();
    let run = |path: &Path| S3stream::put_many(&server, "bucket").arg("-r").arg(path);
    run(&named).run().code(4);
    run(&named).arg("--empty-dirs").run().silent();
    assert_eq!(server.keys(BUCKET), ["data/"]);
    let inside = S3stream::put_many(&server, "bucket").args(["-r", "--empty-dirs", "."]);
    inside.current_dir(&named).run().code(4);
}
