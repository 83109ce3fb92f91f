//! Case 91: `--receipt` is written whole or not at all, after the commit, and says how the object is stored.

use crate::harness::*;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use s3_server::{Fault, Nth, Op, SECRET_KEY, Server};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// As a full disk, from the first byte on.
const FULL: &str = r#"trap '' XFSZ; ulimit -f 0; exec "$0" "$@""#;

fn folder_and_file() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("receipt");
    (folder, file)
}

fn put(server: &Server, receipt: &Path, bytes: &[u8]) -> S3stream {
    S3stream::put(server, "bucket/key")
        .arg("--receipt")
        .arg(receipt)
        .stdin(bytes)
}

#[test]
fn case_91_a_receipt_tells_each_part_and_how_it_was_sent() {
    let (_folder, file) = folder_and_file();
    let server = server();
    let bytes = noise(2 * PART + 7, 1);
    put(&server, &file, &bytes)
        .args(["--metadata", "a=1,b=2", "--no-overwrite", "--output=json"])
        .env("S3STREAM_WORKERS", "2")
        .run()
        .code(0);
    let lines = receipt_lines(&file);
    let [line] = &lines[..] else {
        panic!("{lines:?}")
    };
    assert_stored(&server, "key", &bytes);
    let object = server.object(BUCKET, "key").unwrap();
    assert_eq!(line["etag"], object.etag.trim_matches('"'));
    let parts: Vec<&[u8]> = bytes.chunks(PART).collect();
    let told = line["part_list"].as_array().unwrap();
    assert_eq!((told.len(), &line["parts"]), (3, &json!(3)));
    for (number, (part, told)) in (1..).zip(parts.iter().zip(told)) {
        let etag = hex::encode(md5::Md5::digest(part));
        let checksum = BASE64.encode(Sha256::digest(part));
        let expected =
            json!({"number": number, "size": part.len(), "etag": etag, "checksum": checksum});
        assert_eq!(*told, expected);
    }
    assert_eq!(line["endpoint_url"], server.endpoint());
    assert_eq!(line["s3stream"], env!("CARGO_PKG_VERSION"));
    let options = &line["options"];
    assert_eq!(options["metadata"], json!(["a=1,b=2"]));
    assert_eq!(options["no-overwrite"], json!([]));
    assert_eq!(options["workers"], json!(["2"]));
    assert_eq!(options.get("buffer"), None);
    assert!(!fs::read_to_string(&file).unwrap().contains(SECRET_KEY));
}

#[test]
fn case_91_what_was_sent_in_one_request_is_one_part() {
    let (_folder, file) = folder_and_file();
    let server = server();
    put(&server, &file, b"bytes").run().silent();
    let line = &receipt_lines(&file)[0];
    let checksum = BASE64.encode(Sha256::digest(b"bytes"));
    let part = json!({"number": 1, "size": 5, "etag": line["etag"], "checksum": checksum});
    assert_eq!(line["part_list"], json!([part]));
}

#[test]
fn case_91_where_nothing_is_stored_the_old_receipt_stays() {
    let (folder, file) = folder_and_file();
    let server = server();
    fs::write(&file, "old").unwrap();
    put(&server, &file, b"bytes").arg("--size=4").run().code(4);
    put(&server, &file, b"").run().code(4);
    put(&server, &file, b"bytes").arg("--dry-run").run().code(0);
    server.fail(
        Op::PutObject,
        Nth::From(1),
        Fault::status(403, "AccessDenied"),
    );
    put(&server, &file, b"bytes").run().code(1);
    assert_eq!(fs::read_to_string(&file).unwrap(), "old");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}

#[test]
fn case_91_a_full_disk_is_a_warning_and_the_old_receipt_stays() {
    let (folder, file) = folder_and_file();
    fs::write(&file, "old").unwrap();
    let server = server();
    let run = put(&server, &file, b"bytes").in_shell(FULL).run().code(0);
    let told = run.stderr.contains("the receipt can't be written");
    assert!(told && run.stderr.lines().count() == 1, "{run}");
    assert_stored(&server, "key", b"bytes");
    assert_eq!(fs::read_to_string(&file).unwrap(), "old");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}

#[test]
fn case_91_a_receipt_that_can_t_be_begun_is_told_before_anything_is_sent() {
    let (folder, _) = folder_and_file();
    let server = server();
    for place in [
        folder.path().join("missing/receipt"),
        PathBuf::from("/dev/full"),
    ] {
        let run = put(&server, &place, b"bytes").run().code(2);
        run.error(&["--receipt", place.to_str().unwrap(), "can't be written"]);
        let many = S3stream::put_many(&server, "bucket").arg("--receipt");
        let many = many.arg(&place).arg("/etc/hostname").run().code(2);
        many.error(&["--receipt", "can't be written"]);
    }
    assert_no_requests(&server);
}

#[test]
fn case_91_many_files_have_a_line_each_and_the_receipt_is_none_of_them() {
    let folder = tree(&small(3));
    let src = folder.path().join("src");
    let receipt = src.join("receipt");
    let server = server();
    server.fail(
        Op::PutObject,
        Nth::Call(1),
        Fault::status(403, "AccessDenied"),
    );
    let run = |receipt: &Path| {
        let run = S3stream::put_many(&server, "bucket").arg("--receipt");
        run.arg(receipt).arg("-r").arg(&src).run()
    };
    run(&receipt).code(3);
    let stored = |lines: &[Value]| {
        let mut keys: Vec<_> = lines
            .iter()
            .map(|it| it["key"].as_str().unwrap().to_owned())
            .collect();
        keys.sort();
        keys
    };
    assert_eq!(stored(&receipt_lines(&receipt)), server.keys(BUCKET));
    assert_eq!(server.keys(BUCKET).len(), 2);
    run(&receipt).code(0);
    assert_eq!(stored(&receipt_lines(&receipt)), server.keys(BUCKET));
    assert_eq!(server.keys(BUCKET).len(), 3);
}
