//! Multipart uploads that were begun and are neither completed nor aborted.

use super::Store;
use super::failure::Failure;
use super::request_options::with_run_options;
use crate::config::Destination;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use aws_sdk_s3::types::{EncodingType, MultipartUpload};
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextRef;
use std::borrow::Cow;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};
use url::form_urlencoded;

/// Pages of a listing that are read at most: the key itself comes before all that it is a prefix of.
const MOST_PAGES: usize = 10;
/// What the store's times, in whole seconds, may be off by.
const SLACK: Duration = Duration::from_secs(2);

/// A multipart upload that was begun and is neither completed nor aborted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PendingUpload {
    /// The store's name for it.
    pub id: String,
}

impl Store {
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
        let mut found = Vec::new();
        let mut markers = (None, None);
        for _ in 0..MOST_PAGES {
            let (page, now) = self.page(destination, &markers).await?;
            let since = now - began.elapsed() - SLACK;
            let uploads = page.uploads().iter();
            found.extend(uploads.filter_map(|it| pending(it, &destination.key, since)));
            let next = (page.next_key_marker, page.next_upload_id_marker);
            if page.is_truncated != Some(true) || next.0.is_none() || next == markers {
                break;
            }
            markers = next;
        }
        Ok(found)
    }

    async fn page(
        &self,
        destination: &Destination,
        (key, id): &(Option<String>, Option<String>),
    ) -> Result<(Page, SystemTime), Failure> {
        self.attempts("ListMultipartUploads", |current| async move {
            let date = StoreDate::default();
            let builder = current
                .client
                .list_multipart_uploads()
                .bucket(&destination.bucket)
                .prefix(&destination.key)
                // A control character makes XML that nobody can read.
                .encoding_type(EncodingType::Url)
                .set_key_marker(key.as_deref().map(|it| decoded(it).into_owned()))
                .set_upload_id_marker(id.clone());
            let sent = with_run_options!(self.options, builder)
                .customize()
                .interceptor(date.clone())
                .send()
                .await;
            let page = sent.map_err(|error| Failure::of("ListMultipartUploads", &error))?;
            let now = date.0.get().copied().unwrap_or_else(SystemTime::now);
            Ok((page, now))
        })
        .await
    }
}

type Page = aws_sdk_s3::operation::list_multipart_uploads::ListMultipartUploadsOutput;

fn pending(upload: &MultipartUpload, key: &str, since: SystemTime) -> Option<PendingUpload> {
    let named = upload.key()?;
    // Not every store encodes as it is asked to.
    let same = named == key || decoded(named) == key;
    let initiated = upload
        .initiated()
        .and_then(|it| SystemTime::try_from(*it).ok());
    let recent = initiated.is_none_or(|it| it >= since);
    let id = upload.upload_id()?.to_owned();
    (same && recent).then_some(PendingUpload { id })
}

/// A key as `encoding-type=url` writes it: like a value of a form.
fn decoded(text: &str) -> Cow<'_, str> {
    let mut pairs = form_urlencoded::parse(text.as_bytes());
    match (pairs.next(), pairs.next()) {
        (Some((name, value)), None) if value.is_empty() => name,
        _ => Cow::Borrowed(text),
    }
}

/// The time at which the store answered, by its own clock.
#[derive(Debug, Clone, Default)]
struct StoreDate(Arc<OnceLock<SystemTime>>);

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for StoreDate {
    fn name(&self) -> &'static str {
        "StoreDate"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date");
        let date = date.and_then(|it| DateTime::from_str(it, DateTimeFormat::HttpDate).ok());
        if let Some(date) = date.and_then(|it| SystemTime::try_from(it).ok()) {
            let _ = self.0.set(date);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upload(key: &str, seconds: i64) -> MultipartUpload {
        MultipartUpload::builder()
            .key(key)
            .upload_id("id")
            .initiated(DateTime::from_secs(seconds))
            .build()
    }

    #[test]
    fn only_uploads_of_this_key_that_began_since_then() {
        let since = SystemTime::UNIX_EPOCH + Duration::from_secs(100);
        let is_ours =
            |named: &str, key: &str, at| pending(&upload(named, at), key, since).is_some();
        assert!(is_ours("a/b", "a/b", 100));
        assert!(!is_ours("a/b", "a/b", 99));
        assert!(!is_ours("a/bc", "a/b", 100));
        assert!(is_ours("a/b+%C3%BC%07", "a/b ü\u{7}", 100));
        assert!(is_ours("a=b&c", "a=b&c", 100), "not encoded");
        assert!(is_ours("a%3Db%26c", "a=b&c", 100));
    }
}
