//! Reads from the page cache alone (openat2 with RESOLVE_CACHED, preadv2 with RWF_NOWAIT): what is in
//! memory already needs no thread that may wait for a disk or a network.

use std::fs::File;
use std::path::Path;

/// The page cache. Where the system can't tell what is in it, nothing is.
#[derive(Debug)]
pub(crate) struct PageCache;

/// Where a file lies of which nobody else is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Local {
    /// On a disk of this machine.
    Disk,
    /// In its memory: nothing there has to be waited for.
    Memory,
}

impl Local {
    /// Where `path` lies, if it is here. This itself may wait.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        use nix::sys::statfs::{BTRFS_SUPER_MAGIC, EXT4_SUPER_MAGIC, FsType, TMPFS_MAGIC, statfs};

        // As linux/magic.h has it; nix names it for glibc alone.
        const XFS_SUPER_MAGIC: FsType = FsType(0x5846_5342);
        match statfs(path).ok()?.filesystem_type() {
            EXT4_SUPER_MAGIC | XFS_SUPER_MAGIC | BTRFS_SUPER_MAGIC => Some(Self::Disk),
            TMPFS_MAGIC => Some(Self::Memory),
            _ => None,
        }
    }
}

impl PageCache {
    /// Opens a file for reading, if every folder on its path is in memory. NFS asks its server all the
    /// same: only for what is `Local`.
    pub(super) fn open(path: &Path) -> Option<File> {
        use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};

        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let file = openat2(CWD, path, flags, Mode::empty(), ResolveFlags::CACHED);
        file.ok().map(File::from)
    }

    /// Reads some bytes from `offset` on, if they are in memory; `None` where they are not, or where the
    /// file system can't tell.
    pub(super) fn read(file: &File, buffer: &mut [u8], offset: u64) -> Option<usize> {
        Self::read_or_end(file, buffer, offset).filter(|&n| n > 0)
    }

    /// The same, which gives 0 where the file has ended.
    pub(super) fn read_or_end(file: &File, buffer: &mut [u8], offset: u64) -> Option<usize> {
        use rustix::io::{Errno, ReadWriteFlags, preadv2};
        use std::io::IoSliceMut;
        use std::os::unix::fs::FileExt as _;

        match preadv2(
            file,
            &mut [IoSliceMut::new(buffer)],
            offset,
            ReadWriteFlags::NOWAIT,
        ) {
            // tmpfs can't tell (Linux 6.18, tried), and need not: it is all in memory.
            Err(Errno::OPNOTSUPP) if is_tmpfs(file) => file.read_at(buffer, offset).ok(),
            read => read.ok(),
        }
    }
}

fn is_tmpfs(file: &File) -> bool {
    use nix::sys::statfs::{TMPFS_MAGIC, fstatfs};
    fstatfs(file).is_ok_and(|it| it.filesystem_type() == TMPFS_MAGIC)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn what_was_just_written_is_in_memory() {
        for folder in [std::env::temp_dir(), "/dev/shm".into()] {
            let mut file = tempfile::tempfile_in(&folder).unwrap();
            file.write_all(b"0123456789").unwrap();
            let mut buffer = [0; 4];
            assert_eq!(
                PageCache::read(&file, &mut buffer, 3),
                Some(4),
                "{}",
                folder.display()
            );
            assert_eq!(&buffer, b"3456");
            assert_eq!(PageCache::read(&file, &mut buffer, 10), None);
            assert_eq!(PageCache::read_or_end(&file, &mut buffer, 10), Some(0));
        }
    }

    #[test]
    fn a_file_that_was_just_made_is_opened_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        assert!(PageCache::open(&path).is_none());
        std::fs::write(&path, b"abc").unwrap();
        let file = PageCache::open(&path).unwrap();
        assert_eq!(PageCache::read(&file, &mut [0; 9], 0), Some(3));
    }

    #[test]
    fn other_file_systems_cannot_tell() {
        assert_eq!(Local::of(Path::new("/dev/shm")), Some(Local::Memory));
        for other in ["/proc", "/nonexistent"] {
            assert_eq!(Local::of(Path::new(other)), None, "{other}");
        }
        let file = File::open("/proc/version").unwrap();
        assert_eq!(PageCache::read_or_end(&file, &mut [0; 4], 0), None);
    }
}
