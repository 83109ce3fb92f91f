//! What the bucket is set to, and what follows for the objects that are tried.

use super::check::Check;
use super::finding::{Finding, why_unknown};
use super::lifecycle;
use super::run::Run;
use crate::error::Result;
use crate::store::{Failure, ObjectLock, Versioning};

/// Tells of its settings; gives why no object may be made, if so.
///
/// # Errors
/// The reason to end.
pub(super) async fn tell(run: &mut Run) -> Result<Result<(), String>> {
    let bucket = run.probe().bucket.clone();
    let versioning = run.ask(run.store.versioning(&bucket)).await?;
    run.tell(Check::Versioning, &tell_versioning(&versioning));
    let lock = run.ask(run.store.object_lock(&bucket)).await?;
    run.tell(Check::ObjectLock, &tell_lock(&lock));
    let encryption = run.ask(run.store.default_encryption(&bucket)).await?;
    run.tell(Check::Encryption, &tell_encryption(encryption));
    let rules = run.ask(run.store.lifecycle(&bucket)).await?;
    let finding = lifecycle::judge(rules, &run.config.destination);
    run.tell(Check::Lifecycle, &finding);
    if let Ok(state) = &versioning {
        run.probes.set_versioning(*state);
    }
    Ok(may_make_objects(&versioning, &lock))
}

fn tell_versioning(found: &Result<Versioning, Failure>) -> Finding {
    match found {
        Ok(Versioning::Off) => Finding::ok("off: an upload replaces what has its key, for good"),
        Ok(Versioning::Enabled) => Finding::ok("on: what an upload replaces is kept"),
        Ok(Versioning::Suspended) => {
            Finding::ok("suspended: older versions are kept, an upload replaces the last one")
        }
        Err(failure) => Finding::unknown(failure, "s3:GetBucketVersioning"),
    }
}

fn tell_lock(found: &Result<ObjectLock, Failure>) -> Finding {
    match found {
        Ok(ObjectLock::Off) => Finding::ok("off"),
        Ok(ObjectLock::On) => Finding::ok("on: uploads may be locked (--object-lock-mode)"),
        Ok(ObjectLock::ByDefault(how)) => Finding::ok(format!("each new object: {how}")),
        Err(failure) => Finding::unknown(failure, "s3:GetBucketObjectLockConfiguration"),
    }
}

fn tell_encryption(found: Result<Option<String>, Failure>) -> Finding {
    match found {
        Ok(Some(how)) => Finding::ok(how),
        Ok(None) => Finding::ok("none by default (--sse asks for it)"),
        Err(failure) => Finding::unknown(&failure, "s3:GetEncryptionConfiguration"),
    }
}

/// Whether objects may be made: where they can be taken away.
fn may_make_objects(
    versioning: &Result<Versioning, Failure>,
    lock: &Result<ObjectLock, Failure>,
) -> Result<(), String> {
    match (versioning, lock) {
        (Err(failure), _) => {
            let why = why_unknown(failure, "s3:GetBucketVersioning");
            Err(format!("whether it keeps versions is {why}"))
        }
        (_, Ok(ObjectLock::ByDefault(how))) => {
            Err(format!("Object Lock would keep each object: {how}"))
        }
        // Object Lock takes a bucket that keeps versions.
        (Ok(Versioning::Off), _) | (_, Ok(_)) => Ok(()),
        (_, Err(failure)) if failure.is_not_implemented() => Ok(()),
        (_, Err(failure)) => {
            let why = why_unknown(failure, "s3:GetBucketObjectLockConfiguration");
            Err(format!(
                "whether Object Lock would keep each object is {why}"
            ))
        }
    }
}
