//! A line of the journal: a file that is stored, and all that tells it from others.

use super::content::Content;
use super::found::Found;
use super::seen_keys::{KeyHash, hash};
use crate::error::Result;
use crate::source::SourceFile;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Where the files go: the same key of the same bucket may be on two stores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// The one that is really used, whatever named it.
    pub(super) store: String,
    pub(super) bucket: String,
}

/// A file that is stored.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Line {
    /// Of store, bucket, key, and the path of the file byte by byte, which JSON can't always hold.
    id: String,
    #[serde(flatten)]
    place: Place,
    key: String,
    /// From the root on.
    path: String,
    #[serde(flatten)]
    state: State,
    content: Option<Content>,
    etag: Option<String>,
}

impl Line {
    /// The line of a file that was read and stored.
    pub(super) fn new(
        place: &Place,
        key: &str,
        path: &Path,
        file: &SourceFile,
        etag: Option<String>,
    ) -> Self {
        Self {
            id: hex::encode(id(place, key, path)),
            place: place.clone(),
            key: key.to_owned(),
            path: path.to_string_lossy().into_owned(),
            state: State {
                ctime: file.ctime(),
                ..State::of(file)
            },
            content: Content::of(&file.checksums()),
            etag,
        }
    }

    /// The line of an empty folder whose marker is stored.
    pub(super) fn of_folder(
        place: &Place,
        found: &Found,
        path: &Path,
        etag: Option<String>,
    ) -> Self {
        Self {
            id: hex::encode(id(place, &found.key, path)),
            place: place.clone(),
            key: found.key.clone(),
            path: path.to_string_lossy().into_owned(),
            state: State::of_found(found),
            content: None,
            etag,
        }
    }

    /// The same for the attributes that `file` has now, if they are others.
    pub(super) fn renewed(self, file: &SourceFile) -> Option<Self> {
        let state = State::of(file);
        (state != self.state).then_some(Self { state, ..self })
    }

    /// Whether `file` is the one that is stored, but for its attributes.
    ///
    /// # Errors
    /// When it can't be read.
    pub(super) fn is_of(&self, file: &SourceFile) -> Result<bool> {
        let content = self.content.as_ref();
        content.map_or(Ok(false), |content| content.is_that_of(file))
    }
}

/// A line, without what is looked at only where it matters: to read the whole of each of a million takes
/// five times as long.
#[derive(Debug, Deserialize)]
pub(super) struct Summary<'a> {
    id: &'a str,
    #[serde(borrow)]
    store: Cow<'a, str>,
    #[serde(borrow)]
    bucket: Cow<'a, str>,
    size: u64,
    modified: i64,
    ctime: i64,
}

impl Summary<'_> {
    /// The file and how it was, if it went to `place`.
    pub(super) fn at(&self, place: &Place) -> Option<(KeyHash, State)> {
        let id = u128::from_str_radix(self.id, 16).ok()?;
        let state = State {
            size: self.size,
            modified: self.modified,
            ctime: self.ctime,
        };
        let is_here = self.store == place.store && self.bucket == place.bucket;
        is_here.then_some((id.to_be_bytes(), state))
    }
}

/// How a file was when it was uploaded. Times are in nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) size: u64,
    pub(super) modified: i64,
    pub(super) ctime: i64,
}

impl State {
    pub(super) fn of_found(found: &Found) -> Self {
        Self {
            size: found.size,
            modified: nanoseconds(found.modified),
            ctime: found.ctime,
        }
    }

    /// As it was when it was opened.
    pub(super) fn of(file: &SourceFile) -> Self {
        Self {
            size: file.size(),
            modified: nanoseconds(file.modified()),
            ctime: file.opened_at(),
        }
    }
}

/// Two files, or one file at two places, never share one: no name holds a NUL.
pub(super) fn id(place: &Place, key: &str, path: &Path) -> KeyHash {
    let Place { store, bucket } = place;
    let names = [store, bucket, key].map(str::as_bytes);
    hash(&[names[0], names[1], names[2], path.as_os_str().as_bytes()].join(&0))
}

/// Nanoseconds since 1970, until 2262 and from 1677 on.
fn nanoseconds(time: SystemTime) -> i64 {
    let count = |it: std::time::Duration| i64::try_from(it.as_nanos()).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => count(since),
        Err(error) => -count(error.duration()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;
    use std::time::Duration;

    #[test]
    fn times_before_1970_differ() {
        let before = |seconds| nanoseconds(UNIX_EPOCH - Duration::from_secs(seconds));
        assert_eq!((before(1), before(2)), (-1_000_000_000, -2_000_000_000));
    }

    #[test]
    fn names_that_are_no_text_stay_apart() {
        let place = Place {
            store: String::new(),
            bucket: String::new(),
        };
        let odd = |byte| {
            id(
                &place,
                "k",
                Path::new(OsStr::from_bytes(&[b'/', byte, b'/', b'k'])),
            )
        };
        assert_ne!(odd(0xe4), odd(0xf6));
    }
}
