//! PutObject.

use super::Store;
use super::class::Class;
use super::client::Current;
use super::encryption::{KeptEncryption, kept_encryption};
use super::failure::Failure;
use super::request::{
    SignedPayload, answered_checksum, verify, with_checksum, with_object_options, with_run_options,
};
use crate::checksum::ObjectChecksum;
use crate::config::{Destination, Encryption};
use crate::part::Part;
use crate::progress::PartGuard;
use crate::transport::PartBody;
use aws_sdk_s3::operation::put_object::PutObjectInput;
use aws_sdk_s3::primitives::SdkBody;
use aws_sdk_s3::types::ServerSideEncryption;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// An object that the store has, as its answer tells.
#[derive(Debug, Clone, Default)]
pub struct Stored {
    /// The store's name for the bytes, without quotes.
    pub etag: Option<String>,
    /// Version, where the bucket keeps versions.
    pub version_id: Option<String>,
    /// Our checksum of the object.
    pub checksum: Option<ObjectChecksum>,
    /// Whether the store's answer bore that checksum out.
    pub verified: bool,
    /// The encryption at rest that the answer tells.
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
    /// Stores an object that fits into one part. With `token`, the object carries it in its
    /// metadata, which settles what a lost answer leaves open.
    ///
    /// # Errors
    /// When it is not stored, as far as can be known.
    pub async fn put_object(
        &self,
        destination: &Destination,
        part: &Part,
        token: Option<&str>,
        progress: &PartGuard,
    ) -> Result<Stored, Failure> {
        // Whether an attempt sent all of it and got no answer.
        let lost = AtomicBool::new(false);
        let mut repeated = false;
        let stored = self.attempts("PutObject", part.size(), |current| {
            let lost = &lost;
            let again = std::mem::replace(&mut repeated, true);
            async move {
                let put = self.put_once(&current, again, destination, part, token, progress);
                let mut failure = match put.await {
                    Ok(stored) => return Ok(stored),
                    Err(failure) => failure,
                };
                match failure.class {
                    // Another one's request is under way; ours can be repeated as it was.
                    Class::Conflict => failure.class = Class::Retry,
                    Class::Exists => {}
                    _ if failure.is_without_answer() && progress.has_left() => {
                        lost.store(true, Relaxed);
                    }
                    _ => {}
                }
                Err(failure)
            }
        });
        let result = stored.await;
        let lost = lost.into_inner();
        let mut failure = match result {
            Err(failure) if lost || failure.attempts.0 > 1 => failure,
            result => return result,
        };
        failure.unsettled = lost;
        // It may be our own object that a later attempt found in its way.
        let (true, Some(token)) = (lost || failure.class == Class::Exists, token) else {
            return Err(failure);
        };
        match Box::pin(self.head(destination)).await {
            Ok(Some(head)) if head.is_of(token, part.size()) => Ok(Stored {
                checksum: part
                    .digests
                    .checksum
                    .as_ref()
                    .map(ObjectChecksum::of_single),
                ..head.into_stored()
            }),
            Ok(_) => Err(failure.settled()),
            Err(_) => Err(failure),
        }
    }

    async fn put_once(
        &self,
        current: &Arc<Current>,
        again: bool,
        destination: &Destination,
        part: &Part,
        token: Option<&str>,
        progress: &PartGuard,
    ) -> Result<Stored, Failure> {
        let operation = "PutObject";
        let checksum = part.digests.checksum.as_ref();
        let body = || {
            let tally = progress.attempt();
            SdkBody::from_body_1_x(PartBody::new(&part.payload, tally, self.limit.clone()))
        };
        macro_rules! filled {
            ($builder:expr) => {{
                let builder = $builder
                    .bucket(&destination.bucket)
                    .key(&destination.key)
                    .content_length(i64::try_from(part.size()).unwrap_or(i64::MAX))
                    .set_if_none_match(self.no_overwrite.then(|| "*".to_owned()))
                    .body(body().into());
                let builder = with_run_options!(self, builder);
                let builder = with_checksum!(checksum, builder);
                with_object_options!(self, &destination.key, token, builder)
            }};
        }
        let way = current.direct.way(&destination.bucket).filter(|_| !again);
        let answer = if let Some(way) = way {
            let input = filled!(PutObjectInput::builder());
            way.put_object(input, &part.digests).await
        } else {
            let builder = filled!(current.client.put_object());
            let learning = SignedPayload::of(&part.digests, &destination.bucket, current);
            // Boxed, like all that is rare: what a task may have to hold is copied with it.
            Box::pin(builder.customize().interceptor(learning).send()).await
        };
        let answer =
            answer.map_err(|error| Failure::of(operation, &error).or_of_source(&part.payload))?;
        let etag = answer.e_tag().map(unquoted).filter(|etag| !etag.is_empty());
        let etag = etag.ok_or_else(|| {
            Failure::local(operation, Class::Retry, "the store's answer has no ETag")
        })?;
        let answered = answered_checksum!(self.hashing.algorithm, answer);
        let is_md5 = self.etag_is_md5(answer.server_side_encryption());
        let verified = verify(checksum, answered, &etag, is_md5)
            .map_err(|why| Failure::local(operation, Class::Retry, why))?;
        Ok(Stored {
            etag: Some(etag),
            version_id: answer.version_id().map(ToOwned::to_owned),
            checksum: checksum.map(ObjectChecksum::of_single),
            verified,
            encryption: kept_encryption!(answer),
            settled: false,
            contradiction: None,
        })
    }

    /// Whether an ETag can be the MD5 of the bytes: it is not with KMS, which may be the bucket's
    /// default and is told in the `answered` encryption, nor with customers' keys.
    pub(super) fn etag_is_md5(&self, answered: Option<&ServerSideEncryption>) -> bool {
        matches!(
            self.object.encryption,
            Encryption::BucketDefault | Encryption::S3
        ) && matches!(answered, None | Some(ServerSideEncryption::Aes256))
    }
}
