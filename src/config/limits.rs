//! The limits of Amazon S3, by its user guide ("Multipart upload limits", "Naming objects").

use super::{GIB, MIB};

/// Smallest part but the last, in bytes.
pub const MIN_PART_SIZE: u64 = 5 * MIB;
/// Largest part, and largest PutObject, in bytes.
pub const MAX_PART_SIZE: u64 = 5 * GIB;
/// Most parts of one upload.
pub const MAX_PARTS: u32 = 10_000;
/// Longest key, in bytes of UTF-8.
pub const LONGEST_KEY: usize = 1024;
