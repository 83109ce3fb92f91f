//! A file that was found, and the key that it gets.

use super::bucket_list::There;
use crate::config::LONGEST_KEY;
use crate::source::Local;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

/// A regular file to upload, or an empty folder of which a marker is to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::command) struct Found {
    /// Where it is.
    pub(in crate::command) path: PathBuf,
    /// The key that it gets.
    pub(in crate::command) key: String,
    /// Size in bytes, as it was found.
    pub(in crate::command) size: u64,
    /// Time of change, as it was found.
    pub(super) modified: SystemTime,
    /// Time of the last change of its inode, in nanoseconds since 1970, as it was found.
    pub(super) ctime: i64,
    /// Where it lies, if it is here, so that opening it waits for nobody else.
    pub(super) local: Option<Local>,
    /// Whether it is an empty folder: nothing is read of it.
    pub(in crate::command) is_folder: bool,
    /// What the bucket's list says of its key.
    pub(super) there: There,
}

/// `path` as a key: its names joined by `/`.
///
/// # Errors
/// Says why it can't be one.
pub(super) fn name(path: &Path) -> Result<String, String> {
    let mut name = String::new();
    for component in path.components() {
        match component {
            Component::Normal(part) => {
                let part = part.to_str().ok_or("its name is not UTF-8, as keys are")?;
                if !name.is_empty() {
                    name.push('/');
                }
                name.push_str(part);
            }
            Component::CurDir | Component::RootDir => {}
            Component::ParentDir | Component::Prefix(_) => {
                return Err("its path has .., which no key may have".to_owned());
            }
        }
    }
    if name.is_empty() {
        return Err("it has no name".to_owned());
    }
    Ok(name)
}

/// The whole key.
///
/// # Errors
/// Says why it can't be one.
pub(super) fn key(prefix: &str, name: &str) -> Result<String, String> {
    let key = format!("{prefix}{name}");
    if key.len() > LONGEST_KEY {
        let length = key.len();
        return Err(format!(
            "its key has {length} bytes; S3 takes at most {LONGEST_KEY}"
        ));
    }
    Ok(key)
}

/// What the listing says of one path.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::command) enum Listed {
    /// A file to upload.
    File(Found),
    /// Something that should have been uploaded and can't be.
    Failed { path: PathBuf, why: String },
    /// A file whose key another file has already.
    Twice { path: PathBuf, key: String },
    /// Something that is no regular file, and is left out.
    LeftOut { path: PathBuf, why: &'static str },
    /// A file that another run sends.
    OfAnotherShard,
    /// A folder is entered: the keys of the files that follow begin with this, and come in the order of
    /// their bytes where they were asked to.
    Folder { prefix: String },
    /// A folder with nothing in it, of which no marker is to be stored.
    EmptyFolder { path: PathBuf },
}

impl Listed {
    pub(super) fn failed(path: &Path, why: String) -> Self {
        Self::Failed {
            path: path.to_owned(),
            why,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStrExt as _;

    #[test]
    fn names() {
        assert_eq!(name(Path::new("a/b c/ü")).unwrap(), "a/b c/ü");
        assert_eq!(name(Path::new("./a/./b")).unwrap(), "a/b");
        assert_eq!(name(Path::new("a\nb")).unwrap(), "a\nb");
        assert!(name(Path::new("a/../b")).unwrap_err().contains(".."));
        assert!(name(Path::new(".")).is_err());
        let latin1 = std::ffi::OsStr::from_bytes(b"caf\xe9");
        assert!(name(Path::new(latin1)).unwrap_err().contains("UTF-8"));
    }

    #[test]
    fn keys_have_1024_bytes_at_most() {
        assert_eq!(key("p/", "a").unwrap(), "p/a");
        assert!(key("", &"k".repeat(1024)).is_ok());
        assert!(key("p", &"k".repeat(1024)).is_err());
    }
}
