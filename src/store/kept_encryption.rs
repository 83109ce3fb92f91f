//! Encryption at rest, as the store's answers tell it.

use aws_sdk_s3::types::ServerSideEncryption;
use serde::{Deserialize, Serialize};

/// What a store says of an object's encryption. S3 says it in the answers to PutObject,
/// CreateMultipartUpload, CompleteMultipartUpload (but for customers' keys) and HeadObject.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptEncryption {
    /// Type: `AES256`, `aws:kms`, `aws:kms:dsse`, or one of the store's own.
    pub sse: Option<String>,
    /// Id or ARN of the KMS key.
    pub kms_key_id: Option<String>,
    /// Whether a customer's key was used.
    pub customer_key: bool,
    /// base64 of the MD5 of that key.
    pub customer_key_md5: Option<String>,
}

impl KeptEncryption {
    pub(super) fn with_customer_key(self, algorithm: Option<&str>, md5: Option<&str>) -> Self {
        Self {
            customer_key: algorithm.is_some_and(|it| !it.is_empty()),
            customer_key_md5: given(md5),
            ..self
        }
    }

    /// The same, where a later answer says nothing else.
    pub(super) fn then(&self, sse: Option<&ServerSideEncryption>, key_id: Option<&str>) -> Self {
        Self {
            sse: given(sse.map(ServerSideEncryption::as_str)).or_else(|| self.sse.clone()),
            kms_key_id: given(key_id).or_else(|| self.kms_key_id.clone()),
            ..self.clone()
        }
    }
}

fn given(value: Option<&str>) -> Option<String> {
    value.filter(|it| !it.is_empty()).map(ToOwned::to_owned)
}

/// The encryption that an answer tells; the SDK has a type for each operation's.
macro_rules! kept_encryption {
    ($answer:expr) => {
        $crate::store::KeptEncryption::default()
            .then($answer.server_side_encryption(), $answer.ssekms_key_id())
            .with_customer_key(
                $answer.sse_customer_algorithm(),
                $answer.sse_customer_key_md5(),
            )
    };
}

pub(super) use kept_encryption;
