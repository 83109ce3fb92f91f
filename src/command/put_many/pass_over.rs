//! Which files need not be sent: by the bucket's list, and where that can't tell, by a HEAD.

use super::bucket_list::There;
use super::file::open;
use super::found::Found;
use super::{Many, unchanged};
use crate::config::Destination;
use crate::error::Result;
use crate::part::plan::Plan;
use crate::source::{Source, SourceFile};
use crate::store::{KeptChecksum, Store};
use crate::threads::blocking;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

/// Why a file is passed over whose key has an object.
pub(super) const EXISTS: &str = "an object is there already";
const SAME: &str = "the object has the same bytes";
/// How many more ETags may be no MD5 than are one, until no more files are read to find out.
const PATIENCE: i64 = 8;

/// Whether it is worth reading a file to compare it with the ETag in a list, which does not say that an
/// object is encrypted and its ETag therefore no MD5.
#[derive(Debug, Default)]
pub(super) struct EtagsSoFar(AtomicI64);

impl EtagsSoFar {
    fn are_useful(&self) -> bool {
        self.0.load(Relaxed) > -PATIENCE
    }

    fn matched(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    /// Of the same bytes, an ETag was another one.
    fn misled(&self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl Many {
    /// Why the file need not be sent, if so.
    pub(super) async fn pass_over(
        &self,
        found: &Found,
        destination: &Destination,
        store: &Store,
    ) -> Result<Option<&'static str>> {
        let object = match &found.there {
            There::Unknown => return self.ask(found, destination, store).await,
            There::Absent => return Ok(None),
            There::Object(_) if self.config.skip.existing => return Ok(Some(EXISTS)),
            There::Object(object) if object.size != found.size => return Ok(None),
            There::Object(_) if found.is_folder => return Ok(Some(SAME)),
            There::Object(object) => object,
        };
        let kept = object.etag.as_deref().and_then(KeptChecksum::of_etag);
        let useful = self.etags.are_useful() && store.object().encryption.may_leave_md5_etags();
        let Some(kept) = kept.filter(|_| useful) else {
            return self.ask(found, destination, store).await;
        };
        if self.has_md5(found, kept).await? {
            self.etags.matched();
            return Ok(Some(SAME));
        }
        // An ETag may be anything: that it is another one proves nothing.
        let asked = self.ask(found, destination, store).await?;
        if asked.is_some() {
            self.etags.misled();
        }
        Ok(asked)
    }

    /// Whether an ETag is that of the file, sent in one part or in several of a usual size.
    async fn has_md5(&self, found: &Found, kept: KeptChecksum) -> Result<bool> {
        let Source::File(file) = open(found).await? else {
            return Ok(false);
        };
        let usual = self.usual_part_size(&file)?;
        blocking(move || unchanged::has_md5(&file, &kept, usual)).await
    }

    fn usual_part_size(&self, file: &SourceFile) -> Result<u64> {
        let plan = Plan::for_known_size(file.size(), &self.config.upload.transfer)?;
        Ok(plan.first_part_size())
    }

    async fn ask(
        &self,
        found: &Found,
        destination: &Destination,
        store: &Store,
    ) -> Result<Option<&'static str>> {
        let skip = &self.config.skip;
        let head = if skip.unchanged && !skip.existing {
            store.head_with_parts(destination).await
        } else {
            store.head(destination).await
        };
        let Some(head) = head.map_err(|failure| failure.into_error(destination))? else {
            return Ok(None);
        };
        if skip.existing {
            return Ok(Some(EXISTS));
        }
        if head.size != Some(found.size) {
            return Ok(None);
        }
        if found.is_folder {
            return Ok(Some(SAME));
        }
        let Source::File(file) = open(found).await? else {
            return Ok(None);
        };
        let usual = self.usual_part_size(&file)?;
        let same = blocking(move || unchanged::is_unchanged(&file, &head, usual)).await?;
        Ok(same.then_some(SAME))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn etags_that_are_no_md5_are_soon_not_compared_with_files() {
        let etags = EtagsSoFar::default();
        let mislead = || (0..PATIENCE).for_each(|_| etags.misled());
        assert!(etags.are_useful());
        mislead();
        assert!(!etags.are_useful());
        etags.matched();
        assert!(etags.are_useful());
    }
}
