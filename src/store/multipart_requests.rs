//! The operations of a multipart upload.

use super::Store;
use super::complete_request::CompleteRequest;
use super::data_request::UploadPartRequest;
use super::failure::Failure;
use super::failure_kind::FailureKind;
use super::kept_encryption::{KeptEncryption, kept_encryption};
use super::part_body::PartBody;
use super::put_object::{Stored, unquoted};
use super::request_options::{
    Uncertain, new_token, with_customer_key, with_object_options, with_run_options,
};
use super::sdk_checksum::{answered_checksum, declared, set_checksum, verify};
use crate::checksum::Scope;
use crate::config::Destination;
use crate::http::SlowAnswer;
use crate::part::{CompletedPart, Part};
use crate::progress::{PartGuard, RetryReason};
use aws_sdk_s3::types::ChecksumType;
use std::sync::atomic::Ordering::Relaxed;
use tokio::sync::watch;

/// CompleteMultipartUpload puts the object together before it answers: S3 speaks of minutes (and
/// sends a blank now and then), others stay silent.
const COMPLETE_ANSWER: SlowAnswer = SlowAnswer(5);

/// A multipart upload that was created and is neither completed nor aborted.
#[derive(Debug, Clone)]
pub(crate) struct UploadId {
    /// The store's name for the upload.
    pub id: String,
    /// What its object carries in its metadata: proof of which upload made it.
    pub token: String,
    /// The encryption at rest that the answer to Create names.
    pub encryption: KeptEncryption,
    /// Whether the store may have created others, the answers to which were lost.
    pub repeated: bool,
}

/// What an Abort came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aborted {
    /// The store aborted the upload.
    Gone,
    /// The store does not know the upload (any more): it may have been completed.
    Unknown,
    /// It could not be aborted.
    Failed,
}

impl Store {
    /// Starts a multipart upload.
    ///
    /// # Errors
    /// When the store does not.
    pub(crate) async fn create(&self, destination: &Destination) -> Result<UploadId, Failure> {
        let operation = "CreateMultipartUpload";
        let token = new_token();
        let token_sent = token.as_str();
        let attempts = Uncertain::default();
        let attempts = &attempts;
        let algorithm = self.hashing.algorithm;
        let scope = Scope::for_multipart(algorithm);
        let (id, encryption) = self
            .attempts(operation, |current| async move {
                attempts.begin();
                let builder = current
                    .client
                    .create_multipart_upload()
                    .bucket(&destination.bucket)
                    .key(&destination.key)
                    .set_checksum_algorithm(declared(algorithm))
                    .set_checksum_type(scope.map(|scope| ChecksumType::from(scope.name())));
                let builder = with_run_options!(self.options, builder);
                let answer =
                    with_object_options!(self.options, &destination.key, Some(token_sent), builder)
                        .send()
                        .await;
                let answer = answer.map_err(|error| {
                    let failure = Failure::of(operation, &error);
                    attempts.end(failure.had_no_effect());
                    failure.final_if_answered()
                })?;
                let encryption = kept_encryption!(answer);
                let id = answer.upload_id().filter(|id| !id.is_empty());
                let id = id.ok_or_else(|| {
                    let why = "the store's answer can't be read: it has no upload id";
                    Failure::local(operation, FailureKind::Fatal, why)
                })?;
                attempts.end(true);
                Ok((id.to_owned(), encryption))
            })
            .await
            .map_err(|failure| failure.unsettled_if(attempts.any()))?;
        Ok(UploadId {
            id,
            token,
            encryption,
            repeated: attempts.any(),
        })
    }

    /// Sends one part.
    ///
    /// # Errors
    /// When the store does not have it, or has something else.
    pub(crate) async fn upload_part(
        &self,
        destination: &Destination,
        upload: &UploadId,
        part: &Part,
        progress: &PartGuard,
    ) -> Result<CompletedPart, Failure> {
        let operation = format!("UploadPart of part {}", part.number);
        let operation = operation.as_str();
        let checksum = part.digests.checksum.as_ref();
        let mut repeated = false;
        self.attempts_of_part(operation, progress, |current| {
            let again = std::mem::replace(&mut repeated, true);
            async move {
                let (attempt, limit) = (progress.attempt(), self.limit.clone());
                let (acknowledged, _sending) = self.sending(part).unzip();
                let request = UploadPartRequest {
                    options: &self.options,
                    destination,
                    upload_id: &upload.id,
                    part,
                    body: PartBody::new(&part.payload, attempt, limit, None),
                    acknowledged,
                    needs_sdk: current.needs_sdk(again),
                };
                let answer = current.sender.upload_part(request).await;
                let answer = answer
                    .map_err(|error| Failure::of(operation, &error).or_of_source(&part.payload))?;
                if !progress.has_left() {
                    return Err(Failure::answered_early(operation));
                }
                let etag = answer
                    .e_tag()
                    .filter(|etag| !etag.is_empty())
                    .ok_or_else(|| {
                        Failure::local(
                            operation,
                            FailureKind::Retry,
                            "the store's answer has no ETag",
                        )
                    })?;
                let answered = answered_checksum!(self.hashing.algorithm, answer);
                let verified = verify(checksum, answered, etag)
                    .map_err(|why| Failure::local(operation, FailureKind::Retry, why))?;
                Ok(CompletedPart {
                    number: part.number,
                    size: part.size(),
                    etag: etag.to_owned(),
                    checksum: checksum.cloned(),
                    verified,
                })
            }
        })
        .await
    }

