//! What a store tells of the bytes of an object without sending them.

use super::Store;
use super::failure::Failure;
use super::failure_kind::FailureKind;
use super::head_object::KeptChecksum;
use super::object_parts::KeptPart;
use super::put_object::unquoted;
use super::request_options::{with_customer_key, with_run_options};
use super::sdk_checksum::answered_checksum;
use crate::checksum::Algorithm;
use crate::config::Destination;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::{ChecksumMode, ChecksumType};

/// What is known of an object: its size, and what its bytes can be compared with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ObjectFacts {
    /// Size in bytes.
    pub size: u64,
    /// The store's name for the bytes, without quotes.
    pub etag: Option<String>,
    /// Whether that ETag may be an MD5, or one of MD5s: what is encrypted with KMS or a customer's key has
    /// another.
    pub etag_may_be_md5: bool,
    /// Version, where the bucket keeps versions.
    pub version_id: Option<String>,
    /// Checksums of the object, of all algorithms.
    pub checksums: Vec<KeptChecksum>,
    /// Whether it is certain what those are computed over: a store that does not know their types may show
    /// one of the parts in place of one of all bytes.
    pub types_are_known: bool,
    /// Its parts, where all their sizes are known.
    pub parts: Option<Vec<KeptPart>>,
}

impl ObjectFacts {
    fn new(store: &Store, head: &HeadObjectOutput, size: u64) -> Self {
        let etag = head.e_tag().map(unquoted).filter(|etag| !etag.is_empty());
        let checksums = Algorithm::all()
            .filter_map(|it| Some(KeptChecksum::new(it, answered_checksum!(it, head)?)))
            // moto answers four bytes for a CRC64NVME.
            .filter(KeptChecksum::is_whole);
        let mut this = Self {
            size,
            etag_may_be_md5: store.etag_is_md5(head.server_side_encryption())
                && head.sse_customer_algorithm().is_none(),
            etag,
            version_id: head.version_id().map(ToOwned::to_owned),
            checksums: checksums.collect(),
            types_are_known: head.checksum_type().is_some(),
            parts: None,
        };
        let is_composite = head.checksum_type() == Some(&ChecksumType::Composite);
        this.complete_composites(is_composite);
        this
    }

    /// moto leaves the number of parts out of a composite. A SHA of several parts is never one of all
    /// bytes.
    fn complete_composites(&mut self, is_composite: bool) {
        let Some(parts) = self.part_count() else {
            return;
        };
        for checksum in &mut self.checksums {
            let is_sha = matches!(checksum.algorithm, Algorithm::Sha256 | Algorithm::Sha1);
            if checksum.parts.is_none() && (is_sha || is_composite) {
                checksum.parts = Some(parts);
                checksum.value = format!("{}-{parts}", checksum.value);
            }
        }
    }

    /// The ETag, where it may be an MD5 or one of MD5s.
    pub(crate) fn md5(&self) -> Option<KeptChecksum> {
        let etag = self.etag.as_deref().filter(|_| self.etag_may_be_md5)?;
        KeptChecksum::of_etag(&etag.to_ascii_lowercase())
    }

    /// Number of parts that it was sent in; `None` for one sent in a single request, and where the store
    /// does not tell.
    pub(crate) fn part_count(&self) -> Option<u32> {
        let by_etag = self.etag.as_deref();
        let by_etag = by_etag.and_then(|etag| KeptChecksum::new(Algorithm::Md5, etag).parts);
        let mut by_checksum = self.checksums.iter().filter_map(|it| it.parts);
        by_etag.or_else(|| by_checksum.next())
    }
}

impl Store {
    /// What the store tells of an object; `None` when there is none. Its parts are not asked for.
    ///
    /// # Errors
    /// When the store does not tell.
    pub(crate) async fn object_facts(
        &self,
        destination: &Destination,
    ) -> Result<Option<ObjectFacts>, Failure> {
        let with_checksums = self.head_for_facts(destination, true).await;
        match with_checksums {
            // Not every store knows checksums, and not everybody may see them (kms:Decrypt).
            Err(failure) if matches!(failure.status, Some(400 | 403 | 501)) => {
                self.head_for_facts(destination, false).await
            }
            told => told,
        }
    }

    async fn head_for_facts(
        &self,
        destination: &Destination,
        checksums: bool,
    ) -> Result<Option<ObjectFacts>, Failure> {
        let operation = "HeadObject";
        self.attempts(operation, |current| async move {
            let builder = current
                .client
                .head_object()
                .bucket(&destination.bucket)
                .key(&destination.key)
                .set_checksum_mode(checksums.then_some(ChecksumMode::Enabled));
            let builder = with_run_options!(self.options, builder);
            let head = match with_customer_key!(self.options, builder).send().await {
                Ok(head) => head,
                Err(error) => {
                    let failure = Failure::of(operation, &error);
                    return match failure.status {
                        Some(404) => Ok(None),
                        _ => Err(failure),
                    };
                }
            };
            let size = head.content_length().and_then(|it| u64::try_from(it).ok());
            let size = size.ok_or_else(|| {
                let why = "the store does not tell the size of the object";
                Failure::local(operation, FailureKind::Fatal, why)
            })?;
            Ok(Some(ObjectFacts::new(self, &head, size)))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(etag: &str, algorithm: Algorithm, value: &str) -> ObjectFacts {
        ObjectFacts {
            etag: Some(etag.to_owned()),
            etag_may_be_md5: true,
            checksums: vec![KeptChecksum::new(algorithm, value)],
            ..ObjectFacts::default()
        }
    }

    #[test]
    fn a_composite_without_its_number_of_parts_gets_it() {
        let etag = format!("{}-3", "0".repeat(32));
        for (algorithm, is_composite, parts) in [
            (Algorithm::Sha256, false, Some(3)),
            (Algorithm::Crc32, false, None),
            (Algorithm::Crc32, true, Some(3)),
        ] {
            let mut facts = facts(&etag, algorithm, "AAAA");
            facts.complete_composites(is_composite);
            assert_eq!(facts.checksums[0].parts, parts, "{algorithm}");
        }
        let mut single = facts(&"0".repeat(32), Algorithm::Sha256, "AAAA");
        single.complete_composites(false);
        assert_eq!(single.checksums[0].parts, None);
    }

    #[test]
    fn only_what_looks_like_an_md5_and_may_be_one_is_taken_for_it() {
        let md5 = "0123456789ABCDEF".repeat(2);
        let mut facts = facts(&md5, Algorithm::Crc32, "AAAA");
        assert_eq!(facts.md5().unwrap().value, md5.to_ascii_lowercase());
        facts.etag_may_be_md5 = false;
        assert_eq!(facts.md5(), None);
        facts.etag_may_be_md5 = true;
        facts.etag = Some("opaque".to_owned());
        assert_eq!(facts.md5(), None);
    }
}
