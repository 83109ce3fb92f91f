//! Counters of what a run has done so far: written by those who move bytes, read by the display.

use super::waits::Waits;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// What the upload of one object has done so far.
#[derive(Debug, Default)]
pub(crate) struct UploadProgress {
    /// Bytes of the whole source, once they are known.
    total: OnceLock<u64>,
    /// Bytes that were read of a stream.
    read: AtomicU64,
    /// Whether the source has given its first byte.
    flows: AtomicBool,
    /// Bytes that left in the attempts that were not given up.
    sent: AtomicU64,
    /// Bytes of the parts that the store has.
    stored: AtomicU64,
    parts_stored: AtomicU32,
    retries: AtomicU32,
    in_flight: Mutex<BTreeMap<u32, Arc<PartProgress>>>,
    waits: Waits,
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
    /// Whether it waits for its turn, or for its next attempt.
    waits: AtomicBool,
    upload: Arc<UploadProgress>,
}

/// What a run over many files has done so far.
#[derive(Debug, Default)]
pub(crate) struct FilesProgress {
    retries: AtomicU32,
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

/// The state of a run at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Snapshot {
    /// Bytes of the whole source, where they are known.
    pub total: Option<u64>,
    /// Bytes that were read of a stream.
    pub read: u64,
    /// Whether the source has given its first byte, and so nobody is asked for a password any more.
    pub flows: bool,
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
    /// What is being done while no bytes are moved.
    pub stage: Option<String>,
    /// Why requests are tried again.
    pub attempt: Option<String>,
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
    /// Whether it waits for its turn, or for its next attempt.
    pub waits: bool,
}

impl UploadProgress {
    /// Says how large the whole source is.
    pub(crate) fn set_total(&self, bytes: u64) {
        // It is said once.
        let _ = self.total.set(bytes);
    }

    /// Counts bytes that were read of a stream.
    pub(crate) fn read(&self, bytes: u64) {
        self.read.fetch_add(bytes, Relaxed);
        if bytes > 0 {
            self.flows();
        }
    }

    /// The source gives its bytes.
    pub(crate) fn flows(&self) {
        self.flows.store(true, Relaxed);
    }

    /// What this upload waits for; in a run over many files, what that does.
    pub(crate) fn waits(&self) -> &Waits {
        &self.waits
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
            waits: AtomicBool::default(),
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
            read: self.read.load(Relaxed),
            flows: self.flows.load(Relaxed),
            sent: self.sent.load(Relaxed),
            stored: self.stored.load(Relaxed),
            parts_stored: self.parts_stored.load(Relaxed),
            retries: self.retries(),
            files: None,
            stage: self.waits.told_stage(),
            attempt: self.waits.told_attempt(),
            in_flight,
        }
    }

    /// Whether all that is in flight waits.
    fn is_waiting(&self) -> bool {
        let in_flight = lock(&self.in_flight);
        !in_flight.is_empty() && in_flight.values().all(|it| it.waits.load(Relaxed))
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
            waits: self.waits.load(Relaxed),
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

    /// It waits, for its turn or for its next attempt, for as long as what this gives is kept.
    pub(crate) fn waits(&self) -> impl Drop + use<> {
        self.part.waits.store(true, Relaxed);
        WaitingPart(Arc::clone(&self.part))
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

struct WaitingPart(Arc<PartProgress>);

impl Drop for WaitingPart {
    fn drop(&mut self) {
        self.0.waits.store(false, Relaxed);
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
        Arc::new(UploadProgress {
            waits: self.waits.clone(),
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
            retries: self.retries.load(Relaxed),
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
            counted: if all_found { found } else { found.max(self.ahead.0) },
            all_counted: self.count.all_counted || all_found,
            ..self.count
        }
    }

    /// Bytes of all files. What was found last is nearer to the truth than what was counted before.
    fn total(&self) -> Option<u64> {
        if self.count.all_found {
            return Some(self.bytes_found);
        }
        let all = self.bytes_found.max(self.ahead.1);
        self.count.all_counted.then_some(all)
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod counters_tests;
