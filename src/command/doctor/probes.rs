//! What is made to find out, and taken away again: uploads, and objects, under one key that no other run has.

use super::probe_objects::Object;
use crate::config::{Destination, PROBE_ENDING, PROBE_LETTERS};
use crate::error::Result;
use crate::part::{CompletedPart, Part, Payload};
use crate::signals::interrupt::{Interrupt, UnfinishedGuard};
use crate::signals::unfinished::{State, Unfinished};
use crate::store::{Aborted, Failure, Store, UploadId, Versioning};
use crate::upload::{abort_command, left_behind, list_command};
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// Time that a signal leaves the answer to what makes something: it says what there is to take away.
const GRACE: Duration = Duration::from_secs(3);
/// Time to take one of them away, retries included.
pub(super) const LIMIT: Duration = Duration::from_secs(10);

/// What could not be taken away, and the command that does it.
#[derive(Debug, Clone)]
pub(super) struct Leftover {
    pub(super) what: String,
    pub(super) command: String,
}

#[derive(Debug)]
struct Upload {
    id: String,
    _unfinished: UnfinishedGuard,
}

/// All that was made and is still there.
#[derive(Debug)]
pub(super) struct Probes {
    pub(super) store: Arc<Store>,
    pub(super) interrupt: Interrupt,
    pub(super) destination: Destination,
    pub(super) versioning: Versioning,
    uploads: Vec<Upload>,
    pub(super) objects: Vec<Object>,
    /// Whether there may be uploads of this key whose ids nobody told.
    has_unknown_uploads: bool,
    pub(super) left: Vec<Leftover>,
}

impl Probes {
    pub(super) fn new(store: &Arc<Store>, interrupt: &Interrupt, given: &Destination) -> Self {
        let letters: String = std::iter::repeat_with(fastrand::alphanumeric)
            .take(PROBE_LETTERS)
            .collect();
        Self {
            store: Arc::clone(store),
            interrupt: interrupt.clone(),
            destination: Destination {
                bucket: given.bucket.clone(),
                key: format!("{}{PROBE_ENDING}{letters}", given.key),
            },
            // Until it is known, no object is made.
            versioning: Versioning::Off,
            uploads: Vec::new(),
            objects: Vec::new(),
            has_unknown_uploads: false,
            left: Vec::new(),
        }
    }

    pub(super) fn destination(&self) -> &Destination {
        &self.destination
    }

    /// Says how objects have to be deleted.
    pub(super) fn set_versioning(&mut self, versioning: Versioning) {
        self.versioning = versioning;
    }

    /// Begins an upload.
    ///
    /// # Errors
    /// The reason to end.
    pub(super) async fn create(&mut self, store: &Store) -> Result<Result<UploadId, Failure>> {
        self.interrupt.check()?;
        let listing = list_command(&self.store, &self.destination);
        let beginning = self.interrupt.unfinished(Unfinished {
            what: format!("an upload of {} that was being begun", self.destination),
            hint: Some(format!("look for it: {listing}")),
            state: State::Begun,
        });
        let created = store.create(&self.destination);
        let created = answered(&self.interrupt, created).await;
        drop(beginning);
        match created {
            Ok(Ok(upload)) => {
                self.has_unknown_uploads |= upload.repeated;
                let unfinished = self.unfinished_upload(&upload.id);
                self.uploads.push(unfinished);
                Ok(Ok(upload))
            }
            Ok(Err(failure)) => {
                self.has_unknown_uploads |= failure.unsettled;
                Ok(Err(failure))
            }
            Err(reason) => {
                self.has_unknown_uploads = true;
                Err(reason)
            }
        }
    }

    /// Takes no account of an upload any more: it has become an object.
    pub(super) fn forget_upload(&mut self, id: &str) {
        self.uploads.retain(|it| it.id != id);
    }

