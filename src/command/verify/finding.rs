//! What was found out about one object.

use super::comparison::OtherParts;
use crate::config::Destination;
use crate::error::Error;
use crate::store::ObjectFacts;
use serde::Serialize;

/// Whether the object holds the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    /// It does.
    Equal,
    /// It does not, or there is none.
    Differs,
    /// Nothing is known of it that the bytes could be compared with.
    Unverifiable,
    /// That could not be found out.
    Failed,
}

/// What was found out.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) status: Status,
    /// Why, where it is not equal.
    pub(super) why: String,
    /// What was compared, where anything was.
    pub(super) compared: Option<String>,
    /// The first part that differs, from 1 on.
    pub(super) part: Option<usize>,
    /// The offset from which on the object is known to differ, or of that part.
    pub(super) offset: Option<u64>,
    /// What the store tells of the object.
    pub(super) facts: Option<ObjectFacts>,
}

impl Finding {
    fn new(status: Status, why: impl Into<String>) -> Self {
        Self {
            status,
            why: why.into(),
            compared: None,
            part: None,
            offset: None,
            facts: None,
        }
    }

    pub(super) fn equal(compared: String) -> Self {
        Self::new(Status::Equal, "").by(compared)
    }

    pub(super) fn differs(why: impl Into<String>) -> Self {
        Self::new(Status::Differs, why)
    }

    /// Some parts are others.
    pub(super) fn other_parts(parts: OtherParts) -> Self {
        let OtherParts {
            first,
            offset,
            size,
            count,
        } = parts;
        let others = match count - 1 {
            0 => String::new(),
            1 => ", and 1 other part".to_owned(),
            others => format!(", and {others} other parts"),
        };
        let why = format!("part {first} differs ({size} bytes from offset {offset} on){others}");
        Self {
            part: Some(first),
            offset: Some(offset),
            ..Self::differs(why)
        }
    }

    /// The first byte that is another lies in this part, if that is known.
    pub(super) fn other_byte(offset: u64, part: Option<usize>) -> Self {
        let in_part = part.map_or(String::new(), |part| format!(" (in part {part})"));
        Self {
            part,
            offset: Some(offset),
            ..Self::differs(format!("the byte at offset {offset}{in_part} is another"))
        }
    }

    /// The source does not have as many bytes as the object.
    pub(super) fn other_size(source: u64, object: u64) -> Self {
        let (difference, word) = match source < object {
            true => (object - source, "less"),
            false => (source - object, "more"),
        };
        let why = format!(
            "the source has {source} bytes, {difference} {word} than the object's {object}"
        );
        Self::differs(why)
    }

    /// The source goes on behind the end of the object.
    pub(super) fn longer(object: u64) -> Self {
        Self {
            offset: Some(object),
            ..Self::differs(format!(
                "the source has more than the {object} bytes of the object"
            ))
        }
    }

    pub(super) fn unverifiable(why: impl Into<String>) -> Self {
        Self::new(Status::Unverifiable, why)
    }

    pub(super) fn by(mut self, compared: String) -> Self {
        self.compared = Some(compared);
        self
    }

    pub(super) fn of(mut self, facts: ObjectFacts) -> Self {
        self.facts = Some(facts);
        self
    }

    /// The error that ends a run over this object alone; `with` is what it was compared with.
    pub(super) fn into_error(self, destination: &Destination, with: &str) -> Option<Error> {
        match self.status {
            Status::Equal => None,
            Status::Unverifiable => Some(self.cant_tell(destination)),
            Status::Differs | Status::Failed => {
                let error = Error::failed(format!("{destination} differs from {with}"));
                Some(error.because(self.why))
            }
        }
    }

    fn cant_tell(self, destination: &Destination) -> Error {
        let error = match self.compared {
            Some(_) => Error::failed(format!("{destination} can't be verified")),
            None => Error::failed(format!(
                "{destination} can't be verified without --download"
            ))
            .hint("use --download: it reads the object, and compares its bytes"),
        };
        error.because(self.why)
    }
}
