//! The objects among the probes.

use super::delete_command::delete_command;
use super::probes::{LIMIT, Leftover, Probes, answered};
use crate::error::Result;
use crate::part::{CompletedPart, Part};
use crate::signals::commit_switch::CommitSwitch;
use crate::signals::interrupt::UnfinishedGuard;
use crate::signals::unfinished::{State, Unfinished};
use crate::store::{CompleteRequest, Failure, Store, Stored, UploadId, Versioning, new_token};
use tokio::sync::watch;
use tokio::time::timeout;

/// Times that versions are deleted which show after all were.
const ROUNDS: usize = 3;

/// Whether the object is there.
#[derive(Debug)]
enum Looked {
    /// It is, as this version where the store tells.
    There(Option<String>),
    /// It is not.
    Absent,
    /// The store does not say.
    Unknown,
}

impl Looked {
    fn version(self) -> Option<String> {
        match self {
            Self::There(version) => version,
            Self::Absent | Self::Unknown => None,
        }
    }
}

/// An object that was made.
#[derive(Debug)]
pub(super) struct Object {
    version: Option<String>,
    _unfinished: UnfinishedGuard,
}

impl Probes {
    /// Makes an object of one request.
    ///
    /// # Errors
    /// The reason to end.
    pub(super) async fn put(
        &mut self,
        store: &Store,
        part: &Part,
    ) -> Result<Result<Stored, Failure>> {
        self.interrupt.check()?;
        let progress = store.progress().part(part.number, part.size());
        let switch = CommitSwitch::new(self.interrupt.clone(), &self.destination);
        let token = new_token();
        let put = store.put_object(&self.destination, part, &token, &progress, &switch);
        let put = answered(&self.interrupt, put).await;
        self.take_in(put).await
    }

    /// Makes an object of the parts of an upload.
    ///
    /// # Errors
    /// The reason to end.
    pub(super) async fn complete(
        &mut self,
        store: &Store,
        upload: &UploadId,
        part: CompletedPart,
    ) -> Result<Result<Stored, Failure>> {
        self.interrupt.check()?;
        let request = CompleteRequest::new(store.hashing().algorithm, &[part]);
        let busy = watch::Sender::new(true);
        let done = store.complete(&self.destination, upload, &request, &busy);
        let done = answered(&self.interrupt, done).await;
        if let Ok(Ok(_)) = done {
            self.forget_upload(&upload.id);
        }
        self.take_in(done).await
    }

    /// Takes account of an object that was made, or may have been.
    async fn take_in(
        &mut self,
        made: Result<Result<Stored, Failure>>,
    ) -> Result<Result<Stored, Failure>> {
        match &made {
            Ok(Ok(stored)) => {
                let version = stored.version_id.clone();
                let version = match (version, self.versioning) {
                    (None, Versioning::Enabled) => self.look().await.version(),
                    (version, _) => version,
                };
                self.add_object(version);
            }
            Ok(Err(failure)) if !failure.unsettled => {}
            Ok(Err(_)) | Err(_) => match self.look().await {
                Looked::There(version) => self.add_object(version),
                Looked::Absent => {}
                Looked::Unknown => self.leave(None, "perhaps "),
            },
        }
        made
    }

    fn add_object(&mut self, version: Option<String>) {
        // Of a bucket that suspended versions, what is stored now is this one.
        let is_null = version.is_none() && self.versioning == Versioning::Suspended;
        let version = version.or_else(|| is_null.then(|| "null".to_owned()));
        let command = delete_command(&self.store, &self.destination, version.as_deref());
        let unfinished = self.interrupt.unfinished(Unfinished {
            what: format!("the object {}", self.destination),
            hint: Some(format!("delete it: {command}")),
            state: State::Begun,
        });
        self.objects.push(Object {
            version,
            _unfinished: unfinished,
        });
    }

    /// Whether the object is there.
    async fn look(&self) -> Looked {
        let store = self.store.cleaning_up();
        match timeout(LIMIT, store.head(&self.destination)).await {
            Ok(Ok(Some(head))) => Looked::There(head.version_id),
            Ok(Ok(None)) => Looked::Absent,
            Ok(Err(_)) | Err(_) => Looked::Unknown,
        }
    }

    /// Deletes all objects that were made, and sees whether they are gone.
    pub(super) async fn delete_objects(&mut self) -> Result<(), String> {
        // The list says until the end what a second signal leaves.
        let versions: Vec<_> = self.objects.iter().map(|it| it.version.clone()).collect();
        let mut done = Ok(());
        for version in &versions {
            if let Err(why) = self.delete(version.as_deref()).await {
                self.leave(version.as_deref(), "");
                done = Err(why);
            }
        }
        if done.is_ok() && !versions.is_empty() {
            for version in self.still_there().await {
                self.leave(version.as_deref(), "");
                done = Err("it is there again once it is deleted".to_owned());
            }
        }
        self.objects.clear();
        done
    }

    /// The versions that are there after all were deleted, and deleted again. Swift makes another of the
    /// object that it does not replace, where a condition does not hold.
    async fn still_there(&self) -> Vec<Option<String>> {
        if self.versioning == Versioning::Off {
            return match self.look().await {
                Looked::There(version) => vec![version],
                Looked::Absent | Looked::Unknown => Vec::new(),
            };
        }
        for _ in 0..ROUNDS {
            let versions = self.versions().await;
            if versions.is_empty() {
                return Vec::new();
            }
            for version in &versions {
                // The next look tells.
                let _ = self.delete(Some(version)).await;
            }
        }
        self.versions().await.into_iter().map(Some).collect()
    }

    /// Those that the store shows; who may not list them has its word for those that it deleted.
    async fn versions(&self) -> Vec<String> {
        let store = self.store.cleaning_up();
        let listed = timeout(LIMIT, store.versions_of(&self.destination)).await;
        listed.ok().and_then(Result::ok).unwrap_or_default()
    }

    async fn delete(&self, version: Option<&str>) -> Result<(), String> {
        if version.is_none() && self.versioning == Versioning::Enabled {
            // Without an id it would stay, behind a delete marker.
            return Err("the store does not tell the id of its version".to_owned());
        }
        let store = self.store.cleaning_up();
        match timeout(LIMIT, store.delete_object(&self.destination, version)).await {
            Ok(deleted) => deleted.map_err(|failure| failure.to_string()),
            Err(_) => Err(format!("no end within {}s", LIMIT.as_secs())),
        }
    }

    /// Takes note of an object that stays.
    fn leave(&mut self, version: Option<&str>, certainty: &str) {
        self.left.push(Leftover {
            what: format!("{certainty}the object {}", self.destination),
            command: delete_command(&self.store, &self.destination, version),
        });
    }
}
