//! One multipart upload, from Create to Complete or Abort.

use super::begin::Begun;
use super::collector::Collector;
use super::feed::{Feed, Next, Work};
use super::settle::{LATE, Looked};
use super::take_up::PassedOver;
use super::uploads_command::abort_command;
use super::{Committed, Uploader, may_be_there, warned};
use crate::config::Destination;
use crate::error::{Error, Result};
use crate::part::CompletedPart;
use crate::part::plan::Plan;
use crate::signals::interrupt::UnfinishedGuard;
use crate::signals::unfinished::{State, Unfinished};
use crate::store::{Aborted, CompleteRequest, Stored, UploadId};
use crate::upload::before_commit::Ended;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Time for cleaning up, retries included.
const ABORT_LIMIT: Duration = Duration::from_secs(10);
/// Time that a signal leaves a Complete that is under way to be answered.
const COMPLETE_GRACE: Duration = Duration::from_secs(10);
/// Time after the end of a stream in which a signal still counts as the cause of that end. An upload
/// of several parts took long enough for this not to matter.
const BEFORE_COMPLETE: Duration = Duration::from_millis(50);

type Workers = JoinSet<Result<CompletedPart>>;

impl Uploader {
    /// Uploads a source in parts, cut by `plan`, into the upload that was begun for it early, if there is one.
    pub(super) async fn multipart(
        &self,
        destination: &Destination,
        plan: &Plan,
        mut feed: Feed,
        begun: Option<Begun>,
    ) -> Result<Committed> {
        let (mut begun, first) = match begun {
            Some(begun) if begun.earlier.is_some() => {
                let begun = self.compare_first(destination, plan, begun, &mut feed);
                (begun.await?, None)
            }
            Some(begun) => self.send_first(destination, plan, begun, &mut feed).await?,
            None => {
                let begun = self.begin(destination, plan, feed.size()).await;
                (begun.map_err(|failed| failed.error)?, None)
            }
        };
        let warnings = std::mem::take(&mut begun.warnings);
        let mut workers = Workers::new();
        let sending = self.send_all(destination, &mut begun, &mut feed, first, &mut workers);
        let committed = match self.unless_interrupted(sending).await {
            // From here on a signal stops retries alone: the store may be making the object already.
            Ok((parts, size)) => self.commit_begun(destination, begun, parts, size).await,
            Err(error) => {
                let error = self.interrupt.explain(error).await;
                feed.stop();
                workers.shutdown().await;
                Err(self.give_up(destination, &begun, error).await)
            }
        };
        warned(warnings, committed)
    }

    /// Sends all parts but the `first`, if that is sent, and those that an earlier run stored; gives them, once
    /// the source is verified, and their size.
    async fn send_all(
        &self,
        destination: &Destination,
        begun: &mut Begun,
        feed: &mut Feed,
        first: Option<CompletedPart>,
        workers: &mut Workers,
    ) -> Result<(Vec<CompletedPart>, u64)> {
        let destination = Arc::new(destination.clone());
        let mut collector = Collector::default();
        first.map_or(Ok(()), |part| collector.add(part))?;
        let mut ended: Option<Ended> = None;
        let mut in_flight = self.pool.watch_in_flight();
        loop {
            let at_once = *in_flight.borrow_and_update() + feed.ahead(self.transfer.buffer);
            let has_room = ended.is_none() && workers.len() < at_once;
            tokio::select! {
                biased;
                Some(done) = workers.join_next() => {
                    let done = done.map_err(|error| {
                        Error::failed("a worker failed").caused_by(error)
                    })?;
                    collector.add(done?)?;
                }
                next = feed.next(), if has_room => match next? {
                    Next::Work(work) => match self.pass_over(begun, work).await? {
                        PassedOver::Stored(part) => collector.add(part)?,
                        PassedOver::Not(work) => self.send(&destination, begun, work, workers),
                    },
                    Next::Ended(end) => ended = Some(end),
                },
                Ok(()) = in_flight.changed(), if ended.is_none() => {}
                else => break,
            }
        }
        let mut ended = ended.ok_or_else(|| Error::failed("reading the source failed"))?;
        self.check_before_commit(feed, &mut ended).await?;
        let parts = collector.finish(ended.size)?;
        if begun.object().is_some() {
            return Ok((parts, ended.size));
        }
        self.check_free(&destination).await?;
        if let Some(recorder) = &begun.recorder {
            recorder.committing(ended.size).await;
        }
        let interrupt = &self.interrupt;
        interrupt.check_after(ended.at, BEFORE_COMPLETE).await?;
        Ok((parts, ended.size))
    }

