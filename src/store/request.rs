//! What the requests have in common: options of the run, options of the object, the payload.

use super::client::Current;
use crate::checksum::{Algorithm, Checksum, Digests};
use crate::config::{LockMode, ObjectOptions, TOKEN};
use aws_runtime::auth::PayloadSigningOverride;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use aws_sdk_s3::types::ObjectLockMode;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextMut, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_types::config_bag::{Storable, StoreReplace};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use url::form_urlencoded;

/// Sets what goes on every request of a run: who pays, and who must own the bucket.
macro_rules! with_run_options {
    ($store:expr, $builder:expr) => {
        $builder
            .set_expected_bucket_owner($store.connection.expected_bucket_owner.clone())
            .set_request_payer(
                $store
                    .connection
                    .request_payer
                    .then_some(aws_sdk_s3::types::RequestPayer::Requester),
            )
    };
}

/// Sets the headers of a customer's own encryption key.
macro_rules! with_customer_key {
    ($store:expr, $builder:expr) => {{
        let builder = $builder;
        match &$store.object.encryption {
            $crate::config::Encryption::Customer(key) => builder
                .sse_customer_algorithm("AES256")
                .sse_customer_key(key.key.expose())
                .sse_customer_key_md5(&key.md5),
            _ => builder,
        }
    }};
}

