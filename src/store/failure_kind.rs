//! What a failed request means for the upload.

/// What a failure means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailureKind {
    /// The same request may do better later.
    Retry,
    /// The upload id is not known (any more): aborted, completed, or expired.
    NoSuchUpload,
    /// The object that must not exist does.
    Exists,
    /// Somebody else writes the same key: the whole upload would have to be done again.
    Conflict,
    /// The same request will never do better.
    Fatal,
}
