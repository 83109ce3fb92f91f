//! `s3stream uploads abort`.

use super::at_once::for_each;
use super::find::{Found, FoundUpload, Parts, count, find, is_older, look_at};
use super::line::{Status, UploadLine};
use super::{Run, list, table};
use crate::config::{Destination, OutputFormat, ToAbort};
use crate::error::{Error, Kind, Result};
use crate::log::{stderr_line, warn};
use crate::progress::size;
use crate::receipt::UNWRITTEN;
use crate::store::{Aborted, PendingUpload, Store};
use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

/// What is said of an id that was given and that the store does not know.
const NO_UPLOAD: &str = "the store knows no such upload of this key (any more)";

/// Aborts uploads, and keeps account of them.
#[derive(Debug)]
pub(super) struct Aborter<'a> {
    run: &'a Run,
    dry_run: bool,
    /// Whether the user named the uploads: then one that is not there is a failure.
    named: bool,
    /// Those to abort.
    chosen: usize,
    aborted: Vec<FoundUpload>,
    /// Gone before they could be aborted.
    gone: usize,
    /// What could not be aborted, and why.
    failed: Vec<(String, String)>,
    /// Whether standard output still takes lines.
    is_read: bool,
}

impl<'a> Aborter<'a> {
    pub(super) fn new(run: &'a Run, dry_run: bool) -> Self {
        Self {
            run,
            dry_run,
            named: false,
            chosen: 0,
            aborted: Vec::new(),
            gone: 0,
            failed: Vec::new(),
            is_read: true,
        }
    }

    /// Aborts the uploads that were asked for.
    ///
    /// # Errors
    /// When some of them are, or may be, still there.
    pub(super) async fn run(mut self, which: &ToAbort) -> Result<()> {
        let (uploads, incomplete) = match which {
            ToAbort::Ids(ids) => {
                self.named = true;
                let named = |id| PendingUpload::named(&self.run.config.key, id);
                (ids.iter().map(|id| named(id)).collect(), None)
            }
            ToAbort::OlderThan(age) => {
                let Found {
                    uploads,
                    incomplete,
                } = find(self.run).await?;
                (self.choose(uploads, *age), incomplete)
            }
        };
        self.chosen += uploads.len();
        if self.dry_run {
            self.show(uploads).await?;
        } else {
            self.abort_all(uploads).await?;
        }
        self.finish(incomplete)
    }

    /// Those that are old enough. What has no age may be old: it counts as not aborted.
    fn choose(&mut self, uploads: Vec<PendingUpload>, age: Duration) -> Vec<PendingUpload> {
        let mut chosen = Vec::new();
        for upload in uploads {
            match is_older(&upload, age) {
                Some(true) => chosen.push(upload),
                Some(false) => {}
                None => {
                    self.chosen += 1;
                    let why = "its age is not known: the store does not tell the time";
                    let parts = Parts::Unknown(String::new());
                    self.add(FoundUpload { upload, parts }, Err(why.to_owned()));
                }
            }
        }
        chosen
    }

    async fn show(&mut self, uploads: Vec<PendingUpload>) -> Result<()> {
        let mut found = count(self.run, uploads).await?;
        let is_missing = |it: &FoundUpload| it.parts == Parts::NoUpload;
        if self.named {
            let missing: Vec<_> = found.extract_if(.., |it| is_missing(it)).collect();
            for found in missing {
                self.add(found, Err(NO_UPLOAD.to_owned()));
            }
        }
        list::show(self.run, &found, Status::WouldAbort)
    }

    async fn abort_all(&mut self, uploads: Vec<PendingUpload>) -> Result<()> {
        let run = self.run;
        let (bucket, named): (Arc<str>, _) = (run.config.bucket.as_str().into(), self.named);
        let work = |upload| {
            let (store, bucket) = (Arc::clone(&run.store), Arc::clone(&bucket));
            async move { abort(&store, &bucket, upload, named).await }
        };
        let done = |(found, outcome)| self.add(found, outcome);
        let unclear = for_each(uploads, &run.interrupt, work, done).await?;
        self.run.interrupt.check().map_err(|reason| {
            let open = match unclear {
                0 => String::new(),
                open => format!(", of {open} more it is not known"),
            };
            let (done, all, place) = (self.aborted.len(), self.chosen, self.run.place());
            self.show_aborted();
            let told = format!("{done} of {all} unfinished uploads of {place} were aborted{open}");
            self.tell_failures();
            reason.because(told)
        })
    }

