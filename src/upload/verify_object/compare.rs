//! A look at the object: HeadObject first, then what that does not show.

use super::findings::{Findings, Verdict};
use super::{acl, distrust, encryption, object_lock};
use crate::config::{Destination, Encryption, ObjectOptions};
use crate::error::Result;
use crate::store::{Failure, Head, Store};
use crate::upload::Committed;
use std::time::Duration;
use tokio::time::sleep;
use tracing::info;

/// Waits before an object that the store does not show yet is looked for again.
const NOT_YET: [Duration; 3] = [
    Duration::from_millis(200),
    Duration::from_millis(500),
    Duration::from_secs(1),
];

/// Whether anything is to be looked at.
pub(super) fn is_needed(asked: &ObjectOptions, committed: &Committed) -> bool {
    needs_head(asked, committed)
        || asked.acl.as_deref().and_then(acl::readers).is_some()
        || encryption::compare(&asked.encryption, &committed.stored.encryption) != Verdict::AsAsked
}

fn needs_head(asked: &ObjectOptions, committed: &Committed) -> bool {
    let stored = &committed.stored;
    // No store is known that keeps a checksum of a PutObject and does not echo it (observed on
    // SeaweedFS, Garage, Ceph, Swift, moto, s3s-fs and s3rver): for a single request, a look would
    // double the work and tell nothing new. An upload of many parts is put together by the store, so
    // its size is always looked at.
    let put_together = committed.parts > 1;
    (put_together && !stored.verified)
        || encryption::compare(&asked.encryption, &stored.encryption) == Verdict::Unknown
        || (stored.settled && !stored.verified)
        || stored.etag.is_none()
        || asked.storage_class.is_some()
        || asked.lock.is_some()
        || asked.legal_hold
        || !asked.tags.is_empty()
}

/// A look at one object.
pub(super) struct Look<'a> {
    pub(super) store: Store,
    pub(super) destination: &'a Destination,
    pub(super) asked: &'a ObjectOptions,
    pub(super) committed: &'a mut Committed,
    pub(super) findings: &'a mut Findings,
}

