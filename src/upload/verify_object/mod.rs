//! After the commit: does the store have what was asked for? Some take an option and drop it, some
//! keep less than was asked for.

mod acl;
mod compare;
mod encryption;
mod findings;
mod object_lock;

use super::{Committed, Uploader};
use crate::checksum::Algorithm;
use crate::config::Destination;
use crate::error::{Error, Result};
use crate::signals::unfinished::{State, Unfinished};
use crate::store::UploadId;
use bytesize::ByteSize;
use compare::Look;
use findings::{Findings, Verdict};
use std::time::Duration;
use tokio::time::timeout;
use tracing::info;

/// Time to end the look once the run has to end. The object is stored by then: only what can be
/// said of it is waited for.
const GRACE: Duration = Duration::from_secs(3);

impl Uploader {
    /// Refuses to go on with an upload whose answer to Create shows weaker encryption than was asked
    /// for: nothing is committed yet.
    pub(super) fn check_created(&self, upload: &UploadId) -> Result<()> {
        match encryption::compare(&self.store.object().encryption, &upload.encryption) {
            Verdict::NotAsAsked(why) => {
                Err(Error::failed("the store would not encrypt it as asked")
                    .because(why)
                    .hint("ask for what the store answers, if that will do, or look at the bucket's encryption"))
            }
            Verdict::AsAsked | Verdict::Unknown => Ok(()),
        }
    }

    /// Compares the object with what was asked for; gives a warning for each option that the store
    /// did not keep. The run's time-out and signals end it early: what is known then counts.
    ///
    /// # Errors
    /// When the object can't be trusted, or is not protected as was asked for.
    pub(super) async fn verify_object(
        &self,
        destination: &Destination,
        committed: &mut Committed,
    ) -> Result<Vec<String>> {
        if let Some(why) = committed.stored.contradiction.take() {
            return Err(distrust(why));
        }
        let mut findings = Findings::default();
        if compare::is_needed(self.store.object(), committed) {
            let _stored = self.interrupt.unfinished(Unfinished {
                what: destination.to_string(),
                hint: None,
                state: State::Stored,
            });
            let _stage = self.stage(format!("stored {destination}; checking what the store has"));
            let mut look = Look {
                store: self.store.with_few_attempts(),
                destination,
                asked: self.store.object(),
                committed: &mut *committed,
                findings: &mut findings,
            };
            let cut_short = self.unless_it_drags(Box::pin(look.run())).await?;
            if let Some(reason) = cut_short {
                findings.warn(format!(
                    "it is stored, but it could not be looked at whether as asked: {reason:#}"
                ));
            }
        }
        info!("{destination}: {}", what_was_verified(committed));
        findings.into_result()
    }

    /// Does `work`; gives the reason to end the run where that came and the work went on for long.
    async fn unless_it_drags(
        &self,
        mut work: impl Future<Output = Result<()>> + Unpin,
    ) -> Result<Option<Error>> {
        tokio::select! {
            biased;
            done = &mut work => done.map(|()| None),
            reason = self.interrupt.wait() => match timeout(GRACE, work).await {
                Ok(done) => done.map(|()| None),
                Err(_) => Ok(Some(reason)),
            },
        }
    }
}

/// What the store bore out of the bytes that were sent.
fn what_was_verified(committed: &Committed) -> String {
    let size = ByteSize(committed.size);
    if !committed.stored.verified {
        return format!("{size} stored; not verified by the server");
    }
    // Without a checksum of ours, the ETag was one of MD5s.
    let ours = committed.stored.checksum.as_ref();
    let algorithm = ours.map_or(Algorithm::Md5, |it| it.algorithm);
    let parts = match committed.parts {
        1 => "1 part".to_owned(),
        parts => format!("{parts} parts"),
    };
    format!("verified by the server: {size}, {algorithm} of {parts}")
}

/// The store has something else than what was sent.
fn distrust(why: String) -> Error {
    Error::failed("the store took the upload and now shows another object")
        .because(why)
        .hint("do not rely on this object: compare it with its source, and upload it again")
        .unsettled()
}
