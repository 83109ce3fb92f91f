//! The journal: what is done, one JSON object a line, appended as files finish. A run that was
//! killed at any moment leaves at most one torn line, which the next run ignores.

use super::found::Found;
use super::journal_line::{Line, State, id};
use super::journal_lock::{NotLocked, lock};
use super::seen_keys::KeyHash;
use crate::error::{Error, Result};
use crate::source::SourceFile;
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf, absolute};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

pub(super) use super::journal_line::Place;

/// What earlier runs recorded, and where this one records.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    place: Place,
    done: HashMap<KeyHash, Record>,
    file: Mutex<File>,
    /// Why nothing more can be written.
    failure: OnceLock<Error>,
    /// Why it could not be locked, on a file system without locks.
    unlocked: Option<io::Error>,
}

/// What the journal knows of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// It was never stored here, or is another now.
    No,
    /// It is stored, and still is as it was.
    Unchanged,
    /// It is stored, if the content is the same: only the ctime is another, or there is no size to go by.
    Perhaps,
}

#[derive(Debug)]
struct Record {
    state: State,
    /// Where its line begins.
    at: u64,
}

impl Journal {
    /// Opens the journal at `path` and reads what is done at `place`.
    ///
    /// # Errors
    /// When it can't be read or written, or another run has it open.
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
        let metadata = file.metadata().map_err(|error| unusable(&error))?;
        if !metadata.is_file() {
            return Err(unusable(&"it is no regular file"));
        }
        let unlocked = lock(&file).map_err(|why| match why {
            NotLocked::InUse => unusable(&"another run is using it")
                .hint("give each run, and each shard, a journal of its own"),
            NotLocked::Failed(error) => unusable(&error),
        })?;
        let done = read(&mut file, &place).map_err(|error| unusable(&error))?;
        let journal = Self {
            path: path.to_owned(),
            place,
            done,
            file: Mutex::new(file),
            failure: OnceLock::new(),
            unlocked,
        };
        Ok(journal)
    }

    /// Warns where nothing keeps another run from using the same journal.
    pub(super) fn warning(&self) -> Option<String> {
        let error = self.unlocked.as_ref()?;
        Some(format!(
            "the file system has no locks ({error}): see to it that no other run uses this journal"
        ))
    }

    /// Whether this very file was uploaded to this key by an earlier run.
    pub(super) fn known(&self, found: &Found) -> Known {
        let now = State::of_found(found);
        match self.done.get(&self.id(found)).map(|it| it.state) {
            Some(then) if (then.size, then.modified) != (now.size, now.modified) => Known::No,
            Some(then) if then.ctime == now.ctime && now.size > 0 => Known::Unchanged,
            Some(_) => Known::Perhaps,
            None => Known::No,
        }
    }

    /// The line of a file which that one, now open, still seems to be.
    ///
    /// # Errors
    /// When the journal can't be read any more.
    pub(super) fn line_of(&self, found: &Found, file: &SourceFile) -> Result<Option<Line>> {
        let (now, record) = (State::of(file), self.done.get(&self.id(found)));
        let seems = |then: &State| (then.size, then.modified) == (now.size, now.modified);
        let Some(record) = record.filter(|it| seems(&it.state)) else {
            return Ok(None);
        };
        let mut journal = self.lock();
        let mut line = Vec::new();
        let read = journal
            .seek(SeekFrom::Start(record.at))
            .and_then(|_| BufReader::new(&*journal).read_until(b'\n', &mut line));
        read.map_err(|error| self.failed("read", &error))?;
        Ok(serde_json::from_slice(&line).ok())
    }

    /// Records a file that is stored. Where that fails the file is stored all the same: `finish` tells.
    pub(super) fn record(&self, found: &Found, file: &SourceFile, etag: Option<String>) {
        let path = absolute(&found.path).unwrap_or(found.path.clone());
        self.write(&Line::new(&self.place, &found.key, &path, file, etag));
    }

    /// Records that a file, now open, is stored though its ctime moved on.
    pub(super) fn renew(&self, line: Line, file: &SourceFile) {
        if let Some(line) = line.renewed(file) {
            self.write(&line);
        }
    }

    fn write(&self, line: &Line) {
        let mut file = self.lock();
        // Nothing goes behind half a line: both would be lost.
        if self.failure.get().is_some() {
            return;
        }
        let written = serde_json::to_vec(line).map_err(io::Error::from);
        let written = written.and_then(|mut line| {
            line.push(b'\n');
            // In one call, at the end of the file: a kill tears no line but this.
            file.write_all(&line)
        });
        if let Err(error) = written {
            let _ = self.failure.set(self.failed("write", &error));
        }
    }

    /// Brings what was recorded to the disk.
    ///
    /// # Errors
    /// When not all that is stored is recorded: the next run would send it again.
    pub(super) fn finish(&self) -> Result<()> {
        let synced = self.lock().sync_data();
        let synced = synced.map_err(|error| self.failed("write", &error));
        let whole = self
            .failure
            .get()
            .map_or(synced, |error| Err(error.clone()));
        whole.map_err(|error| {
            error.hint("the files are stored; the next run sends those again that are not recorded")
        })
    }

    fn id(&self, found: &Found) -> KeyHash {
        let path = absolute(&found.path);
        let path = path.as_ref().unwrap_or(&found.path);
        id(&self.place, &found.key, path)
    }

    fn lock(&self) -> MutexGuard<'_, File> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, act: &str, error: &io::Error) -> Error {
        Error::failed(format!("can't {act} the journal {}", self.path.display()))
            .because(error.to_string())
    }
}

