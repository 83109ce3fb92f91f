//! The file of `--resume`: what is recorded of one upload.

use super::earlier::Earlier;
use super::recorder::Recorder;
use super::resume_line::{ResumeLine, VERSION};
use super::{Resume, UploadRecord};
use crate::config::Destination;
use crate::error::{Error, Result};
use crate::line_file::{LineFile, Named};
use std::path::Path;
use std::sync::Arc;

const NAMED: Named = Named {
    what: "the state",
    in_use: "give each upload a file of its own",
};
/// What its first line begins with.
const HEAD: &[u8] = br#"{"s3stream-resume":"#;

/// Such a file, locked.
#[derive(Debug)]
pub(crate) struct StateFile {
    file: Arc<LineFile>,
    earlier: Option<Earlier>,
}

impl StateFile {
    /// Opens the file at `path`, which is made where there is none, for the upload to `destination`.
    ///
    /// # Errors
    /// When it can't be used, another run uses it, it is no such file, or belongs to another object.
    pub(crate) fn open(path: &Path, destination: &Destination) -> Result<Self> {
        let file = LineFile::open(path, NAMED)?;
        let refused = |why: String| {
            Error::usage(format!("--resume {}", path.display()))
                .because(why)
                .hint(
                    "name a file that is not there yet, or one that an upload to the same key left",
                )
        };
        if !may_be_ours(&file.first_bytes(HEAD.len() as u64)?) {
            return Err(refused("it is not the state of an upload".to_owned()));
        }
        let (mut earlier, mut version) = (None, None);
        let read = file.each_line(|_, line| {
            if let Ok(line) = serde_json::from_slice::<ResumeLine>(line) {
                version = version.or(line.version);
                earlier = Earlier::after(earlier.take(), line.event);
            }
        });
        read.map_err(|error| refused(error.to_string()))?;
        if version.is_some_and(|it| it > VERSION) {
            return Err(refused("a later version of s3stream wrote it".to_owned()));
        }
        match &earlier {
            Some(Earlier { upload, .. }) if !upload.is_of(destination) => {
                let UploadRecord { bucket, key, .. } = upload;
                Err(refused(format!("it belongs to s3://{bucket}/{key}")))
            }
            _ => Ok(Self {
                file: Arc::new(file),
                earlier,
            }),
        }
    }

    /// What goes on with the upload, and records how it goes on.
    pub(crate) fn resume(&mut self, quiet: bool) -> Resume {
        let recorder = Recorder::alone(Arc::clone(&self.file));
        Resume::new(recorder, self.earlier.take(), quiet)
    }

    /// Why nothing keeps another run from using it, where that is so.
    pub(crate) fn warning(&self) -> Option<String> {
        self.file.warning()
    }
}

/// There is no state any more of an upload that is over.
impl Drop for StateFile {
    fn drop(&mut self) {
        self.file.remove_if_empty();
    }
}

/// Whether a file that begins so may be one of ours, as far as a kill or a power cut left it: some file systems
/// show zeros where nothing was written yet.
fn may_be_ours(first: &[u8]) -> bool {
    let is_text = |byte: &u8| !matches!(byte, 0 | b'\n');
    let length = first.iter().rposition(is_text).map_or(0, |it| it + 1);
    HEAD.starts_with(&first[..length])
}

#[cfg(test)]
mod state_file_tests;
