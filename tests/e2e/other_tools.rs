//! Case 81, and what else users of other tools write: the source first, values in any case, the aws CLI's
//! lists and names.

use crate::harness::*;
use s3_server::{Fault, Nth, Op, Server};
use std::fs;
use std::os::unix::fs::symlink;

/// A folder with `big.bin`, `other.bin` and `dir/a`.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("dir")).unwrap();
    for name in ["big.bin", "other.bin", "dir/a"] {
        fs::write(folder.path().join(name), name).unwrap();
    }
    folder
}

#[test]
fn case_81_the_source_may_come_first() {
    let (server, folder) = (server(), folder());
    let put = |first: &str| S3stream::put(&server, first).current_dir(folder.path());
    put("big.bin").arg("s3://bucket/key").run().silent();
    assert_stored(&server, "key", b"big.bin");
    put("big.bin").arg("s3://bucket/p/").run().silent();
    assert_stored(&server, "p/big.bin", b"big.bin");
    let stream = put("-").arg("s3://bucket/stream").stdin("data");
    stream.run().silent();
    assert_stored(&server, "stream", b"data");
    for args in [&["dir", "s3://bucket/q/"][..], &["s3://bucket/r/", "dir"]] {
        let run = S3stream::put_many(&server, "-r").args(args);
        run.current_dir(folder.path()).run().silent();
    }
    assert_stored(&server, "q/dir/a", b"dir/a");
    assert_stored(&server, "r/dir/a", b"dir/a");
}

#[test]
fn case_81_what_is_turned_around_is_refused_with_the_right_line() {
    let (server, folder) = (server(), folder());
    let run = |run: S3stream| run.current_dir(folder.path()).stdin("data").run().code(2);
    for (args, word, line) in [
        (
            &["big.bin", "bucket/key"][..],
            "DESTINATION comes first",
            "put bucket/key big.bin",
        ),
        (
            &["big.bin", "other.bin"],
            "DESTINATION comes first",
            "put BUCKET/KEY big.bin other.bin",
        ),
        (
            &["bucket/key", "dir"],
            "folder",
            "put-many -r bucket/key/ dir",
        ),
        (
            &["dir", "s3://bucket/p/"],
            "folder",
            "put-many -r s3://bucket/p/ dir",
        ),
        (
            &["bucket/p/", "big.bin", "other.bin"],
            "takes one FILE",
            "put-many bucket/p/ big.bin other.bin",
        ),
    ] {
        let told = run(S3stream::put(&server, args[0]).args(&args[1..]));
        told.error(&[word]).hint(&format!("s3stream {line}"));
    }
    let told = run(S3stream::put_many(&server, "dir").args(["-r", "bucket/p/"]));
    told.error(&["DESTINATION comes first"])
        .hint("s3stream put-many bucket/p/ dir");
    assert_no_requests(&server);
}

#[test]
fn values_are_read_in_any_case() {
    let server = server();
    S3stream::put(&server, "bucket/key")
        .args([
            "--progress",
            "NONE",
            "--sse",
            "Aws:KMS",
            "--acl",
            "Bucket-Owner-Read",
        ])
        .args([
            "--storage-class=standard_ia",
            "--workers=AUTO",
            "--output=NONE",
        ])
        .env("S3STREAM_CHECKSUM_ALGORITHM", "sha1")
        .env("S3STREAM_ADDRESSING_STYLE", "PATH")
        .env("S3STREAM_PAYLOAD_SIGNING", "Always")
        .stdin("data")
        .run()
        .code(0);
    let put = only(&server, Op::PutObject);
    for (name, value) in [
        ("x-amz-server-side-encryption", "aws:kms"),
        ("x-amz-acl", "bucket-owner-read"),
        ("x-amz-storage-class", "STANDARD_IA"),
    ] {
        assert_eq!(put.header(name), Some(value), "{name}");
    }
    assert!(put.header("x-amz-checksum-sha1").is_some());
}

#[test]
fn a_comma_begins_a_pair_where_a_name_follows() {
    const LIST: &str = r"a=1,note=x, y,b=2\,c=3";
    for in_environment in [false, true] {
        let server = server();
        let put = S3stream::put(&server, "bucket/key").stdin("data");
        match in_environment {
            true => put
                .env("S3STREAM_METADATA", LIST)
                .env("S3STREAM_TAG", "t=1,u=2"),
            false => put.args(["--metadata", LIST, "--tag", "t=1,u=2"]),
        }
        .run()
        .silent();
        let object = server.object(BUCKET, "key").unwrap();
        for (name, value) in [("a", "1"), ("note", "x, y"), ("b", "2,c=3")] {
            let name = format!("x-amz-meta-{name}");
            assert_eq!(object.header(&name), Some(value), "{name}");
        }
        let tags = only(&server, Op::PutObject);
        assert_eq!(tags.header("x-amz-tagging"), Some("t=1&u=2"));
    }
}

#[test]
fn variables_of_patterns_hold_one_a_line() {
    let server = server();
    let names = ["a,b.wal", "a", "b.wal", "c.log", "d.txt"];
    let files: Files = names.map(|name| (name.to_owned(), name.into())).into();
    let folder = tree(&files);
    S3stream::put_many(&server, "bucket/")
        .arg("-r")
        .arg(folder.path().join("src"))
        .env("S3STREAM_EXCLUDE", "*a,b.wal\n*.log\n\n*.txt\n")
        .run()
        .silent();
    assert_eq!(server.keys(BUCKET), ["src/a", "src/b.wal"]);
}

