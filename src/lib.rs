//! s3stream: streams data of unknown length to S3, all of it or nothing.
//!
//! The way of a byte, which is the order of the modules below: the command line ([`cli`]) becomes
//! checked settings ([`config`]); a [`source`] is read by the [`splitter`] into a buffer of the pool
//! ([`buffer`]), as long as the [`plan`] says, and hashed on the way ([`checksum`]); that [`part`]
//! goes to the owner of the [`upload`], whose workers hand it to the [`store`], which sends it
//! through the [`transport`]. A part of a file is not held: its [`source`] hashes it, then reads it again
//! while it is sent. Once the source has ended and is verified, and the [`guard`]s hold, the owner
//! commits, and a [`receipt`] tells of it.

mod blocking;
mod run;

pub mod cli;
pub mod config;

pub mod buffer;
pub mod checksum;
pub mod concurrency;
pub mod part;
pub mod plan;
pub mod source;
pub mod splitter;

pub mod guard;
pub mod many;
pub mod put;
pub mod receipt;
pub mod upload;

pub mod store;
pub mod transport;

pub mod commit_switch;
pub mod descendants;
pub mod descriptors;
pub mod error;
pub mod interrupt;
pub mod log;
pub mod memory;
pub mod progress;
pub mod signals;

pub use run::run;
