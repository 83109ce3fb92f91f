//! Case 49: many files, of which some are there already.

use crate::harness::*;
use nix::sys::signal::Signal;
use s3_server::{Fault, Nth, Op, Server};
use std::fs;
use std::path::Path;
use std::time::Duration;

#[test]
fn case_49_what_is_there_is_passed_over() {
    let mut files = small(10);
    files.insert("large".to_owned(), noise(2 * PART + 5, 49));
    let folder = tree(&files);
    let server = server();
    let src = folder.path().join("src");
    let run = |option: &str| {
        S3stream::put_many(&server, "bucket")
            .args(["-r", option])
            .arg(&src)
    };
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
    S3stream::put(&server, "bucket/src/large")
        .args(["--part-size", "8MiB"])
        .stdin(large.clone())
        .run()
        .silent();
    let sent = writes(&server);
    let files = [("large".to_owned(), large)].into();
    let folder = tree(&files);
    // The algorithm that counts is the one of the object.
    for algorithm in ["SHA256", "CRC32"] {
        S3stream::put_many(&server, "bucket")
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
    let run =
        S3stream::put_many(&server, "bucket").args(["-r", "--no-overwrite", "--output", "json"]);
    let ended = run.arg(folder.path().join("src")).run().code(0);
    for line in ended.stdout.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["status"], "skipped", "{ended}");
        assert_eq!(line["why"], "an object is there already", "{ended}");
    }
    assert_eq!(ended.stdout.lines().count(), 2, "{ended}");
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
        let run = S3stream::put_many(&server, "bucket")
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
        let run = S3stream::put_many(&server, "bucket").args(["-r", "--workers", "4"]);
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

/// A run with the journal, and what it sends.
#[track_caller]
fn sends(server: &Server, run: S3stream, journal: &Path) -> usize {
    let before = writes(server);
    run.arg("--journal").arg(journal).run().silent();
    writes(server) - before
}

/// Both stores get the files, by whatever the endpoint is given: one knows only its own.
#[test]
fn case_59_one_journal_serves_two_stores() {
    let files = small(5);
    let folder = tree(&files);
    let journal = folder.path().join("journal");
    let servers = [server(), server()];
    let config = folder.path().join("config");
    let [one, two] = servers.each_ref().map(Server::endpoint);
    let text = format!(
        "[profile one]\nendpoint_url = {one}\n[profile two]\nservices = two\n\
         [services two]\ns3 =\n  endpoint_url = {two}\n"
    );
    fs::write(&config, text).unwrap();
    let credentials = folder.path().join("credentials");
    let keys = format!(
        "aws_access_key_id = {}\naws_secret_access_key = {}\n",
        s3_server::ACCESS_KEY,
        s3_server::SECRET_KEY
    );
    fs::write(&credentials, format!("[one]\n{keys}[two]\n{keys}")).unwrap();
    let run = |destination: &str| {
        S3stream::new()
            .args(["put-many", "-r", destination])
            .arg(folder.path().join("src"))
            .env("AWS_REGION", s3_server::REGION)
            .env("AWS_CONFIG_FILE", &config)
            .env("AWS_SHARED_CREDENTIALS_FILE", &credentials)
    };
    let of_profile = |profile| run("bucket").args(["--profile", profile]);
    for expected in [5, 0] {
        for (server, profile) in servers.iter().zip(["one", "two"]) {
            let sent = sends(server, of_profile(profile), &journal);
            assert_eq!(sent, expected, "{profile}");
            assert_all_stored(server, "src/", &files);
        }
    }
    // What the profile says, said by a variable.
    let by_variable = of_profile("one").env("AWS_ENDPOINT_URL", &*two);
    assert_eq!(sends(&servers[1], by_variable, &journal), 0);
    // Another prefix is another place.
    let elsewhere = run("bucket/p/").args(["--profile", "one"]);
    assert_eq!(sends(&servers[0], elsewhere, &journal), 5);
}