/// Reads the lines of this `place`; of one file, the last counts.
fn read(file: &mut File, place: &Place) -> io::Result<HashMap<KeyHash, Record>> {
    file.rewind()?;
    let mut done = HashMap::new();
    let mut lines = BufReader::new(&*file);
    let mut line = Vec::new();
    let mut at = 0;
    while lines.read_until(b'\n', &mut line)? > 0 {
        if let Ok(line) = serde_json::from_slice::<Line>(&line)
            && let Some((id, state)) = line.at(place)
        {
            done.insert(id, Record { state, at });
        }
        if line.last() != Some(&b'\n') {
            // Torn by a kill: what is appended now must not be glued to it.
            (&*file).write_all(b"\n")?;
        }
        at += line.len() as u64;
        line.clear();
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::{Algorithm, Hashing};
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::time::Duration;

    /// A folder with a file `a` of one byte and a file `ü\n` of two, and its journal.
    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("a"), "1").unwrap();
            fs::write(folder.path().join("ü\n"), "22").unwrap();
            Self(folder)
        }

        fn found(&self, name: &str) -> Found {
            let path = self.0.path().join(name);
            let metadata = fs::metadata(&path).unwrap();
            Found {
                path,
                key: name.to_owned(),
                size: metadata.len(),
                modified: metadata.modified().unwrap(),
                ctime: crate::source::ctime(&metadata),
                local: true,
            }
        }

        fn path(&self) -> PathBuf {
            self.0.path().join("journal")
        }

        fn journal(&self, place: Place) -> Journal {
            Journal::open(&self.path(), place).unwrap()
        }

        /// Records the file as one that was read and stored.
        fn record(&self, journal: &Journal, name: &str) {
            let file = SourceFile::open(self.0.path().join(name)).unwrap();
            let transfer = crate::config::test_transfer();
            let concurrency = crate::concurrency::Concurrency::new(&transfer);
            let pool = crate::buffer::BufferPool::new(&transfer, &concurrency);
            let runtime = tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap();
            let buffer = runtime.block_on(pool.take(file.size())).unwrap();
            let hashing = Hashing {
                algorithm: Algorithm::Sha256,
                signed_payload: true,
            };
            file.read_part(1, 0, buffer, hashing).unwrap();
            let etag = Some("etag".to_owned());
            journal.record(&self.found(name), &file, etag);
        }
    }

    fn place(store: &str, bucket: &str) -> Place {
        Place {
            store: store.to_owned(),
            bucket: bucket.to_owned(),
        }
    }

    fn here() -> Place {
        place("https://s3.example.org", "b")
    }

    #[test]
    fn what_was_recorded_is_known_to_the_next_run() {
        let folder = Folder::new();
        let first = folder.journal(here());
        assert_eq!(first.known(&folder.found("a")), Known::No);
        folder.record(&first, "a");
        folder.record(&first, "ü\n");
        first.finish().unwrap();
        drop(first);
        let second = folder.journal(here());
        let found = folder.found("a");
        assert_eq!(second.known(&found), Known::Unchanged);
        assert_eq!(second.known(&folder.found("ü\n")), Known::Unchanged);
        let other = |change: fn(&mut Found)| {
            let mut other = found.clone();
            change(&mut other);
            second.known(&other)
        };
        assert_eq!(other(|it| it.size += 1), Known::No);
        assert_eq!(
            other(|it| it.modified += Duration::from_nanos(1)),
            Known::No
        );
        assert_eq!(other(|it| it.ctime += 1), Known::Perhaps);
        assert_eq!(other(|it| it.key += "b"), Known::No);
    }

    /// The bucket of another store, another bucket, another file that gets the same key.
    #[test]
    fn nothing_stands_for_what_is_elsewhere() {
        let folder = Folder::new();
        folder.record(&folder.journal(here()), "a");
        let known = |place| folder.journal(place).known(&folder.found("a"));
        assert_eq!(known(place("https://s3.example.org:9000", "b")), Known::No);
        assert_eq!(known(place("https://s3.example.org", "c")), Known::No);
        assert_eq!(known(here()), Known::Unchanged);
        let moved = Found {
            path: folder.0.path().join("elsewhere/a"),
            ..folder.found("a")
        };
        assert_eq!(folder.journal(here()).known(&moved), Known::No);
    }

    #[test]
    fn a_moved_ctime_is_learned_where_the_content_is_the_same() {
        let folder = Folder::new();
        folder.record(&folder.journal(here()), "a");
        let path = folder.0.path().join("a");
        let recorded = folder.found("a").ctime;
        while folder.found("a").ctime == recorded {
            for mode in [0o600, 0o640] {
                fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            }
        }
        let journal = folder.journal(here());
        let found = folder.found("a");
        assert_eq!(journal.known(&found), Known::Perhaps);
        let file = SourceFile::open(path).unwrap();
        let line = journal.line_of(&found, &file).unwrap().unwrap();
        assert!(line.is_of(&file).unwrap());
        journal.renew(line, &file);
        drop(journal);
        assert_eq!(folder.journal(here()).known(&found), Known::Unchanged);
    }

    #[test]
    fn an_empty_file_is_looked_at_before_it_is_believed_to_be_the_same() {
        let folder = Folder::new();
        fs::write(folder.0.path().join("empty"), "").unwrap();
        folder.record(&folder.journal(here()), "empty");
        let journal = folder.journal(here());
        assert_eq!(journal.known(&folder.found("empty")), Known::Perhaps);
    }

    /// Those did not tell the store nor the file.
    #[test]
    fn lines_of_before_are_passed_over() {
        let folder = Folder::new();
        let old = r#"{"endpoint":"https://s3.example.org","bucket":"b","key":"a","path":"a","size":1,"modified":0,"etag":null}"#;
        fs::write(folder.path(), format!("{old}\n")).unwrap();
        assert!(folder.journal(here()).done.is_empty());
    }

    #[test]
    fn a_journal_torn_at_any_byte_is_read_as_far_as_it_goes() {
        let folder = Folder::new();
        let journal = folder.journal(here());
        folder.record(&journal, "a");
        folder.record(&journal, "ü\n");
        drop(journal);
        let whole = fs::read(folder.path()).unwrap();
        fs::write(folder.0.path().join("c"), "333").unwrap();
        let first_line = whole.iter().position(|&byte| byte == b'\n').unwrap();
        for torn in 0..whole.len() {
            fs::write(folder.path(), &whole[..torn]).unwrap();
            let journal = folder.journal(here());
            let known = journal.known(&folder.found("a")) == Known::Unchanged;
            assert_eq!(known, torn >= first_line, "{torn}");
            folder.record(&journal, "c");
            drop(journal);
            let known = folder.journal(here()).known(&folder.found("c"));
            assert_eq!(known, Known::Unchanged, "{torn}");
        }
    }

    #[test]
    fn a_journal_is_a_regular_file() {
        let error = Journal::open(Path::new("/dev/zero"), here()).unwrap_err();
        assert!(
            format!("{error:#}").contains("no regular file"),
            "{error:#}"
        );
    }

    #[test]
    fn one_journal_serves_one_run() {
        let folder = Folder::new();
        let _first = folder.journal(here());
        let error = Journal::open(&folder.path(), here()).unwrap_err();
        assert_eq!(error.exit_status(), 2);
        assert!(format!("{error:#}").contains("another run"), "{error:#}");
    }
}
