//! Objects that are made and deleted: PutObject, If-None-Match, DeleteObject.

use super::check::Check;
use super::finding::Finding;
use super::multipart::try_with;
use super::probes::{few_bytes, part};
use super::run::Run;
use crate::error::Result;
use crate::part::CompletedPart;
use crate::store::{Failure, FailureKind, Store, Stored, UploadId};

/// What became of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Condition {
    /// The object was not replaced.
    Heeded,
    /// It was.
    Ignored,
    /// The request was refused for having one.
    Refused(String),
    /// It could not be tried.
    Unknown(String),
}

/// Makes an object and deletes it; then, since that works, another, to see whether it can be replaced.
///
/// # Errors
/// The reason to end.
pub(super) async fn tell(run: &mut Run, store: &Store) -> Result<()> {
    if let Err(failure) = make(run, store).await? {
        let finding = Finding::failed_by(failure, &run.config.destination);
        run.tell(Check::PutObject, &finding);
        skip(
            run,
            &[Check::NoOverwrite, Check::Delete],
            "no object can be made",
        );
        return Ok(());
    }
    let finding = Finding::ok("an object was made by one request");
    run.tell(Check::PutObject, &finding);
    if let Err(why) = run.probes.delete_objects().await {
        skip(
            run,
            &[Check::NoOverwrite],
            "the object can't be deleted, and no more are made",
        );
        let found = format!("what was made can't be deleted: {why}");
        let finding = Finding::warning(found).hint("uploads don't need s3:DeleteObject; see below");
        run.tell(Check::Delete, &finding);
        return Ok(());
    }
    let finding = no_overwrite(run, store).await?;
    run.tell(Check::NoOverwrite, &finding);
    let finding = match run.probes.delete_objects().await {
        Ok(()) => Finding::ok("all objects that were made are deleted"),
        Err(why) => Finding::warning(format!("what was made can't be deleted: {why}")),
    };
    run.tell(Check::Delete, &finding);
    Ok(())
}

/// Says why no object is made.
pub(super) fn skip_all(run: &mut Run, why: &str) {
    let all = [Check::PutObject, Check::NoOverwrite, Check::Delete];
    skip(run, &all, why);
}

fn skip(run: &mut Run, checks: &[Check], why: &str) {
    for check in checks {
        let finding = Finding::skipped(format!("not tried, because {why}"));
        run.tell(*check, &finding);
    }
}

async fn make(run: &mut Run, store: &Store) -> Result<Result<Stored, Failure>> {
    // Each attempt may make a version.
    let store = store.trying_once();
    let whole = part(&store, 1, few_bytes());
    run.probes.put(&store, &whole).await
}

async fn no_overwrite(run: &mut Run, store: &Store) -> Result<Finding> {
    if let Err(failure) = make(run, store).await? {
        return Ok(Finding::skipped(format!("not known: {failure}")));
    }
    let careful = store.without_overwriting();
    let put = condition(make(run, &careful).await?);
    let complete = match upload(run, store).await? {
        Ok((upload, part)) => {
            let careful = careful.trying_once();
            condition(run.probes.complete(&careful, &upload, part).await?)
        }
        Err(failure) => Condition::Unknown(failure.to_string()),
    };
    Ok(judge(&put, &complete))
}

/// An upload of one part, ready to be completed.
async fn upload(
    run: &mut Run,
    store: &Store,
) -> Result<Result<(UploadId, CompletedPart), Failure>> {
    let upload = match try_with(run, store).await? {
        Ok(upload) => upload,
        Err(failure) => return Ok(Err(failure)),
    };
    let first = part(store, 1, few_bytes());
    let sent = run.probes.send(store, &upload, &first).await?;
    Ok(sent.map(|part| (upload, part)))
}

fn condition(answer: Result<Stored, Failure>) -> Condition {
    match answer {
        Ok(_) => Condition::Ignored,
        Err(failure) if failure.kind == FailureKind::Exists => Condition::Heeded,
        Err(failure) if failure.is_not_implemented() || failure.status == Some(400) => {
            Condition::Refused(failure.to_string())
        }
        Err(failure) => Condition::Unknown(failure.to_string()),
    }
}

fn judge(put: &Condition, complete: &Condition) -> Finding {
    let both = [("PutObject", put), ("CompleteMultipartUpload", complete)];
    let those = |is_so: &dyn Fn(&Condition) -> bool| {
        let names = both.iter().filter(|(_, it)| is_so(it));
        names
            .map(|(name, _)| *name)
            .collect::<Vec<_>>()
            .join(" and ")
    };
    let ignored = those(&|it| *it == Condition::Ignored);
    if !ignored.is_empty() {
        return Finding::warning(format!("If-None-Match is ignored by {ignored}")).hint(
            "--no-overwrite looks for an object before it sends anything, and again just before the commit: \
             one that appears between that look and the commit is still replaced",
        );
    }
    for (name, found) in both {
        match found {
            Condition::Refused(why) => {
                return Finding::warning(format!("If-None-Match is refused by {name}: {why}"))
                    .hint("do without --no-overwrite");
            }
            Condition::Unknown(why) => {
                return Finding::skipped(format!("not known of {name}: {why}"));
            }
            Condition::Heeded | Condition::Ignored => {}
        }
    }
    Finding::ok("If-None-Match is heeded, by PutObject and CompleteMultipartUpload")
}

#[cfg(test)]
mod tests {
    use super::super::finding::Status;
    use super::*;

    #[test]
    fn a_condition_that_is_ignored_by_one_is_a_warning() {
        use Condition::{Heeded, Ignored, Refused, Unknown};
        let text = || "x".to_owned();
        for (put, complete, status, words) in [
            (Heeded, Heeded, Status::Ok, "PutObject and"),
            (Ignored, Heeded, Status::Warning, "ignored by PutObject"),
            (
                Heeded,
                Ignored,
                Status::Warning,
                "ignored by CompleteMultipartUpload",
            ),
            (Refused(text()), Heeded, Status::Warning, "refused by Put"),
            (Heeded, Unknown(text()), Status::Skipped, "of Complete"),
            (Ignored, Unknown(text()), Status::Warning, "by PutObject"),
        ] {
            let found = judge(&put, &complete);
            assert_eq!(found.status, status, "{put:?} {complete:?}");
            assert!(found.found.contains(words), "{found:?}");
        }
    }
}
