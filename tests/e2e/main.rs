//! End to end: the real binary, a real socket, an S3 server that remembers everything.
//!
//! The numbers in the tests' names are those of the cases that the project promises to handle.

#[path = "../s3/mod.rs"]
mod s3;

mod assets;
mod changing;
mod checksums;
mod command;
mod complete;
mod config;
mod connection;
mod denied;
mod descendants;
mod descriptors;
mod encryption;
mod environment;
mod file;
mod guards;
mod harness;
mod input;
mod judgements;
mod large;
mod limits;
mod lists;
mod lost;
mod lost_create;
mod many;
mod network;
mod no_store;
mod object_lock;
mod options;
mod outage;
mod outcome;
mod output;
mod pace;
mod pipeline;
mod plan;
mod processes;
mod producer;
mod proxy;
mod quirks;
mod region;
mod relay;
mod rerun;
mod retries;
mod retries_counted;
mod rotation;
mod secrets;
mod settled;
mod signals;
mod signing;
mod stall;
mod stopped;
mod terminal;
mod tls;
mod torture;
mod verify_object;
