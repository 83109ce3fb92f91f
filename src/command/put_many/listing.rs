//! Which files there are: arguments, folders walked, lists read. Nothing is collected: what is found
//! goes on at once, so that the upload of a million files begins with the first.

use super::found::{Found, Listed};
use super::seen_keys::SeenKeys;
use super::select::{Base, Select};
use super::walk::Walk;
use crate::config::{FilesFrom, Selection};
use crate::error::{Error, Result};
use crate::source::stdin;
use std::fs::{File, FileType, Metadata};
use std::io::{self, BufRead, BufReader};
use std::ops::ControlFlow;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

pub(super) type Sink<'a> = &'a mut dyn FnMut(Listed) -> ControlFlow<()>;

/// What the names of a list are relative to: the current folder.
pub(super) fn of_lists() -> Base<'static> {
    let current = Path::new("");
    Base {
        keys: current,
        patterns: current,
    }
}

/// All that is needed to list the files.
#[derive(Debug, Clone)]
pub(in crate::command) struct Listing {
    pub(super) selection: Selection,
    pub(super) select: Select,
}

impl Listing {
    /// Checks the arguments: what they make knowable is refused before anything is sent.
    pub(in crate::command) fn new(mut selection: Selection, prefix: String) -> Result<Self> {
        for path in &selection.paths {
            let is_folder = || std::fs::metadata(path).is_ok_and(|it| it.is_dir());
            if !selection.recursive && is_folder() {
                return Err(Error::usage(format!("{} is a directory", path.display()))
                    .hint("use --recursive to upload what is in it"));
            }
        }
        if let Some(FilesFrom { path: None, .. }) = selection.files_from {
            check_stdin()?;
        }
        let select = Select::new(&selection, prefix)?;
        if selection.in_order {
            let paths = &mut selection.paths;
            paths.sort_by_cached_key(|path| match path.is_dir() {
                true => select.prefix(path, &above(path)),
                false => select
                    .prefix(path, &above(path))
                    .trim_end_matches('/')
                    .to_owned(),
            });
        }
        let listing = Self { select, selection };
        listing.check_collisions()?;
        Ok(listing)
    }

    /// Leaves out the files that the run itself uses, which are there by now.
    pub(super) fn leave_out_own_files(&mut self) {
        self.select.leave_out(&self.selection.own_files);
    }

    /// Gives every file to `sink`, until it has enough.
    ///
    /// # Errors
    /// When a list can't be read.
    pub(super) fn each(&self, sink: Sink<'_>) -> Result<()> {
        match &self.selection.files_from {
            Some(list) => self.each_once(list, sink),
            // Without a list, they were compared before.
            None => self.each_named(None, sink),
        }
    }

    /// Gives every file of the arguments and of `list` to `sink`; of those with one key only the
    /// first as a file.
    fn each_once(&self, list: &FilesFrom, sink: Sink<'_>) -> Result<()> {
        let mut keys = SeenKeys::default();
        self.each_named(Some(list), &mut |listed| match listed {
            Listed::File(Found { path, key, .. }) if !keys.add(&key) => {
                sink(Listed::Twice { path, key })
            }
            other => sink(other),
        })
    }

    pub(super) fn each_named(&self, list: Option<&FilesFrom>, sink: Sink<'_>) -> Result<()> {
        for path in &self.selection.paths {
            if self.root(path, sink).is_break() {
                return Ok(());
            }
        }
        list.map_or(Ok(()), |list| self.list(list, sink))
    }

    fn root(&self, path: &Path, sink: Sink<'_>) -> ControlFlow<()> {
        let above = above(path);
        let folder = Base {
            keys: &above,
            patterns: path,
        };
        let file = Base {
            patterns: &above,
            ..folder
        };
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                Walk::new(self, folder, &metadata).walk(path, sink)
            }
            Ok(metadata) => self.named(path, file, || Ok(metadata), sink),
            Err(error) => self.named(path, file, || Err(error), sink),
        }
    }

    fn list(&self, list: &FilesFrom, sink: Sink<'_>) -> Result<()> {
        each_name(list, &mut |path| {
            let look = || std::fs::metadata(path);
            self.named(path, of_lists(), look, sink)
        })
    }

    /// Offers a file that was not reached through its folders.
    fn named(
        &self,
        path: &Path,
        base: Base<'_>,
        look: impl FnOnce() -> io::Result<Metadata>,
        sink: Sink<'_>,
    ) -> ControlFlow<()> {
        if self.select.takes(path, base) {
            return self.offer(path, base, None, look, sink);
        }
        ControlFlow::Continue(())
    }

    /// Offers a file that the filters take.
    pub(super) fn offer(
        &self,
        path: &Path,
        base: Base<'_>,
        kind: Option<FileType>,
        look: impl FnOnce() -> io::Result<Metadata>,
        sink: Sink<'_>,
    ) -> ControlFlow<()> {
        match self.select.choose(path, base, kind, look) {
            Some(listed) => sink(listed),
            None => ControlFlow::Continue(()),
        }
    }
}

