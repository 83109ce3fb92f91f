//! s3stream: streams data of unknown length to S3, all of it or nothing.

pub mod checksum;
pub mod config;
pub mod error;
