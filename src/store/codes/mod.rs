//! What is known of S3's error codes: whether the same request may do better later, whether the store
//! asks for fewer of them, what has to be made anew for it, and the way out for the user.
//!
//! S3's own are listed in its API reference ("Error responses"); the others are of the stores that
//! are named beside them.

use super::failure_kind::FailureKind;
use crate::error::Reach;
use crate::http::Verdict;
use http::StatusCode;

/// What has to be made anew before the same request can do better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refresh {
    /// The credentials: these have ended, or were replaced.
    Credentials,
    /// The region, which the answer names.
    Region,
    /// The time in the signature.
    Clock,
}

/// One row of the table.
#[derive(Debug)]
pub(super) struct Code {
    /// The names of one and the same fault; none: whatever the code is.
    names: &'static [&'static str],
    /// Words of the message, where the name alone says too little.
    message: &'static str,
    /// What it means for the upload.
    pub(super) kind: FailureKind,
    /// Whether the store asks for fewer requests.
    pub(super) throttles: bool,
    /// What has to be made anew.
    pub(super) refresh: Option<Refresh>,
    /// Whether requests for other objects of the bucket would fail alike.
    pub(super) reach: Reach,
    /// The way out, where there is one; `{bucket}`, `{object}` and `{number}`, the last one of the
    /// message, are filled in.
    pub(super) hint: &'static str,
}

impl Code {
    const fn new(names: &'static [&'static str], kind: FailureKind, hint: &'static str) -> Self {
        Self {
            names,
            message: "",
            kind,
            throttles: false,
            refresh: None,
            reach: Reach::Object,
            hint,
        }
    }

    /// The bucket is not there, or elsewhere, or the credentials are wrong.
    const fn ending_the_run(mut self) -> Self {
        self.reach = Reach::Run;
        self
    }

    const fn saying(mut self, message: &'static str) -> Self {
        self.message = message;
        self
    }

    const fn throttling(mut self) -> Self {
        self.throttles = true;
        self
    }

    const fn refreshing(mut self, what: Refresh) -> Self {
        self.refresh = Some(what);
        self
    }

    const fn ending_a_run_without_success(mut self) -> Self {
        self.reach = Reach::RunUnlessStored;
        self
    }

    fn is(&self, name: &str, message: &str) -> bool {
        (self.names.is_empty() || self.names.contains(&name)) && message.contains(self.message)
    }
}

/// What is known of this code with this message.
pub(super) fn find(name: &str, message: &str) -> Option<&'static Code> {
    CODES.iter().find(|code| code.is(name, message))
}

/// What an answer says of the connection that it came over. A 503 of Backblaze B2 ("no tomes
/// available") is that of the one server at its other end: to connect anew is its own advice.
pub(super) fn verdict(status: StatusCode, body: &[u8]) -> Verdict {
    let throttles = || {
        let body = String::from_utf8_lossy(body);
        let code = body
            .split_once("<Code>")
            .and_then(|(_, rest)| rest.split_once("</Code>"));
        code.and_then(|(code, _)| find(code, ""))
            .is_some_and(|it| it.throttles)
    };
    match status.as_u16() {
        429 => Verdict::Throttled,
        503 if throttles() => Verdict::Throttled,
        500 | 502 | 503 | 504 => Verdict::Bad,
        _ => Verdict::Good,
    }
}

const NO_HINT: &str = "";
const CHECK_KEYS: &str = "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or the --profile), and \
                          that they belong to this --endpoint-url";
const SET_REGION: &str = "set --region to the region of the bucket";
const NEEDS_PERMISSION: &str = "the credentials need s3:PutObject and s3:AbortMultipartUpload on \
                                {object}; a bucket policy, its encryption key or \
                                --expected-bucket-owner can refuse them too";
const USE_MD5: &str = "the store wants an MD5: --checksum-algorithm MD5";
const NO_LOCK: &str = "the bucket has no Object Lock: leave the --object-lock options out, or use a \
                       bucket that was created with it";
pub(super) const FULL: &str = "the store, or your share of it, is full: make room in it";

