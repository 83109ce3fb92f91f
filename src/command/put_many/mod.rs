//! `s3stream put-many`: many files under one budget of requests and memory.
//!
//! The listing, on a thread of its own, goes ahead by a bounded number of files. One owner starts
//! and awaits the uploads, each of which is that of `put`. All requests of the run share the
//! store's permits, so that the parts of the last large file use every worker.

mod ahead;
mod bucket_list;
mod collisions;
mod content;
mod failures;
mod file;
mod folder_order;
pub(super) mod found;
mod in_order;
mod journal;
mod journal_line;
pub(super) mod listing;
pub(super) mod listing_thread;
mod pass_over;
mod recorded_files;
mod report;
mod scheduler;
mod seen_keys;
mod select;
mod shard;
mod unchanged;
mod walk;

use crate::config::PutManyConfig;
use crate::error::Result;
use crate::log::stderr_line;
use crate::progress::{FilesProgress, ProgressDisplay};
use crate::receipt::ReceiptFile;
use crate::signals::Queue;
use crate::signals::interrupt::Interrupt;
use crate::threads::blocking;
use crate::upload::Uploader;
use journal::{Journal, Place};
use listing::Listing;
use pass_over::EtagsSoFar;
use report::Report;
use scheduler::Scheduler;
use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::Arc;

/// What an include does that no exclude comes before.
const IDLE_INCLUDE: &str = "it filters nothing: no --exclude comes before it";

/// Uploads all files that are chosen. What is done counts in `progress`.
///
/// # Errors
/// When not all of them are stored.
pub(crate) async fn run(
    config: PutManyConfig,
    queue: Queue,
    progress: Arc<FilesProgress>,
) -> Result<()> {
    let interrupt = Interrupt::listen(queue, config.upload.retry_policy.timeout)?;
    let done = upload_all(config, &interrupt, progress).await;
    done.map_err(|error| interrupt.overrule(error))
}

async fn upload_all(
    config: PutManyConfig,
    interrupt: &Interrupt,
    progress: Arc<FilesProgress>,
) -> Result<()> {
    // Both may have much to read.
    let (selection, prefix) = (config.selection.clone(), config.prefix.clone());
    let listing = interrupt.unless(blocking(move || Listing::new(selection, prefix)));
    let mut listing = listing.await?;
    let uploader = Uploader::open(&config.upload, progress.upload(), interrupt.clone()).await?;
    let journal = match config.skip.journal.clone() {
        Some(path) => {
            let place = Place {
                store: uploader.store.identity(),
                bucket: config.bucket.clone(),
            };
            let opened = interrupt.unless(blocking(move || Journal::open(&path, place)));
            Some(Arc::new(opened.await?))
        }
        None => None,
    };
    let receipts = config.output.receipt.as_ref();
    let receipts = receipts.map(|it| ReceiptFile::begin(it, Arc::clone(&uploader.store)));
    let receipts = receipts.transpose()?;
    let unfinished = receipts.as_ref().and_then(ReceiptFile::unfinished);
    listing.selection.own_files.extend(unfinished);
    let name = format!("s3://{}/{}", config.bucket, config.prefix);
    let shown = Arc::clone(&progress);
    let display = ProgressDisplay::start(&config.output, &name, move || shown.snapshot());
    let report = Report::new(&config, Arc::clone(&progress), receipts);
    let path = config.skip.journal.as_ref();
    if let Some((path, why)) = path.zip(journal.as_ref().and_then(|it| it.warning())) {
        report.warn(path, &why);
    }
    if config.selection.filters.has_idle_include() {
        report.warn(Path::new("--include"), IDLE_INCLUDE);
    }
    let many = Arc::new(Many {
        config,
        uploader,
        journal,
        progress,
        etags: EtagsSoFar::default(),
    });
    let mut scheduler = Scheduler::new(Arc::clone(&many), report);
    let ended = scheduler.run(listing, display.is_shown()).await;
    let recorded = many.journal.as_ref().map_or(Ok(()), |it| it.finish());
    let summary = scheduler.report.summary();
    let done = ended.and_then(|stopped| scheduler.report.finish(stopped));
    let done = done.and(recorded);
    display.finish(done.is_ok());
    if let Some(summary) = summary.filter(|_| std::io::stderr().is_terminal()) {
        stderr_line(format_args!("{summary}"));
    }
    done
}

/// What all files of a run share.
#[derive(Debug)]
struct Many {
    config: PutManyConfig,
    uploader: Uploader,
    journal: Option<Arc<Journal>>,
    progress: Arc<FilesProgress>,
    etags: EtagsSoFar,
}
