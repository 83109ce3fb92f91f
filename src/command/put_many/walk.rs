//! The way through a folder and all that is in it, which looks at nothing that a pattern leaves out.
//! (walkdir opens a folder, and follows a link, before one can say that it is not wanted.)

use super::found::Listed;
use super::listing::{Listing, Sink};
use super::select::{Base, FileId, id};
use crate::command::descriptors;
use crate::config::Decision;
use nix::errno::Errno;
use std::ffi::OsString;
use std::fs::{self, FileType, Metadata, ReadDir};
use std::io;
use std::ops::ControlFlow;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::vec;

/// A walk through one named folder.
pub(super) struct Walk<'a> {
    listing: &'a Listing,
    base: Base<'a>,
    /// The device of the folder that was named.
    device: u64,
    /// The folder that is read, behind those that it is in.
    folders: Vec<Folder>,
}

/// A folder that is being read.
struct Folder {
    path: PathBuf,
    /// Relative to what patterns are relative to.
    relative: PathBuf,
    decision: Decision,
    id: Option<FileId>,
    entries: Entries,
}

/// What is not read yet of a folder.
enum Entries {
    Open(ReadDir),
    /// Read to the end, so that it need not be open.
    Read(vec::IntoIter<io::Result<Entry>>),
}

/// A name in a folder.
struct Entry {
    name: OsString,
    kind: FileType,
}

/// A path that is met.
struct Met {
    path: PathBuf,
    relative: PathBuf,
    /// What the filters decided on the folder that it is in.
    inherited: Decision,
}

impl<'a> Walk<'a> {
    /// Through a folder that was named, with these attributes.
    pub(super) fn new(listing: &'a Listing, base: Base<'a>, named: &Metadata) -> Self {
        Self {
            listing,
            base,
            device: named.dev(),
            folders: Vec::new(),
        }
    }

    /// Gives all that is found to `sink`, until it has enough.
    pub(super) fn walk(mut self, root: &Path, sink: Sink<'_>) -> ControlFlow<()> {
        let select = &self.listing.select;
        let relative = select.for_patterns(root, self.base.patterns);
        let decision = select.filters.decide_at_once(&relative, true);
        if !select.filters.enters(decision, &relative) {
            return ControlFlow::Continue(());
        }
        let root = Met {
            path: root.to_owned(),
            relative,
            inherited: decision,
        };
        self.enter(root, decision, None, sink)?;
        while let Some(folder) = self.folders.last_mut() {
            match folder.entries.next() {
                Some(Ok(entry)) => {
                    let met = folder.met(&entry.name);
                    self.meet(met, entry.kind, sink)?;
                }
                Some(Err(error)) => sink(Listed::failed(&folder.path, error.to_string()))?,
                None => drop(self.folders.pop()),
            }
        }
        ControlFlow::Continue(())
    }

