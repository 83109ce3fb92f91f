//! Where an upload is recorded while it goes on.

use super::resume_line::{Event, PartRecord, ResumeLine, VERSION};
use super::upload_record::UploadRecord;
use crate::error::Result;
use crate::line_file::LineFile;
use crate::log::warn;
use crate::part::CompletedPart;
use crate::threads::blocking;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Records one upload; clones record the same.
#[derive(Debug, Clone)]
pub(crate) struct Recorder {
    file: Arc<LineFile>,
    /// Whose the lines are, where there are those of many files.
    id: Option<String>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// Whether there is an upload that a later run can go on with.
    is_open: bool,
    /// Parts that are stored and recorded.
    stored: BTreeSet<u32>,
}

impl Recorder {
    /// In a file that has no other lines.
    pub(super) fn alone(file: Arc<LineFile>) -> Self {
        Self::new(file, None)
    }

    /// In the journal `file`, as the upload of `id`.
    pub(crate) fn in_journal(file: Arc<LineFile>, id: &[u8; 16]) -> Self {
        Self::new(file, Some(hex::encode(id)))
    }

    fn new(file: Arc<LineFile>, id: Option<String>) -> Self {
        Self {
            file,
            id,
            state: Arc::default(),
        }
    }

    /// Records an upload that was begun, and brings it to the disk. Gives whether that worked: where it did
    /// not, that is told, and the upload goes on without.
    pub(crate) async fn begin(&self, upload: UploadRecord) -> bool {
        let this = self.clone();
        let begun = blocking(move || this.begin_now(upload)).await;
        if let Err(error) = &begun {
            let path = self.file.path().display();
            let what = format!("{error:#}: nobody can go on with this upload");
            warn(path, what);
        }
        begun.is_ok()
    }

    fn begin_now(&self, upload: UploadRecord) -> Result<()> {
        let mut state = self.lock();
        *state = State::default();
        if self.id.is_none() {
            self.file.clear()?;
        }
        let written = self.append(Event::Upload(Box::new(upload)));
        let written = written.and_then(|()| self.file.check().and(self.file.sync()));
        if self.id.is_none() && written.is_err() {
            // Half a line is no state.
            drop(self.file.clear());
        }
        state.is_open = written.is_ok();
        written
    }

    /// Goes on with an upload of which these parts are stored.
    pub(crate) fn go_on(&self, stored: impl IntoIterator<Item = u32>) {
        *self.lock() = State {
            is_open: true,
            stored: stored.into_iter().collect(),
        };
    }

    /// Records a part that is stored, without waiting for it: what is lost is sent again, no more.
    pub(crate) fn part(&self, part: &CompletedPart, sha256: Option<[u8; 32]>) {
        let Some(sha256) = sha256 else { return };
        let record = PartRecord {
            number: part.number,
            size: part.size,
            sha256: hex::encode(sha256),
            etag: part.etag.clone(),
            verified: part.verified,
        };
        let this = self.clone();
        drop(tokio::task::spawn_blocking(move || this.record(record)));
    }

    fn record(&self, part: PartRecord) {
        {
            let mut state = self.lock();
            if !state.is_open {
                return;
            }
            let number = part.number;
            match self.append(Event::Part(part)) {
                Ok(()) if self.file.check().is_ok() => drop(state.stored.insert(number)),
                Ok(()) => {}
                // Of the journal that is told at the end.
                Err(_) if self.id.is_some() => {}
                Err(error) => warn(
                    self.file.path().display(),
                    format_args!("{error:#}: the next run sends again what is not recorded"),
                ),
            }
        }
        self.file.sync_soon();
    }

    /// From part `number` on, the source is another: what was stored of it is not its.
    pub(crate) fn differs_from(&self, number: u32) {
        drop(self.lock().stored.split_off(&number));
    }

    /// Records that the request which makes the object may be sent from now on.
    pub(crate) async fn committing(&self, size: u64) {
        let this = self.clone();
        let recorded = blocking(move || {
            let state = this.lock();
            if state.is_open {
                this.append(Event::Committing { size })?;
            }
            this.file.sync()
        });
        // Whether the object is there is looked for all the same.
        drop(recorded.await);
    }

    /// Nobody can go on with the upload any more, or has to.
    pub(crate) async fn over(&self) {
        let this = self.clone();
        let over = blocking(move || {
            let was_open = std::mem::take(&mut this.lock().is_open);
            match this.id {
                None => this.file.clear(),
                Some(_) if was_open => this.append(Event::Over {}),
                Some(_) => Ok(()),
            }
        });
        if let Err(error) = over.await {
            warn(self.file.path().display(), format_args!("{error:#}"));
        }
    }

    /// The first part that a later run has to send; `None` where there is nothing for it to go on with.
    pub(crate) fn next_part(&self) -> Option<u32> {
        let state = self.lock();
        let has_any = state.is_open && !state.stored.is_empty();
        has_any.then(|| (1..).find(|it| !state.stored.contains(it)))?
    }

    fn append(&self, event: Event) -> Result<()> {
        let begins = self.id.is_none() && matches!(event, Event::Upload(_));
        self.file.append(&ResumeLine {
            version: begins.then_some(VERSION),
            id: self.id.clone(),
            event,
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
