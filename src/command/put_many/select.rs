//! What becomes of one path: the key that it gets, and whether it is chosen, this run's, and a file.

use super::bucket_list::There;
use super::found::Listed;
use super::found::{self, Found};
use crate::config::{self, Filters, Shard};
use crate::error::{Error, Result};
use crate::source::{Local, ctime};
use std::cell::Cell;
use std::collections::HashSet;
use std::fs::{FileType, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Component, Path, PathBuf};

/// What the name of a path decides.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is this run's, under this key.
    Ours(String),
    /// Another run sends it.
    OfAnotherShard,
    /// It can have no key, and why.
    Impossible(String),
}

/// Device and inode.
pub(super) type FileId = (u64, u64);

/// What names are relative to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Base<'a> {
    /// What keys are relative to, unless there is a `--base-dir`.
    pub(super) keys: &'a Path,
    /// What patterns are relative to, unless there is a `--base-dir`.
    pub(super) patterns: &'a Path,
}

/// Chooses among the paths that are met.
#[derive(Debug, Clone)]
pub(super) struct Select {
    /// Which paths are taken, by their names.
    pub(super) filters: Filters,
    /// Files that the run itself reads or writes.
    own_files: HashSet<FileId>,
    shard: Option<Shard>,
    prefix: String,
    base: Option<PathBuf>,
    /// Whether a marker is stored of a folder with nothing in it.
    empty_dirs: bool,
    /// The device of the last file, and where that is.
    device: Cell<Option<(u64, Option<Local>)>>,
}

impl Select {
    /// Refuses arguments that lie outside of `--base-dir`.
    pub(super) fn new(selection: &config::Selection, prefix: String) -> Result<Self> {
        let base = selection.base_dir.as_deref().map(absolute).transpose()?;
        for path in &selection.paths {
            if let Some(base) = &base
                && !absolute(path)?.starts_with(base)
            {
                let base = base.display();
                return Err(
                    Error::usage(format!("{} is not inside of {base}", path.display()))
                        .hint("keys are relative to --base-dir: name one that holds every PATH"),
                );
            }
        }
        Ok(Self {
            filters: selection.filters.clone(),
            own_files: HashSet::new(),
            shard: selection.shard,
            prefix,
            base,
            empty_dirs: selection.empty_dirs,
            device: Cell::new(None),
        })
    }

    /// Leaves out these files, as far as they are there by now, under whatever name they are met.
    pub(super) fn leave_out(&mut self, own_files: &[PathBuf]) {
        let found = own_files.iter().flat_map(std::fs::metadata);
        // Neither a pipe nor a terminal is met as a file; its number is another's.
        self.own_files = found.filter(Metadata::is_file).map(|it| id(&it)).collect();
    }

    /// Whether a file that was not reached through its folders is taken by the filters.
    pub(super) fn takes(&self, path: &Path, base: Base<'_>) -> bool {
        if self.filters.is_empty() {
            return true;
        }
        let relative = self.for_patterns(path, base.patterns);
        let decision = self.filters.decide_at_once(&relative, false);
        self.filters.takes(decision)
    }

    /// The path that patterns are compared with.
    pub(super) fn for_patterns(&self, path: &Path, base: &Path) -> PathBuf {
        let absolute = self
            .base
            .as_ref()
            .map(|base| (base, std::path::absolute(path)));
        let relative = match &absolute {
            Some((base, Ok(absolute))) => absolute.strip_prefix(base),
            _ => path.strip_prefix(base),
        };
        let components = relative.unwrap_or(path).components();
        components
            .filter(|it| matches!(it, Component::Normal(_) | Component::ParentDir))
            .collect()
    }

    /// The key of a path that the filters take; decided from the name.
    pub(super) fn key(&self, path: &Path, base: Base<'_>) -> Verdict {
        self.key_with(path, base, "")
    }