impl Look<'_> {
    /// Looks, and notes what is not as asked.
    ///
    /// # Errors
    /// When the object is not the one that was sent.
    pub(super) async fn run(&mut self) -> Result<()> {
        let verdict =
            encryption::compare(&self.asked.encryption, &self.committed.stored.encryption);
        if let Verdict::NotAsAsked(why) = &verdict {
            self.findings.wrong(why.clone());
        }
        let mut head = None;
        if needs_head(self.asked, self.committed) {
            match self.head().await {
                Ok(None) => return Err(distrust("there is none under the key".to_owned())),
                Ok(Some(found)) => {
                    self.compare_bytes(&found)?;
                    self.storage_class(&found);
                    head = Some(found);
                }
                Err(failure) if failure.status.is_none() => {
                    self.not_answered(&failure);
                    return Ok(());
                }
                Err(failure) => info!("the object can't be looked at: {failure}"),
            }
        }
        if verdict == Verdict::Unknown {
            self.encryption(head.as_ref()).await;
        }
        self.retention(head.as_ref()).await;
        self.legal_hold(head.as_ref()).await;
        self.tags(head.as_ref()).await;
        self.acl().await;
        Ok(())
    }

    /// The object, which the store may show a moment later only.
    async fn head(&self) -> Result<Option<Head>, Failure> {
        for wait in NOT_YET {
            if let Some(head) = self.store.head(self.destination).await? {
                return Ok(Some(head));
            }
            sleep(wait).await;
        }
        self.store.head(self.destination).await
    }

    /// Nothing can be said. That matters where something was asked for.
    fn not_answered(&mut self, failure: &Failure) {
        let asked = self.asked;
        let protected = !matches!(asked.encryption, Encryption::BucketDefault)
            || asked.lock.is_some()
            || asked.legal_hold;
        let described =
            !asked.tags.is_empty() || asked.storage_class.is_some() || asked.acl.is_some();
        let why = format!("the object could not be looked at: {failure}");
        if protected || described {
            self.findings.warn(why);
        } else {
            info!("{why}");
        }
    }

    /// Size and checksum.
    fn compare_bytes(&mut self, head: &Head) -> Result<()> {
        let sent = self.committed.size;
        let stored = &mut self.committed.stored;
        if let Some(has) = head.size.filter(|it| *it != sent) {
            return Err(distrust(format!("it has {has} bytes, {sent} were sent")));
        }
        if let (Some(ours), Some(theirs)) = (&stored.checksum, &head.checksum) {
            let agrees = ours.agrees_with(theirs);
            if agrees == Some(false) {
                let (algorithm, value) = (ours.algorithm, &ours.value);
                return Err(distrust(format!(
                    "its {algorithm} checksum is {theirs}, ours {value}"
                )));
            }
            stored.verified |= agrees.is_some();
        }
        stored.etag = stored.etag.take().or_else(|| head.etag.clone());
        // Swift's answer to Complete has none.
        if stored.version_id.is_none() && stored.etag == head.etag {
            stored.version_id.clone_from(&head.version_id);
        }
        Ok(())
    }

    fn storage_class(&mut self, head: &Head) {
        let Some(asked) = &self.asked.storage_class else {
            return;
        };
        // S3 leaves this one out.
        let kept = head.storage_class.as_deref().unwrap_or("STANDARD");
        if kept != asked {
            self.findings.warn(format!(
                "storage class {asked} was asked for, the store shows {kept}"
            ));
        }
    }

    /// Encryption that the answer to the upload did not confirm.
    async fn encryption(&mut self, head: Option<&Head>) {
        let asked = &self.asked.encryption;
        let verdict = head.map(|head| encryption::compare(asked, &head.encryption));
        match (verdict, asked) {
            (Some(Verdict::AsAsked), _) => {}
            (Some(Verdict::NotAsAsked(why)), _) => self.findings.wrong(why),
            (_, Encryption::Customer(_)) => self.customer_key().await,
            // Whoever has such keys names the one that was used.
            (Some(Verdict::Unknown), Encryption::Kms { .. }) => {
                let wanted = encryption::kms_type(asked);
                self.findings.wrong(format!(
                    "encryption {wanted} was asked for, the store shows none"
                ));
            }
            // Many stores encrypt all they have, and say nothing of it.
            _ => self.not_confirmed("the encryption"),
        }
    }

    async fn customer_key(&mut self) {
        match self.store.is_readable_without_key(self.destination).await {
            Ok(true) => self.findings.readable_without_key(),
            Ok(false) => {}
            Err(failure) => {
                info!("the object can't be looked at without the key: {failure}");
                self.not_confirmed("the encryption with your key");
            }
        }
    }

    fn not_confirmed(&mut self, what: &str) {
        self.findings
            .warn(format!("the store does not confirm {what}"));
    }

    async fn retention(&mut self, head: Option<&Head>) {
        let Some(asked) = self.asked.lock else {
            return;
        };
        let kept = match head.and_then(|head| head.retention.clone()) {
            Some(shown) => Ok(Some(shown)),
            None => self.store.retention(self.destination).await,
        };
        match kept.map(|kept| object_lock::compare(asked, kept.as_ref())) {
            Ok(Verdict::AsAsked) => {}
            Ok(Verdict::NotAsAsked(why)) => self.findings.wrong(why),
            Ok(Verdict::Unknown) => info!("the store does not say how long the retention holds"),
            Err(failure) => hidden("the retention", &failure),
        }
    }

    async fn legal_hold(&mut self, head: Option<&Head>) {
        if !self.asked.legal_hold {
            return;
        }
        let kept = match head.and_then(|head| head.legal_hold) {
            Some(shown) => Ok(shown),
            None => self.store.legal_hold(self.destination).await,
        };
        match kept {
            Ok(true) => {}
            Ok(false) => {
                let why = "a legal hold was asked for, the store has none";
                self.findings.wrong(why.to_owned());
            }
            Err(failure) => hidden("the legal hold", &failure),
        }
    }

    async fn tags(&mut self, head: Option<&Head>) {
        let asked = self.asked.tags.len();
        if asked == 0 {
            return;
        }
        let kept = match head.and_then(|head| head.tag_count) {
            Some(shown) => Ok(shown),
            None => self.store.tag_count(self.destination).await,
        };
        match kept {
            Ok(kept) if kept < asked => self.set_tags(asked, kept).await,
            Ok(_) => {}
            Err(failure) => hidden("the tags", &failure),
        }
    }

    /// Ceph 18 drops the tags of a multipart upload, and takes them afterwards.
    async fn set_tags(&mut self, asked: usize, kept: usize) {
        let version = self.committed.stored.version_id.as_deref();
        let set = self.store.set_tags(self.destination, version).await;
        let now = match &set {
            Ok(()) => self.tags_now().await.unwrap_or(kept),
            Err(failure) => {
                info!("the tags can't be set again: {failure}");
                kept
            }
        };
        if now < asked {
            self.findings
                .warn(format!("tags were dropped: {asked} asked for, {now} there"));
        }
    }

    /// The number of tags, by HEAD if that tells: Ceph 18 answers 200 and nothing to
    /// GetObjectTagging.
    async fn tags_now(&self) -> Option<usize> {
        let head = self.store.head(self.destination).await.ok()??;
        match head.tag_count {
            Some(count) => Some(count),
            None => self.store.tag_count(self.destination).await.ok(),
        }
    }

    async fn acl(&mut self) {
        let Some(acl) = &self.asked.acl else {
            return;
        };
        let Some(group) = acl::readers(acl) else {
            info!("the ACL {acl} can't be told from what the store shows");
            return;
        };
        match self.store.group_grants(self.destination).await {
            Ok(grants) if acl::may_read(group, &grants) => {}
            Ok(_) => {
                let name = group.rsplit('/').next().unwrap_or(group);
                self.findings.warn(format!(
                    "ACL {acl} was dropped: the store shows no READ for {name}"
                ));
            }
            Err(failure) => hidden("the ACL", &failure),
        }
    }
}

/// Who may not look can't tell: that is no fault of the store's.
fn hidden(what: &str, failure: &Failure) {
    info!("{what} could not be confirmed: {failure}");
}
