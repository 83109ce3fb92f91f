//! The way out of a failed request, as far as the store's answer tells.

use super::codes;
use super::failure::Failure;
use super::failure_kind::FailureKind;
use crate::config::Destination;

/// Keys longer than this are refused by Garage, as "503 Service Unavailable".
const GARAGE_KEY: usize = 479;

/// What the user can do, one line each.
pub(super) fn for_failure(failure: &Failure, destination: &Destination) -> Vec<String> {
    let known = failure.known.map_or("", |code| code.hint);
    let hint = if known.is_empty() {
        by_kind(failure.kind).or_else(|| by_status(failure, destination))
    } else {
        Some(filled(known, failure, destination))
    };
    hint.into_iter().collect()
}

/// What the user can do where credentials could not be had for these reasons.
pub(super) fn for_credentials(cause: &str, profile: Option<&str>) -> Option<String> {
    let profile = profile.map_or(String::new(), |name| format!(" --profile {name}"));
    let command = match cause {
        _ if cause.contains("SSO") => "aws sso login",
        _ if cause.contains("Login token") || cause.contains("/login/cache/") => "aws login",
        _ => return None,
    };
    Some(format!("sign on again: {command}{profile}"))
}

fn filled(hint: &str, failure: &Failure, destination: &Destination) -> String {
    let message = format!("{:#}", failure.cause);
    let number = message.split(|c: char| !c.is_ascii_digit());
    let number = number.rev().find(|it| !it.is_empty()).unwrap_or_default();
    hint.replace("{number}", number)
        .replace("{bucket}", &destination.bucket)
        .replace("{object}", &destination.to_string())
}

fn by_kind(kind: FailureKind) -> Option<String> {
    let hint = match kind {
        FailureKind::Exists => "an object is there already; leave --no-overwrite out to replace it",
        FailureKind::Conflict => "another upload to the same key was under way: run this one again",
        FailureKind::NoSuchUpload => {
            "somebody aborted the upload, or the bucket's lifecycle rule for unfinished uploads is \
             shorter than the upload took"
        }
        FailureKind::Retry | FailureKind::Fatal => return None,
    };
    Some(hint.to_owned())
}

fn by_status(failure: &Failure, destination: &Destination) -> Option<String> {
    let bucket = &destination.bucket;
    match failure.status {
        Some(301 | 307) => Some("set --region to the region of the bucket".to_owned()),
        Some(403) if failure.operation == "HeadObject" => Some(format!(
            "the credentials need s3:GetObject on {destination}, and s3:ListBucket on s3://{bucket}: \
             without the latter, an object that is not there is answered with 403 too"
        )),
        Some(413) if failure.code.is_none() => Some(
            "something in front of the store takes no request as large: use a smaller --part-size, \
             or raise its limit (nginx: client_max_body_size)"
                .to_owned(),
        ),
        Some(507) => Some(codes::FULL.to_owned()),
        Some(503) if destination.key.len() > GARAGE_KEY => Some(format!(
            "some stores answer this to keys of more than {GARAGE_KEY} bytes"
        )),
        Some(_) => None,
        None => for_credentials(&format!("{:#}", failure.cause), None).or_else(|| {
            (failure.kind == FailureKind::Retry).then(|| {
                "check the network, --endpoint-url and the proxy variables; --retries, \
                 --retry-for and --stall-timeout set how long to try"
                    .to_owned()
            })
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(operation: &str, status: Option<u16>, causes: &str) -> String {
        let mut failure = Failure::local(operation, FailureKind::Fatal, causes);
        failure.status = status;
        failure.code = causes.split_once(':').map(|(code, _)| code.to_owned());
        failure.known = failure
            .code
            .as_deref()
            .and_then(|code| codes::find(code, causes));
        let destination = Destination {
            bucket: "bucket".to_owned(),
            key: "a/key".to_owned(),
        };
        for_failure(&failure, &destination).concat()
    }

    #[test]
    fn case_72_the_hint_names_the_number_of_parts_and_nothing_else() {
        let told = "InvalidArgument: Part number must be an integer between 1 and 1000, inclusive";
        let hint = hint("UploadPart of part 1001", Some(400), told);
        assert!(hint.ends_with("--max-parts 1000"), "{hint}");
        assert_eq!(hint.matches("--").count(), 1, "{hint}");
    }

    #[test]
    fn places_are_filled_in() {
        let denied = hint("PutObject", Some(403), "AccessDenied: no");
        assert!(denied.contains("on s3://bucket/a/key;"), "{denied}");
        let missing = hint("PutObject", Some(404), "NoSuchBucket: no");
        assert!(missing.contains("aws s3 mb s3://bucket)"), "{missing}");
    }

    #[test]
    fn a_status_without_a_code_has_its_hint() {
        for (operation, status, words) in [
            ("HeadObject", 403, "s3:ListBucket on s3://bucket"),
            ("UploadPart", 413, "--part-size"),
            ("PutObject", 507, "make room"),
            ("PutObject", 301, "--region"),
        ] {
            let hint = hint(operation, Some(status), "");
            assert!(hint.contains(words), "{status}: {hint}");
        }
        assert_eq!(hint("PutObject", Some(403), ""), "");
    }

    #[test]
    fn a_single_sign_on_that_has_ended_is_begun_anew() {
        let ended = "the SSO token has expired and cannot be refreshed";
        assert!(hint("PutObject", None, ended).contains("aws sso login"));
        let of_profile = for_credentials(ended, Some("dev")).unwrap();
        assert!(of_profile.ends_with("aws sso login --profile dev"));
        for ended in [
            "cached Login token is expired",
            "failed to read `/home/u/.aws/login/cache/0.json`",
        ] {
            let of_profile = for_credentials(ended, Some("dev")).unwrap();
            assert!(of_profile.ends_with("aws login --profile dev"));
        }
        assert_eq!(for_credentials("no", Some("dev")), None);
    }
}
