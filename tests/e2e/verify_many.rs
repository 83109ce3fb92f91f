//! Case 89 for many files: `verify -r`, with the keys and the choices of put-many.

use crate::harness::*;
use nix::sys::signal::Signal;
use s3_server::{Fault, Nth, Op, Server};
use std::time::Duration;
use tempfile::TempDir;

/// A tree, all of which is stored under p/.
fn stored() -> (Server, TempDir) {
    let server = server();
    let mut files = small(20);
    files.insert("large".to_owned(), noise(2 * PART + 3, 89));
    let tree = tree(&files);
    S3stream::put_many(&server, "bucket/p/")
        .arg("-r")
        .arg(tree.path().join("src/"))
        .run()
        .silent();
    (server, tree)
}

fn verify(server: &Server, tree: &TempDir) -> S3stream {
    S3stream::verify(server, "bucket/p/")
        .args(["-r", "--output", "json"])
        .arg(tree.path().join("src/"))
}

#[test]
fn case_89_every_file_of_a_folder_is_compared_with_its_object() {
    let (server, tree) = stored();
    let run = verify(&server, &tree).run().code(0);
    let lines = verify_lines(&run);
    assert_eq!(lines.len(), 21);
    assert!(lines.iter().all(|it| it["status"] == "equal"), "{run}");
    assert_eq!(server.count(Op::GetObject), 0);
    assert!(run.stderr.is_empty(), "{run}");
    verify(&server, &tree).arg("--download").run().code(0);
    assert!(server.count(Op::GetObject) > 0);
}

#[test]
fn case_89_those_that_differ_are_named_and_3_says_that_others_do_not() {
    let (server, tree) = stored();
    let root = tree.path().join("src");
    std::fs::write(root.join("d1/f1"), "another").unwrap();
    std::fs::write(root.join("new"), "x").unwrap();
    let mut large = noise(2 * PART + 3, 89);
    large[PART] ^= 1;
    std::fs::write(root.join("large"), large).unwrap();
    let run = verify(&server, &tree).run().code(3);
    let mut others: Vec<_> = verify_lines(&run)
        .into_iter()
        .filter(|it| it["status"] != "equal")
        .collect();
    others.sort_by_key(|it| it["key"].to_string());
    let keys: Vec<_> = others
        .iter()
        .map(|it| it["key"].as_str().unwrap())
        .collect();
    assert_eq!(keys, ["p/d1/f1", "p/large", "p/new"], "{run}");
    assert_eq!(others[1]["part"], 2, "{run}");
    for word in ["new: there is no such object", "large: part 2 differs"] {
        assert!(run.stderr.contains(word), "{word}: {run}");
    }
    run.error(&["of 22 objects 19 are equal, 3 differ"]);
    let run = verify(&server, &tree)
        .args(["--exclude", "/d*", "--exclude", "large"])
        .run();
    run.code(1).error(&["of 1 objects 0 are equal, 1 differ"]);
    let run = verify(&server, &tree).args(["--exclude", "/new", "--exclude", "large"]);
    run.args(["--exclude", "f1"]).run().code(0);
}

#[test]
fn case_89_nothing_found_is_refused_and_the_same_for_a_file_without_r() {
    let (server, tree) = stored();
    let nothing = ["--exclude", "*"];
    verify(&server, &tree)
        .args(nothing)
        .run()
        .code(4)
        .hint("--allow-empty");
    verify(&server, &tree)
        .args(nothing)
        .arg("--allow-empty")
        .run()
        .silent();
    let folder = tree.path().join("src");
    let run = S3stream::verify(&server, "bucket/p/").arg(&folder).run();
    run.code(2).hint("--recursive");
    S3stream::verify(&server, "bucket/p/")
        .arg("-r")
        .run()
        .code(2);
}

#[test]
fn case_89_what_ends_the_run_is_told_once() {
    let (server, tree) = stored();
    server.fail(
        Op::HeadObject,
        Nth::From(1),
        Fault::status(403, "InvalidAccessKeyId"),
    );
    let run = verify(&server, &tree).run().code(1);
    assert!(run.stderr.lines().count() < 60, "{run}");
    run.error(&["of ", "0 are equal"]);
}

#[test]
fn case_89_a_signal_ends_a_run_over_many() {
    let (server, tree) = stored();
    let hold = server.hold(Op::HeadObject, Nth::Call(5));
    let run = verify(&server, &tree).start();
    assert!(hold.reached(Duration::from_secs(20)));
    run.signal(Signal::SIGTERM);
    let run = run.wait().signal(Signal::SIGTERM);
    assert!(!run.stderr.contains("differs: "), "{run}");
}
