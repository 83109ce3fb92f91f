//! What is stored along with the bytes, and what must hold before anything is committed.

use super::CustomerKey;
use crate::error::{Error, Result};
use regex::bytes::Regex;
use std::time::SystemTime;
use strum::{Display, EnumString, VariantNames};
use url::Url;

/// Encryption at rest, done by the store.
#[derive(Debug, Clone, Default)]
pub(crate) enum Encryption {
    /// Whatever the bucket does by default.
    #[default]
    BucketDefault,
    /// Keys that the store manages (`AES256`).
    S3,
    /// Keys of the key management service (`aws:kms`, `aws:kms:dsse`).
    Kms {
        /// Two layers of encryption (`aws:kms:dsse`).
        dsse: bool,
        /// Id or ARN of the key; the account's default key where absent.
        key_id: Option<String>,
        /// Encryption context: base64 of a JSON object, as the header takes it.
        context: Option<String>,
        /// Use an S3 bucket key (`--bucket-key-enabled`).
        bucket_key: bool,
    },
    /// A key of the customer's own, sent with every request and never kept (SSE-C).
    Customer(CustomerKey),
}

/// Mode of Object Lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, VariantNames)]
#[strum(serialize_all = "UPPERCASE", ascii_case_insensitive)]
pub(crate) enum LockMode {
    /// Can be lifted by those with the permission to.
    Governance,
    /// Can be lifted by nobody.
    Compliance,
}

/// Metadata under which an upload keeps its token: what tells our object from last night's.
pub(crate) const TOKEN: &str = "s3stream-upload";

/// Metadata under which a file's time of change is kept, as rclone does.
pub(crate) const MTIME: &str = "mtime";

/// Where the `Content-Type` of an object is from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum ContentType {
    /// The end of its key.
    #[default]
    Guessed,
    /// The command line.
    Given(String),
    /// The store, which is told none.
    Unset,
}

/// What is stored along with the bytes.
#[derive(Debug, Clone, Default)]
pub(crate) struct ObjectOptions {
    /// `Content-Type`
    pub content_type: ContentType,
    /// `Content-Encoding`
    pub content_encoding: Option<String>,
    /// `Content-Disposition`
    pub content_disposition: Option<String>,
    /// `Content-Language`
    pub content_language: Option<String>,
    /// `Cache-Control`
    pub cache_control: Option<String>,
    /// `Expires`
    pub expires: Option<SystemTime>,
    /// User metadata, names in lower case, without the `x-amz-meta-` prefix.
    pub metadata: Vec<(String, String)>,
    /// Object tags, not yet URL-encoded; at most 10.
    pub tags: Vec<(String, String)>,
    /// Storage class, as S3 spells it.
    pub storage_class: Option<String>,
    /// Canned ACL, as S3 spells it.
    pub acl: Option<String>,
    /// Encryption at rest.
    pub encryption: Encryption,
    /// Object Lock: mode and the time until which it holds, both or neither.
    pub lock: Option<(LockMode, SystemTime)>,
    /// How that time was given: as one, or as a duration, which counts anew in each run.
    pub retain: Option<String>,
    /// Object Lock: a legal hold.
    pub legal_hold: bool,
    /// `x-amz-website-redirect-location`
    pub website_redirect: Option<String>,
}

impl Encryption {
    /// Whether the ETag of an object that it makes may be the MD5 of the bytes: not with KMS, nor with
    /// customers' keys.
    pub(crate) fn may_leave_md5_etags(&self) -> bool {
        matches!(self, Self::BucketDefault | Self::S3)
    }

    /// Refuses to send a key of the customer's own to `endpoint` in the clear.
    pub(crate) fn check_endpoint(&self, endpoint: Option<&Url>) -> Result<()> {
        let in_the_clear = endpoint.is_some_and(|it| it.scheme() == "http");
        if !in_the_clear || !matches!(self, Self::Customer(_)) {
            return Ok(());
        }
        Err(Error::usage("--sse-c-key-file over plain http")
            .because("the key itself would cross the network in the clear")
            .hint("use an https endpoint"))
    }
}

impl ObjectOptions {
    /// The `Content-Type` of an object under `key`: what was given, else a guess by the end of the
    /// key, else nothing.
    pub(crate) fn content_type_of(&self, key: &str) -> Option<String> {
        match &self.content_type {
            ContentType::Given(given) => Some(given.clone()),
            ContentType::Unset => None,
            ContentType::Guessed => {
                let guess = mime_guess::from_path(key).first_raw();
                guess.map(ToOwned::to_owned)
            }
        }
    }
}

/// What must hold before anything is committed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Guards {
    /// Refuse to replace an object (`If-None-Match: *`).
    pub no_overwrite: bool,
    /// Exact size of the source in bytes.
    pub size: Option<u64>,
    /// Least size of the source in bytes.
    pub min_size: Option<u64>,
    /// Must match within the last 4 KiB of the source.
    pub require_tail: Option<Regex>,
    /// Accept an empty stream.
    pub allow_empty: bool,
}
