//! A line of `--receipt`: that of `--output json`, and what it takes to verify the object later on.
//! Described by `schemas/receipt.schema.json`.

use super::{Receipt, ResultLine};
use crate::checksum::Checksum;
use crate::config::GivenOptions;
use crate::part::CompletedPart;
use crate::store::Store;
use serde::Serialize;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// An object that is stored, and how.
#[derive(Serialize)]
pub(super) struct ReceiptLine<'a> {
    #[serde(flatten)]
    result: ResultLine<'a>,
    part_list: Vec<PartLine<'a>>,
    endpoint_url: Option<&'a str>,
    region: String,
    options: &'a GivenOptions,
    host: Option<&'a str>,
    finished: String,
    s3stream: &'static str,
}

#[derive(Serialize)]
struct PartLine<'a> {
    number: u32,
    size: u64,
    etag: Option<&'a str>,
    checksum: Option<String>,
}

impl<'a> ReceiptLine<'a> {
    /// The object that was made of the file at `path`, if it has a name.
    pub(super) fn new(
        path: Option<&'a Path>,
        receipt: &'a Receipt,
        store: &'a Store,
        options: &'a GivenOptions,
        host: Option<&'a str>,
    ) -> Self {
        let took = Duration::try_from_secs_f64(receipt.seconds).unwrap_or_default();
        Self {
            result: ResultLine::uploaded(path, receipt),
            part_list: parts(receipt),
            endpoint_url: store.endpoint(),
            region: store.region(),
            options,
            host,
            finished: time(receipt.started + took),
            s3stream: env!("CARGO_PKG_VERSION"),
        }
    }
}

/// Its parts; what was sent in one request is one.
fn parts(receipt: &Receipt) -> Vec<PartLine<'_>> {
    if receipt.part_list.is_empty() {
        return vec![PartLine {
            number: 1,
            size: receipt.size,
            etag: receipt.etag.as_deref(),
            checksum: receipt.checksum.as_ref().map(|it| it.value.clone()),
        }];
    }
    receipt.part_list.iter().map(part_line).collect()
}

fn part_line(part: &CompletedPart) -> PartLine<'_> {
    PartLine {
        number: part.number,
        size: part.size,
        etag: Some(part.etag.trim_matches('"')),
        checksum: part.checksum.as_ref().map(Checksum::base64),
    }
}

fn time(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}
