//! The file of `--receipt`: one line an object that is stored, replaced as a whole once the run has ended.

use super::Receipt;
use super::receipt_line::ReceiptLine;
use crate::config::{GivenOptions, ReceiptTarget};
use crate::error::{Error, Result};
use crate::host::host;
use crate::log::warn;
use crate::store::Store;
use crate::whole_file::WholeFile;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The receipt of a run. That it can't be written is a warning: it changes nothing of what is stored.
#[derive(Debug)]
pub(crate) struct ReceiptFile {
    target: ReceiptTarget,
    store: Arc<Store>,
    host: Option<String>,
    /// Until it can't be written.
    file: Option<BufWriter<WholeFile>>,
}

impl ReceiptFile {
    /// Begins the file beside the one that it will replace.
    ///
    /// # Errors
    /// When nothing can be written there: once all is stored, it would be too late.
    pub(crate) fn begin(target: &ReceiptTarget, store: Arc<Store>) -> Result<Self> {
        Ok(Self {
            file: Some(BufWriter::new(begin(target)?)),
            target: target.clone(),
            store,
            host: host(),
        })
    }

    /// Checks that it could be begun.
    ///
    /// # Errors
    /// When it could not.
    pub(crate) fn check(target: &ReceiptTarget) -> Result<()> {
        begin(target).map(drop)
    }

    /// Where the lines are until then.
    pub(crate) fn unfinished(&self) -> Option<PathBuf> {
        Some(self.file.as_ref()?.get_ref().path().to_owned())
    }

    /// Adds an object that is stored.
    pub(crate) fn add(&mut self, path: Option<&Path>, receipt: &Receipt) {
        let Some(file) = &mut self.file else { return };
        let options: &GivenOptions = &self.target.options;
        let host = self.host.as_deref();
        let line = ReceiptLine::new(path, receipt, &self.store, options, host);
        let written = serde_json::to_writer(&mut *file, &line).map_err(io::Error::from);
        if let Err(error) = written.and_then(|()| file.write_all(b"\n")) {
            // What is still in the buffer is of no use.
            let _ = self.file.take().map(BufWriter::into_parts);
            give_up(&self.target, &error);
        }
    }

    /// Puts it in the place of the old one.
    pub(crate) fn finish(self) {
        let Some(file) = self.file else { return };
        let whole = file.into_inner().map_err(|error| error.into_error());
        if let Err(error) = whole.and_then(|file| file.replace(None)) {
            give_up(&self.target, &error);
        }
    }
}

fn give_up(target: &ReceiptTarget, error: &io::Error) {
    let what = format!("the receipt can't be written: {error}");
    warn(target.path.display(), what);
}

fn begin(target: &ReceiptTarget) -> Result<WholeFile> {
    WholeFile::begin(&target.path).map_err(|error| {
        Error::usage(format!("--receipt {:?}", target.path))
            .because("it can't be written")
            .caused_by(error)
    })
}