    fn meet(&mut self, met: Met, kind: FileType, sink: Sink<'_>) -> ControlFlow<()> {
        if kind.is_symlink() && self.listing.selection.follow_symlinks {
            self.follow(met, sink)
        } else if kind.is_dir() {
            match self.decision_to_enter(&met) {
                Some(decision) => self.enter(met, decision, None, sink),
                None => ControlFlow::Continue(()),
            }
        } else if self.takes_file(&met) {
            let look = || fs::symlink_metadata(&met.path);
            self.listing
                .offer(&met.path, self.base, Some(kind), look, sink)
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Where a link leads to is looked at only if it may be wanted: as a file, or for what is in a folder.
    fn follow(&mut self, met: Met, sink: Sink<'_>) -> ControlFlow<()> {
        let (as_file, as_folder) = (self.takes_file(&met), self.decision_to_enter(&met));
        if !as_file && as_folder.is_none() {
            return ControlFlow::Continue(());
        }
        match (fs::metadata(&met.path), as_folder) {
            (Ok(metadata), Some(decision)) if metadata.is_dir() => {
                self.enter(met, decision, Some(&metadata), sink)
            }
            (Ok(metadata), _) if as_file && !metadata.is_dir() => {
                let kind = Some(metadata.file_type());
                let look = || Ok(metadata);
                self.listing.offer(&met.path, self.base, kind, look, sink)
            }
            (Err(error), _) if as_file || !leads_nowhere(&error) => {
                sink(Listed::failed(&met.path, error.to_string()))
            }
            _ => ControlFlow::Continue(()),
        }
    }

    fn takes_file(&self, met: &Met) -> bool {
        let filters = &self.listing.select.filters;
        filters.takes(filters.decide(met.inherited, &met.relative, false))
    }

    /// The decision on a folder, if it is to be entered.
    fn decision_to_enter(&self, met: &Met) -> Option<Decision> {
        let filters = &self.listing.select.filters;
        let decision = filters.decide(met.inherited, &met.relative, true);
        filters.enters(decision, &met.relative).then_some(decision)
    }

    /// Goes on with what is in a folder; `linked` has the attributes of one that a link leads to.
    fn enter(
        &mut self,
        met: Met,
        decision: Decision,
        linked: Option<&Metadata>,
        sink: Sink<'_>,
    ) -> ControlFlow<()> {
        let Met { path, relative, .. } = met;
        let failed = |error: io::Error| Listed::failed(&path, error.to_string());
        let id = match linked.map_or_else(|| self.look(&path), |it| Ok(Some(id(it)))) {
            Ok(id) => id,
            Err(error) => return sink(failed(error)),
        };
        if linked.is_some() && self.folders.iter().any(|it| it.id == id) {
            let why = "it is a link to a folder that it is in";
            return sink(Listed::LeftOut { path, why });
        }
        if self.listing.selection.one_file_system && is_elsewhere(id, self.device) {
            tracing::info!("{}: left out: another file system", path.display());
            return ControlFlow::Continue(());
        }
        self.close_some();
        let entries = match fs::read_dir(&path) {
            Ok(entries) => Entries::Open(entries),
            Err(error) => return sink(failed(error)),
        };
        self.folders.push(Folder {
            path,
            relative,
            decision,
            id,
            entries,
        });
        ControlFlow::Continue(())
    }

    /// What tells one folder from another, where anything depends on that.
    fn look(&self, folder: &Path) -> io::Result<Option<FileId>> {
        let selection = &self.listing.selection;
        match selection.follow_symlinks || selection.one_file_system {
            true => fs::metadata(folder).map(|it| Some(id(&it))),
            false => Ok(None),
        }
    }

    /// Leaves a descriptor for one more folder.
    fn close_some(&mut self) {
        let open = |it: &&mut Folder| matches!(it.entries, Entries::Open(_));
        if self.folders.iter_mut().filter(open).count() >= descriptors::folders()
            && let Some(folder) = self.folders.iter_mut().find(open)
        {
            let entries: Vec<_> = folder.entries.by_ref().collect();
            folder.entries = Entries::Read(entries.into_iter());
        }
    }
}

impl Folder {
    fn met(&self, name: &OsString) -> Met {
        Met {
            path: self.path.join(name),
            relative: self.relative.join(name),
            inherited: self.decision,
        }
    }
}

impl Iterator for Entries {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Open(entries) => Some(entries.next()?.and_then(|entry| {
                Ok(Entry {
                    kind: entry.file_type()?,
                    name: entry.file_name(),
                })
            })),
            Self::Read(entries) => entries.next(),
        }
    }
}

/// Whether a folder is on another device than the one that was named.
fn is_elsewhere(folder: Option<FileId>, device: u64) -> bool {
    folder.is_some_and(|(of_folder, _)| of_folder != device)
}

/// Whether a link that can't be followed leads to no folder, in which there could be a file.
fn leads_nowhere(error: &io::Error) -> bool {
    let number = error.raw_os_error().map(Errno::from_raw);
    matches!(number, Some(Errno::ENOENT | Errno::ENOTDIR | Errno::ELOOP))
}
