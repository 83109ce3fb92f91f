//! PutObject.

use super::Store;
use super::client::Current;
use super::data_request::PutObjectRequest;
use super::failure::Failure;
use super::failure_kind::FailureKind;
use super::kept_encryption::{KeptEncryption, kept_encryption};
use super::part_body::PartBody;
use super::sdk_checksum::{answered_checksum, verify};
use crate::checksum::ObjectChecksum;
use crate::config::Destination;
use crate::part::Part;
use crate::progress::PartGuard;
use crate::signals::commit_switch::CommitSwitch;
use aws_sdk_s3::types::ServerSideEncryption;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// An object that the store has, according to its answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stored {
    /// The store's name for the bytes, without quotes.
    pub etag: Option<String>,
    /// Version, where the bucket keeps versions.
    pub version_id: Option<String>,
    /// Our checksum of the object.
    pub checksum: Option<ObjectChecksum>,
    /// Whether the store's answer bore that checksum out.
    pub verified: bool,
    /// The encryption at rest that the answer names.
    pub encryption: KeptEncryption,
    /// Whether the answer was lost, and the object found by its token.
    pub settled: bool,
    /// What the store says of the object that can't be true of the bytes that were sent.
    pub contradiction: Option<String>,
}

pub(super) fn unquoted(etag: &str) -> String {
    etag.trim_matches('"').to_owned()
}

impl Store {
    /// Stores an object that fits into one part, which carries `token` in its metadata.
    ///
    /// # Errors
    /// When no answer says that it is stored; with `unsettled`, when it may be all the same.
    pub(crate) async fn put_object(
        &self,
        destination: &Destination,
        part: &Part,
        token: &str,
        progress: &PartGuard,
        switch: &CommitSwitch,
    ) -> Result<Stored, Failure> {
        // Attempts that had sent all and that the store refused in its own words.
        let refused = AtomicU32::new(0);
        let mut repeated = false;
        let stored = self.attempts_of_part("PutObject", progress, |current| {
            let refused = &refused;
            let again = std::mem::replace(&mut repeated, true);
            async move {
                let before = switch.sent();
                let put = self.put_once(
                    &current,
                    again,
                    destination,
                    part,
                    token,
                    (progress, switch),
                );
                let mut failure = match put.await {
                    Ok(stored) => return Ok(stored),
                    Err(failure) => failure,
                };
                if switch.sent() == before {
                    if let Some(reason) = switch.stopped() {
                        return Err(Failure::stopped("PutObject", reason));
                    }
                } else if failure.had_no_effect() {
                    refused.fetch_add(1, Relaxed);
                }
                if failure.kind == FailureKind::Conflict {
                    // Another one's request is under way; ours can be repeated as it was.
                    failure.kind = FailureKind::Retry;
                }
                Err(failure)
            }
        });
        let result = stored.await;
        result.map_err(|failure| failure.unsettled_if(switch.sent() > refused.into_inner()))
    }

    /// The object that was found to be the one of this part.
    pub(crate) fn stored_single(&self, found: Stored, part: &Part) -> Stored {
        let checksum = part.digests.checksum.as_ref();
        Stored {
            checksum: checksum.map(ObjectChecksum::for_single),
            ..found
        }
    }

    async fn put_once(
        &self,
        current: &Arc<Current>,
        again: bool,
        destination: &Destination,
        part: &Part,
        token: &str,
        (progress, switch): (&PartGuard, &CommitSwitch),
    ) -> Result<Stored, Failure> {
        let operation = "PutObject";
        let checksum = part.digests.checksum.as_ref();
        let sent = switch.sent();
        let begun = match part.size() {
            // The request itself commits.
            0 => switch.send(),
            // The body asks before anything leaves.
            _ if PartBody::leaves_at_once(&part.payload, self.limit.as_ref()) => Ok(()),
            _ => switch.check(),
        };
        begun.map_err(|reason| Failure::stopped(operation, reason))?;
        let (progress, limit) = (progress.attempt(), self.limit.clone());
        let (acknowledged, _sending) = self.sending(part).unzip();
        let request = PutObjectRequest {
            options: &self.options,
            destination,
            part,
            token,
            body: PartBody::new(&part.payload, progress, limit, Some(switch.clone())),
            acknowledged,
            needs_sdk: current.needs_sdk(again),
        };
        let answer = current.sender.put_object(request).await;
        let answer =
            answer.map_err(|error| Failure::of(operation, &error).or_of_source(&part.payload))?;
        if switch.sent() == sent {
            return Err(Failure::answered_early(operation));
        }
        let etag = answer.e_tag().map(unquoted).filter(|etag| !etag.is_empty());
        let etag = etag.ok_or_else(|| {
            Failure::local(
                operation,
                FailureKind::Retry,
                "the store's answer has no ETag",
            )
        })?;
        let answered = answered_checksum!(self.hashing.algorithm, answer);
        let verified = verify(checksum, answered, &etag)
            .map_err(|why| Failure::contradicted(operation, why))?;
        Ok(Stored {
            etag: Some(etag),
            version_id: answer.version_id().map(ToOwned::to_owned),
            checksum: checksum.map(ObjectChecksum::for_single),
            verified,
            encryption: kept_encryption!(answer),
            settled: false,
            contradiction: None,
        })
    }

    /// Whether an ETag can be the MD5 of the bytes: it is not with KMS, which may be the bucket's
    /// default and is named in the `answered` encryption, nor with customers' keys.
    pub(super) fn etag_is_md5(&self, answered: Option<&ServerSideEncryption>) -> bool {
        self.options.object.encryption.may_leave_md5_etags()
            && matches!(answered, None | Some(ServerSideEncryption::Aes256))
    }
}
