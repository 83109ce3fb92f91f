//! What an earlier run left of an upload: gone on with where the store still has it and nothing asks for
//! another, else another is begun in its place.

use super::begin::Begun;
use super::feed::{Feed, Next, Work};
use super::multipart::left_behind;
use super::uploads_command::abort_command;
use super::{Committed, Uploader};
use crate::config::Destination;
use crate::error::{Error, Kind, Result};
use crate::host::host;
use crate::part::CompletedPart;
use crate::part::plan::Plan;
use crate::resume::{Earlier, Matching, Options, Resume, UploadRecord, recorded_options};
use crate::signals::interrupt::UnfinishedGuard;
use crate::signals::unfinished::{State, Unfinished};
use crate::store::{Aborted, CompleteRequest, Head, UploadId, UploadedParts};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tokio::time::timeout;
use tracing::info;

/// Time to abort an upload in whose place another is, retries included.
const ABORT_LIMIT: Duration = Duration::from_secs(10);

/// What an earlier run did of an upload.
#[derive(Debug)]
pub(super) struct TakenUp {
    /// What it recorded.
    pub(super) record: UploadRecord,
    /// What it stored.
    matching: Matching,
    /// The object, where it completed it and did not learn of that.
    pub(super) object: Option<Head>,
}

/// What is done with a part.
#[derive(Debug)]
pub(super) enum PassedOver {
    /// An earlier run stored it.
    Stored(CompletedPart),
    /// It has to be sent.
    Not(Work),
}

impl Begun {
    /// The object that an earlier run made of it.
    pub(super) fn object(&self) -> Option<&Head> {
        self.earlier.as_ref()?.object.as_ref()
    }
}

impl Uploader {
    /// Looks for what an earlier run left of the upload of a source of that size (`None` of a stream).
    ///
    /// # Errors
    /// When the store does not say what it has.
    pub(super) async fn take_up(
        &self,
        destination: &Destination,
        resume: &Resume,
        size: Option<u64>,
    ) -> Result<Option<Begun>> {
        let Some(earlier) = resume.take_earlier() else {
            return Ok(None);
        };
        let options = self.recorded_options(destination);
        if let Some(why) = earlier.mismatch(&self.store.identity(), &options, size) {
            self.supersede(destination, resume, earlier.upload, Some(why));
            return Ok(None);
        }
        let id = earlier.upload.upload_id.clone();
        let listed = async { Ok(self.store.uploaded_parts(destination, &id).await) };
        match self.unless_interrupted(listed).await? {
            Ok(Some(listed)) if !earlier.kept(&listed).is_empty() => {
                Ok(Some(self.go_on(destination, resume, earlier, listed)))
            }
            Ok(_) if !earlier.has_parts() => {
                self.supersede(destination, resume, earlier.upload, None);
                Ok(None)
            }
            Ok(_) => self.find_object(destination, resume, earlier).await,
            Err(failure) if failure.refuses_to_tell() => {
                let why = format!("what the store has of it can't be told: {failure}");
                self.supersede(destination, resume, earlier.upload, Some(why));
                Ok(None)
            }
            Err(failure) => Err(failure.into_error(destination)),
        }
    }

    /// The same for an object that an earlier run had locked until a time of its own.
    pub(super) fn locked_as(&self, committed: &Committed) -> Option<Self> {
        let until = committed.locked_until?;
        Some(Self {
            store: Arc::new(self.store.with_lock_until(until)),
            ..self.clone()
        })
    }

    fn go_on(
        &self,
        destination: &Destination,
        resume: &Resume,
        earlier: Earlier,
        listed: UploadedParts,
    ) -> Begun {
        let kept = earlier.kept(&listed);
        let (parts, id) = (kept.len(), &earlier.upload.upload_id);
        info!("going on with the upload {id} of {destination}, of which {parts} parts are stored");
        resume.recorder.go_on(kept);
        let unfinished = self.kept(destination, &earlier.upload.upload());
        taken_up(resume, earlier, unfinished, Some(listed), None)
    }