    /// The same for a key that goes on with `end`.
    fn key_with(&self, path: &Path, base: Base<'_>, end: &str) -> Verdict {
        let key = self.name(path, base.keys);
        match key.and_then(|name| found::key(&self.prefix, &(name + end))) {
            Ok(key) if self.shard.is_some_and(|shard| !shard.holds(&key)) => {
                Verdict::OfAnotherShard
            }
            Ok(key) => Verdict::Ours(key),
            Err(why) => Verdict::Impossible(why),
        }
    }

    /// What the keys of all that lies in a folder begin with.
    pub(super) fn prefix(&self, folder: &Path, base: &Path) -> String {
        // One without a name of its own adds none.
        let name = self.name(folder, base).map(|name| name + "/");
        self.prefix.clone() + &name.unwrap_or_default()
    }

    /// What is to be said of a folder that the filters take, and nothing in it; `None` where it is not
    /// this run's.
    pub(super) fn empty_folder(&self, path: &Path, base: Base<'_>) -> Option<Listed> {
        let path = path.to_owned();
        let key = match self.key_with(&path, base, "/") {
            Verdict::OfAnotherShard => return None,
            _ if !self.empty_dirs => return Some(Listed::EmptyFolder { path }),
            Verdict::Impossible(why) => return Some(Listed::failed(&path, why)),
            Verdict::Ours(key) => key,
        };
        let looked =
            std::fs::metadata(&path).and_then(|metadata| Ok((metadata.modified()?, metadata)));
        Some(match looked {
            Err(error) => Listed::failed(&path, error.to_string()),
            Ok((modified, metadata)) => Listed::File(Found {
                path,
                key,
                size: 0,
                modified,
                ctime: ctime(&metadata),
                local: None,
                is_folder: true,
                there: There::default(),
            }),
        })
    }

    /// What is to be said of a path that the filters take; `None` where it is not this run's. It is looked
    /// at, by `look`, only if it is, and if `kind`, where that is known, is a file's.
    pub(super) fn choose(
        &self,
        path: &Path,
        base: Base<'_>,
        kind: Option<FileType>,
        look: impl FnOnce() -> io::Result<Metadata>,
    ) -> Option<Listed> {
        let left_out = |why| Listed::LeftOut {
            path: path.to_owned(),
            why,
        };
        let known = kind.and_then(special);
        let key = match (self.key(path, base), known) {
            (Verdict::OfAnotherShard, Some(_)) => return None,
            (Verdict::OfAnotherShard, None) => return Some(Listed::OfAnotherShard),
            (Verdict::Impossible(why), _) => return Some(Listed::failed(path, why)),
            (Verdict::Ours(_), Some(why)) => return Some(left_out(why)),
            (Verdict::Ours(key), None) => key,
        };
        let looked = look().and_then(|metadata| Ok((metadata.modified()?, metadata)));
        Some(match looked {
            Err(error) => Listed::failed(path, error.to_string()),
            Ok((_, metadata)) if metadata.is_dir() => {
                Listed::failed(path, "it is a directory: lists name files".to_owned())
            }
            Ok((_, metadata)) if self.own_files.contains(&id(&metadata)) => {
                tracing::info!("{}: left out: this run uses it", path.display());
                return None;
            }
            Ok((modified, metadata)) => match special(metadata.file_type()) {
                Some(why) => left_out(why),
                None => Listed::File(Found {
                    local: self.local(path, metadata.dev()),
                    path: path.to_owned(),
                    key,
                    size: metadata.len(),
                    modified,
                    ctime: ctime(&metadata),
                    is_folder: false,
                    there: There::default(),
                }),
            },
        })
    }

    fn local(&self, path: &Path, device: u64) -> Option<Local> {
        if let Some((last, local)) = self.device.get()
            && last == device
        {
            return local;
        }
        let local = Local::of(path);
        self.device.set(Some((device, local)));
        local
    }

    /// The part of the key that comes from the path.
    pub(super) fn name(&self, path: &Path, base: &Path) -> Result<String, String> {
        match &self.base {
            None => found::name(path.strip_prefix(base).unwrap_or(path)),
            Some(base) => {
                let absolute = std::path::absolute(path).map_err(|error| error.to_string())?;
                let inside = absolute.strip_prefix(base);
                found::name(inside.map_err(|_| "it is not inside of --base-dir".to_owned())?)
            }
        }
    }
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path)
        .map_err(|error| Error::usage(format!("can't use {}", path.display())).caused_by(error))
}

