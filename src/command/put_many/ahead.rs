//! Counts the files ahead of the uploads, so that totals, per cent and time left are known early. It
//! holds no names, whatever their number: it walks once more, at its own pace.

use super::found::Listed;
use super::listing::Listing;
use crate::progress::FilesProgress;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

/// Files between two times that the count is told.
const STEP: u64 = 256;

/// Counts what `listing` would list, on a thread of its own, until that has listed all itself. What
/// can't be read twice, as a list on standard input, is not counted.
///
/// It costs a second look at each file, but the first of them brings the folders into memory. So it is
/// for runs that have more files than may wait for their upload, and that show how far they are.
pub(super) fn count(listing: Listing, progress: Arc<FilesProgress>) {
    // Only a number is missed where there is no thread.
    let _ = std::thread::Builder::new()
        .name("counting".to_owned())
        .spawn(move || {
            let list = listing.selection.files_from.clone();
            let is_file = |path: &Path| path.is_file();
            if list
                .as_ref()
                .is_some_and(|it| !it.path.as_deref().is_some_and(is_file))
            {
                return;
            }
            let (mut files, mut bytes) = (0, 0);
            let counted = listing.each_named(list.as_ref(), &mut |listed| {
                match listed {
                    Listed::File(found) => (files, bytes) = (files + 1, bytes + found.size),
                    // These count as files that failed.
                    Listed::Failed { .. } | Listed::Twice { .. } => files += 1,
                    Listed::LeftOut { .. }
                    | Listed::OfAnotherShard
                    | Listed::Folder { .. }
                    | Listed::EmptyFolder { .. } => {
                        return ControlFlow::Continue(());
                    }
                }
                if files % STEP == 0 {
                    progress.counted(files, bytes, false);
                    if progress.counts().all_found {
                        return ControlFlow::Break(());
                    }
                }
                ControlFlow::Continue(())
            });
            if counted.is_ok() && !progress.counts().all_found {
                progress.counted(files, bytes, true);
            }
        });
}