    /// Sends a part, as one of the `workers`.
    fn send(
        &self,
        destination: &Arc<Destination>,
        begun: &Begun,
        work: Work,
        workers: &mut Workers,
    ) {
        let (number, size) = work.number_and_size();
        let progress = self.store.progress().part(number, size);
        let (store, pool) = (Arc::clone(&self.store), self.pool.clone());
        let (destination, upload) = (Arc::clone(destination), Arc::clone(&begun.upload));
        let recorder = begun.recorder.clone();
        workers.spawn(async move {
            let part = work.load(&pool, store.hashing()).await?;
            let sent = store.upload_part(&destination, &upload, &part, &progress);
            let done = sent.await.map_err(|it| it.into_error(&destination))?;
            progress.stored();
            if let Some(recorder) = recorder {
                recorder.part(&done, part.digests.sha256());
            }
            Ok(done)
        });
    }

    /// Makes the object of its parts, unless an earlier run has; after that nothing is left to go on with.
    async fn commit_begun(
        &self,
        destination: &Destination,
        mut begun: Begun,
        parts: Vec<CompletedPart>,
        size: u64,
    ) -> Result<Committed> {
        let earlier = begun.earlier.as_ref();
        let locked_until = earlier.and_then(|it| it.record.retain_until);
        let object = begun.earlier.as_mut().and_then(|it| it.object.take());
        let committed = match object {
            Some(head) => Ok(self.already_stored(head, parts)),
            None => {
                begun.unfinished.committing();
                self.commit(destination, &begun, parts, size).await
            }
        };
        if let (Ok(_), Some(recorder)) = (&committed, &begun.recorder) {
            recorder.over().await;
        }
        committed.map(|it| Committed { locked_until, ..it })
    }

    async fn commit(
        &self,
        destination: &Destination,
        begun: &Begun,
        part_list: Vec<CompletedPart>,
        size: u64,
    ) -> Result<Committed> {
        let upload = &begun.upload;
        let request = CompleteRequest::new(self.store.hashing().algorithm, &part_list);
        let busy = watch::Sender::new(true);
        let stage = self.stage("completing: waiting for the store");
        let completed = tokio::select! {
            biased;
            completed = Box::pin(self.store.complete(destination, upload, &request, &busy)) => completed
                .map_err(|failure| {
                    let is_final = failure.refuses_parts();
                    let (unsettled, error) = (failure.unsettled, failure.into_error(destination));
                    (unsettled, if is_final { error.ending_upload() } else { error })
                }),
            reason = self.given_up(&busy) => Err((true, reason)),
        };
        drop(stage);
        let stored = match completed {
            Ok(stored) => stored,
            Err((unsettled, error)) => {
                let settled = self.settle(destination, begun, &request, unsettled, error);
                Box::pin(settled).await?
            }
        };
        Ok(Committed {
            stored,
            size,
            parts: u32::try_from(part_list.len()).unwrap_or(u32::MAX),
            part_list,
            warnings: Vec::new(),
            locked_until: None,
        })
    }

    /// Waits for a reason to end, then, if that is a signal, for the end of the attempt that is under
    /// way, within reason: a Complete may drip blanks for as long as it likes.
    async fn given_up(&self, busy: &watch::Sender<bool>) -> Error {
        let reason = self.interrupt.wait().await;
        let grace = match reason.kind.signal() {
            Some(_) => COMPLETE_GRACE,
            None => Duration::ZERO,
        };
        let mut busy = busy.subscribe();
        let idle = busy.wait_for(|busy| !busy);
        reason.because(match timeout(grace, idle).await {
            Ok(_) => "CompleteMultipartUpload was about to be tried again",
            Err(_) => "CompleteMultipartUpload was sent and not answered",
        })
    }

    /// Finds out what became of an upload that was not completed as far as its answers tell, and
    /// aborts it, unless a later run can go on with it; `unsettled` whether they leave that open.
    async fn settle(
        &self,
        destination: &Destination,
        begun: &Begun,
        request: &CompleteRequest,
        unsettled: bool,
        error: Error,
    ) -> Result<Stored> {
        let upload = &begun.upload;
        if !unsettled && self.is_kept(begun, &error).is_some() {
            return Err(self.give_up(destination, begun, error).await);
        }
        if unsettled && begun.recorder.is_some() {
            return self.settle_kept(destination, upload, request, error).await;
        }
        // SeaweedFS aborts what it has completed before without a word: only what was pending before
        // proves something by being gone.
        let was_pending = unsettled && self.is_pending(destination, upload).await;
        let (error, aborted) = self.abort_begun(destination, begun, error).await;
        if !unsettled && aborted != Aborted::Unknown {
            return Err(error);
        }
        let gone = aborted == Aborted::Gone;
        let patience = if gone { Duration::ZERO } else { LATE };
        let object = (upload.token.as_str(), request.size);
        match self.look_for(destination, object, patience).await {
            Looked::Found(stored) => Ok(request.stored(*stored)),
            Looked::Other | Looked::Absent if gone => Err(error),
            Looked::Unknown if gone && was_pending => Err(error),
            _ => Err(error
                .unsettled()
                .hint(may_be_there(request.size, &upload.token))),
        }
    }

