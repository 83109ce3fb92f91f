//! The beginning of a multipart upload that is known by its id: before COMMAND starts or while a pipe
//! is silent, so that a destination which can't be written to is found before the data are made; or
//! else once there is a second part.

use super::create::NotCreated;
use super::feed::Feed;
use super::multipart::left_behind;
use super::take_up::TakenUp;
use super::{Committed, Uploader, warned};
use crate::config::Destination;
use crate::error::{Error, Result};
use crate::part::plan::Plan;
use crate::part::{CompletedPart, Part};
use crate::resume::Recorder;
use crate::signals::interrupt::UnfinishedGuard;
use crate::store::{Aborted, Failure, FailureKind, UploadId};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::timeout;
use tracing::info;

/// Time for an Abort, retries included, on which the data wait.
const ABORT_LIMIT: Duration = Duration::from_secs(10);

/// An upload that is older may be gone before its first part comes: the producer was silent.
const MAY_BE_GONE: Duration = Duration::from_secs(3);

/// An upload that was created and is neither completed nor aborted.
#[derive(Debug)]
pub(super) struct Begun {
    pub(super) upload: Arc<UploadId>,
    /// Says so, should the process end at once.
    pub(super) unfinished: UnfinishedGuard,
    /// What the user should know of others that may have been created on the way.
    pub(super) warnings: Vec<String>,
    pub(super) at: Instant,
    /// Where it is recorded, if a later run is to go on with it.
    pub(super) recorder: Option<Recorder>,
    /// What an earlier run did of it.
    pub(super) earlier: Option<Box<TakenUp>>,
}

impl Uploader {
    /// Begins an upload, encrypted at rest as was asked for, of a source that is cut by `plan`.
    pub(super) async fn begin(
        &self,
        destination: &Destination,
        plan: &Plan,
        size: Option<u64>,
    ) -> Result<Begun, NotCreated> {
        let (upload, warnings) = self.create(destination).await?;
        info!("upload id {} of {destination}", upload.id);
        let mut begun = Begun {
            unfinished: self.unfinished(destination, &upload),
            upload: Arc::new(upload),
            warnings,
            at: Instant::now(),
            recorder: None,
            earlier: None,
        };
        match self.check_created(&begun.upload) {
            Ok(()) => {
                self.record(destination, &mut begun, plan, size).await;
                Ok(begun)
            }
            Err(error) => Err(self.abandon(destination, Some(begun), error).await.into()),
        }
    }

    /// Tries the destination by beginning an upload, which may turn out not to be needed. Where the
    /// store has no multipart uploads, there is none: a small stream needs none.
    pub(super) async fn begin_early(
        &self,
        destination: &Destination,
        plan: &Plan,
    ) -> Result<Option<Begun>> {
        match self.begin(destination, plan, None).await {
            Ok(begun) => Ok(Some(begun)),
            Err(NotCreated { error, unsupported }) if unsupported => {
                info!("the destination can't be tried in advance: {error:#}");
                Ok(None)
            }
            Err(failed) => Err(failed.error),
        }
    }

    /// Stores a stream that fits into one part. An upload that was begun for it is aborted first, so
    /// that nothing is left once the object is stored; one that can't be aborted is used.
    pub(super) async fn only_part(
        &self,
        destination: &Destination,
        plan: &Plan,
        part: Part,
        mut feed: Feed,
        begun: Option<Begun>,
    ) -> Result<Committed> {
        let warnings = match begun {
            None => Vec::new(),
            Some(begun) => match self.abort_unneeded(destination, begun).await {
                Ok(warnings) => warnings,
                Err(begun) => {
                    feed.put_back(part);
                    return self.multipart(destination, plan, feed, Some(begun)).await;
                }
            },
        };
        let stored = self.single(destination, part, feed).await;
        warned(warnings, stored)
    }

    /// Sends the first part of a stream that was long in coming, alone: a producer may be silent for days,
    /// after which a lifecycle rule has removed the upload that was begun early. Then another is begun.
    pub(super) async fn send_first(
        &self,
        destination: &Destination,
        plan: &Plan,
        begun: Begun,
        feed: &mut Feed,
    ) -> Result<(Begun, Option<CompletedPart>)> {
        if begun.at.elapsed() < MAY_BE_GONE {
            return Ok((begun, None));
        }
        let Some(part) = feed.take_first() else {
            return Ok((begun, None));
        };
        let sending = async { Ok(self.send_part(destination, &begun, &part).await) };
        let error = match self.unless_interrupted(sending).await {
            Ok(Ok(done)) => return Ok((begun, Some(done))),
            Ok(Err(failure)) if failure.kind == FailureKind::NoSuchUpload => {
                feed.put_back(part);
                let begun = self.begin_again(destination, plan, begun).await?;
                return Ok((begun, None));
            }
            Ok(Err(failure)) => failure.into_error(destination),
            Err(reason) => reason,
        };
        let error = self.interrupt.explain(error).await;
        feed.stop();
        Err(self.abandon(destination, Some(begun), error).await)
    }

    async fn send_part(
        &self,
        destination: &Destination,
        begun: &Begun,
        part: &Part,
    ) -> Result<CompletedPart, Failure> {
        let progress = self.store.progress().part(part.number, part.size());
        let sent = self
            .store
            .upload_part(destination, &begun.upload, part, &progress);
        let done = sent.await?;
        progress.stored();
        if let Some(recorder) = &begun.recorder {
            recorder.part(&done, part.digests.sha256());
        }
        Ok(done)
    }

    /// Begins another upload in place of one that is gone. A store that only said so is told to abort
    /// it.
    async fn begin_again(
        &self,
        destination: &Destination,
        plan: &Plan,
        gone: Begun,
    ) -> Result<Begun> {
        info!("the upload was gone before its first part was stored: another is begun");
        let warnings = match self.abort_unneeded(destination, gone).await {
            Ok(warnings) => warnings,
            Err(mut left) => {
                let id = &left.upload.id;
                let (what, how) = (
                    left_behind(destination, id),
                    self.how_to_abort(destination, id),
                );
                left.warnings
                    .push(format!("{what} may be left behind; {how}"));
                left.warnings
            }
        };
        match self.begin(destination, plan, None).await {
            Ok(mut begun) => {
                begun.warnings.extend(warnings);
                Ok(begun)
            }
            Err(failed) => Err(warnings.into_iter().fold(failed.error, Error::leftover)),
        }
    }

    /// Aborts an upload that has no parts; gives its warnings, or the upload where it may still be
    /// there.
    async fn abort_unneeded(
        &self,
        destination: &Destination,
        begun: Begun,
    ) -> Result<Vec<String>, Begun> {
        let store = self.store.cleaning_up();
        let abort = store.abort(destination, &begun.upload.id);
        match timeout(ABORT_LIMIT, abort).await {
            Ok(Ok(Aborted::Gone | Aborted::Unknown)) => {
                if let Some(recorder) = &begun.recorder {
                    recorder.over().await;
                }
                Ok(begun.warnings)
            }
            Ok(Ok(Aborted::Failed) | Err(_)) | Err(_) => Err(begun),
        }
    }

    /// Aborts what was begun, of which nothing is being sent, unless it is kept for a later run; adds to
    /// `error` what is to be said of it.
    pub(super) async fn abandon(
        &self,
        destination: &Destination,
        begun: Option<Begun>,
        error: Error,
    ) -> Error {
        let Some(begun) = begun else { return error };
        let error = self.give_up(destination, &begun, error).await;
        begun.warnings.into_iter().fold(error, Error::leftover)
    }
}
