//! What a bucket is set to: versioning, Object Lock, encryption, lifecycle rules.

use super::Store;
use super::failure::Failure;
use aws_sdk_s3::types::{
    BucketVersioningStatus, ExpirationStatus, LifecycleRule, ObjectLockEnabled,
    ServerSideEncryptionRule,
};

/// Whether a bucket keeps the versions of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Versioning {
    /// It never did.
    Off,
    /// It does.
    Enabled,
    /// It did, and keeps those.
    Suspended,
}

/// Object Lock of a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ObjectLock {
    /// It has none.
    Off,
    /// Objects may be locked.
    On,
    /// Each new object is locked: mode and time, in words.
    ByDefault(String),
}

/// Asks for a setting of the bucket. `$absent` are the codes by which a store says that there is none.
macro_rules! ask {
    ($store:expr, $operation:literal, $method:ident, $bucket:expr, $absent:expr, $read:expr) => {{
        let (store, bucket) = ($store, $bucket);
        store
            .attempts($operation, |current| async move {
                let owner = store.options.connection.expected_bucket_owner.clone();
                let builder = current.client.$method().bucket(bucket);
                match builder.set_expected_bucket_owner(owner).send().await {
                    Ok(answer) => Ok(Some($read(&answer))),
                    Err(error) => {
                        let failure = Failure::of($operation, &error);
                        let code = failure.code.as_deref().unwrap_or_default();
                        match $absent.contains(&code) {
                            true => Ok(None),
                            false => Err(failure.final_if_answered()),
                        }
                    }
                }
            })
            .await
    }};
}

const NO_CODES: [&str; 0] = [];

impl Store {
    /// Whether the bucket keeps versions.
    ///
    /// # Errors
    /// When the store does not tell.
    pub(crate) async fn versioning(&self, bucket: &str) -> Result<Versioning, Failure> {
        use aws_sdk_s3::operation::get_bucket_versioning::GetBucketVersioningOutput as Answer;
        let read = |answer: &Answer| match answer.status() {
            None => Versioning::Off,
            Some(BucketVersioningStatus::Suspended) => Versioning::Suspended,
            // What is not known is treated like versions, of which each is deleted by its id.
            Some(_) => Versioning::Enabled,
        };
        let found = ask!(
            self,
            "GetBucketVersioning",
            get_bucket_versioning,
            bucket,
            NO_CODES,
            read
        )?;
        Ok(found.unwrap_or(Versioning::Off))
    }

    /// Whether objects of the bucket may be locked, or are.
    ///
    /// # Errors
    /// When the store does not tell.
    pub(crate) async fn object_lock(&self, bucket: &str) -> Result<ObjectLock, Failure> {
        use aws_sdk_s3::operation::get_object_lock_configuration::GetObjectLockConfigurationOutput as Answer;
        const ABSENT: [&str; 2] = [
            "ObjectLockConfigurationNotFoundError",
            "NoSuchObjectLockConfiguration",
        ];
        let read = |answer: &Answer| {
            let lock = answer.object_lock_configuration();
            let rule = lock.and_then(|it| it.rule());
            if let Some(rule) = rule {
                return ObjectLock::ByDefault(retention_in_words(rule));
            }
            match lock.and_then(|it| it.object_lock_enabled()) {
                Some(ObjectLockEnabled::Enabled) => ObjectLock::On,
                _ => ObjectLock::Off,
            }
        };
        let found = ask!(
            self,
            "GetObjectLockConfiguration",
            get_object_lock_configuration,
            bucket,
            ABSENT,
            read
        )?;
        Ok(found.unwrap_or(ObjectLock::Off))
    }

    /// How the bucket encrypts what is stored without a word about it, in words; `None` where it does not.
    ///
    /// # Errors
    /// When the store does not tell.
    pub(crate) async fn default_encryption(&self, bucket: &str) -> Result<Option<String>, Failure> {
        use aws_sdk_s3::operation::get_bucket_encryption::GetBucketEncryptionOutput as Answer;
        const ABSENT: [&str; 1] = ["ServerSideEncryptionConfigurationNotFoundError"];
        let read = |answer: &Answer| {
            let rules = answer.server_side_encryption_configuration();
            rules?.rules().iter().find_map(encryption_in_words)
        };
        let found = ask!(
            self,
            "GetBucketEncryption",
            get_bucket_encryption,
            bucket,
            ABSENT,
            read
        )?;
        Ok(found.flatten())
    }

