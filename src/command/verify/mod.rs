//! `s3stream verify`: whether objects hold the bytes that they should.
//!
//! The store is asked what it keeps of an object (`store::object_facts`). That says what to compute
//! (`comparison`) in one pass over the source (`blocks`, `hash_pass`), or, with `--download`, over the
//! object itself (`download`), which is else never read.

mod against_receipt;
mod blocks;
mod comparison;
mod download;
mod finding;
mod hash_pass;
mod many;
mod one_object;
mod part_hasher;
mod report;
mod result_line;
mod work;

pub(crate) use report::tell_refused;

use crate::buffer::BufferPool;
use crate::command::put_many::listing::Listing;
use crate::command::put_many::listing_thread::start_listing;
use crate::concurrency::Concurrency;
use crate::config::{
    Destination, MIB, ManyToVerify, SourceSpec, Transfer, VerifyConfig, VerifyTask,
};
use crate::error::{Error, Result};
use crate::progress::{ProgressDisplay, UploadProgress};
use crate::receipt::{ReceiptEntry, ReceiptReader};
use crate::signals::Queue;
use crate::signals::interrupt::Interrupt;
use crate::store::{ObjectFacts, Store};
use crate::threads::blocking;
use blocks::Reading;
use finding::Status;
use many::Many;
use one_object::{Expected, Verifier};
use report::{Report, tell_equal};
use result_line::VerifyLine;
use std::path::Path;
use std::sync::Arc;

/// Memory for bytes on their way, where nobody says how much: a part that waits for its successor, to be
/// hashed along with it, or ranges of an object.
const MEMORY: u64 = 40 * MIB;
/// Blocks that may be held at a time; the memory is what bounds them.
const MOST_BLOCKS: usize = 4096;

/// Verifies what `config` names.
///
/// # Errors
/// When not all of it is equal, or that can't be found out.
pub(crate) async fn run(config: VerifyConfig, queue: Queue) -> Result<()> {
    let interrupt = Interrupt::listen(queue, config.upload.retry_policy.timeout)?;
    let run = Run {
        config,
        interrupt: interrupt.clone(),
        progress: Arc::default(),
    };
    run.run().await.map_err(|error| interrupt.overrule(error))
}

/// What all that is done in a run goes by.
struct Run {
    config: VerifyConfig,
    interrupt: Interrupt,
    progress: Arc<UploadProgress>,
}

/// One object, and what it is compared with.
struct One {
    destination: Destination,
    source: Option<SourceSpec>,
    receipt: Option<ObjectFacts>,
}

impl Run {
    async fn run(&self) -> Result<()> {
        match self.config.task.clone() {
            VerifyTask::One {
                destination,
                source,
            } => {
                let receipt = None;
                self.one(One {
                    destination,
                    source,
                    receipt,
                })
                .await
            }
            VerifyTask::Receipt {
                path,
                destination,
                source,
            } => self.receipt(&path, destination, source).await,
            VerifyTask::Many(files) => self.files(*files).await,
        }
    }

    async fn one(&self, one: One) -> Result<()> {
        let One {
            destination,
            source,
            receipt,
        } = one;
        let verifier = self.verifier(true).await?;
        let display = self.display(&destination.to_string());
        let expected = source.clone().map(Expected::Named);
        let found = verifier.verify(&destination, receipt.as_ref(), expected.as_ref());
        let found = Box::pin(found).await;
        display.finish(found.as_ref().is_ok_and(|it| it.status == Status::Equal));
        let mut report = Report::new(&self.config.output);
        let path = source.as_ref().and_then(SourceSpec::path);
        let finding = match found {
            Ok(finding) => finding,
            Err(error) => {
                let error = self.interrupt.overrule(error);
                let error = error.context(format!("{destination} was not verified"));
                report.line(&VerifyLine::failed(path, Some(&destination), Some(&error)));
                return Err(error);
            }
        };
        report.line(&VerifyLine::found(path, &destination, &finding));
        if finding.status == Status::Equal {
            tell_equal(&destination, &finding);
        }
        let with = match (&source, receipt) {
            (Some(source), _) => source.to_string(),
            (None, Some(_)) => "its receipt".to_owned(),
            (None, None) => "what the store keeps of it".to_owned(),
        };
        finding.into_error(&destination, &with).map_or(Ok(()), Err)
    }

