//! A request that failed: what the store said, and what that means for the upload.

use super::classify::{is_unanswered, kind_of, was_sent};
use super::client_refresh::{ClientRefresh, clock, refresh_for};
use super::codes::{self, Code};
use super::failure_kind::FailureKind;
use super::foreign::Foreign;
use super::peer::Peer;
use crate::error::Error;
use crate::part::Payload;
use crate::progress::RetryReason;
use anyhow::anyhow;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::{RequestId as _, RequestIdExt as _};
use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// A request that failed.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    /// What it means.
    pub kind: FailureKind,
    /// HTTP status of the answer, if there was one.
    pub status: Option<u16>,
    /// S3 error code of the answer.
    pub code: Option<String>,
    /// Whether the request may have been carried out all the same.
    pub unsettled: bool,
    pub(super) refresh: Option<ClientRefresh>,
    pub(super) retry_after: Option<Duration>,
    /// Whether no answer of the store's own came, as in an outage.
    pub(super) unanswered: bool,
    /// What is known of the code.
    pub(super) known: Option<&'static Code>,
    pub(super) operation: String,
    pub(super) cause: Arc<anyhow::Error>,
    pub(super) request_id: Option<String>,
    /// What the answer says of the stored bytes that can't be true of those that were sent.
    pub contradiction: Option<String>,
    /// Whether any of the request may have reached the store.
    pub(super) sent: bool,
    /// What is known of whom it was sent to.
    pub(super) peer: Peer,
    /// What is wrong with the source, if that is to blame.
    pub(super) source: Option<Box<Error>>,
    /// Attempts made, and the time they took together.
    pub(super) attempts: (u32, Duration),
}

impl Failure {
    /// A failure that no answer of the store tells of.
    pub(super) fn local(
        operation: impl Into<String>,
        kind: FailureKind,
        why: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            status: None,
            code: None,
            unsettled: false,
            refresh: None,
            retry_after: None,
            unanswered: false,
            known: None,
            operation: operation.into(),
            cause: Arc::new(anyhow!(why.into())),
            request_id: None,
            contradiction: None,
            sent: true,
            peer: Peer::default(),
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
        let code = error.code().filter(|code| has_body && !code.is_empty());
        let code = code.map(ToOwned::to_owned);
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
        let peer = Peer::of(error);
        let is_coded = code.is_some();
        let message = error.message().unwrap_or_default();
        let known = codes::find(code.as_deref().unwrap_or_default(), message);
        let known = known.filter(|_| is_coded);
        let date = header("date").and_then(http_date);
        let mut failure = Self {
            kind: match peer.no_store {
                true => FailureKind::Fatal,
                false => kind_of(error, status, known, is_coded),
            },
            peer,
            refresh: refresh_for(status, known, is_coded, region)
                .or_else(|| clock(status, is_coded, date)),
            unanswered: is_unanswered(error, status, is_coded),
            known,
            retry_after: header("retry-after").and_then(retry_after),
            cause: Arc::new(cause_of(error, status)),
            sent: was_sent(error),
            ..Self::local(operation, FailureKind::Fatal, String::new())
        };
        failure.status = status;
        failure.code = code;
        failure.request_id = request_id;
        failure
    }

    /// An attempt that took too long.
    pub(super) fn late(operation: impl Into<String>, limit: Duration) -> Self {
        let why = format!("no answer within {}s", limit.as_secs());
        Self {
            unsettled: true,
            unanswered: true,
            peer: Peer {
                silent: true,
                ..Peer::default()
            },
            ..Self::local(operation, FailureKind::Retry, why)
        }
    }

    /// The same, unless the source of `payload` is to blame: then that is told, and nothing is tried
    /// again.
    pub(super) fn or_of_source(mut self, payload: &Payload) -> Self {
        let refused = self
            .status
            .is_some_and(|status| (400..500).contains(&status));
        if let Some(error) = payload.failure(refused) {
            self.kind = FailureKind::Fatal;
            self.source = Some(Box::new(error));
        }
        self
    }

    /// A 2xx for a body that had not left yet: whatever answered, it can't have the bytes.
    pub(super) fn answered_early(operation: impl Into<String>) -> Self {
        let why = "it was answered before all of its bytes had left";
        Self::local(operation, FailureKind::Retry, why)
    }

    /// The store has bytes, which are not those that were sent.
    pub(super) fn contradicted(operation: impl Into<String>, why: String) -> Self {
        Self {
            contradiction: Some(why.clone()),
            ..Self::local(operation, FailureKind::Retry, why)
        }
    }

    /// What ended the run, found by the body that was about to leave.
    pub(super) fn stopped(operation: impl Into<String>, reason: Error) -> Self {
        Self {
            source: Some(Box::new(reason)),
            ..Self::local(operation, FailureKind::Fatal, String::new())
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
            self.kind = FailureKind::Fatal;
        }
        self
    }

    /// Whether nobody answered but what is no store, or lets nothing through to one.
    pub(crate) fn is_of_no_store(&self) -> bool {
        self.peer.no_store
    }

    /// Whether no answer of the store's own came.
    pub(crate) fn is_unanswered(&self) -> bool {
        self.unanswered
    }

    /// Whether the store says that these credentials may not do it.
    pub(crate) fn is_denied(&self) -> bool {
        matches!(self.status, Some(401 | 403)) && !self.is_of_no_store()
    }

