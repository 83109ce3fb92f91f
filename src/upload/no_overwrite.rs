//! `--no-overwrite` on stores that ignore the condition on the commit (Garage, Ceph 18, s3rver): all
//! that helps there is to look first. What counts everywhere else is the condition.

use super::Uploader;
use super::feed::Feed;
use crate::config::{Destination, Encryption};
use crate::error::{Error, Kind, Result};
use crate::store::Failure;

impl Uploader {
    /// With `--no-overwrite`, looks for an object under the key: before anything is sent, and again
    /// before the commit.
    pub(crate) async fn check_free(&self, destination: &Destination) -> Result<()> {
        if !self.store.no_overwrite() {
            return Ok(());
        }
        let look = Box::pin(async { Ok(self.is_taken(destination).await) });
        match self.unless_interrupted(look).await? {
            Ok(true) => Err(Error::new(Kind::Exists, "an object is there already")
                .hint("leave --no-overwrite out to replace it")),
            Err(failure) if failure.status.is_none() || failure.is_of_no_store() => {
                Err(failure.into_error(destination))
            }
            // Whoever may only write can't look; the commit tells.
            Ok(false) | Err(_) => Ok(()),
        }
    }

    /// The second look at a source of one part. A file was read since the first, a stream may have
    /// been waited for.
    pub(super) async fn check_still_free(
        &self,
        destination: &Destination,
        feed: &Feed,
    ) -> Result<()> {
        match feed {
            Feed::Stream { .. } => self.check_free(destination).await,
            Feed::File { .. } => Ok(()),
        }
    }

    async fn is_taken(&self, destination: &Destination) -> Result<bool, Failure> {
        match self.store.head(destination).await {
            Ok(head) => return Ok(head.is_some()),
            Err(failure) if failure.status == Some(400) => {}
            Err(failure) => return Err(failure),
        }
        // S3 refuses a customer's key for an object that was made without one.
        if matches!(self.store.object().encryption, Encryption::Customer(_))
            && let Ok(true) = self.store.is_readable_without_key(destination).await
        {
            return Ok(true);
        }
        // In a wrong region, Garage refuses a HEAD without a word on the right one. The answer to
        // another request names it.
        drop(self.store.tag_count(destination).await);
        Ok(self.store.head(destination).await?.is_some())
    }
}
