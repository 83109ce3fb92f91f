//! What is to be said of uploads that a run leaves unfinished: where a second signal ends it at once, and
//! where a task of it panicked.

use crate::error::Error;
use crate::log::printable;
use nix::sys::signal::Signal;
use std::sync::{Mutex, PoisonError};

/// Goes before the command that ends an upload which may have become an object.
const IF_NOT_STORED: &str = "if it is not stored, ";

/// An upload that would be left unfinished.
#[derive(Debug, Clone)]
pub(crate) struct Unfinished {
    /// What it is, as in "the unfinished upload ID of s3://bucket/key".
    pub what: String,
    /// The command that ends it, where it is known by an id.
    pub hint: Option<String>,
    /// How far it has come.
    pub state: State,
}

/// How far an upload has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It would be left behind.
    Begun,
    /// It would be left for the next run to go on with.
    Kept,
    /// The request that makes it an object may have been sent.
    Committing,
    /// The object is stored, and is being looked at.
    Stored,
}

/// What tasks that panicked have left unfinished: nobody else knows of it.
static ABANDONED: Mutex<Vec<Unfinished>> = Mutex::new(Vec::new());

/// Takes note of what a task that panics leaves unfinished.
pub(super) fn abandon(it: Unfinished) {
    let mut abandoned = ABANDONED.lock().unwrap_or_else(PoisonError::into_inner);
    abandoned.push(it);
}

/// The failure, with what tasks that panicked have left in the store.
pub(crate) fn with_abandoned(error: Error) -> Error {
    let abandoned = std::mem::take(&mut *ABANDONED.lock().unwrap_or_else(PoisonError::into_inner));
    abandoned.into_iter().fold(error, |error, it| {
        let what = it.what;
        let (error, only) = match it.state {
            State::Begun => (error.because(format!("{what} is left behind")), ""),
            State::Kept => (error.because(format!("{what} is kept")), ""),
            State::Committing => {
                let why = format!("it is not known whether {what} became an object");
                (error.because(why).unsettled(), IF_NOT_STORED)
            }
            State::Stored => {
                let why = format!("{what} is stored, but could not be looked at");
                (error.because(why), "")
            }
        };
        it.hint
            .into_iter()
            .fold(error, |error, hint| error.leftover(format!("{only}{hint}")))
    })
}

/// The error line, and the commands that end what is left behind.
pub(super) fn last_words<'a>(
    signal: Signal,
    unfinished: impl Iterator<Item = &'a Unfinished>,
) -> String {
    let (mut left, mut unknown, mut stored) = (Vec::new(), Vec::new(), Vec::new());
    let mut kept = Vec::new();
    let mut hints = String::new();
    for it in unfinished {
        let (list, only) = match it.state {
            State::Begun => (&mut left, ""),
            State::Kept => (&mut kept, ""),
            State::Committing => (&mut unknown, IF_NOT_STORED),
            State::Stored => (&mut stored, ""),
        };
        list.push(printable(&it.what));
        if let Some(hint) = &it.hint {
            hints.push_str(&format!("hint: {only}{}\n", printable(hint)));
        }
    }
    let mut line = format!("error: ended by a second {signal}");
    if !stored.is_empty() {
        let verb = if stored.len() == 1 { "is" } else { "are" };
        let what = stored.join(", ");
        line.push_str(&format!(
            ": {what} {verb} stored, but could not be looked at"
        ));
    }
    for (uploads, what) in [(left, "left behind"), (kept, "kept")] {
        if !uploads.is_empty() {
            let verb = if uploads.len() == 1 { "is" } else { "are" };
            line.push_str(&format!(": {} {verb} {what}", uploads.join(", ")));
        }
    }
    if !unknown.is_empty() {
        let what = unknown.join(", ");
        line.push_str(&format!(
            ": it is not known whether {what} became an object"
        ));
    }
    format!("{line}\n{hints}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signals::interrupt::Interrupt;
    use std::panic::catch_unwind;

    #[tokio::test]
    async fn what_a_panic_leaves_behind_is_told() {
        let interrupt = Interrupt::listen(crate::signals::no_signals(), None).unwrap();
        let unfinished = |what: &str, state| {
            let (what, hint) = (what.to_owned(), Some(format!("abort {what}")));
            interrupt.unfinished(Unfinished { what, hint, state })
        };
        drop(unfinished("done", State::Begun));
        let begun = unfinished("one", State::Begun);
        let committed = unfinished("two", State::Begun);
        let panicked = catch_unwind(move || {
            committed.committing();
            let _both = (begun, committed);
            panic!("as a fault of ours would");
        });
        assert!(panicked.is_err());
        let error = with_abandoned(Error::failed("s3stream failed"));
        assert!(error.is_unsettled());
        let told = format!("{error:#}");
        assert!(told.contains("one is left behind"), "{told}");
        assert!(told.contains("whether two became an object"), "{told}");
        assert_eq!(
            error.leftovers,
            ["abort one", "if it is not stored, abort two"]
        );
        assert!(with_abandoned(Error::failed("x")).leftovers.is_empty());
    }
}
