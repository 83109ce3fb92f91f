//! GetObject: a range of an object, of the version that was looked at.

use super::Store;
use super::failure::Failure;
use super::failure_kind::FailureKind;
use super::object_facts::ObjectFacts;
use super::request_options::{with_customer_key, with_run_options};
use crate::config::Destination;
use crate::progress::PartGuard;
use bytes::Bytes;
use std::ops::Range;
use tokio::time::sleep_until;

const OPERATION: &str = "GetObject";
/// The least that is asked for at a time, however often the body broke.
const LEAST: u64 = 64 << 10;

impl Store {
    /// The bytes of a range that is not empty and lies within the object, in pieces. A body that breaks is
    /// fetched again with half as much asked for at a time, and never what came whole before.
    ///
    /// # Errors
    /// When they can't be had, or are those of another object by now.
    pub(crate) async fn get_range(
        &self,
        destination: &Destination,
        facts: &ObjectFacts,
        range: Range<u64>,
        progress: &PartGuard,
    ) -> Result<Vec<Bytes>, Failure> {
        let mut most = range.end - range.start;
        let mut pieces = Vec::new();
        let mut at = range.start;
        while at < range.end {
            let mut again = false;
            let got = self.attempts_of_part(OPERATION, progress, |current| {
                if std::mem::replace(&mut again, true) {
                    most = (most / 2).max(LEAST);
                }
                let piece = at..range.end.min(at + most);
                async move {
                    self.get_once(&current.client, destination, facts, piece)
                        .await
                }
            });
            let got = got.await?;
            at += got.len() as u64;
            pieces.push(got);
        }
        Ok(pieces)
    }

    async fn get_once(
        &self,
        client: &aws_sdk_s3::Client,
        destination: &Destination,
        facts: &ObjectFacts,
        range: Range<u64>,
    ) -> Result<Bytes, Failure> {
        let length = range.end - range.start;
        if let Some(limit) = &self.limit {
            sleep_until(limit.take(usize::try_from(length).unwrap_or(usize::MAX))).await;
        }
        let builder = client
            .get_object()
            .bucket(&destination.bucket)
            .key(&destination.key)
            .set_version_id(facts.version_id.clone())
            .set_if_match(facts.etag.as_ref().map(|etag| format!("\"{etag}\"")))
            .range(format!("bytes={}-{}", range.start, range.end - 1));
        let builder = with_run_options!(self.options, builder);
        let answer = with_customer_key!(self.options, builder).send().await;
        let answer = answer.map_err(|error| Failure::of(OPERATION, &error))?;
        let (begin, size) = (range.start, facts.size);
        let is_asked_for = match answer.content_range() {
            Some(told) => told == format!("bytes {begin}-{}/{size}", range.end - 1),
            None => begin == 0 && length == size,
        };
        if !is_asked_for {
            let told = answer.content_range().unwrap_or("the whole object");
            let why = format!("the store does not send the range that was asked for, but {told}");
            return Err(Failure::local(OPERATION, FailureKind::Fatal, why));
        }
        let broken = |why: String| Failure::local(OPERATION, FailureKind::Retry, why);
        let body = answer.body.collect().await;
        let body = body
            .map_err(|error| broken(error.to_string()))?
            .into_bytes();
        if body.len() as u64 != length {
            let came = body.len();
            return Err(broken(format!(
                "{came} bytes came of the {length} asked for"
            )));
        }
        Ok(body)
    }
}
