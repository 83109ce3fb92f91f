//! End to end: the real binary, a real socket, an S3 server that remembers everything.
//!
//! The numbers in the tests' names are those of the cases that the project promises to handle.

#[path = "../s3/mod.rs"]
mod s3;

mod assets;
mod descriptors;
mod harness;
mod input;
mod limits;
mod producer;
mod signals;
mod terminal;
mod torture;
