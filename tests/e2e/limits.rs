//! Case 40, and what happens when the system gives little.

use crate::harness::*;
use crate::s3::{Nth, Op, Server, Storage};
use std::time::Duration;

/// What a run under a limit may do: store exactly the source and say so, or store nothing.
#[track_caller]
fn all_or_nothing(limit: &str) -> bool {
    let server = server();
    let bytes = noise(PART + 1, 40);
    let ended = S3stream::put(&server, "bucket/key")
        .stdin(bytes.clone())
        .in_shell(&format!("{limit}; exec \"$0\" \"$@\""))
        .run();
    let done = ended.status.success();
    if done {
        assert_stored(&server, "key", &bytes);
    } else {
        assert!(server.keys(BUCKET).is_empty(), "{limit} {ended}");
    }
    done
}

#[test]
fn case_40_little_memory_is_all_or_nothing() {
    let done: Vec<bool> = [20, 40, 80, 160, 320, 4000]
        .into_iter()
        .map(|mib| all_or_nothing(&format!("ulimit -v {}", mib << 10)))
        .collect();
    assert!(!done[0] && done[5], "{done:?}");
}

#[test]
fn case_40_few_descriptors_are_all_or_nothing() {
    let done: Vec<bool> = [3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 17, 20]
        .into_iter()
        .map(|most| all_or_nothing(&format!("ulimit -n {most}")))
        .collect();
    assert!(!done[0] && done[11], "{done:?}");
}

#[test]
fn case_40_a_long_stream_stays_within_its_memory() {
    const SIZE: usize = 600 * MIB;
    let server = Server::builder().storage(Storage::Digest).start();
    server.create_bucket(BUCKET);
    let hold = server.hold(Op::CompleteMultipartUpload, Nth::Call(1));
    let run = S3stream::put(&server, "bucket/key")
        .args(["--workers", "4", "--buffer", "2"])
        .args(["--", "head", "-c", &SIZE.to_string(), "/dev/zero"])
        .start();
    assert!(hold.reached(Duration::from_secs(50)));
    let peak = run.peak_memory();
    hold.release();
    run.wait().silent();
    assert_eq!(server.object(BUCKET, "key").unwrap().size, SIZE as u64);
    let most = 6 * PART + 20 * MIB;
    assert!(peak <= most, "{} KiB, of {} KiB", peak >> 10, most >> 10);
}
