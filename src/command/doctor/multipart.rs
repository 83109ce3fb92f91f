//! A multipart upload that is begun, gets parts, and is aborted.

use super::check::Check;
use super::checksums;
use super::finding::Finding;
use super::part_limit;
use super::probes::{few_bytes, part};
use super::run::Run;
use crate::checksum::Algorithm;
use crate::error::Result;
use crate::store::{Aborted, Failure, Store, UploadId};

/// An upload that takes parts, and the store as it takes them.
struct Begun {
    store: Store,
    upload: UploadId,
}

/// Tells of what an upload needs; gives the store with checksums that it takes, if it takes any upload.
///
/// # Errors
/// The reason to end.
pub(super) async fn tell(run: &mut Run) -> Result<Option<Store>> {
    let Some(Begun { store, upload }) = begin(run).await? else {
        for check in [
            Check::Checksums,
            Check::BadChecksum,
            Check::PartLimit,
            Check::Abort,
        ] {
            let finding = Finding::skipped("not tried, because no upload can be made");
            run.tell(check, &finding);
        }
        return Ok(None);
    };
    checksums::kept(run, store.hashing().algorithm).await?;
    checksums::wrong(run, &store, &upload).await?;
    part_limit::tell(run, &store, &upload).await?;
    let finding = match run.probes.abort(&upload.id).await {
        Ok(Aborted::Gone) => Finding::ok("uploads can be aborted, and leave no part"),
        Ok(Aborted::Unknown | Aborted::Failed) => Finding::warning(
            "the store does not know the upload that it had begun, when it is aborted",
        ),
        Err(why) => Finding::warning(format!("uploads that fail will be left behind: {why}"))
            .hint("give s3:AbortMultipartUpload; a lifecycle rule aborts what is left"),
    };
    run.tell(Check::Abort, &finding);
    Ok(Some(store))
}

/// Begins an upload and sends a part, with the checksum that uploads send by default, or, where that is
/// refused, with the one that all stores know.
async fn begin(run: &mut Run) -> Result<Option<Begun>> {
    let defaults = &run.config.store.connection.transfer_defaults;
    let usual = run.store.with_checksums(defaults.checksum_algorithm);
    let failure = match try_with(run, &usual).await? {
        Ok(upload) => {
            let algorithm = usual.hashing().algorithm;
            let found = format!("an upload was begun and took a part, with {algorithm}");
            run.tell(Check::Multipart, &Finding::ok(found));
            return Ok(Some(Begun {
                store: usual,
                upload,
            }));
        }
        Err(failure) => failure,
    };
    if matches!(failure.status, Some(400 | 501)) {
        let plain = run.store.with_checksums(Algorithm::Md5);
        if let Ok(upload) = try_with(run, &plain).await? {
            let algorithm = usual.hashing().algorithm;
            let finding =
                Finding::warning(format!("{algorithm} is refused, MD5 is not: {failure}"))
                    .hint("--checksum-algorithm MD5 (S3STREAM_CHECKSUM_ALGORITHM=MD5)");
            run.tell(Check::Multipart, &finding);
            return Ok(Some(Begun {
                store: plain,
                upload,
            }));
        }
    }
    let finding = Finding::failed_by(failure, &run.config.destination);
    run.tell(Check::Multipart, &finding);
    Ok(None)
}

/// Begins an upload, and sends its first part.
///
/// # Errors
/// The reason to end.
pub(super) async fn try_with(run: &mut Run, store: &Store) -> Result<Result<UploadId, Failure>> {
    let upload = match run.probes.create(store).await? {
        Ok(upload) => upload,
        Err(failure) => return Ok(Err(failure)),
    };
    let first = part(store, 1, few_bytes());
    match run.probes.send(store, &upload, &first).await? {
        Ok(_) => Ok(Ok(upload)),
        Err(failure) => {
            // What is left of it is told at the end.
            let _ = run.probes.abort(&upload.id).await;
            Ok(Err(failure))
        }
    }
}
