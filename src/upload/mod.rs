//! The owner of an upload: it feeds the workers, waits for them, commits what is whole, and aborts
//! everything else.

pub(crate) mod before_commit;
mod collector;
mod create;
mod feed;
mod multipart;
mod no_overwrite;
mod ranges;
mod settle;
mod single_put;
mod uploads_command;
mod verify_object;

use crate::buffer::BufferPool;
use crate::concurrency::Concurrency;
use crate::config::{Destination, Guards, TOKEN, Transfer, UploadConfig};
use crate::error::{Error, Result};
use crate::part::Part;
use crate::part::plan::Plan;
use crate::part::splitter::{Cut, Splitter};
use crate::progress::UploadProgress;
use crate::receipt::Receipt;
use crate::signals::interrupt::{Interrupt, State, Unfinished};
use crate::source::{Source, SourceFile, Stream};
use crate::store::{Store, Stored};
use crate::upload::before_commit::Ended;
use feed::{Feed, receive};
use ranges::{Range, Ranges};
use std::sync::Arc;
use std::time::{Instant, SystemTime};
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
    /// What ends it from outside.
    pub interrupt: Interrupt,
}

/// What was committed.
#[derive(Debug)]
struct Committed {
    stored: Stored,
    size: u64,
    parts: u32,
    /// What the user should know of it.
    warnings: Vec<String>,
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
            interrupt,
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
        self.check_free(destination).await?;
        let (plan, mut committed) = match source {
            Source::Stream(stream) => Box::pin(self.stream(destination, stream)).await?,
            Source::File(file) => Box::pin(self.file(destination, file, None)).await?,
            Source::Read(file, part) => Box::pin(self.file(destination, file, Some(part))).await?,
        };
        let _stored = self.interrupt.unfinished(Unfinished {
            what: destination.to_string(),
            hint: None,
            state: State::Stored,
        });
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
            part_size: plan.first_part_size(),
            checksum: committed.stored.checksum,
            started,
            seconds: started.elapsed().unwrap_or_default().as_secs_f64(),
            retries: self.store.progress().retries(),
            warnings,
        })
    }

    async fn stream(&self, destination: &Destination, stream: Stream) -> Result<(Plan, Committed)> {
        let Stream {
            input,
            producer,
            may_be_empty,
        } = stream;
        if let Some(size) = self.transfer.expected_size {
            self.store.progress().set_total(size);
        }
        let plan = Plan::for_stream(&self.transfer)?;
        let splitter = Splitter {
            plan: plan.clone(),
            pool: self.pool.clone(),
            hashing: self.store.hashing(),
            most: self.guards.size,
        };
        let mut cuts = splitter.start(|| input.open())?;
        let first = self.unless_interrupted(receive(&mut cuts)).await;
        let committed = match first {
            Ok(Cut::Part { part, whole: false }) => {
                let first = Some(part);
                self.multipart(
                    destination,
                    Feed::Stream {
                        first,
                        cuts,
                        producer,
                        may_be_empty,
                    },
                )
                .await?
            }
            Ok(Cut::Part { part, whole: true }) => {
                let feed = Feed::Stream {
                    first: None,
                    cuts,
                    producer,
                    may_be_empty,
                };
                self.single(destination, part, feed).await?
            }
            Ok(Cut::End { .. }) => return Err(Error::failed("reading the source failed")),
            Err(error) => return Err(self.interrupt.explain(error).await),
        };
        Ok((plan, committed))
    }

    async fn file(
        &self,
        destination: &Destination,
        file: SourceFile,
        read: Option<Part>,
    ) -> Result<(Plan, Committed)> {
        let size = file.size();
        self.store.progress().set_total(size);
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
        let plan = Plan::for_known_size(size, &self.transfer)?;
        let ranges = Ranges::new(file.clone(), plan.clone(), self.store.hashing());
        let committed = if size > plan.first_part_size() {
            self.multipart(destination, Feed::File { ranges, ended })
                .await?
        } else {
            let part = match read {
                Some(part) => part,
                None => {
                    let load = Range::whole(file).load(&self.pool, self.store.hashing());
                    self.unless_interrupted(load).await?
                }
            };
            let ranges = ranges.at_their_end();
            self.single(destination, part, Feed::File { ranges, ended })
                .await?
        };
        Ok((plan, committed))
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

    async fn unless_interrupted<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.interrupt.unless(work).await
    }
}

/// How to find out what the store did not tell.
fn may_be_there(size: u64, token: &str) -> String {
    format!(
        "the store may have made the object all the same: look for one of {size} bytes with the \
         metadata {TOKEN}={token}"
    )
}
