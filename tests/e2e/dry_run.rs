//! Case 49: what a dry run tells.

use crate::harness::*;
use s3_server::Op;

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
    let lines: Vec<_> = ended.stdout.lines().collect();
    assert_eq!(lines, expected);
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
