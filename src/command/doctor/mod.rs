//! `s3stream doctor`: whether uploads can be made there, and what the store supports.
//!
//! The checks are told in the order of [`check::Check`], each as soon as it is known. All that is made has
//! one key that no other run has (`probes`), and is taken away before the run ends, whatever ends it.

mod access;
mod bucket;
mod check;
mod checksums;
mod clock;
mod delete_command;
mod finding;
mod lifecycle;
mod multipart;
mod network;
mod objects;
mod part_limit;
mod probe_objects;
mod probes;
mod report;
mod run;
mod settings;
mod speed;

pub(crate) use report::tell_refused;

use crate::config::DoctorConfig;
use crate::error::{Error, Kind, Result};
use crate::signals::Queue;
use crate::signals::interrupt::Interrupt;
use crate::store::Store;
use check::Check;
use finding::{Finding, Status};
use probes::{Leftover, Probes};
use report::Report;
use run::Run;
use std::sync::Arc;

/// Requests in flight at most: those of the largest number of connections whose throughput is measured.
const AT_ONCE: usize = 64;
/// Retries up to which a request is not tried for long, 30 seconds in all.
const FEW_RETRIES: u32 = 2;

/// Makes all checks, and tells of each.
///
/// # Errors
/// When no upload can be made there, or the settings can't be used.
pub(crate) async fn run(config: DoctorConfig, queue: Queue) -> Result<()> {
    let interrupt = Interrupt::listen(queue, config.store.retry_policy.timeout)?;
    let mut report = Report::new(&config.output);
    settings::tell(&config, &mut report);
    let opened = interrupt.unless(Store::open_for_requests(config.store.clone(), AT_ONCE));
    let store = match opened.await {
        Ok(store) => store,
        Err(error) => return Err(cant_open(error, report, &interrupt, &config)),
    };
    let store = match config.store.retry_policy.retries <= FEW_RETRIES {
        true => store.with_few_attempts(),
        false => store,
    };
    let store = Arc::new(store);
    let mut run = Run {
        probes: Probes::new(&store, &interrupt, &config.destination),
        config,
        store,
        interrupt,
        report,
    };
    let checked = run.check_all().await;
    let left = run.probes.clean_up().await;
    run.finish(checked, left)
}

/// The end of a run that has no store: the line that says so, and the error.
fn cant_open(
    error: Error,
    mut report: Report,
    interrupt: &Interrupt,
    config: &DoctorConfig,
) -> Error {
    if interrupt.check().is_err() {
        return interrupt.overrule(error);
    }
    report.tell(
        Check::Credentials,
        &Finding::of_error(Status::Failed, &error),
    );
    report.skip_rest("there are no credentials");
    match error.kind {
        Kind::Usage => error,
        _ => error.context(format!("{} can't be written to", config.destination)),
    }
}

impl Run {
    /// Makes all checks, as far as there is use in it.
    ///
    /// # Errors
    /// The reason to end.
    async fn check_all(&mut self) -> Result<()> {
        if let Err(because) = self.check_access().await? {
            self.report.skip_rest(because);
            return Ok(());
        }
        access::head(self).await?;
        let objects = bucket::tell(self).await?;
        let Some(store) = multipart::tell(self).await? else {
            objects::skip_all(self, "no upload can be made");
            return Ok(());
        };
        match objects {
            Ok(()) => objects::tell(self, &store).await?,
            Err(why) => objects::skip_all(self, &why),
        }
        match self.config.speed {
            Some(several) => speed::tell(self, &store, several).await,
            None => Ok(()),
        }
    }

    /// Whether there is a connection, and somebody who answers.
    async fn check_access(&mut self) -> Result<Result<(), &'static str>> {
        let bucket = self.probe().bucket.clone();
        let examined = match self.ask(self.store.examine(&bucket)).await? {
            Ok(examined) => examined,
            Err(failure) => {
                let finding = Finding::failed_by(failure, &self.config.destination);
                self.tell(Check::NameResolution, &finding);
                return Ok(Err("the settings lead to no server"));
            }
        };
        match network::tell(&examined, &mut self.report) {
            Ok(()) => access::tell(self).await,
            Err(because) => Ok(Err(because)),
        }
    }

    /// Tells what could not be taken away, and how the run ends.
    fn finish(mut self, checked: Result<()>, left: Vec<Leftover>) -> Result<()> {
        for Leftover { what, command } in &left {
            let finding = Finding::warning(format!("{what} is left behind")).hint(command);
            self.tell(Check::Leftovers, &finding);
        }
        let destination = &self.config.destination;
        let ended = match checked.and_then(|()| self.interrupt.check()) {
            Ok(()) => return self.report.finish(destination),
            Err(reason) => reason,
        };
        let left = left.into_iter();
        let left =
            left.map(|Leftover { what, command }| format!("{what} is left behind: {command}"));
        let error = left.fold(ended, Error::leftover);
        Err(self
            .interrupt
            .overrule(error)
            .context(match self.report.has_failed() {
                true => format!("{destination} can't be written to"),
                false => format!("it is not known whether {destination} can be written to"),
            }))
    }
}
