//! A request that failed: what the store said, and what that means for the upload.

use super::class::{Class, class_of, was_sent};
use super::client::Remedy;
use crate::config::Destination;
use crate::error::{Error, Kind};
use crate::part::Payload;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::{RequestId as _, RequestIdExt as _};
use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use std::fmt;
use std::time::{Duration, SystemTime};

/// A request that failed.
#[derive(Debug, Clone)]
pub struct Failure {
    /// What it means.
    pub class: Class,
    /// HTTP status of the answer, if there was one.
    pub status: Option<u16>,
    /// S3 error code of the answer.
    pub code: Option<String>,
    /// Whether the request may have been carried out all the same.
    pub unsettled: bool,
    pub(super) remedy: Option<Remedy>,
    pub(super) retry_after: Option<Duration>,
    operation: String,
    causes: Vec<String>,
    request_id: Option<String>,
    /// What the answer says of the stored bytes that can't be true of those that were sent.
    pub contradiction: Option<String>,
    /// Whether any of the request may have reached the store.
    sent: bool,
    /// What is wrong with the source, if that is to blame.
    source: Option<Box<Error>>,
    /// Attempts made, and the time they took together.
    pub(super) attempts: (u32, Duration),
}

impl Failure {
    /// A failure that no answer of the store tells of.
    pub(super) fn local(
        operation: impl Into<String>,
        class: Class,
        why: impl Into<String>,
    ) -> Self {
        Self {
            class,
            status: None,
            code: None,
            unsettled: false,
            remedy: None,
            retry_after: None,
            operation: operation.into(),
            causes: vec![why.into()],
            request_id: None,
            contradiction: None,
            sent: true,
            source: None,
            attempts: (1, Duration::ZERO),
        }
    }

    /// What the SDK says of a failed request.
    pub(super) fn of<E>(operation: impl Into<String>, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let answer = error.raw_response();
        let header = |name: &str| answer.and_then(|it| it.headers().get(name));
        let status = answer.map(|it| it.status().as_u16());
        // Of a 404 without a body, the SDK says "NotFound": that is its own word, not the store's.
        let has_body = answer.is_some_and(|it| it.body().bytes().is_some_and(|it| !it.is_empty()));
        let code = error.code().filter(|_| has_body).map(ToOwned::to_owned);
        let region = header("x-amz-bucket-region")
            .map(ToOwned::to_owned)
            .or_else(|| {
                let body = answer.and_then(|it| std::str::from_utf8(it.body().bytes()?).ok())?;
                let (_, rest) = body.split_once("<Region>")?;
                rest.split_once("</Region>")
                    .map(|(region, _)| region.to_owned())
            });
        let request_id = error
            .request_id()
            .or_else(|| error.extended_request_id())
            .map(ToOwned::to_owned);
        let mut failure = Self {
            class: class_of(error, status, code.as_deref()),
            remedy: remedy_for(status, code.as_deref(), region),
            retry_after: header("retry-after").and_then(retry_after),
            causes: causes_of(error, status),
            sent: was_sent(error),
            ..Self::local(operation, Class::Fatal, String::new())
        };
        failure.status = status;
        failure.code = code;
        failure.request_id = request_id;
        failure
    }

    /// The same, unless the source of `payload` is to blame: then that is told, and nothing is tried
    /// again.
    pub(super) fn or_of_source(mut self, payload: &Payload) -> Self {
        let refused = self
            .status
            .is_some_and(|status| (400..500).contains(&status));
        if let Some(error) = payload.failure(refused) {
            self.class = Class::Fatal;
            self.source = Some(Box::new(error));
        }
        self
    }

    /// A 2xx for a body that had not left yet: whatever answered, it can't have the bytes.
    pub(super) fn answered_early(operation: impl Into<String>) -> Self {
        let why = "it was answered before all of its bytes had left";
        Self::local(operation, Class::Retry, why)
    }

    /// The store has bytes, which are not those that were sent.
    pub(super) fn contradicted(operation: impl Into<String>, why: String) -> Self {
        Self {
            contradiction: Some(why.clone()),
            ..Self::local(operation, Class::Retry, why)
        }
    }

    /// What ended the run, found by the body that was about to leave.
    pub(super) fn stopped(operation: impl Into<String>, reason: Error) -> Self {
        Self {
            source: Some(Box::new(reason)),
            ..Self::local(operation, Class::Fatal, String::new())
        }
    }

    /// The same; `unsettled` says whether the request may have been carried out.
    pub(super) fn unsettled_if(mut self, unsettled: bool) -> Self {
        self.unsettled = unsettled;
        self
    }

    /// The same, for good if there was a 2xx: what can't be read won't be read the next time, and the
    /// request was carried out.
    pub(super) fn final_if_answered(mut self) -> Self {
        if self.code.is_none() && self.status.is_some_and(|it| (200..300).contains(&it)) {
            self.class = Class::Fatal;
        }
        self
    }

    /// Whether the request certainly was not carried out: it never reached the store, or that refused
    /// it in S3's own words. A bare status may be a gateway's, which knows nothing of the store; and
    /// InternalError and the like leave it open.
    pub(super) fn had_no_effect(&self) -> bool {
        match (self.status, &self.code) {
            (None, _) => !self.sent,
            (Some(300..=499 | 501 | 503 | 505..), Some(_)) => true,
            (Some(_), _) => false,
        }
    }

