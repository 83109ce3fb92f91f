//! What becomes of one path: the key that it gets, and whether it is chosen, this run's, and a file.

use super::found::{self, Found};
use super::listing::Listed;
use crate::config::{Choice, Filter, Shard};
use crate::error::{Error, Result};
use crate::source::{ctime, is_local};
use std::cell::Cell;
use std::fs::{FileType, Metadata};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

/// Chooses among the paths that are met.
#[derive(Debug, Clone)]
pub(super) struct Choosing {
    filters: Vec<Filter>,
    shard: Option<Shard>,
    prefix: String,
    base: Option<PathBuf>,
    /// The device of the last file, and whether it is one of this machine.
    device: Cell<Option<(u64, bool)>>,
}

impl Choosing {
    /// Refuses arguments that lie outside of `--base-dir`.
    pub(super) fn new(choice: &Choice, prefix: String) -> Result<Self> {
        let base = choice.base_dir.as_deref().map(absolute).transpose()?;
        for path in &choice.paths {
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
            filters: choice.filters.clone(),
            shard: choice.shard,
            prefix,
            base,
            device: Cell::new(None),
        })
    }

    /// What is to be said of a path, whose key is relative to `base` unless there is a `--base-dir`;
    /// `None` where it is not this run's.
    pub(super) fn choose(&self, path: &Path, base: &Path, metadata: &Metadata) -> Option<Listed> {
        let name = match self.name(path, base) {
            Ok(name) if chosen(&self.filters, &name) => name,
            Ok(_) => return None,
            Err(why) => return Some(Listed::failed(path, why)),
        };
        let key = match found::key(&self.prefix, &name) {
            Ok(key) => key,
            Err(why) => return Some(Listed::failed(path, why)),
        };
        let special = special(metadata.file_type());
        if self.shard.is_some_and(|shard| !shard.holds(&key)) {
            return special.is_none().then_some(Listed::OfAnotherShard);
        }
        let path = path.to_owned();
        if let Some(why) = special {
            return Some(Listed::LeftOut { path, why });
        }
        Some(match metadata.modified() {
            Ok(modified) => Listed::File(Found {
                local: self.is_local(&path, metadata.dev()),
                path,
                key,
                size: metadata.len(),
                modified,
                ctime: ctime(metadata),
            }),
            Err(error) => Listed::failed(&path, error.to_string()),
        })
    }

    fn is_local(&self, path: &Path, device: u64) -> bool {
        if let Some((last, local)) = self.device.get()
            && last == device
        {
            return local;
        }
        let local = is_local(path);
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
    std::path::absolute(path).map_err(|error| {
        Error::usage(format!("can't use {}", path.display())).because(error.to_string())
    })
}

/// The last filter that matches decides; without one, everything is taken.
fn chosen(filters: &[Filter], name: &str) -> bool {
    filters
        .iter()
        .rev()
        .find(|it| it.glob.is_match(name))
        .is_none_or(|it| it.include)
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
    use globset::Glob;

    fn filter(include: bool, glob: &str) -> Filter {
        Filter {
            include,
            glob: Glob::new(glob).unwrap().compile_matcher(),
        }
    }

    #[test]
    fn the_last_filter_that_matches_decides() {
        let filters = [
            filter(false, "*"),
            filter(true, "*.log"),
            filter(false, "*/old/*"),
        ];
        assert!(chosen(&filters, "logs/a.log"));
        assert!(!chosen(&filters, "logs/b.txt"));
        assert!(!chosen(&filters, "logs/old/a.log"));
        assert!(chosen(&[], "logs/b.txt"), "without filters all are taken");
        assert!(chosen(&filters[2..], "logs/b.txt"), "no filter matches");
    }

    #[test]
    fn a_path_outside_of_base_dir_is_refused() {
        let choice = |path: &str| Choice {
            paths: vec![path.into()],
            base_dir: Some("/srv/data".into()),
            ..Choice::default()
        };
        assert!(Choosing::new(&choice("/srv/data/logs"), String::new()).is_ok());
        let error = Choosing::new(&choice("/srv/database"), String::new()).unwrap_err();
        assert_eq!(error.exit_status(), 2);
        assert!(error.to_string().contains("/srv/database"), "{error}");
    }

    #[test]
    fn what_is_excluded_need_not_have_a_key() {
        let mut choosing = Choosing::new(&Choice::default(), "p/".repeat(512)).unwrap();
        let metadata = std::fs::metadata("/proc/self/status").unwrap();
        let choose = |it: &Choosing| it.choose(Path::new("a.tmp"), Path::new(""), &metadata);
        assert!(matches!(choose(&choosing), Some(Listed::Failed { .. })));
        choosing.filters = vec![filter(false, "*.tmp")];
        assert_eq!(choose(&choosing), None);
    }

    #[test]
    fn what_is_no_regular_file_is_left_out() {
        let choosing = Choosing::new(&Choice::default(), "p/".to_owned()).unwrap();
        let choose = |path: &str| {
            let metadata = std::fs::symlink_metadata(path).unwrap();
            choosing.choose(Path::new(path), Path::new("/"), &metadata)
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
