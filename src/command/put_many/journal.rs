//! The journal: what is done, one JSON object a line, appended as files finish. A run that was
//! killed at any moment leaves at most one torn line, which the next run ignores.

use super::found::Found;
use super::journal_line::{Line, State, id};
use super::journal_lock::{NotLocked, lock};
use super::seen_keys::KeyHash;
use crate::error::{Error, Result};
use crate::source::SourceFile;
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf, absolute};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

pub(super) use super::journal_line::Place;

/// What earlier runs recorded, and where this one records.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    place: Place,
    done: HashMap<KeyHash, Record>,
    file: Mutex<File>,
    /// Why nothing more can be written.
    failure: OnceLock<Error>,
    /// Why it could not be locked, on a file system without locks.
    unlocked: Option<io::Error>,
}

/// What the journal knows of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// It was never stored here, or is another now.
    No,
    /// It is stored, and still is as it was.
    Unchanged,
    /// It is stored, if the content is the same: only the ctime is another, or there is no size to go by.
    Perhaps,
}

#[derive(Debug)]
struct Record {
    state: State,
    /// Where its line begins.
    at: u64,
}

impl Journal {
    /// Opens the journal at `path` and reads what is done at `place`.
    ///
    /// # Errors
    /// When it can't be read or written, or another run has it open.
    pub(super) fn open(path: &Path, place: Place) -> Result<Self> {
        let unusable = |why: &dyn std::fmt::Display| {
            Error::usage(format!("can't use the journal {}", path.display()))
                .because(why.to_string())
        };
        let open = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path);
        let mut file = open.map_err(|error| unusable(&error))?;
        let metadata = file.metadata().map_err(|error| unusable(&error))?;
        if !metadata.is_file() {
            return Err(unusable(&"it is no regular file"));
        }
        let unlocked = lock(&file).map_err(|why| match why {
            NotLocked::InUse => unusable(&"another run is using it")
                .hint("give each run, and each shard, a journal of its own"),
            NotLocked::Failed(error) => unusable(&error),
        })?;
        let done = read(&mut file, &place).map_err(|error| unusable(&error))?;
        let journal = Self {
            path: path.to_owned(),
            place,
            done,
            file: Mutex::new(file),
            failure: OnceLock::new(),
            unlocked,
        };
        Ok(journal)
    }

    /// Warns where nothing keeps another run from using the same journal.
    pub(super) fn warning(&self) -> Option<String> {
        let error = self.unlocked.as_ref()?;
        Some(format!(
            "the file system has no locks ({error}): see to it that no other run uses this journal"
        ))
    }

    /// Whether this very file was uploaded to this key by an earlier run.
    pub(super) fn known(&self, found: &Found) -> Known {
        let now = State::of_found(found);
        if found.is_folder {
            // What is stored of it is nothing, whenever it changed.
            let is_known = self.done.contains_key(&self.id(found));
            return if is_known {
                Known::Unchanged
            } else {
                Known::No
            };
        }
        match self.done.get(&self.id(found)).map(|it| it.state) {
            Some(then) if (then.size, then.modified) != (now.size, now.modified) => Known::No,
            Some(then) if then.ctime == now.ctime && now.size > 0 => Known::Unchanged,
            Some(_) => Known::Perhaps,
            None => Known::No,
        }
    }

    /// The line of a file which that one, now open, still seems to be.
    ///
    /// # Errors
    /// When the journal can't be read any more.
    pub(super) fn line_of(&self, found: &Found, file: &SourceFile) -> Result<Option<Line>> {
        let (now, record) = (State::of(file), self.done.get(&self.id(found)));
        let seems = |then: &State| (then.size, then.modified) == (now.size, now.modified);
        let Some(record) = record.filter(|it| seems(&it.state)) else {
            return Ok(None);
        };
        let mut journal = self.lock();
        let mut line = Vec::new();
        let read = journal
            .seek(SeekFrom::Start(record.at))
            .and_then(|_| BufReader::new(&*journal).read_until(b'\n', &mut line));
        read.map_err(|error| self.failed("read", &error))?;
        Ok(serde_json::from_slice(&line).ok())
    }

    /// Records a file that is stored. Where that fails the file is stored all the same: `finish` tells.
    pub(super) fn record(&self, found: &Found, file: &SourceFile, etag: Option<String>) {
        let path = absolute(&found.path).unwrap_or(found.path.clone());
        self.write(&Line::new(&self.place, &found.key, &path, file, etag));
    }

    /// Records an empty folder whose marker is stored.
    pub(super) fn record_folder(&self, found: &Found, etag: Option<String>) {
        let path = absolute(&found.path).unwrap_or(found.path.clone());
        self.write(&Line::of_folder(&self.place, found, &path, etag));
    }

    /// Records that a file, now open, is stored though its ctime moved on.
    pub(super) fn renew(&self, line: Line, file: &SourceFile) {
        if let Some(line) = line.renewed(file) {
            self.write(&line);
        }
    }

    fn write(&self, line: &Line) {
        let mut file = self.lock();
        // Nothing goes behind half a line: both would be lost.
        if self.failure.get().is_some() {
            return;
        }
        let written = serde_json::to_vec(line).map_err(io::Error::from);
        let written = written.and_then(|mut line| {
            line.push(b'\n');
            // In one call, at the end of the file: a kill tears no line but this.
            file.write_all(&line)
        });
        if let Err(error) = written {
            let _ = self.failure.set(self.failed("write", &error));
        }
    }

    /// Brings what was recorded to the disk.
    ///
    /// # Errors
    /// When not all that is stored is recorded: the next run would send it again.
    pub(super) fn finish(&self) -> Result<()> {
        let synced = self.lock().sync_data();
        let synced = synced.map_err(|error| self.failed("write", &error));
        let whole = self
            .failure
            .get()
            .map_or(synced, |error| Err(error.clone()));
        whole.map_err(|error| {
            error.hint("the files are stored; the next run sends those again that are not recorded")
        })
    }

    fn id(&self, found: &Found) -> KeyHash {
        let path = absolute(&found.path);
        let path = path.as_ref().unwrap_or(&found.path);
        id(&self.place, &found.key, path)
    }

    fn lock(&self) -> MutexGuard<'_, File> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, act: &str, error: &io::Error) -> Error {
        Error::failed(format!("can't {act} the journal {}", self.path.display()))
            .because(error.to_string())
    }
}

/// Reads the lines of this `place`; of one file, the last counts.
fn read(file: &mut File, place: &Place) -> io::Result<HashMap<KeyHash, Record>> {
    file.rewind()?;
    let mut done = HashMap::new();
    let mut lines = BufReader::new(&*file);
    let mut line = Vec::new();
    let mut at = 0;
    while lines.read_until(b'\n', &mut line)? > 0 {
        if let Ok(line) = serde_json::from_slice::<Line>(&line)
            && let Some((id, state)) = line.at(place)
        {
            done.insert(id, Record { state, at });
        }
        if line.last() != Some(&b'\n') {
            // Torn by a kill: what is appended now must not be glued to it.
            (&*file).write_all(b"\n")?;
        }
        at += line.len() as u64;
        line.clear();
    }
    Ok(done)
}

#[cfg(test)]
mod journal_tests;
