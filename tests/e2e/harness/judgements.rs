//! What the server is found to hold after a run.

use super::{BUCKET, Files};
use s3_server::{Op, Request, Server};

/// The bucket holds nothing: no object, no upload, no part.
#[track_caller]
pub(crate) fn assert_clean(server: &Server) {
    assert!(
        server.is_clean(BUCKET),
        "{:?} {:?}",
        server.keys(BUCKET),
        server.uploads()
    );
}

/// The object is exactly `bytes`, and nothing else is left behind; gives the sizes of its parts.
#[track_caller]
pub(crate) fn assert_stored(server: &Server, key: &str, bytes: &[u8]) -> Vec<u64> {
    let object = server
        .object(BUCKET, key)
        .unwrap_or_else(|| panic!("no object {key}"));
    let body = object.body.as_ref().expect("a server that keeps bodies");
    assert!(
        body[..] == *bytes,
        "{} bytes stored, {} sent, or others",
        body.len(),
        bytes.len()
    );
    assert!(
        server.uploads().is_empty(),
        "left behind: {:?}",
        server.uploads()
    );
    object.parts.clone()
}

/// The only request of that kind.
#[track_caller]
pub(crate) fn only(server: &Server, op: Op) -> Request {
    let mut all = server.requests_of(op);
    assert_eq!(all.len(), 1, "{op:?}: {all:?}");
    all.remove(0)
}

/// Nothing at all was sent to the server.
#[track_caller]
pub(crate) fn assert_no_requests(server: &Server) {
    assert!(server.requests().is_empty(), "{:?}", server.requests());
    assert_eq!(server.connections(), 0, "a connection without a request");
}

/// Every file is an object under `prefix`, and nothing else is there.
#[track_caller]
pub(crate) fn assert_all_stored(server: &Server, prefix: &str, files: &Files) {
    for (name, bytes) in files {
        assert_stored(server, &format!("{prefix}{name}"), bytes);
    }
    assert_eq!(server.keys(BUCKET).len(), files.len());
}

pub(crate) fn writes(server: &Server) -> usize {
    [Op::PutObject, Op::UploadPart, Op::CreateMultipartUpload]
        .map(|op| server.count(op))
        .iter()
        .sum()
}
