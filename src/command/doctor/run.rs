//! What all checks of a run go by.

use super::check::Check;
use super::finding::Finding;
use super::probes::Probes;
use super::report::Report;
use crate::config::{Destination, DoctorConfig};
use crate::error::Result;
use crate::signals::interrupt::Interrupt;
use crate::store::Store;
use std::sync::Arc;

/// A run, once the store is open.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) config: DoctorConfig,
    pub(super) store: Arc<Store>,
    pub(super) interrupt: Interrupt,
    pub(super) report: Report,
    pub(super) probes: Probes,
}

impl Run {
    /// Where all is made that is made.
    pub(super) fn probe(&self) -> &Destination {
        self.probes.destination()
    }

    pub(super) fn tell(&mut self, check: Check, finding: &Finding) {
        self.report.tell(check, finding);
    }

    /// Waits for an answer to what makes nothing.
    ///
    /// # Errors
    /// The reason to end.
    pub(super) async fn ask<T>(&self, question: impl Future<Output = T>) -> Result<T> {
        let answer = async { Ok(question.await) };
        self.interrupt.unless(answer).await
    }
}
