//! From a request line to an operation, a bucket and a key.

use std::collections::HashMap;

use crate::http::Head;
use crate::text::percent_decode;

/// The operations that the server tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// Matches each operation; no request has it.
    Any,
    /// PUT of an object's body.
    PutObject,
    /// POST ?uploads.
    CreateMultipartUpload,
    /// PUT ?partNumber&uploadId.
    UploadPart,
    /// POST ?uploadId.
    CompleteMultipartUpload,
    /// DELETE ?uploadId.
    AbortMultipartUpload,
    /// GET ?uploads of a bucket.
    ListMultipartUploads,
    /// GET ?list-type=2 of a bucket.
    ListObjectsV2,
    /// GET ?uploadId.
    ListParts,
    /// HEAD of an object.
    HeadObject,
    /// GET of an object.
    GetObject,
    /// GET ?attributes of an object.
    GetObjectAttributes,
    /// GET ?tagging of an object.
    GetObjectTagging,
    /// PUT ?tagging of an object.
    PutObjectTagging,
    /// GET ?retention of an object.
    GetObjectRetention,
    /// GET ?legal-hold of an object.
    GetObjectLegalHold,
    /// GET ?acl of an object.
    GetObjectAcl,
    /// DELETE of an object, or of one of its versions.
    DeleteObject,
    /// GET ?versions of a bucket.
    ListObjectVersions,
    /// HEAD of a bucket.
    HeadBucket,
    /// GET ?versioning of a bucket.
    GetBucketVersioning,
    /// GET ?object-lock of a bucket.
    GetObjectLockConfiguration,
    /// GET ?encryption of a bucket.
    GetBucketEncryption,
    /// GET ?lifecycle of a bucket.
    GetBucketLifecycleConfiguration,
    /// All that the server does not know.
    Other,
}

impl Op {
    /// Whether a rule for `self` is one for `other`.
    pub fn matches(self, other: Op) -> bool {
        self == Op::Any || self == other
    }

    /// Whether the request's body is an object's or a part's.
    pub(crate) fn has_data(self) -> bool {
        matches!(self, Op::PutObject | Op::UploadPart)
    }
}

/// Where a request goes.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) op: Op,
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) query: HashMap<String, String>,
}

/// Reads the operation, bucket and key off a request's head.
pub(crate) fn route(head: &Head) -> Route {
    let query: HashMap<String, String> = query_pairs(&head.query).into_iter().collect();
    let host = head.header("host").unwrap_or_default();
    let name = host.split(':').next().unwrap_or_default();
    let path = head.path.strip_prefix('/').unwrap_or(&head.path);
    let (bucket, key) = match name.strip_suffix(".localhost") {
        Some(bucket) => (bucket.to_owned(), percent_decode(path)),
        None => {
            let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
            (percent_decode(bucket), percent_decode(key))
        }
    };
    let op = operation(head, &query, !bucket.is_empty(), !key.is_empty());
    Route {
        op,
        bucket,
        key,
        query,
    }
}

fn operation(head: &Head, query: &HashMap<String, String>, bucket: bool, key: bool) -> Op {
    let has = |name: &str| query.contains_key(name);
    let sub = ["policy", "location", "delete"];
    let acl = has("acl") && !(key && head.method == "GET");
    if acl || sub.iter().any(|name| has(name)) || head.header("x-amz-copy-source").is_some() {
        return Op::Other;
    }
    match (head.method.as_str(), bucket, key) {
        ("GET", true, false) if has("uploads") => Op::ListMultipartUploads,
        ("GET", true, false) if query.get("list-type").is_some_and(|it| it == "2") => {
            Op::ListObjectsV2
        }
        ("GET", true, false) if has("versions") => Op::ListObjectVersions,
        ("GET", true, false) if has("versioning") => Op::GetBucketVersioning,
        ("GET", true, false) if has("object-lock") => Op::GetObjectLockConfiguration,
        ("GET", true, false) if has("encryption") => Op::GetBucketEncryption,
        ("GET", true, false) if has("lifecycle") => Op::GetBucketLifecycleConfiguration,
        ("HEAD", true, false) => Op::HeadBucket,
        ("PUT", true, true) if has("partNumber") && has("uploadId") => Op::UploadPart,
        ("PUT", true, true) if has("tagging") => Op::PutObjectTagging,
        ("PUT", true, true) if !has("tagging") && !has("uploadId") => Op::PutObject,
        ("POST", true, true) if has("uploads") => Op::CreateMultipartUpload,
        ("POST", true, true) if has("uploadId") => Op::CompleteMultipartUpload,
        ("DELETE", true, true) if has("uploadId") => Op::AbortMultipartUpload,
        ("DELETE", true, true) if !has("tagging") => Op::DeleteObject,
        ("GET", true, true) if has("uploadId") => Op::ListParts,
        ("GET", true, true) if has("attributes") => Op::GetObjectAttributes,
        ("GET", true, true) if has("tagging") => Op::GetObjectTagging,
        ("GET", true, true) if has("retention") => Op::GetObjectRetention,
        ("GET", true, true) if has("legal-hold") => Op::GetObjectLegalHold,
        ("GET", true, true) if has("acl") => Op::GetObjectAcl,
        ("GET", true, true) => Op::GetObject,
        ("HEAD", true, true) => Op::HeadObject,
        _ => Op::Other,
    }
}

/// The decoded names and values of a query, in the order sent.
pub(crate) fn query_pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (percent_decode(name), percent_decode(value)))
        .collect()
}
