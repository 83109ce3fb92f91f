//! Files that are replaced as a whole: whoever reads one finds the old or the new one, and never half of
//! either, whatever ends this process.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// What the umask takes its bits from.
const BY_UMASK: u32 = 0o666;

/// Makes the file at `path` hold `bytes`. Its mode is `mode` or, without one, what the umask leaves. Where
/// `path` is a symbolic link, the file that it leads to is replaced, and the link stays.
///
/// # Errors
/// When there is something else than a regular file, such as a device, or it can't be written; an old file
/// is then as it was.
pub(crate) fn replace(path: &Path, mode: Option<u32>, bytes: &[u8]) -> io::Result<()> {
    let mut file = WholeFile::begin(path)?;
    file.write_all(bytes)?;
    file.replace(mode)
}

/// What will be a file once it is whole. Dropped before, it goes.
#[derive(Debug)]
pub(crate) struct WholeFile {
    unfinished: NamedTempFile,
    target: PathBuf,
}

impl WholeFile {
    /// Begins it, in the folder of the file at `path` which it is to replace.
    ///
    /// # Errors
    /// When there is something else than a regular file, or nothing can be written there.
    pub(crate) fn begin(path: &Path) -> io::Result<Self> {
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if fs::metadata(&target).is_ok_and(|it| !it.is_file()) {
            return Err(io::Error::other("it is no regular file"));
        }
        let Some(name) = target.file_name() else {
            return Err(io::Error::other("it names no file"));
        };
        let unfinished = tempfile::Builder::new()
            .prefix(&format!(".{}.", name.to_string_lossy()))
            .suffix(".part")
            .permissions(Permissions::from_mode(BY_UMASK))
            .tempfile_in(folder_of(&target))?;
        Ok(Self { unfinished, target })
    }

    /// Where it is until then.
    pub(crate) fn path(&self) -> &Path {
        self.unfinished.path()
    }

    /// Puts it in the place of the old one, with that mode or what the umask left.
    ///
    /// # Errors
    /// When it can't be; the old one is then as it was.
    pub(crate) fn replace(self, mode: Option<u32>) -> io::Result<()> {
        let file = self.unfinished.as_file();
        if let Some(mode) = mode {
            file.set_permissions(Permissions::from_mode(mode))?;
        }
        // Before the rename: after a power cut, some file systems would show an empty file.
        file.sync_all()?;
        self.unfinished.persist(&self.target)?;
        sync_folder_of(&self.target);
        Ok(())
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.unfinished.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.unfinished.flush()
    }
}

/// Brings a file's entry in its folder to the disk, where the file system can.
pub(crate) fn sync_folder_of(file: &Path) {
    let _ = File::open(folder_of(file)).and_then(|it| it.sync_all());
}

/// The folder that a file is in, or will be.
fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
