//! Case 49: a dry run tells what it can, and changes nothing.

use crate::harness::*;
use s3_server::{Op, Server};
use serde_json::json;
use std::path::Path;

fn dry(server: &Server) -> S3stream {
    S3stream::put(server, "bucket/key").arg("--dry-run")
}

#[test]
fn case_49_a_dry_put_runs_no_command_reads_no_stream_and_sends_nothing() {
    let (_folder, started) = mark();
    let (_source, file) = file_with(b"data");
    let server = server();
    let touch = ["--", "touch", started.to_str().unwrap()];
    let outcome = dry(&server).args(touch).run().code(0);
    let said = "(dry run) upload what touch prints to s3://bucket/key\n";
    assert_eq!((&*outcome.stdout, &*outcome.stderr), ("", said));
    assert!(!started.exists());
    let outcome = dry(&server).arg(&file).run().code(0);
    assert!(outcome.stderr.contains(file.to_str().unwrap()), "{outcome}");
    // Nobody ever writes to it.
    let outcome = dry(&server)
        .stdin_handle(std::process::Stdio::piped())
        .start();
    outcome.wait().code(0);
    dry(&server).arg("--quiet").arg(&file).run().silent();
    assert_no_requests(&server);
}

#[test]
fn case_49_a_dry_put_looks_for_an_object_where_none_may_be_replaced() {
    let server = server();
    dry(&server)
        .args(["--no-overwrite", "--", "false"])
        .run()
        .code(0);
    assert_eq!(
        (server.requests().len(), server.count(Op::HeadObject)),
        (1, 1)
    );
    let old = old_object(&server, "key", 7);
    let outcome = dry(&server)
        .args(["--no-overwrite", "--output", "json", "--", "false"])
        .run();
    let outcome = outcome
        .code(4)
        .error(&["s3://bucket/key would not be stored", "already"]);
    assert_eq!(result_lines(&outcome)[0]["status"], "failed");
    assert_stored(&server, "key", &old);
    assert_eq!(writes(&server), 0);
}

/// Each as the run itself would end.
#[test]
fn case_49_a_dry_put_ends_as_the_run_would() {
    let (_folder, file) = file_with(b"data");
    let (_empty_folder, empty) = file_with(b"");
    let (file, empty) = (file.to_str().unwrap(), empty.to_str().unwrap());
    for (options, code) in [
        (&["--size", "4", "--require-tail", "a$", file][..], 0),
        (&["--size", "5", file], 4),
        (&["--min-size", "5", file], 4),
        (&["--require-tail", "end", file], 4),
        (&[empty], 0),
        (&["--min-size", "1", empty], 4),
        (&["/nonexistent"], 2),
        (&["--part-size", "1", file], 2),
    ] {
        for more in [&["--dry-run"][..], &[]] {
            let server = server();
            let run = S3stream::put(&server, "bucket/key")
                .args(more)
                .args(options);
            run.run().code(code);
            assert_eq!(
                writes(&server) > 0,
                more.is_empty() && code == 0,
                "{options:?}"
            );
        }
    }
}

#[test]
fn case_49_a_dry_put_tells_a_program_the_same() {
    let (_folder, file) = file_with(b"data");
    let server = server();
    let outcome = dry(&server)
        .args(["--output", "json"])
        .arg(&file)
        .run()
        .code(0);
    assert!(outcome.stderr.is_empty(), "{outcome}");
    let line = &result_lines(&outcome)[0];
    assert_eq!(
        (&line["status"], &line["size"]),
        (&json!("would-upload"), &json!(4))
    );
    assert_eq!(line["path"].as_str().map(Path::new), Some(&*file));
    let outcome = dry(&server)
        .args(["--output", "text"])
        .arg(&file)
        .run()
        .code(0);
    assert!(outcome.stdout.is_empty(), "nothing is stored: {outcome}");
}

#[test]
fn case_49_a_dry_put_needs_credentials() {
    let server = server();
    let run = dry(&server).without_env("AWS_ACCESS_KEY_ID");
    run.stdin("data")
        .run()
        .code(2)
        .error(&["would not be stored"]);
}

#[test]
fn case_49_a_dry_run_is_sorted_and_summed_up() {
    let mut files = small(300);
    files.insert("a.txt".to_owned(), noise(9, 1));
    files.insert("d1".to_owned() + ".x", noise(PART + 1, 2));
    let folder = tree(&files);
    let server = server();
    for name in ["d0/f0", "d0/f7"] {
        server.put_object(BUCKET, &format!("p/src/{name}"), "there");
    }
    let run = || {
        S3stream::put_many(&server, "bucket/p/")
            .args([
                "-r",
                "--dry-run",
                "--skip-existing",
                "--workers",
                "8",
                "src",
            ])
            .current_dir(folder.path())
    };
    let ended = run().run().code(0);
    files.remove("d0/f0");
    files.remove("d0/f7");
    let mut expected: Vec<_> = files
        .keys()
        .map(|name| format!("(dry run) upload src/{name} to s3://bucket/p/src/{name}"))
        .collect();
    let bytes: usize = files.values().map(Vec::len).sum();
    #[expect(clippy::cast_precision_loss)]
    let mib = bytes as f64 / MIB as f64;
    expected.push(format!(
        "(dry run) to upload: 300 (of {mib:.2} MiB in all); to pass over: 2"
    ));
    let lines: Vec<_> = ended.stderr.lines().collect();
    assert_eq!(lines, expected);
    assert_eq!(ended.stdout, "");
    assert_eq!(server.count(Op::PutObject), 0);

    let ended = run().args(["--output", "json"]).run().code(0);
    let lines = ended.stdout.lines().map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let name = line["path"].as_str().unwrap()["src/".len()..].to_owned();
        let status = line["status"].as_str().unwrap().to_owned();
        (name, status, line["size"].as_u64().unwrap())
    });
    let lines: Vec<_> = lines.collect();
    assert_eq!(lines.len(), 302);
    assert!(lines.is_sorted(), "{ended}");
    for (name, status, size) in lines {
        match files.get(&name) {
            Some(bytes) => assert_eq!((&*status, size), ("would-upload", bytes.len() as u64)),
            None => assert_eq!(status, "skipped", "{name}"),
        }
    }
}
