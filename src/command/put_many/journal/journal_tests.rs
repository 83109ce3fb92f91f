use super::*;
use crate::checksum::{Algorithm, Hashing};
use crate::command::put_many::bucket_list::There;
use crate::source::Local;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
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
            local: Some(Local::Disk),
            is_folder: false,
            there: There::default(),
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
            payload_sha256: true,
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