    /// The same of an upload that is kept: it is not aborted to find out, and the next run looks again.
    async fn settle_kept(
        &self,
        destination: &Destination,
        upload: &UploadId,
        request: &CompleteRequest,
        error: Error,
    ) -> Result<Stored> {
        let object = (upload.token.as_str(), request.size);
        match self.look_for(destination, object, LATE).await {
            Looked::Found(stored) => Ok(request.stored(*stored)),
            _ => {
                let (left, how) = (
                    left_behind(destination, &upload.id),
                    self.how_to_go_on(destination, &upload.id, None),
                );
                let error = error
                    .unsettled()
                    .hint(may_be_there(request.size, &upload.token));
                Err(error.leftover(format!("if it is not stored, {left} is kept: {how}")))
            }
        }
    }

    async fn is_pending(&self, destination: &Destination, upload: &UploadId) -> bool {
        let store = self.store.cleaning_up();
        let listed = store.parts_of(destination, &upload.id);
        matches!(timeout(ABORT_LIMIT, listed).await, Ok(Ok(Some(parts))) if parts > 0)
    }

    /// Leaves the upload for a later run to go on with, if `error` lets it, or else aborts it; adds to `error`
    /// what is to be said of it. Nothing is sent for it any more.
    pub(super) async fn give_up(
        &self,
        destination: &Destination,
        begun: &Begun,
        error: Error,
    ) -> Error {
        let Some(next) = self.is_kept(begun, &error) else {
            return self.abort_begun(destination, begun, error).await.0;
        };
        let id = &begun.upload.id;
        let left = left_behind(destination, id);
        let how = self.how_to_go_on(destination, id, Some(next));
        error.leftover(format!("{left} is kept: {how}"))
    }

    /// Aborts an upload, with which nobody goes on then.
    async fn abort_begun(
        &self,
        destination: &Destination,
        begun: &Begun,
        error: Error,
    ) -> (Error, Aborted) {
        let (error, aborted) = self.abort(destination, &begun.upload, error).await;
        if let Some(recorder) = begun
            .recorder
            .as_ref()
            .filter(|_| aborted != Aborted::Failed)
        {
            recorder.over().await;
        }
        (error, aborted)
    }

    /// Aborts the upload, now that nothing is sent for it any more; adds to `error` what could not
    /// be cleaned up.
    pub(super) async fn abort(
        &self,
        destination: &Destination,
        upload: &UploadId,
        error: Error,
    ) -> (Error, Aborted) {
        let _stage = self.aborting();
        let store = self.store.cleaning_up();
        let aborted = store.abort_until_gone(destination, &upload.id);
        let why = match timeout(ABORT_LIMIT, aborted).await {
            Ok(Ok(aborted)) => return (error, aborted),
            Ok(Err(why)) => why,
            Err(_) => format!("no end within {}s", ABORT_LIMIT.as_secs()),
        };
        let left = left_behind(destination, &upload.id);
        let error = error
            .because(format!("{left} is left behind ({why})"))
            .leftover(self.how_to_abort(destination, &upload.id));
        (error, Aborted::Failed)
    }

    pub(super) fn unfinished(
        &self,
        destination: &Destination,
        upload: &UploadId,
    ) -> UnfinishedGuard {
        self.interrupt.unfinished(Unfinished {
            what: left_behind(destination, &upload.id),
            hint: Some(self.how_to_abort(destination, &upload.id)),
            state: State::Begun,
        })
    }

    pub(super) fn how_to_abort(&self, destination: &Destination, id: &str) -> String {
        let command = abort_command(&self.store, destination, id);
        format!("end it, since its parts cost money: {command}")
    }
}

/// What it is that is left behind.
pub(crate) fn left_behind(destination: &Destination, id: &str) -> String {
    format!("the unfinished upload {id} of {destination}")
}
