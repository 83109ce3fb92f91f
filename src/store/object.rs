//! Operations on whole objects: PutObject, HeadObject, GetObjectTagging.

use super::Store;
use super::class::Class;
use super::client::Current;
use super::failure::Failure;
use super::request::{
    SignedPayload, TOKEN, answered_checksum, declared, verify, with_checksum, with_customer_key,
    with_object_options, with_run_options,
};
use crate::checksum::{Algorithm, ObjectChecksum};
use crate::config::{Destination, Encryption};
use crate::part::Part;
use crate::progress::PartGuard;
use crate::transport::PartBody;
use aws_sdk_s3::operation::put_object::PutObjectInput;
use aws_sdk_s3::primitives::SdkBody;
use aws_sdk_s3::types::{ChecksumMode, ObjectLockLegalHoldStatus, ServerSideEncryption};
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
    /// Whether the answer confirms the encryption that was asked for.
    pub encrypted: bool,
    /// Whether the answer was lost, and the object found by its token.
    pub settled: bool,
    /// What the store says of the object that can't be true of the bytes that were sent.
    pub contradiction: Option<String>,
}

/// What a HEAD of an object tells.
#[derive(Debug, Clone, Default)]
pub struct Head {
    /// Size in bytes.
    pub size: u64,
    /// The store's name for the bytes, without quotes.
    pub etag: Option<String>,
    /// The store's checksum of the bytes, by the algorithm of the run.
    pub checksum: Option<String>,
    /// Version, where the bucket keeps versions.
    pub version_id: Option<String>,
    /// Token of the upload that made the object.
    pub token: Option<String>,
    /// Storage class; S3 leaves `STANDARD` out.
    pub storage_class: Option<String>,
    /// Whether a retention by Object Lock is on.
    pub locked: bool,
    /// Whether a legal hold is on.
    pub legal_hold: bool,
    /// Whether the encryption that was asked for is on.
    pub encrypted: bool,
    /// What the store keeps that local bytes can be compared with.
    pub kept: Option<KeptChecksum>,
    /// Size in bytes of the first of several parts; asked for by `head_with_parts` only.
    pub part_size: Option<u64>,
}

/// A checksum that a store keeps of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptChecksum {
    /// The algorithm; MD5 where it comes from the ETag.
    pub algorithm: Algorithm,
    /// base64, hexadecimal for MD5; with `-N` behind a composite.
    pub value: String,
    /// Number of parts of a composite; `None` where it is one of all the bytes.
    pub parts: Option<u32>,
}

impl KeptChecksum {
    /// What a store, or the journal, shows as `value`.
    pub fn new(algorithm: Algorithm, value: &str) -> Self {
        let parts = value
            .rsplit_once('-')
            .and_then(|(_, parts)| parts.parse().ok());
        Self {
            algorithm,
            value: value.to_owned(),
            parts,
        }
    }

    /// An ETag that is an MD5, or one of MD5s.
    fn of_etag(etag: &str) -> Option<Self> {
        let kept = Self::new(Algorithm::Md5, etag);
        let hex = etag.split('-').next().unwrap_or_default();
        let is_md5 = hex.len() == 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_md5.then_some(kept)
    }
}

impl Head {
    /// Whether the object is the one that the upload with `token` made of `size` bytes.
    pub(super) fn is_of(&self, token: &str, size: u64) -> bool {
        self.token.as_deref() == Some(token) && self.size == size
    }

    pub(super) fn into_stored(self) -> Stored {
        Stored {
            etag: self.etag,
            version_id: self.version_id,
            encrypted: self.encrypted,
            settled: true,
            ..Stored::default()
        }
    }
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
            encrypted: answer.server_side_encryption().is_some()
                || answer.sse_customer_algorithm().is_some(),
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

    /// What the store says of an object; `None` when there is none.
    ///
    /// # Errors
    /// When the store does not tell.
    pub async fn head(&self, destination: &Destination) -> Result<Option<Head>, Failure> {
        self.attempts("HeadObject", 0, |current| async move {
            self.head_once(&current.client, destination).await
        })
        .await
    }

