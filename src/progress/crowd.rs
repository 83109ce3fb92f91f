//! The counters of a run over many files.

use super::tally::{PartSnapshot, Snapshot, Tally};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// What a run over many files has done so far.
#[derive(Debug)]
pub struct Crowd {
    started: Instant,
    all_found: AtomicBool,
    bytes_found: AtomicU64,
    bytes_done: AtomicU64,
    bytes_stored: AtomicU64,
    retries: AtomicU32,
    next: AtomicU32,
    files: Mutex<Files>,
    in_flight: Mutex<BTreeMap<u32, FileInFlight>>,
}

/// Numbers of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Files {
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

impl Files {
    /// Those that need nothing more.
    pub fn done(&self) -> u64 {
        self.uploaded + self.skipped + self.failed
    }
}

#[derive(Debug)]
struct FileInFlight {
    name: String,
    size: u64,
    started: Instant,
    tally: Arc<Tally>,
}

impl Default for Crowd {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            all_found: AtomicBool::default(),
            bytes_found: AtomicU64::default(),
            bytes_done: AtomicU64::default(),
            bytes_stored: AtomicU64::default(),
            retries: AtomicU32::default(),
            next: AtomicU32::default(),
            files: Mutex::default(),
            in_flight: Mutex::default(),
        }
    }
}

impl Crowd {
    /// Counts a file of `size` bytes that was found.
    pub fn found(&self, size: u64) {
        self.bytes_found.fetch_add(size, Relaxed);
        self.lock().found += 1;
    }

    /// There are no more files to find.
    pub fn all_found(&self) {
        self.all_found.store(true, Relaxed);
    }

    /// Counts a file of `size` bytes that is stored.
    pub fn uploaded(&self, size: u64) {
        self.bytes_stored.fetch_add(size, Relaxed);
        self.bytes_done.fetch_add(size, Relaxed);
        self.lock().uploaded += 1;
    }

    /// Counts a file of `size` bytes that was passed over.
    pub fn skipped(&self, size: u64) {
        self.bytes_done.fetch_add(size, Relaxed);
        self.lock().skipped += 1;
    }

    /// Counts a file of `size` bytes that is not stored.
    pub fn failed(&self, size: u64) {
        self.bytes_done.fetch_add(size, Relaxed);
        self.lock().failed += 1;
    }

    /// Enters a file whose bytes are counted in `tally`; dropping what this gives takes it out.
    pub fn enter(self: &Arc<Self>, path: &Path, size: u64, tally: &Arc<Tally>) -> FileGuard {
        let number = self.next.fetch_add(1, Relaxed);
        let file = FileInFlight {
            name: path.display().to_string(),
            size,
            started: Instant::now(),
            tally: Arc::clone(tally),
        };
        self.in_flight().insert(number, file);
        FileGuard {
            number,
            crowd: Arc::clone(self),
        }
    }

    /// The numbers of files now.
    pub fn files(&self) -> Files {
        Files {
            all_found: self.all_found.load(Relaxed),
            ..*self.lock()
        }
    }

    /// The state now.
    pub fn snapshot(&self) -> Snapshot {
        let files = self.files();
        let mut retries = self.retries.load(Relaxed);
        let mut sent = self.bytes_done.load(Relaxed);
        let in_flight = self.in_flight();
        let in_flight: Vec<_> = in_flight
            .iter()
            .map(|(&number, file)| {
                let now = file.tally.snapshot();
                retries += now.retries;
                sent += now.sent;
                PartSnapshot {
                    number,
                    name: Some(file.name.clone()),
                    size: file.size,
                    sent: now.sent,
                    retries: now.retries,
                    elapsed: file.started.elapsed(),
                }
            })
            .collect();
        Snapshot {
            elapsed: self.started.elapsed(),
            total: files.all_found.then(|| self.bytes_found.load(Relaxed)),
            sent,
            stored: self.bytes_stored.load(Relaxed),
            parts_stored: 0,
            retries,
            files: Some(files),
            in_flight,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn in_flight(&self) -> MutexGuard<'_, BTreeMap<u32, FileInFlight>> {
        self.in_flight
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file in flight: it leaves the crowd with this.
#[derive(Debug)]
pub struct FileGuard {
    number: u32,
    crowd: Arc<Crowd>,
}

impl Drop for FileGuard {
    fn drop(&mut self) {
        if let Some(file) = self.crowd.in_flight().remove(&self.number) {
            self.crowd.retries.fetch_add(file.tally.retries(), Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_files_in_flight_and_done_add_up() {
        let crowd = Arc::new(Crowd::default());
        (0..3).for_each(|_| crowd.found(100));
        crowd.skipped(100);
        let tally = Arc::new(Tally::default());
        let guard = crowd.enter(Path::new("a"), 100, &tally);
        let part = tally.part(1, 100);
        part.attempt().sent(60);
        let now = crowd.snapshot();
        assert_eq!((now.sent, now.total, now.in_flight.len()), (160, None, 1));
        part.stored();
        drop(guard);
        crowd.uploaded(100);
        crowd.all_found();
        let now = crowd.snapshot();
        assert_eq!((now.sent, now.stored, now.total), (200, 100, Some(300)));
        let files = now.files.unwrap();
        assert_eq!((files.done(), files.found, files.uploaded), (2, 3, 1));
    }
}
