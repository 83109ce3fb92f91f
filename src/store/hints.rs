//! The way out of a failed request, as far as the store's answer tells.

use super::class::Class;
use super::failure::Failure;
use crate::config::Destination;

/// Keys longer than this are refused by Garage, as "503 Service Unavailable".
const GARAGE_KEY: usize = 479;

/// What the user can do, one line each.
pub(super) fn for_failure(failure: &Failure, destination: &Destination) -> Vec<String> {
    let bucket = &destination.bucket;
    let hint: Option<String> = match (failure.code.as_deref().unwrap_or(""), failure.class) {
        ("NoSuchBucket", _) => Some(format!(
            "create the bucket first (aws s3 mb s3://{bucket}), and check --endpoint-url and --region"
        )),
        ("AccessDenied" | "AllAccessDisabled", _) => Some(format!(
            "the credentials need s3:PutObject and s3:AbortMultipartUpload on {destination}; a \
             bucket policy, its encryption key or --expected-bucket-owner can refuse them too"
        )),
        ("InvalidAccessKeyId" | "SignatureDoesNotMatch", _) => Some(
            "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or the --profile), and that they \
             belong to this --endpoint-url"
                .to_owned(),
        ),
        ("RequestTimeTooSkewed", _) => Some("set this machine's clock".to_owned()),
        ("ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired", _) => {
            Some("get new credentials: these have expired".to_owned())
        }
        (
            "AuthorizationHeaderMalformed"
            | "PermanentRedirect"
            | "TemporaryRedirect"
            | "IllegalLocationConstraintException",
            _,
        ) => Some("set --region to the region of the bucket".to_owned()),
        ("InvalidPart" | "EntityTooSmall", _) => Some(
            "some stores want parts of one size (--equal-parts) or larger ones (--part-size)"
                .to_owned(),
        ),
        ("InvalidArgument" | "NotImplemented" | "InvalidRequest", _) => Some(
            "the store refuses something that was sent: leave that option out, or try \
             --checksum-algorithm MD5 or NONE"
                .to_owned(),
        ),
        ("QuotaExceeded" | "XMinioStorageFull" | "StorageFull", _) => Some(full()),
        (_, Class::Exists) => {
            Some("an object is there already; leave --no-overwrite out to replace it".to_owned())
        }
        (_, Class::Conflict) => {
            Some("another upload to the same key was under way: run this one again".to_owned())
        }
        (_, Class::NoSuchUpload) => Some(
            "somebody aborted the upload, or the bucket's lifecycle rule for unfinished uploads \
             is shorter than the upload took"
                .to_owned(),
        ),
        _ => by_status(failure, destination),
    };
    hint.into_iter().collect()
}

fn full() -> String {
    "the store, or your share of it, is full: make room in it".to_owned()
}

fn by_status(failure: &Failure, destination: &Destination) -> Option<String> {
    match failure.status {
        Some(301 | 307) => Some("set --region to the region of the bucket".to_owned()),
        Some(507) => Some(full()),
        Some(503) if destination.key.len() > GARAGE_KEY => Some(format!(
            "some stores answer this to keys of more than {GARAGE_KEY} bytes"
        )),
        None if failure.class == Class::Retry => Some(
            "check the network, --endpoint-url and the proxy variables; --retries and \
             --stall-timeout set how long to try"
                .to_owned(),
        ),
        None => None,
        Some(_) => None,
    }
}
