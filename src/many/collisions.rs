//! Two files for one key: refused before anything is sent, where it can be known by then.

use super::found::Found;
use super::keys::Keys;
use super::listing::{Listed, Listing, parent};
use crate::config::FilesFrom;
use crate::error::{Error, Result};
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::Path;

impl Listing {
    /// Refuses a choice in which two files would get one key.
    pub(super) fn check_collisions(&self) -> Result<()> {
        if !self.may_collide() {
            return Ok(());
        }
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

    /// Whether two files could get one key. Inside one folder they can't.
    fn may_collide(&self) -> bool {
        let listed = matches!(
            &self.choice.files_from,
            Some(FilesFrom { path: Some(_), .. })
        );
        let names: Vec<_> = self
            .choice
            .paths
            .iter()
            .map(|path| self.choosing.name(path, &parent(path)).unwrap_or_default())
            .collect();
        let roots: HashSet<_> = names.iter().map(Path::new).collect();
        let nested = roots.len() < names.len()
            || roots
                .iter()
                .any(|root| root.ancestors().skip(1).any(|above| roots.contains(above)));
        listed || nested
    }
}

#[cfg(test)]
mod tests {
    use super::super::listing::tests::{keys_of, recursive, tree};

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
}
