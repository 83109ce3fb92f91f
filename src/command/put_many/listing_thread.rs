//! The thread that lists: it goes ahead of the uploads, as far as it may.

use super::ahead;
use super::found::Listed;
use super::listing::Listing;
use crate::error::Result;
use crate::progress::FilesProgress;
use crate::threads::start_thread;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread::Builder;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{self, PermitIterator, Receiver, Sender};

/// Files that the listing may be ahead of the uploads.
pub(super) const AHEAD: usize = 1024;
/// Files that there has to be room for before a listing that waits goes on: to wake it for each would cost
/// more than to list it.
const ROOM: usize = AHEAD / 2;

/// Lists on a thread of its own, which ends when nobody listens any more. Once it has to wait for the
/// uploads, files are counted ahead of it in `progress`.
///
/// # Errors
/// When the system has no thread to give.
pub(in crate::command) fn start_listing(
    mut listing: Listing,
    mut progress: Option<Arc<FilesProgress>>,
) -> Result<Receiver<Result<Listed>>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    let runtime = Handle::current();
    start_thread(Builder::new().name("listing".to_owned()), move || {
        listing.leave_out_own_files();
        let mut any_elsewhere = false;
        let mut room = Room::new(&sender, runtime);
        let listed = listing.each(&mut |listed| {
            // That there are some is all there is to know of them.
            let elsewhere = listed == Listed::OfAnotherShard;
            if elsewhere && std::mem::replace(&mut any_elsewhere, true) {
                return ControlFlow::Continue(());
            }
            if room.has_to_wait()
                && let Some(progress) = progress.take()
            {
                ahead::count(listing.clone(), progress);
            }
            room.send(Ok(listed))
        });
        if let Err(error) = listed {
            let _ = room.send(Err(error));
        }
    })?;
    Ok(receiver)
}

/// Room for what is listed, taken for many files at a time.
struct Room<'a> {
    sender: &'a Sender<Result<Listed>>,
    runtime: Handle,
    taken: Option<PermitIterator<'a, Result<Listed>>>,
}

impl<'a> Room<'a> {
    fn new(sender: &'a Sender<Result<Listed>>, runtime: Handle) -> Self {
        Self {
            sender,
            runtime,
            taken: None,
        }
    }

    fn has_to_wait(&self) -> bool {
        let taken = self.taken.as_ref().map_or(0, ExactSizeIterator::len);
        taken == 0 && self.sender.capacity() < ROOM
    }

    /// Hands on what is listed, once there is room for it; breaks off when nobody listens any more.
    fn send(&mut self, listed: Result<Listed>) -> ControlFlow<()> {
        let taken = self.taken.as_mut().and_then(Iterator::next);
        let permit = taken.or_else(|| {
            let more = self.runtime.block_on(self.sender.reserve_many(ROOM));
            self.taken.insert(more.ok()?).next()
        });
        match permit {
            Some(permit) => {
                permit.send(listed);
                ControlFlow::Continue(())
            }
            None => ControlFlow::Break(()),
        }
    }
}
