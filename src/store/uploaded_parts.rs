//! The parts that a store has of an upload, and aborts until it has none.

use super::Store;
use super::failure::Failure;
use super::failure_kind::FailureKind;
use super::multipart_requests::Aborted;
use super::put_object::unquoted;
use super::request_options::{with_customer_key, with_run_options};
use crate::config::Destination;
use aws_sdk_s3::operation::list_parts::ListPartsOutput;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::sleep;

/// Aborts that are sent until the store no longer has parts of the upload: one that overtakes an
/// UploadPart leaves that part behind.
const ABORTS: u32 = 4;
/// Time between two aborts at most: the part that was on its way is to arrive.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Parts that a store has of an upload: size in bytes and ETag without quotes, by number.
#[derive(Debug, Clone, Default)]
pub(crate) struct UploadedParts(BTreeMap<u32, (u64, String)>);

/// What a store has of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct PartCount {
    /// How many.
    pub parts: u64,
    /// Their bytes together.
    pub bytes: u64,
}

impl Store {
    /// Aborts an upload, and again while the store has parts of it that arrived meanwhile.
    ///
    /// # Errors
    /// Why it is, or may be, still there.
    pub(crate) async fn abort_until_gone(
        &self,
        destination: &Destination,
        id: &str,
    ) -> Result<Aborted, String> {
        let mut failed = String::new();
        for attempt in 0..ABORTS {
            match self.abort(destination, id).await {
                Ok(Aborted::Unknown) if attempt == 0 => return Ok(Aborted::Unknown),
                Ok(_) => {}
                Err(failure) if attempt == 0 => return Err(failure.to_string()),
                // s3s-fs refuses the second Abort: what is left tells.
                Err(failure) => failed = format!(": {failure}"),
            }
            match self.parts_of(destination, id).await {
                Ok(Some(parts)) if parts > 0 => {}
                // Who may not list parts has the store's word for the abort.
                Ok(_) | Err(_) => return Ok(Aborted::Gone),
            }
            if attempt + 1 < ABORTS {
                sleep(self.retry.retry_policy.retry_delay.min(LONGEST_PAUSE)).await;
            }
        }
        Err(format!("still there after {ABORTS} aborts{failed}"))
    }

    /// Aborts an upload.
    ///
    /// # Errors
    /// When the store does not confirm it.
    pub(crate) async fn abort(
        &self,
        destination: &Destination,
        id: &str,
    ) -> Result<Aborted, Failure> {
        let abort = self.attempts("AbortMultipartUpload", |current| async move {
            let builder = current
                .client
                .abort_multipart_upload()
                .bucket(&destination.bucket)
                .key(&destination.key)
                .upload_id(id);
            match with_run_options!(self.options, builder).send().await {
                Ok(_) => Ok(Aborted::Gone),
                Err(error) => {
                    let failure = Failure::of("AbortMultipartUpload", &error);
                    match failure.kind {
                        FailureKind::NoSuchUpload => Ok(Aborted::Unknown),
                        _ => Err(failure),
                    }
                }
            }
        });
        abort.await
    }

    /// Number of parts that the store has of an upload, as far as a page of one goes; `None` where it
    /// does not know the upload.
    ///
    /// # Errors
    /// When the store does not say.
    pub(crate) async fn parts_of(
        &self,
        destination: &Destination,
        id: &str,
    ) -> Result<Option<usize>, Failure> {
        let page = self.parts_page(destination, id, None, Some(1)).await?;
        Ok(page.map(|it| it.parts().len()))
    }

    /// All parts that the store has of an upload; `None` where it does not know the upload.
    ///
    /// # Errors
    /// When the store does not say, or not of all.
    pub(crate) async fn uploaded_parts(
        &self,
        destination: &Destination,
        id: &str,
    ) -> Result<Option<UploadedParts>, Failure> {
        let mut parts = UploadedParts::default();
        let mut after = 0;
        loop {
            let marker = (after > 0).then_some(after);
            let Some(page) = self.parts_page(destination, id, marker, None).await? else {
                return Ok(None);
            };
            let last = parts.add(&page, after);
            if page.is_truncated() != Some(true) {
                return Ok(Some(parts));
            }
            // Whatever the store names as its marker: numbers grow, and end at 10,000.
            if last == after {
                let why = "the store says that there are more parts, and shows none";
                return Err(Failure::local("ListParts", FailureKind::Fatal, why));
            }
            after = last;
        }
    }

    async fn parts_page(
        &self,
        destination: &Destination,
        id: &str,
        after: Option<i32>,
        most: Option<i32>,
    ) -> Result<Option<ListPartsOutput>, Failure> {
        let list = self.attempts("ListParts", |current| async move {
            let builder = current
                .client
                .list_parts()
                .bucket(&destination.bucket)
                .key(&destination.key)
                .upload_id(id)
                .set_part_number_marker(after.map(|it| it.to_string()))
                .set_max_parts(most);
            let builder = with_run_options!(self.options, builder);
            match with_customer_key!(self.options, builder).send().await {
                Ok(answer) => Ok(Some(answer)),
                Err(error) => {
                    // moto answers with a ListPartsResponse, which is as little of use the next time.
                    let failure = Failure::of("ListParts", &error).final_if_answered();
                    let bucket_is_missing = failure.code.as_deref() == Some("NoSuchBucket");
                    // Ceph says NoSuchKey of an upload that it does not know.
                    if failure.status == Some(404) && !bucket_is_missing {
                        Ok(None)
                    } else {
                        Err(failure)
                    }
                }
            }
        });
        list.await
    }
}

impl UploadedParts {
    /// Adds the parts of a page that come after number `after`; gives the last number.
    fn add(&mut self, page: &ListPartsOutput, after: i32) -> i32 {
        let mut last = after;
        for part in page.parts() {
            let number = part.part_number().unwrap_or_default();
            // A store that ignores the marker begins from the first again.
            if number > after {
                let size = u64::try_from(part.size().unwrap_or_default()).unwrap_or_default();
                let etag = part.e_tag().map(unquoted).unwrap_or_default();
                self.0.insert(number.unsigned_abs(), (size, etag));
                last = last.max(number);
            }
        }
        last
    }

    /// How many there are, and how large they are together.
    pub(crate) fn count(&self) -> PartCount {
        PartCount {
            parts: self.0.len() as u64,
            bytes: self.0.values().map(|(size, _)| size).sum(),
        }
    }

    /// Whether there is such a part; `etag` with its quotes or without.
    pub(crate) fn has(&self, number: u32, size: u64, etag: &str) -> bool {
        let there = self.0.get(&number);
        there.is_some_and(|it| *it == (size, unquoted(etag)))
    }
}
