//! What the bucket's list tells of the files, in place of a HEAD for each: read page by page beside a
//! walk in the same order, so that neither is ever held whole.
//!
//! A list is believed for as long as it is in the order of its keys' bytes and as long as it says. From
//! then on, and where nothing can be read off it, a HEAD decides. So no fault of a list leads to a file
//! that is passed over although nothing is there, nor to an object replaced in spite of
//! `--skip-existing`.

use super::Many;
use super::found::{Found, Listed};
use crate::config::Destination;
use crate::error::{Error, Reach, Result};
use crate::store::{Failure, ListPage, ListedObject, Store};
use std::sync::Arc;
use tokio::sync::mpsc;
use tracing::info;

/// Files that are looked up ahead of the uploads.
const AHEAD: usize = 64;
/// Pages that may tell of no file. Among many more objects than files, a HEAD for each file is less.
const USELESS_PAGES: u64 = 8;
/// The end of the names of S3 Express buckets, which are listed in no order.
const EXPRESS: &str = "--x-s3";

/// What the list says of the object at a key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum There {
    /// Nothing that could be relied on.
    #[default]
    Unknown,
    /// There is none.
    Absent,
    /// There is one.
    Object(ListedObject),
}

/// Adds to each file of `walked` what the list tells of its key, if that matters in this run.
pub(super) fn look_up(
    many: &Arc<Many>,
    mut walked: mpsc::Receiver<Result<Listed>>,
) -> mpsc::Receiver<Result<Listed>> {
    let skip = &many.config.skip;
    if !(skip.existing || skip.unchanged) {
        return walked;
    }
    let (sender, receiver) = mpsc::channel(AHEAD);
    let (mut list, failed) = (BucketList::new(Arc::clone(many)), sender.clone());
    let looking = tokio::spawn(async move {
        while let Some(next) = walked.recv().await {
            let next = match next {
                Ok(Listed::Folder { prefix }) => {
                    list.enter(prefix);
                    continue;
                }
                Ok(Listed::File(found)) => {
                    let there = list.there(&found.key).await;
                    Ok(Listed::File(Found { there, ..found }))
                }
                other => other,
            };
            if sender.send(next).await.is_err() {
                return;
            }
        }
    });
    tokio::spawn(async move {
        // Without this, the files that were not looked up would count as none.
        if let Err(error) = looking.await {
            let error = Error::failed("a worker failed").caused_by(error);
            let _ = failed.send(Err(error)).await;
        }
    });
    receiver
}

/// The list of what lies under one folder of the walk at a time.
struct BucketList {
    many: Arc<Many>,
    store: Store,
    /// What the keys of the folder begin with; none where the list tells nothing any more.
    prefix: Option<String>,
    /// What is left of the page that was read last.
    page: ListPage,
    /// The last key of that page.
    last: String,
    /// The key that was looked up last.
    looked_up: String,
    /// Pages of this folder.
    pages: u64,
    all_pages: u64,
    /// Files that the list told of.
    told: u64,
    is_unusable: bool,
}

impl BucketList {
    fn new(many: Arc<Many>) -> Self {
        Self {
            // There is another way to learn it.
            store: many.uploader.store.with_few_attempts(),
            is_unusable: many.config.bucket.ends_with(EXPRESS),
            many,
            prefix: None,
            page: ListPage::default(),
            last: String::new(),
            looked_up: String::new(),
            pages: 0,
            all_pages: 0,
            told: 0,
        }
    }

    /// Begins the list of another folder.
    fn enter(&mut self, prefix: String) {
        self.prefix = (!self.is_unusable).then_some(prefix);
        self.page = ListPage::default();
        self.looked_up.clear();
        self.pages = 0;
    }

    /// What the list says of a key, which has to come behind all that it was asked for before.
    async fn there(&mut self, key: &str) -> There {
        let is_under = |prefix: &String| key.starts_with(prefix.as_str());
        if !self.prefix.as_ref().is_some_and(is_under) || key <= self.looked_up.as_str() {
            return There::Unknown;
        }
        key.clone_into(&mut self.looked_up);
        let there = loop {
            match self.page.objects.front() {
                Some(object) if object.key.as_str() < key => drop(self.page.objects.pop_front()),
                Some(object) if object.key == key => {
                    break self
                        .page
                        .objects
                        .pop_front()
                        .map_or(There::Unknown, There::Object);
                }
                Some(_) => break self.absent(key),
                None if self.pages > 0 && self.page.next.is_none() => break self.absent(key),
                None => {
                    if let Err(why) = self.next_page().await {
                        info!("asking for each object, not listing them: {why}");
                        (self.prefix, self.is_unusable) = (None, true);
                        break There::Unknown;
                    }
                }
            }
        };
        self.told += u64::from(there != There::Unknown);
        there
    }

    /// What it means that a key is not where the list should have it. To send a file in vain costs more
    /// than a HEAD, and to replace an object against `--skip-existing` is wrong.
    fn absent(&self, key: &str) -> There {
        let is_whole = self.pages == 1 && self.page.next.is_none() && self.page.has_room;
        // A store that lists folder by folder puts a/b before a.b, which may show pages later.
        let is_ordered = is_whole || self.many.uploader.store.endpoint().is_none();
        // Some stores list \ as /, or do not encode a +.
        let is_plain = !key.contains(['\\', '+']) && !key.contains(char::is_control);
        match is_ordered && is_plain {
            true => There::Absent,
            false => There::Unknown,
        }
    }

    /// Reads on. What no file can pass, such as a bucket that is not there, ends the run.
    ///
    /// # Errors
    /// Says why the list is of no use.
    async fn next_page(&mut self) -> Result<(), String> {
        if self.all_pages >= USELESS_PAGES + self.told {
            return Err("it has many more objects than there are files".to_owned());
        }
        let prefix = self.prefix.as_deref().unwrap_or_default();
        let after = self.page.next.as_deref();
        let after = after.map(|token| (self.last.as_str(), token));
        let bucket = &self.many.config.bucket;
        let asked = async { Ok(self.store.list_objects(bucket, prefix, after).await) };
        let answer = self.many.uploader.interrupt.unless(asked).await;
        let page = answer.map_err(|reason| reason.to_string())?;
        self.page = page.map_err(|failure| self.refused(failure))?;
        if let Some(object) = self.page.objects.back() {
            self.last.clone_from(&object.key);
        }
        self.pages += 1;
        self.all_pages += 1;
        Ok(())
    }

    fn refused(&self, failure: Failure) -> String {
        let why = failure.to_string();
        let error = failure.into_error(&Destination {
            bucket: self.many.config.bucket.clone(),
            key: self.prefix.clone().unwrap_or_default(),
        });
        if error.reach == Reach::Run {
            self.many.uploader.interrupt.stop(error);
        }
        why
    }
}
