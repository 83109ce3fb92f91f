//! Which files are under way: small ones as many as workers, of the large ones as many as have parts enough
//! for these; what is listed waits for its turn, and nothing is started once the run has to end.

use super::Many;
use super::bucket_list::look_up;
use super::found::{Found, Listed};
use super::in_order::InOrder;
use super::listing::Listing;
use super::listing_thread::{AHEAD, start_listing};
use super::report::{Outcome, Report};
use crate::config::Destination;
use crate::error::{Error, Reach, Result};
use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Time to count what else there is to upload, once a run is stopped.
const COUNTING: Duration = Duration::from_millis(250);
/// What is told once a run is stopped.
const STOPPING: &str = "stopping: what is under way is cleaned up; Ctrl-C again ends at once";
/// Small files, and parts of large ones, under way for each request that may be in flight: one is sent, the
/// other made ready.
const EACH_IN_FLIGHT: usize = 2;
/// Large files under way at a time where each has parts enough: more of them would only leave more uploads
/// unfinished when something goes wrong.
const LARGE_AT_ONCE: usize = 4;
/// Large files that may wait for their turn while small ones go past.
const LARGE_WAITING: usize = 4096;

/// Starts and awaits the files.
pub(super) struct Scheduler {
    many: Arc<Many>,
    pub(super) report: Report,
    files: JoinSet<Done>,
    /// Whether there are files that another shard sends.
    any_elsewhere: bool,
    small: usize,
    large: usize,
    /// Parts of the large files that are under way.
    parts: u64,
    started: u64,
    /// What a dry run tells, which is there to be read, in the order of the walk.
    told: InOrder<Done>,
}

#[derive(Debug)]
struct Done {
    number: u64,
    found: Found,
    destination: Destination,
    is_large: bool,
    outcome: Outcome,
}

impl Scheduler {
    pub(super) fn new(many: Arc<Many>, report: Report) -> Self {
        Self {
            many,
            report,
            files: JoinSet::new(),
            any_elsewhere: false,
            small: 0,
            large: 0,
            parts: 0,
            started: 0,
            told: InOrder::default(),
        }
    }

    /// Uploads what is listed, and counts ahead where that `is_shown`; gives the reason if that ended too soon.
    ///
    /// # Errors
    /// When nothing was found, or could be looked for.
    pub(super) async fn run(&mut self, listing: Listing, is_shown: bool) -> Result<Option<Error>> {
        let progress = is_shown.then(|| Arc::clone(&self.many.progress));
        let mut listed = look_up(&self.many, start_listing(listing, progress)?);
        let mut waiting = VecDeque::new();
        let mut listing_ended = false;
        let interrupt = self.many.uploader.interrupt.clone();
        let mut ending = pin!(interrupt.wait());
        let mut stopped: Option<Error> = None;
        let (mut broken, mut _stopping) = (None, None);
        let mut in_flight = self.many.uploader.pool.watch_in_flight();
        while !(self.files.is_empty() && (listing_ended || stopped.is_some())) {
            let going_on = stopped.is_none() && !listing_ended;
            let requests = *in_flight.borrow_and_update();
            let has_room = self.has_room(requests)
                && waiting.len() < LARGE_WAITING
                && self.told.held() < AHEAD;
            tokio::select! {
                biased;
                reason = &mut ending, if stopped.is_none() => {
                    // What is under way sees the same, and cleans up after itself.
                    self.report.run_ended(&reason);
                    _stopping = Some(self.many.progress.waits().ending(STOPPING));
                    stopped = Some(reason);
                    waiting.clear();
                    self.leave(&mut listed).await;
                }
                Some(done) = self.files.join_next() => {
                    match done {
                        Ok(done) => self.ended(done),
                        // Returning at once would leave the uploads of the others behind.
                        Err(error) => {
                            let error = Error::failed("a worker failed").caused_by(error);
                            interrupt.stop(error.clone());
                            broken = Some(error);
                        }
                    }
                }
                next = listed.recv(), if going_on && has_room => match next {
                    None => {
                        listing_ended = true;
                        self.many.progress.all_found();
                    }
                    Some(Err(error)) if self.many.progress.counts().found == 0 => return Err(error),
                    Some(Err(error)) => self.list_broke(error),
                    Some(Ok(listed)) => waiting.extend(self.listed(listed)),
                },
                Ok(()) = in_flight.changed() => {}
            }
            if self.many.config.fail_fast && self.report.has_failures() {
                interrupt.stop(Error::failed("stopped by --fail-fast"));
                continue;
            }
            if self.many.uploader.store.is_out_of_reach() {
                interrupt.stop(Error::failed("stopped: the store was never reached"));
                continue;
            }
            while self.has_room_for_large(*in_flight.borrow())
                && let Some(found) = waiting.pop_front()
            {
                self.start(found, true);
            }
        }
        let stopped = stopped.or(broken);
        if stopped.is_none() {
            self.check_any_found()?;
        }
        Ok(stopped)
    }

    /// Whether another file may be opened, with so many requests `in_flight`: the first few large ones have
    /// room of their own.
    fn has_room(&self, in_flight: usize) -> bool {
        let open = self.small + self.large.saturating_sub(LARGE_AT_ONCE);
        let most = self.many.config.upload.transfer.workers;
        open < most.min(in_flight * EACH_IN_FLIGHT)
    }

