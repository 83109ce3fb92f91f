//! The order in which a walk meets what is in a folder, where that is to be the order of the keys.

use std::cmp::Ordering;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

/// The name of something in a folder, and whether it is a folder itself.
pub(super) type Named<'a> = (&'a OsStr, bool);

/// Compares two names in one folder as the bytes of their keys compare: those of a folder go on with
/// `/`, so that `a.txt` comes before all that is in `a`.
pub(super) fn by_key(a: Named<'_>, b: Named<'_>) -> Ordering {
    let (a_name, b_name) = (a.0.as_bytes(), b.0.as_bytes());
    let common = a_name.len().min(b_name.len());
    let next = |name: &[u8], is_folder: bool| {
        let end = is_folder.then_some(b'/');
        name.get(common).copied().or(end)
    };
    a_name[..common]
        .cmp(&b_name[..common])
        .then_with(|| next(a_name, a.1).cmp(&next(b_name, b.1)))
}

#[cfg(test)]
mod tests {
    use super::super::found::Listed;
    use super::super::listing::Listing;
    use super::super::listing::tests::recursive;
    use crate::config::Selection;
    use proptest::prelude::*;
    use std::collections::BTreeSet;
    use std::fs;
    use std::ops::ControlFlow;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    /// The keys of all files and markers, as the walk through the contents of `folder` gives them.
    fn walked(folder: &Path) -> Vec<String> {
        let selection = Selection {
            in_order: true,
            empty_dirs: true,
            follow_symlinks: true,
            ..recursive(&[folder.join(".")])
        };
        let mut keys = Vec::new();
        let listing = Listing::new(selection, String::new()).unwrap();
        let listed = listing.each(&mut |listed| {
            if let Listed::File(found) = listed {
                keys.push(found.key);
            }
            ControlFlow::Continue(())
        });
        listed.unwrap();
        keys
    }

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
            prop_assert_eq!(walked(folder.path()), keys.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_link_to_a_folder_and_an_empty_folder_come_where_their_keys_belong() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        fs::write(elsewhere.path().join("x"), "").unwrap();
        symlink(elsewhere.path(), folder.path().join("a")).unwrap();
        fs::create_dir_all(folder.path().join("b/c")).unwrap();
        for name in ["a.txt", "a0", "b.txt", "b0"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let keys = ["a.txt", "a/x", "a0", "b.txt", "b/c/", "b0"];
        assert_eq!(walked(folder.path()), keys);
    }
}
