//! Sizes as the command line takes them.

use super::{GIB, MIB};

/// A size in bytes, in a form that an option reads back to the same number.
pub(crate) fn typed_size(bytes: u64) -> String {
    if bytes >= GIB && bytes.is_multiple_of(GIB) {
        format!("{}GiB", bytes / GIB)
    } else if bytes >= MIB && bytes.is_multiple_of(MIB) {
        format!("{}MiB", bytes / MIB)
    } else {
        bytes.to_string()
    }
}
