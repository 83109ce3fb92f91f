//! Multipart uploads that were begun and are neither completed nor aborted, as ListMultipartUploads
//! shows them.

use super::Store;
use super::failure::Failure;
use super::key_spelling::spellings;
use super::paging::{Marker, Next, Page, Paging};
use super::request_options::with_run_options;
use super::store_date::StoreDate;
use crate::config::Destination;
use aws_sdk_s3::operation::list_multipart_uploads::ListMultipartUploadsOutput;
use aws_sdk_s3::types::{EncodingType, MultipartUpload};
use std::collections::HashSet;
use std::time::{Duration, Instant, SystemTime};

/// Pages of a listing that are read at most to find one key: that comes before all that it is a prefix
/// of.
const MOST_PAGES: usize = 10;
/// What the store's times, in whole seconds, may be off by.
const SLACK: Duration = Duration::from_secs(2);

/// A multipart upload that was begun and is neither completed nor aborted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PendingUpload {
    /// Its key.
    pub key: String,
    /// Other keys that the listing may have meant: not every store encodes as it is asked to, or says
    /// whether it did.
    pub other_spellings: Vec<String>,
    /// The store's name for it.
    pub id: String,
    /// When it was begun.
    pub initiated: Option<SystemTime>,
    /// Time since then, by the store's clock; `None` where the store does not tell both times.
    pub age: Option<Duration>,
    /// Who began it: a name, else an id.
    pub initiator: Option<String>,
    /// The storage class that its object would have.
    pub storage_class: Option<String>,
}

/// The uploads that a store shows.
#[derive(Debug)]
pub(crate) struct Listing {
    /// In the store's order, each once.
    pub uploads: Vec<PendingUpload>,
    /// Why there may be more, where the listing could not be read to its end.
    pub incomplete: Option<Incomplete>,
}

/// Why a listing ended before its end.
#[derive(Debug)]
pub(crate) enum Incomplete {
    /// A page could not be had.
    Failed(Box<Failure>),
    /// The store says that there is more, but not how to come by it.
    Stuck,
}

impl Store {
    /// The pending uploads of all keys that begin with `prefix`.
    ///
    /// # Errors
    /// When the store shows none of its pages.
    pub(crate) async fn pending_uploads(
        &self,
        bucket: &str,
        prefix: &str,
    ) -> Result<Listing, Failure> {
        let mut listing = Listing {
            uploads: Vec::new(),
            incomplete: None,
        };
        let (mut known, mut paging) = (HashSet::new(), Paging::default());
        loop {
            let page = match self.page(bucket, prefix, paging.at()).await {
                Ok(page) => page,
                Err(failure) if paging.is_at_start() => return Err(failure),
                Err(failure) => {
                    listing.incomplete = Some(Incomplete::Failed(Box::new(failure)));
                    return Ok(listing);
                }
            };
            let next = page.page.clone();
            let before = listing.uploads.len();
            let new = page.uploads.into_iter();
            let new = new.filter(|it| known.insert((it.key.clone(), it.id.clone())));
            // Not every store heeds the prefix.
            listing
                .uploads
                .extend(new.filter(|it| it.begins_with(prefix)));
            match paging.follow(&next, listing.uploads.len() > before) {
                Next::Page => {}
                Next::End => return Ok(listing),
                Next::Stuck => {
                    listing.incomplete = Some(Incomplete::Stuck);
                    return Ok(listing);
                }
            }
        }
    }

    /// The pending uploads of exactly this key that began, by the store's own clock, no earlier than
    /// `began`.
    ///
    /// # Errors
    /// When the store does not tell.
    pub(crate) async fn uploads_since(
        &self,
        destination: &Destination,
        began: Instant,
    ) -> Result<Vec<PendingUpload>, Failure> {
        let Destination { bucket, key } = destination;
        let (mut found, mut paging) = (Vec::new(), Paging::default());
        for _ in 0..MOST_PAGES {
            let page = self.page(bucket, key, paging.at()).await?;
            let new = page.uploads.into_iter();
            found.extend(new.filter(|it| it.is_of(key) && it.began_within(began.elapsed())));
            if paging.follow(&page.page, true) != Next::Page {
                break;
            }
        }
        Ok(found)
    }

    async fn page(
        &self,
        bucket: &str,
        prefix: &str,
        marker: &Marker,
    ) -> Result<UploadsPage, Failure> {
        self.attempts("ListMultipartUploads", |current| async move {
            let date = StoreDate::default();
            let builder = current
                .client
                .list_multipart_uploads()
                .bucket(bucket)
                .set_prefix((!prefix.is_empty()).then(|| prefix.to_owned()))
                // A control character makes XML that nobody can read.
                .encoding_type(EncodingType::Url)
                .set_key_marker(marker.key.clone())
                .set_upload_id_marker(marker.id.clone());
            let sent = with_run_options!(self.options, builder)
                .customize()
                .interceptor(date.clone())
                .send()
                .await;
            let page = sent.map_err(|error| Failure::of("ListMultipartUploads", &error))?;
            Ok(UploadsPage::new(&page, date.get()))
        })
        .await
    }
}

