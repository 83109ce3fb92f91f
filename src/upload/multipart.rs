//! One multipart upload, from Create to Complete or Abort.

use super::collector::Collector;
use super::feed::{Feed, Next};
use super::{Committed, Uploader, may_be_there};
use crate::config::Destination;
use crate::error::{Error, Result};
use crate::guard::Ended;
use crate::part::CompletedPart;
use crate::store::{Assembly, UploadId};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tracing::info;

/// Time to learn the id of an upload that was being created when the run was interrupted.
const CREATE_GRACE: Duration = Duration::from_secs(3);
/// Time for cleaning up, retries included.
const ABORT_LIMIT: Duration = Duration::from_secs(10);
/// Time to learn whether a Complete without an answer was carried out, retries included.
const SETTLE_LIMIT: Duration = Duration::from_secs(15);
/// Aborts that are sent until the store no longer knows the upload: one that overtakes the last
/// UploadPart leaves that part behind.
const ABORTS: u32 = 3;

type Workers = JoinSet<Result<CompletedPart>>;

impl Uploader {
    /// Uploads a source of more than one part.
    pub(super) async fn multipart(
        &self,
        destination: &Destination,
        mut feed: Feed,
    ) -> Result<Committed> {
        let upload = Arc::new(self.create(destination).await?);
        let _pending = self.interrupt.pending(left_behind(destination, &upload));
        let mut workers = Workers::new();
        let sending = async {
            self.check_created(&upload)?;
            self.send_all(destination, &upload, &mut feed, &mut workers)
                .await
        };
        let sent = self.unless_interrupted(sending).await;
        match sent {
            // From here on a signal stops retries alone: the store may be making the object already.
            Ok((parts, size)) => self.commit(destination, &upload, &parts, size).await,
            Err(error) => {
                feed.stop();
                workers.shutdown().await;
                Err(self.abort(destination, &upload, error).await)
            }
        }
    }

    async fn create(&self, destination: &Destination) -> Result<UploadId> {
        let mut create = Box::pin(self.store.create(destination));
        tokio::select! {
            biased;
            reason = self.interrupt.wait() => {
                // The store may be making it right now: only its answer tells what to abort.
                match timeout(CREATE_GRACE, &mut create).await {
                    Ok(Ok(upload)) => {
                        let _pending = self.interrupt.pending(left_behind(destination, &upload));
                        Err(self.abort(destination, &upload, reason).await)
                    }
                    Ok(Err(_)) => Err(reason),
                    Err(_) => Err(reason
                        .because("CreateMultipartUpload was sent and not answered")
                        .hint(format!(
                            "the store may have begun an upload all the same: {}",
                            self.aws(
                                "list-multipart-uploads",
                                destination,
                                &[("prefix", &destination.key)],
                            )
                        ))),
                }
            }
            created = &mut create => created.map_err(|failure| failure.into_error(destination)),
        }
    }

    /// Sends all parts; gives them, once the source stands by them, and their size.
    async fn send_all(
        &self,
        destination: &Destination,
        upload: &Arc<UploadId>,
        feed: &mut Feed,
        workers: &mut Workers,
    ) -> Result<(Vec<CompletedPart>, u64)> {
        let destination = Arc::new(destination.clone());
        let mut collector = Collector::default();
        let mut ended: Option<Ended> = None;
        loop {
            let at_once = self.pool.in_flight() + feed.ahead(self.transfer.buffer);
            let has_room = ended.is_none() && workers.len() < at_once;
            tokio::select! {
                biased;
                Some(done) = workers.join_next() => {
                    let done = done.map_err(|error| {
                        Error::failed("a worker failed").because(error.to_string())
                    })?;
                    collector.add(done?)?;
                }
                next = feed.next(), if has_room => match next? {
                    Next::Work(work) => {
                        let (number, size) = work.number_and_size();
                        let progress = self.tally.part(number, size);
                        let store = Arc::clone(&self.store);
                        let pool = self.pool.clone();
                        let (destination, upload) = (Arc::clone(&destination), Arc::clone(upload));
                        workers.spawn(async move {
                            let part = work.load(&pool, store.hashing()).await?;
                            let sent = store.upload_part(&destination, &upload, &part, &progress);
                            let done = sent.await.map_err(|it| it.into_error(&destination))?;
                            progress.stored();
                            Ok(done)
                        });
                    }
                    Next::Ended(end) => ended = Some(end),
                },
                else => break,
            }
        }
        let ended = ended.ok_or_else(|| Error::failed("reading the source failed"))?;
        self.release(feed, &ended).await?;
        let parts = collector.finish(ended.size)?;
        self.check_free(&destination).await?;
        Ok((parts, ended.size))
    }

