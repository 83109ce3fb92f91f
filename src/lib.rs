//! s3stream: streams data of unknown length to S3, all of it or nothing.

pub mod buffer;
pub mod checksum;
pub mod config;
pub mod error;
pub mod part;
pub mod plan;
pub mod progress;
pub mod source;
pub mod splitter;
