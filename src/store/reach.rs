//! What a store refuses whatever the object: a run over many files need not try the others.

use crate::error::Reach;

/// Whether requests for other objects of the bucket would fail alike: it is not there, or elsewhere, or
/// the credentials are wrong. AccessDenied says nothing of the kind: a policy may name the keys.
pub(super) fn of(code: Option<&str>) -> Reach {
    match code.unwrap_or_default() {
        // Wrong keys; or an odd object key that the store encodes in another way than we do.
        "SignatureDoesNotMatch" => Reach::RunUnlessStored,
        "NoSuchBucket"
        | "InvalidBucketName"
        | "AllAccessDisabled"
        | "AccountProblem"
        | "NotSignedUp"
        | "UserSuspended"
        | "InvalidAccessKeyId"
        | "InvalidToken"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "TokenRefreshRequired"
        | "RequestTimeTooSkewed"
        | "AuthorizationHeaderMalformed"
        | "PermanentRedirect"
        | "IllegalLocationConstraintException" => Reach::Run,
        _ => Reach::Object,
    }
}