    /// Sends a part of an upload.
    ///
    /// # Errors
    /// The reason to end.
    pub(super) async fn send(
        &self,
        store: &Store,
        upload: &UploadId,
        part: &Part,
    ) -> Result<Result<CompletedPart, Failure>> {
        let progress = store.progress().part(part.number, part.size());
        let sent = store.upload_part(&self.destination, upload, part, &progress);
        let sent = async { Ok(sent.await) };
        self.interrupt.unless(sent).await
    }

    /// Aborts an upload, and again until the store has no part of it.
    pub(super) async fn abort(&mut self, id: &str) -> Result<Aborted, String> {
        let store = self.store.cleaning_up();
        let aborted = store.abort_until_gone(&self.destination, id);
        let aborted = timeout(LIMIT, aborted).await;
        let aborted =
            aborted.unwrap_or_else(|_| Err(format!("no end within {}s", LIMIT.as_secs())));
        self.forget_upload(id);
        if aborted.is_err() {
            self.left.push(Leftover {
                what: left_behind(&self.destination, id),
                command: abort_command(&self.store, &self.destination, id),
            });
        }
        aborted
    }

    /// Takes all away that is still there; gives what could not be.
    pub(super) async fn clean_up(&mut self) -> Vec<Leftover> {
        while let Some(upload) = self.uploads.last() {
            let id = upload.id.clone();
            let _ = self.abort(&id).await;
        }
        if std::mem::take(&mut self.has_unknown_uploads) {
            self.abort_unknown().await;
        }
        // What can't be deleted is told with the others.
        let _ = self.delete_objects().await;
        std::mem::take(&mut self.left)
    }

    /// Aborts the uploads of which no answer told the id: the key tells that they are of this run.
    async fn abort_unknown(&mut self) {
        let store = self.store.cleaning_up();
        let listed = store.pending_uploads(&self.destination.bucket, &self.destination.key);
        match timeout(LIMIT, listed).await {
            Ok(Ok(listing)) => {
                let ours = listing.uploads.iter();
                let ours = ours.filter(|it| it.keys().any(|key| *key == self.destination.key));
                let ids: Vec<_> = ours.map(|it| it.id.clone()).collect();
                for id in ids {
                    let what = left_behind(&self.destination, &id);
                    if !self.left.iter().any(|it| it.what == what) {
                        let _ = self.abort(&id).await;
                    }
                }
            }
            Ok(Err(failure)) if failure.is_of_no_store() => {}
            Ok(Err(_)) | Err(_) => self.left.push(Leftover {
                what: format!("perhaps an upload of {}", self.destination),
                command: list_command(&self.store, &self.destination),
            }),
        }
    }

    fn unfinished_upload(&self, id: &str) -> Upload {
        let command = abort_command(&self.store, &self.destination, id);
        Upload {
            id: id.to_owned(),
            _unfinished: self.interrupt.unfinished(Unfinished {
                what: left_behind(&self.destination, id),
                hint: Some(format!("end it: {command}")),
                state: State::Begun,
            }),
        }
    }
}

/// Waits for the answer to what makes something, and for a while also where the run has to end.
///
/// # Errors
/// The reason to end, where there was no answer in that time.
pub(super) async fn answered<T>(
    interrupt: &Interrupt,
    request: impl Future<Output = T>,
) -> Result<T> {
    let late = async {
        let reason = interrupt.wait().await;
        sleep(GRACE).await;
        reason
    };
    tokio::select! {
        biased;
        answer = request => Ok(answer),
        reason = late => Err(reason),
    }
}

/// Bytes as a part that `store` can send.
pub(super) fn part(store: &Store, number: u32, bytes: Bytes) -> Part {
    Part {
        number,
        digests: store.hashing().digest(&bytes),
        payload: Payload::Held(bytes),
    }
}

/// A few bytes that no two runs share.
pub(super) fn few_bytes() -> Bytes {
    let bytes: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..))
        .take(1000)
        .collect();
    bytes.into()
}