/// In `put` the advice to write `-- --x` would make a typo the COMMAND.
#[test]
fn a_typo_is_not_made_a_command() {
    for arguments in [
        ["put", "b/k", "--no-overwrit"],
        ["put-many", "b/", "--recursve"],
    ] {
        let outcome = S3stream::new().args(arguments).run().code(2);
        assert!(!outcome.stderr.contains("'-- "), "{outcome}");
        assert!(
            outcome.stderr.contains("similar argument exists"),
            "{outcome}"
        );
    }
    let outcome = S3stream::new()
        .args(["--no-overwrite", "put", "b/k"])
        .run()
        .code(2);
    let told = outcome.stderr.contains("'put --no-overwrite' exists");
    assert!(told, "{outcome}");
    let outcome = S3stream::new().args(["get", "b/k"]).run().code(2);
    outcome.without("-- get");
}

#[test]
fn names_of_the_aws_cli_for_what_is_told() {
    let server = server();
    let put = || S3stream::put(&server, "bucket/a.html").stdin("data");
    let plain = ["--progress=plain", "--progress-interval=1ms"];
    put().args(plain).arg("--no-progress").run().silent();
    put()
        .env("S3STREAM_PROGRESS", "plain")
        .arg("--no-progress")
        .run()
        .silent();
    put().args(plain).arg("--only-show-errors").run().silent();
    let outcome = put().arg("--debug").run().code(0);
    assert!(outcome.stderr.contains("PutObject"), "{outcome}");
}

#[test]
fn names_of_the_aws_cli_for_what_is_sent() {
    let server = server();
    S3stream::put(&server, "bucket/a.html")
        .arg("--no-guess-mime-type")
        .stdin("data")
        .run()
        .silent();
    let content_type = "application/octet-stream";
    assert_eq!(
        only(&server, Op::PutObject).header("content-type"),
        Some(content_type)
    );
    let folder = folder();
    symlink("a", folder.path().join("dir/link")).unwrap();
    let many = |args: &[&str]| {
        S3stream::put_many(&server, "bucket/many/")
            .current_dir(folder.path())
            .env("S3STREAM_FOLLOW_SYMLINKS", "true")
            .args(["-r", "dir"])
            .args(args)
            .run()
            .code(0)
    };
    many(&["--dryrun"]);
    assert_eq!(server.keys(BUCKET), ["a.html"]);
    many(&["--no-follow-symlinks"]);
    assert_eq!(server.keys(BUCKET), ["a.html", "many/dir/a"]);
    many(&["--no-follow-symlinks", "--follow-symlinks"]);
    assert_eq!(server.keys(BUCKET).len(), 3);
}

#[test]
fn time_outs_of_the_aws_cli() {
    let gives_up = |server: &Server, args: &[&str]| {
        S3stream::put(server, "bucket/key")
            .args(args)
            .args(["--retries", "0"])
            .stdin("data")
            .run()
            .code(1);
    };
    let server = server();
    server.fail(Op::PutObject, Nth::Call(1), Fault::NeverRead);
    gives_up(&server, &["--stall-timeout=1h", "--cli-read-timeout=1"]);
    for option in ["--cli-read-timeout=0", "--cli-connect-timeout=0"] {
        let put = S3stream::put(&server, "bucket/key").arg(option);
        put.stdin("data").run().silent();
    }
}

#[test]
fn a_variable_that_nothing_reads_is_told() {
    let server = server();
    let put = || S3stream::put(&server, "bucket/key").stdin("data");
    let misspelt = || put().env("S3STREAM_NO_OVERWRIT", "true");
    let outcome = misspelt().run().code(0);
    let told: Vec<_> = outcome.stderr.lines().collect();
    assert_eq!(told.len(), 1, "{outcome}");
    assert!(
        told[0].starts_with("warning: no option reads S3STREAM_NO_OVERWRIT "),
        "{outcome}"
    );
    assert!(told[0].contains("S3STREAM_NO_OVERWRITE"), "{outcome}");
    misspelt().arg("--quiet").run().silent();
    put()
        .env("S3STREAM_SERVICE_HOST", "10.0.0.1")
        .env("S3STREAM_PORT_80_TCP", "tcp://10.0.0.1:80")
        // Of put-many alone.
        .env("S3STREAM_JOURNAL", "/nonexistent")
        .env("S3STREAM_UNSET", "")
        .run()
        .silent();
}

#[test]
fn sizes_are_told_as_they_were_typed() {
    let server = server();
    let put = |option: &str| {
        S3stream::put(&server, "bucket/key")
            .arg(option)
            .stdin("data")
    };
    put("--size=10MB").run().code(4).error(&["not --size 10MB"]);
    put("--min-size=1.5GiB")
        .run()
        .code(4)
        .error(&["less than --min-size 1.5GiB"]);
    put("--size=2")
        .run()
        .code(4)
        .error(&["longer than --size 2"]);
    put("--part-size=1MB")
        .run()
        .code(2)
        .error(&["--part-size 1MB"]);
    put("--limit-rate=10GB")
        .run()
        .code(2)
        .error(&["--limit-rate 10GB"]);
    let few = put("--expected-size=10GB").args(["--max-parts=1"]);
    few.run().code(2).error(&["10GB do not fit into 1 parts"]);
    assert_no_requests(&server);
}