/// Gives every name of a list, until `sink` has enough.
///
/// # Errors
/// When it can't be read.
pub(super) fn each_name(
    list: &FilesFrom,
    sink: &mut dyn FnMut(&Path) -> ControlFlow<()>,
) -> Result<()> {
    let unreadable = |error: io::Error| {
        let name = list
            .path
            .as_ref()
            .map_or("-".into(), |path| path.to_string_lossy());
        Error::usage(format!("can't read --files-from {name}")).caused_by(error)
    };
    let input: Box<dyn BufRead> = match &list.path {
        Some(path) => Box::new(BufReader::new(File::open(path).map_err(unreadable)?)),
        None => Box::new(io::stdin().lock()),
    };
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
        if sink(&path).is_break() {
            break;
        }
    }
    Ok(())
}

/// A standard input that is none looks like an empty list.
fn check_stdin() -> Result<()> {
    let Err(why) = stdin::check() else {
        return Ok(());
    };
    let what = "can't read --files-from -";
    let error = match stdin::is_closed() {
        true => Error::guard(what),
        false => Error::usage(what),
    };
    Err(error
        .because(format!("standard input: {why}"))
        .hint("pipe the names in (find … | s3stream put-many …), or name a FILE"))
}

/// What keys of this argument are relative to: its parent, or, where it stands for its contents, as with
/// rsync, itself. `.` and `..` have no name of their own to keep.
pub(super) fn above(path: &Path) -> PathBuf {
    let written = path.as_os_str().as_bytes();
    let contents = written.ends_with(b"/") || written.ends_with(b"/.");
    match path.file_name() {
        Some(_) if !contents => path.parent().unwrap_or(Path::new("")).to_owned(),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    pub(in crate::command::put_many) fn keys_of(
        selection: Selection,
    ) -> Result<(Vec<String>, Vec<String>)> {
        let mut keys = Vec::new();
        let mut others = Vec::new();
        Listing::new(selection, "p/".to_owned())?.each(&mut |listed| {
            match listed {
                Listed::File(found) => keys.push(found.key),
                Listed::Failed { why, .. } => others.push(why),
                Listed::Twice { key, .. } => others.push(key),
                Listed::LeftOut { why, .. } => others.push(why.to_owned()),
                Listed::OfAnotherShard | Listed::Folder { .. } | Listed::EmptyFolder { .. } => {}
            }
            ControlFlow::Continue(())
        })?;
        keys.sort();
        Ok((keys, others))
    }

    pub(in crate::command::put_many) fn tree() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("logs/old")).unwrap();
        for name in ["logs/a.log", "logs/b.txt", "logs/old/a.log"] {
            fs::write(root.join(name), name).unwrap();
        }
        folder
    }

    pub(in crate::command::put_many) fn recursive(paths: &[PathBuf]) -> Selection {
        Selection {
            paths: paths.to_vec(),
            recursive: true,
            ..Selection::default()
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
        let selection = Selection {
            base_dir,
            ..recursive(&[tree.path().join("logs/old")])
        };
        assert_eq!(keys_of(selection).unwrap().0, ["p/old/a.log"]);
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
        let selection = Selection {
            follow_symlinks: true,
            ..recursive(std::slice::from_ref(&logs))
        };
        let (keys, others) = keys_of(selection).unwrap();
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
        let selection = Selection {
            files_from: Some(FilesFrom {
                path: Some(list.clone()),
                null: true,
            }),
            base_dir: Some(tree.path().to_owned()),
            ..Selection::default()
        };
        let (keys, others) = keys_of(selection.clone()).unwrap();
        assert_eq!(keys, ["p/logs/a.log"]);
        assert!(others[0].contains("directory"), "{others:?}");
        assert!(others[1].contains("No such file"), "{others:?}");
        assert_eq!(others.len(), 2);
        fs::write(&list, format!("{root}/../x\0")).unwrap();
        let (keys, others) = keys_of(selection).unwrap();
        assert!(keys.is_empty() && others.len() == 1);
    }

    #[test]
    fn a_folder_needs_recursive() {
        let tree = tree();
        let selection = Selection {
            recursive: false,
            ..recursive(&[tree.path().join("logs")])
        };
        let error = keys_of(selection).unwrap_err();
        assert!(error.hints[0].contains("--recursive"), "{error:?}");
    }
}
