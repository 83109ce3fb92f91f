//! The order in which a walk meets the entries of folders, and what that order tells.

use std::cmp::Ordering;
use std::os::unix::ffi::OsStrExt as _;
use walkdir::DirEntry;

/// Compares two entries of one folder as the bytes of their keys compare: those of a folder go on with
/// `/`, so that `a.txt` comes before all that is in `a`.
pub(super) fn by_key(a: &DirEntry, b: &DirEntry) -> Ordering {
    let end = |entry: &DirEntry| entry.file_type().is_dir().then_some(b'/');
    let (a_name, b_name) = (a.file_name().as_bytes(), b.file_name().as_bytes());
    let common = a_name.len().min(b_name.len());
    let rest = |name: &[u8], end: Option<u8>| name.get(common).copied().or(end);
    a_name[..common]
        .cmp(&b_name[..common])
        .then_with(|| rest(a_name, end(a)).cmp(&rest(b_name, end(b))))
}

/// The folder that a walk has entered last, as long as nothing was met in it.
#[derive(Debug, Default)]
pub(super) struct LastFolder(Option<DirEntry>);

impl LastFolder {
    /// A folder is entered.
    pub(super) fn enter(&mut self, folder: DirEntry) {
        self.0 = Some(folder);
    }

    /// The folder, if what comes next shows that there is nothing in it. What could not be read may have
    /// been in it.
    pub(super) fn emptied_by(&mut self, next: &walkdir::Result<DirEntry>) -> Option<DirEntry> {
        let folder = self.0.take()?;
        let left = next.as_ref().is_ok_and(|it| it.depth() <= folder.depth());
        left.then_some(folder)
    }

    /// The folder, at the end of the walk.
    pub(super) fn at_the_end(self) -> Option<DirEntry> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;
    use std::fs;
    use walkdir::WalkDir;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn a_walk_comes_in_the_order_of_keys(
            names in proptest::collection::btree_set("[ab!~]{1,2}[/.0]?[ab\u{e9}]{1,2}", 1..20)
        ) {
            let folder = tempfile::tempdir().unwrap();
            let mut keys = BTreeSet::new();
            for name in names {
                let path = folder.path().join(&name);
                let made = fs::create_dir_all(path.parent().unwrap());
                // A file may be where a folder should be, or the other way round.
                if made.is_ok() && !path.is_dir() && fs::write(&path, "").is_ok() {
                    keys.insert(name);
                }
            }
            let walk = WalkDir::new(folder.path()).sort_by(by_key).into_iter();
            let files = walk.map(Result::unwrap).filter(|it| it.file_type().is_file());
            let walked = files.map(|it| {
                let name = it.path().strip_prefix(folder.path()).unwrap();
                name.to_str().unwrap().to_owned()
            });
            let walked: Vec<_> = walked.collect();
            prop_assert_eq!(walked, keys.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_folder_is_empty_if_nothing_was_met_in_it() {
        let root = tempfile::tempdir().unwrap();
        for name in ["a", "b/c", "d/e", "z"] {
            fs::create_dir_all(root.path().join(name)).unwrap();
        }
        fs::write(root.path().join("d/f"), "").unwrap();
        let mut last = LastFolder::default();
        let mut empty = Vec::new();
        for entry in WalkDir::new(root.path()).sort_by(by_key) {
            empty.extend(last.emptied_by(&entry));
            let entry = entry.unwrap();
            if entry.file_type().is_dir() {
                last.enter(entry);
            }
        }
        empty.extend(last.at_the_end());
        let names: Vec<_> = empty
            .iter()
            .map(|it| {
                it.path()
                    .strip_prefix(root.path())
                    .unwrap()
                    .to_str()
                    .unwrap()
            })
            .collect();
        assert_eq!(names, ["a", "b/c", "d/e", "z"]);
    }
}
