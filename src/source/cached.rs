//! Reads that never wait: of bytes that are in memory already.

use std::fs::File;

/// Reads some bytes from `offset` on, if they are in the page cache; `None` where they are not, or
/// where the file system can't tell.
#[cfg(target_os = "linux")]
pub(super) fn read(file: &File, room: &mut [u8], offset: u64) -> Option<usize> {
    use rustix::io::{Errno, ReadWriteFlags, preadv2};
    use std::io::IoSliceMut;
    use std::os::unix::fs::FileExt as _;

    let n = match preadv2(
        file,
        &mut [IoSliceMut::new(room)],
        offset,
        ReadWriteFlags::NOWAIT,
    ) {
        // tmpfs can't tell (Linux 6.18, tried), and need not: it is all in memory.
        Err(Errno::OPNOTSUPP) if is_tmpfs(file) => file.read_at(room, offset).ok(),
        read => read.ok(),
    };
    n.filter(|&n| n > 0)
}

#[cfg(target_os = "linux")]
fn is_tmpfs(file: &File) -> bool {
    use nix::sys::statfs::{TMPFS_MAGIC, fstatfs};
    fstatfs(file).is_ok_and(|it| it.filesystem_type() == TMPFS_MAGIC)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn read(_: &File, _: &mut [u8], _: u64) -> Option<usize> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn what_was_just_written_is_in_memory() {
        for folder in [std::env::temp_dir(), "/dev/shm".into()] {
            let mut file = tempfile::tempfile_in(&folder).unwrap();
            file.write_all(b"0123456789").unwrap();
            let mut room = [0; 4];
            assert_eq!(read(&file, &mut room, 3), Some(4), "{}", folder.display());
            assert_eq!(&room, b"3456");
            assert_eq!(read(&file, &mut room, 10), None);
        }
    }

    #[test]
    fn other_file_systems_cannot_tell() {
        let file = File::open("/proc/version").unwrap();
        assert_eq!(read(&file, &mut [0; 4], 0), None);
    }
}
