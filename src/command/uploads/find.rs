//! What is unfinished: the listing, and the parts of each upload.

use super::Run;
use super::at_once::for_each;
use crate::config::Destination;
use crate::error::{Error, Kind, Result};
use crate::store::{Failure, Incomplete, PartCount, PendingUpload, Store};
use std::sync::Arc;
use std::time::Duration;

/// An upload, and what the store has of it.
#[derive(Debug)]
pub(super) struct FoundUpload {
    pub(super) upload: PendingUpload,
    pub(super) parts: Parts,
}

/// What the store has of an upload.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parts {
    Known(PartCount),
    /// It does not know the upload (any more).
    NoUpload,
    /// It does not tell, for this reason.
    Unknown(String),
}

/// The uploads of a listing.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) uploads: Vec<PendingUpload>,
    /// Why there may be more.
    pub(super) incomplete: Option<Error>,
}

/// Lists the uploads.
///
/// # Errors
/// When the store shows none, or the run has to end.
pub(super) async fn find(run: &Run) -> Result<Found> {
    let (bucket, prefix) = (&run.config.bucket, &run.config.key);
    let listing = async {
        let listed = run.store.pending_uploads(bucket, prefix).await;
        listed.map_err(|failure| cant_list(run, failure))
    };
    let listing = run.interrupt.unless(listing).await?;
    let incomplete = listing.incomplete.map(|why| match why {
        Incomplete::Failed(failure) => cant_list(run, *failure),
        Incomplete::Stuck => Error::failed(format!(
            "not all unfinished uploads of {} are known",
            run.place()
        ))
        .because("the store says that there are more, and shows the same ones again or none")
        .hint("name a longer PREFIX: the store may show all uploads of fewer keys"),
    });
    Ok(Found {
        uploads: listing.uploads,
        incomplete,
    })
}

fn cant_list(run: &Run, failure: Failure) -> Error {
    let place = Destination {
        bucket: run.config.bucket.clone(),
        key: run.config.key.clone(),
    };
    let is_denied = failure.status == Some(403);
    let has_no_listing = matches!(failure.status, Some(405 | 501));
    let mut error = failure.into_error(&place);
    error.kind = Kind::Failed;
    let by_id = "without it, s3stream uploads abort BUCKET/KEY --upload-id ID ends an upload whose id is \
                 known";
    if is_denied {
        let permission = "listing needs the permission s3:ListBucketMultipartUploads";
        error.hints = vec![format!("{permission}; {by_id}")];
    } else if has_no_listing {
        error.hints = vec![format!("this store can't list unfinished uploads; {by_id}")];
    }
    error.context(format!(
        "the unfinished uploads of {} can't be listed",
        run.place()
    ))
}

/// Asks for the parts of each upload; gives them in the order of `uploads`.
///
/// # Errors
/// When the run has to end.
pub(super) async fn count(run: &Run, uploads: Vec<PendingUpload>) -> Result<Vec<FoundUpload>> {
    let mut counted = Vec::with_capacity(uploads.len());
    let numbered = uploads.into_iter().enumerate().collect();
    let bucket: Arc<str> = run.config.bucket.as_str().into();
    let work = |(number, upload)| {
        let (store, bucket) = (Arc::clone(&run.store), Arc::clone(&bucket));
        async move { (number, look_at(&store, &bucket, upload).await) }
    };
    let counting = for_each(numbered, &run.interrupt, work, |it| counted.push(it));
    run.interrupt.unless(counting).await?;
    run.interrupt.check()?;
    counted.sort_unstable_by_key(|&(number, _): &(usize, FoundUpload)| number);
    Ok(counted.into_iter().map(|(_, found)| found).collect())
}

/// Asks for the parts of an upload, under every key that the listing may have meant.
pub(super) async fn look_at(store: &Store, bucket: &str, mut upload: PendingUpload) -> FoundUpload {
    let keys: Vec<String> = upload.keys().cloned().collect();
    for key in keys {
        let destination = Destination {
            bucket: bucket.to_owned(),
            key,
        };
        let parts = match store.uploaded_parts(&destination, &upload.id).await {
            Ok(Some(parts)) => Parts::Known(parts.count()),
            Ok(None) => continue,
            Err(failure) => Parts::Unknown(failure.to_string()),
        };
        if matches!(parts, Parts::Known(_)) {
            upload.key = destination.key;
        }
        return FoundUpload { upload, parts };
    }
    FoundUpload {
        upload,
        parts: Parts::NoUpload,
    }
}

/// Whether an upload is so old; `None` where that can't be told.
pub(super) fn is_older(upload: &PendingUpload, than: Duration) -> Option<bool> {
    if than.is_zero() {
        return Some(true);
    }
    upload.age.map(|age| age >= than)
}
