//! Many objects, a bounded number of them at a time; of those whose bytes are many, one.

use super::finding::Finding;
use super::one_object::Verifier;
use super::report::Report;
use super::work::{Item, Work};
use crate::error::{Error, Result};
use crate::signals::interrupt::Interrupt;
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

/// Bytes from which on an object is read alone, as fast as it goes.
const LARGE: u64 = 4 << 20;

type Done = (Item, Result<Finding>);

/// A run over many objects.
pub(super) struct Many {
    verifier: Arc<Verifier>,
    interrupt: Interrupt,
    report: Report,
    fail_fast: bool,
    /// Whether nothing is there to be done, and that may be.
    may_be_empty: bool,
    large: Arc<Semaphore>,
    running: JoinSet<Done>,
}

impl Many {
    pub(super) fn new(verifier: Verifier, report: Report) -> Self {
        Self {
            interrupt: verifier.reading.interrupt.clone(),
            verifier: Arc::new(verifier),
            report,
            fail_fast: false,
            may_be_empty: false,
            large: Arc::new(Semaphore::new(1)),
            running: JoinSet::new(),
        }
    }

    /// The same, which ends at the first object that is not equal, and may find nothing to do.
    pub(super) fn with_rules(mut self, fail_fast: bool, may_be_empty: bool) -> Self {
        (self.fail_fast, self.may_be_empty) = (fail_fast, may_be_empty);
        self
    }

    /// Does all that comes.
    ///
    /// # Errors
    /// When not all objects are equal.
    pub(super) async fn run(mut self, mut work: mpsc::Receiver<Result<Work>>) -> Result<()> {
        let workers = self.verifier.transfer.workers;
        let mut has_more = true;
        let mut stopped: Option<Error> = None;
        while !(self.running.is_empty() && (!has_more || stopped.is_some())) {
            let has_room = self.running.len() < workers && has_more && stopped.is_none();
            tokio::select! {
                biased;
                reason = self.interrupt.wait(), if stopped.is_none() => stopped = Some(reason),
                Some(done) = self.running.join_next() => self.ended(done)?,
                next = work.recv(), if has_room => match next {
                    None => has_more = false,
                    Some(Err(error)) if self.report.found == 0 => return Err(error),
                    Some(next) => self.begin(next),
                },
            }
            if self.fail_fast && self.report.has_others() {
                self.interrupt.stop(Error::failed("stopped by --fail-fast"));
            }
        }
        if stopped.is_none() && self.report.found == 0 && !self.may_be_empty {
            let why =
                "a folder that is not mounted, or a list whose producer failed, looks the same";
            return Err(Error::guard("no file was found")
                .because(why)
                .hint("use --allow-empty where there may be nothing to verify"));
        }
        self.report.finish(stopped)
    }

    fn begin(&mut self, work: Result<Work>) {
        let (path, error) = match work {
            Ok(Work::Verify(item)) => {
                self.report.found += 1;
                return self.start(*item);
            }
            Ok(Work::Elsewhere) => return self.may_be_empty = true,
            Ok(Work::LeftOut { path, why }) => return self.report.left_out(&path, why),
            Ok(Work::Failed { path, why }) => (Some(path), Error::failed(why)),
            Err(error) => (None, error),
        };
        self.report.found += 1;
        self.report.failed(path.as_deref(), None, &error);
    }

    fn start(&mut self, item: Item) {
        let (verifier, large) = (Arc::clone(&self.verifier), Arc::clone(&self.large));
        self.running.spawn(async move {
            let is_large = item.size > LARGE;
            let _alone = match is_large {
                true => large.acquire_owned().await.ok(),
                false => None,
            };
            // What is small leaves the memory to what is large.
            let verifier = match is_large {
                true => verifier,
                false => Arc::new(verifier.for_small()),
            };
            let (receipt, expected) = (item.receipt.as_ref(), item.expected.as_ref());
            let found = Box::pin(verifier.verify(&item.destination, receipt, expected)).await;
            (item, found)
        });
    }

    fn ended(&mut self, done: Result<Done, tokio::task::JoinError>) -> Result<()> {
        let done = done.map_err(|error| Error::failed("a worker failed").caused_by(error));
        let (item, found) = done?;
        let path = item.path.as_deref();
        match found {
            Ok(finding) => self.report.add(path, &item.destination, &finding),
            Err(error) => {
                if self.report.ends_run(error.reach) {
                    self.interrupt.stop(error.clone());
                }
                self.report.failed(path, Some(&item.destination), &error);
            }
        }
        Ok(())
    }
}
