//! Counters of what a run has done so far: written by those who move bytes, read by the display.

use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// What the upload of one object has done so far.
#[derive(Debug, Default)]
pub(crate) struct UploadProgress {
    /// Bytes of the whole source, once they are known.
    total: OnceLock<u64>,
    /// Bytes that left in the attempts that were not given up.
    sent: AtomicU64,
    /// Bytes of the parts that the store has.
    stored: AtomicU64,
    parts_stored: AtomicU32,
    retries: AtomicU32,
    in_flight: Mutex<BTreeMap<u32, Arc<PartProgress>>>,
    /// The run over many files that this upload is one of.
    run: Option<Arc<FilesProgress>>,
}

/// What one part in flight has done so far.
#[derive(Debug)]
pub(crate) struct PartProgress {
    number: u32,
    size: u64,
    sent: AtomicU64,
    retries: AtomicU32,
    upload: Arc<UploadProgress>,
}

/// What a run over many files has done so far.
#[derive(Debug, Default)]
pub(crate) struct FilesProgress {
    retries: AtomicU32,
    files: Mutex<Files>,
}

#[derive(Debug, Default)]
struct Files {
    count: FileCounts,
    bytes_found: u64,
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
    /// Whether there are no more to find.
    pub all_found: bool,
    /// Stored by this run.
    pub uploaded: u64,
    /// Passed over.
    pub skipped: u64,
    /// Not stored.
    pub failed: u64,
}

/// The state of a run at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Snapshot {
    /// Bytes of the whole source, where they are known.
    pub total: Option<u64>,
    /// Bytes that left in the attempts that were not given up.
    pub sent: u64,
    /// Bytes of the parts that the store has.
    pub stored: u64,
    /// Parts that the store has.
    pub parts_stored: u32,
    /// Attempts that had to be repeated.
    pub retries: u32,
    /// Numbers of files, in a run over many.
    pub files: Option<FileCounts>,
    /// Parts in flight, by part number; in a run over many files, files in the order they began.
    pub in_flight: Vec<InFlight>,
}

/// The state of a part, or of a file, in flight at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InFlight {
    /// Part number, counted from 1; of a file, the order in which it began.
    pub number: u32,
    /// The file's name; `None` for a part.
    pub name: Option<String>,
    /// Size in bytes.
    pub size: u64,
    /// Bytes that left in this attempt.
    pub sent: u64,
    /// Attempts that had to be repeated.
    pub retries: u32,
}

impl UploadProgress {
    /// Says how large the whole source is.
    pub(crate) fn set_total(&self, bytes: u64) {
        // It is said once.
        let _ = self.total.set(bytes);
    }

    /// Counts a repeated attempt of any request.
    pub(crate) fn retried(&self) {
        self.retries.fetch_add(1, Relaxed);
        if let Some(run) = &self.run {
            run.retries.fetch_add(1, Relaxed);
        }
    }

    /// Attempts that had to be repeated so far.
    pub(crate) fn retries(&self) -> u32 {
        self.retries.load(Relaxed)
    }

    /// Enters a part that is now in flight; dropping what this gives takes it out again.
    pub(crate) fn part(self: &Arc<Self>, number: u32, size: u64) -> PartGuard {
        let part = Arc::new(PartProgress {
            number,
            size,
            sent: AtomicU64::default(),
            retries: AtomicU32::default(),
            upload: Arc::clone(self),
        });
        lock(&self.in_flight).insert(number, Arc::clone(&part));
        PartGuard { part }
    }

    /// The state now.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let in_flight = lock(&self.in_flight);
        let in_flight = in_flight.values().map(|part| part.snapshot()).collect();
        Snapshot {
            total: self.total.get().copied(),
            sent: self.sent.load(Relaxed),
            stored: self.stored.load(Relaxed),
            parts_stored: self.parts_stored.load(Relaxed),
            retries: self.retries(),
            files: None,
            in_flight,
        }
    }
}

impl PartProgress {
    /// Counts bytes that left.
    pub(crate) fn sent(&self, bytes: u64) {
        self.sent.fetch_add(bytes, Relaxed);
        self.upload.sent.fetch_add(bytes, Relaxed);
    }

    /// The attempt is given up, and with it what it sent.
    fn forget_attempt(&self) {
        let sent = self.sent.swap(0, Relaxed);
        self.upload.sent.fetch_sub(sent, Relaxed);
    }

    fn snapshot(&self) -> InFlight {
        InFlight {
            number: self.number,
            name: None,
            size: self.size,
            sent: self.sent.load(Relaxed),
            retries: self.retries.load(Relaxed),
        }
    }
}

/// A part in flight, for as long as this is kept.
#[derive(Debug)]
pub(crate) struct PartGuard {
    part: Arc<PartProgress>,
}

impl PartGuard {
    /// The counters, for the body that sends the bytes of the next attempt; those of an earlier
    /// attempt are forgotten.
    pub(crate) fn attempt(&self) -> Arc<PartProgress> {
        self.part.forget_attempt();
        Arc::clone(&self.part)
    }

    /// Counts a repeated attempt, of this part and of the upload.
    pub(crate) fn retried(&self) {
        self.part.retries.fetch_add(1, Relaxed);
        self.part.upload.retried();
    }

    /// Size of the part in bytes.
    pub(crate) fn size(&self) -> u64 {
        self.part.size
    }

    /// Whether all of it left in this attempt.
    pub(crate) fn has_left(&self) -> bool {
        self.part.sent.load(Relaxed) >= self.part.size
    }

    /// The store has the part.
    pub(crate) fn stored(self) {
        let PartProgress { size, upload, .. } = &*self.part;
        upload.stored.fetch_add(*size, Relaxed);
        upload.parts_stored.fetch_add(1, Relaxed);
        // Counted as whole, whatever its body did, and never forgotten again.
        let sent = self.part.sent.swap(0, Relaxed);
        upload.sent.fetch_add(size - sent.min(*size), Relaxed);
    }
}

impl Drop for PartGuard {
    fn drop(&mut self) {
        self.part.forget_attempt();
        lock(&self.part.upload.in_flight).remove(&self.part.number);
    }
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
        Arc::new(UploadProgress {
            run: Some(Arc::clone(self)),
            ..UploadProgress::default()
        })
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

    /// The numbers of files now.
    pub(crate) fn counts(&self) -> FileCounts {
        lock(&self.files).count
    }

    /// The state now.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let files = lock(&self.files);
        let in_flight: Vec<_> = files.in_flight.iter().map(InFlight::file).collect();
        Snapshot {
            total: files.count.all_found.then_some(files.bytes_found),
            sent: files.bytes_done + in_flight.iter().map(|file| file.sent).sum::<u64>(),
            stored: files.bytes_stored,
            parts_stored: 0,
            retries: self.retries.load(Relaxed),
            files: Some(files.count),
            in_flight,
        }
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod counters_tests;
