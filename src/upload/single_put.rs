//! An object that fits into one part: sent in one request, which commits with its last byte.

use super::feed::{Feed, Next};
use super::settle::{LATE, Looked};
use super::{Committed, Uploader, may_be_there};
use crate::config::Destination;
use crate::error::{Error, Result};
use crate::part::Part;
use crate::signals::commit_switch::CommitSwitch;
use crate::signals::interrupt::AFTER_END;
use crate::store::{Failure, FailureKind, Stored, new_token};
use std::time::Duration;
use tokio::time::timeout;

/// Time to learn what became of a PutObject that had left when the run was interrupted.
const PUT_GRACE: Duration = Duration::from_secs(3);

impl Uploader {
    /// Stores a source that fits into one part.
    pub(super) async fn single(
        &self,
        destination: &Destination,
        part: Part,
        mut feed: Feed,
    ) -> Result<Committed> {
        let size = part.size();
        let checked = async {
            let Next::Ended(mut ended) = feed.next().await? else {
                return Err(Error::failed("reading the source failed"));
            };
            self.check_before_commit(&mut feed, &mut ended).await?;
            self.check_still_free(destination, &feed).await?;
            match ended.at {
                Some(_) => self.interrupt.check_after(ended.at, AFTER_END).await,
                // There is no producer: whoever lets the last byte go looks for signals.
                None => Ok(()),
            }
        };
        if let Err(error) = self.unless_interrupted(checked).await {
            return Err(self.interrupt.explain(error).await);
        }
        let stored = self.put(destination, &part).await?;
        Ok(Committed {
            stored,
            size,
            parts: 1,
            part_list: Vec::new(),
            warnings: Vec::new(),
            locked_until: None,
        })
    }

    async fn put(&self, destination: &Destination, part: &Part) -> Result<Stored> {
        let token = new_token();
        let switch = CommitSwitch::new(self.interrupt.clone(), destination);
        let progress = self.store.progress().part(1, part.size());
        let mut put =
            Box::pin(
                self.store
                    .put_object(destination, part, &token, &progress, &switch),
            );
        let put_done = tokio::select! {
            biased;
            reason = self.interrupt.wait() => {
                if switch.stop(&reason) == 0 {
                    return Err(reason);
                }
                // The store may be making the object right now: only its answer tells.
                let waits = self.store.progress().waits();
                let _stage = waits.ending("waiting for the store's answer; Ctrl-C again ends at once");
                match timeout(PUT_GRACE, &mut put).await {
                    Ok(Ok(stored)) => Ok(stored),
                    Ok(Err(failure)) => {
                        let error = reason.because(failure.to_string());
                        Err(Lost { error, in_the_way: false, ..Lost::of(failure, destination) })
                    }
                    Err(_) => Err(Lost {
                        error: reason.because("PutObject was sent and not answered"),
                        unsettled: true,
                        in_the_way: false,
                        no_store: false,
                        contradiction: None,
                    }),
                }
            }
            put = &mut put => put.map_err(|failure| Lost::of(failure, destination)),
        };
        drop(put);
        let lost = match put_done {
            Ok(stored) => {
                progress.stored();
                return Ok(stored);
            }
            Err(lost) => lost,
        };
        if !lost.unsettled {
            return Err(lost.error);
        }
        let object = (token.as_str(), part.size());
        // A gateway that has waited long enough may have a store behind it that goes on; a web page is
        // no sign of one.
        let patience = if lost.no_store { Duration::ZERO } else { LATE };
        match Box::pin(self.look_for(destination, object, patience)).await {
            Looked::Found(found) => {
                progress.stored();
                let stored = self.store.stored_single(*found, part);
                Ok(Stored {
                    contradiction: lost.contradiction,
                    ..stored
                })
            }
            // The store heeds the condition: with another's object there, it stored none of ours.
            Looked::Other if lost.in_the_way => Err(lost.error),
            Looked::NoStore if lost.no_store => Err(lost.error),
            Looked::Other | Looked::Absent | Looked::Unknown | Looked::NoStore => {
                let hint = may_be_there(part.size(), &token);
                Err(lost.error.unsettled().hint(hint))
            }
        }
    }
}

/// A PutObject of which no answer says that it is stored.
struct Lost {
    error: Error,
    /// Whether it may be stored all the same.
    unsettled: bool,
    /// Whether an object was in its way.
    in_the_way: bool,
    /// Whether what answered is no store.
    no_store: bool,
    /// What the store says of it that can't be true.
    contradiction: Option<String>,
}

impl Lost {
    fn of(failure: Failure, destination: &Destination) -> Self {
        Self {
            unsettled: failure.unsettled,
            in_the_way: failure.kind == FailureKind::Exists,
            no_store: failure.is_of_no_store(),
            contradiction: failure.contradiction.clone(),
            error: failure.into_error(destination),
        }
    }
}
