//! The limits of Amazon S3, by its user guide ("Multipart upload limits", "Naming objects").

use super::{GIB, MIB};

/// Smallest part but the last, in bytes.
pub(crate) const MIN_PART_SIZE: u64 = 5 * MIB;
/// Largest part, and largest PutObject, in bytes.
pub(crate) const MAX_PART_SIZE: u64 = 5 * GIB;
/// Most parts of one upload.
pub(crate) const MAX_PARTS: u32 = 10_000;
/// Longest key, in bytes of UTF-8.
pub(crate) const LONGEST_KEY: usize = 1024;