    /// The store does not know the upload: its object may be there.
    async fn find_object(
        &self,
        destination: &Destination,
        resume: &Resume,
        earlier: Earlier,
    ) -> Result<Option<Begun>> {
        let head = async { Ok(self.store.head(destination).await) };
        let head = match self.unless_interrupted(head).await? {
            Ok(head) => head,
            // Whoever may only write can't look.
            Err(failure) if failure.refuses_to_tell() => None,
            Err(failure) => return Err(failure.into_error(destination)),
        };
        let token = earlier.upload.token.as_str();
        let head = head.filter(|it| it.token.as_deref() == Some(token));
        let is_whole = |it: &Head| earlier.makes(it.size);
        let Some(head) = head.filter(is_whole) else {
            let why = "the store does not have it any more".to_owned();
            self.supersede(destination, resume, earlier.upload, Some(why));
            return Ok(None);
        };
        info!("an earlier run stored {destination}, and did not learn of it: comparing the source");
        let stored = self.interrupt.unfinished(Unfinished {
            what: destination.to_string(),
            hint: None,
            state: State::Stored,
        });
        Ok(Some(taken_up(resume, earlier, stored, None, Some(head))))
    }

    /// Another upload is begun in the place of that one.
    fn supersede(
        &self,
        destination: &Destination,
        resume: &Resume,
        old: UploadRecord,
        why: Option<String>,
    ) {
        if let Some(why) = why {
            let (id, begun) = (&old.upload_id, &old.begun);
            let what =
                format!("beginning anew, not going on with the upload {id} of {begun}: {why}");
            resume.tell(destination, what);
        }
        resume.supersede(old);
    }

    /// Ends the upload in whose place another is by now.
    pub(super) async fn end_superseded(&self, destination: &Destination) {
        let resume = self.resume.as_ref();
        let Some((resume, old)) = resume.and_then(|it| Some((it, it.take_superseded()?))) else {
            return;
        };
        let why = if old.store == self.store.identity() {
            let store = self.store.cleaning_up();
            let aborted = Box::pin(store.abort_until_gone(destination, &old.upload_id));
            match timeout(ABORT_LIMIT, aborted).await {
                Ok(Ok(Aborted::Gone | Aborted::Unknown)) => return,
                Ok(Ok(Aborted::Failed)) => "it can't be aborted".to_owned(),
                Ok(Err(why)) => why,
                Err(_) => format!("no end within {}s", ABORT_LIMIT.as_secs()),
            }
        } else {
            "it is in another store".to_owned()
        };
        let (left, abort) = (left_behind(destination, &old.upload_id), &old.abort);
        resume.tell(
            destination,
            format_args!(
                "{left} is left behind ({why}); end it, since its parts cost money: {abort}"
            ),
        );
    }

    /// Records an upload that was begun, for a later run to go on with.
    pub(super) async fn record(
        &self,
        destination: &Destination,
        begun: &mut Begun,
        plan: &Plan,
        size: Option<u64>,
    ) {
        let Some(resume) = &self.resume else { return };
        let upload = &begun.upload;
        let Destination { bucket, key } = destination.clone();
        let record = UploadRecord {
            store: self.store.identity(),
            bucket,
            key,
            upload_id: upload.id.clone(),
            token: upload.token.clone(),
            encryption: upload.encryption.clone(),
            options: self.recorded_options(destination),
            retain_until: self.store.object().lock.map(|(_, until)| until),
            plan: plan.clone(),
            size,
            host: host(),
            begun: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
            abort: abort_command(&self.store, destination, &upload.id),
        };
        if resume.recorder.begin(record).await {
            begun.recorder = Some(resume.recorder.clone());
            begun.unfinished = self.kept(destination, upload);
        }
        self.end_superseded(destination).await;
    }

    fn recorded_options(&self, destination: &Destination) -> Options {
        recorded_options(self.store.object(), &destination.key, &self.transfer)
    }

    fn kept(&self, destination: &Destination, upload: &UploadId) -> UnfinishedGuard {
        self.interrupt.unfinished(Unfinished {
            what: left_behind(destination, &upload.id),
            hint: Some(self.how_to_go_on(destination, &upload.id, None)),
            state: State::Kept,
        })
    }

    /// What becomes of an upload that is kept: `next` is the first part that is missing.
    pub(super) fn how_to_go_on(
        &self,
        destination: &Destination,
        id: &str,
        next: Option<u32>,
    ) -> String {
        let command = abort_command(&self.store, destination, id);
        let from = next
            .map(|it| format!(" from part {it}"))
            .unwrap_or_default();
        format!("the same line again goes on{from}; to give the upload up: {command}")
    }