    /// Whether another large file may be under way: those that are have parts for fewer requests.
    fn has_room_for_large(&self, in_flight: usize) -> bool {
        let is_short = self.parts < (in_flight * EACH_IN_FLIGHT) as u64;
        self.large < LARGE_AT_ONCE || (is_short && self.has_room(in_flight))
    }

    /// Counts what was found and is not tried any more, and what is found within a short while.
    async fn leave(&mut self, listed: &mut mpsc::Receiver<Result<Listed>>) {
        let counting = async {
            while let Some(next) = listed.recv().await {
                self.count(next);
            }
        };
        let ended = timeout(COUNTING, counting).await.is_ok();
        listed.close();
        // Not `recv`: a listing that waits for the next name of a list keeps the room for it.
        while let Ok(next) = listed.try_recv() {
            self.count(next);
        }
        if ended {
            self.many.progress.all_found();
        }
    }

    fn count(&mut self, listed: Result<Listed>) {
        match listed {
            Ok(Listed::File(found)) => self.many.progress.found(found.size),
            Ok(other) => drop(self.listed(other)),
            Err(error) => self.list_broke(error),
        }
    }

    /// # Errors
    /// When no file was found at all, unless that may be.
    fn check_any_found(&self) -> Result<()> {
        let config = &self.many.config;
        if config.allow_empty || self.any_elsewhere || self.many.progress.counts().found > 0 {
            return Ok(());
        }
        Err(Error::guard("no file was found")
            .because(
                "a folder that is not mounted, or a list whose producer failed, looks the same",
            )
            .hint("use --allow-empty where there may be nothing to upload"))
    }

    /// Starts a small file; gives a large one back, which has to wait for its turn.
    fn listed(&mut self, listed: Listed) -> Option<Found> {
        let (path, why) = match listed {
            Listed::File(found) => {
                self.many.progress.found(found.size);
                let is_large = found.size > self.many.config.upload.transfer.part_size;
                if is_large && !self.many.config.dry_run {
                    return Some(found);
                }
                self.start(found, false);
                return None;
            }
            Listed::OfAnotherShard => {
                self.any_elsewhere = true;
                return None;
            }
            Listed::Folder { .. } => return None,
            Listed::EmptyFolder { path } => {
                self.report.empty_folder(&path);
                return None;
            }
            Listed::LeftOut { path, why } => {
                self.report.warn(&path, &format!("left out: {why}"));
                return None;
            }
            Listed::Failed { path, why } => (path, why),
            Listed::Twice { path, key } => {
                (path, format!("another file has the key {key:?} already"))
            }
        };
        self.many.progress.found(0);
        self.report.failed(&path, 0, None, Error::failed(why));
        None
    }

    /// What the list named until it broke off is sent: its files are as good as any.
    fn list_broke(&mut self, error: Error) {
        let list = self.many.config.selection.files_from.as_ref();
        let list = list.and_then(|list| list.path.clone());
        self.many.progress.found(0);
        let list = list.unwrap_or_else(|| "-".into());
        self.report.failed(&list, 0, None, error);
    }

    fn start(&mut self, found: Found, is_large: bool) {
        if is_large {
            self.large += 1;
            self.parts += self.parts_of(&found);
        } else {
            self.small += 1;
        }
        let many = Arc::clone(&self.many);
        let bucket = many.config.bucket.clone();
        let destination = Destination {
            bucket,
            key: found.key.clone(),
        };
        let number = self.started;
        self.started += 1;
        self.files.spawn(async move {
            // In a box: a task is moved as a whole when it is started.
            let outcome = Box::pin(many.file(&found, &destination)).await;
            let outcome = outcome.unwrap_or_else(Outcome::Failed);
            Done {
                number,
                found,
                destination,
                is_large,
                outcome,
            }
        });
    }

    fn parts_of(&self, large: &Found) -> u64 {
        let part_size = self.many.config.upload.transfer.part_size;
        large.size.div_ceil(part_size)
    }

    fn ended(&mut self, done: Done) {
        if done.is_large {
            self.large -= 1;
            self.parts -= self.parts_of(&done.found);
        } else {
            self.small -= 1;
        }
        if !self.many.config.dry_run {
            return self.tell(done);
        }
        self.told.ended(done.number, done);
        while let Some(done) = self.told.next() {
            self.tell(done);
        }
    }

    fn tell(&mut self, done: Done) {
        let Done {
            found,
            destination,
            outcome,
            ..
        } = done;
        let reason = match &outcome {
            Outcome::Failed(error) if self.ends_run(error.reach) => Some(error.clone()),
            _ => None,
        };
        // First: it is told at the end, and not here as well.
        if let Some(reason) = reason {
            self.report.run_ended(&reason);
            self.many.uploader.interrupt.stop(reason);
        }
        self.report
            .add(&found.path, found.size, &destination, outcome);
    }

    /// Whether no other file would fare better than one that failed.
    fn ends_run(&self, reach: Reach) -> bool {
        match reach {
            Reach::Object => false,
            Reach::RunUnlessStored => self.many.progress.counts().uploaded == 0,
            Reach::Run => true,
        }
    }
}
