//! Uploads that broke off, and the state that they left.

use super::{BUCKET, PART, S3stream, noise, until};
use nix::sys::signal::Signal;
use s3_server::{Nth, Op, Server};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

/// How a run gets its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    File,
    Pipe,
    Command,
}

/// An upload of six parts, the last of them short, with a state file.
pub(crate) struct Resumed {
    folder: tempfile::TempDir,
    pub(crate) bytes: Vec<u8>,
    pub(crate) from: From,
    pub(crate) options: Vec<String>,
}

impl Resumed {
    pub(crate) fn new(from: From) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            bytes: noise(5 * PART + 77, 93),
            from,
            options: Vec::new(),
        }
    }

    pub(crate) fn with(mut self, options: &[&str]) -> Self {
        self.options = options.iter().map(ToString::to_string).collect();
        self
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    pub(crate) fn state_text(&self) -> String {
        std::fs::read_to_string(self.state()).unwrap_or_default()
    }

    /// The line, the same each time but for the bytes, to be run.
    pub(crate) fn line(&self, server: &Server) -> S3stream {
        let source = self.folder.path().join("source");
        // Only where it is another: a run may be reading it.
        if std::fs::read(&source).ok().as_ref() != Some(&self.bytes) {
            std::fs::write(&source, &self.bytes).unwrap();
        }
        // One part after the other: else part 4 may be on its way while those before it are being hashed.
        let run = S3stream::put(server, "bucket/key").args(["--workers", "1", "--buffer", "0"]);
        let run = run.arg("--resume").arg(self.state()).args(&self.options);
        match self.from {
            From::File => run.arg(source),
            From::Pipe => run.stdin(self.bytes.clone()),
            From::Command => run
                .args(["--", "sh", "-c", "cat \"$0\""])
                .arg(source)
                .stdin_handle(Stdio::null()),
        }
    }

    /// Ends a run by `signal` while part 4 is on its way: three are stored and recorded.
    pub(crate) fn broken_off(&self, server: &Server, signal: Signal) -> super::Outcome {
        let hold = server.hold(Op::UploadPart, Nth::Part(4));
        let run = self.line(server).start();
        assert!(hold.reached(Duration::from_secs(30)));
        until("three parts are recorded", || {
            self.state_text().matches("\"part\"").count() == 3
        });
        run.signal(signal);
        let ended = run.wait().signal(signal);
        hold.release();
        assert!(server.settle(Duration::from_secs(20)));
        ended
    }
}

/// The numbers of the parts that were sent after the first `before` requests.
pub(crate) fn parts_since(server: &Server, before: usize) -> Vec<u32> {
    let requests = server.requests().split_off(before);
    let parts = requests.iter().filter(|it| it.op == Op::UploadPart);
    let mut numbers: Vec<_> = parts.filter_map(|it| it.part_number).collect();
    numbers.sort_unstable();
    numbers
}

/// How many requests of that kind came after the first `before`.
pub(crate) fn count_since(server: &Server, before: usize, op: Op) -> usize {
    let requests = server.requests().split_off(before);
    requests.iter().filter(|it| it.op == op).count()
}

/// The only pending upload has parts up to that number.
#[track_caller]
pub(crate) fn assert_kept(server: &Server, parts: usize) {
    let uploads = server.uploads();
    assert_eq!(uploads.len(), 1, "{uploads:?}");
    assert!(uploads[0].parts.len() >= parts, "{uploads:?}");
    assert!(server.object(BUCKET, "key").is_none());
}
