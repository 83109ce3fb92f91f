//! Values that must never be printed.

use std::fmt;

/// A string that must never be printed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    /// Wraps a value so that it can't be printed by accident.
    pub(crate) fn new(value: String) -> Self {
        Self(value)
    }

    /// The value itself, for the one place that sends it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(redacted)")
    }
}

/// The key of SSE-C: 256 bits, as the headers carry them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CustomerKey {
    /// The key, base64.
    pub key: Secret,
    /// The MD5 of the raw key, base64; not a secret.
    pub md5: String,
}
