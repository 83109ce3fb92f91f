//! What is done with one file: passed over, or opened, uploaded and recorded.

use super::found::Found;
use super::outcome::Outcome;
use super::{Many, pass};
use crate::blocking::blocking;
use crate::config::Destination;
use crate::error::{Error, Kind, Result};
use crate::part::Part;
use crate::plan::Plan;
use crate::progress::Tally;
use crate::source::{FileRange, Source, SourceFile};
use crate::upload::Uploader;
use std::path::PathBuf;
use std::sync::Arc;

impl Many {
    /// Does what is to be done with one file.
    pub(super) async fn file(&self, found: &Found, destination: &Destination) -> Result<Outcome> {
        if self
            .journal
            .as_ref()
            .is_some_and(|journal| journal.has(found))
        {
            return Ok(Outcome::Skipped("the journal has it"));
        }
        let interrupt = &self.uploader.interrupt;
        let passing = &self.config.passing;
        if passing.existing || passing.unchanged {
            let looked = interrupt.unless(Box::pin(self.pass_over(found, destination)));
            if let Some(why) = looked.await? {
                return Ok(Outcome::Skipped(why));
            }
        }
        if self.config.dry_run {
            return Ok(Outcome::WouldUpload);
        }
        let (file, part) = interrupt.unless(self.open(found)).await?;
        let now = Found {
            size: file.size(),
            modified: file.modified(),
            ..found.clone()
        };
        let source = match part {
            Some(part) => Source::Read(file, part),
            None => Source::File(file),
        };
        let tally = Arc::new(Tally::default());
        let _shown = self.crowd.enter(&found.path, now.size, &tally);
        let uploader = self.uploader.counting(tally);
        let receipt = match uploader.upload(destination, source).await {
            Ok(receipt) => receipt,
            Err(error) if error.kind == Kind::Exists => {
                return Ok(Outcome::Skipped("an object is there already"));
            }
            Err(error) => return Err(error),
        };
        if let Some(journal) = &self.journal {
            journal.record(&now, receipt.etag.as_deref())?;
        }
        Ok(Outcome::Uploaded(Box::new(receipt)))
    }

    /// Opens the file and, where it is small, reads it: at once if it is in memory, else all in one
    /// go, since going to another thread and back costs more than reading a small file does.
    async fn open(&self, found: &Found) -> Result<(SourceFile, Option<Part>)> {
        let Uploader { pool, store, .. } = &self.uploader;
        let size = found.size;
        let most = self.config.transfer.part_size.min(FileRange::HELD);
        if size == 0 || size > most {
            return Ok((open(found).await?, None));
        }
        let mut buffer = pool.take(size).await?;
        let (path, hashing) = (found.path.clone(), store.hashing());
        let cached = found
            .local
            .then(|| SourceFile::open_cached(&path))
            .flatten();
        if let Some(file) = cached.filter(|it| it.size() == size) {
            match file.read_part_cached(buffer, hashing) {
                Ok(part) => return Ok((file, Some(part))),
                Err(unused) => buffer = unused,
            }
        }
        blocking(move || {
            let file = open_now(path)?;
            if file.size() != size {
                return Ok((file, None));
            }
            let part = file.read_part(1, 0, buffer, hashing)?;
            Ok((file, Some(part)))
        })
        .await
    }

    /// Why the file need not be sent, if so.
    async fn pass_over(
        &self,
        found: &Found,
        destination: &Destination,
    ) -> Result<Option<&'static str>> {
        let passing = &self.config.passing;
        let store = &self.uploader.store;
        let head = if passing.unchanged && !passing.existing {
            store.head_with_parts(destination).await
        } else {
            store.head(destination).await
        };
        let Some(head) = head.map_err(|failure| failure.into_error(destination))? else {
            return Ok(None);
        };
        if passing.existing {
            return Ok(Some("an object is there already"));
        }
        if head.size != Some(found.size) {
            return Ok(None);
        }
        let file = open(found).await?;
        let found = found.clone();
        let usual = Plan::for_known_size(found.size, &self.config.transfer)?.first_part_size();
        let same = blocking(move || pass::is_unchanged(&found, &file, &head, usual)).await?;
        Ok(same.then_some("the object has the same bytes"))
    }
}

/// Opens a file that was found a while ago.
async fn open(found: &Found) -> Result<SourceFile> {
    let path = found.path.clone();
    blocking(move || open_now(path)).await
}

fn open_now(path: PathBuf) -> Result<SourceFile> {
    let opened = SourceFile::open(path);
    opened.map_err(|error| Error::failed("can't read it").because(error.to_string()))
}
