//! What the requests of a run know together of their store: whether it was ever reached, and when it
//! last answered.

use super::failure::Failure;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio::time::sleep;

/// What is known of the store; one for all requests of a run.
#[derive(Debug, Default)]
pub(super) struct Health {
    seen: Mutex<Seen>,
    /// Wakes those that wait for an answer to any request.
    answered: Notify,
}

#[derive(Debug, Default, Clone, Copy)]
struct Seen {
    connected: bool,
    /// Whether a request was given up without a connection, and none had ever come about.
    out_of_reach: bool,
    answered: Option<Instant>,
    succeeded: Option<Instant>,
}

impl Health {
    /// A request has done what it was to do.
    pub(super) fn succeeded(&self) {
        let now = Some(Instant::now());
        self.update(|seen| {
            seen.connected = true;
            seen.answered = now;
            seen.succeeded = now;
        });
        self.answered.notify_waiters();
    }

    /// An attempt has failed.
    pub(super) fn failed(&self, failure: &Failure) {
        let is_answer = failure.code.is_some();
        self.update(|seen| {
            seen.connected |= failure.sent;
            if is_answer {
                seen.answered = Some(Instant::now());
            }
        });
        if is_answer {
            self.answered.notify_waiters();
        }
    }

    /// A request is given up.
    pub(super) fn gave_up(&self, failure: &Failure) {
        self.update(|seen| seen.out_of_reach |= !seen.connected && !failure.sent);
    }

    /// Whether a request was given up, and no connection to the store had ever come about.
    pub(super) fn is_out_of_reach(&self) -> bool {
        self.seen().out_of_reach
    }

    /// Whether the store has given an answer of its own in the last `time`.
    pub(super) fn has_answered_within(&self, time: Duration) -> bool {
        self.seen().answered.is_some_and(|at| at.elapsed() < time)
    }

    /// Whether any request has done what it was to do after `moment`.
    pub(super) fn has_succeeded_since(&self, moment: Instant) -> bool {
        self.seen().succeeded.is_some_and(|at| at > moment)
    }

    /// Whether any request has done what it was to do in the last `time`.
    pub(super) fn has_succeeded_within(&self, time: Duration) -> bool {
        self.seen().succeeded.is_some_and(|at| at.elapsed() < time)
    }

    /// Waits for `delay`, at most; not longer than until the store answers anybody, where it has
    /// answered nobody since `began`. Where it has, it is up, and there is nothing to wait for.
    pub(super) async fn wait(&self, delay: Duration, began: Instant) {
        let answered = self.answered.notified();
        tokio::pin!(answered);
        // From here on no answer is missed.
        answered.as_mut().enable();
        if self.seen().answered.is_some_and(|at| at > began) {
            return sleep(delay).await;
        }
        tokio::select! {
            () = sleep(delay) => {}
            () = answered => {}
        }
    }

    fn seen(&self) -> Seen {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn update(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::failure_kind::FailureKind;

    fn failure(sent: bool) -> Failure {
        let mut failure = Failure::local("PutObject", FailureKind::Retry, "no");
        failure.sent = sent;
        failure
    }

    #[test]
    fn a_store_that_was_never_reached_is_out_of_reach() {
        let health = Health::default();
        health.failed(&failure(false));
        assert!(!health.is_out_of_reach());
        health.gave_up(&failure(false));
        assert!(health.is_out_of_reach());
        let reached = Health::default();
        reached.failed(&failure(true));
        reached.gave_up(&failure(false));
        assert!(!reached.is_out_of_reach());
    }

    #[test]
    fn an_answer_is_one_that_names_a_code_of_s3_s() {
        let health = Health::default();
        health.failed(&failure(true));
        assert!(!health.has_answered_within(Duration::MAX));
        let mut refusal = failure(true);
        refusal.code = Some("SlowDown".to_owned());
        let before = Instant::now();
        health.failed(&refusal);
        assert!(health.has_answered_within(Duration::MAX));
        assert!(!health.has_succeeded_since(before));
        health.succeeded();
        assert!(health.has_succeeded_since(before));
        assert!(!health.has_answered_within(Duration::ZERO));
    }

    #[tokio::test]
    async fn a_wait_ends_with_the_outage_and_only_then() {
        let health = Health::default();
        let answer = async { health.succeeded() };
        // It would hang.
        let hour = Duration::from_secs(3600);
        let began = Instant::now();
        tokio::join!(biased; health.wait(hour, began), answer);
        // It answers others: what failed is not due to an outage.
        let answer = async { health.succeeded() };
        let short = Duration::from_millis(50);
        let waited = Instant::now();
        tokio::join!(biased; health.wait(short, began), answer);
        assert!(waited.elapsed() >= short);
    }
}
