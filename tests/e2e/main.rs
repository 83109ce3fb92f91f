//! End to end: the real binary, a real socket, an S3 server that remembers everything.
//!
//! The numbers in the tests' names are those of the cases that the project promises to handle.

#[path = "../s3/mod.rs"]
mod s3;

mod assets;
mod connection;
mod descriptors;
mod harness;
mod input;
mod limits;
mod network;
mod pace;
mod producer;
mod proxy;
mod relay;
mod signals;
mod stall;
mod terminal;
mod tls;
mod torture;
