//! The checks, in the order in which they are told.

use strum::{Display, EnumIter};

/// A check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Display, EnumIter)]
#[strum(serialize_all = "kebab-case")]
pub(super) enum Check {
    /// A setting, and what gave it.
    Settings,
    /// The addresses of the store, or of the proxy on the way.
    NameResolution,
    /// TCP, through the proxy if there is one.
    Connection,
    /// Protocol, cipher, certificate.
    Tls,
    /// By how much the store's clock is another one.
    Clock,
    /// Whose requests they are, and whether the store takes them.
    Credentials,
    /// Whether it is there, and in which region.
    Bucket,
    /// ListObjectsV2.
    List,
    /// HeadObject.
    Head,
    /// Whether the bucket keeps versions.
    Versioning,
    /// Whether objects can be locked, or are.
    ObjectLock,
    /// How the bucket encrypts by itself.
    Encryption,
    /// Whether unfinished uploads are aborted.
    Lifecycle,
    /// CreateMultipartUpload and UploadPart.
    Multipart,
    /// The checksums that the store keeps.
    Checksums,
    /// Whether a wrong checksum is refused.
    BadChecksum,
    /// The largest part number.
    PartLimit,
    /// AbortMultipartUpload.
    Abort,
    /// PutObject.
    PutObject,
    /// If-None-Match.
    NoOverwrite,
    /// DeleteObject.
    Delete,
    /// Throughput.
    Speed,
    /// What could not be taken away.
    Leftovers,
}

impl Check {
    /// Whether it is one of those that every run comes to, or says why not.
    pub(super) fn is_always_told(self) -> bool {
        !matches!(self, Self::Settings | Self::Speed | Self::Leftovers)
    }
}
