//! Counters of a run over many files.

use super::counters::{InFlight, Snapshot, UploadProgress, lock};
use super::totals::{RetryCounts, Totals};
use super::waits::Waits;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

/// What a run over many files has done so far.
#[derive(Debug, Default)]
pub(crate) struct FilesProgress {
    pub(super) retries: RetryCounts,
    /// Parts that the store has, of all files, and their bytes.
    parts_stored: AtomicU64,
    part_bytes_stored: AtomicU64,
    waits: Waits,
    files: Mutex<Files>,
}

#[derive(Debug, Default)]
struct Files {
    count: FileCounts,
    bytes_found: u64,
    /// Files and bytes that were counted ahead of those found.
    ahead: (u64, u64),
    bytes_done: u64,
    bytes_stored: u64,
    begun: u32,
    in_flight: BTreeMap<u32, FileInFlight>,
}

#[derive(Debug)]
struct FileInFlight {
    name: String,
    size: u64,
    progress: Arc<UploadProgress>,
}

/// Numbers of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(crate) struct FileCounts {
    /// Found so far.
    pub found: u64,
    /// All that there are, as far as they were counted, which goes ahead of those found.
    pub counted: u64,
    /// Whether all were counted.
    pub all_counted: bool,
    /// Whether there are no more to find.
    pub all_found: bool,
    /// Stored by this run.
    pub uploaded: u64,
    /// Passed over.
    pub skipped: u64,
    /// Not stored.
    pub failed: u64,
}

impl FileCounts {
    /// Those that need nothing more.
    pub(crate) fn done(&self) -> u64 {
        self.uploaded + self.skipped + self.failed
    }
}

impl FilesProgress {
    /// Counts a file of `size` bytes that was found.
    pub(crate) fn found(&self, size: u64) {
        let mut files = lock(&self.files);
        files.count.found += 1;
        files.bytes_found += size;
    }

    /// There are no more files to find.
    pub(crate) fn all_found(&self) {
        lock(&self.files).count.all_found = true;
    }

    /// Says that so many files, and bytes, were counted ahead so far, and whether those are all.
    pub(crate) fn counted(&self, files: u64, bytes: u64, all: bool) {
        let mut state = lock(&self.files);
        state.ahead = (files, bytes);
        state.count.all_counted = all;
    }

    /// What the run waits for.
    pub(crate) fn waits(&self) -> &Waits {
        &self.waits
    }

    /// Counts a file of `size` bytes that is stored.
    pub(crate) fn uploaded(&self, size: u64) {
        let mut files = lock(&self.files);
        files.count.uploaded += 1;
        files.bytes_stored += size;
        files.bytes_done += size;
    }

    /// Counts a file of `size` bytes that was passed over.
    pub(crate) fn skipped(&self, size: u64) {
        let mut files = lock(&self.files);
        files.count.skipped += 1;
        files.bytes_done += size;
    }

    /// Counts a file of `size` bytes that is not stored.
    pub(crate) fn failed(&self, size: u64) {
        let mut files = lock(&self.files);
        files.count.failed += 1;
        files.bytes_done += size;
    }

    /// Counters for the requests of one file, whose retries are also those of the run.
    pub(crate) fn upload(self: &Arc<Self>) -> Arc<UploadProgress> {
        Arc::new(UploadProgress::of_run(self))
    }

    /// Enters a file that is now in flight; dropping what this gives takes it out again.
    pub(crate) fn enter(
        self: &Arc<Self>,
        path: &Path,
        size: u64,
        progress: &Arc<UploadProgress>,
    ) -> FileGuard {
        let mut files = lock(&self.files);
        let number = files.begun;
        files.begun = number.wrapping_add(1);
        let file = FileInFlight {
            name: path.display().to_string(),
            size,
            progress: Arc::clone(progress),
        };
        files.in_flight.insert(number, file);
        FileGuard {
            number,
            run: Arc::clone(self),
        }
    }

    /// The store has a part of `size` bytes of one of the files.
    pub(super) fn part_stored(&self, size: u64) {
        self.parts_stored.fetch_add(1, Relaxed);
        self.part_bytes_stored.fetch_add(size, Relaxed);
    }

    /// What was done in all.
    pub(crate) fn totals(&self) -> Totals {
        Totals {
            bytes: self.part_bytes_stored.load(Relaxed),
            parts: self.parts_stored.load(Relaxed),
            retries: self.retries.by_reason(),
            files: Some(self.counts()),
        }
    }

    /// The numbers of files now.
    pub(crate) fn counts(&self) -> FileCounts {
        lock(&self.files).counts()
    }

    /// The state now.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let files = lock(&self.files);
        let in_flight: Vec<_> = files.in_flight.iter().map(InFlight::file).collect();
        Snapshot {
            total: files.total(),
            read: 0,
            flows: files.count.found > 0,
            sent: files.bytes_done + in_flight.iter().map(|file| file.sent).sum::<u64>(),
            stored: files.bytes_stored,
            parts_stored: 0,
            retries: self.retries.sum(),
            files: Some(files.counts()),
            stage: self.waits.told_stage(),
            attempt: self.waits.told_attempt(),
            in_flight,
        }
    }
}

impl Files {
    fn counts(&self) -> FileCounts {
        let FileCounts {
            found, all_found, ..
        } = self.count;
        FileCounts {
            counted: if all_found {
                found
            } else {
                found.max(self.ahead.0)
            },
            all_counted: self.count.all_counted || all_found,
            ..self.count
        }
    }

    /// Bytes of all files. What was found last is nearer to the truth than what was counted before.
    fn total(&self) -> Option<u64> {
        let all = match self.count.all_found {
            true => self.bytes_found,
            false => self.bytes_found.max(self.ahead.1),
        };
        // Of empty files alone, no share of the bytes tells how far it is.
        let is_known = self.count.all_found || self.count.all_counted;
        (is_known && all > 0).then_some(all)
    }
}

impl InFlight {
    fn file((&number, file): (&u32, &FileInFlight)) -> Self {
        Self {
            number,
            name: Some(file.name.clone()),
            size: file.size,
            sent: file.progress.sent.load(Relaxed),
            retries: file.progress.retries(),
            waits: file.progress.is_waiting(),
        }
    }
}

/// A file in flight, for as long as this is kept.
#[derive(Debug)]
pub(crate) struct FileGuard {
    number: u32,
    run: Arc<FilesProgress>,
}

impl Drop for FileGuard {
    fn drop(&mut self) {
        lock(&self.run.files).in_flight.remove(&self.number);
    }
}
