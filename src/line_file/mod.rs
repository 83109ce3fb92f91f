//! Files of lines, one JSON object each, that are only appended to and belong to one run at a time. A kill
//! or a power cut tears at most the last line, which whoever reads it next ignores.

mod lock;

use crate::error::{Error, Result};
use crate::whole_file::sync_folder_of;
use lock::{NotLocked, lock};
use serde::Serialize;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// Times that a file is opened anew which was removed before it could be locked.
const OPENINGS: u32 = 8;

/// What messages say of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Named {
    /// What it is, as in "can't use the journal FILE".
    pub what: &'static str,
    /// The way out where another run is using it.
    pub in_use: &'static str,
}

/// Such a file, opened and locked.
#[derive(Debug)]
pub(crate) struct LineFile {
    path: PathBuf,
    named: Named,
    file: Mutex<File>,
    /// The same, to be synced while others write.
    synced: File,
    /// Who waits for a sync.
    waiting: AtomicU32,
    /// Why nothing more can be written.
    failure: OnceLock<String>,
    /// Why it could not be locked, on a file system without locks.
    unlocked: Option<io::Error>,
}

impl LineFile {
    /// Opens the file at `path`, which is made where there is none.
    ///
    /// # Errors
    /// When it can't be read or written, or another run has it open.
    pub(crate) fn open(path: &Path, named: Named) -> Result<Self> {
        let unusable = |why: &dyn std::fmt::Display| {
            Error::usage(format!("can't use {} {}", named.what, path.display()))
                .because(why.to_string())
        };
        for _ in 0..OPENINGS {
            let file = open(path).map_err(|error| unusable(&error))?;
            let unlocked = lock(&file).map_err(|why| match why {
                NotLocked::InUse => unusable(&"another run is using it").hint(named.in_use),
                NotLocked::Failed(error) => unusable(&error),
            })?;
            if is_at(&file, path).map_err(|error| unusable(&error))? {
                return Ok(Self {
                    path: path.to_owned(),
                    named,
                    synced: file.try_clone().map_err(|error| unusable(&error))?,
                    file: Mutex::new(file),
                    waiting: AtomicU32::new(0),
                    failure: OnceLock::new(),
                    unlocked,
                });
            }
        }
        Err(unusable(&"it is removed again and again"))
    }

    /// Warns where nothing keeps another run from using the same file.
    pub(crate) fn warning(&self) -> Option<String> {
        let error = self.unlocked.as_ref()?;
        let what = self.named.what.trim_start_matches("the ");
        Some(format!(
            "the file system has no locks ({error}): see to it that no other run uses this {what}"
        ))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The first bytes of the file, as many as `most` or fewer.
    ///
    /// # Errors
    /// When it can't be read.
    pub(crate) fn first_bytes(&self, most: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut file = self.lock();
        let read = file
            .rewind()
            .and_then(|()| (&mut *file).take(most).read_to_end(&mut bytes));
        read.map_err(|error| self.failed("read", &error))?;
        Ok(bytes)
    }

    /// Gives each line to `take`, with where it begins. What is appended from now on begins a new line.
    ///
    /// # Errors
    /// When the file can't be read, or a torn line not be ended.
    pub(crate) fn each_line(&self, mut take: impl FnMut(u64, &[u8])) -> io::Result<()> {
        let mut file = self.lock();
        file.rewind()?;
        let mut lines = BufReader::new(&*file);
        let (mut line, mut at) = (Vec::new(), 0);
        while lines.read_until(b'\n', &mut line)? > 0 {
            take(at, &line);
            if line.last() != Some(&b'\n') {
                // Torn by a kill: what is appended now must not be glued to it.
                (&*file).write_all(b"\n")?;
            }
            at += line.len() as u64;
            line.clear();
        }
        Ok(())
    }

    /// The line that begins there.
    ///
    /// # Errors
    /// When the file can't be read any more.
    pub(crate) fn line_at(&self, at: u64) -> Result<Vec<u8>> {
        let mut file = self.lock();
        let mut line = Vec::new();
        let read = file
            .seek(SeekFrom::Start(at))
            .and_then(|_| BufReader::new(&*file).read_until(b'\n', &mut line));
        read.map_err(|error| self.failed("read", &error))?;
        Ok(line)
    }

    /// Appends a line. Once that has failed, nothing more is written.
    ///
    /// # Errors
    /// When it fails for the first time.
    pub(crate) fn append(&self, line: &impl Serialize) -> Result<()> {
        let line = serde_json::to_vec(line).map_err(io::Error::from);
        let file = self.lock();
        // Nothing goes behind half a line: both would be lost.
        if self.failure.get().is_some() {
            return Ok(());
        }
        let written = line.and_then(|mut line| {
            line.push(b'\n');
            // In one call, at the end of the file: a kill tears no line but this.
            (&*file).write_all(&line)
        });
        written.map_err(|error| {
            let _ = self.failure.set(error.to_string());
            self.failed("write", &error)
        })
    }

    /// Whether all lines could be written so far.
    ///
    /// # Errors
    /// Why one could not.
    pub(crate) fn check(&self) -> Result<()> {
        match self.failure.get() {
            Some(why) => Err(self.failed("write", why)),
            None => Ok(()),
        }
    }

    /// Brings all that was written before to the disk.
    ///
    /// # Errors
    /// When that fails.
    pub(crate) fn sync(&self) -> Result<()> {
        let synced = self.synced.sync_data();
        synced.map_err(|error| self.failed("write", &error))
    }

    /// The same, sooner or later: where another thread is at it, that one does it once more.
    pub(crate) fn sync_soon(&self) {
        if self.waiting.fetch_add(1, SeqCst) > 0 {
            return;
        }
        loop {
            let waiting = self.waiting.load(SeqCst);
            // What can't be brought to the disk is lost by a power cut alone.
            let _ = self.synced.sync_data();
            let rest = self.waiting.fetch_sub(waiting, SeqCst) - waiting;
            if rest == 0 {
                return;
            }
        }
    }

    /// Forgets all lines. What is written next is on the disk with its folder's entry once it is synced.
    ///
    /// # Errors
    /// When that fails.
    pub(crate) fn clear(&self) -> Result<()> {
        let cleared = self.lock().set_len(0);
        cleared.map_err(|error| self.failed("clear", &error))?;
        sync_folder_of(&self.path);
        Ok(())
    }

    /// Removes the file, if there is nothing in it.
    pub(crate) fn remove_if_empty(&self) {
        let is_empty = self.synced.metadata().is_ok_and(|it| it.len() == 0);
        if is_empty && is_at(&self.synced, &self.path).unwrap_or(false) {
            let _ = fs::remove_file(&self.path);
        }
    }

    fn lock(&self) -> MutexGuard<'_, File> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, act: &str, why: &dyn std::fmt::Display) -> Error {
        let (what, path) = (self.named.what, self.path.display());
        Error::failed(format!("can't {act} {what} {path}")).because(why.to_string())
    }
}

fn open(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::other("it is no regular file")),
    }
}

/// Whether the open file is the one at `path`: the run that had it before may have removed it.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let (this, there) = (file.metadata()?, fs::metadata(path));
    Ok(there.is_ok_and(|it| (it.dev(), it.ino()) == (this.dev(), this.ino())))
}