/// What tells one file from another, whatever its names.
pub(super) fn id(metadata: &Metadata) -> FileId {
    (metadata.dev(), metadata.ino())
}

/// What a path is that is no regular file.
fn special(kind: FileType) -> Option<&'static str> {
    if kind.is_file() {
        None
    } else if kind.is_symlink() {
        Some("it is a symbolic link")
    } else if kind.is_fifo() {
        Some("it is a FIFO")
    } else if kind.is_socket() {
        Some("it is a socket")
    } else {
        Some("it is a device")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Selection;

    fn base(path: &str) -> Base<'_> {
        Base {
            keys: Path::new(path),
            patterns: Path::new(path),
        }
    }

    #[test]
    fn patterns_see_names_alone() {
        let mut select = Select::new(&Selection::default(), String::new()).unwrap();
        let seen =
            |it: &Select, path: &str, base: &str| it.for_patterns(Path::new(path), Path::new(base));
        assert_eq!(seen(&select, "www/a/b", "www/"), Path::new("a/b"));
        assert_eq!(seen(&select, "./a", "."), Path::new("a"));
        assert_eq!(seen(&select, "./a//./b", ""), Path::new("a/b"));
        assert_eq!(seen(&select, "/srv/a", ""), Path::new("srv/a"));
        assert_eq!(seen(&select, "www", "www"), Path::new(""));
        select.base = Some("/srv".into());
        assert_eq!(seen(&select, "/srv/www/a", "/srv/www"), Path::new("www/a"));
    }

    #[test]
    fn a_path_outside_of_base_dir_is_refused() {
        let selection = |path: &str| Selection {
            paths: vec![path.into()],
            base_dir: Some("/srv/data".into()),
            ..Selection::default()
        };
        assert!(Select::new(&selection("/srv/data/logs"), String::new()).is_ok());
        let error = Select::new(&selection("/srv/database"), String::new()).unwrap_err();
        assert_eq!(error.exit_status(), 2);
        assert!(format!("{error:#}").contains("/srv/database"), "{error:#}");
    }

    #[test]
    fn what_another_shard_sends_is_not_looked_at() {
        let shard = |index: u32| Shard {
            index: index.try_into().unwrap(),
            count: 5_u32.try_into().unwrap(),
        };
        let mut select = Select::new(&Selection::default(), String::new()).unwrap();
        let kind = std::fs::metadata("/proc/self/status").unwrap().file_type();
        let mut looked_at = 0;
        for index in 1..=5 {
            select.shard = Some(shard(index));
            for name in 0..100 {
                let look = || {
                    looked_at += 1;
                    std::fs::metadata("/proc/self/status")
                };
                let name = name.to_string();
                select.choose(Path::new(&name), base(""), Some(kind), look);
            }
        }
        assert_eq!(looked_at, 100);
    }

    #[test]
    fn what_is_no_regular_file_is_left_out() {
        let select = Select::new(&Selection::default(), "p/".to_owned()).unwrap();
        let choose = |path: &str| {
            let look = || std::fs::symlink_metadata(path);
            let kind = Some(look().unwrap().file_type());
            let by_kind = select.choose(Path::new(path), base("/"), kind, look);
            let looked_at = select.choose(Path::new(path), base("/"), None, look);
            assert_eq!(by_kind, looked_at);
            by_kind
        };
        let why = |path| match choose(path) {
            Some(Listed::LeftOut { why, .. }) => why,
            other => panic!("{other:?}"),
        };
        assert_eq!(why("/dev/null"), "it is a device");
        assert_eq!(why("/proc/self/exe"), "it is a symbolic link");
        let Some(Listed::File(found)) = choose("/proc/self/status") else {
            panic!("a regular file");
        };
        assert_eq!(found.key, "p/proc/self/status");
    }
}
