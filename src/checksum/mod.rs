//! Checksums of parts and of the whole object.

mod algorithm;

pub use algorithm::Algorithm;
