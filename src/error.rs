//! What can go wrong: a chain of causes, which anyhow carries, and at its top what decides how the run
//! ends and what the user can do.

use anyhow::anyhow;
use std::fmt;
use std::sync::Arc;

/// Why a run ended without doing what was asked; decides the exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The upload failed; nothing is committed.
    Failed,
    /// It is open whether the object was stored, and a signal, if one is named, ended the run.
    Unsettled(Option<i32>),
    /// The command line or the configuration can't be used; no request was sent.
    Usage,
    /// A guard or precondition did not hold; nothing is committed.
    Guard,
    /// There is an object already, which must not be replaced; nothing is committed.
    Exists,
    /// The object is stored whole, but not protected as was asked for.
    NotAsAsked,
    /// Some of many files failed, the others are stored.
    Partial,
    /// The COMMAND that was to print the data failed; nothing is committed.
    Command,
    /// Ended by this signal, after the upload was aborted.
    Signal(i32),
}

/// How far a failure reaches, in a run over many files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// No further than its object, as far as is known.
    #[default]
    Object,
    /// To all of them, unless one was stored before.
    RunUnlessStored,
    /// To all of them.
    Run,
}

impl Reach {
    /// Whether it may reach others.
    pub(crate) fn beyond_object(self) -> bool {
        self != Self::Object
    }
}

/// What failed, why, and what follows from it. `{}` shows what failed alone, `{:#}` its causes too.
#[derive(Debug, Clone)]
pub struct Error {
    /// Decides the exit status.
    pub kind: Kind,
    what: String,
    why: Option<Arc<anyhow::Error>>,
    /// What the user can do, one line each.
    pub hints: Vec<String>,
    /// What may be left in the store, with the command that ends it, one line each: told whatever else
    /// is left out.
    pub leftovers: Vec<String>,
    /// Whether the other files of a run would fail in the same way.
    pub reach: Reach,
    /// Whether the upload can't be gone on with, whoever tries.
    pub ends_upload: bool,
}

/// A result with this crate's error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of `kind` that says `what` failed.
    pub(crate) fn new(kind: Kind, what: impl Into<String>) -> Self {
        Self {
            kind,
            what: what.into(),
            why: None,
            hints: Vec::new(),
            leftovers: Vec::new(),
            reach: Reach::Object,
            ends_upload: false,
        }
    }

    /// The upload failed.
    pub(crate) fn failed(what: impl Into<String>) -> Self {
        Self::new(Kind::Failed, what)
    }

    /// The command line or the configuration can't be used.
    pub(crate) fn usage(what: impl Into<String>) -> Self {
        Self::new(Kind::Usage, what)
    }

    /// A guard did not hold.
    pub(crate) fn guard(what: impl Into<String>) -> Self {
        Self::new(Kind::Guard, what)
    }

    /// Says that the object may be stored all the same: "a guard did not hold" would promise that
    /// nothing was committed.
    #[must_use]
    pub(crate) fn unsettled(mut self) -> Self {
        self.kind = Kind::Unsettled(self.kind.signal());
        self
    }

    /// Whether it is open if the object was stored all the same.
    pub(crate) fn is_unsettled(&self) -> bool {
        matches!(self.kind, Kind::Unsettled(_))
    }

    /// Says that signal `number` ended the run, whatever else was the matter.
    #[must_use]
    pub(crate) fn ended_by(mut self, number: i32, reason: String) -> Self {
        self.kind = match self.kind {
            Kind::Unsettled(_) => Kind::Unsettled(Some(number)),
            _ => Kind::Signal(number),
        };
        self.context(reason)
    }

    /// Adds the reason underneath the causes known so far.
    #[must_use]
    pub(crate) fn because(self, why: impl Into<String>) -> Self {
        self.add(anyhow!(why.into()))
    }

    /// Adds the error that was the reason, underneath the causes known so far.
    #[must_use]
    pub(crate) fn caused_by(self, why: impl Into<anyhow::Error>) -> Self {
        self.add(why.into())
    }

    /// Adds what the user can do about it.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds what may be left in the store, and the command that ends it.
    #[must_use]
    pub(crate) fn leftover(mut self, what: impl Into<String>) -> Self {
        self.leftovers.push(what.into());
        self
    }

    /// Says that the upload can't be gone on with.
    #[must_use]
    pub(crate) fn ending_upload(mut self) -> Self {
        self.ends_upload = true;
        self
    }

    /// Puts what was being done in front of the causes.
    #[must_use]
    pub(crate) fn context(mut self, what: impl Into<String>) -> Self {
        let inner = Self {
            why: self.why.take(),
            ..Self::new(self.kind, std::mem::replace(&mut self.what, what.into()))
        };
        self.why = Some(Arc::new(inner.into()));
        self
    }

    fn add(mut self, cause: anyhow::Error) -> Self {
        self.why = Some(Arc::new(match self.why.take() {
            None => cause,
            Some(known) => known.chain().rev().fold(cause, |chain, link| {
                let link = link.to_string();
                chain.context(link)
            }),
        }));
        self
    }

    /// The exit status promised for this kind (see the manual page).
    pub(crate) fn exit_status(&self) -> u8 {
        match self.kind {
            Kind::Failed | Kind::Unsettled(None) | Kind::NotAsAsked => 1,
            Kind::Usage => 2,
            Kind::Partial => 3,
            Kind::Guard | Kind::Exists => 4,
            Kind::Command => 5,
            Kind::Signal(number) | Kind::Unsettled(Some(number)) => {
                u8::try_from(128 + number).unwrap_or(1)
            }
        }
    }
}

impl Kind {
    /// The signal that ended the run.
    pub(crate) fn signal(self) -> Option<i32> {
        match self {
            Self::Signal(number) => Some(number),
            Self::Unsettled(signal) => signal,
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        match &self.why {
            Some(why) if f.alternate() => write!(f, ": {why:#}"),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.why.as_ref().map(|why| why.as_ref().as_ref() as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_shows_all_causes_and_each_is_a_link_of_the_chain() {
        let missing = std::io::Error::from_raw_os_error(2);
        let error = Error::failed("can't read it")
            .caused_by(missing)
            .because("it was there before")
            .context("s3://b/k was not stored");
        let line = "s3://b/k was not stored: can't read it: No such file or directory (os error 2): \
                    it was there before";
        assert_eq!(format!("{error:#}"), line);
        let edge = anyhow::Error::new(error);
        assert_eq!(format!("{edge:#}"), line);
        assert_eq!(edge.chain().count(), 4);
        assert_eq!(edge.downcast_ref::<Error>().unwrap().exit_status(), 1);
    }

    #[test]
    fn what_is_open_stays_so_when_a_signal_comes() {
        let error = Error::guard("x").unsettled();
        assert_eq!(error.exit_status(), 1);
        let error = error.ended_by(15, "ended by SIGTERM".to_owned());
        assert_eq!((error.exit_status(), error.is_unsettled()), (143, true));
        assert_eq!(format!("{error:#}"), "ended by SIGTERM: x");
        let signal = Error::new(Kind::Signal(2), "ended by SIGINT").unsettled();
        assert_eq!((signal.exit_status(), signal.is_unsettled()), (130, true));
    }
}
