//! The journal: what is done, one JSON object a line, appended as files finish. A run that was
//! killed at any moment leaves at most one torn line, which the next run ignores.

use super::found::Found;
use super::keys::{KeyHash, hash};
use crate::config::ManyConfig;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead as _, BufReader, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// What an earlier run recorded, and where this one records.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    place: Place,
    done: HashMap<KeyHash, State>,
    file: Mutex<File>,
}

/// How a file was when it was uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    size: u64,
    modified: u128,
}

/// Where the files go: the same key of the same bucket may be on two stores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// Where the flags or the environment name one.
    pub(super) endpoint: Option<String>,
    pub(super) bucket: String,
}

impl Place {
    pub(super) fn of(config: &ManyConfig) -> Self {
        let endpoint = config.connection.endpoint_url.as_ref();
        Self {
            endpoint: endpoint.map(|url| url.as_str().trim_end_matches('/').to_owned()),
            bucket: config.bucket.clone(),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Entry {
    #[serde(flatten)]
    place: Place,
    key: String,
    path: String,
    size: u64,
    /// Nanoseconds since 1970.
    modified: u128,
    etag: Option<String>,
}

impl Journal {
    /// Reads what is done, and locks the journal for as long as this lives.
    pub(super) fn open(path: &Path, place: Place) -> Result<Self> {
        let unusable = |why: &dyn std::fmt::Display| {
            Error::usage(format!("can't use the journal {}", path.display()))
                .because(why.to_string())
        };
        let open = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path);
        let mut file = open.map_err(|error| unusable(&error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(unusable(&"another run is using it")
                    .hint("give each run, and each shard, a journal of its own"));
            }
            Err(TryLockError::Error(error)) => return Err(unusable(&error)),
        }
        let done = read(&mut file, &place).map_err(|error| unusable(&error))?;
        let journal = Self {
            path: path.to_owned(),
            place,
            done,
            file: Mutex::new(file),
        };
        Ok(journal)
    }

    /// Whether the file was uploaded to this key by an earlier run, and is still the same.
    pub(super) fn has(&self, found: &Found) -> bool {
        self.done.get(&hash(&found.key)) == Some(&State::of(found))
    }

    /// Records a file that is stored.
    ///
    /// # Errors
    /// When the line can't be written: the file would be sent again by the next run.
    pub(super) fn record(&self, found: &Found, etag: Option<&str>) -> Result<()> {
        let State { size, modified } = State::of(found);
        let entry = Entry {
            place: self.place.clone(),
            key: found.key.clone(),
            path: found.path.display().to_string(),
            size,
            modified,
            etag: etag.map(ToOwned::to_owned),
        };
        let failed = |error: io::Error| {
            Error::failed(format!("can't write the journal {}", self.path.display()))
                .because(error.to_string())
        };
        let mut line = serde_json::to_vec(&entry).map_err(|error| failed(error.into()))?;
        line.push(b'\n');
        // In one call, at the end of the file: a kill tears no line but this.
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&line).map_err(failed)
    }

    /// Brings what was recorded to the disk.
    pub(super) fn sync(&self) -> Result<()> {
        let file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.sync_data().map_err(|error| {
            Error::failed(format!("can't write the journal {}", self.path.display()))
                .because(error.to_string())
        })
    }
}

impl State {
    fn of(found: &Found) -> Self {
        Self {
            size: found.size,
            modified: nanoseconds(found.modified),
        }
    }
}

fn nanoseconds(time: SystemTime) -> u128 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos())
}

fn read(file: &mut File, place: &Place) -> io::Result<HashMap<KeyHash, State>> {
    file.rewind()?;
    let mut done = HashMap::new();
    let mut lines = BufReader::new(&*file);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        if let Ok(entry) = serde_json::from_slice::<Entry>(&line)
            && entry.place == *place
        {
            let state = State {
                size: entry.size,
                modified: entry.modified,
            };
            done.insert(hash(&entry.key), state);
        }
        if line.last() != Some(&b'\n') {
            // Torn by a kill: what is appended now must not be glued to it.
            (&*file).write_all(b"\n")?;
        }
        line.clear();
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(key: &str, size: u64) -> Found {
        Found {
            path: PathBuf::from("/src").join(key),
            key: key.to_owned(),
            size,
            modified: UNIX_EPOCH + std::time::Duration::from_nanos(1_234_567_890_123),
            local: true,
        }
    }

    fn place(bucket: &str) -> Place {
        Place {
            endpoint: None,
            bucket: bucket.to_owned(),
        }
    }

    #[test]
    fn what_was_recorded_is_known_to_the_next_run() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let first = Journal::open(&path, place("b")).unwrap();
        assert!(!first.has(&found("a", 1)));
        first.record(&found("a", 1), Some("etag")).unwrap();
        first.record(&found("ü\n", 2), None).unwrap();
        first.sync().unwrap();
        drop(first);
        let second = Journal::open(&path, place("b")).unwrap();
        assert!(second.has(&found("a", 1)) && second.has(&found("ü\n", 2)));
        assert!(!second.has(&found("a", 3)), "another size");
        let touched = Found {
            modified: found("a", 1).modified + std::time::Duration::from_nanos(1),
            ..found("a", 1)
        };
        assert!(!second.has(&touched), "another time");
        drop(second);
        let has = |place| Journal::open(&path, place).unwrap().has(&found("a", 1));
        assert!(!has(place("other")));
        let elsewhere = Place {
            endpoint: Some("https://s3.example.org".to_owned()),
            ..place("b")
        };
        assert!(!has(elsewhere));
        assert!(has(place("b")));
    }

    #[test]
    fn a_journal_torn_at_any_byte_is_read_as_far_as_it_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let journal = Journal::open(&path, place("b")).unwrap();
        journal.record(&found("a", 1), None).unwrap();
        journal.record(&found("b", 2), None).unwrap();
        drop(journal);
        let whole = std::fs::read(&path).unwrap();
        let first_line = whole.iter().position(|&byte| byte == b'\n').unwrap();
        for torn in 0..whole.len() {
            std::fs::write(&path, &whole[..torn]).unwrap();
            let journal = Journal::open(&path, place("b")).unwrap();
            assert_eq!(journal.has(&found("a", 1)), torn >= first_line, "{torn}");
            journal.record(&found("c", 3), None).unwrap();
            drop(journal);
            assert!(
                Journal::open(&path, place("b"))
                    .unwrap()
                    .has(&found("c", 3)),
                "{torn}"
            );
        }
    }

    #[test]
    fn one_journal_serves_one_run() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let _first = Journal::open(&path, place("b")).unwrap();
        let error = Journal::open(&path, place("b")).unwrap_err();
        assert_eq!(error.exit_status(), 2);
        assert!(error.to_string().contains("another run"), "{error}");
    }
}
