//! The beginning of a multipart upload. A Create whose answer is lost may leave an upload behind that
//! nobody knows by its id: such are looked for and named, and never aborted, for they may be another's.

use super::Uploader;
use super::uploads_command::{abort_command, list_command};
use crate::config::Destination;
use crate::error::{Error, Result};
use crate::store::{PendingUpload, UploadId};
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// Time to learn the id of an upload that was being created when the run was interrupted.
const CREATE_GRACE: Duration = Duration::from_secs(3);
/// Time to look for uploads that nobody knows by their ids, retries included.
const LOOK_LIMIT: Duration = Duration::from_secs(10);

/// Why there is no upload.
pub(super) struct NotCreated {
    pub(super) error: Error,
    /// Whether the store has no multipart uploads at all.
    pub(super) unsupported: bool,
}

impl From<Error> for NotCreated {
    fn from(error: Error) -> Self {
        Self {
            error,
            unsupported: false,
        }
    }
}

impl Uploader {
    /// Creates the upload; gives it with what the user should know of others that may have been
    /// created on the way.
    pub(super) async fn create(
        &self,
        destination: &Destination,
    ) -> Result<(UploadId, Vec<String>), NotCreated> {
        let began = Instant::now();
        let mut unsupported = false;
        let mut create = Box::pin(self.store.create(destination));
        let (error, uncertain) = tokio::select! {
            biased;
            reason = self.interrupt.wait() => {
                // The store may be making it right now: only its answer tells what to abort.
                let waits = self.store.progress().waits();
                let _stage = waits.ending("waiting for the store's answer; Ctrl-C again ends at once");
                match timeout(CREATE_GRACE, &mut create).await {
                    Ok(Ok(upload)) => {
                        let _unfinished = self.unfinished(destination, &upload);
                        let error = self.abort(destination, &upload, reason).await.0;
                        let except = Some(upload.id.as_str());
                        let error = self.name_others(destination, began, upload.repeated, except, error);
                        return Err(error.await.into());
                    }
                    Ok(Err(failure)) => (reason, failure.unsettled),
                    Err(_) => (reason.because("CreateMultipartUpload was sent and not answered"), true),
                }
            }
            created = &mut create => match created {
                Ok(upload) => {
                    let others = match upload.repeated {
                        true => {
                            let others = self.others(destination, began, Some(&upload.id));
                            others.await.unwrap_or_default()
                        }
                        false => Vec::new(),
                    };
                    return Ok((upload, others));
                }
                Err(failure) => {
                    unsupported = failure.is_not_implemented();
                    (failure.clone().into_error(destination), failure.unsettled)
                }
            }
        };
        drop(create);
        let error = self.name_others(destination, began, uncertain, None, error);
        Err(NotCreated {
            error: error.await,
            unsupported,
        })
    }

    /// The error, with what there is to say of uploads that may have been created.
    async fn name_others(
        &self,
        destination: &Destination,
        began: Instant,
        uncertain: bool,
        except: Option<&str>,
        error: Error,
    ) -> Error {
        if !uncertain {
            return error;
        }
        let Some(mut others) = self.others(destination, began, except).await else {
            return error;
        };
        if others.is_empty() {
            others.push(self.how_to_look(destination));
        }
        others.into_iter().fold(error, Error::leftover)
    }

    fn how_to_look(&self, destination: &Destination) -> String {
        let command = list_command(&self.store, destination);
        format!("the store may have begun an upload all the same: {command}")
    }

    /// What there is to say of the uploads of this key that began since `began`, but for the one that
    /// is known; `None` where there is no store that could have begun any.
    async fn others(
        &self,
        destination: &Destination,
        began: Instant,
        except: Option<&str>,
    ) -> Option<Vec<String>> {
        let listed = self.store.uploads_since(destination, began);
        let listed = timeout(LOOK_LIMIT, listed).await;
        let uploads = match listed {
            Ok(Ok(uploads)) => uploads,
            Ok(Err(failure)) if failure.is_of_no_store() => return None,
            Ok(Err(_)) | Err(_) => return Some(vec![self.how_to_look(destination)]),
        };
        let others = uploads.iter().filter(|it| Some(it.id.as_str()) != except);
        let said = others.map(|PendingUpload { id, .. }| {
                let command = abort_command(&self.store, destination, id);
                format!(
                    "the unfinished upload {id} may be of this run, its answer lost, or of another that \
                     began meanwhile; if nobody goes on with it, end it: {command}"
                )
            });
        Some(said.collect())
    }
}
