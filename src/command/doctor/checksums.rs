//! Which checksums the store keeps, and whether it compares them with what it got.

use super::check::Check;
use super::finding::Finding;
use super::multipart::try_with;
use super::probes::{few_bytes, part};
use super::run::Run;
use crate::checksum::Algorithm;
use crate::error::Result;
use crate::part::CompletedPart;
use crate::store::{Failure, Store, UploadId};

/// Those that S3 keeps.
const ALL: [Algorithm; 5] = [
    Algorithm::Sha256,
    Algorithm::Crc64Nvme,
    Algorithm::Crc32c,
    Algorithm::Crc32,
    Algorithm::Sha1,
];

/// What became of a part with a checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// The answer has it.
    Yes,
    /// It was taken, and not heard of again.
    Unanswered,
    /// It was not taken.
    Refused,
}

/// Sends a part with each of them, in an upload of its own, and tells what is answered. `usual` is the one
/// that uploads send.
///
/// # Errors
/// The reason to end.
pub(super) async fn kept(run: &mut Run, usual: Algorithm) -> Result<()> {
    let mut found = Vec::new();
    for algorithm in ALL {
        found.push((algorithm, try_one(run, algorithm).await?));
    }
    run.tell(Check::Checksums, &judge(&found, usual));
    Ok(())
}

async fn try_one(run: &mut Run, algorithm: Algorithm) -> Result<Kept> {
    let store = run.store.with_checksums(algorithm).trying_once();
    let Ok(upload) = run.probes.create(&store).await? else {
        return Ok(Kept::Refused);
    };
    let first = part(&store, 1, few_bytes());
    let sent = run.probes.send(&store, &upload, &first).await?;
    // What is left of it is told at the end.
    let _ = run.probes.abort(&upload.id).await;
    Ok(match sent {
        Ok(part) if part.verified => Kept::Yes,
        Ok(_) => Kept::Unanswered,
        Err(_) => Kept::Refused,
    })
}

fn judge(found: &[(Algorithm, Kept)], usual: Algorithm) -> Finding {
    let those = |kept| {
        let names = found.iter().filter(|(_, it)| *it == kept);
        names.map(|(it, _)| it.name()).collect::<Vec<_>>()
    };
    let texts = [
        ("answered", Kept::Yes),
        ("taken without an answer", Kept::Unanswered),
        ("refused", Kept::Refused),
    ];
    let texts = texts
        .map(|(what, kept)| (what, those(kept)))
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(what, names)| format!("{what}: {}", names.join(", ")));
    let text = texts.collect::<Vec<_>>().join("; ");
    let is_kept = found.contains(&(usual, Kept::Yes));
    // Content-MD5 is no checksum that is kept.
    if is_kept || usual == Algorithm::Md5 {
        return Finding::ok(text);
    }
    let other = those(Kept::Yes);
    Finding::warning(format!(
        "{usual}, which uploads send, is not answered; {text}"
    ))
    .hint(match other.first() {
        Some(other) => format!("--checksum-algorithm {other} is answered with"),
        None => "what is stored is \"not verified by the server\" (-v tells)".to_owned(),
    })
}

/// Sends a part with a checksum that is not its own, which must be refused.
///
/// # Errors
/// The reason to end.
pub(super) async fn wrong(run: &mut Run, store: &Store, upload: &UploadId) -> Result<()> {
    let answer = send_wrong(run, store, upload).await?;
    let algorithm = store.hashing().algorithm;
    let finding = match (&answer, algorithm) {
        (Ok(_), Algorithm::Md5) => unchecked(algorithm, false),
        (Ok(_), _) => unchecked(algorithm, is_md5_checked(run).await?),
        (Err(failure), _) => judge_refusal(failure, algorithm),
    };
    run.tell(Check::BadChecksum, &finding);
    Ok(())
}

async fn send_wrong(
    run: &mut Run,
    store: &Store,
    upload: &UploadId,
) -> Result<Result<CompletedPart, Failure>> {
    let store = store.trying_once();
    let mut wrong = part(&store, 2, few_bytes());
    if let Some(checksum) = &mut wrong.digests.checksum {
        checksum.raw[0] ^= 1;
    }
    run.probes.send(&store, upload, &wrong).await
}

/// Whether a Content-MD5 that is wrong is refused: it is older than all other checksums.
async fn is_md5_checked(run: &mut Run) -> Result<bool> {
    let store = run.store.with_checksums(Algorithm::Md5);
    let Ok(upload) = try_with(run, &store).await? else {
        return Ok(false);
    };
    let answer = send_wrong(run, &store, &upload).await?;
    let _ = run.probes.abort(&upload.id).await;
    Ok(answer.is_err_and(|failure| failure.status == Some(400)))
}

fn unchecked(algorithm: Algorithm, md5_is_checked: bool) -> Finding {
    let finding = Finding::warning(format!(
        "a wrong {algorithm} is taken: what is damaged on the way would be stored"
    ));
    match md5_is_checked {
        true => finding.hint("--checksum-algorithm MD5: a wrong Content-MD5 is refused"),
        false => finding.hint("send over https, which finds damage too"),
    }
}

fn judge_refusal(failure: &Failure, algorithm: Algorithm) -> Finding {
    match failure.status {
        Some(_) => {
            let code = failure.code.as_deref().unwrap_or("no code of S3's");
            Finding::ok(format!("a wrong {algorithm} is refused ({code})"))
        }
        // It answered with another checksum than was sent: it computes them, and compares nothing.
        None if !failure.is_unanswered() => Finding::warning(format!(
            "a wrong {algorithm} is taken, and answered with another: s3stream compares and finds out"
        )),
        None => Finding::skipped(format!("not known: {failure}")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Status;
    use super::*;

    #[test]
    fn the_checksum_that_is_sent_decides() {
        let found = [
            (Algorithm::Sha256, Kept::Unanswered),
            (Algorithm::Crc64Nvme, Kept::Yes),
            (Algorithm::Sha1, Kept::Refused),
        ];
        let sha = judge(&found, Algorithm::Sha256);
        assert_eq!(sha.status, Status::Warning);
        assert!(sha.found.contains("answered: CRC64NVME"), "{sha:?}");
        let hint = "--checksum-algorithm CRC64NVME is answered with";
        assert_eq!(sha.hint.as_deref(), Some(hint));
        for usual in [Algorithm::Crc64Nvme, Algorithm::Md5] {
            assert_eq!(judge(&found, usual).status, Status::Ok);
        }
    }
}