impl PendingUpload {
    fn new(upload: &MultipartUpload, is_encoded: bool, now: Option<SystemTime>) -> Option<Self> {
        let mut keys = spellings(upload.key()?, is_encoded);
        let initiated = upload.initiated();
        let initiated = initiated.and_then(|it| SystemTime::try_from(*it).ok());
        let age = now.zip(initiated);
        let initiator = upload.initiator();
        let said = |text: Option<&str>| text.filter(|it| !it.is_empty()).map(ToOwned::to_owned);
        Some(Self {
            key: keys.remove(0),
            other_spellings: keys,
            id: upload.upload_id()?.to_owned(),
            initiated,
            // Begun in the second in which it is asked for, perhaps.
            age: age.map(|(now, then)| now.duration_since(then).unwrap_or_default()),
            initiator: said(initiator.and_then(|it| it.display_name()))
                .or_else(|| said(initiator.and_then(|it| it.id()))),
            storage_class: said(upload.storage_class().map(|it| it.as_str())),
        })
    }

    /// One of which nothing else is known.
    pub(crate) fn named(key: &str, id: &str) -> Self {
        Self {
            key: key.to_owned(),
            other_spellings: Vec::new(),
            id: id.to_owned(),
            initiated: None,
            age: None,
            initiator: None,
            storage_class: None,
        }
    }

    /// All that its key may be, the likeliest first.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.key).chain(&self.other_spellings)
    }

    fn is_of(&self, key: &str) -> bool {
        self.keys().any(|it| it == key)
    }

    fn begins_with(&self, prefix: &str) -> bool {
        self.keys().any(|it| it.starts_with(prefix))
    }

    fn began_within(&self, time: Duration) -> bool {
        self.age.is_none_or(|age| age <= time + SLACK)
    }
}

/// One page of a listing.
#[derive(Debug)]
struct UploadsPage {
    uploads: Vec<PendingUpload>,
    page: Page,
}

impl UploadsPage {
    fn new(answer: &ListMultipartUploadsOutput, now: Option<SystemTime>) -> Self {
        let is_encoded = answer.encoding_type() == Some(&EncodingType::Url);
        let uploads = answer.uploads().iter();
        let uploads: Vec<_> = uploads
            .filter_map(|it| PendingUpload::new(it, is_encoded, now))
            .collect();
        let key = answer.next_key_marker().filter(|it| !it.is_empty());
        let id = answer.next_upload_id_marker().filter(|it| !it.is_empty());
        let next = Marker {
            key: key.map(|it| spellings(it, is_encoded).remove(0)),
            id: id.map(ToOwned::to_owned),
        };
        let last = uploads.last().map(|it| Marker {
            key: Some(it.key.clone()),
            id: Some(it.id.clone()),
        });
        let page = Page {
            is_truncated: answer.is_truncated().unwrap_or(next.key.is_some()),
            next,
            last,
        };
        Self { uploads, page }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_s3::primitives::DateTime;

    fn upload(key: &str, seconds: i64) -> PendingUpload {
        let upload = MultipartUpload::builder()
            .key(key)
            .upload_id("id")
            .initiated(DateTime::from_secs(seconds))
            .build();
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(110);
        PendingUpload::new(&upload, true, Some(now)).unwrap()
    }

    #[test]
    fn only_uploads_of_this_key_that_began_since_then() {
        let since = Duration::from_secs(8);
        let is_ours = |named: &str, key: &str, at| {
            let upload = upload(named, at);
            upload.is_of(key) && upload.began_within(since)
        };
        assert!(is_ours("a/b", "a/b", 100));
        assert!(!is_ours("a/b", "a/b", 99));
        assert!(!is_ours("a/bc", "a/b", 100));
        assert!(is_ours("a/b+%C3%BC%07", "a/b ü\u{7}", 100));
        assert!(is_ours("a=b&c", "a=b&c", 100), "not encoded");
        assert!(is_ours("a%3Db%26c", "a=b&c", 100));
    }

    #[test]
    fn the_age_is_by_the_store_s_clock_and_never_negative() {
        assert_eq!(upload("k", 100).age, Some(Duration::from_secs(10)));
        assert_eq!(upload("k", 111).age, Some(Duration::ZERO));
        let of = MultipartUpload::builder().key("k").upload_id("id").build();
        let at = Some(SystemTime::UNIX_EPOCH);
        assert_eq!(PendingUpload::new(&of, true, at).unwrap().age, None);
    }
}
