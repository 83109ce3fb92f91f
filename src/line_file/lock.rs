//! The lock that keeps a file to one run, where the file system has locks.

use nix::errno::Errno;
use std::fs::{File, TryLockError};
use std::io;

/// Why a file is not locked.
#[derive(Debug)]
pub(super) enum NotLocked {
    /// Another run holds it.
    InUse,
    /// It can't be.
    Failed(io::Error),
}

/// Locks a file; gives the reason where the file system has no locks.
pub(super) fn lock(file: &File) -> Result<Option<io::Error>, NotLocked> {
    judge(file.try_lock())
}

fn judge(locked: Result<(), TryLockError>) -> Result<Option<io::Error>, NotLocked> {
    match locked {
        Ok(()) => Ok(None),
        Err(TryLockError::WouldBlock) => Err(NotLocked::InUse),
        Err(TryLockError::Error(error)) if has_no_locks(&error) => Ok(Some(error)),
        Err(TryLockError::Error(error)) => Err(NotLocked::Failed(error)),
    }
}

/// Lustre without `-o flock` says ENOSYS (mount.lustre(8)), NFS without its lock service ENOLCK
/// (flock(2)), others EOPNOTSUPP.
fn has_no_locks(error: &io::Error) -> bool {
    let number = error.raw_os_error().map(Errno::from_raw);
    matches!(
        number,
        Some(Errno::ENOSYS | Errno::ENOLCK | Errno::EOPNOTSUPP)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_where_there_are_no_locks_does_a_run_go_without() {
        let judged = |number: Errno| {
            let error = io::Error::from_raw_os_error(number as i32);
            judge(Err(TryLockError::Error(error)))
        };
        for none in [Errno::ENOLCK, Errno::ENOSYS, Errno::EOPNOTSUPP] {
            assert!(matches!(judged(none), Ok(Some(_))), "{none}");
        }
        for other in [Errno::EIO, Errno::EINTR, Errno::EBADF] {
            assert!(
                matches!(judged(other), Err(NotLocked::Failed(_))),
                "{other}"
            );
        }
        let in_use = judge(Err(TryLockError::WouldBlock));
        assert!(matches!(in_use, Err(NotLocked::InUse)));
    }
}