/// Both are `x/f`, and the second may be the newer one.
#[test]
fn case_59_a_file_of_another_folder_with_the_same_key_is_another() {
    let folder = tree(
        &[("A/x/f", "1"), ("B/x/f", "2")]
            .map(|(n, b)| (n.into(), b.into()))
            .into(),
    );
    let src = folder.path().join("src");
    let modified = fs::metadata(src.join("A/x/f")).unwrap().modified();
    let other = fs::File::options().write(true).open(src.join("B/x/f"));
    other.unwrap().set_modified(modified.unwrap()).unwrap();
    let server = server();
    let run = |which| {
        S3stream::put_many(&server, "bucket")
            .arg("-r")
            .arg("x")
            .current_dir(src.join(which))
    };
    let journal = folder.path().join("journal");
    for (which, sent, stored) in [("A", 1, "1"), ("B", 1, "2"), ("B", 0, "2")] {
        assert_eq!(sends(&server, run(which), &journal), sent, "{which}");
        assert_stored(&server, "x/f", stored.as_bytes());
    }
}

/// Neither chmod nor a backup by `cp -al` makes it another file; to write to it and to put its time
/// back does.
#[test]
fn case_49_only_the_content_counts_where_only_the_ctime_moved() {
    use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
    let mut files = small(3);
    files.insert("large".to_owned(), noise(2 * PART + 5, 51));
    let folder = tree(&files);
    let (src, journal) = (folder.path().join("src"), folder.path().join("journal"));
    let server = server();
    for algorithm in ["SHA256", "CRC32C", "MD5", "NONE"] {
        fs::remove_file(&journal).ok();
        let run = || {
            let algorithm = [
                "--checksum-algorithm",
                algorithm,
                "--payload-signing",
                "never",
            ];
            S3stream::put_many(&server, "bucket")
                .args(["-r"])
                .args(algorithm)
                .arg(&src)
        };
        assert_eq!(sends(&server, run(), &journal), 3 + 4, "{algorithm}");
        let lines = || fs::read_to_string(&journal).unwrap().lines().count();
        for name in ["d1/f1", "large"] {
            let path = src.join(name);
            for mode in [0o600, 0o640] {
                fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            }
            fs::hard_link(&path, folder.path().join("link")).unwrap();
            fs::remove_file(folder.path().join("link")).unwrap();
        }
        let before = lines();
        assert_eq!(sends(&server, run(), &journal), 0, "{algorithm}");
        assert_eq!(lines(), before + 2, "the new ctime is learned");
        assert_eq!(sends(&server, run(), &journal), 0, "{algorithm}");
        assert_eq!(lines(), before + 2);

        for name in ["d1/f1", "large"] {
            let file = fs::File::options()
                .write(true)
                .open(src.join(name))
                .unwrap();
            let modified = file.metadata().unwrap().modified().unwrap();
            files.get_mut(name).unwrap()[3] ^= 1;
            file.write_all_at(&files[name], 0).unwrap();
            file.set_modified(modified).unwrap();
        }
        assert_eq!(sends(&server, run(), &journal), 1 + 4, "{algorithm}");
        assert_all_stored(&server, "src/", &files);
    }
}

#[test]
fn case_49_a_dry_run_writes_nothing_to_the_journal() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tree(&small(2));
    let (src, journal) = (folder.path().join("src"), folder.path().join("journal"));
    let server = server();
    let run = || S3stream::put_many(&server, "bucket").arg("-r").arg(&src);
    sends(&server, run(), &journal);
    let before = fs::read(&journal).unwrap();
    let mode = fs::Permissions::from_mode(0o600);
    fs::set_permissions(src.join("d1/f1"), mode).unwrap();
    let sent = writes(&server);
    let dry = run().arg("--dry-run").arg("--journal").arg(&journal);
    let dry = dry.run().code(0);
    assert!(dry.stderr.contains("to pass over: 2\n"), "{dry}");
    assert_eq!(writes(&server), sent);
    assert_eq!(fs::read(&journal).unwrap(), before);
}

#[test]
fn case_32_a_conflict_is_no_object_that_is_there_already() {
    let folder = tree(&[("large".to_owned(), noise(2 * PART, 32))].into());
    let server = server();
    let conflict = Fault::status(409, "ConditionalRequestConflict");
    server.fail(Op::CompleteMultipartUpload, Nth::From(1), conflict);
    let run = S3stream::put_many(&server, "bucket").args(["-r", "--no-overwrite"]);
    run.arg(folder.path().join("src"))
        .run()
        .code(1)
        .error(&["1 of 1 files"]);
    assert_clean(&server);
}
