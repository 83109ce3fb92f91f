//! HeadObject: what the store says of an object.

use super::Store;
use super::failure::Failure;
use super::failure_kind::FailureKind;
use super::kept_encryption::{KeptEncryption, kept_encryption};
use super::object_attributes::KeptRetention;
use super::put_object::{Stored, unquoted};
use super::request_options::{with_customer_key, with_run_options};
use super::sdk_checksum::{answered_checksum, declared};
use crate::checksum::Algorithm;
use crate::config::{Destination, TOKEN};
use aws_sdk_s3::types::{ChecksumMode, ObjectLockLegalHoldStatus};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What a HEAD of an object tells.
#[derive(Debug, Clone, Default)]
pub(crate) struct Head {
    /// Size in bytes, where the store tells.
    pub size: Option<u64>,
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
    /// Retention by Object Lock. S3 shows it to those alone who may read it, as it does with the
    /// legal hold and the number of tags: where one is absent, it may be there all the same.
    pub retention: Option<KeptRetention>,
    /// Whether a legal hold is on.
    pub legal_hold: Option<bool>,
    /// Number of tags; S3 leaves 0 out.
    pub tag_count: Option<usize>,
    /// Encryption at rest.
    pub encryption: KeptEncryption,
    /// What the store keeps that local bytes can be compared with.
    pub kept: Option<KeptChecksum>,
    /// Size in bytes of the first of several parts; asked for by `head_with_parts` only.
    pub part_size: Option<u64>,
}

/// A checksum that a store keeps of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptChecksum {
    /// The algorithm; MD5 where it comes from the ETag.
    pub algorithm: Algorithm,
    /// base64, hexadecimal for MD5; with `-N` behind a composite.
    pub value: String,
    /// Number of parts of a composite; `None` where it is one of all the bytes.
    pub parts: Option<u32>,
}

impl KeptChecksum {
    /// What a store, or the journal, shows as `value`.
    pub(crate) fn new(algorithm: Algorithm, value: &str) -> Self {
        let parts = value
            .rsplit_once('-')
            .and_then(|(_, parts)| parts.parse().ok());
        Self {
            algorithm,
            value: value.to_owned(),
            parts,
        }
    }

    /// Whether its value has the length of one of this algorithm.
    pub(super) fn is_whole(&self) -> bool {
        let bytes = match self.algorithm {
            Algorithm::Sha256 => 32,
            Algorithm::Sha1 => 20,
            Algorithm::Crc64Nvme => 8,
            Algorithm::Crc32c | Algorithm::Crc32 => 4,
            Algorithm::Md5 | Algorithm::None => 16,
        };
        let digest = self.value.split('-').next().unwrap_or_default();
        STANDARD.decode(digest).is_ok_and(|raw| raw.len() == bytes)
    }

    /// An ETag that is an MD5, or one of MD5s.
    pub(crate) fn of_etag(etag: &str) -> Option<Self> {
        let kept = Self::new(Algorithm::Md5, etag);
        let hex = etag.split('-').next().unwrap_or_default();
        let is_md5 = hex.len() == 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_md5.then_some(kept)
    }
}

impl Head {
    /// Whether the object is the one that the upload with `token` made of `size` bytes.
    pub(crate) fn is_of(&self, token: &str, size: u64) -> bool {
        // A store that tells no size still tells which upload made the object.
        self.token.as_deref() == Some(token) && self.size.is_none_or(|it| it == size)
    }

    /// The object of an upload whose answer was lost.
    pub(crate) fn into_stored(self) -> Stored {
        Stored {
            etag: self.etag,
            version_id: self.version_id,
            encryption: self.encryption,
            settled: true,
            ..Stored::default()
        }
    }
}

impl Store {
    /// What the store says of an object; `None` when there is none.
    ///
    /// # Errors
    /// When the store does not tell.
    pub(crate) async fn head(&self, destination: &Destination) -> Result<Option<Head>, Failure> {
        self.attempts("HeadObject", |current| async move {
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
        let builder = with_run_options!(self.options, builder);
        let answer = with_customer_key!(self.options, builder).send().await;
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
            size: head.content_length().and_then(|it| u64::try_from(it).ok()),
            etag: head.e_tag().map(unquoted).filter(|etag| !etag.is_empty()),
            checksum: answered_checksum!(algorithm, head).map(ToOwned::to_owned),
            version_id: head.version_id().map(ToOwned::to_owned),
            token: head.metadata().and_then(|it| it.get(TOKEN)).cloned(),
            storage_class: head.storage_class().map(|it| it.as_str().to_owned()),
            retention: head.object_lock_mode().map(|mode| {
                KeptRetention::new(mode.as_str(), head.object_lock_retain_until_date())
            }),
            legal_hold: head
                .object_lock_legal_hold_status()
                .map(|it| *it == ObjectLockLegalHoldStatus::On),
            tag_count: head.tag_count().and_then(|it| usize::try_from(it).ok()),
            encryption: kept_encryption!(head),
            kept: Algorithm::all()
                .find_map(|it| Some(KeptChecksum::new(it, answered_checksum!(it, head)?)))
                .or_else(|| {
                    let is_md5 = self.etag_is_md5(head.server_side_encryption());
                    KeptChecksum::of_etag(&unquoted(head.e_tag()?)).filter(|_| is_md5)
                }),
            part_size: None,
        }))
    }

    /// Whether an object can be read without the customer's key of this run; S3 answers 400 where
    /// it was encrypted with such a key.
    ///
    /// # Errors
    /// When the store does not tell, or has no object.
    pub(crate) async fn is_readable_without_key(
        &self,
        destination: &Destination,
    ) -> Result<bool, Failure> {
        self.attempts("HeadObject", |current| async move {
            let builder = current
                .client
                .head_object()
                .bucket(&destination.bucket)
                .key(&destination.key);
            match with_run_options!(self.options, builder).send().await {
                Ok(head) => Ok(head.sse_customer_algorithm().is_none()),
                Err(error) => {
                    let failure = Failure::of("HeadObject", &error);
                    match failure.status {
                        Some(400) => Ok(false),
                        _ => Err(failure),
                    }
                }
            }
        })
        .await
    }

    /// What the store says of an object, with what it takes to compare it with local bytes.
    ///
    /// # Errors
    /// When the store does not tell.
    pub(crate) async fn head_with_parts(
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
            head.part_size = self.part_size(destination, 1).await?;
        }
        Ok(Some(head))
    }

    /// Size of part `number` of an object; `None` where the store does not tell. One that heeds no part
    /// number tells the size of the whole.
    ///
    /// # Errors
    /// When it could not be asked.
    pub(super) async fn part_size(
        &self,
        destination: &Destination,
        number: u32,
    ) -> Result<Option<u64>, Failure> {
        let number = i32::try_from(number).unwrap_or(i32::MAX);
        self.attempts("HeadObject", |current| async move {
            let builder = current
                .client
                .head_object()
                .bucket(&destination.bucket)
                .key(&destination.key)
                .part_number(number);
            let builder = with_run_options!(self.options, builder);
            match with_customer_key!(self.options, builder).send().await {
                Ok(head) => Ok(head.content_length().and_then(|it| u64::try_from(it).ok())),
                Err(error) => {
                    let failure = Failure::of("HeadObject", &error);
                    if failure.kind == FailureKind::Retry {
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
}
