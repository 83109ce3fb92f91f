//! What each subcommand does.

pub(crate) mod descriptors;
pub(crate) mod doctor;
pub(crate) mod put;
pub(crate) mod put_dry_run;
pub(crate) mod put_many;
pub(crate) mod texts;
pub(crate) mod uploads;
pub(crate) mod verify;
