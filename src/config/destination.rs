//! Bucket and key, as the command line names them.

use std::fmt;

/// Where an object goes. Shown as `s3://bucket/key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Destination {
    /// Bucket name or access point ARN.
    pub bucket: String,
    /// Key: 1 to 1,024 bytes of UTF-8 without `.` and `..` segments.
    pub key: String,
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}
