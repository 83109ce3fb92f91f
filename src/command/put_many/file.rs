//! What is done with one file: passed over, or opened, uploaded and recorded.

use super::Many;
use super::found::Found;
use super::journal::{Journal, Known};
use super::pass_over::EXISTS;
use super::report::Outcome;
use crate::config::{Destination, MTIME};
use crate::error::{Error, Kind, Result};
use crate::source::{self, FileRange, Source, SourceFile};
use crate::threads::blocking;
use crate::upload::Uploader;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// What a folder's marker says it is, as the tools say that make such.
const FOLDER: &str = "application/x-directory";

impl Many {
    /// Does what is to be done with one file.
    pub(super) async fn file(&self, found: &Found, destination: &Destination) -> Result<Outcome> {
        let interrupt = &self.uploader.interrupt;
        let skip = &self.config.skip;
        if let Some(journal) = &self.journal {
            let has_it = match journal.known(found) {
                Known::No => false,
                Known::Unchanged => true,
                Known::Perhaps => {
                    let dry_run = self.config.dry_run;
                    let compared = Box::pin(is_recorded(journal, found, dry_run));
                    interrupt.unless(compared).await?
                }
            };
            if has_it {
                return Ok(Outcome::Skipped("the journal has it"));
            }
        }
        // All requests for the file count, be it passed over in the end.
        let progress = self.progress.upload();
        let uploader = self.uploader.counting(Arc::clone(&progress));
        if skip.existing || skip.unchanged {
            let look = Box::pin(self.pass_over(found, destination, &uploader.store));
            let looked = interrupt.unless(look);
            if let Some(why) = looked.await? {
                return Ok(Outcome::Skipped(why));
            }
        }
        if self.config.dry_run {
            return Ok(Outcome::WouldUpload);
        }
        let source = match found.is_folder {
            true => source::nothing().map_err(unreadable)?,
            false => interrupt.unless(self.open(found)).await?,
        };
        let file = match &source {
            Source::File(file) | Source::Read(file, _) => Some(file.clone()),
            Source::Stream(_) | Source::Command(_) => None,
        };
        let size = file.as_ref().map_or(0, SourceFile::size);
        let _shown = self.progress.enter(&found.path, size, &progress);
        let uploader = self.described(uploader, found, file.as_ref());
        let uploader = match &self.journal {
            // What goes in one request has nothing to go on with.
            Some(journal) if size > self.config.upload.transfer.part_size => {
                let quiet = self.config.output.quiet;
                uploader.resuming(journal.resume(found, destination, quiet))
            }
            _ => uploader,
        };
        let receipt = match uploader.upload(destination, source).await {
            Ok(receipt) => receipt,
            Err(error) if error.kind == Kind::Exists && self.config.upload.guards.no_overwrite => {
                return Ok(Outcome::Skipped(EXISTS));
            }
            Err(error) if error.kind == Kind::Exists => return Err(unasked(error)),
            Err(error) => return Err(error),
        };
        if let (Some(journal), true) = (&self.journal, found.is_folder) {
            journal.record_folder(found, receipt.etag.clone());
        }
        // Of what tells no size, nothing could tell the next run whether it is the same.
        if let (Some(journal), Some(file)) = (&self.journal, file) {
            journal.record(found, &file, receipt.etag.clone());
        }
        Ok(Outcome::Uploaded(Box::new(receipt)))
    }

    /// The uploader for what is stored along with this file's bytes alone.
    fn described(&self, uploader: Uploader, found: &Found, file: Option<&SourceFile>) -> Uploader {
        let mut uploader = uploader;
        if self.config.preserve_times {
            let modified = file.map_or(found.modified, SourceFile::modified);
            let store = uploader.store.with_metadata(MTIME, mtime(modified));
            uploader.store = Arc::new(store);
        }
        if found.is_folder {
            uploader.store = Arc::new(uploader.store.with_content_type(FOLDER));
        }
        uploader
    }

