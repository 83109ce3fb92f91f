//! Which files there are: arguments, folders walked, lists read. Nothing is collected: what is found
//! goes on at once, so that the upload of a million files begins with the first.

use super::found::{self, Found};
use super::keys::Keys;
use crate::config::{Choice, FilesFrom, Filter};
use crate::error::{Error, Result};
use std::fs::{File, FileType, Metadata};
use std::io::{self, BufRead, BufReader};
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// What the listing says of one path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Listed {
    /// A file to upload.
    File(Found),
    /// Something that should have been uploaded and can't be.
    Failed { path: PathBuf, why: String },
    /// Something that is no regular file, and is left out.
    LeftOut { path: PathBuf, why: &'static str },
}

type Sink<'a> = &'a mut dyn FnMut(Listed) -> ControlFlow<()>;

/// All that is needed to list the files.
#[derive(Debug, Clone)]
pub(super) struct Listing {
    choice: Choice,
    prefix: String,
    base: Option<PathBuf>,
}

impl Listing {
    /// Checks the arguments: what they make knowable is refused before anything is sent.
    pub(super) fn new(choice: Choice, prefix: String) -> Result<Self> {
        let base = choice.base_dir.as_deref().map(absolute).transpose()?;
        let listing = Self {
            choice,
            prefix,
            base,
        };
        for path in &listing.choice.paths {
            let is_folder = std::fs::metadata(path).is_ok_and(|it| it.is_dir());
            if is_folder && !listing.choice.recursive {
                return Err(Error::usage(format!("{} is a directory", path.display()))
                    .hint("use --recursive to upload what is in it"));
            }
            if let Some(base) = &listing.base
                && !absolute(path)?.starts_with(base)
            {
                let base = base.display();
                return Err(
                    Error::usage(format!("{} is not inside of {base}", path.display()))
                        .hint("keys are relative to --base-dir: name one that holds every PATH"),
                );
            }
        }
        if listing.may_collide() {
            listing.check_keys()?;
        }
        Ok(listing)
    }

    /// Whether two files could get one key. Inside one folder they can't.
    fn may_collide(&self) -> bool {
        let listed = matches!(
            &self.choice.files_from,
            Some(FilesFrom { path: Some(_), .. })
        );
        let roots: Vec<_> = self
            .choice
            .paths
            .iter()
            .map(|path| self.name(path, &parent(path)).unwrap_or_default())
            .collect();
        let nested = roots.iter().enumerate().any(|(at, root)| {
            let inside = |other: &String| Path::new(other).starts_with(root);
            roots
                .iter()
                .enumerate()
                .any(|(other_at, other)| at != other_at && inside(other))
        });
        listed || nested
    }

