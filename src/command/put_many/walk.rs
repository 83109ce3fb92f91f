//! The way through a folder and all that is in it, which looks at nothing that a pattern leaves out.
//! (walkdir opens a folder, and follows a link, before one can say that it is not wanted.)

use super::folder_order::by_key;
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
    /// Whether nothing was met in it that the filters take.
    is_empty: bool,
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
    /// Whether its keys go on with `/`; known only where the order of keys is asked for.
    is_folder: bool,
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
        let prefix = select.prefix(root, self.base.keys);
        sink(Listed::Folder { prefix })?;
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
                Some(Err(error)) => {
                    // It may have been anything.
                    folder.is_empty = false;
                    sink(Listed::failed(&folder.path, error.to_string()))?;
                }
                None => self.leave(sink)?,
            }
        }
        ControlFlow::Continue(())
    }

    fn meet(&mut self, met: Met, kind: FileType, sink: Sink<'_>) -> ControlFlow<()> {
        if self.is_followed(kind) {
            self.follow(met, sink)
        } else if kind.is_dir() {
            match self.decision_to_enter(&met) {
                Some(decision) => self.enter(met, decision, None, sink),
                None => ControlFlow::Continue(()),
            }
        } else if self.takes_file(&met) {
            self.has_met();
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
        if as_file {
            self.has_met();
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

    fn is_followed(&self, kind: FileType) -> bool {
        kind.is_symlink() && self.listing.selection.follow_symlinks
    }

    /// There is something in the folder that is read.
    fn has_met(&mut self) {
        if let Some(folder) = self.folders.last_mut() {
            folder.is_empty = false;
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
        if self.listing.select.filters.takes(decision) {
            self.has_met();
        }
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
        let mut folder = Folder {
            path,
            relative,
            decision,
            id,
            entries,
            is_empty: true,
        };
        if self.listing.selection.in_order {
            self.sort(&mut folder);
        }
        self.folders.push(folder);
        ControlFlow::Continue(())
    }

    /// Goes back to the folder that holds the one that was read.
    fn leave(&mut self, sink: Sink<'_>) -> ControlFlow<()> {
        let Some(folder) = self.folders.pop() else {
            return ControlFlow::Continue(());
        };
        if !folder.is_empty {
            self.has_met();
            return ControlFlow::Continue(());
        }
        let select = &self.listing.select;
        // One that is named, and has no name of its own, has no key.
        let has_key = !self.folders.is_empty() || select.name(&folder.path, self.base.keys).is_ok();
        if !has_key || !select.filters.takes(folder.decision) {
            return ControlFlow::Continue(());
        }
        match select.empty_folder(&folder.path, self.base) {
            Some(listed) => sink(listed),
            None => ControlFlow::Continue(()),
        }
    }

    /// Reads the names in a folder, and puts them in the order of the bytes of their keys.
    fn sort(&self, folder: &mut Folder) {
        let mut entries: Vec<_> = folder.entries.by_ref().collect();
        for entry in entries.iter_mut().flatten() {
            entry.is_folder = self.is_folder(folder, entry);
        }
        // Those that can't be read come first.
        entries.sort_by(|a, b| match (a, b) {
            (Ok(a), Ok(b)) => by_key((&a.name, a.is_folder), (&b.name, b.is_folder)),
            (a, b) => a.is_ok().cmp(&b.is_ok()),
        });
        folder.entries = Entries::Read(entries.into_iter());
    }

    /// Whether the keys of what is there go on with `/`. A link is looked at only if it is to be followed
    /// as a folder.
    fn is_folder(&self, folder: &Folder, entry: &Entry) -> bool {
        if !self.is_followed(entry.kind) {
            return entry.kind.is_dir();
        }
        let met = folder.met(&entry.name);
        self.decision_to_enter(&met).is_some() && met.path.is_dir()
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
                    is_folder: false,
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
