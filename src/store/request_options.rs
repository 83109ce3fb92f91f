//! What the requests have in common: options of the run, options of the object.

use crate::checksum::Digests;
use crate::config::{Connection, LockMode, ObjectOptions, TOKEN};
use aws_sdk_s3::types::ObjectLockMode;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use url::form_urlencoded;

/// What all requests of a run go by.
#[derive(Debug, Clone)]
pub(super) struct RequestOptions {
    pub(super) connection: Arc<Connection>,
    pub(super) object: Arc<ObjectOptions>,
    /// Whether a commit has the condition that nothing is there yet.
    pub(super) no_overwrite: bool,
    /// Whether signatures cover the bytes of an object.
    pub(super) signed_payload: bool,
}

impl RequestOptions {
    /// What the signature says of the bytes: their SHA-256, or nothing.
    pub(super) fn signed_sha256(&self, digests: &Digests) -> Option<[u8; 32]> {
        digests.payload_sha256.filter(|_| self.signed_payload)
    }
}

/// Sets what goes on every request of a run: who pays, and who must own the bucket.
macro_rules! with_run_options {
    ($options:expr, $builder:expr) => {
        $builder
            .set_expected_bucket_owner($options.connection.expected_bucket_owner.clone())
            .set_request_payer(
                $options
                    .connection
                    .request_payer
                    .then_some(aws_sdk_s3::types::RequestPayer::Requester),
            )
    };
}

/// Sets the headers of a customer's own encryption key.
macro_rules! with_customer_key {
    ($options:expr, $builder:expr) => {{
        let builder = $builder;
        match &$options.object.encryption {
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
    ($options:expr, $key:expr, $token:expr, $builder:expr) => {{
        use aws_sdk_s3::types::{
            ObjectCannedAcl, ObjectLockLegalHoldStatus, ServerSideEncryption, StorageClass,
        };
        let object = &$options.object;
        let builder = $crate::store::request_options::with_customer_key!($options, $builder)
            .set_content_type(object.content_type_of($key))
            .set_content_encoding(object.content_encoding.clone())
            .set_content_disposition(object.content_disposition.clone())
            .set_content_language(object.content_language.clone())
            .set_cache_control(object.cache_control.clone())
            .set_expires(object.expires.map(Into::into))
            .set_metadata($crate::store::request_options::metadata(object, $token))
            .set_tagging($crate::store::request_options::tagging(object))
            .set_storage_class(object.storage_class.as_deref().map(StorageClass::from))
            .set_acl(object.acl.as_deref().map(ObjectCannedAcl::from))
            .set_object_lock_mode(
                object
                    .lock
                    .map(|(mode, _)| $crate::store::request_options::mode(mode)),
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

pub(super) use {with_customer_key, with_object_options, with_run_options};

/// A token that no other upload has.
pub(crate) fn new_token() -> String {
    format!("{:032x}", fastrand::u128(..))
}

/// Attempts that may have had an effect although no answer says so. One that is cut short by its
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
}
