//! Case 49: many files, of which some are there already.

use crate::harness::*;
use crate::many::{assert_all_stored, put_many, small, tree, writes};
use crate::s3::{Fault, Nth, Op, Server};
use nix::sys::signal::Signal;
use std::fs;
use std::time::Duration;

#[test]
fn case_49_what_is_there_is_passed_over() {
    let mut files = small(10);
    files.insert("large".to_owned(), noise(2 * PART + 5, 49));
    let folder = tree(&files);
    let server = server();
    let src = folder.path().join("src");
    let run = |option: &str| put_many(&server, "bucket").args(["-r", option]).arg(&src);
    run("--skip-existing").run().silent();
    let sent = writes(&server);
    run("--skip-existing").run().silent();
    run("--no-overwrite").run().silent();
    run("--skip-unchanged").run().silent();
    assert_eq!(writes(&server), sent);
    assert_all_stored(&server, "src/", &files);

    // Other bytes of the same size, in a small file and in a large one.
    let before = files.clone();
    for name in ["d1/f1", "large"] {
        files.get_mut(name).unwrap()[0] ^= 1;
        fs::write(src.join(name), &files[name]).unwrap();
    }
    run("--skip-existing").run().silent();
    run("--no-overwrite").run().silent();
    assert_eq!(writes(&server), sent);
    assert_all_stored(&server, "src/", &before);
    run("--skip-unchanged").run().silent();
    assert_all_stored(&server, "src/", &files);
    assert_eq!(writes(&server), sent + 1 + 4);
}

#[test]
fn case_49_what_another_part_size_made_is_unchanged_all_the_same() {
    let large = noise(2 * PART + 5, 48);
    let server = server();
    S3stream::put_to(&server.endpoint(), "bucket/src/large")
        .args(["--part-size", "8MiB"])
        .stdin(large.clone())
        .run()
        .silent();
    let sent = writes(&server);
    let files = [("large".to_owned(), large)].into();
    let folder = tree(&files);
    // The algorithm that counts is the one of the object.
    for algorithm in ["SHA256", "CRC32"] {
        put_many(&server, "bucket")
            .args(["-r", "--skip-unchanged", "--checksum-algorithm", algorithm])
            .arg(folder.path().join("src"))
            .run()
            .silent();
        assert_eq!(writes(&server), sent, "{algorithm}");
    }
    assert_all_stored(&server, "src/", &files);
}

/// Whoever may not look at objects first finds out by the commit.
#[test]
fn case_49_no_overwrite_is_decided_by_the_store() {
    let names = ["small", "large"];
    let files = [noise(9, 1), noise(2 * PART, 2)];
    let files = names.map(str::to_owned).into_iter().zip(files).collect();
    let folder = tree(&files);
    let server = Server::builder().deny_head(true).start();
    let old = names.map(|name| old_object(&server, &format!("src/{name}"), 9));
    let run = put_many(&server, "bucket").args(["-r", "--no-overwrite", "--output", "json"]);
    let ended = run.arg(folder.path().join("src")).run().code(0);
    let skipped = ended.stdout.matches(r#""status":"skipped""#).count();
    assert_eq!(skipped, 2, "{ended}");
    for (name, old) in names.iter().zip(old) {
        assert_stored(&server, &format!("src/{name}"), &old);
    }
    for op in [Op::PutObject, Op::CompleteMultipartUpload] {
        assert_eq!(only(&server, op).status, Some(412));
    }
}

#[test]
fn case_49_a_rerun_with_the_journal_does_only_what_failed() {
    let mut files = small(30);
    let folder = tree(&files);
    let journal = folder.path().join("journal");
    let server = server();
    server.fail(
        Op::PutObject,
        Nth::Key("src/d1/f1".to_owned()),
        Fault::status(403, "AccessDenied"),
    );
    let run = || {
        let run = put_many(&server, "bucket")
            .arg("-r")
            .arg("--journal")
            .arg(&journal);
        run.arg(folder.path().join("src"))
    };
    run().run().code(3).error(&["1 of 30 files"]);
    server.clear_faults();
    let before = writes(&server);
    run().run().silent();
    assert_eq!(writes(&server), before + 1);
    run().run().silent();
    assert_eq!(writes(&server), before + 1);
    assert_all_stored(&server, "src/", &files);

    // The same size, but changed since.
    files.insert("d2/f2".to_owned(), noise(74, 49));
    fs::write(folder.path().join("src/d2/f2"), &files["d2/f2"]).unwrap();
    run().run().silent();
    assert_eq!(writes(&server), before + 2);
    assert_all_stored(&server, "src/", &files);
}

#[test]
fn case_49_a_run_that_was_killed_is_taken_up_by_its_journal() {
    let mut files = small(200);
    files.insert("large".to_owned(), noise(3 * PART, 50));
    let folder = tree(&files);
    let journal = folder.path().join("journal");
    let server = server();
    let run = || {
        let run = put_many(&server, "bucket").args(["-r", "--workers", "4"]);
        run.arg("--journal")
            .arg(&journal)
            .arg(folder.path().join("src"))
    };
    let hold = server.hold(Op::PutObject, Nth::Call(80));
    let killed = run().start();
    assert!(hold.reached(Duration::from_secs(30)));
    killed.signal(Signal::SIGKILL);
    killed.wait().signal(Signal::SIGKILL);
    hold.release();
    let recorded = fs::read_to_string(&journal).unwrap();
    let done: Vec<String> = recorded
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .map(|entry| entry["key"].as_str().unwrap().to_owned())
        .collect();
    assert!(done.len() >= 70, "{} recorded", done.len());
    let before = server.requests().len();
    run().run().silent();
    let again = &server.requests()[before..];
    assert!(
        again.iter().all(|request| !done.contains(&request.key)),
        "sent twice"
    );
    for (name, bytes) in &files {
        let object = server.object(BUCKET, &format!("src/{name}")).unwrap();
        assert!(object.body.unwrap()[..] == *bytes);
    }
}

#[test]
fn one_journal_is_refused_to_two_runs() {
    let folder = tree(&small(3));
    let server = server();
    let hold = server.hold(Op::PutObject, Nth::Call(1));
    let run = || {
        let run = put_many(&server, "bucket").arg("-r").arg("--journal");
        run.arg(folder.path().join("journal"))
            .arg(folder.path().join("src"))
    };
    let first = run().start();
    assert!(hold.reached(Duration::from_secs(30)));
    run().run().code(2).error(&["journal", "another run"]);
    hold.release();
    first.wait().silent();
}

#[test]
fn case_32_a_conflict_is_no_object_that_is_there_already() {
    let folder = tree(&[("large".to_owned(), noise(2 * PART, 32))].into());
    let server = server();
    let conflict = Fault::status(409, "ConditionalRequestConflict");
    server.fail(Op::CompleteMultipartUpload, Nth::From(1), conflict);
    let run = put_many(&server, "bucket").args(["-r", "--no-overwrite"]);
    run.arg(folder.path().join("src"))
        .run()
        .code(1)
        .error(&["1 of 1 files"]);
    assert_clean(&server);
}
