//! Whether a program is there to be started, found out without starting it.

use nix::errno::Errno;
use rustix::fs::{Access, AtFlags, CWD, accessat};
use std::env;
use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// Where the C library looks for programs when there is no `PATH`.
const DEFAULT_PATH: &str = "/bin:/usr/bin";

/// Looks for `program` as execvp would.
///
/// # Errors
/// What an attempt to start it would fail with.
pub(super) fn find(program: &OsStr) -> io::Result<()> {
    if program.as_bytes().contains(&b'/') {
        return executable(Path::new(program));
    }
    let path = env::var_os("PATH").unwrap_or_else(|| DEFAULT_PATH.into());
    find_in(&path, program)
}

/// One that is there and may not be started says more than those that are not there.
fn find_in(path: &OsStr, program: &OsStr) -> io::Result<()> {
    let mut failure = io::Error::from(Errno::ENOENT);
    for folder in env::split_paths(path) {
        match executable(&folder.join(program)) {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => failure = error,
            Err(_) => {}
        }
    }
    Err(failure)
}

fn executable(path: &Path) -> io::Result<()> {
    if std::fs::metadata(path)?.is_dir() {
        return Err(Errno::EACCES.into());
    }
    Ok(accessat(CWD, path, Access::EXEC_OK, AtFlags::EACCESS)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(path: &str, program: &str) -> Result<(), ErrorKind> {
        find_in(OsStr::new(path), OsStr::new(program)).map_err(|error| error.kind())
    }

    #[test]
    fn the_first_that_can_be_started_counts() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("sh"), "no program").unwrap();
        std::fs::create_dir(folder.path().join("folder")).unwrap();
        let own = folder.path().display();
        assert_eq!(kind("/nowhere:/bin", "sh"), Ok(()));
        assert_eq!(kind(&format!("{own}:/bin"), "sh"), Ok(()));
        let denied = Err(ErrorKind::PermissionDenied);
        assert_eq!(kind(&format!("{own}:/nowhere"), "sh"), denied);
        assert_eq!(kind(&own.to_string(), "folder"), denied);
        assert_eq!(kind("/bin", "no-such-program"), Err(ErrorKind::NotFound));
    }

    #[test]
    fn a_path_is_not_looked_for() {
        assert!(find(OsStr::new("/bin/sh")).is_ok());
        for (program, kind) in [
            ("/etc/passwd", ErrorKind::PermissionDenied),
            ("/", ErrorKind::PermissionDenied),
            ("/nowhere/sh", ErrorKind::NotFound),
        ] {
            assert_eq!(
                find(OsStr::new(program)).unwrap_err().kind(),
                kind,
                "{program}"
            );
        }
    }
}