    async fn commit(
        &self,
        destination: &Destination,
        upload: &UploadId,
        parts: &[CompletedPart],
        size: u64,
    ) -> Result<Committed> {
        let assembly = Assembly::new(self.store.hashing().algorithm, parts);
        let hint = may_be_there(size, Some(&upload.token));
        let busy = watch::Sender::new(true);
        let completed = tokio::select! {
            biased;
            completed = Box::pin(self.store.complete(destination, upload, &assembly, &busy)) => completed
                .map_err(|failure| (failure.unsettled, failure.into_error(destination))),
            reason = self.interrupted_while_idle(&busy) => {
                Err((true, reason.because("CompleteMultipartUpload was about to be tried again")))
            }
            reason = self.interrupt.timed_out() => {
                Err((true, reason.because("CompleteMultipartUpload was sent and not answered")))
            }
        };
        let stored = match completed {
            Ok(stored) => stored,
            Err((false, error)) => return Err(self.abort(destination, upload, error).await),
            Err((true, error)) => {
                let error = self.abort(destination, upload, error).await;
                // Now that the upload is gone, what there is stays: look once more.
                let made = self.store.made(destination, upload, &assembly);
                match timeout(SETTLE_LIMIT, made).await {
                    Ok(Ok(Some(stored))) => stored,
                    Ok(Ok(None)) => return Err(error),
                    Ok(Err(_)) | Err(_) => return Err(error.unsettled().hint(hint)),
                }
            }
        };
        if stored.settled {
            info!("the answer to CompleteMultipartUpload was lost; the object is there");
        }
        let parts = u32::try_from(parts.len()).unwrap_or(u32::MAX);
        Ok(Committed {
            stored,
            size,
            parts,
        })
    }

    /// Waits for a reason to end, then for the end of the attempt that is under way.
    async fn interrupted_while_idle(&self, busy: &watch::Sender<bool>) -> Error {
        let reason = self.interrupt.wait().await;
        // The sender is borrowed: it cannot be gone.
        let _ = busy.subscribe().wait_for(|busy| !busy).await;
        reason
    }

    /// Aborts the upload, now that nothing is sent for it any more; adds to `error` what could not
    /// be cleaned up.
    async fn abort(&self, destination: &Destination, upload: &UploadId, error: Error) -> Error {
        let why = match timeout(ABORT_LIMIT, self.abort_until_gone(destination, upload)).await {
            Ok(Ok(())) => return error,
            Ok(Err(why)) => why,
            Err(_) => format!("no end within {}s", ABORT_LIMIT.as_secs()),
        };
        error
            .because(format!(
                "{} is left behind ({why})",
                left_behind(destination, upload)
            ))
            .hint(format!(
                "end it, since its parts cost money: {}",
                self.aws(
                    "abort-multipart-upload",
                    destination,
                    &[("key", &destination.key), ("upload-id", &upload.id)],
                )
            ))
    }

    /// A command of the aws CLI, for a shell.
    fn aws(&self, command: &str, destination: &Destination, options: &[(&str, &str)]) -> String {
        let endpoint = self.store.endpoint();
        let options = [("bucket", destination.bucket.as_str())]
            .into_iter()
            .chain(options.iter().copied())
            .chain(endpoint.map(|url| ("endpoint-url", url)));
        options.fold(format!("aws s3api {command}"), |line, (name, value)| {
            format!("{line} --{name} '{}'", value.replace('\'', "'\\''"))
        })
    }

    async fn abort_until_gone(
        &self,
        destination: &Destination,
        upload: &UploadId,
    ) -> Result<(), String> {
        for _ in 0..ABORTS {
            let aborted = self.store.abort(destination, upload).await;
            aborted.map_err(|failure| failure.to_string())?;
            match self.store.is_pending(destination, upload).await {
                Ok(true) => {}
                // Who may not list parts has the store's word for the abort.
                Ok(false) | Err(_) => return Ok(()),
            }
        }
        Err(format!("still there after {ABORTS} aborts"))
    }
}

fn left_behind(destination: &Destination, upload: &UploadId) -> String {
    format!("the unfinished upload {} of {destination}", upload.id)
}
