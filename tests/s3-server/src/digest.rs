//! Digests of bodies, computed while they come in, and checksums of whole objects.

use bytes::Bytes;
use crc_fast::CrcAlgorithm;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::text::base64;

/// The checksum algorithms of S3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// Composite only.
    Sha256,
    /// Composite only.
    Sha1,
    /// Composite or of the full object.
    Crc32,
    /// Composite or of the full object.
    Crc32c,
    /// Of the full object only.
    Crc64Nvme,
}

impl Algorithm {
    /// Each of them once.
    pub const ALL: [Self; 5] = [
        Self::Sha256,
        Self::Sha1,
        Self::Crc32,
        Self::Crc32c,
        Self::Crc64Nvme,
    ];

    /// As `x-amz-checksum-algorithm` names it.
    pub fn name(self) -> &'static str {
        &self.element()["Checksum".len()..]
    }

    /// The header that carries a value.
    pub fn header(self) -> &'static str {
        match self {
            Self::Sha256 => "x-amz-checksum-sha256",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
        }
    }

    /// The XML element that carries a value.
    pub fn element(self) -> &'static str {
        match self {
            Self::Sha256 => "ChecksumSHA256",
            Self::Sha1 => "ChecksumSHA1",
            Self::Crc32 => "ChecksumCRC32",
            Self::Crc32c => "ChecksumCRC32C",
            Self::Crc64Nvme => "ChecksumCRC64NVME",
        }
    }

    /// Bytes of a raw digest.
    pub fn size(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha1 => 20,
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        let same = |algorithm: &Self| algorithm.name().eq_ignore_ascii_case(name);
        Self::ALL.into_iter().find(same)
    }

    fn crc(self) -> Option<CrcAlgorithm> {
        match self {
            Self::Sha256 | Self::Sha1 => None,
            Self::Crc32 => Some(CrcAlgorithm::Crc32IsoHdlc),
            Self::Crc32c => Some(CrcAlgorithm::Crc32Iscsi),
            Self::Crc64Nvme => Some(CrcAlgorithm::Crc64Nvme),
        }
    }

    fn crc_bytes(self, value: u64) -> Vec<u8> {
        value.to_be_bytes()[8 - self.size()..].to_vec()
    }

    /// The digest of one byte string.
    pub(crate) fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match (self.crc(), self) {
            (Some(crc), _) => self.crc_bytes(crc_fast::checksum(crc, bytes)),
            (None, Self::Sha1) => Sha1::digest(bytes).to_vec(),
            (None, _) => Sha256::digest(bytes).to_vec(),
        }
    }

    /// The hash of the concatenated raw digests, in base64, with the number of parts.
    pub(crate) fn composite(self, parts: &[(u64, Vec<u8>)]) -> String {
        let raw: Vec<u8> = parts
            .iter()
            .flat_map(|(_, digest)| digest.clone())
            .collect();
        format!("{}-{}", base64(&self.digest(&raw)), parts.len())
    }

    /// The CRC of the whole from the sizes and CRCs of its parts; `None` for hashes.
    pub(crate) fn full_object(self, parts: &[(u64, Vec<u8>)]) -> Option<String> {
        let crc = self.crc()?;
        let number = |digest: &[u8]| {
            digest
                .iter()
                .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
        };
        let whole = combine(
            crc,
            parts.iter().map(|(size, digest)| (*size, number(digest))),
        );
        Some(base64(&self.crc_bytes(whole)))
    }
}

/// The CRC-64/NVME of the whole from the sizes and CRCs of its parts.
pub(crate) fn combine_crc64(parts: impl Iterator<Item = (u64, u64)>) -> u64 {
    combine(CrcAlgorithm::Crc64Nvme, parts)
}

fn combine(crc: CrcAlgorithm, parts: impl Iterator<Item = (u64, u64)>) -> u64 {
    let empty = crc_fast::checksum(crc, b"");
    parts.fold(empty, |whole, (size, part)| {
        crc_fast::checksum_combine(crc, whole, part, size)
    })
}

/// Takes a body in pieces.
pub(crate) struct Digester {
    size: u64,
    sha256: Sha256,
    crc64: crc_fast::Digest,
    md5: Option<Md5>,
    sha1: Option<Sha1>,
    crc32: Option<(Algorithm, crc_fast::Digest)>,
    kept: Option<Vec<u8>>,
}

impl Digester {
    /// Computes an MD5 and one further algorithm where asked to; keeps the bytes where `keep` gives their number.
    pub(crate) fn new(md5: bool, algorithm: Option<Algorithm>, keep: Option<u64>) -> Self {
        let crc32 = algorithm.filter(|algorithm| algorithm.size() == 4);
        let room = |size: u64| usize::try_from(size).unwrap_or_default();
        Self {
            size: 0,
            sha256: Sha256::new(),
            crc64: crc_fast::Digest::new(CrcAlgorithm::Crc64Nvme),
            md5: md5.then(Md5::new),
            sha1: (algorithm == Some(Algorithm::Sha1)).then(Sha1::new),
            crc32: crc32
                .and_then(|algorithm| Some((algorithm, crc_fast::Digest::new(algorithm.crc()?)))),
            kept: keep.map(|size| Vec::with_capacity(room(size))),
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        self.sha256.update(bytes);
        self.crc64.update(bytes);
        if let Some(md5) = &mut self.md5 {
            md5.update(bytes);
        }
        if let Some(sha1) = &mut self.sha1 {
            sha1.update(bytes);
        }
        if let Some((_, crc32)) = &mut self.crc32 {
            crc32.update(bytes);
        }
        if let Some(kept) = &mut self.kept {
            kept.extend_from_slice(bytes);
        }
    }

    pub(crate) fn finish(self) -> Body {
        Body {
            size: self.size,
            sha256: self.sha256.finalize().to_vec(),
            crc64: self.crc64.finalize(),
            md5: self.md5.map(|md5| md5.finalize().to_vec()),
            sha1: self.sha1.map(|sha1| sha1.finalize().to_vec()),
            crc32: self
                .crc32
                .map(|(algorithm, crc)| algorithm.crc_bytes(crc.finalize())),
            bytes: self.kept.map(Bytes::from),
        }
    }
}

/// A body that came in whole.
pub(crate) struct Body {
    pub(crate) size: u64,
    pub(crate) sha256: Vec<u8>,
    pub(crate) crc64: u64,
    pub(crate) md5: Option<Vec<u8>>,
    sha1: Option<Vec<u8>>,
    crc32: Option<Vec<u8>>,
    pub(crate) bytes: Option<Bytes>,
}

impl Body {
    /// The raw digest; `None` where it was not computed.
    pub(crate) fn digest(&self, algorithm: Algorithm) -> Option<Vec<u8>> {
        match algorithm {
            Algorithm::Sha256 => Some(self.sha256.clone()),
            Algorithm::Sha1 => self.sha1.clone(),
            Algorithm::Crc32 | Algorithm::Crc32c => self.crc32.clone(),
            Algorithm::Crc64Nvme => Some(self.crc64.to_be_bytes().to_vec()),
        }
    }
}
