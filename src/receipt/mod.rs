//! An object that is stored: told on standard output, and kept in a file.

mod receipt_file;
mod receipt_line;
mod receipt_reader;
mod result_line;

pub(crate) use receipt_file::ReceiptFile;
pub(crate) use receipt_reader::{ReceiptEntry, ReceiptReader};
pub(crate) use result_line::{ResultLine, write_line};

use crate::checksum::ObjectChecksum;
use crate::config::Destination;
use crate::part::CompletedPart;
use std::time::SystemTime;

/// What is said where nobody takes the results any more.
pub(crate) const UNWRITTEN: &str = "the results can't be written to standard output";

/// An object that is stored, whole.
#[derive(Debug, Clone)]
pub(crate) struct Receipt {
    /// Where it is.
    pub destination: Destination,
    /// Version, where the bucket keeps versions.
    pub version_id: Option<String>,
    /// The store's name for the bytes, without quotes.
    pub etag: Option<String>,
    /// Size in bytes.
    pub size: u64,
    /// Parts that it was sent in.
    pub parts: u32,
    /// These parts; empty where it was sent in one request.
    pub part_list: Vec<CompletedPart>,
    /// Size in bytes of its first parts.
    pub part_size: u64,
    /// Our checksum of the object.
    pub checksum: Option<ObjectChecksum>,
    /// When the upload began.
    pub started: SystemTime,
    /// How long it took.
    pub seconds: f64,
    /// Attempts that had to be repeated.
    pub retries: u32,
    /// What the store did not do as asked.
    pub warnings: Vec<String>,
}