    /// Opens the file and, where it is small, reads it: at once if it is in memory, else all in one
    /// go, since going to another thread and back costs more than reading a small file does.
    async fn open(&self, found: &Found) -> Result<Source> {
        let Uploader { pool, store, .. } = &self.uploader;
        let size = found.size;
        let most = self.config.upload.transfer.part_size.min(FileRange::HELD);
        if size > most {
            return open(found).await;
        }
        let mut buffer = pool.take(size).await?;
        let hashing = store.hashing();
        let cached = found
            .local
            .and_then(|local| Some((SourceFile::open_cached(&found.path)?, local)));
        // What says that it is empty need not be, as in /proc.
        let is_whole = |it: &SourceFile| it.size() == size && (size > 0 || it.is_seen_to_end());
        if let Some((file, local)) = cached.filter(|(file, _)| is_whole(file)) {
            match file.read_part_cached(local, buffer, hashing) {
                Ok(part) => return Ok(Source::Read(file, part)),
                Err(unused) => buffer = unused,
            }
        }
        let path = found.path.clone();
        blocking(move || match open_now(path)? {
            Source::File(file) if file.size() == size => {
                let part = file.read_part(1, 0, buffer, hashing)?;
                Ok(Source::Read(file, part))
            }
            source => Ok(source),
        })
        .await
    }
}

/// Whether a file that the journal knows with other attributes still holds the bytes that were sent;
/// then the journal learns the new attributes.
async fn is_recorded(journal: &Arc<Journal>, found: &Found, dry_run: bool) -> Result<bool> {
    let (journal, found) = (Arc::clone(journal), found.clone());
    blocking(move || {
        let Source::File(file) = open_now(found.path.clone())? else {
            return Ok(false);
        };
        let Some(line) = journal.line_of(&found, &file)? else {
            return Ok(false);
        };
        let same = line.is_of(&file)?;
        if same && !dry_run {
            journal.renew(line, &file);
        }
        Ok(same)
    })
    .await
}

/// A store's "precondition failed" where no condition was sent: there need not be an object.
fn unasked(mut error: Error) -> Error {
    error.kind = Kind::Failed;
    error.hints.clear();
    error.because("no condition was sent").hint(
        "some stores refuse a composite checksum in this way: try --checksum-algorithm CRC64NVME or MD5",
    )
}

/// Opens a file that was found a while ago.
pub(super) async fn open(found: &Found) -> Result<Source> {
    let path = found.path.clone();
    blocking(move || open_now(path)).await
}

fn open_now(path: PathBuf) -> Result<Source> {
    source::open_found(path).map_err(unreadable)
}

fn unreadable(error: io::Error) -> Error {
    Error::failed("can't read it").caused_by(error)
}

/// A time of change as rclone writes it: seconds since 1970, with as many decimals as it takes.
fn mtime(time: SystemTime) -> String {
    let (sign, since) = match time.duration_since(UNIX_EPOCH) {
        Ok(since) => ("", since),
        Err(error) => ("-", error.duration()),
    };
    let (seconds, nanoseconds) = (since.as_secs(), since.subsec_nanos());
    let decimals = format!("{nanoseconds:09}");
    match decimals.trim_end_matches('0') {
        "" => format!("{sign}{seconds}"),
        decimals => format!("{sign}{seconds}.{decimals}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn times_are_written_as_rclone_does() {
        let at = |nanoseconds| Duration::from_nanos(nanoseconds);
        for (time, text) in [
            (
                UNIX_EPOCH + at(1_700_000_000_123_456_789),
                "1700000000.123456789",
            ),
            (UNIX_EPOCH + at(1_700_000_000_120_000_000), "1700000000.12"),
            (UNIX_EPOCH + at(1_700_000_000_000_000_000), "1700000000"),
            (UNIX_EPOCH + at(5), "0.000000005"),
            (UNIX_EPOCH, "0"),
            (UNIX_EPOCH - at(1_500_000_000), "-1.5"),
        ] {
            assert_eq!(mtime(time), text);
        }
    }
}
