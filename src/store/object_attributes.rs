//! What HeadObject leaves out, or shows to those alone who may read it: retention, legal hold, tags
//! and the access control list, each by an operation of its own.

use super::Store;
use super::failure::Failure;
use super::failure_kind::FailureKind;
use super::request_options::with_run_options;
use crate::config::{Destination, ObjectOptions};
use aws_sdk_s3::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::{Grant, ObjectLockLegalHoldStatus, Tag, Tagging};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use std::time::SystemTime;

/// Answers that say for certain that an object has no retention and no legal hold. The last is
/// said by AWS of a bucket without Object Lock, under the code InvalidRequest.
const NO_LOCK: [&str; 3] = [
    "NoSuchObjectLockConfiguration",
    "ObjectLockConfigurationNotFoundError",
    "Bucket is missing Object Lock Configuration",
];
/// Answers that say for certain that an object has no tags.
const NO_TAGS: [&str; 2] = ["NoSuchTagSet", "NoSuchTagSetError"];

/// A retention by Object Lock, as the store shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptRetention {
    /// `GOVERNANCE` or `COMPLIANCE`, on S3.
    pub mode: String,
    /// The time until which it holds.
    pub until: Option<SystemTime>,
}

impl KeptRetention {
    pub(super) fn new(mode: &str, until: Option<&DateTime>) -> Self {
        Self {
            mode: mode.to_owned(),
            until: until.and_then(|it| SystemTime::try_from(*it).ok()),
        }
    }
}

/// What a group of users may do with an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GroupGrant {
    /// URI of the group.
    pub group: String,
    /// `READ`, `WRITE`, `FULL_CONTROL` and others.
    pub permission: String,
}

impl GroupGrant {
    fn of(grant: &Grant) -> Option<Self> {
        Some(Self {
            group: grant.grantee()?.uri()?.to_owned(),
            permission: grant.permission()?.as_str().to_owned(),
        })
    }
}

impl Store {
    /// The retention of an object; `None` where the store says that there is none.
    ///
    /// # Errors
    /// When the store does not tell.
    pub(crate) async fn retention(
        &self,
        destination: &Destination,
    ) -> Result<Option<KeptRetention>, Failure> {
        self.attempts("GetObjectRetention", |current| async move {
            let builder = current
                .client
                .get_object_retention()
                .bucket(&destination.bucket)
                .key(&destination.key);
            match with_run_options!(self.options, builder).send().await {
                Ok(answer) => Ok(answer.retention().and_then(|it| {
                    let mode = it.mode()?.as_str();
                    Some(KeptRetention::new(mode, it.retain_until_date()))
                })),
                Err(error) if says(&error, &NO_LOCK) => Ok(None),
                Err(error) => Err(Failure::of("GetObjectRetention", &error)),
            }
        })
        .await
    }

    /// Whether a legal hold is on an object.
    ///
    /// # Errors
    /// When the store does not tell.
    pub(crate) async fn legal_hold(&self, destination: &Destination) -> Result<bool, Failure> {
        self.attempts("GetObjectLegalHold", |current| async move {
            let builder = current
                .client
                .get_object_legal_hold()
                .bucket(&destination.bucket)
                .key(&destination.key);
            match with_run_options!(self.options, builder).send().await {
                Ok(answer) => {
                    let status = answer.legal_hold().and_then(|it| it.status());
                    Ok(status == Some(&ObjectLockLegalHoldStatus::On))
                }
                Err(error) if says(&error, &NO_LOCK) => Ok(false),
                Err(error) => Err(Failure::of("GetObjectLegalHold", &error)),
            }
        })
        .await
    }

    /// The number of tags that an object has.
    ///
    /// # Errors
    /// When the store does not tell.
    pub(crate) async fn tag_count(&self, destination: &Destination) -> Result<usize, Failure> {
        self.attempts("GetObjectTagging", |current| async move {
            let builder = current
                .client
                .get_object_tagging()
                .bucket(&destination.bucket)
                .key(&destination.key);
            match with_run_options!(self.options, builder).send().await {
                Ok(answer) => Ok(answer.tag_set().len()),
                Err(error) if says(&error, &NO_TAGS) => Ok(0),
                Err(error) => Err(Failure::of("GetObjectTagging", &error)),
            }
        })
        .await
    }

    /// Gives an object, or this version of it, the tags of this run.
    ///
    /// # Errors
    /// When the store does not.
    pub(crate) async fn set_tags(
        &self,
        destination: &Destination,
        version_id: Option<&str>,
    ) -> Result<(), Failure> {
        let operation = "PutObjectTagging";
        self.attempts(operation, |current| async move {
            let tags = tagging(&self.options.object).map_err(|error| {
                Failure::local(operation, FailureKind::Fatal, error.to_string())
            })?;
            let builder = current
                .client
                .put_object_tagging()
                .bucket(&destination.bucket)
                .key(&destination.key)
                .set_version_id(version_id.map(ToOwned::to_owned))
                .tagging(tags);
            let answer = with_run_options!(self.options, builder).send().await;
            answer
                .map(drop)
                .map_err(|error| Failure::of(operation, &error))
        })
        .await
    }

    /// What the access control list of an object grants to groups.
    ///
    /// # Errors
    /// When the store does not tell.
    pub(crate) async fn group_grants(
        &self,
        destination: &Destination,
    ) -> Result<Vec<GroupGrant>, Failure> {
        self.attempts("GetObjectAcl", |current| async move {
            let builder = current
                .client
                .get_object_acl()
                .bucket(&destination.bucket)
                .key(&destination.key);
            let answer = with_run_options!(self.options, builder).send().await;
            let answer = answer.map_err(|error| Failure::of("GetObjectAcl", &error))?;
            Ok(answer.grants().iter().filter_map(GroupGrant::of).collect())
        })
        .await
    }
}

fn tagging(object: &ObjectOptions) -> Result<Tagging, BuildError> {
    let tags = object
        .tags
        .iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build());
    let tags: Vec<Tag> = tags.collect::<Result<_, _>>()?;
    Tagging::builder().set_tag_set(Some(tags)).build()
}

/// Whether an error says one of these, by its code or its message.
fn says<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>, words: &[&str]) -> bool {
    let said = [error.code(), error.message()];
    said.into_iter().flatten().any(|it| words.contains(&it))
}
