//! What each subcommand does.

pub(crate) mod descriptors;
pub(crate) mod put;
pub(crate) mod put_many;
pub(crate) mod uploads;
