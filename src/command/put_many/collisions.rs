//! Two files for one key: refused before anything is sent, where it can be known by then.

use super::found::{Found, Listed};
use super::listing::{Listing, above, each_name, of_lists};
use super::seen_keys::SeenKeys;
use super::select::Verdict;
use crate::config::FilesFrom;
use crate::error::{Error, Result};
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::Path;

impl Listing {
    /// Refuses a choice in which two files would get one key.
    pub(super) fn check_collisions(&self) -> Result<()> {
        let list = self.selection.files_from.as_ref();
        let list = list.filter(|list| can_be_read_twice(list));
        if list.is_none() && !self.paths_may_collide() {
            return Ok(());
        }
        let (mut keys, mut collision) = (SeenKeys::default(), None);
        let mut add = |path: &Path, key: String| {
            if keys.add(&key) {
                return ControlFlow::Continue(());
            }
            collision = Some((path.to_owned(), key));
            ControlFlow::Break(())
        };
        self.each_named(None, &mut |listed| match listed {
            Listed::File(Found { path, key, .. }) => add(&path, key),
            _ => ControlFlow::Continue(()),
        })?;
        if let Some(list) = list {
            // By their names: to look at a million files takes long, and happens later anyway.
            each_name(list, &mut |path| match self.select.key(path, of_lists()) {
                Verdict::Ours(key) if self.select.takes(path, of_lists()) => add(path, key),
                _ => ControlFlow::Continue(()),
            })?;
        }
        collision.map_or(Ok(()), |(path, key)| {
            Err(Error::usage(format!("two files would get the key {key:?}"))
                .because(format!("one of them is {}", path.display()))
                .hint("upload them in two runs to two places, or set --base-dir"))
        })
    }

    /// Whether two files of the arguments could get one key. Inside one folder they can't.
    fn paths_may_collide(&self) -> bool {
        let names: Vec<_> = self
            .selection
            .paths
            .iter()
            .map(|path| self.select.name(path, &above(path)).unwrap_or_default())
            .collect();
        let roots: HashSet<_> = names.iter().map(Path::new).collect();
        roots.len() < names.len()
            || roots
                .iter()
                .any(|root| root.ancestors().skip(1).any(|above| roots.contains(above)))
    }
}

/// Whether a list gives its names more than once: a pipe does not, whatever its path. One that is
/// not there is found out by reading it.
fn can_be_read_twice(list: &FilesFrom) -> bool {
    list.path.as_ref().is_some_and(|path| {
        let metadata = std::fs::metadata(path);
        metadata.map_or(true, |it| it.is_file() || it.is_dir())
    })
}

#[cfg(test)]
mod tests {
    use super::super::listing::tests::{keys_of, recursive, tree};
    use crate::config::{FilesFrom, Selection};

    #[test]
    fn two_files_for_one_key_are_refused_before_anything() {
        let tree = tree();
        let same = tree.path().join("logs/a.log");
        let old = tree.path().join("logs/old/a.log");
        let error = keys_of(recursive(&[same.clone(), old])).unwrap_err();
        assert_eq!(error.exit_status(), 2);
        assert!(format!("{error:#}").contains("p/a.log"), "{error:#}");
        assert!(keys_of(recursive(&[same.clone(), same])).is_err());
        let disjoint = [tree.path().join("logs/b.txt"), tree.path().join("logs/old")];
        assert!(keys_of(recursive(&disjoint)).is_ok());
        let from_pipe = Selection {
            files_from: Some(FilesFrom {
                path: None,
                null: false,
            }),
            ..recursive(&[
                tree.path().join("logs/a.log"),
                tree.path().join("logs/old/a.log"),
            ])
        };
        assert!(keys_of(from_pipe).is_err());
    }
}
