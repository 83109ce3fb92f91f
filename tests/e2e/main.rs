//! End to end: the real binary, a real socket, an S3 server that remembers everything.
//!
//! A test whose name begins with `case_NN` is one of case NN in `tests/cases.md`, which lists what
//! the project promises to handle. `harness` is what the tests are made of.

mod assets;
mod cases;
mod changing;
mod chaos;
mod checksums;
mod command;
mod commit;
mod config;
mod connection;
mod denied;
mod descendants;
mod descriptors;
mod destination_first;
mod encryption;
mod environment;
mod file;
mod guards;
mod harness;
mod input;
mod journal_file;
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
mod output;
mod pace;
mod part_sizes;
mod pipeline;
mod producer;
mod proxy;
mod quirks;
mod region;
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
mod torture;
mod trust;
mod verify_object;