    /// Makes the object out of its parts. When an attempt fails in a way that leaves open whether
    /// it was carried out, the object itself is asked: by the upload's token and its size. `busy` is
    /// true while an attempt is under way.
    ///
    /// # Errors
    /// When the object was not made; with `unsettled`, when it may be made yet.
    pub(crate) async fn complete(
        &self,
        destination: &Destination,
        upload: &UploadId,
        request: &CompleteRequest,
        busy: &watch::Sender<bool>,
    ) -> Result<Stored, Failure> {
        let mut repeated = false;
        self.attempts("CompleteMultipartUpload", |current| {
            let uncertain = std::mem::replace(&mut repeated, true);
            async move {
                busy.send_replace(true);
                let client = &current.client;
                let refused = self.refuses_composites.load(Relaxed);
                let with_checksum = !(refused && request.has_composite());
                let mut result = self
                    .complete_once(client, destination, upload, request, with_checksum)
                    .await;
                // Swift takes a checksum here, but not with the "-N" of a composite. The parts'
                // own checksums are in the list, and the answer is compared.
                if with_checksum
                    && request.has_composite()
                    && matches!(&result, Err(failure) if failure.code.as_deref() == Some("InvalidRequest"))
                {
                    self.retry.progress.retried(RetryReason::Other);
                    result = self
                        .complete_once(client, destination, upload, request, false)
                        .await;
                    self.refuses_composites.fetch_or(result.is_ok(), Relaxed);
                }
                // A refusal of the first attempt is clear: nothing was done. After that, "no such
                // upload", "exists already" or (Ceph) a 500 without end may all mean: done before.
                let result = match result {
                    // Other credentials, or another region, have to be asked.
                    Err(mut failure) if failure.refresh.is_some() => {
                        failure.unsettled = uncertain;
                        Err(failure)
                    }
                    Err(mut failure) if uncertain || !failure.is_clear_refusal() => {
                        failure.unsettled = true;
                        let found = self.find(client, destination, &upload.token, request.size);
                        found.await.map(|it| request.stored(it)).ok_or(failure)
                    }
                    result => result,
                };
                busy.send_replace(false);
                result
            }
        })
        .await
    }

    async fn complete_once(
        &self,
        client: &aws_sdk_s3::Client,
        destination: &Destination,
        upload: &UploadId,
        request: &CompleteRequest,
        with_checksum: bool,
    ) -> Result<Stored, Failure> {
        let operation = "CompleteMultipartUpload";
        let builder = client
            .complete_multipart_upload()
            .bucket(&destination.bucket)
            .key(&destination.key)
            .upload_id(&upload.id)
            .multipart_upload(request.parts.clone())
            .mpu_object_size(i64::try_from(request.size).unwrap_or(i64::MAX))
            .set_if_none_match(self.options.no_overwrite.then(|| "*".to_owned()));
        let builder = with_run_options!(self.options, builder);
        let mut builder = with_customer_key!(self.options, builder);
        if let Some(checksum) = request.checksum.as_ref().filter(|_| with_checksum) {
            let value = checksum.value.clone();
            builder = builder.checksum_type(ChecksumType::from(checksum.scope.name()));
            builder = set_checksum!(checksum.algorithm, value, builder);
        }
        let slow = builder
            .customize()
            .mutate_request(|request| request.add_extension(COMPLETE_ANSWER));
        let answer = slow
            .send()
            .await
            .map_err(|error| Failure::of(operation, &error))?;
        let answered = answered_checksum!(self.hashing.algorithm, answer);
        // Ceph 16.2 answers with an empty ETag.
        let etag = answer.e_tag().map(unquoted).filter(|etag| !etag.is_empty());
        let verified = request.verify(answered, etag.as_deref());
        Ok(Stored {
            etag,
            version_id: answer.version_id().map(ToOwned::to_owned),
            checksum: request.checksum.clone(),
            verified: verified == Ok(true),
            encryption: upload
                .encryption
                .then(answer.server_side_encryption(), answer.ssekms_key_id()),
            settled: false,
            contradiction: verified.err(),
        })
    }
}
