//! `s3stream put`: one source, one object.

use crate::config::{PutConfig, SourceSpec};
use crate::descendants;
use crate::error::{Kind, Result};
use crate::log::warn;
use crate::progress::{ProgressDisplay, UploadProgress};
use crate::receipt::{self, Receipt};
use crate::signals::Queue;
use crate::signals::interrupt::Interrupt;
use crate::source::{self, Source, Stream};
use crate::upload::Uploader;
use std::sync::Arc;

/// Uploads all of the source, or nothing, and tells of it as `config` asks.
///
/// # Errors
/// When nothing is committed, or what is can't be trusted.
pub(crate) async fn run(config: PutConfig, queue: Queue) -> Result<()> {
    let interrupt = Interrupt::listen(queue, config.upload.retry_policy.timeout)?;
    let destination = config.destination.clone();
    let output = config.output.clone();
    let progress = Arc::new(UploadProgress::default());
    let uploaded = async {
        let uploader =
            Uploader::open(&config.upload, Arc::clone(&progress), interrupt.clone()).await?;
        // Nothing is drawn before bytes flow; but COMMAND is told by then that something will be.
        let shown = Arc::clone(&progress);
        let state = move || shown.snapshot();
        let display = ProgressDisplay::start(&output, &destination.to_string(), state);
        let source = source::open(&config.source)?;
        if let Source::Stream(Stream {
            producer: Some(producer),
            ..
        }) = &source
        {
            let (failure, interrupt) = (producer.failure(), uploader.interrupt.clone());
            tokio::spawn(async move { interrupt.stop(failure.await) });
            tokio::spawn(descendants::reap_orphans());
        }
        let shared = match (&config.source, &source) {
            (SourceSpec::Stdin, Source::File(file)) => Some(file.clone()),
            _ => None,
        };
        let uploaded = uploader.upload(&destination, source).await;
        display.finish(uploaded.is_ok());
        if let (Ok(_), Some(stdin)) = (&uploaded, shared) {
            // What is stored is stored, wherever others read on.
            let _ = stdin.seek_to_end();
        }
        uploaded
    };
    let receipt: Receipt = uploaded.await.map_err(|error| {
        let error = interrupt.overrule(error);
        let what = match error.kind {
            Kind::NotAsAsked => destination.to_string(),
            _ if error.is_unsettled() => {
                format!("it is not known whether {destination} is stored whole")
            }
            _ => format!("{destination} was not stored"),
        };
        error.context(what)
    })?;
    // Even with --quiet: what was asked for and is not there is no mere news.
    for warning in &receipt.warnings {
        warn(&destination, warning);
    }
    // The object is stored, whoever still listens.
    if let Err(error) = receipt.write(output.format, std::io::stdout().lock()) {
        warn(
            &destination,
            format_args!("{}: {error}", receipt::UNWRITTEN),
        );
    }
    Ok(())
}
