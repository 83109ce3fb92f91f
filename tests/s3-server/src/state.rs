//! Buckets, objects and pending uploads.

use std::collections::{BTreeMap, HashMap};
use std::time::{Instant, SystemTime};

use bytes::Bytes;

use crate::digest::Algorithm;

/// What a bucket was made with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BucketOptions {
    /// Object Lock headers are accepted; implies versioning.
    pub object_lock: bool,
    /// Answers carry `x-amz-version-id`.
    pub versioning: bool,
}

/// What a bucket was set to later.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BucketSettings {
    /// Versioning is suspended: what is stored now is the version `null`.
    pub suspended: bool,
    /// Each new object is locked (GOVERNANCE, a day), and can't be deleted.
    pub default_retention: bool,
    /// A lifecycle rule aborts unfinished uploads of keys that begin so after 7 days.
    pub abort_rule: Option<String>,
    /// The KMS key by which objects are encrypted; AES256 where there is none.
    pub kms_key: Option<String>,
}

/// A checksum of a whole object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksum {
    /// Its algorithm.
    pub algorithm: Algorithm,
    /// Base64; a composite one ends in `-N`.
    pub value: String,
    /// FULL_OBJECT rather than COMPOSITE.
    pub full_object: bool,
}

impl Checksum {
    pub(crate) fn type_name(&self) -> &'static str {
        type_name(self.full_object)
    }
}

/// As `x-amz-checksum-type` has it.
pub(crate) fn type_name(full_object: bool) -> &'static str {
    if full_object {
        "FULL_OBJECT"
    } else {
        "COMPOSITE"
    }
}

/// A stored object.
#[derive(Clone, Debug)]
pub struct Object {
    /// Kept in `Storage::Memory` only.
    pub body: Option<Bytes>,
    /// Bytes.
    pub size: u64,
    /// Hex; `None` for a multipart object in `Storage::Digest`.
    pub sha256: Option<String>,
    /// CRC-64/NVME of the whole.
    pub crc64nvme: u64,
    /// With its quotes.
    pub etag: String,
    /// The headers of PutObject or CreateMultipartUpload, names in lower case.
    pub headers: HashMap<String, String>,
    /// The parts' sizes; empty for PutObject.
    pub parts: Vec<u64>,
    /// The parts' checksums, in base64; empty where none were sent.
    pub part_checksums: Vec<String>,
    /// As declared by the client.
    pub checksum: Option<Checksum>,
    /// In a versioned bucket.
    pub version_id: Option<String>,
    /// When it was stored.
    pub last_modified: SystemTime,
}

impl Object {
    /// A header that the object was created with.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// A part of a pending upload.
#[derive(Clone, Debug)]
pub struct PendingPart {
    /// From 1.
    pub number: u32,
    /// Bytes.
    pub size: u64,
    /// With its quotes.
    pub etag: String,
}

/// An upload that was neither completed nor aborted.
#[derive(Clone, Debug)]
pub struct PendingUpload {
    /// Its bucket.
    pub bucket: String,
    /// Its key.
    pub key: String,
    /// The upload id.
    pub id: String,
    /// In the order of their numbers.
    pub parts: Vec<PendingPart>,
    /// When it was begun.
    pub initiated: SystemTime,
}

pub(crate) struct Part {
    pub(crate) size: u64,
    pub(crate) etag: String,
    pub(crate) md5: Option<Vec<u8>>,
    pub(crate) crc64: u64,
    /// The raw digest of the declared algorithm.
    pub(crate) digest: Option<Vec<u8>>,
    pub(crate) body: Option<Bytes>,
    pub(crate) at: SystemTime,
}

pub(crate) struct Upload {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) headers: HashMap<String, String>,
    /// The declared algorithm, and whether of the full object.
    pub(crate) checksum: Option<(Algorithm, bool)>,
    pub(crate) parts: BTreeMap<u32, Part>,
    pub(crate) initiated: SystemTime,
}

#[derive(Default)]
pub(crate) struct Bucket {
    pub(crate) options: BucketOptions,
    pub(crate) settings: BucketSettings,
    pub(crate) objects: BTreeMap<String, Object>,
    /// Versions of keys that are not the last, in the order in which they were replaced or deleted.
    pub(crate) older: Vec<(String, Object)>,
    /// Delete markers: keys and version ids.
    pub(crate) markers: Vec<(String, String)>,
}

impl Bucket {
    /// Whether it keeps versions, or did.
    pub(crate) fn has_versions(&self) -> bool {
        self.options.versioning || self.options.object_lock
    }
}

/// All that the server keeps.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) buckets: BTreeMap<String, Bucket>,
    /// By upload id; ids sort by their age.
    pub(crate) uploads: BTreeMap<String, Upload>,
    /// Since when writes are counted, and how many there were.
    pub(crate) writes: Option<(Instant, u32)>,
    sequence: u64,
}

impl State {
    /// A new opaque id that sorts after all before it.
    pub(crate) fn next_id(&mut self) -> String {
        self.sequence += 1;
        let mixed = self.sequence.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        format!("{:08x}.{mixed:016x}.upload-_", self.sequence)
    }

    /// The id of a new version, in a versioned bucket.
    pub(crate) fn version(&mut self, bucket: &str) -> Option<String> {
        let bucket = self.buckets.get(bucket)?;
        match (bucket.has_versions(), bucket.settings.suspended) {
            (false, _) => None,
            (true, true) => Some("null".to_owned()),
            (true, false) => Some(self.next_id()),
        }
    }

    /// Pending uploads in the order of their keys, then of their age.
    pub(crate) fn pending(&self) -> Vec<PendingUpload> {
        let mut all: Vec<PendingUpload> = self.uploads.iter().map(pending).collect();
        all.sort_by(|a, b| (&a.bucket, &a.key, &a.id).cmp(&(&b.bucket, &b.key, &b.id)));
        all
    }
}

fn pending((id, upload): (&String, &Upload)) -> PendingUpload {
    let part = |(number, part): (&u32, &Part)| PendingPart {
        number: *number,
        size: part.size,
        etag: part.etag.clone(),
    };
    PendingUpload {
        bucket: upload.bucket.clone(),
        key: upload.key.clone(),
        id: id.clone(),
        parts: upload.parts.iter().map(part).collect(),
        initiated: upload.initiated,
    }
}
