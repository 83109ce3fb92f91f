//! Reads a receipt, to compare what it tells with what is there now.

use crate::checksum::Algorithm;
use crate::config::Destination;
use crate::error::{Error, Result};
use crate::store::{KeptChecksum, KeptPart, ObjectFacts};
use serde::Deserialize;
use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Split};
use std::path::{Path, PathBuf};

/// An object that a receipt tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReceiptEntry {
    /// Where it was stored.
    pub destination: Destination,
    /// The file that it was made of, where that has a name.
    pub path: Option<PathBuf>,
    /// What is known of it.
    pub facts: ObjectFacts,
}

/// What is read of a line; later versions may have more.
#[derive(Deserialize)]
struct Line {
    status: String,
    path: Option<PathBuf>,
    bucket: String,
    key: String,
    version_id: Option<String>,
    etag: Option<String>,
    size: u64,
    checksum: Option<ChecksumLine>,
    part_list: Vec<PartLine>,
}

#[derive(Deserialize)]
struct ChecksumLine {
    algorithm: Algorithm,
    value: String,
}

#[derive(Deserialize)]
struct PartLine {
    number: u32,
    size: u64,
    checksum: Option<String>,
}

/// The objects that a receipt tells of, one after the other: there may be a million.
#[derive(Debug)]
pub(crate) struct ReceiptReader {
    path: PathBuf,
    lines: Split<BufReader<File>>,
    number: u64,
}

impl ReceiptReader {
    /// Opens the receipt at `path`.
    ///
    /// # Errors
    /// When it can't be read.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|error| unreadable(path, error))?;
        Ok(Self {
            path: path.to_owned(),
            lines: BufReader::new(file).split(b'\n'),
            number: 0,
        })
    }
}

impl Iterator for ReceiptReader {
    /// Or a usage error that names the line which is none of a receipt, or is torn.
    type Item = Result<ReceiptEntry>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.lines.next()?.and_then(|line| entry(&line));
        self.number += 1;
        let number = self.number;
        Some(entry.map_err(|why| unreadable(&self.path, format_args!("line {number}: {why}"))))
    }
}

fn unreadable(path: &Path, why: impl Display) -> Error {
    Error::usage(format!("can't read the receipt {path:?}")).because(why.to_string())
}

fn entry(line: &[u8]) -> io::Result<ReceiptEntry> {
    let line: Line = serde_json::from_slice(line)?;
    let wrong = |why: &str| Err(io::Error::other(why));
    if line.status != "uploaded" {
        return wrong("it tells of no object that was stored");
    }
    let algorithm = line.checksum.as_ref().map(|it| it.algorithm);
    let is_numbered = (1..)
        .zip(&line.part_list)
        .all(|(number, it)| it.number == number);
    let sum = line
        .part_list
        .iter()
        .try_fold(0_u64, |sum, it| sum.checked_add(it.size));
    if !is_numbered || sum != Some(line.size) {
        return wrong("its parts do not make up its size");
    }
    let part = |part: PartLine| KeptPart {
        size: part.size,
        checksum: algorithm.zip(part.checksum),
    };
    let checksum = line
        .checksum
        .map(|it| KeptChecksum::new(it.algorithm, &it.value));
    Ok(ReceiptEntry {
        destination: Destination {
            bucket: line.bucket,
            key: line.key,
        },
        path: line.path,
        facts: ObjectFacts {
            size: line.size,
            etag: line.etag,
            // How it was encrypted is not told: its own checksums say more.
            etag_may_be_md5: algorithm.is_none(),
            version_id: line.version_id,
            // An MD5 is compared with the ETag.
            checksums: checksum
                .into_iter()
                .filter(|it| it.algorithm != Algorithm::Md5)
                .collect(),
            types_are_known: true,
            parts: Some(line.part_list.into_iter().map(part).collect()),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"status":"uploaded","path":"f","bucket":"b","key":"k","version_id":null,
        "etag":"e-2","size":9,"checksum":{"algorithm":"SHA256","type":"COMPOSITE","value":"s-2"},
        "part_list":[{"number":1,"size":5,"etag":"x","checksum":"a"},
        {"number":2,"size":4,"etag":"y","checksum":"b"}],"host":"of a later version"}"#;

    #[test]
    fn what_is_needed_is_read_and_the_rest_passed_over() {
        let entry = entry(LINE.replace('\n', "").as_bytes()).unwrap();
        assert_eq!(entry.destination.to_string(), "s3://b/k");
        let parts = entry.facts.parts.unwrap();
        assert_eq!(parts[1].checksum, Some((Algorithm::Sha256, "b".to_owned())));
        assert_eq!(entry.facts.checksums[0].parts, Some(2));
    }

    #[test]
    fn what_is_torn_foreign_or_wrong_is_refused() {
        let line = LINE.replace('\n', "");
        for wrong in [
            line[..line.len() / 2].to_owned(),
            "{}".to_owned(),
            String::new(),
            line.replace("\"size\":4", "\"size\":5"),
            line.replace("\"number\":2", "\"number\":3"),
            line.replace("uploaded", "failed"),
            line.replace("SHA256", "SHA3"),
        ] {
            assert!(entry(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
