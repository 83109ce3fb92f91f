//! The checksum algorithms that S3 knows.

use strum::IntoEnumIterator as _;
use strum::{Display, EnumIter, EnumString, IntoStaticStr, VariantNames};

/// Checksum sent with every part and compared with what the store answers.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
    VariantNames,
    serde::Deserialize,
)]
#[strum(serialize_all = "UPPERCASE", ascii_case_insensitive)]
#[serde(rename_all = "UPPERCASE")]
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
    /// Every algorithm.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::iter()
    }

    /// The name that S3 and the command line use.
    pub fn name(self) -> &'static str {
        self.into()
    }
}
