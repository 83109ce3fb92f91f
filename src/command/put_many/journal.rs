//! The journal: what is done, one JSON object a line, appended as files finish. A run that was
//! killed at any moment leaves at most one torn line, which the next run ignores.

use super::found::Found;
use super::journal_line::{Line, State, Summary, id};
use super::recorded_files::{Record, RecordedFiles};
use super::seen_keys::KeyHash;
use crate::config::Destination;
use crate::error::{Error, Result};
use crate::line_file::{LineFile, Named};
use crate::resume::{Earlier, Recorder, Resume, ResumeLine};
use crate::source::SourceFile;
use std::collections::HashMap;
use std::path::{Path, absolute};
use std::sync::{Arc, Mutex, PoisonError};

pub(super) use super::journal_line::Place;

const NAMED: Named = Named {
    what: "the journal",
    in_use: "give each run, and each shard, a journal of its own",
};

/// What earlier runs recorded, and where this one records.
#[derive(Debug)]
pub(super) struct Journal {
    place: Place,
    done: RecordedFiles,
    /// Uploads of large files that broke off.
    unfinished: Mutex<HashMap<KeyHash, Earlier>>,
    file: Arc<LineFile>,
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

impl Journal {
    /// Opens the journal at `path` and reads what is done at `place`.
    ///
    /// # Errors
    /// When it can't be read or written, or another run has it open.
    pub(super) fn open(path: &Path, place: Place) -> Result<Self> {
        let file = LineFile::open(path, NAMED)?;
        let mut this = Self {
            place,
            done: RecordedFiles::default(),
            unfinished: Mutex::default(),
            file: Arc::new(file),
        };
        this.read().map_err(|error| {
            let what = format!("can't use the journal {}", path.display());
            Error::usage(what).because(error.to_string())
        })?;
        Ok(this)
    }

    /// Reads the lines of this place; of one file, the last counts.
    fn read(&mut self) -> std::io::Result<()> {
        let Self {
            place,
            done,
            unfinished,
            file,
        } = self;
        let unfinished = unfinished.get_mut().unwrap_or_else(PoisonError::into_inner);
        let mut lines = Vec::new();
        file.each_line(|at, line| {
            if let Ok(line) = serde_json::from_slice::<Summary<'_>>(line) {
                if let Some((id, state)) = line.at(place) {
                    unfinished.remove(&id);
                    lines.push((id, Record { state, at }));
                }
            } else if let Some((id, event)) = ResumeLine::of_journal(line) {
                Earlier::take_event(unfinished, id, event);
            }
        })?;
        *done = RecordedFiles::new(lines);
        Ok(())
    }

    /// Warns where nothing keeps another run from using the same journal.
    pub(super) fn warning(&self) -> Option<String> {
        self.file.warning()
    }

    /// Whether this very file was uploaded to this key by an earlier run.
    pub(super) fn known(&self, found: &Found) -> Known {
        let now = State::of_found(found);
        if found.is_folder {
            // What is stored of it is nothing, whenever it changed.
            let known = self.done.get(&self.id(found));
            return known.map_or(Known::No, |_| Known::Unchanged);
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
        let line = self.file.line_at(record.at)?;
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

    /// What goes on with the upload of a large file that broke off, and records how it goes on.
    pub(super) fn resume(&self, found: &Found, destination: &Destination, quiet: bool) -> Resume {
        let id = self.id(found);
        let unfinished = &mut *self
            .unfinished
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let earlier = unfinished.remove(&id);
        let earlier = earlier.filter(|it| it.upload.is_to(&self.place.store, destination));
        let recorder = Recorder::in_journal(Arc::clone(&self.file), &id);
        Resume::new(recorder, earlier, quiet)
    }

    /// That it fails, `finish` tells: the file is stored all the same.
    fn write(&self, line: &Line) {
        let _ = self.file.append(line);
    }

    /// Brings what was recorded to the disk.
    ///
    /// # Errors
    /// When not all that is stored is recorded: the next run would send it again.
    pub(super) fn finish(&self) -> Result<()> {
        let whole = self.file.sync().and(self.file.check());
        whole.map_err(|error| {
            error.hint("the files are stored; the next run sends those again that are not recorded")
        })
    }

    fn id(&self, found: &Found) -> KeyHash {
        let path = absolute(&found.path);
        let path = path.as_ref().unwrap_or(&found.path);
        id(&self.place, &found.key, path)
    }
}

#[cfg(test)]
mod journal_tests;
