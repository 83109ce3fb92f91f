//! `s3stream uploads list`.

use super::find::{Found, FoundUpload, Parts, count, find, is_older};
use super::line::{Status, UploadLine};
use super::{Run, table};
use crate::config::OutputFormat;
use crate::error::{Error, Result};
use crate::log::warn;
use crate::receipt::UNWRITTEN;
use std::io::{self, ErrorKind, Write};
use std::time::Duration;

/// Lists the uploads that are at least as old as `older_than`, or all.
///
/// # Errors
/// When there may be more than those that are listed.
pub(super) async fn list(run: &Run, older_than: Option<Duration>) -> Result<()> {
    let Found {
        mut uploads,
        incomplete,
    } = find(run).await?;
    // One of which the age is not known is better shown than lost.
    uploads.retain(|it| older_than.is_none_or(|than| is_older(it, than) != Some(false)));
    let found = count(run, uploads).await?;
    if found.is_empty() && incomplete.is_none() {
        run.note(format_args!("no unfinished uploads in {}", run.place()));
    }
    show(run, &found, Status::Unfinished)?;
    warn_of_unknown(run, &found);
    incomplete.map_or(Ok(()), Err)
}

/// Writes a list in the format that was asked for.
///
/// # Errors
/// When it can't be written, but for a reader who has seen enough.
pub(super) fn show(run: &Run, found: &[FoundUpload], status: Status) -> Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = match run.config.output.format {
        OutputFormat::None => Ok(()),
        OutputFormat::Text => table::write(found, &mut out),
        OutputFormat::Json => found.iter().try_for_each(|it| {
            UploadLine::new(&run.config.bucket, it, status, None).write(&mut out)
        }),
    };
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Error::failed(UNWRITTEN).caused_by(error))
        }
        _ => Ok(()),
    }
}

/// Says once why the table and the JSON have gaps.
fn warn_of_unknown(run: &Run, found: &[FoundUpload]) {
    let mut unknown = found.iter().filter_map(|it| match &it.parts {
        Parts::Known(_) => None,
        Parts::NoUpload => Some("ListParts: no such upload (any more)"),
        Parts::Unknown(why) => Some(why),
    });
    if let Some(why) = unknown.next() {
        let count = 1 + unknown.count();
        let uploads = crate::progress::count(count, "upload", "uploads");
        warn(
            run.place(),
            format_args!("the parts of {uploads} are not known: {why}"),
        );
    }
}
