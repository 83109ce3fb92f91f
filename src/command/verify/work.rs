//! What there is to verify in a run over many objects: the files of a listing, the lines of a receipt.

use super::one_object::Expected;
use crate::command::put_many::found::{Found, Listed};
use crate::config::Destination;
use crate::error::Result;
use crate::receipt::{ReceiptEntry, ReceiptReader};
use crate::store::ObjectFacts;
use crate::threads::start_thread;
use std::path::{Path, PathBuf};
use std::thread::Builder;
use tokio::sync::mpsc;

/// Work that is ahead of the workers.
const AHEAD: usize = 64;

/// What comes next.
#[derive(Debug)]
pub(super) enum Work {
    /// An object.
    Verify(Box<Item>),
    /// A file that can have no object, and why.
    Failed { path: PathBuf, why: String },
    /// What is no file.
    LeftOut { path: PathBuf, why: &'static str },
    /// There are files that another run verifies.
    Elsewhere,
}

/// An object to verify.
#[derive(Debug)]
pub(super) struct Item {
    /// The file that it was made of, where that has a name.
    pub(super) path: Option<PathBuf>,
    pub(super) destination: Destination,
    /// What its receipt says.
    pub(super) receipt: Option<ObjectFacts>,
    /// What it should hold.
    pub(super) expected: Option<Expected>,
    /// Bytes that have to be read, as far as is known.
    pub(super) size: u64,
}

/// The files of a listing, whose objects are in `bucket`.
pub(super) fn of_files(
    mut listed: mpsc::Receiver<Result<Listed>>,
    bucket: String,
) -> mpsc::Receiver<Result<Work>> {
    let (sender, work) = mpsc::channel(AHEAD);
    tokio::spawn(async move {
        while let Some(next) = listed.recv().await {
            let next = match next {
                Ok(listed) => of_listed(listed, &bucket).map(Ok),
                Err(error) => Some(Err(error)),
            };
            if let Some(next) = next
                && sender.send(next).await.is_err()
            {
                return;
            }
        }
    });
    work
}

/// The objects of the receipt at `path`, read on a thread of its own; `download` whether their bytes are read.
///
/// # Errors
/// When it can't be opened.
pub(super) fn of_receipt(path: &Path, download: bool) -> Result<mpsc::Receiver<Result<Work>>> {
    let (sender, work) = mpsc::channel(AHEAD);
    let entries = ReceiptReader::open(path)?;
    start_thread(Builder::new().name("receipt".to_owned()), move || {
        for entry in entries {
            let next = entry.map(|entry| Work::Verify(Box::new(of_entry(entry, download))));
            if sender.blocking_send(next).is_err() {
                return;
            }
        }
    })?;
    Ok(work)
}

fn of_entry(entry: ReceiptEntry, download: bool) -> Item {
    Item {
        size: if download { entry.facts.size } else { 0 },
        path: entry.path,
        destination: entry.destination,
        receipt: Some(entry.facts),
        expected: None,
    }
}

fn of_listed(listed: Listed, bucket: &str) -> Option<Work> {
    Some(match listed {
        Listed::File(Found {
            path,
            key,
            size,
            is_folder,
            ..
        }) => Work::Verify(Box::new(Item {
            expected: Some(match is_folder {
                true => Expected::Nothing,
                false => Expected::Found(path.clone()),
            }),
            path: Some(path),
            destination: Destination {
                bucket: bucket.to_owned(),
                key,
            },
            receipt: None,
            size,
        })),
        Listed::Failed { path, why } => Work::Failed { path, why },
        Listed::Twice { path, key } => Work::Failed {
            path,
            why: format!("another file has the key {key:?} already"),
        },
        Listed::LeftOut { path, why } => Work::LeftOut { path, why },
        Listed::OfAnotherShard => Work::Elsewhere,
        Listed::Folder { .. } | Listed::EmptyFolder { .. } => return None,
    })
}
