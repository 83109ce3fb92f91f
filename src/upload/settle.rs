//! What became of a commit whose answer was lost: the object itself is asked.

use super::Uploader;
use crate::config::Destination;
use crate::store::Stored;
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

/// Time in which a request that a gateway has given up on may still be carried out behind it.
pub(super) const LATE: Duration = Duration::from_secs(5);
/// Time for one look, retries included.
const LOOK_LIMIT: Duration = Duration::from_secs(10);
/// Time between two looks.
const PAUSE: Duration = Duration::from_millis(500);

/// What is under the key.
#[derive(Debug)]
pub(super) enum Looked {
    /// The object of this upload.
    Found(Box<Stored>),
    /// An object of somebody else's, or of another night.
    Other,
    /// No object.
    Absent,
    /// The store does not tell.
    Unknown,
    /// There is no store: what answers is none, or lets nothing through to one.
    NoStore,
}

impl Uploader {
    /// Looks for the object with this token and size. While it is not there, it is looked for again
    /// for as long as `patience`.
    pub(super) async fn look_for(
        &self,
        destination: &Destination,
        (token, size): (&str, u64),
        patience: Duration,
    ) -> Looked {
        let started = Instant::now();
        let store = self.store.cleaning_up();
        let _stage = self.stage("the answer was lost; looking for the object");
        loop {
            let look = timeout(LOOK_LIMIT, store.head(destination)).await;
            let looked = match look {
                Ok(Ok(Some(head))) if head.is_of(token, size) => {
                    return Looked::Found(Box::new(head.into_stored()));
                }
                Ok(Ok(Some(_))) => Looked::Other,
                Ok(Ok(None)) => Looked::Absent,
                Ok(Err(failure)) if failure.is_of_no_store() => return Looked::NoStore,
                Ok(Err(_)) | Err(_) => Looked::Unknown,
            };
            if started.elapsed() >= patience {
                return looked;
            }
            sleep(PAUSE).await;
        }
    }
}
