//! The parts of an object that is complete: GetObjectAttributes tells their sizes and checksums, a HEAD
//! of each its size.

use super::Store;
use super::failure::Failure;
use super::object_facts::ObjectFacts;
use super::request_options::{with_customer_key, with_run_options};
use super::sdk_checksum::answered_checksum;
use crate::checksum::Algorithm;
use crate::config::{Destination, MAX_PARTS};
use crate::part::layout::Layout;
use aws_sdk_s3::operation::get_object_attributes::GetObjectAttributesOutput;
use aws_sdk_s3::types::{ObjectAttributes, ObjectPart};
use std::sync::Arc;
use tokio::task::JoinSet;

/// Requests for the sizes of parts in flight at most.
const AT_ONCE: usize = 16;

/// A part of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptPart {
    /// Size in bytes.
    pub size: u64,
    /// Its checksum, in base64.
    pub checksum: Option<(Algorithm, String)>,
}

impl KeptPart {
    fn of(part: &ObjectPart) -> Option<Self> {
        let checksum =
            Algorithm::all().find_map(|it| Some((it, answered_checksum!(it, part)?.to_owned())));
        Some(Self {
            size: u64::try_from(part.size()?).ok()?,
            checksum,
        })
    }
}

impl Store {
    /// The parts of an object, with their checksums where the store keeps those; `None` where it does not
    /// tell the sizes of all of them.
    ///
    /// # Errors
    /// When the store could not be asked.
    pub(crate) async fn object_parts(
        self: &Arc<Self>,
        destination: &Destination,
        facts: &ObjectFacts,
    ) -> Result<Option<Vec<KeptPart>>, Failure> {
        let Some(count) = facts.part_count().filter(|it| (1..=MAX_PARTS).contains(it)) else {
            return Ok(None);
        };
        // S3 lists the parts of what has checksums alone, and Swift takes the request for a GetObject: it
        // answers with the whole object.
        if !facts.checksums.is_empty()
            && let Some(parts) = self.listed_parts(destination, facts, count).await
        {
            return Ok(Some(parts));
        }
        self.parts_by_head(destination, facts.size, count).await
    }

    /// All parts, as GetObjectAttributes lists them; not every store has it, and not everybody may ask
    /// (s3:GetObjectAttributes).
    async fn listed_parts(
        &self,
        destination: &Destination,
        facts: &ObjectFacts,
        count: u32,
    ) -> Option<Vec<KeptPart>> {
        let store = self.with_few_attempts();
        let mut parts: Vec<KeptPart> = Vec::new();
        while parts.len() < count as usize {
            let after = parts.len();
            let page = store.parts_after(destination, facts, after).await.ok()??;
            if page.is_empty() {
                return None;
            }
            parts.extend(page);
        }
        let sum: u64 = parts.iter().map(|it| it.size).sum();
        (parts.len() == count as usize && sum == facts.size).then_some(parts)
    }

    /// The parts behind the first `after` of them; `None` where they are not numbered on from there.
    async fn parts_after(
        &self,
        destination: &Destination,
        facts: &ObjectFacts,
        after: usize,
    ) -> Result<Option<Vec<KeptPart>>, Failure> {
        let operation = "GetObjectAttributes";
        self.attempts(operation, |current| async move {
            let builder = current
                .client
                .get_object_attributes()
                .bucket(&destination.bucket)
                .key(&destination.key)
                .set_version_id(facts.version_id.clone())
                .set_part_number_marker((after > 0).then(|| after.to_string()))
                .object_attributes(ObjectAttributes::ObjectParts);
            let builder = with_run_options!(self.options, builder);
            match with_customer_key!(self.options, builder).send().await {
                Ok(answer) => Ok(numbered_on(&answer, after)),
                Err(error) => Err(Failure::of(operation, &error)),
            }
        })
        .await
    }

    /// The same by HEADs: one, where that shows that all are of one size, else one of each.
    async fn parts_by_head(
        self: &Arc<Self>,
        destination: &Destination,
        size: u64,
        count: u32,
    ) -> Result<Option<Vec<KeptPart>>, Failure> {
        let Some(first) = self.part_size(destination, 1).await? else {
            return Ok(None);
        };
        // A store that heeds no part number shows the whole.
        if first == 0 || first > size || (first == size && count > 1) {
            return Ok(None);
        }
        let equal = Layout::equal(size, first);
        if equal.count() == count as usize {
            let last = self.part_size(destination, count).await?;
            if last == equal.sizes().last().copied() {
                return Ok(Some(without_checksums(equal.sizes())));
            }
        }
        let sizes = self.size_of_each(destination, count).await?;
        let sizes = sizes.filter(|sizes| sizes.iter().sum::<u64>() == size);
        Ok(sizes.map(|sizes| without_checksums(&sizes)))
    }

    async fn size_of_each(
        self: &Arc<Self>,
        destination: &Destination,
        count: u32,
    ) -> Result<Option<Vec<u64>>, Failure> {
        let mut sizes = vec![0; count as usize];
        let mut numbers = 1..=count;
        let mut asked = JoinSet::new();
        loop {
            while asked.len() < AT_ONCE
                && let Some(number) = numbers.next()
            {
                let (store, destination) = (Arc::clone(self), destination.clone());
                asked.spawn(async move { (number, store.part_size(&destination, number).await) });
            }
            let Some(told) = asked.join_next().await else {
                return Ok(Some(sizes));
            };
            match told {
                Ok((number, Ok(Some(size)))) => sizes[number as usize - 1] = size,
                Ok((_, Err(failure))) => return Err(failure),
                Ok((_, Ok(None))) | Err(_) => return Ok(None),
            }
        }
    }
}

fn without_checksums(sizes: &[u64]) -> Vec<KeptPart> {
    let part = |&size: &u64| KeptPart {
        size,
        checksum: None,
    };
    sizes.iter().map(part).collect()
}

/// The parts of a page, if they are numbered on from `after`.
fn numbered_on(answer: &GetObjectAttributesOutput, after: usize) -> Option<Vec<KeptPart>> {
    let parts = answer.object_parts()?.parts().iter().enumerate();
    let part = |(at, part): (usize, &ObjectPart)| {
        let is_next = part.part_number() == i32::try_from(after + at + 1).ok();
        KeptPart::of(part).filter(|_| is_next)
    };
    parts.map(part).collect()
}
