//! Case 91: `verify --receipt` compares the store with what was written down when it took the bytes.

use crate::harness::*;
use s3_server::{Op, Server};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn bytes() -> Vec<u8> {
    noise(2 * PART + 77, 91)
}

/// An object of three parts, and its receipt.
fn stored() -> (Server, TempDir, PathBuf) {
    let server = server();
    let (folder, receipt) = mark();
    S3stream::put(&server, "bucket/key")
        .arg("--receipt")
        .arg(&receipt)
        .stdin(bytes())
        .run()
        .silent();
    (server, folder, receipt)
}

fn verify(server: &Server, receipt: &Path) -> S3stream {
    S3stream::new()
        .args(["verify", "--output", "json", "--receipt"])
        .arg(receipt)
        .of(server)
}

#[test]
fn case_91_a_receipt_is_compared_with_the_store_and_no_source_is_needed() {
    let (server, _folder, receipt) = stored();
    let run = verify(&server, &receipt).run().code(0);
    let line = verify_lines(&run).remove(0);
    assert_eq!(line["status"], "equal");
    assert_eq!(line["compared"], "SHA256, ETag of the receipt");
    assert_eq!(server.count(Op::GetObject), 0);
    let mut other = bytes();
    other[PART] ^= 1;
    S3stream::put(&server, "bucket/key")
        .stdin(other.clone())
        .run()
        .silent();
    let run = verify(&server, &receipt).run().code(1);
    assert_eq!(verify_lines(&run)[0]["part"], 2, "{run}");
    run.error(&["s3://bucket/key differs from its receipt: part 2"]);
    server.put_object(BUCKET, "key", "short");
    let run = verify(&server, &receipt).run().code(1);
    run.error(&["it has 5 bytes, by the receipt"]);
}

#[test]
fn case_91_with_download_the_bytes_are_compared_with_the_receipt() {
    let (server, _folder, receipt) = stored();
    verify(&server, &receipt).arg("--download").run().code(0);
    server.spoil_object(BUCKET, "key", 2 * PART, b"rotten");
    verify(&server, &receipt).run().code(0);
    let run = verify(&server, &receipt).arg("--download").run().code(1);
    let line = verify_lines(&run).remove(0);
    assert_eq!(
        (&line["status"], &line["part"]),
        (&"differs".into(), &3.into())
    );
}

#[test]
fn case_91_with_a_source_all_three_are_compared() {
    let (server, _folder, receipt) = stored();
    let with = |source: Vec<u8>| {
        let run = verify(&server, &receipt).args(["bucket/key", "-"]);
        run.stdin(source).run()
    };
    with(bytes()).code(0);
    let mut other = bytes();
    other[0] ^= 1;
    assert_eq!(verify_lines(&with(other).code(1))[0]["part"], 1);
    S3stream::put(&server, "bucket/key")
        .stdin("another")
        .run()
        .silent();
    with(bytes()).code(1).error(&["by the receipt"]);
}

#[test]
fn case_91_a_receipt_of_many_says_which_of_them_differ() {
    let server = server();
    let (folder, receipt) = mark();
    let tree = tree(&small(9));
    S3stream::put_many(&server, "bucket/p/")
        .args(["-r", "--receipt"])
        .arg(&receipt)
        .arg(tree.path().join("src/"))
        .run()
        .silent();
    let run = verify(&server, &receipt).run().code(0);
    assert_eq!(verify_lines(&run).len(), 9);
    server.put_object(BUCKET, "p/d1/f1", "another");
    let run = verify(&server, &receipt).run().code(3);
    let lines = verify_lines(&run);
    let others: Vec<_> = lines
        .iter()
        .filter(|it| it["status"] == "differs")
        .collect();
    assert_eq!(others.len(), 1);
    assert_eq!(others[0]["key"], "p/d1/f1");
    assert!(run.stderr.contains("differs: "), "{run}");
    run.error(&["of 9 objects 8 are equal, 1 differ"]);
    let one = verify(&server, &receipt)
        .args(["bucket/p/d2/f2"])
        .run()
        .code(0);
    assert_eq!(verify_lines(&one).len(), 1);
    verify(&server, &receipt)
        .args(["bucket/none"])
        .run()
        .code(2);
    drop(folder);
}

#[test]
fn case_91_a_receipt_that_is_torn_or_none_is_refused_before_any_request() {
    let (server, folder, receipt) = stored();
    let whole = std::fs::read(&receipt).unwrap();
    let before = server.requests().len();
    let wrong = folder.path().join("wrong");
    for (bytes, line) in [
        (whole[..whole.len() / 2].to_vec(), "line 1"),
        ([&whole[..], b"{\"a\":1}\n"].concat(), "line 2"),
        (Vec::new(), "empty"),
        (b"\x7fELF".to_vec(), "line 1"),
    ] {
        std::fs::write(&wrong, bytes).unwrap();
        verify(&server, &wrong)
            .run()
            .code(2)
            .error(&["receipt", line]);
    }
    verify(&server, Path::new("/nonexistent")).run().code(2);
    assert_eq!(server.requests().len(), before);
}

#[test]
fn case_91_the_variable_of_put_s_receipt_does_not_stand_for_the_source() {
    let (server, _folder, receipt) = stored();
    let run = S3stream::verify(&server, "bucket/key").env("S3STREAM_RECEIPT", &receipt);
    run.stdin("another")
        .run()
        .code(1)
        .error(&["differs from standard input"]);
}
