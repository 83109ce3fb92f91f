//! What an earlier run left of an upload, as its lines add up.

use super::matching::Matching;
use super::options::{Options, differing};
use super::resume_line::{Event, PartRecord};
use super::upload_record::UploadRecord;
use crate::config::MAX_PARTS;
use crate::store::UploadedParts;
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// An upload that an earlier run left.
#[derive(Debug, Clone)]
pub(crate) struct Earlier {
    /// What it is.
    pub upload: UploadRecord,
    parts: BTreeMap<u32, PartRecord>,
    committing: Option<u64>,
}

impl Earlier {
    /// What there is after `event`, of what there was before.
    pub(super) fn after(before: Option<Self>, event: Event) -> Option<Self> {
        match event {
            Event::Upload(upload) => upload.plan.is_sound().then(|| Self {
                upload: *upload,
                parts: BTreeMap::new(),
                committing: None,
            }),
            Event::Part(part) => before.map(|it| it.with_part(part)),
            Event::Committing { size } => before.map(|it| Self {
                committing: Some(size),
                ..it
            }),
            Event::Over {} => None,
        }
    }

    /// The same, for one of many.
    pub(crate) fn take_event<K: Hash + Eq>(all: &mut HashMap<K, Self>, id: K, event: Event) {
        if let Some(after) = Self::after(all.remove(&id), event) {
            all.insert(id, after);
        }
    }

    fn with_part(mut self, part: PartRecord) -> Self {
        if (1..=MAX_PARTS).contains(&part.number) {
            self.parts.insert(part.number, part);
        }
        self
    }

    /// Why it can't become the object of a source of that size (`None` of a stream) that goes to `store` with
    /// these options.
    pub(crate) fn mismatch(
        &self,
        store: &str,
        options: &Options,
        size: Option<u64>,
    ) -> Option<String> {
        let upload = &self.upload;
        if upload.store != store {
            return Some(format!("it was one to {}", upload.store));
        }
        let others = differing(options, &upload.options);
        if !others.is_empty() {
            return Some(format!("other options ({})", others.join(", ")));
        }
        let recorded = self.recorded_bytes();
        match (size, upload.size) {
            (Some(_), None) => Some("its source was a stream".to_owned()),
            (None, Some(_)) => Some("its source was a file".to_owned()),
            (Some(size), _) if size < recorded => {
                Some("its source was longer than this one".to_owned())
            }
            (Some(size), _) if !upload.plan.holds(size) => {
                Some("its parts are too small for this source".to_owned())
            }
            _ => None,
        }
    }

    fn recorded_bytes(&self) -> u64 {
        let sizes = self.parts.values().map(|it| it.size);
        // A file may say anything.
        sizes.fold(0, u64::saturating_add)
    }

    /// Whether any part was recorded.
    pub(crate) fn has_parts(&self) -> bool {
        !self.parts.is_empty()
    }

    /// Numbers of the parts that were recorded and that the store has.
    pub(crate) fn kept(&self, listed: &UploadedParts) -> Vec<u32> {
        let parts = self.parts.values();
        let kept = parts.filter(|it| listed.has(it.number, it.size, &it.etag));
        kept.map(|it| it.number).collect()
    }

    /// Whether all parts of an object of that size are recorded.
    pub(crate) fn makes(&self, size: Option<u64>) -> bool {
        let recorded = self.recorded_bytes();
        let are_consecutive = self
            .parts
            .keys()
            .zip(1..)
            .all(|(number, expected)| *number == expected);
        let sizes = [size, self.committing];
        are_consecutive && sizes.into_iter().flatten().all(|it| it == recorded)
    }

    /// What tells which parts of the source are stored: those that are `listed`, or all that were recorded.
    pub(crate) fn matching(self, listed: Option<UploadedParts>) -> Matching {
        Matching::new(self.parts, listed)
    }
}