    /// The lifecycle rules of the bucket.
    ///
    /// # Errors
    /// When the store does not tell.
    pub(crate) async fn lifecycle(&self, bucket: &str) -> Result<Vec<AbortRule>, Failure> {
        use aws_sdk_s3::operation::get_bucket_lifecycle_configuration::GetBucketLifecycleConfigurationOutput as Answer;
        const ABSENT: [&str; 1] = ["NoSuchLifecycleConfiguration"];
        let read = |answer: &Answer| answer.rules().iter().map(AbortRule::of).collect();
        let found = ask!(
            self,
            "GetBucketLifecycleConfiguration",
            get_bucket_lifecycle_configuration,
            bucket,
            ABSENT,
            read
        )?;
        Ok(found.unwrap_or_default())
    }
}

/// A lifecycle rule, as far as unfinished uploads go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AbortRule {
    /// What the keys begin with that it is for; `None` where it is not in force, or asks for more than that.
    pub prefix: Option<String>,
    /// Days after which an unfinished upload is aborted; `None` where none is.
    pub days: Option<i32>,
}

impl AbortRule {
    #[allow(deprecated)] // Older rules have their prefix outside of the filter.
    fn of(rule: &LifecycleRule) -> Self {
        let abort = rule.abort_incomplete_multipart_upload();
        let filter = rule.filter();
        let and = filter.and_then(|it| it.and());
        let prefixes = [
            filter.and_then(|it| it.prefix()),
            and.and_then(|it| it.prefix()),
            rule.prefix(),
        ];
        let prefix = prefixes.into_iter().flatten().next().unwrap_or_default();
        let asks_for_more = filter.is_some_and(|it| it.tag().is_some())
            || and.is_some_and(|it| !it.tags().is_empty());
        let is_in_force = *rule.status() == ExpirationStatus::Enabled && !asks_for_more;
        Self {
            prefix: is_in_force.then(|| prefix.to_owned()),
            days: abort.and_then(|it| it.days_after_initiation()),
        }
    }
}

fn retention_in_words(rule: &aws_sdk_s3::types::ObjectLockRule) -> String {
    let Some(kept) = rule.default_retention() else {
        return "an unknown time".to_owned();
    };
    let mode = kept.mode().map_or("an unknown mode", |it| it.as_str());
    match (kept.days(), kept.years()) {
        (Some(days), _) => format!("{mode} for {days} days"),
        (None, Some(years)) => format!("{mode} for {years} years"),
        (None, None) => format!("{mode} for an unknown time"),
    }
}

fn encryption_in_words(rule: &ServerSideEncryptionRule) -> Option<String> {
    let default = rule.apply_server_side_encryption_by_default()?;
    let algorithm = default.sse_algorithm().as_str();
    let key = default.kms_master_key_id();
    Some(key.map_or_else(
        || algorithm.to_owned(),
        |key| format!("{algorithm} with the key {key}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_s3::types::{
        AbortIncompleteMultipartUpload as Abort, LifecycleRuleAndOperator as And,
        LifecycleRuleFilter as Filter, Tag,
    };

    fn rule(status: ExpirationStatus, filter: Filter) -> AbortRule {
        let abort = Abort::builder().days_after_initiation(7).build();
        let rule = LifecycleRule::builder().status(status).filter(filter);
        let rule = rule.abort_incomplete_multipart_upload(abort);
        AbortRule::of(&rule.build().unwrap())
    }

    #[test]
    fn a_rule_is_for_a_prefix_unless_it_is_off_or_asks_for_a_tag() {
        let on = || ExpirationStatus::Enabled;
        let prefix = || Filter::builder().prefix("p/").build();
        let found = rule(on(), prefix());
        assert_eq!((found.prefix.as_deref(), found.days), (Some("p/"), Some(7)));
        let all = rule(on(), Filter::builder().build());
        assert_eq!(all.prefix.as_deref(), Some(""));
        assert_eq!(rule(ExpirationStatus::Disabled, prefix()).prefix, None);
        let tag = Tag::builder().key("a").value("b").build().unwrap();
        let and = And::builder().prefix("q/").tags(tag).build();
        assert_eq!(rule(on(), Filter::builder().and(and).build()).prefix, None);
        let and = And::builder().prefix("q/").build();
        let found = rule(on(), Filter::builder().and(and).build());
        assert_eq!(found.prefix.as_deref(), Some("q/"));
    }
}
