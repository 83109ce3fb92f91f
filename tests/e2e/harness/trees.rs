//! Files and trees of files to upload.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use tempfile::TempDir;

/// Bytes that look random and depend on `seed`.
pub(crate) fn noise(size: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2).wrapping_add(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(size);
    bytes
}

/// A file with `bytes`, gone with the folder that this gives too.
pub(crate) fn file_with(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("source.bin");
    // It may stand for a key, which nobody else is to read.
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path);
    file.unwrap().write_all(bytes).unwrap();
    (folder, path)
}

/// A file that is not there yet, for a script to make; gone with the folder.
pub(crate) fn mark() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mark");
    (folder, path)
}

pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// A folder `src` with these files.
pub(crate) fn tree(files: &Files) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join("src").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

pub(crate) fn small(count: usize) -> Files {
    (0..count)
        .map(|n| (format!("d{}/f{n}", n % 7), noise(n * 37 % 4096, n as u64)))
        .collect()
}
