//! Files that are replaced as a whole: whoever reads one finds the old or the new one, and never half of
//! either, whatever ends this process.

use std::fs::{self, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// What the umask takes its bits from.
const BY_UMASK: u32 = 0o666;

/// Makes the file at `path` hold `bytes`. Its mode is `mode` or, without one, what the umask leaves. Where
/// `path` is a symbolic link, the file that it leads to is replaced, and the link stays.
///
/// # Errors
/// When there is something else than a regular file, such as a device, or it can't be written; an old file
/// is then as it was.
pub(crate) fn replace(path: &Path, mode: Option<u32>, bytes: &[u8]) -> io::Result<()> {
    let target = fs::canonicalize(path);
    let target = target.as_deref().unwrap_or(path);
    if fs::metadata(target).is_ok_and(|it| !it.is_file()) {
        return Err(io::Error::other("it is no regular file"));
    }
    let (Some(name), Some(folder)) = (target.file_name(), target.parent()) else {
        return Err(io::Error::other("it names no file"));
    };
    let folder = match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    };
    let prefix = format!(".{}.", name.to_string_lossy());
    let mut unfinished = tempfile::Builder::new()
        .prefix(&prefix)
        .suffix(".part")
        .permissions(Permissions::from_mode(BY_UMASK))
        .tempfile_in(folder)?;
    unfinished.write_all(bytes)?;
    if let Some(mode) = mode {
        let permissions = Permissions::from_mode(mode);
        unfinished.as_file().set_permissions(permissions)?;
    }
    // Before the rename: after a power cut, some file systems would show an empty file.
    unfinished.as_file().sync_all()?;
    unfinished.persist(target)?;
    // The file is there by now; not every file system can sync a folder.
    let _ = File::open(folder).and_then(|it| it.sync_all());
    Ok(())
}