    fn check_keys(&self) -> Result<()> {
        let mut keys = Keys::default();
        let mut collision = None;
        self.each(&mut |listed| {
            if let Listed::File(found) = listed
                && !keys.add(&found.key)
            {
                collision = Some(found);
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
        collision.map_or(Ok(()), |found| {
            let Found { path, key, .. } = found;
            Err(Error::usage(format!("two files would get the key {key:?}"))
                .because(format!("one of them is {}", path.display()))
                .hint("upload them in two runs to two places, or set --base-dir"))
        })
    }

    /// Gives every file to `sink`, until it has enough.
    ///
    /// # Errors
    /// When a list can't be read.
    pub(super) fn each(&self, sink: Sink<'_>) -> Result<()> {
        for path in &self.choice.paths {
            if self.root(path, sink).is_break() {
                return Ok(());
            }
        }
        self.choice
            .files_from
            .as_ref()
            .map_or(Ok(()), |list| self.list(list, sink))
    }

    fn root(&self, path: &Path, sink: Sink<'_>) -> ControlFlow<()> {
        let base = parent(path);
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => self.walk(path, &base, sink),
            Ok(metadata) => self.offer(path, &base, &metadata, sink),
            Err(error) => sink(failed(path, error.to_string())),
        }
    }

    fn walk(&self, root: &Path, base: &Path, sink: Sink<'_>) -> ControlFlow<()> {
        for entry in WalkDir::new(root).follow_links(self.choice.follow_symlinks) {
            match entry {
                Ok(entry) if entry.file_type().is_dir() => {}
                Ok(entry) => match entry.metadata() {
                    Ok(metadata) => self.offer(entry.path(), base, &metadata, sink)?,
                    Err(error) => sink(failed(entry.path(), error.to_string()))?,
                },
                Err(error) => {
                    let path = error.path().unwrap_or(root);
                    if error.loop_ancestor().is_some() {
                        let why = "it is a link to a folder that it is in";
                        sink(Listed::LeftOut {
                            path: path.to_owned(),
                            why,
                        })?;
                    } else {
                        let why = error
                            .io_error()
                            .map_or(error.to_string(), io::Error::to_string);
                        sink(failed(path, why))?;
                    }
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn list(&self, list: &FilesFrom, sink: Sink<'_>) -> Result<()> {
        let unreadable = |error: io::Error| {
            let name = list
                .path
                .as_ref()
                .map_or("-".into(), |path| path.to_string_lossy());
            Error::usage(format!("can't read --files-from {name}")).because(error.to_string())
        };
        let input: Box<dyn BufRead> = match &list.path {
            Some(path) => Box::new(BufReader::new(File::open(path).map_err(unreadable)?)),
            None => Box::new(io::stdin().lock()),
        };
        let mut keys = Keys::default();
        let end = if list.null { b'\0' } else { b'\n' };
        for name in input.split(end) {
            let mut name = name.map_err(unreadable)?;
            if !list.null && name.last() == Some(&b'\r') {
                name.pop();
            }
            if name.is_empty() {
                continue;
            }
            let path = PathBuf::from(std::ffi::OsString::from_vec(name));
            let mut once = |listed: Listed| match listed {
                Listed::File(Found { path, key, .. }) if !keys.add(&key) => {
                    sink(failed(&path, format!("the list has the key {key:?} twice")))
                }
                other => sink(other),
            };
            let listed = match std::fs::metadata(&path) {
                Ok(metadata) if metadata.is_dir() => once(failed(
                    &path,
                    "it is a directory: lists name files".to_owned(),
                )),
                Ok(metadata) => self.offer(&path, Path::new(""), &metadata, &mut once),
                Err(error) => once(failed(&path, error.to_string())),
            };
            if listed.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Offers what may be a file, if it is chosen and this run's.
    fn offer(
        &self,
        path: &Path,
        base: &Path,
        metadata: &Metadata,
        sink: Sink<'_>,
    ) -> ControlFlow<()> {
        let named = self.name(path, base).and_then(|name| {
            let key = found::key(&self.prefix, &name)?;
            Ok((name, key))
        });
        let (name, key) = match named {
            Ok(named) => named,
            Err(why) => return sink(failed(path, why)),
        };
        let is_ours = chosen(&self.choice.filters, &name)
            && self.choice.shard.is_none_or(|shard| shard.holds(&key));
        if !is_ours {
            return ControlFlow::Continue(());
        }
        let path = path.to_owned();
        if let Some(why) = special(metadata.file_type()) {
            return sink(Listed::LeftOut { path, why });
        }
        match metadata.modified() {
            Ok(modified) => sink(Listed::File(Found {
                path,
                key,
                size: metadata.len(),
                modified,
            })),
            Err(error) => sink(failed(&path, error.to_string())),
        }
    }

    /// The part of the key that comes from the path.
    fn name(&self, path: &Path, base: &Path) -> Result<String, String> {
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

/// What keys of this argument are relative to: its parent, but `.` and `..` have no name of their
/// own to keep.
fn parent(path: &Path) -> PathBuf {
    match path.file_name() {
        Some(_) => path.parent().unwrap_or(Path::new("")).to_owned(),
        None => path.to_owned(),
    }
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|error| {
        Error::usage(format!("can't use {}", path.display())).because(error.to_string())
    })
}

fn failed(path: &Path, why: String) -> Listed {
    Listed::Failed {
        path: path.to_owned(),
        why,
    }
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
    use std::fs;
    use std::os::unix::fs::symlink;

    fn keys_of(choice: Choice) -> Result<(Vec<String>, Vec<String>)> {
        let mut keys = Vec::new();
        let mut others = Vec::new();
        Listing::new(choice, "p/".to_owned())?.each(&mut |listed| {
            match listed {
                Listed::File(found) => keys.push(found.key),
                Listed::Failed { why, .. } => others.push(why),
                Listed::LeftOut { why, .. } => others.push(why.to_owned()),
            }
            ControlFlow::Continue(())
        })?;
        keys.sort();
        Ok((keys, others))
    }

    fn tree() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("logs/old")).unwrap();
        for name in ["logs/a.log", "logs/b.txt", "logs/old/a.log"] {
            fs::write(root.join(name), name).unwrap();
        }
        folder
    }

    fn recursive(paths: &[PathBuf]) -> Choice {
        Choice {
            paths: paths.to_vec(),
            recursive: true,
            ..Choice::default()
        }
    }

    fn filter(include: bool, glob: &str) -> Filter {
        Filter {
            include,
            glob: Glob::new(glob).unwrap().compile_matcher(),
        }
    }

    #[test]
    fn keys_are_relative_to_the_parent_of_the_argument() {
        let tree = tree();
        let (keys, _) = keys_of(recursive(&[tree.path().join("logs")])).unwrap();
        assert_eq!(keys, ["p/logs/a.log", "p/logs/b.txt", "p/logs/old/a.log"]);
        let one = tree.path().join("logs/old/a.log");
        assert_eq!(keys_of(recursive(&[one])).unwrap().0, ["p/a.log"]);
        let base_dir = Some(tree.path().join("logs"));
        let choice = Choice {
            base_dir,
            ..recursive(&[tree.path().join("logs/old")])
        };
        assert_eq!(keys_of(choice).unwrap().0, ["p/old/a.log"]);
    }

    #[test]
    fn the_last_filter_that_matches_decides() {
        let tree = tree();
        let filters = vec![
            filter(false, "*"),
            filter(true, "*.log"),
            filter(false, "*/old/*"),
        ];
        let choice = Choice {
            filters,
            ..recursive(&[tree.path().join("logs")])
        };
        assert_eq!(keys_of(choice).unwrap().0, ["p/logs/a.log"]);
    }

    #[test]
    fn two_files_for_one_key_are_refused_before_anything() {
        let tree = tree();
        let same = tree.path().join("logs/a.log");
        let old = tree.path().join("logs/old/a.log");
        let error = keys_of(recursive(&[same.clone(), old])).unwrap_err();
        assert_eq!(error.exit_status(), 2);
        assert!(error.to_string().contains("p/a.log"), "{error}");
        assert!(keys_of(recursive(&[same.clone(), same])).is_err());
        let disjoint = [tree.path().join("logs/b.txt"), tree.path().join("logs/old")];
        assert!(keys_of(recursive(&disjoint)).is_ok());
    }

    #[test]
    fn links_are_followed_on_request_and_loops_end() {
        let tree = tree();
        let logs = tree.path().join("logs");
        symlink(&logs, logs.join("loop")).unwrap();
        symlink(logs.join("a.log"), logs.join("link.log")).unwrap();
        let (keys, others) = keys_of(recursive(std::slice::from_ref(&logs))).unwrap();
        assert_eq!(keys.len(), 3);
        assert_eq!(others, ["it is a symbolic link"; 2]);
        let choice = Choice {
            follow_symlinks: true,
            ..recursive(std::slice::from_ref(&logs))
        };
        let (keys, others) = keys_of(choice).unwrap();
        assert!(keys.contains(&"p/logs/link.log".to_owned()), "{keys:?}");
        assert_eq!(others, ["it is a link to a folder that it is in"]);
        let named = keys_of(recursive(&[logs.join("link.log")])).unwrap();
        assert_eq!(named.0, ["p/link.log"], "named, it is followed");
    }

    #[test]
    fn a_list_names_files() {
        let tree = tree();
        let list = tree.path().join("list");
        let root = tree.path().display();
        fs::write(
            &list,
            format!("{root}/logs/a.log\0{root}/logs\0{root}/none\0"),
        )
        .unwrap();
        let choice = Choice {
            files_from: Some(FilesFrom {
                path: Some(list.clone()),
                null: true,
            }),
            base_dir: Some(tree.path().to_owned()),
            ..Choice::default()
        };
        let (keys, others) = keys_of(choice.clone()).unwrap();
        assert_eq!(keys, ["p/logs/a.log"]);
        assert_eq!(others.len(), 2, "{others:?}");
        fs::write(&list, format!("{root}/../x\0")).unwrap();
        let (keys, others) = keys_of(choice).unwrap();
        assert!(keys.is_empty() && others.len() == 1);
    }

    #[test]
    fn a_folder_needs_recursive() {
        let tree = tree();
        let choice = Choice {
            recursive: false,
            ..recursive(&[tree.path().join("logs")])
        };
        let error = keys_of(choice).unwrap_err();
        assert!(error.hints[0].contains("--recursive"), "{error:?}");
    }
}
