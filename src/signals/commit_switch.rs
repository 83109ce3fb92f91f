//! The one switch between "not sent" and "sent" of a PutObject, which commits with its last byte:
//! whoever turns it first, the connection that sends that byte or the signal that ends the run, wins.

use crate::config::Destination;
use crate::error::{Error, Result};
use crate::signals::interrupt::{Interrupt, UnfinishedGuard};
use crate::signals::unfinished::{State as Progress, Unfinished};
use std::sync::{Arc, Mutex, PoisonError};

/// The switch of one object; clones are the same switch.
#[derive(Debug, Clone)]
pub(crate) struct CommitSwitch {
    interrupt: Interrupt,
    destination: Destination,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// Attempts whose last byte was let go.
    sent: u32,
    /// Why no last byte is let go any more.
    stopped: Option<Error>,
    unfinished: Option<UnfinishedGuard>,
}

impl CommitSwitch {
    /// A switch that nobody has turned yet.
    pub(crate) fn new(interrupt: Interrupt, destination: &Destination) -> Self {
        Self {
            interrupt,
            destination: destination.clone(),
            state: Arc::default(),
        }
    }

    /// Checks that an attempt may begin. One that is broken off later may be stored as far as it went
    /// by a store that does not count the bytes (s3rver does so: observed).
    ///
    /// # Errors
    /// The reason to end.
    pub(crate) fn check(&self) -> Result<()> {
        Self::check_state(&mut self.lock(), &self.interrupt)
    }

    /// Lets the last byte of an attempt go, unless there is a reason to end.
    ///
    /// # Errors
    /// That reason.
    pub(crate) fn send(&self) -> Result<()> {
        let mut state = self.lock();
        Self::check_state(&mut state, &self.interrupt)?;
        state.sent += 1;
        state.unfinished.get_or_insert_with(|| self.unfinished());
        Ok(())
    }

    fn check_state(state: &mut State, interrupt: &Interrupt) -> Result<()> {
        if state.stopped.is_none() {
            state.stopped = interrupt.check().err();
        }
        state.stopped.clone().map_or(Ok(()), Err)
    }

    /// Lets no last byte go any more; gives the number of attempts that had sent theirs before.
    pub(crate) fn stop(&self, reason: &Error) -> u32 {
        let mut state = self.lock();
        state.stopped.get_or_insert_with(|| reason.clone());
        state.sent
    }

    /// Attempts that have sent their last byte so far.
    pub(crate) fn sent(&self) -> u32 {
        self.lock().sent
    }

    /// Why no last byte is let go any more, if so.
    pub(crate) fn stopped(&self) -> Option<Error> {
        self.lock().stopped.clone()
    }

    fn unfinished(&self) -> UnfinishedGuard {
        self.interrupt.unfinished(Unfinished {
            what: format!("what was sent to {}", self.destination),
            hint: None,
            state: Progress::Committing,
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn switch() -> (Interrupt, CommitSwitch) {
        let interrupt = Interrupt::listen(crate::signals::no_signals(), None).unwrap();
        let destination = Destination {
            bucket: "b".to_owned(),
            key: "k".to_owned(),
        };
        (
            interrupt.clone(),
            CommitSwitch::new(interrupt, &destination),
        )
    }

    #[tokio::test]
    async fn whoever_turns_it_first_wins() {
        let reason = Error::failed("the reason");
        let (_interrupt, switch) = switch();
        assert_eq!(
            switch.stop(&reason),
            0,
            "nothing was sent, and nothing will be"
        );
        assert!(switch.send().is_err() && switch.check().is_err());
        assert_eq!(switch.sent(), 0);

        let (_interrupt, switch) = self::switch();
        assert!(switch.check().is_ok() && switch.send().is_ok());
        assert_eq!(switch.stop(&reason), 1, "it was sent");
        let again = switch.clone();
        assert_eq!(format!("{:#}", again.send().unwrap_err()), "the reason");
    }

    #[tokio::test]
    async fn a_reason_that_nobody_was_told_of_yet_counts() {
        let (interrupt, switch) = switch();
        interrupt.stop(Error::failed("the time is up"));
        assert_eq!(
            format!("{:#}", switch.send().unwrap_err()),
            "the time is up"
        );
        assert_eq!(switch.stopped().unwrap().to_string(), "the time is up");
    }
}
