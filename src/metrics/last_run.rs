//! What the file of the run before says: when one succeeded last, and by which labels it goes.

use super::text::{LAST_SUCCESS, Labels};
use regex::Regex;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

/// A file of ours has a few KiB.
const MOST: u64 = 1 << 20;

/// What an earlier run wrote.
#[derive(Debug)]
pub(super) struct LastRun {
    /// As they stand between the braces.
    pub(super) labels: String,
    /// Seconds since 1970 at the end of the last run that succeeded; 0 for none.
    success: f64,
}

impl LastRun {
    /// Reads the file; `None` where there is none.
    ///
    /// # Errors
    /// When it can't be read, or is not one of ours.
    pub(super) fn read(path: &Path) -> io::Result<Option<Self>> {
        match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            // The open of a FIFO would wait.
            Ok(metadata) if !metadata.is_file() => return Ok(None),
            _ => {}
        }
        let mut text = String::new();
        File::open(path)?.take(MOST).read_to_string(&mut text)?;
        let unknown = || io::Error::other("these are no metrics of s3stream");
        Self::of(&text).map(Some).ok_or_else(unknown)
    }

    fn of(text: &str) -> Option<Self> {
        let value = r#""(?:[^"\\\n]|\\.)*""#;
        let other = format!("[a-zA-Z_][a-zA-Z0-9_]*={value}");
        let line = format!(r"(?m)^{LAST_SUCCESS}\{{(bucket={value}(?:,{other})*)\}} ([0-9.]+)$");
        let found = Regex::new(&line).ok()?.captures(text)?;
        Some(Self {
            labels: found[1].to_owned(),
            success: found[2].parse().ok()?,
        })
    }

    /// The time of the last success into the bucket of `labels`; 0 for none.
    pub(super) fn success_of(&self, labels: &Labels) -> f64 {
        match self.labels.starts_with(&labels.bucket) {
            true => self.success,
            false => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels_of(text: &str) -> Option<String> {
        LastRun::of(text).map(|it| it.labels)
    }

    #[test]
    fn our_own_line_is_found_and_no_other() {
        let line =
            r#"s3stream_last_success_timestamp_seconds{bucket="b",name="n",k="a\"}\\"} 7.25"#;
        let found = LastRun::of(&format!("# HELP x\n{line}\ns3stream_bytes{{}} 1\n")).unwrap();
        assert_eq!(found.labels, r#"bucket="b",name="n",k="a\"}\\""#);
        assert_eq!(found.success, 7.25);
        for broken in [
            "",
            "s3stream_last_success_timestamp_seconds 7",
            r#"s3stream_last_success_timestamp_seconds{name="n"} 7"#,
            r#"s3stream_last_success_timestamp_seconds{bucket="b",name="n"} "#,
            r#"s3stream_last_success_timestamp_seconds{bucket="b",name="n"} -7"#,
            r#"s3stream_last_success_timestamp_seconds{bucket="b",name="n} 7"#,
        ] {
            assert_eq!(labels_of(broken), None, "{broken}");
        }
    }
}
