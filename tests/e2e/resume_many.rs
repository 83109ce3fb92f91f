//! Case 93: put-many's journal lets large files go on where they broke off.

use crate::harness::*;
use nix::sys::signal::Signal;
use s3_server::{Nth, Op, Server};
use std::fs;
use std::path::Path;
use std::time::Duration;

fn files() -> Files {
    let large = ("large".to_owned(), noise(5 * PART + 77, 93));
    let small = ("small".to_owned(), noise(100, 94));
    Files::from([large, small])
}

fn line(server: &Server, folder: &Path) -> S3stream {
    // One part after the other: else part 4 may be on its way while those before it are being hashed.
    let run = S3stream::put_many(server, "bucket").args(["-r", "--workers", "1", "--buffer", "0"]);
    run.arg("--journal")
        .arg(folder.join("journal"))
        .arg(folder.join("src"))
}

/// Ends a run by `signal` while part 4 of the large file is on its way.
fn broken_off(server: &Server, folder: &Path, signal: Signal) -> crate::harness::Outcome {
    let hold = server.hold(Op::UploadPart, Nth::Part(4));
    let run = line(server, folder).start();
    assert!(hold.reached(Duration::from_secs(30)));
    let journal = folder.join("journal");
    until("three parts are recorded", || {
        let text = fs::read_to_string(&journal).unwrap_or_default();
        text.matches("\"part\"").count() == 3
    });
    run.signal(signal);
    let ended = run.wait().signal(signal);
    hold.release();
    assert!(server.settle(Duration::from_secs(20)));
    ended
}

#[test]
fn case_93_a_large_file_of_a_journal_goes_on() {
    for signal in [Signal::SIGKILL, Signal::SIGTERM] {
        let files = files();
        let folder = tree(&files);
        let server = server();
        let ended = broken_off(&server, folder.path(), signal);
        if signal == Signal::SIGTERM {
            ended.hint("is kept: the same line again goes on from part 4");
        }
        let before = server.requests().len();
        line(&server, folder.path()).run().code(0);
        assert_all_stored(&server, "src/", &files);
        assert!(parts_since(&server, before).iter().all(|it| *it > 3));
        assert_eq!(server.count(Op::CreateMultipartUpload), 1);
        let sent = writes(&server);
        line(&server, folder.path()).run().code(0);
        assert_eq!(writes(&server), sent);
    }
}

#[test]
fn case_93_a_large_file_that_changed_begins_anew() {
    let mut files = files();
    let folder = tree(&files);
    let server = server();
    broken_off(&server, folder.path(), Signal::SIGKILL);
    let changed = noise(5 * PART + 77, 95);
    fs::write(folder.path().join("src/large"), &changed).unwrap();
    *files.get_mut("large").unwrap() = changed;
    let run = line(&server, folder.path()).run().code(0);
    assert!(run.stderr.contains("beginning anew"), "{run}");
    assert_all_stored(&server, "src/", &files);
    assert_eq!(server.count(Op::AbortMultipartUpload), 1);
}
