//! What a failed request means for the upload: the store's codes and statuses, and the transport's
//! errors, by whether the same request may do better later.

use super::codes::Code;
use super::failure_kind::FailureKind;
use crate::http::TransportError;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::error::SdkError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

/// What the SDK's error means, whose answer had this status and a code, if so, of which this is known.
pub(super) fn kind_of<E>(
    error: &SdkError<E, HttpResponse>,
    status: Option<u16>,
    known: Option<&Code>,
    is_coded: bool,
) -> FailureKind
where
    E: std::error::Error + 'static,
{
    match error {
        SdkError::ConstructionFailure(_) => FailureKind::Fatal,
        SdkError::TimeoutError(_) => FailureKind::Retry,
        SdkError::DispatchFailure(_) => {
            let transport = find::<TransportError>(error).map(TransportError::is_permanent);
            // Without a TransportError the request was not dispatched, since it could not be signed.
            // Credentials that were there at the start may come again; others will not.
            let lost = find::<CredentialsError>(error).map(|credentials| {
                !matches!(
                    credentials,
                    CredentialsError::ProviderTimedOut(_) | CredentialsError::ProviderError(_)
                )
            });
            if transport.or(lost).unwrap_or(true) {
                FailureKind::Fatal
            } else {
                FailureKind::Retry
            }
        }
        _ => kind_of_answer(status.unwrap_or(0), known, is_coded),
    }
}

/// Whether any of the request may have reached the store.
pub(super) fn was_sent<E>(error: &SdkError<E, HttpResponse>) -> bool
where
    E: std::error::Error + 'static,
{
    match error {
        SdkError::ConstructionFailure(_) => false,
        // Without a TransportError it could not even be signed.
        SdkError::DispatchFailure(_) => {
            find::<TransportError>(error).is_some_and(TransportError::was_connected)
        }
        _ => true,
    }
}

/// What an answer means, by its code and, where that says nothing, by its HTTP status.
fn kind_of_answer(status: u16, known: Option<&Code>, is_coded: bool) -> FailureKind {
    if let Some(known) = known {
        return known.kind;
    }
    match status {
        412 => FailureKind::Exists,
        307 | 408 | 425 | 429 | 500 | 502 | 503 | 504 => FailureKind::Retry,
        // Neither done nor refused in S3's words.
        200..=299 if !is_coded => FailureKind::Retry,
        // 520 to 530: a content delivery network that can't reach the store.
        520..=530 => FailureKind::Retry,
        _ => FailureKind::Fatal,
    }
}

/// Whether no answer of the store's own came, as in an outage: none at all, or that of a gateway which
/// can't reach it.
pub(super) fn is_unanswered<E>(
    error: &SdkError<E, HttpResponse>,
    status: Option<u16>,
    is_coded: bool,
) -> bool {
    match error {
        SdkError::DispatchFailure(_) | SdkError::TimeoutError(_) => true,
        _ => !is_coded && matches!(status, Some(502..=504 | 520..=530)),
    }
}

/// The first error of type `T` in the chain of causes.
pub(super) fn find<'a, T: std::error::Error + 'static>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<&'a T> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::codes;

    fn kind(status: u16, code: &str) -> FailureKind {
        kind_of_answer(status, codes::find(code, ""), !code.is_empty())
    }

    #[test]
    fn answers_of_the_moment_are_retried_and_others_are_not() {
        for (status, code) in [
            (503, "SlowDown"),
            (200, "InternalError"),
            (400, "BadDigest"),
            (400, "InvalidDigest"),
            (400, "RequestTimeout"),
            (400, "ExpiredToken"),
            (200, ""),
            (307, "TemporaryRedirect"),
            (429, ""),
            (408, ""),
            (502, ""),
        ] {
            assert_eq!(kind(status, code), FailureKind::Retry, "{status} {code}");
        }
        for (status, code) in [
            (403, "AccessDenied"),
            (200, "AccessDenied"),
            (404, "NoSuchBucket"),
            (507, "XMinioStorageFull"),
            (501, "NotImplemented"),
            (400, "InvalidArgument"),
        ] {
            assert_eq!(kind(status, code), FailureKind::Fatal, "{status} {code}");
        }
        assert_eq!(kind(404, "NoSuchUpload"), FailureKind::NoSuchUpload);
        assert_eq!(kind(412, ""), FailureKind::Exists);
        assert_eq!(
            kind(409, "ConditionalRequestConflict"),
            FailureKind::Conflict
        );
    }
}
