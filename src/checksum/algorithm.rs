//! The checksum algorithms that S3 knows.

use std::fmt;

/// Checksum sent with every part and compared with what the store answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Algorithm {
    /// SHA-256; composite over the parts.
    #[default]
    Sha256,
    /// CRC-64/NVME; over the whole object.
    Crc64Nvme,
    /// CRC-32C (Castagnoli); over the whole object.
    Crc32c,
    /// CRC-32 (ISO-HDLC); over the whole object.
    Crc32,
    /// SHA-1; composite over the parts.
    Sha1,
    /// Content-MD5 on every part, compared with the ETag where that is an MD5.
    Md5,
    /// No checksum header at all.
    None,
}

impl Algorithm {
    /// Every algorithm, in the order the help lists them.
    pub const ALL: [Self; 7] = [
        Self::Sha256,
        Self::Crc64Nvme,
        Self::Crc32c,
        Self::Crc32,
        Self::Sha1,
        Self::Md5,
        Self::None,
    ];

    /// The name that S3 and the command line use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA256",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Crc32c => "CRC32C",
            Self::Crc32 => "CRC32",
            Self::Sha1 => "SHA1",
            Self::Md5 => "MD5",
            Self::None => "NONE",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
