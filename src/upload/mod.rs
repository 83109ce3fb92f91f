//! The owner of an upload: it feeds the workers, waits for them, commits what is whole, and aborts
//! everything else.

pub(crate) mod before_commit;
mod begin;
mod collector;
mod create;
mod feed;
mod multipart;
mod no_overwrite;
mod ranges;
mod settle;
mod single_put;
mod stream;
mod take_up;
mod uploads_command;
mod verify_object;

pub(crate) use multipart::left_behind;
pub(crate) use uploads_command::{abort_command, list_command};

use crate::buffer::BufferPool;
use crate::concurrency::Concurrency;
use crate::config::{Destination, Guards, TOKEN, Transfer, UploadConfig};
use crate::error::{Error, Result};
use crate::part::plan::Plan;
use crate::part::{CompletedPart, Part};
use crate::progress::{UploadProgress, WaitGuard};
use crate::receipt::Receipt;
use crate::resume::Resume;
use crate::signals::interrupt::Interrupt;
use crate::source::{Source, SourceFile};
use crate::store::{Store, Stored};
use crate::upload::before_commit::Ended;
use begin::Begun;
use bytesize::ByteSize;
use feed::Feed;
use ranges::{Range, Ranges};
use std::fmt::Display;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tracing::info;

/// Uploads sources to a store.
#[derive(Debug, Clone)]
pub(crate) struct Uploader {
    /// Where to.
    pub store: Arc<Store>,
    /// Where the buffers come from.
    pub pool: BufferPool,
    /// How sources are split.
    pub transfer: Transfer,
    /// What must hold before anything is committed.
    pub guards: Guards,
    /// How long the producer of a stream may be silent.
    pub idle_timeout: Option<Duration>,
    /// What ends it from outside.
    pub interrupt: Interrupt,
    /// What it goes on with, and where it is recorded, if a failure is to leave it.
    pub resume: Option<Arc<Resume>>,
}

/// What was committed.
#[derive(Debug)]
struct Committed {
    stored: Stored,
    size: u64,
    parts: u32,
    /// What was sent in parts, one by one; empty of a PutObject.
    part_list: Vec<CompletedPart>,
    /// What the user should know of it.
    warnings: Vec<String>,
    /// Until when an earlier run had it locked, whose upload was gone on with.
    locked_until: Option<SystemTime>,
}

impl Uploader {
    /// Resolves endpoint, region and credentials; no request goes to the store. What is moved and
    /// tried again counts in `progress`, and `interrupt` ends it from outside.
    ///
    /// # Errors
    /// When the settings can't be used, or there are no credentials.
    pub(crate) async fn open(
        config: &UploadConfig,
        progress: Arc<UploadProgress>,
        interrupt: Interrupt,
    ) -> Result<Self> {
        let concurrency = Concurrency::new(&config.transfer);
        // Credentials may have to be waited for: a helper program, a sign-on service.
        let store = interrupt
            .unless(Store::open(config, progress, concurrency.clone()))
            .await?;
        Ok(Self {
            store: Arc::new(store),
            pool: BufferPool::new(&config.transfer, &concurrency),
            transfer: config.transfer.clone(),
            guards: config.guards.clone(),
            idle_timeout: config.retry_policy.idle_timeout,
            interrupt,
            resume: None,
        })
    }

    /// The same, within the same bounds, for a source that is counted in `progress`.
    #[must_use]
    pub(crate) fn counting(&self, progress: Arc<UploadProgress>) -> Self {
        let store = Arc::new(self.store.counting(progress));
        Self {
            store,
            ..self.clone()
        }
    }

    /// The same, for an upload that goes on with what an earlier run left, and is left by a failure.
    #[must_use]
    pub(crate) fn resuming(&self, resume: Resume) -> Self {
        Self {
            store: Arc::new(self.store.with_sha256_of_parts()),
            resume: Some(Arc::new(resume)),
            ..self.clone()
        }
    }

    /// Uploads all of `source`, or nothing.
    ///
    /// # Errors
    /// When nothing is committed; the message names what could not be cleaned up.
    pub(crate) async fn upload(
        &self,
        destination: &Destination,
        source: Source,
    ) -> Result<Receipt> {
        let started = SystemTime::now();
        let taken_up = match &self.resume {
            Some(resume) => Box::pin(self.take_up(destination, resume, source.size())).await?,
            None => None,
        };
        let taken_up = taken_up.map(Box::new);
        let stored = Box::pin(self.store_source(destination, source, taken_up)).await;
        let (plan, committed) = stored?;
        self.end_superseded(destination).await;
        match self.locked_as(&committed) {
            Some(this) => Box::pin(this.finish(destination, plan, committed, started)).await,
            None => self.finish(destination, plan, committed, started).await,
        }
    }

    /// Commits all of `source`, or nothing.
    async fn store_source(
        &self,
        destination: &Destination,
        source: Source,
        begun: Option<Box<Begun>>,
    ) -> Result<(Plan, Committed)> {
        if begun.as_ref().is_none_or(|it| it.object().is_none()) {
            self.check_free(destination).await?;
        }
        match source {
            Source::Stream(stream) => {
                let begun = begun.map(|it| *it);
                Box::pin(self.stream(destination, stream, begun)).await
            }
            Source::Command(command) => {
                let begun = begun.map(|it| *it);
                Box::pin(self.command(destination, command, begun)).await
            }
            Source::File(file) => Box::pin(self.file(destination, file, None, begun)).await,
            Source::Read(file, part) => {
                Box::pin(self.file(destination, file, Some(part), begun)).await
            }
        }
    }

