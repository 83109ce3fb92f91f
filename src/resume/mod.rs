//! What is recorded of an upload so that a later run can go on with it: in the file of `--resume`, or in
//! put-many's journal. Nothing of it is trusted: the source is read again from its start, and the store
//! says what it has.

mod earlier;
mod matching;
mod options;
mod recorder;
mod resume_line;
mod state_file;
mod upload_record;

pub(crate) use earlier::Earlier;
pub(crate) use matching::Matching;
pub(crate) use options::{Options, recorded_options};
pub(crate) use recorder::Recorder;
pub(crate) use resume_line::ResumeLine;
pub(crate) use state_file::StateFile;
pub(crate) use upload_record::UploadRecord;

use crate::log::warn;
use std::fmt::Display;
use std::sync::{Mutex, PoisonError};

/// What one upload goes on with, and where it is recorded.
#[derive(Debug)]
pub(crate) struct Resume {
    /// Where it is recorded.
    pub recorder: Recorder,
    quiet: bool,
    earlier: Mutex<Option<Earlier>>,
    superseded: Mutex<Option<UploadRecord>>,
}

impl Resume {
    /// Goes on with what an `earlier` run left, if there is anything; unless `quiet`, it says where it
    /// can't.
    pub(crate) fn new(recorder: Recorder, earlier: Option<Earlier>, quiet: bool) -> Self {
        Self {
            recorder,
            quiet,
            earlier: Mutex::new(earlier),
            superseded: Mutex::default(),
        }
    }

    /// What an earlier run left, once.
    pub(crate) fn take_earlier(&self) -> Option<Earlier> {
        take(&self.earlier)
    }

    /// Says that another upload takes the place of that one, once it is begun or not needed.
    pub(crate) fn supersede(&self, upload: UploadRecord) {
        let superseded = &mut *self
            .superseded
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *superseded = Some(upload);
    }

    /// The upload whose place another takes, once.
    pub(crate) fn take_superseded(&self) -> Option<UploadRecord> {
        take(&self.superseded)
    }

    /// Tells what becomes of the upload to `subject`, where news are wanted.
    pub(crate) fn tell(&self, subject: impl Display, what: impl Display) {
        if !self.quiet {
            warn(subject, what);
        }
    }
}

fn take<T>(from: &Mutex<Option<T>>) -> Option<T> {
    from.lock().unwrap_or_else(PoisonError::into_inner).take()
}
