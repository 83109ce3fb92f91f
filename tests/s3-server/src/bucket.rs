//! HeadBucket, and what a bucket is set to.

use crate::builder::Config;
use crate::failure::Failure;
use crate::http::Answer;
use crate::log::Request;
use crate::state::{Bucket, BucketSettings, State};
use crate::xml;

pub(crate) fn head(config: &Config) -> Answer {
    Answer::new(200).with("x-amz-bucket-region", &config.region)
}

fn find<'a>(state: &'a State, request: &Request) -> Option<&'a Bucket> {
    state.buckets.get(&request.bucket)
}

fn settings<'a>(state: &'a State, request: &Request) -> Option<&'a BucketSettings> {
    find(state, request).map(|it| &it.settings)
}

pub(crate) fn versioning(state: &State, request: &Request) -> Answer {
    let bucket = find(state, request).filter(|it| it.has_versions());
    let status = bucket.map(|it| match it.settings.suspended {
        true => "Suspended",
        false => "Enabled",
    });
    let status = status.map(|it| xml::element("Status", it));
    let text = xml::document("VersioningConfiguration", &status.unwrap_or_default());
    Answer::xml(200, text)
}

pub(crate) fn object_lock(state: &State, request: &Request) -> Result<Answer, Failure> {
    let bucket = find(state, request).filter(|it| it.options.object_lock);
    let Some(bucket) = bucket else {
        let message = "Object Lock configuration does not exist for this bucket";
        let code = "ObjectLockConfigurationNotFoundError";
        return Err(Failure::new(404, code, message));
    };
    let mut inner = xml::element("ObjectLockEnabled", "Enabled");
    if bucket.settings.default_retention {
        inner.push_str(
            "<Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>1</Days></DefaultRetention></Rule>",
        );
    }
    let text = xml::document("ObjectLockConfiguration", &inner);
    Ok(Answer::xml(200, text))
}

/// As on S3, where all that is stored is encrypted.
pub(crate) fn encryption(state: &State, request: &Request) -> Answer {
    let key = settings(state, request).and_then(|it| it.kms_key.as_deref());
    let default = match key {
        Some(key) => [
            xml::element("SSEAlgorithm", "aws:kms"),
            xml::element("KMSMasterKeyID", key),
        ]
        .concat(),
        None => xml::element("SSEAlgorithm", "AES256"),
    };
    let name = "ApplyServerSideEncryptionByDefault";
    let rule = format!("<Rule><{name}>{default}</{name}></Rule>");
    Answer::xml(
        200,
        xml::document("ServerSideEncryptionConfiguration", &rule),
    )
}

pub(crate) fn lifecycle(state: &State, request: &Request) -> Result<Answer, Failure> {
    let prefix = settings(state, request).and_then(|it| it.abort_rule.as_deref());
    let Some(prefix) = prefix else {
        let message = "The lifecycle configuration does not exist";
        return Err(Failure::new(404, "NoSuchLifecycleConfiguration", message));
    };
    let days = xml::element("DaysAfterInitiation", "7");
    let inner = [
        xml::element("ID", "abort"),
        xml::element("Status", "Enabled"),
        format!("<Filter>{}</Filter>", xml::element("Prefix", prefix)),
        format!("<AbortIncompleteMultipartUpload>{days}</AbortIncompleteMultipartUpload>"),
    ];
    let rule = format!("<Rule>{}</Rule>", inner.concat());
    Ok(Answer::xml(
        200,
        xml::document("LifecycleConfiguration", &rule),
    ))
}
