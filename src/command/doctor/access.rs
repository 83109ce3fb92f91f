//! Whose requests they are, and what the bucket has to say to them first.

use super::check::Check;
use super::clock;
use super::finding::Finding;
use super::run::Run;
use crate::error::Result;
use crate::progress::time;
use crate::store::{CredentialsInUse, Failure, FirstLook};
use std::time::{Duration, SystemTime};

/// Credentials that end sooner are worth a warning: a backup may take longer.
const SOON: Duration = Duration::from_secs(15 * 60);

/// What a first answer that refuses is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    /// The time of the request.
    Clock,
    /// Its signature, or whose it is.
    Credentials,
    /// The bucket: none, elsewhere, no name for one; or there is no store.
    Bucket,
    /// Listing alone.
    List,
}

/// Tells of the clock, the credentials, the bucket and its listing; gives what is to be said of all that is
/// left, where there is no use in it.
///
/// # Errors
/// The reason to end.
pub(super) async fn tell(run: &mut Run) -> Result<Result<(), &'static str>> {
    let (bucket, prefix) = (run.probe().bucket.clone(), run.probe().key.clone());
    let look = run.ask(run.store.first_look(&bucket, &prefix)).await?;
    let refusal = look.listed.as_ref().err().map(refusal_of);
    let failure = look.listed.as_ref().err();
    run.tell(Check::Clock, &clock::compare(look.clocks, failure));
    if refusal == Some(Refusal::Clock) {
        return Ok(Err("the store refuses the time of requests"));
    }
    let credentials = run.store.credentials();
    if let (Some(Refusal::Credentials), Some(failure)) = (refusal, failure) {
        let finding = refused(credentials.as_ref(), failure.clone(), run);
        run.tell(Check::Credentials, &finding);
        return Ok(Err("the store refuses the credentials"));
    }
    let finding = whose(credentials.as_ref(), SystemTime::now());
    run.tell(Check::Credentials, &finding);
    if let (Some(Refusal::Bucket), Some(failure)) = (refusal, failure) {
        let finding = Finding::failed_by(failure.clone(), &run.config.destination);
        run.tell(Check::Bucket, &finding);
        return Ok(Err("the bucket can't be used"));
    }
    let found = run.ask(run.store.bucket_region(&bucket)).await?;
    let is_listed = look.listed.is_ok();
    match where_it_is(run, found, is_listed) {
        Ok(finding) => run.tell(Check::Bucket, &finding),
        Err(failure) => {
            // To a HEAD there is no code that would say more.
            let finding = Finding::failed_by(*failure, &run.config.destination)
                .hint("check the bucket's name, --endpoint-url and --region");
            run.tell(Check::Bucket, &finding);
            return Ok(Err("there is no such bucket"));
        }
    }
    run.tell(Check::List, &list(&look));
    Ok(Ok(()))
}

fn refusal_of(failure: &Failure) -> Refusal {
    match failure.code.as_deref() {
        Some("RequestTimeTooSkewed") => Refusal::Clock,
        Some(
            "InvalidAccessKeyId"
            | "SignatureDoesNotMatch"
            | "InvalidToken"
            | "ExpiredToken"
            | "ExpiredTokenException"
            | "TokenRefreshRequired"
            | "InvalidSecurity"
            | "NotSignedUp",
        ) => Refusal::Credentials,
        Some(
            "NoSuchBucket"
            | "InvalidBucketName"
            | "PermanentRedirect"
            | "AuthorizationHeaderMalformed"
            | "IllegalLocationConstraintException"
            | "AllAccessDisabled"
            | "AccountProblem"
            | "UserSuspended",
        ) => Refusal::Bucket,
        None if failure.is_of_no_store() || failure.status.is_none() => Refusal::Bucket,
        _ => Refusal::List,
    }
}

fn refused(credentials: Option<&CredentialsInUse>, failure: Failure, run: &Run) -> Finding {
    let mut finding = Finding::failed_by(failure, &run.config.destination);
    if let Some(credentials) = credentials {
        finding.found = format!("{}: {}", named(credentials), finding.found);
    }
    finding
}

/// The key's id in part, and where it is from.
fn named(credentials: &CredentialsInUse) -> String {
    format!("{}, of {}", credentials.key, credentials.origin)
}

fn whose(credentials: Option<&CredentialsInUse>, now: SystemTime) -> Finding {
    let Some(credentials) = credentials else {
        return Finding::ok("none: requests are not signed (--no-sign-request)");
    };
    let named = named(credentials);
    let Some(ends) = credentials.ends else {
        return Finding::ok(format!("{named}, with no end that is known"));
    };
    let at = humantime::format_rfc3339_seconds(ends);
    match ends.duration_since(now) {
        Ok(left) => {
            let found = format!("{named}, ending in {} ({at})", time(left));
            match left < SOON {
                true => Finding::warning(found).hint(
                    "a longer upload needs new ones: s3stream reads them again when these end",
                ),
                false => Finding::ok(found),
            }
        }
        Err(_) => Finding::warning(format!("{named}, ended {at}")).hint("get new credentials"),
    }
}

/// Where the bucket is; the failure where it is nowhere.
fn where_it_is(
    run: &Run,
    found: Result<Option<String>, Failure>,
    is_listed: bool,
) -> Result<Finding, Box<Failure>> {
    let region = match found {
        Ok(region) => region,
        Err(failure) if failure.status == Some(404) && !is_listed => return Err(failure.into()),
        Err(failure) if is_listed => {
            let why = super::finding::why_unknown(&failure, "s3:ListBucket");
            return Ok(Finding::ok(format!("it is there; its region is {why}")));
        }
        Err(failure) => return Ok(Finding::unknown(&failure, "s3:ListBucket")),
    };
    let signed_for = run.store.region();
    let set = run.config.store.connection.region.as_deref();
    Ok(match region {
        None => Finding::ok(format!(
            "it is there; it names no region, requests are signed for {signed_for}"
        )),
        // Only S3's own has an endpoint for each region.
        Some(region) if set.is_some_and(|set| set != region) && run.store.endpoint().is_none() => {
            Finding::warning(format!(
                "it is there, in {region}, where requests are led to"
            ))
            .hint(format!("set --region {region}: it saves that detour"))
        }
        Some(region) => Finding::ok(format!("it is there, in {region}")),
    })
}

fn list(look: &FirstLook) -> Finding {
    match &look.listed {
        Ok(()) => Finding::ok("objects can be listed"),
        Err(failure) if failure.is_denied() => Finding::skipped(
            "s3:ListBucket is denied: put-many --skip-existing and --skip-unchanged ask for each object",
        ),
        Err(failure) => Finding::unknown(failure, "s3:ListBucket"),
    }
}

/// HEAD of an object that is not there.
///
/// # Errors
/// The reason to end.
pub(super) async fn head(run: &mut Run) -> Result<()> {
    let probe = run.probe().clone();
    let finding = match run.ask(run.store.head(&probe)).await? {
        Ok(None) => Finding::ok("objects can be asked for"),
        Ok(Some(_)) => Finding::warning("the store has an object of a name that was made by chance")
            .hint("something in between may be answering in its place"),
        Err(failure) if failure.is_denied() => Finding::skipped(
            "denied: what is stored can't be looked at, and where an answer is lost it can't be found out \
             whether it is",
        )
        .hint("s3:GetObject, and s3:ListBucket on the bucket, allow it"),
        Err(failure) => Finding::unknown(&failure, "s3:GetObject"),
    };
    run.tell(Check::Head, &finding);
    Ok(())
}
