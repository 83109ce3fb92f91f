//! The owner of an upload: it feeds the workers, waits for them, commits what is whole, and aborts
//! everything else.

mod collector;
mod feed;
mod multipart;
mod no_overwrite;
mod ranges;
mod verify_object;

use crate::buffer::BufferPool;
use crate::config::{Destination, Guards, ObjectOptions, Transfer};
use crate::error::{Error, Result};
use crate::guard::Ended;
use crate::interrupt::Interrupt;
use crate::part::Part;
use crate::plan::Plan;
use crate::progress::Tally;
use crate::receipt::Receipt;
use crate::source::{Source, SourceFile, Stream};
use crate::splitter::{Cut, Splitter};
use crate::store::{Store, Stored};
use feed::{Feed, Next, receive};
use ranges::{Range, Ranges};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::time::timeout;

/// Time to learn what became of a PutObject that had left when the run was interrupted.
const PUT_GRACE: Duration = Duration::from_secs(3);

/// Uploads sources to a store.
#[derive(Debug, Clone)]
pub struct Uploader {
    /// Where to.
    pub store: Arc<Store>,
    /// Where the buffers come from.
    pub pool: BufferPool,
    /// How sources are split.
    pub transfer: Transfer,
    /// What must hold before anything is committed.
    pub guards: Guards,
    /// What is stored along with the bytes.
    pub object: Arc<ObjectOptions>,
    /// What was moved.
    pub tally: Arc<Tally>,
    /// What ends it from outside.
    pub interrupt: Interrupt,
}

/// What was committed.
#[derive(Debug)]
struct Committed {
    stored: Stored,
    size: u64,
    parts: u32,
}

impl Uploader {
    /// The same, within the same bounds, for a source that is counted in `tally`.
    #[must_use]
    pub fn counting(&self, tally: Arc<Tally>) -> Self {
        let store = Arc::new(self.store.counting(Arc::clone(&tally)));
        Self {
            store,
            tally,
            ..self.clone()
        }
    }

    /// Uploads all of `source`, or nothing.
    ///
    /// # Errors
    /// When nothing is committed; the message names what could not be cleaned up.
    pub async fn upload(&self, destination: &Destination, source: Source) -> Result<Receipt> {
        let started = SystemTime::now();
        self.check_free(destination).await?;
        let (plan, mut committed) = match source {
            Source::Stream(stream) => Box::pin(self.stream(destination, stream)).await?,
            Source::File(file) => Box::pin(self.file(destination, file, None)).await?,
            Source::Read(file, part) => Box::pin(self.file(destination, file, Some(part))).await?,
        };
        let warnings = self.verify_object(destination, &mut committed).await?;
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
            retries: self.tally.retries(),
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
            self.tally.set_total(size);
        }
        let plan = Plan::for_stream(&self.transfer)?;
        let splitter = Splitter {
            plan: plan.clone(),
            pool: self.pool.clone(),
            hashing: self.store.hashing(),
            most: self.guards.size,
        };
        let mut cuts = splitter.start(input)?;
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
            Err(error) => return Err(error),
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
        self.tally.set_total(size);
        let tail = match self.guards.require_tail {
            Some(_) => file.tail(crate::splitter::TAIL as u64)?,
            None => Vec::new(),
        };
        let ended = Ended {
            size,
            tail,
            may_be_empty: true,
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

    /// Stores a source that fits into one part.
    async fn single(
        &self,
        destination: &Destination,
        part: Part,
        mut feed: Feed,
    ) -> Result<Committed> {
        let size = part.size();
        let released = async {
            let Next::Ended(ended) = feed.next().await? else {
                return Err(Error::failed("reading the source failed"));
            };
            self.release(&mut feed, &ended).await?;
            self.check_still_free(destination, &feed).await
        };
        self.unless_interrupted(released).await?;
        let token = self
            .guards
            .no_overwrite
            .then(|| format!("{:032x}", fastrand::u128(..)));
        let progress = self.tally.part(1, size);
        let mut put =
            Box::pin(
                self.store
                    .put_object(destination, &part, token.as_deref(), &progress),
            );
        let put_done = tokio::select! {
            biased;
            reason = self.interrupt.wait() => {
                if !progress.has_left() {
                    return Err(reason);
                }
                // The store may be making the object right now: only its answer tells.
                let answer = timeout(PUT_GRACE, &mut put).await;
                answer.ok().and_then(Result::ok).ok_or_else(|| {
                    let unsettled = "PutObject was sent and not answered";
                    reason.because(unsettled).unsettled().hint(may_be_there(size, token.as_deref()))
                })
            }
            put = &mut put => put.map_err(|failure| {
                let unsettled = failure.unsettled;
                let error = failure.into_error(destination);
                match unsettled {
                    true => error.unsettled().hint(may_be_there(size, token.as_deref())),
                    false => error,
                }
            }),
        };
        drop(put);
        let stored = put_done?;
        progress.stored();
        Ok(Committed {
            stored,
            size,
            parts: 1,
        })
    }

    /// Checks everything that must hold before the source is committed.
    async fn release(&self, feed: &mut Feed, ended: &Ended) -> Result<()> {
        // First: a command that failed is the better explanation of a stream that is too short.
        feed.stands().await?;
        self.guards.check(ended)
    }

    async fn unless_interrupted<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.interrupt.unless(work).await
    }
}

/// How to find out what the store did not tell.
fn may_be_there(size: u64, token: Option<&str>) -> String {
    let metadata = token.map_or_else(String::new, |token| {
        format!(" with the metadata s3stream-upload={token}")
    });
    format!(
        "the store may have made the object all the same: look for one of {size} bytes{metadata}"
    )
}
