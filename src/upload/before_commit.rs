//! What must hold before anything is committed.

use crate::config::{Guards, typed_size};
use crate::error::{Error, Result};
use std::time::Instant;

/// What is known of a source once it has ended.
#[derive(Debug, Clone)]
pub(crate) struct Ended {
    /// Bytes that were read.
    pub size: u64,
    /// The last of them, 4 KiB at most.
    pub tail: Vec<u8>,
    /// Whether an empty source is as good as any.
    pub may_be_empty: bool,
    /// When its producer ended; `None` for a file, which has none.
    pub at: Option<Instant>,
}

impl Guards {
    /// Checks all guards that concern the source.
    ///
    /// # Errors
    /// The first guard that does not hold.
    pub(crate) fn check(&self, ended: &Ended) -> Result<()> {
        let size = ended.size;
        if size == 0 && !(self.allow_empty || ended.may_be_empty) {
            return Err(Error::guard("the stream is empty")
                .because("a producer that failed looks the same")
                .hint("use --allow-empty where an empty object is meant"));
        }
        if let Some(exact) = self.size
            && size != exact
        {
            return Err(Error::guard(format!(
                "the source has {size} bytes, which is not --size {}",
                typed_size(exact)
            )));
        }
        if let Some(least) = self.min_size
            && size < least
        {
            return Err(Error::guard(format!(
                "the source has {size} bytes, less than --min-size {}",
                typed_size(least)
            )));
        }
        if let Some(tail) = &self.require_tail
            && !tail.is_match(&ended.tail)
        {
            return Err(Error::guard(format!(
                "the last {} bytes of the source don't match --require-tail {:?}",
                ended.tail.len(),
                tail.as_str()
            ))
            .because("it was probably cut short"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;
    use regex::bytes::Regex;

    fn check(guards: &Guards, bytes: &[u8]) -> Option<Kind> {
        let ended = Ended {
            size: bytes.len() as u64,
            tail: bytes.to_vec(),
            may_be_empty: false,
            at: None,
        };
        guards.check(&ended).err().map(|error| error.kind)
    }

    #[test]
    fn an_empty_stream_needs_leave() {
        assert_eq!(check(&Guards::default(), b""), Some(Kind::Guard));
        let allowed = Guards {
            allow_empty: true,
            ..Guards::default()
        };
        assert_eq!(check(&allowed, b""), None);
        let named = Ended {
            size: 0,
            tail: Vec::new(),
            may_be_empty: true,
            at: None,
        };
        assert!(Guards::default().check(&named).is_ok());
    }

    #[test]
    fn sizes_are_exact_or_at_least() {
        let exact = Guards {
            size: Some(3),
            ..Guards::default()
        };
        assert_eq!(check(&exact, b"abc"), None);
        assert_eq!(check(&exact, b"ab"), Some(Kind::Guard));
        assert_eq!(check(&exact, b"abcd"), Some(Kind::Guard));
        let least = Guards {
            min_size: Some(3),
            ..Guards::default()
        };
        assert_eq!(check(&least, b"abcd"), None);
        assert_eq!(check(&least, b"ab"), Some(Kind::Guard));
    }

    #[test]
    fn the_tail_must_match() {
        let tail = Some(Regex::new("-- Dump completed").unwrap());
        let guards = Guards {
            require_tail: tail,
            ..Guards::default()
        };
        assert_eq!(
            check(&guards, b"...\n-- Dump completed on 2026-11-22\n"),
            None
        );
        assert_eq!(check(&guards, b"INSERT INTO"), Some(Kind::Guard));
    }
}