    /// Looks at what is stored, and tells of it.
    async fn finish(
        &self,
        destination: &Destination,
        plan: Plan,
        mut committed: Committed,
        started: SystemTime,
    ) -> Result<Receipt> {
        if committed.stored.settled {
            info!("the answer to the commit was lost; the object is there");
        }
        let mut warnings = std::mem::take(&mut committed.warnings);
        warnings.extend(self.verify_object(destination, &mut committed).await?);
        Ok(Receipt {
            destination: destination.clone(),
            version_id: committed.stored.version_id,
            etag: committed.stored.etag,
            size: committed.size,
            parts: committed.parts,
            part_list: committed.part_list,
            part_size: plan.first_part_size(),
            checksum: committed.stored.checksum,
            started,
            seconds: started.elapsed().unwrap_or_default().as_secs_f64(),
            retries: self.store.progress().retries(),
            warnings,
        })
    }

    async fn file(
        &self,
        destination: &Destination,
        file: SourceFile,
        read: Option<Part>,
        begun: Option<Box<Begun>>,
    ) -> Result<(Plan, Committed)> {
        let size = file.size();
        self.store.progress().set_total(size);
        // There is no producer that could still be asking for a password.
        self.store.progress().flows();
        let tail = match self.guards.require_tail {
            Some(_) => file.tail(crate::part::splitter::TAIL as u64)?,
            None => Vec::new(),
        };
        let ended = Ended {
            size,
            tail,
            may_be_empty: true,
            at: None,
        };
        self.guards.check(&ended)?;
        let taken_up = begun.as_ref().and_then(|it| it.earlier.as_ref());
        let plan = match taken_up {
            Some(earlier) => earlier.record.plan.clone(),
            None => Plan::for_known_size(size, &self.transfer)?,
        };
        self.tell_plan(&plan, ByteSize(size));
        if size > plan.first_part_size() || begun.is_some() {
            // Small files, of which many are under way at a time, have no room to keep for it.
            let parts = Box::pin(self.file_in_parts(destination, &plan, file, ended, begun));
            return Ok((plan.clone(), parts.await?));
        }
        let part = match read {
            Some(part) => part,
            None => {
                let load = Range::whole(file.clone()).load(&self.pool, self.store.hashing());
                self.unless_interrupted(load).await?
            }
        };
        let ranges = Ranges::new(file, plan.clone(), self.store.hashing()).at_their_end();
        let feed = Feed::of_file(ranges, ended);
        let committed = self.single(destination, part, feed).await?;
        Ok((plan, committed))
    }

    /// Uploads a file in parts. Where an earlier run stored another one, it is read once more.
    async fn file_in_parts(
        &self,
        destination: &Destination,
        plan: &Plan,
        file: SourceFile,
        ended: Ended,
        begun: Option<Box<Begun>>,
    ) -> Result<Committed> {
        let feed = || {
            let ranges = Ranges::new(file.clone(), plan.clone(), self.store.hashing());
            Feed::of_file(ranges, ended.clone())
        };
        let is_stored = begun.as_ref().is_some_and(|it| it.object().is_some());
        let begun = begun.map(|it| *it);
        let committed = self.multipart(destination, plan, feed(), begun).await;
        match (committed, &self.resume) {
            (Err(error), Some(resume)) if is_stored && error.ends_upload => {
                resume.tell(destination, format_args!("beginning anew: {error:#}"));
                self.check_free(destination).await?;
                self.multipart(destination, plan, feed(), None).await
            }
            (committed, _) => committed,
        }
    }

    /// Checks everything that must hold before the source is committed; takes note of when its
    /// producer was known to have ended.
    async fn check_before_commit(&self, feed: &mut Feed, ended: &mut Ended) -> Result<()> {
        // First: a command that failed is the better explanation of a stream that is too short.
        if feed.verify_source().await? {
            ended.at = Some(Instant::now());
        }
        self.guards.check(ended)
    }

    fn tell_plan(&self, plan: &Plan, of: impl Display) {
        let Transfer {
            workers,
            checksum_algorithm,
            ..
        } = &self.transfer;
        let size = ByteSize(plan.first_part_size());
        info!("{of} in parts of {size}, at most {workers} at a time, {checksum_algorithm}");
    }

    /// Says what is being done, while no bytes are moved.
    fn stage(&self, what: impl Into<String>) -> WaitGuard {
        self.store.progress().waits().stage(what)
    }

    /// Says that the upload is being aborted, and what a signal does meanwhile.
    fn aborting(&self) -> WaitGuard {
        let signal = self.interrupt.check().err().and_then(|it| it.kind.signal());
        let text = match signal {
            Some(_) => "aborting; Ctrl-C again ends at once and leaves the upload",
            None => "aborting the upload",
        };
        self.store.progress().waits().ending(text)
    }

    async fn unless_interrupted<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.interrupt.unless(work).await
    }
}

/// What was committed, or why nothing was, with what the user should know of it.
fn warned(warnings: Vec<String>, committed: Result<Committed>) -> Result<Committed> {
    match committed {
        Ok(mut committed) => {
            committed.warnings.extend(warnings);
            Ok(committed)
        }
        Err(error) => Err(warnings.into_iter().fold(error, Error::leftover)),
    }
}

/// How to find out what the store did not tell.
fn may_be_there(size: u64, token: &str) -> String {
    format!(
        "the store may have made the object all the same: look for one of {size} bytes with the \
         metadata {TOKEN}={token}"
    )
}
