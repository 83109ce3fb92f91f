//! Signals at every point of an upload: the object is the older one, or exactly the source.

use crate::harness::*;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use s3_server::{Nth, Op};
use std::process::Stdio;
use std::sync::{Arc, Mutex};

#[test]
fn case_39_a_signal_at_any_request_leaves_the_older_object_or_the_source() {
    let bytes = noise(2 * PART + 1, 39);
    // Create, three parts, Complete.
    for nth in 1..=6 {
        for signal in [Signal::SIGKILL, Signal::SIGTERM] {
            let server = server();
            server.put_object(BUCKET, "key", "older");
            // The sixth request is one that is not made.
            server.allow_unused_faults();
            let target: Arc<Mutex<Option<Pid>>> = Arc::default();
            let aimed = Arc::clone(&target);
            server.on(Op::Any, Nth::Call(nth), move |_| {
                if let Some(pid) = *aimed.lock().unwrap() {
                    let _ = kill(pid, signal);
                }
            });
            let mut run = S3stream::put(&server, "bucket/key")
                .args(["--workers", "2"])
                .stdin_handle(Stdio::piped())
                .start();
            *target.lock().unwrap() = Some(Pid::from_raw(i32::try_from(run.id()).unwrap()));
            // Nothing is asked of the server before this is written.
            let mut pipe = run.stdin();
            let _ = std::io::Write::write_all(&mut pipe, &bytes);
            drop(pipe);
            let ended = run.wait();
            let body = server.object(BUCKET, "key").unwrap().body.unwrap();
            if ended.status.success() {
                assert!(body[..] == bytes, "{nth} {signal} {ended}");
            } else {
                assert!(
                    body == "older" || body[..] == bytes,
                    "{nth} {signal} {ended}"
                );
            }
            if signal == Signal::SIGTERM {
                assert!(server.uploads().is_empty(), "{nth} {ended}");
                // Ended by the signal: then nothing was committed.
                assert!(ended.status.success() || body == "older", "{nth} {ended}");
            }
        }
    }
}