    /// Compares the first part with what an earlier run stored. Where that is another, so is all behind it, and
    /// another upload is begun.
    pub(super) async fn compare_first(
        &self,
        destination: &Destination,
        plan: &Plan,
        begun: Begun,
        feed: &mut Feed,
    ) -> Result<Begun> {
        let first = async {
            match feed.next().await? {
                Next::Work(work) => work.load(&self.pool, self.store.hashing()).await,
                Next::Ended(_) => Err(Error::failed("reading the source failed")),
            }
        };
        let first = match self.unless_interrupted(first).await {
            Ok(first) => first,
            Err(error) => {
                let error = self.interrupt.explain(error).await;
                feed.stop();
                return Err(self.abandon(destination, Some(begun), error).await);
            }
        };
        let is_other = |it: &TakenUp| it.matching.is_other(&first);
        let is_other = begun.earlier.as_deref().is_some_and(is_other);
        feed.put_back(first);
        match (begun.earlier, &self.resume) {
            (Some(earlier), Some(resume)) if is_other => {
                let why = "the source is another".to_owned();
                self.supersede(destination, resume, earlier.record, Some(why));
                let begun = self.begin(destination, plan, feed.size()).await;
                begun.map_err(|failed| failed.error)
            }
            (earlier, _) => Ok(Begun { earlier, ..begun }),
        }
    }

    /// Gives the part if an earlier run stored it, or else what is to be sent.
    pub(super) async fn pass_over(&self, begun: &mut Begun, work: Work) -> Result<PassedOver> {
        let (number, size) = work.number_and_size();
        let Some(earlier) = &mut begun.earlier else {
            return Ok(PassedOver::Not(work));
        };
        let work = if earlier.matching.may_have(number) {
            let part = work.load(&self.pool, self.store.hashing()).await?;
            if let Some(stored) = earlier.matching.stored(&part) {
                self.store.progress().part(number, size).stored();
                return Ok(PassedOver::Stored(stored));
            }
            if let Some(recorder) = begun
                .recorder
                .as_ref()
                .filter(|_| earlier.matching.differs())
            {
                info!("the source is another from part {number} on");
                recorder.differs_from(number);
            }
            Work::Ready(part)
        } else {
            work
        };
        match &earlier.object {
            None => Ok(PassedOver::Not(work)),
            Some(_) => Err(another_source()),
        }
    }

    /// The object that an earlier run made of the same parts.
    pub(super) fn already_stored(&self, head: Head, parts: Vec<CompletedPart>) -> Committed {
        info!("the source is what an earlier run stored: nothing was sent");
        let request = CompleteRequest::new(self.store.hashing().algorithm, &parts);
        Committed {
            stored: request.stored(head.into_stored()),
            size: request.size,
            parts: u32::try_from(parts.len()).unwrap_or(u32::MAX),
            part_list: parts,
            warnings: Vec::new(),
            locked_until: None,
        }
    }

    /// Whether a later run may go on after `error`; gives the part that it would have to send first.
    pub(super) fn is_kept(&self, begun: &Begun, error: &Error) -> Option<u32> {
        let may_go_on = matches!(error.kind, Kind::Failed | Kind::Signal(_)) && !error.ends_upload;
        begun.recorder.as_ref().filter(|_| may_go_on)?.next_part()
    }
}

fn taken_up(
    resume: &Resume,
    earlier: Earlier,
    unfinished: UnfinishedGuard,
    listed: Option<UploadedParts>,
    object: Option<Head>,
) -> Begun {
    Begun {
        upload: Arc::new(earlier.upload.upload()),
        unfinished,
        warnings: Vec::new(),
        at: Instant::now(),
        recorder: Some(resume.recorder.clone()),
        earlier: Some(Box::new(TakenUp {
            record: earlier.upload.clone(),
            matching: earlier.matching(listed),
            object,
        })),
    }
}

/// What a store that has made an object says of parts that are others.
pub(super) fn another_source() -> Error {
    Error::failed("an earlier run stored the object, and the source is another by now")
        .hint("the same line again sends all of it")
        .ending_upload()
}
