//! What CompleteMultipartUpload sends: the list of the parts, and the checksum of the whole.

use super::put_object::Stored;
use super::sdk_checksum::set_checksum;
use crate::checksum::{Algorithm, ObjectChecksum, Scope, WholeChecksum};
use crate::part::CompletedPart;
use aws_sdk_s3::types::CompletedMultipartUpload;

/// The content of a CompleteMultipartUpload.
#[derive(Debug)]
pub(crate) struct CompleteRequest {
    pub(super) parts: CompletedMultipartUpload,
    /// Size of the object in bytes.
    pub size: u64,
    pub(super) checksum: Option<ObjectChecksum>,
    etag: Option<String>,
}

impl CompleteRequest {
    /// Puts together what was checked to be parts 1 to n, in order.
    pub(crate) fn new(algorithm: Algorithm, parts: &[CompletedPart]) -> Self {
        let mut size = 0;
        let mut whole = WholeChecksum::new(algorithm);
        let mut etag = WholeChecksum::new(algorithm);
        let mut etag_known = true;
        let mut list = CompletedMultipartUpload::builder();
        for part in parts {
            size += part.size;
            let number = i32::try_from(part.number).unwrap_or(i32::MAX);
            let mut item = aws_sdk_s3::types::CompletedPart::builder()
                .part_number(number)
                .e_tag(&part.etag);
            if let Some(checksum) = &part.checksum {
                whole.push(checksum, part.size);
                etag.push(checksum, part.size);
                let value = checksum.base64();
                item = set_checksum!(checksum.algorithm, value, item);
            }
            etag_known &= part.verified;
            list = list.parts(item.build());
        }
        // The ETag is a hash of MD5s only where the parts' ETags were MD5s.
        let etag = etag.finish_etag().filter(|_| etag_known);
        Self {
            parts: list.build(),
            size,
            checksum: whole.finish(),
            etag,
        }
    }

    /// The object that was found to be this one.
    pub(crate) fn stored(&self, found: Stored) -> Stored {
        Stored {
            checksum: self.checksum.clone(),
            ..found
        }
    }

    pub(super) fn has_composite(&self) -> bool {
        self.checksum
            .as_ref()
            .is_some_and(|checksum| checksum.scope == Scope::Composite)
    }

    pub(super) fn verify(
        &self,
        answered: Option<&str>,
        etag: Option<&str>,
    ) -> Result<bool, String> {
        if let (Some(ours), Some(theirs)) = (&self.etag, etag) {
            // Not every store keeps the convention for whole objects: only agreement says anything.
            return Ok(theirs.eq_ignore_ascii_case(ours));
        }
        let (Some(ours), Some(theirs)) = (&self.checksum, answered) else {
            return Ok(false);
        };
        match ours.agrees_with(theirs) {
            Some(false) => Err(format!(
                "the store's {} checksum of the object is {theirs}, ours {}",
                ours.algorithm, ours.value
            )),
            agrees => Ok(agrees.is_some()),
        }
    }
}