    async fn receipt(
        &self,
        path: &Path,
        destination: Option<Destination>,
        source: Option<SourceSpec>,
    ) -> Result<()> {
        let file = path.to_owned();
        let looked = blocking(move || look_through(&file, destination));
        let only = self.interrupt.unless(looked).await?;
        if let Some(ReceiptEntry {
            destination, facts, ..
        }) = only
        {
            let receipt = Some(facts);
            return self
                .one(One {
                    destination,
                    source,
                    receipt,
                })
                .await;
        }
        let verifier = self.verifier(false).await?;
        let display = self.display(&path.to_string_lossy());
        let work = work::of_receipt(path, self.config.download)?;
        let done = Many::new(verifier, Report::new(&self.config.output))
            .run(work)
            .await;
        display.finish(done.is_ok());
        done
    }

    async fn files(&self, files: ManyToVerify) -> Result<()> {
        let (selection, prefix) = (files.selection, files.prefix.clone());
        let listing = blocking(move || Listing::new(selection, prefix));
        let listing = self.interrupt.unless(listing).await?;
        let verifier = self.verifier(false).await?;
        let display = self.display(&format!("s3://{}/{}", files.bucket, files.prefix));
        let work = work::of_files(start_listing(listing, None)?, files.bucket);
        let many = Many::new(verifier, Report::new(&self.config.output));
        let many = many.with_rules(files.fail_fast, files.allow_empty);
        let done = many.run(work).await;
        display.finish(done.is_ok());
        done
    }

    fn display(&self, name: &str) -> ProgressDisplay {
        let progress = Arc::clone(&self.progress);
        ProgressDisplay::start(&self.config.output, name, move || progress.snapshot())
    }

    async fn verifier(&self, is_alone: bool) -> Result<Verifier> {
        let upload = &self.config.upload;
        let concurrency = Concurrency::new(&upload.transfer);
        let store = Store::open(upload, Arc::clone(&self.progress), concurrency);
        let store = Arc::new(self.interrupt.unless(store).await?);
        let share = upload.transfer.memory_share.unwrap_or(MEMORY).min(MEMORY);
        let memory = upload.transfer.max_memory.unwrap_or(share);
        let blocks = Transfer {
            workers: MOST_BLOCKS,
            max_memory: Some(memory),
            ..Transfer::default()
        };
        Ok(Verifier {
            store,
            transfer: upload.transfer.clone(),
            reading: Reading {
                pool: BufferPool::new(&blocks, &Concurrency::new(&blocks)),
                progress: Arc::clone(&self.progress),
                interrupt: self.interrupt.clone(),
                idle_timeout: upload.retry_policy.idle_timeout,
            },
            download: self.config.download,
            memory,
            is_alone,
        })
    }
}

/// Reads a receipt to its end, so that a line which is none is told before anything is asked. Gives what it
/// says of the object at `destination`; of a receipt of one object that, wherever it is by now; nothing where
/// it has several, and all of them count.
fn look_through(path: &Path, destination: Option<Destination>) -> Result<Option<ReceiptEntry>> {
    let (mut first, mut named, mut count) = (None, None, 0);
    for entry in ReceiptReader::open(path)? {
        let entry = entry?;
        count += 1;
        if Some(&entry.destination) == destination.as_ref() {
            named = Some(entry);
        } else if count == 1 {
            first = Some(entry);
        }
    }
    let only = named.or_else(|| first.filter(|_| count == 1));
    match (only, destination) {
        _ if count == 0 => Err(Error::usage(format!("the receipt {path:?} is empty"))
            .because("the run that wrote it stored nothing")),
        (Some(only), Some(destination)) => Ok(Some(ReceiptEntry {
            destination,
            ..only
        })),
        (None, Some(destination)) => Err(Error::usage(format!(
            "the receipt does not tell of {destination}"
        ))
        .because(format!("it has {count} objects, and this is none of them"))),
        (only, None) => Ok(only),
    }
}