/// Sets what is stored along with the bytes. PutObject and CreateMultipartUpload take the same, in
/// builders of two types.
macro_rules! with_object_options {
    ($store:expr, $key:expr, $token:expr, $builder:expr) => {{
        use aws_sdk_s3::types::{
            ObjectCannedAcl, ObjectLockLegalHoldStatus, ServerSideEncryption, StorageClass,
        };
        let object = &$store.object;
        let builder = $crate::store::request::with_customer_key!($store, $builder)
            .set_content_type(object.content_type_of($key))
            .set_content_encoding(object.content_encoding.clone())
            .set_content_disposition(object.content_disposition.clone())
            .set_content_language(object.content_language.clone())
            .set_cache_control(object.cache_control.clone())
            .set_expires(object.expires.map(Into::into))
            .set_metadata($crate::store::request::metadata(object, $token))
            .set_tagging($crate::store::request::tagging(object))
            .set_storage_class(object.storage_class.as_deref().map(StorageClass::from))
            .set_acl(object.acl.as_deref().map(ObjectCannedAcl::from))
            .set_object_lock_mode(
                object
                    .lock
                    .map(|(mode, _)| $crate::store::request::mode(mode)),
            )
            .set_object_lock_retain_until_date(object.lock.map(|(_, until)| until.into()))
            .set_object_lock_legal_hold_status(
                object.legal_hold.then_some(ObjectLockLegalHoldStatus::On),
            )
            .set_website_redirect_location(object.website_redirect.clone());
        match &object.encryption {
            $crate::config::Encryption::S3 => {
                builder.server_side_encryption(ServerSideEncryption::Aes256)
            }
            $crate::config::Encryption::Kms {
                dsse,
                key_id,
                context,
                bucket_key,
            } => builder
                .server_side_encryption(if *dsse {
                    ServerSideEncryption::AwsKmsDsse
                } else {
                    ServerSideEncryption::AwsKms
                })
                .set_ssekms_key_id(key_id.clone())
                .set_ssekms_encryption_context(context.clone())
                .set_bucket_key_enabled(bucket_key.then_some(true)),
            $crate::config::Encryption::BucketDefault | $crate::config::Encryption::Customer(_) => {
                builder
            }
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
                let value = checksum.base64();
                let builder = match $crate::store::request::declared(checksum.algorithm) {
                    Some(algorithm) => builder.checksum_algorithm(algorithm),
                    None => builder,
                };
                match checksum.algorithm {
                    $crate::checksum::Algorithm::Sha256 => builder.checksum_sha256(value),
                    $crate::checksum::Algorithm::Sha1 => builder.checksum_sha1(value),
                    $crate::checksum::Algorithm::Crc64Nvme => builder.checksum_crc64_nvme(value),
                    $crate::checksum::Algorithm::Crc32c => builder.checksum_crc32_c(value),
                    $crate::checksum::Algorithm::Crc32 => builder.checksum_crc32(value),
                    $crate::checksum::Algorithm::Md5 => builder.content_md5(value),
                    $crate::checksum::Algorithm::None => builder,
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

pub(super) use {
    answered_checksum, with_checksum, with_customer_key, with_object_options, with_run_options,
};

/// A token that no other upload has.
pub fn new_token() -> String {
    format!("{:032x}", fastrand::u128(..))
}

/// Attempts that may have had an effect although no answer told of it. One that is cut short by its
/// time limit never ends.
#[derive(Debug, Default)]
pub(super) struct Uncertain {
    begun: AtomicU32,
    clear: AtomicU32,
}

impl Uncertain {
    pub(super) fn begin(&self) {
        self.begun.fetch_add(1, Relaxed);
    }

    /// An attempt has ended; `clear` whether its effect is known.
    pub(super) fn end(&self, clear: bool) {
        self.clear.fetch_add(u32::from(clear), Relaxed);
    }

    pub(super) fn any(&self) -> bool {
        self.begun.load(Relaxed) > self.clear.load(Relaxed)
    }
}

/// The user's metadata, and the token of the upload.
pub(super) fn metadata(
    object: &ObjectOptions,
    token: Option<&str>,
) -> Option<HashMap<String, String>> {
    let mut metadata: HashMap<_, _> = object.metadata.iter().cloned().collect();
    if let Some(token) = token {
        metadata.insert(TOKEN.to_owned(), token.to_owned());
    }
    (!metadata.is_empty()).then_some(metadata)
}

/// The tags as the header carries them.
pub(super) fn tagging(object: &ObjectOptions) -> Option<String> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(&object.tags);
    // Ceph keeps a + as it is; %20 is a blank everywhere.
    let tagging = query.finish().replace('+', "%20");
    (!tagging.is_empty()).then_some(tagging)
}

pub(super) fn mode(mode: LockMode) -> ObjectLockMode {
    match mode {
        LockMode::Governance => ObjectLockMode::Governance,
        LockMode::Compliance => ObjectLockMode::Compliance,
    }
}

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

/// Hands the signer the payload hash that was computed while reading: over http it would hash the
/// payload a second time, over https leave it unsigned. Shows the signed request to `Direct`.
#[derive(Debug)]
pub(super) struct SignedPayload {
    payload: PayloadSigningOverride,
    bucket: String,
    current: Arc<Current>,
}

impl SignedPayload {
    pub(super) fn of(digests: &Digests, bucket: &str, current: &Arc<Current>) -> Self {
        let payload = match &digests.payload_sha256 {
            Some(sha256) => PayloadSigningOverride::Precomputed(hex::encode(sha256)),
            None => PayloadSigningOverride::UnsignedPayload,
        };
        Self {
            payload,
            bucket: bucket.to_owned(),
            current: Arc::clone(current),
        }
    }
}

/// Path and query of a request, before it has an endpoint.
#[derive(Debug)]
struct Relative(String);

impl Storable for Relative {
    type Storer = StoreReplace<Self>;
}

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for SignedPayload {
    fn name(&self) -> &'static str {
        "SignedPayload"
    }

    fn read_after_serialization(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let relative = Relative(context.request().uri().to_owned());
        config.interceptor_state().store_put(relative);
        Ok(())
    }

    fn modify_before_signing(
        &self,
        _: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().store_put(self.payload.clone());
        Ok(())
    }

    fn read_after_signing(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(Relative(relative)) = config.load::<Relative>() {
            let direct = &self.current.direct;
            direct.learn(&self.bucket, relative, context.request());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_encoded() {
        let tags = vec![
            ("a b".to_owned(), "1&2".to_owned()),
            ("ü".to_owned(), "+".to_owned()),
        ];
        let object = ObjectOptions {
            tags,
            ..ObjectOptions::default()
        };
        assert_eq!(tagging(&object).unwrap(), "a%20b=1%262&%C3%BC=%2B");
        assert_eq!(tagging(&ObjectOptions::default()), None);
    }

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
