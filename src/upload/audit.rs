//! After the commit: does the store have what was asked for? Some take an option and drop it.

use super::{Committed, Uploader};
use crate::config::{Destination, Encryption, ObjectOptions};
use crate::error::{Error, Result};
use crate::store::Head;
use bytesize::ByteSize;
use tracing::info;

impl Uploader {
    /// Compares the object with what was asked for; gives a warning for each option that the store
    /// did not keep.
    ///
    /// # Errors
    /// When the object can't be trusted.
    pub(super) async fn audit(
        &self,
        destination: &Destination,
        committed: &mut Committed,
    ) -> Result<Vec<String>> {
        let (size, parts) = (committed.size, committed.parts);
        let stored = &mut committed.stored;
        let distrust = |why: String| {
            Error::failed("the store took the upload and now shows another object")
                .because(why)
                .hint("do not rely on this object: compare it with its source, and upload it again")
                .unsettled()
        };
        if let Some(why) = &stored.contradiction {
            return Err(distrust(why.clone()));
        }
        let asked = &self.object;
        let encrypted = stored.encrypted || matches!(asked.encryption, Encryption::BucketDefault);
        // No store is known that keeps a checksum of a PutObject and does not echo it (observed on
        // SeaweedFS, Garage, Ceph, Swift, moto, s3s-fs and s3rver): for a single request, a look
        // would double the work and tell nothing new. An upload of many parts is put together by
        // the store, so its size is always looked at.
        let put_together = parts > 1;
        let look = (put_together && !stored.verified)
            || !encrypted
            || stored.settled
            || stored.etag.is_none()
            || asked.storage_class.is_some()
            || asked.lock.is_some()
            || asked.legal_hold;
        let mut warnings = Vec::new();
        if look {
            match Box::pin(self.store.head(destination)).await {
                Ok(Some(head)) if head.size != size => {
                    let has = head.size;
                    return Err(distrust(format!("it has {has} bytes, {size} were sent")));
                }
                Ok(Some(head)) => {
                    if let (Some(ours), Some(theirs)) = (&stored.checksum, &head.checksum) {
                        let agrees = ours.agrees_with(theirs);
                        if agrees == Some(false) {
                            let (algorithm, value) = (ours.algorithm, &ours.value);
                            return Err(distrust(format!(
                                "its {algorithm} checksum is {theirs}, ours {value}"
                            )));
                        }
                        stored.verified |= agrees.is_some();
                    }
                    warnings = dropped(asked, &head, encrypted);
                    stored.etag = stored.etag.take().or(head.etag);
                }
                Ok(None) => return Err(distrust("there is none under the key".to_owned())),
                Err(failure) => {
                    info!("the object can't be looked at: {failure}");
                    // Also the answer to a HEAD that brings a customer's key for an object that is
                    // not encrypted.
                    if !encrypted {
                        warnings.push(not_kept(ENCRYPTION));
                    }
                }
            }
        }
        if !stored.verified {
            info!("{} stored; not verified by the server", ByteSize(size));
        }
        if !asked.tags.is_empty()
            && let Ok(0) = Box::pin(self.store.tag_count(destination)).await
        {
            warnings.push(not_kept("the tags"));
        }
        Ok(warnings)
    }
}

const ENCRYPTION: &str = "the encryption";

/// What was asked for and is not to be seen on the object.
fn dropped(asked: &ObjectOptions, head: &Head, encrypted: bool) -> Vec<String> {
    let class = asked.storage_class.as_deref().unwrap_or("STANDARD");
    [
        (!encrypted && !head.encrypted, ENCRYPTION.to_owned()),
        (
            head.storage_class.as_deref().unwrap_or("STANDARD") != class,
            format!("the storage class {class}"),
        ),
        (
            asked.lock.is_some() && !head.locked,
            "the Object Lock retention".to_owned(),
        ),
        (
            asked.legal_hold && !head.legal_hold,
            "the legal hold".to_owned(),
        ),
    ]
    .into_iter()
    .filter_map(|(missing, what)| missing.then(|| not_kept(&what)))
    .collect()
}

fn not_kept(what: &str) -> String {
    format!("the store does not confirm {what}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;

    fn head() -> Head {
        Head {
            size: 1,
            etag: None,
            checksum: None,
            version_id: None,
            token: None,
            storage_class: None,
            locked: false,
            legal_hold: false,
            encrypted: false,
            kept: None,
            part_size: None,
        }
    }

    #[test]
    fn nothing_asked_nothing_missed() {
        assert!(dropped(&ObjectOptions::default(), &head(), true).is_empty());
    }

    #[test]
    fn everything_that_was_dropped_is_told() {
        let asked = ObjectOptions {
            encryption: Encryption::S3,
            storage_class: Some("GLACIER".to_owned()),
            lock: Some((crate::config::LockMode::Compliance, SystemTime::UNIX_EPOCH)),
            legal_hold: true,
            ..ObjectOptions::default()
        };
        assert_eq!(dropped(&asked, &head(), false).len(), 4);
        let kept = Head {
            storage_class: Some("GLACIER".to_owned()),
            locked: true,
            legal_hold: true,
            encrypted: true,
            ..head()
        };
        assert!(dropped(&asked, &kept, false).is_empty());
    }
}
