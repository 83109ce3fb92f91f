//! One line for each row of the table.

use super::*;
use Refresh::{Clock, Credentials, Region};

/// Code, words of the message, what it means, whether it throttles, what is made anew, and words of
/// the hint.
type Line = (
    &'static str,
    &'static str,
    FailureKind,
    bool,
    Option<Refresh>,
    &'static str,
);

const TOO_MANY_PARTS: &str = "Part number must be an integer between 1 and 1000, inclusive";
const NO_MD5: &str = "Missing required header for this request: Content-MD5";
const MISSING_LOCK: &str = "Bucket is missing Object Lock Configuration";
const API_PORT: &str = "S3 API Requests must be made to API port.";

const LINES: [Line; 30] = [
    (
        "InvalidArgument",
        API_PORT,
        FailureKind::Fatal,
        false,
        None,
        "--endpoint-url",
    ),
    (
        "NoSuchUpload",
        "",
        FailureKind::NoSuchUpload,
        false,
        None,
        "",
    ),
    (
        "PreconditionFailed",
        "",
        FailureKind::Exists,
        false,
        None,
        "",
    ),
    (
        "ConditionalRequestConflict",
        "",
        FailureKind::Conflict,
        false,
        None,
        "",
    ),
    ("SlowDown", "", FailureKind::Retry, true, None, "--workers"),
    ("InternalError", "", FailureKind::Retry, false, None, ""),
    ("InvalidDigest", "", FailureKind::Retry, false, None, ""),
    (
        "ExpiredToken",
        "",
        FailureKind::Retry,
        false,
        Some(Credentials),
        "aws sso login",
    ),
    (
        "InvalidAccessKeyId",
        "",
        FailureKind::Fatal,
        false,
        Some(Credentials),
        "AWS_ACCESS_KEY_ID",
    ),
    (
        "InvalidToken",
        "",
        FailureKind::Fatal,
        false,
        Some(Credentials),
        "AWS_SESSION_TOKEN",
    ),
    (
        "SignatureDoesNotMatch",
        "",
        FailureKind::Fatal,
        false,
        None,
        "AWS_SECRET_ACCESS_KEY",
    ),
    (
        "RequestTimeTooSkewed",
        "",
        FailureKind::Fatal,
        false,
        Some(Clock),
        "clock",
    ),
    (
        "PermanentRedirect",
        "",
        FailureKind::Fatal,
        false,
        Some(Region),
        "--region",
    ),
    (
        "TemporaryRedirect",
        "",
        FailureKind::Retry,
        false,
        Some(Region),
        "--region",
    ),
    (
        "IllegalLocationConstraintException",
        "",
        FailureKind::Fatal,
        false,
        None,
        "--region",
    ),
    (
        "NoSuchBucket",
        "",
        FailureKind::Fatal,
        false,
        None,
        "aws s3 mb s3://{bucket}",
    ),
    ("AccountProblem", "", FailureKind::Fatal, false, None, ""),
    (
        "AccessDenied",
        "",
        FailureKind::Fatal,
        false,
        None,
        "s3:PutObject",
    ),
    (
        "AllAccessDisabled",
        "",
        FailureKind::Fatal,
        false,
        None,
        "s3:PutObject",
    ),
    (
        "NotSignedUp",
        "",
        FailureKind::Fatal,
        false,
        None,
        "signed up",
    ),
    (
        "SecondLevelDomainForbidden",
        "",
        FailureKind::Fatal,
        false,
        None,
        "--addressing-style virtual",
    ),
    (
        "InvalidArgument",
        TOO_MANY_PARTS,
        FailureKind::Fatal,
        false,
        None,
        "--max-parts {number}",
    ),
    (
        "InvalidPart",
        "",
        FailureKind::Fatal,
        false,
        None,
        "--equal-parts",
    ),
    (
        "EntityTooLarge",
        "",
        FailureKind::Fatal,
        false,
        None,
        "--part-size",
    ),
    (
        "MissingContentMD5",
        "",
        FailureKind::Fatal,
        false,
        None,
        "--checksum-algorithm MD5",
    ),
    (
        "InvalidRequest",
        NO_MD5,
        FailureKind::Fatal,
        false,
        None,
        "--checksum-algorithm MD5",
    ),
    (
        "NoSuchObjectLockConfiguration",
        "",
        FailureKind::Fatal,
        false,
        None,
        "--object-lock",
    ),
    (
        "InvalidRequest",
        MISSING_LOCK,
        FailureKind::Fatal,
        false,
        None,
        "--object-lock",
    ),
    (
        "NotImplemented",
        "",
        FailureKind::Fatal,
        false,
        None,
        "leave that option out",
    ),
    (
        "XMinioStorageFull",
        "",
        FailureKind::Fatal,
        false,
        None,
        "make room",
    ),
];

#[test]
fn each_row_says_what_to_do() {
    assert_eq!(LINES.len(), CODES.len());
    for ((name, message, kind, throttles, refresh, hint), row) in LINES.iter().zip(CODES) {
        let found = find(name, message).unwrap();
        assert!(std::ptr::eq(found, row), "{name} {message}: {found:?}");
        assert_eq!(found.kind, *kind, "{name}");
        assert_eq!(found.throttles, *throttles, "{name}");
        assert_eq!(found.refresh, *refresh, "{name}");
        assert!(found.hint.contains(hint), "{name}: {}", found.hint);
        assert_eq!(found.hint.is_empty(), hint.is_empty(), "{name}");
    }
}

#[test]
fn what_is_not_in_the_table_is_not_known() {
    assert!(find("", "").is_none());
    assert!(find("MalformedXML", "").is_none());
}

#[test]
fn only_throttling_leaves_the_connection_in_use() {
    let verdict =
        |status: u16, body: &str| verdict(StatusCode::from_u16(status).unwrap(), body.as_bytes());
    for status in [500, 502, 503, 504] {
        assert_eq!(verdict(status, ""), Verdict::Bad, "{status}");
        let body = "<Error><Code>ServiceUnavailable</Code></Error>";
        assert_eq!(verdict(status, body), Verdict::Bad, "{status}");
    }
    let slow = "<Error><Code>SlowDown</Code></Error>";
    assert_eq!(verdict(503, slow), Verdict::Throttled);
    assert_eq!(verdict(429, ""), Verdict::Throttled);
    for status in [200, 204, 400, 403, 404, 409, 412, 501] {
        assert_eq!(verdict(status, ""), Verdict::Good, "{status}");
    }
}

/// What no file can pass ends a run over many; what may be due to one key does not.
#[test]
fn a_code_tells_whether_other_objects_would_fail_alike() {
    let reach = |name: &str| find(name, "").map(|it| it.reach);
    for name in [
        "NoSuchBucket",
        "InvalidBucketName",
        "AllAccessDisabled",
        "AccountProblem",
        "NotSignedUp",
        "UserSuspended",
        "InvalidAccessKeyId",
        "InvalidToken",
        "ExpiredToken",
        "ExpiredTokenException",
        "TokenRefreshRequired",
        "RequestTimeTooSkewed",
        "AuthorizationHeaderMalformed",
        "PermanentRedirect",
        "IllegalLocationConstraintException",
    ] {
        assert_eq!(reach(name), Some(Reach::Run), "{name}");
    }
    assert_eq!(reach("SignatureDoesNotMatch"), Some(Reach::RunUnlessStored));
    for name in [
        "AccessDenied",
        "SlowDown",
        "InvalidArgument",
        "QuotaExceeded",
    ] {
        assert_eq!(reach(name), Some(Reach::Object), "{name}");
    }
}