    /// Takes account of an upload.
    fn add(&mut self, found: FoundUpload, outcome: Result<Aborted, String>) {
        let (status, why) = match outcome {
            Ok(Aborted::Gone) => (Status::Aborted, None),
            Ok(Aborted::Unknown | Aborted::Failed) => (Status::Gone, None),
            Err(why) => (Status::Failed, Some(why)),
        };
        if self.run.config.output.format == OutputFormat::Json {
            let bucket = &self.run.config.bucket;
            let line = UploadLine::new(bucket, &found, status, why.as_deref());
            let mut out = io::stdout().lock();
            let written = line.write(&mut out).and_then(|()| out.flush());
            self.check_written(written);
        }
        match (status, why) {
            (_, Some(why)) => {
                let (bucket, upload) = (&self.run.config.bucket, &found.upload);
                let what = format!("upload {} of s3://{bucket}/{}", upload.id, upload.key);
                self.failed.push((what, why));
            }
            (Status::Gone, _) => self.gone += 1,
            _ => self.aborted.push(found),
        }
    }

    /// What was aborted is aborted, whoever still listens.
    fn check_written(&mut self, written: io::Result<()>) {
        if let Err(error) = written
            && std::mem::replace(&mut self.is_read, false)
        {
            warn(self.run.place(), format_args!("{UNWRITTEN}: {error}"));
        }
    }

    fn show_aborted(&mut self) {
        if self.run.config.output.format == OutputFormat::Text && !self.dry_run {
            let mut out = io::stdout().lock();
            let written = table::write(&self.aborted, &mut out).and_then(|()| out.flush());
            self.check_written(written);
        }
    }

    fn finish(mut self, incomplete: Option<Error>) -> Result<()> {
        self.show_aborted();
        if !self.dry_run {
            self.sum_up();
        }
        let kind = match self.aborted.is_empty() {
            true => Kind::Failed,
            false => Kind::Partial,
        };
        let mut error = match (incomplete, self.failed.len()) {
            (None, 0) => return Ok(()),
            (Some(incomplete), _) => incomplete,
            (None, 1) if self.chosen == 1 => {
                let (what, why) = self.failed.remove(0);
                Error::failed(format!("the {what} is not aborted")).because(why)
            }
            (None, failed) => {
                let (all, place) = (self.chosen, self.run.place());
                let told =
                    format!("{failed} of {all} unfinished uploads of {place} are not aborted");
                Error::failed(told)
            }
        };
        self.tell_failures();
        error.kind = kind;
        Err(error)
    }

    fn sum_up(&self) {
        let bytes = self.aborted.iter().map(|it| match it.parts {
            Parts::Known(count) => count.bytes,
            Parts::NoUpload | Parts::Unknown(_) => 0,
        });
        let uploads = crate::progress::count(self.aborted.len(), "upload", "uploads");
        let (size, place) = (size(bytes.sum()), self.run.place());
        self.run
            .note(format_args!("{place}: {uploads} aborted, {size}"));
    }

    /// Even with --quiet: they are errors.
    fn tell_failures(&self) {
        for (what, why) in &self.failed {
            stderr_line(format_args!("not aborted: {what}: {why}"));
        }
    }
}

/// Aborts one upload until the store has no part of it.
async fn abort(
    store: &Store,
    bucket: &str,
    upload: PendingUpload,
    named: bool,
) -> (FoundUpload, Result<Aborted, String>) {
    let mut found = look_at(store, bucket, upload).await;
    // Its parts tell which key the listing meant; where they are not told, the abort does.
    let keys: Vec<String> = match found.parts {
        Parts::Unknown(_) => found.upload.keys().cloned().collect(),
        Parts::Known(_) | Parts::NoUpload => vec![found.upload.key.clone()],
    };
    let mut aborted = Ok(Aborted::Unknown);
    for key in keys {
        let bucket = bucket.to_owned();
        let destination = Destination { bucket, key };
        aborted = store.abort_until_gone(&destination, &found.upload.id).await;
        if aborted != Ok(Aborted::Unknown) {
            found.upload.key = destination.key;
            break;
        }
    }
    // SeaweedFS says yes to the abort of an upload that it does not know.
    let was_there = found.parts != Parts::NoUpload;
    let outcome = match aborted {
        Ok(Aborted::Gone) if was_there => Ok(Aborted::Gone),
        Ok(_) if named => Err(NO_UPLOAD.to_owned()),
        Ok(_) => Ok(Aborted::Unknown),
        Err(why) => Err(why),
    };
    (found, outcome)
}
