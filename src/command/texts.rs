//! What `s3stream version`, `completions` and `man` write: texts that are whole where they are.

use crate::error::{Error, Result};
use crate::whole_file;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

/// Writes `text` to standard output.
///
/// # Errors
/// When that does not take all of it, though its reader has not left.
pub(crate) fn print(text: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        // Whoever reads the first lines alone has what they wanted.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::failed("can't write to standard output").caused_by(error))
        }
        _ => Ok(()),
    }
}

/// Writes the file `name` into `folder`, which is made where it is not there. An older file is
/// replaced by a whole one, or stays.
///
/// # Errors
/// When the folder can't be made, or the file can't be written.
pub(crate) fn write(folder: &Path, name: &str, text: &[u8]) -> Result<()> {
    fs::create_dir_all(folder).map_err(|error| {
        Error::failed(format!("can't make the folder {}", folder.display())).caused_by(error)
    })?;
    let path = folder.join(name);
    whole_file::replace(&path, None, text)
        .map_err(|error| Error::failed(format!("can't write {}", path.display())).caused_by(error))
}
