//! What a server does differently from plain S3: sizes, quirks of other stores, slowness.

use std::collections::HashMap;
use std::time::Duration;

use crate::certificate::Certificate;
use crate::server::Server;
use crate::{ACCESS_KEY, REGION, SECRET_KEY};

/// Where the bodies go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// Bodies are kept, so that a test compares them.
    Memory,
    /// Bodies are hashed while they come in and dropped: for streams larger than memory.
    Digest,
}

/// What a request signed for another region is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegionAnswer {
    /// 400 AuthorizationHeaderMalformed that names the region.
    Malformed400,
    /// 301 PermanentRedirect that names the region.
    Redirect301,
}

/// What the markers of ListMultipartUploads are good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Markers {
    /// Both are heeded, and the next ones are told.
    AsOnS3,
    /// They are heeded, and the next ones are not told.
    Untold,
    /// They are heeded, and only the next key is told.
    KeyAlone,
    /// They are heeded, and what is told is always the first key.
    Repeated,
    /// They are ignored: each page is the first.
    Ignored,
}

/// Random failures: the share of requests in percent, the seed, the statuses to choose from.
#[derive(Clone, Debug)]
pub(crate) struct ErrorRate {
    pub(crate) percent: u8,
    pub(crate) seed: u64,
    pub(crate) statuses: Vec<u16>,
}

/// All that a builder sets.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) storage: Storage,
    pub(crate) min_part_size: u64,
    pub(crate) region: String,
    pub(crate) region_answer: RegionAnswer,
    pub(crate) allow_anonymous: bool,
    pub(crate) allow_sse_c_over_http: bool,
    pub(crate) echo_checksums: bool,
    pub(crate) drop_if_none_match: bool,
    pub(crate) drop_tags: bool,
    pub(crate) drop_multipart_tags: bool,
    pub(crate) hide_version_at_complete: bool,
    pub(crate) more_headers: usize,
    pub(crate) certificate: Certificate,
    pub(crate) drop_sse: bool,
    pub(crate) ignore_customer_keys: bool,
    pub(crate) default_kms: bool,
    pub(crate) kept_instead: Vec<(String, Option<String>)>,
    pub(crate) hide_attributes: bool,
    pub(crate) count_no_tags: bool,
    pub(crate) hide_size: bool,
    pub(crate) hide_sse_at_commit: bool,
    pub(crate) equal_parts_only: bool,
    pub(crate) refuse_checksum_headers: bool,
    pub(crate) no_attributes: bool,
    pub(crate) ignore_part_numbers: bool,
    pub(crate) deny_head: bool,
    pub(crate) deny_list: bool,
    pub(crate) deny_abort: bool,
    pub(crate) deny_list_parts: bool,
    pub(crate) deny_list_uploads: bool,
    pub(crate) uploads_markers: Markers,
    pub(crate) most_parts_listed: usize,
    pub(crate) hide_initiated: bool,
    pub(crate) uploads_keys_raw: bool,
    pub(crate) tls: bool,
    pub(crate) list_page: usize,
    pub(crate) latency: Duration,
    pub(crate) md5_etags: Option<bool>,
    pub(crate) read_rate: Option<u64>,
    pub(crate) error_rate: Option<ErrorRate>,
    pub(crate) write_limit: Option<(u32, Duration)>,
    pub(crate) clock_ahead: Duration,
    pub(crate) refuse_composites: bool,
    pub(crate) max_parts: u32,
    pub(crate) ignore_checksums: bool,
    pub(crate) credentials: HashMap<String, String>,
}

impl Config {
    /// Whether ETags are MD5 sums, which cost more than all other hashing together.
    pub(crate) fn md5_etags(&self) -> bool {
        !self.default_kms && self.md5_etags.unwrap_or(self.storage == Storage::Memory)
    }
}

/// Builds a [`Server`].
#[derive(Clone, Debug)]
pub struct Builder {
    config: Config,
}

macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident: $type:ty,)*) => {
        impl Builder {
            $($(#[$doc])*
            #[must_use]
            pub fn $name(mut self, value: $type) -> Self {
                self.config.$name = value;
                self
            })*
        }
    };
}

