//! What can go wrong, as the user is told it: a kind, a chain of causes, and the way out.

use std::fmt;

/// Why a run ended without doing what was asked; decides the exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The upload failed; nothing is committed.
    Failed,
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

/// An error with its causes, outermost first, and hints at the way out.
#[derive(Debug, Clone)]
pub struct Error {
    /// Decides the exit status.
    pub kind: Kind,
    /// What failed, then why, outermost first; never empty.
    pub causes: Vec<String>,
    /// What else there is to tell, one line each.
    pub details: Vec<String>,
    /// What the user can do, one line each.
    pub hints: Vec<String>,
    /// What may be left in the store, with the command that ends it, one line each: told whatever else
    /// is left out.
    pub leftovers: Vec<String>,
    /// Whether it is open if the object was stored all the same.
    pub unsettled: bool,
    /// Whether the other files of a run would fail in the same way.
    pub reach: Reach,
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
    pub fn beyond_object(self) -> bool {
        self != Self::Object
    }
}

/// A result with this crate's error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of `kind` that says `what` failed.
    pub fn new(kind: Kind, what: impl Into<String>) -> Self {
        Self {
            kind,
            causes: vec![what.into()],
            details: Vec::new(),
            hints: Vec::new(),
            leftovers: Vec::new(),
            unsettled: false,
            reach: Reach::Object,
        }
    }

    /// The upload failed.
    pub fn failed(what: impl Into<String>) -> Self {
        Self::new(Kind::Failed, what)
    }

    /// The command line or the configuration can't be used.
    pub fn usage(what: impl Into<String>) -> Self {
        Self::new(Kind::Usage, what)
    }

    /// A guard did not hold.
    pub fn guard(what: impl Into<String>) -> Self {
        Self::new(Kind::Guard, what)
    }

    /// Says that the object may be stored all the same.
    #[must_use]
    pub fn unsettled(mut self) -> Self {
        self.unsettled = true;
        // "A guard did not hold" would promise that nothing was committed.
        if matches!(self.kind, Kind::Guard | Kind::Exists) {
            self.kind = Kind::Failed;
        }
        self
    }

    /// Adds the reason underneath the causes known so far.
    #[must_use]
    pub fn because(mut self, why: impl Into<String>) -> Self {
        self.causes.push(why.into());
        self
    }

    /// Adds what the user can do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds what may be left in the store, and the command that ends it.
    #[must_use]
    pub fn leftover(mut self, what: impl Into<String>) -> Self {
        self.leftovers.push(what.into());
        self
    }

    /// Puts what was being done in front of the causes.
    #[must_use]
    pub fn context(mut self, what: impl Into<String>) -> Self {
        self.causes.insert(0, what.into());
        self
    }

    /// The exit status promised for this kind (see the manual page).
    pub fn exit_status(&self) -> u8 {
        match self.kind {
            Kind::Failed | Kind::NotAsAsked => 1,
            Kind::Usage => 2,
            Kind::Partial => 3,
            Kind::Guard | Kind::Exists => 4,
            Kind::Command => 5,
            Kind::Signal(number) => u8::try_from(128 + number).unwrap_or(1),
        }
    }
}

/// One line: what failed and its causes, joined by colons.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.causes.join(": "))
    }
}

impl std::error::Error for Error {}