    /// Whether the store said no to a Complete, and so did nothing.
    pub(super) fn is_clear_refusal(&self) -> bool {
        self.had_no_effect() && !matches!(self.class, Class::Retry | Class::NoSuchUpload)
    }

    /// Whether the store asked for fewer requests.
    pub(super) fn is_throttling(&self) -> bool {
        let by_code = matches!(
            self.code.as_deref(),
            Some(
                "SlowDown"
                    | "Throttling"
                    | "ThrottlingException"
                    | "RequestLimitExceeded"
                    | "TooManyRequests"
            )
        );
        by_code || matches!(self.status, Some(429 | 503))
    }

    /// As the user is told it.
    pub fn into_error(self, destination: &Destination) -> Error {
        if let Some(error) = self.source {
            return *error;
        }
        let kind = match self.class {
            Class::Exists => Kind::Exists,
            Class::Conflict => Kind::Guard,
            Class::Retry | Class::NoSuchUpload | Class::Fatal => Kind::Failed,
        };
        let (attempts, took) = self.attempts;
        let tries = if attempts > 1 {
            format!(" after {attempts} attempts in {}s", took.as_secs())
        } else {
            String::new()
        };
        let mut error = Error::new(kind, format!("{} failed{tries}", self.operation));
        error.causes.extend(self.causes.iter().cloned());
        let answer = [
            self.status.map(|status| format!("HTTP {status}")),
            self.request_id
                .as_ref()
                .map(|id| format!("request id {id}")),
        ];
        let answer: Vec<_> = answer.into_iter().flatten().collect();
        if let (Some(last), false) = (error.causes.last_mut(), answer.is_empty()) {
            last.push_str(&format!(" ({})", answer.join(", ")));
        }
        error.hints = super::hints::for_failure(&self, destination);
        error.reach = super::reach::of(self.code.as_deref());
        error
    }
}

/// For the log.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.operation, self.causes.join(": "))?;
        self.status
            .map_or(Ok(()), |status| write!(f, " (HTTP {status})"))
    }
}

fn remedy_for(status: Option<u16>, code: Option<&str>, region: Option<String>) -> Option<Remedy> {
    match (status, code) {
        (_, Some("ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired")) => {
            Some(Remedy::Credentials)
        }
        // The key may have been replaced, and the old one be gone already.
        (_, Some("InvalidAccessKeyId" | "InvalidToken")) => Some(Remedy::Credentials),
        // An answer to HEAD has no body to name the code: then only the header tells.
        (Some(301 | 307), _)
        | (Some(400), None)
        | (_, Some("AuthorizationHeaderMalformed" | "PermanentRedirect" | "TemporaryRedirect")) => {
            region.map(Remedy::Region)
        }
        _ => None,
    }
}

/// The chain of causes, without the SDK's own wrapping ("dispatch failure", "service error").
fn causes_of<E>(error: &SdkError<E, HttpResponse>, status: Option<u16>) -> Vec<String>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let told = match (error.code(), error.message()) {
        (Some(code), Some(message)) if !message.is_empty() => Some(format!("{code}: {message}")),
        (Some(code), _) => Some(code.to_owned()),
        (None, _) => None,
    };
    if let Some(told) = told {
        return vec![told];
    }
    if let (SdkError::ServiceError(_) | SdkError::ResponseError(_), Some(status)) = (error, status)
    {
        let reason = http::StatusCode::from_u16(status).ok();
        let reason = reason.filter(|it| !it.is_success());
        let reason = reason.and_then(|it| it.canonical_reason());
        return vec![
            reason
                .unwrap_or("the store's answer can't be read")
                .to_owned(),
        ];
    }
    let mut causes: Vec<String> = Vec::new();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let text = error.to_string();
        let wrapping = matches!(
            text.as_str(),
            "io error" | "other" | "timeout" | "user error"
        );
        let repeated = causes.last().is_some_and(|last| last.contains(&text));
        if !wrapping && !repeated {
            causes.push(text);
        }
        cause = error.source();
    }
    if causes.is_empty() {
        causes.push(error.to_string());
    }
    causes
}

/// The time that a `Retry-After` header asks for: seconds or a date.
fn retry_after(value: &str) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTime::from_str(value, DateTimeFormat::HttpDate).ok()?;
    SystemTime::try_from(date)
        .ok()?
        .duration_since(SystemTime::now())
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(retry_after("7"), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT"), None);
        let far = retry_after("Fri, 31 Dec 9999 23:59:59 GMT").unwrap();
        assert!(far > Duration::from_secs(1_000_000));
        assert_eq!(retry_after("soon"), None);
    }

    #[test]
    fn only_a_named_region_is_followed() {
        let there = || Some("eu-west-1".to_owned());
        assert!(remedy_for(Some(400), None, there()).is_some());
        assert_eq!(remedy_for(Some(400), Some("BadDigest"), there()), None);
        let region = || Some("eu-west-1".to_owned());
        assert_eq!(
            remedy_for(Some(301), Some("PermanentRedirect"), region()),
            Some(Remedy::Region("eu-west-1".to_owned()))
        );
        assert_eq!(remedy_for(Some(301), None, None), None);
        assert_eq!(remedy_for(Some(403), Some("AccessDenied"), region()), None);
    }
}