    async fn head_once(
        &self,
        client: &aws_sdk_s3::Client,
        destination: &Destination,
    ) -> Result<Option<Head>, Failure> {
        let algorithm = self.hashing.algorithm;
        let builder = client
            .head_object()
            .bucket(&destination.bucket)
            .key(&destination.key)
            .set_checksum_mode(declared(algorithm).map(|_| ChecksumMode::Enabled));
        let builder = with_run_options!(self, builder);
        let answer = with_customer_key!(self, builder).send().await;
        let head = match answer {
            Ok(head) => head,
            Err(error) => {
                let failure = Failure::of("HeadObject", &error);
                return if failure.status == Some(404) {
                    Ok(None)
                } else {
                    Err(failure)
                };
            }
        };
        Ok(Some(Head {
            size: head
                .content_length()
                .and_then(|it| u64::try_from(it).ok())
                .unwrap_or(0),
            etag: head.e_tag().map(unquoted).filter(|etag| !etag.is_empty()),
            checksum: answered_checksum!(algorithm, head).map(ToOwned::to_owned),
            version_id: head.version_id().map(ToOwned::to_owned),
            token: head.metadata().and_then(|it| it.get(TOKEN)).cloned(),
            storage_class: head.storage_class().map(|it| it.as_str().to_owned()),
            locked: head.object_lock_mode().is_some(),
            legal_hold: head.object_lock_legal_hold_status()
                == Some(&ObjectLockLegalHoldStatus::On),
            encrypted: head.server_side_encryption().is_some()
                || head.sse_customer_algorithm().is_some(),
            kept: Algorithm::ALL
                .into_iter()
                .find_map(|it| Some(KeptChecksum::new(it, answered_checksum!(it, head)?)))
                .or_else(|| {
                    let is_md5 = self.etag_is_md5(head.server_side_encryption());
                    KeptChecksum::of_etag(&unquoted(head.e_tag()?)).filter(|_| is_md5)
                }),
            part_size: None,
        }))
    }

    /// What the store says of an object, with what it takes to compare it with local bytes.
    ///
    /// # Errors
    /// When the store does not tell.
    pub async fn head_with_parts(
        &self,
        destination: &Destination,
    ) -> Result<Option<Head>, Failure> {
        let Some(mut head) = self.head(destination).await? else {
            return Ok(None);
        };
        if head
            .kept
            .as_ref()
            .is_some_and(|checksum| checksum.parts.is_some())
        {
            head.part_size = self.first_part_size(destination).await?;
        }
        Ok(Some(head))
    }

    /// Size of the first part of an object; `None` where the store does not tell.
    async fn first_part_size(&self, destination: &Destination) -> Result<Option<u64>, Failure> {
        self.attempts("HeadObject", 0, |current| async move {
            let builder = current
                .client
                .head_object()
                .bucket(&destination.bucket)
                .key(&destination.key)
                .part_number(1);
            let builder = with_run_options!(self, builder);
            match with_customer_key!(self, builder).send().await {
                Ok(head) => Ok(head.content_length().and_then(|it| u64::try_from(it).ok())),
                Err(error) => {
                    let failure = Failure::of("HeadObject", &error);
                    if failure.class == Class::Retry {
                        Err(failure)
                    } else {
                        Ok(None)
                    }
                }
            }
        })
        .await
    }

    /// Finds, with one request, the object that the upload with `token` made. That *an* object
    /// exists proves nothing: it may be last night's. Its token and its size do.
    pub(super) async fn find(
        &self,
        client: &aws_sdk_s3::Client,
        destination: &Destination,
        token: &str,
        size: u64,
    ) -> Option<Stored> {
        let head = self.head_once(client, destination).await.ok()??;
        head.is_of(token, size).then(|| head.into_stored())
    }

    /// The number of tags that an object has.
    ///
    /// # Errors
    /// When the store does not tell.
    pub async fn tag_count(&self, destination: &Destination) -> Result<usize, Failure> {
        self.attempts("GetObjectTagging", 0, |current| async move {
            let builder = current
                .client
                .get_object_tagging()
                .bucket(&destination.bucket)
                .key(&destination.key);
            let answer = with_run_options!(self, builder).send().await;
            answer
                .map(|answer| answer.tag_set().len())
                .map_err(|error| Failure::of("GetObjectTagging", &error))
        })
        .await
    }
}
