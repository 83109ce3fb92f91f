//! `s3stream uploads`: multipart uploads that were begun and are neither completed nor aborted.

mod abort;
mod at_once;
mod find;
mod line;
mod list;
mod table;

use crate::config::{UploadsConfig, UploadsTask};
use crate::error::Result;
use crate::signals::Queue;
use crate::signals::interrupt::Interrupt;
use crate::store::Store;
use abort::Aborter;
use at_once::AT_ONCE;
use std::fmt;
use std::io::{self, IsTerminal as _};
use std::sync::Arc;

/// Lists or aborts them.
///
/// # Errors
/// When not all of them could be listed, or aborted.
pub(crate) async fn run(config: UploadsConfig, queue: Queue) -> Result<()> {
    let interrupt = Interrupt::listen(queue, config.store.retry_policy.timeout)?;
    let done = attend(config, &interrupt).await;
    done.map_err(|error| interrupt.overrule(error))
}

async fn attend(config: UploadsConfig, interrupt: &Interrupt) -> Result<()> {
    let opened = Store::open_for_requests(config.store.clone(), AT_ONCE);
    let run = Run {
        store: Arc::new(interrupt.unless(opened).await?),
        config,
        interrupt: interrupt.clone(),
    };
    match run.config.task.clone() {
        UploadsTask::List { older_than } => list::list(&run, older_than).await,
        UploadsTask::Abort { which, dry_run } => Aborter::new(&run, dry_run).run(&which).await,
    }
}

/// What all that is done in a run goes by.
#[derive(Debug)]
struct Run {
    config: UploadsConfig,
    store: Arc<Store>,
    interrupt: Interrupt,
}

impl Run {
    /// What was asked about: `s3://bucket/prefix`.
    fn place(&self) -> String {
        format!("s3://{}/{}", self.config.bucket, self.config.key)
    }

    /// Says something to whoever sits at a terminal; a script hears of failures alone.
    fn note(&self, text: fmt::Arguments<'_>) {
        if !self.config.output.quiet && io::stderr().is_terminal() {
            crate::log::stderr_line(text);
        }
    }
}