/// The first row that fits counts.
static CODES: &[Code] = &[
    // MinIO, on the port of its web console.
    Code::new(
        &[],
        FailureKind::Fatal,
        "this is the port of the store's web console: --endpoint-url has to name that of its API \
         (MinIO: 9000, unless it was set)",
    )
    .saying("API port"),
    Code::new(&["NoSuchUpload"], FailureKind::NoSuchUpload, NO_HINT),
    Code::new(&["PreconditionFailed"], FailureKind::Exists, NO_HINT),
    Code::new(
        &["ConditionalRequestConflict"],
        FailureKind::Conflict,
        NO_HINT,
    ),
    Code::new(
        &[
            "SlowDown",
            "SlowDownRead",
            "SlowDownWrite",
            "Throttling",
            "ThrottlingException",
            "ThrottledException",
            "RequestThrottled",
            "RequestLimitExceeded",
            "BandwidthLimitExceeded",
            "TooManyRequests",
        ],
        FailureKind::Retry,
        "the store asks for fewer requests: lower --workers, or raise --retries",
    )
    .throttling(),
    Code::new(
        &[
            "InternalError",
            "ServiceUnavailable",
            "RequestTimeout",
            "IncompleteBody",
            "OperationAborted",
        ],
        FailureKind::Retry,
        NO_HINT,
    ),
    // A body that did not arrive as it was sent: on S3, on Garage, on Ceph.
    Code::new(
        &["BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch"],
        FailureKind::Retry,
        NO_HINT,
    ),
    Code::new(
        &[
            "ExpiredToken",
            "ExpiredTokenException",
            "TokenRefreshRequired",
        ],
        FailureKind::Retry,
        "get new credentials: these have expired (those of a single sign-on: aws sso login)",
    )
    .refreshing(Refresh::Credentials)
    .ending_the_run(),
    // The key may have been replaced, and the old one be gone already.
    Code::new(&["InvalidAccessKeyId"], FailureKind::Fatal, CHECK_KEYS)
        .refreshing(Refresh::Credentials)
        .ending_the_run(),
    Code::new(
        &["InvalidToken"],
        FailureKind::Fatal,
        "check AWS_SESSION_TOKEN: it must belong to the other two keys",
    )
    .refreshing(Refresh::Credentials)
    .ending_the_run(),
    // Wrong keys; or an odd object key that the store encodes in another way than we do.
    Code::new(&["SignatureDoesNotMatch"], FailureKind::Fatal, CHECK_KEYS)
        .ending_a_run_without_success(),
    Code::new(
        &["RequestTimeTooSkewed"],
        FailureKind::Fatal,
        "set this machine's clock",
    )
    .refreshing(Refresh::Clock)
    .ending_the_run(),
    Code::new(
        &["AuthorizationHeaderMalformed", "PermanentRedirect"],
        FailureKind::Fatal,
        SET_REGION,
    )
    .refreshing(Refresh::Region)
    .ending_the_run(),
    Code::new(&["TemporaryRedirect"], FailureKind::Retry, SET_REGION).refreshing(Refresh::Region),
    Code::new(
        &["IllegalLocationConstraintException"],
        FailureKind::Fatal,
        SET_REGION,
    )
    .ending_the_run(),
    Code::new(
        &["NoSuchBucket"],
        FailureKind::Fatal,
        "create the bucket first (aws s3 mb s3://{bucket}), and check --endpoint-url and --region",
    )
    .ending_the_run(),
    Code::new(
        &["InvalidBucketName", "AccountProblem", "UserSuspended"],
        FailureKind::Fatal,
        NO_HINT,
    )
    .ending_the_run(),
    // It may be a policy's word on some keys alone.
    Code::new(&["AccessDenied"], FailureKind::Fatal, NEEDS_PERMISSION),
    Code::new(&["AllAccessDisabled"], FailureKind::Fatal, NEEDS_PERMISSION).ending_the_run(),
    Code::new(
        &["NotSignedUp"],
        FailureKind::Fatal,
        "the account of these credentials has not signed up for this store: do so there, or use \
         another account's",
    )
    .ending_the_run(),
    // Alibaba Cloud and Tencent Cloud.
    Code::new(
        &["SecondLevelDomainForbidden", "PathStyleDomainForbidden"],
        FailureKind::Fatal,
        "the store wants the bucket in the host's name: --addressing-style virtual",
    ),
    // Scaleway and OVH: 1,000.
    Code::new(
        &["InvalidArgument"],
        FailureKind::Fatal,
        "the store takes no more parts than that in one upload: --max-parts {number}",
    )
    .saying("Part number must be an integer between 1 and "),
    Code::new(
        &["InvalidPart", "EntityTooSmall"],
        FailureKind::Fatal,
        "some stores want parts of one size (--equal-parts) or larger ones (--part-size)",
    ),
    Code::new(
        &["EntityTooLarge"],
        FailureKind::Fatal,
        "the store takes nothing as large in one request: use a smaller --part-size",
    ),
    Code::new(&["MissingContentMD5"], FailureKind::Fatal, USE_MD5),
    Code::new(&["InvalidRequest"], FailureKind::Fatal, USE_MD5).saying("Content-MD5"),
    Code::new(
        &[
            "ObjectLockConfigurationNotFoundError",
            "NoSuchObjectLockConfiguration",
        ],
        FailureKind::Fatal,
        NO_LOCK,
    ),
    // "Bucket is missing Object Lock Configuration" on S3, "ObjectLockConfiguration" on MinIO.
    Code::new(&["InvalidRequest"], FailureKind::Fatal, NO_LOCK).saying("missing Object"),
    Code::new(
        &["InvalidArgument", "NotImplemented", "InvalidRequest"],
        FailureKind::Fatal,
        "the store refuses something that was sent: leave that option out, or try \
         --checksum-algorithm MD5 or NONE",
    ),
    Code::new(
        &["QuotaExceeded", "XMinioStorageFull", "StorageFull"],
        FailureKind::Fatal,
        FULL,
    ),
];

#[cfg(test)]
mod codes_tests;