    /// Whether the store says that it has no such operation.
    pub(crate) fn is_not_implemented(&self) -> bool {
        let code = self.code.as_deref();
        matches!(code, Some("NotImplemented" | "MethodNotAllowed")) && !self.is_of_no_store()
    }

    /// Whether the store refuses to tell, rather than that it can't be reached.
    pub(crate) fn refuses_to_tell(&self) -> bool {
        let refused = self.status == Some(403) && !self.is_of_no_store();
        refused || self.is_not_implemented()
    }

    /// Whether the store takes no object of the parts that it has, whoever asks.
    pub(crate) fn refuses_parts(&self) -> bool {
        let codes = [
            "InvalidPart",
            "InvalidPartOrder",
            "EntityTooSmall",
            "InvalidRequest",
            "BadDigest",
        ];
        let code = self.code.as_deref();
        code.is_some_and(|it| codes.contains(&it)) && !self.unsettled
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
        self.had_no_effect() && !matches!(self.kind, FailureKind::Retry | FailureKind::NoSuchUpload)
    }

    /// Why it is tried again, as monitoring is told it.
    pub(super) fn retry_reason(&self) -> RetryReason {
        match self.status {
            _ if self.is_throttling() => RetryReason::Throttled,
            // A failure inside of a 200 as well.
            Some(200..=299 | 500..) => RetryReason::ServerError,
            None if self.peer.silent => RetryReason::Timeout,
            None if self.contradiction.is_none() => RetryReason::Connection,
            _ => RetryReason::Other,
        }
    }

    /// Whether the store asked for fewer requests, or may have: a bare 503 is also what a gateway
    /// answers that has too many.
    pub(super) fn is_throttling(&self) -> bool {
        self.is_rate_limited() || self.status == Some(503)
    }

    /// Whether the store asked for fewer requests in so many words. "ServiceUnavailable" is not among
    /// them: Garage says so, for good, of keys that are too long.
    pub(super) fn is_rate_limited(&self) -> bool {
        self.known.is_some_and(|it| it.throttles) || self.status == Some(429)
    }
}

impl Failure {
    /// In few words, for a line in which there is not much room.
    pub(super) fn short(&self) -> String {
        match (&self.code, self.status) {
            (Some(code), _) => format!("the store says {code}"),
            (None, Some(status)) => format!("{:#} (HTTP {status})", self.cause),
            (None, None) => without_number(&format!("{:#}", self.cause)),
        }
    }
}

/// Without the number of an operating system's error, which is in words beside it.
fn without_number(text: &str) -> String {
    match text.rsplit_once(" (os error ") {
        Some((words, rest)) => {
            let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            format!("{words}{}", rest.strip_prefix(')').unwrap_or(rest))
        }
        None => text.to_owned(),
    }
}

/// For the log.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:#}", self.operation, self.cause)?;
        self.status
            .map_or(Ok(()), |status| write!(f, " (HTTP {status})"))
    }
}

/// The chain of causes, without the SDK's own wrapping ("dispatch failure", "service error").
fn cause_of<E>(error: &SdkError<E, HttpResponse>, status: Option<u16>) -> anyhow::Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match (error.code(), error.message()) {
        (Some(code), Some(message)) if !message.is_empty() => return anyhow!("{code}: {message}"),
        (Some(code), _) => return anyhow!("{code}"),
        (None, _) => {}
    }
    if let Some(foreign) = super::classify::find::<Foreign>(error) {
        return anyhow!("{foreign}");
    }
    if let (SdkError::ServiceError(_) | SdkError::ResponseError(_), Some(status)) = (error, status)
    {
        let reason = http::StatusCode::from_u16(status).ok();
        let reason = reason.filter(|it| !it.is_success());
        let reason = reason.and_then(|it| it.canonical_reason());
        return anyhow!(reason.unwrap_or("the store's answer can't be read"));
    }
    let mut links: Vec<String> = Vec::new();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let text = error.to_string();
        let wrapping = matches!(
            text.as_str(),
            "io error" | "other" | "timeout" | "user error"
        );
        let repeated = links.last().is_some_and(|last| last.contains(&text));
        if !wrapping && !repeated {
            links.push(text);
        }
        cause = error.source();
    }
    let innermost = anyhow!(links.pop().unwrap_or_else(|| error.to_string()));
    links.into_iter().rfold(innermost, anyhow::Error::context)
}

/// The time that a `Retry-After` header asks for: seconds or a date.
fn retry_after(value: &str) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    http_date(value)?.duration_since(SystemTime::now()).ok()
}

fn http_date(value: &str) -> Option<SystemTime> {
    let date = DateTime::from_str(value, DateTimeFormat::HttpDate).ok()?;
    SystemTime::try_from(date).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_system_is_told_in_words() {
        let text = "can't connect: Connection refused (os error 111)";
        assert_eq!(without_number(text), "can't connect: Connection refused");
        assert_eq!(without_number("HTTP 500"), "HTTP 500");
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(retry_after("7"), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT"), None);
        let far = retry_after("Fri, 31 Dec 9999 23:59:59 GMT").unwrap();
        assert!(far > Duration::from_secs(1_000_000));
        assert_eq!(retry_after("soon"), None);
    }
}
