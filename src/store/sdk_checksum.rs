//! Checksums in the SDK's terms, which has a setter and a getter of its own for each algorithm.

use crate::checksum::{Algorithm, Checksum};

/// Puts a checksum into a builder of the SDK: of a request, or of a part in a list. MD5 has no such
/// field.
macro_rules! set_checksum {
    ($algorithm:expr, $value:expr, $builder:expr) => {{
        let (builder, value) = ($builder, $value);
        match $algorithm {
            $crate::checksum::Algorithm::Sha256 => builder.checksum_sha256(value),
            $crate::checksum::Algorithm::Sha1 => builder.checksum_sha1(value),
            $crate::checksum::Algorithm::Crc64Nvme => builder.checksum_crc64_nvme(value),
            $crate::checksum::Algorithm::Crc32c => builder.checksum_crc32_c(value),
            $crate::checksum::Algorithm::Crc32 => builder.checksum_crc32(value),
            $crate::checksum::Algorithm::Md5 | $crate::checksum::Algorithm::None => builder,
        }
    }};
}

/// Sets a checksum on a request that carries bytes. The algorithm's own header goes along: on
/// Ceph 20 only that turns checking on.
macro_rules! with_checksum {
    ($checksum:expr, $builder:expr) => {{
        let builder = $builder;
        match $checksum {
            Some(checksum) => {
                let (algorithm, value) = (checksum.algorithm, checksum.base64());
                let declared = $crate::store::sdk_checksum::declared(algorithm);
                let builder = builder.set_checksum_algorithm(declared);
                match algorithm {
                    $crate::checksum::Algorithm::Md5 => builder.content_md5(value),
                    _ => $crate::store::sdk_checksum::set_checksum!(algorithm, value, builder),
                }
            }
            None => builder,
        }
    }};
}

/// The checksum that an answer carries for an algorithm.
macro_rules! answered_checksum {
    ($algorithm:expr, $answer:expr) => {
        match $algorithm {
            $crate::checksum::Algorithm::Sha256 => $answer.checksum_sha256(),
            $crate::checksum::Algorithm::Sha1 => $answer.checksum_sha1(),
            $crate::checksum::Algorithm::Crc64Nvme => $answer.checksum_crc64_nvme(),
            $crate::checksum::Algorithm::Crc32c => $answer.checksum_crc32_c(),
            $crate::checksum::Algorithm::Crc32 => $answer.checksum_crc32(),
            $crate::checksum::Algorithm::Md5 | $crate::checksum::Algorithm::None => None,
        }
    };
}

pub(super) use {answered_checksum, set_checksum, with_checksum};

/// The algorithm as S3's API knows it; `None` where it is no checksum of S3's own.
pub(super) fn declared(algorithm: Algorithm) -> Option<aws_sdk_s3::types::ChecksumAlgorithm> {
    use aws_sdk_s3::types::ChecksumAlgorithm as Declared;
    match algorithm {
        Algorithm::Sha256 => Some(Declared::Sha256),
        Algorithm::Sha1 => Some(Declared::Sha1),
        Algorithm::Crc64Nvme => Some(Declared::Crc64Nvme),
        Algorithm::Crc32c => Some(Declared::Crc32C),
        Algorithm::Crc32 => Some(Declared::Crc32),
        Algorithm::Md5 | Algorithm::None => None,
    }
}

/// Whether the store's answer bears out `checksum`: its own checksum where it gives one. `Err` names
/// what it said instead. For MD5 the ETag can say yes and never no: Content-MD5 was accepted, and
/// many an ETag only looks like an MD5, of what is encrypted above all.
pub(super) fn verify(
    checksum: Option<&Checksum>,
    answered: Option<&str>,
    etag: &str,
) -> Result<bool, String> {
    let Some(checksum) = checksum else {
        return Ok(false);
    };
    if checksum.algorithm == Algorithm::Md5 {
        let etag = etag.trim_matches('"');
        return Ok(etag.eq_ignore_ascii_case(&checksum.hex()));
    }
    let ours = checksum.base64();
    match answered {
        None => Ok(false),
        Some(theirs) if theirs == ours => Ok(true),
        Some(theirs) => Err(format!(
            "the store's {} checksum is {theirs}, ours {ours}",
            checksum.algorithm
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_bears_out_contradicts_or_says_nothing() {
        let sha = Checksum {
            algorithm: Algorithm::Sha256,
            raw: vec![1; 32],
        };
        assert_eq!(verify(Some(&sha), Some(&sha.base64()), ""), Ok(true));
        assert_eq!(verify(Some(&sha), None, ""), Ok(false));
        assert!(verify(Some(&sha), Some("AAAA"), "").is_err());
        assert_eq!(verify(None, Some("AAAA"), ""), Ok(false));
        let md5 = Checksum {
            algorithm: Algorithm::Md5,
            raw: vec![0xab; 16],
        };
        let same = format!("\"{}\"", "AB".repeat(16));
        assert_eq!(verify(Some(&md5), None, &same), Ok(true));
        assert_eq!(verify(Some(&md5), None, &"00".repeat(16)), Ok(false));
        assert_eq!(verify(Some(&md5), None, "opaque"), Ok(false));
    }
}