setters! {
    /// Objects on a page of a list; default: 1000, and no more.
    list_page: usize,
    /// Keep the bodies, or only their digests; default: [`Storage::Memory`].
    storage: Storage,
    /// Bytes that each part but the last must have; default: 5 MiB.
    min_part_size: u64,
    /// How a signature for another region is answered; default: 400.
    region_answer: RegionAnswer,
    /// Accept requests without an Authorization header.
    allow_anonymous: bool,
    /// Accept SSE-C keys over plain http.
    allow_sse_c_over_http: bool,
    /// Answer with the checksums that were verified; default: true.
    echo_checksums: bool,
    /// Ignore If-None-Match, as Garage does.
    drop_if_none_match: bool,
    /// Forget x-amz-tagging, as Ceph 16 does with multipart uploads.
    drop_tags: bool,
    /// Forget x-amz-tagging of CreateMultipartUpload alone, as Ceph 18 does.
    drop_multipart_tags: bool,
    /// Leave the version out of Complete's answer, as Swift does.
    hide_version_at_complete: bool,
    /// So many more headers in each answer.
    more_headers: usize,
    /// The certificate that is shown over TLS.
    certificate: Certificate,
    /// Forget the encryption that was asked for, as Garage does.
    drop_sse: bool,
    /// Take requests with a customer's key as if they had none, as Swift does.
    ignore_customer_keys: bool,
    /// Leave lock, legal hold and number of tags out of HeadObject, as AWS does for those who may not
    /// read them.
    hide_attributes: bool,
    /// Answer HeadObject with x-amz-tagging-count: 0 where there are no tags, as Ceph does.
    count_no_tags: bool,
    /// Answer HeadObject without Content-Length.
    hide_size: bool,
    /// Say nothing of encryption but in answers to HeadObject and GetObject.
    hide_sse_at_commit: bool,
    /// Encrypt with KMS where nothing else is asked for: answers tell, and ETags are no MD5 sums.
    default_kms: bool,
    /// Refuse parts of unequal size at Complete, as Cloudflare R2 does.
    equal_parts_only: bool,
    /// Refuse x-amz-checksum-* and x-amz-sdk-checksum-algorithm, as Backblaze B2 does.
    refuse_checksum_headers: bool,
    /// Answer GetObjectAttributes with 501.
    no_attributes: bool,
    /// Answer HeadObject with a part number as if there were none.
    ignore_part_numbers: bool,
    /// Answer HeadObject with 403.
    deny_head: bool,
    /// Answer ListObjectsV2 with 403.
    deny_list: bool,
    /// Answer AbortMultipartUpload with 403.
    deny_abort: bool,
    /// Answer ListParts with 403.
    deny_list_parts: bool,
    /// Answer ListMultipartUploads with 403.
    deny_list_uploads: bool,
    /// What the markers of ListMultipartUploads are good for.
    uploads_markers: Markers,
    /// Parts in one page of ListParts at most.
    most_parts_listed: usize,
    /// Leave out when uploads were begun.
    hide_initiated: bool,
    /// List the keys of uploads as they are, and say that they are encoded.
    uploads_keys_raw: bool,
    /// Speak TLS, with a certificate for localhost and 127.0.0.1 of a new CA.
    tls: bool,
    /// Wait that long before each answer.
    latency: Duration,
    /// A clock that is ahead of the client's: signatures of another quarter of an hour are refused.
    clock_ahead: Duration,
    /// Refuse a composite checksum at Complete, as Garage and Swift do.
    refuse_composites: bool,
    /// Parts that an upload may have; default: 10,000.
    max_parts: u32,
    /// Verify no checksum, and answer with what was sent, as moto does.
    ignore_checksums: bool,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            config: Config {
                storage: Storage::Memory,
                min_part_size: 5 << 20,
                region: REGION.to_owned(),
                region_answer: RegionAnswer::Malformed400,
                allow_anonymous: false,
                allow_sse_c_over_http: false,
                echo_checksums: true,
                drop_if_none_match: false,
                drop_tags: false,
                drop_multipart_tags: false,
                hide_version_at_complete: false,
                more_headers: 0,
                certificate: Certificate::default(),
                drop_sse: false,
                ignore_customer_keys: false,
                default_kms: false,
                kept_instead: Vec::new(),
                hide_attributes: false,
                count_no_tags: false,
                hide_size: false,
                hide_sse_at_commit: false,
                equal_parts_only: false,
                refuse_checksum_headers: false,
                no_attributes: false,
                ignore_part_numbers: false,
                deny_head: false,
                deny_list: false,
                deny_abort: false,
                deny_list_parts: false,
                deny_list_uploads: false,
                uploads_markers: Markers::AsOnS3,
                most_parts_listed: 1000,
                hide_initiated: false,
                uploads_keys_raw: false,
                tls: false,
                list_page: 1000,
                latency: Duration::ZERO,
                md5_etags: None,
                read_rate: None,
                error_rate: None,
                write_limit: None,
                clock_ahead: Duration::ZERO,
                refuse_composites: false,
                max_parts: 10_000,
                ignore_checksums: false,
                credentials: HashMap::from([(ACCESS_KEY.to_owned(), SECRET_KEY.to_owned())]),
            },
        }
    }

    /// The region that signatures must name.
    #[must_use]
    pub fn region(mut self, name: &str) -> Self {
        name.clone_into(&mut self.config.region);
        self
    }

    /// Whether ETags are MD5 sums; default: in [`Storage::Memory`] only.
    #[must_use]
    pub fn md5_etags(mut self, value: bool) -> Self {
        self.config.md5_etags = Some(value);
        self
    }

    /// Keep that value in place of the one that was sent in this header; `None` keeps nothing.
    #[must_use]
    pub fn keep_instead(mut self, header: &str, value: Option<&str>) -> Self {
        let value = value.map(ToOwned::to_owned);
        self.config.kept_instead.push((header.to_owned(), value));
        self
    }

    /// Bytes a second that are read from each connection.
    #[must_use]
    pub fn read_rate(mut self, bytes_per_second: u64) -> Self {
        self.config.read_rate = Some(bytes_per_second.max(1));
        self
    }

    /// Fail that share of the requests with one of these statuses; the same seed gives the same sequence.
    #[must_use]
    pub fn error_rate(mut self, percent: u8, seed: u64, statuses: &[u16]) -> Self {
        self.config.error_rate = Some(ErrorRate {
            percent,
            seed,
            statuses: statuses.to_vec(),
        });
        self
    }

    /// Writes that are carried out in each such time; the others are answered with SlowDown, as by Ceph.
    #[must_use]
    pub fn write_limit(mut self, count: u32, each: Duration) -> Self {
        self.config.write_limit = Some((count, each));
        self
    }

    /// A further pair of keys that the server knows.
    #[must_use]
    pub fn credentials(mut self, access_key: &str, secret_key: &str) -> Self {
        let pair = (access_key.to_owned(), secret_key.to_owned());
        self.config.credentials.extend([pair]);
        self
    }

    /// Starts the server on a free port of 127.0.0.1.
    pub fn start(self) -> Server {
        Server::spawn(self.config)
    }
}
