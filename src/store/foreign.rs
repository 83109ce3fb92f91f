//! Whether it is a store that answers. A web server, a console or a proxy's login page say 200 too,
//! and have stored nothing.

use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::config_bag::{Storable, StoreReplace};
use http::{HeaderMap, HeaderName};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// An answer that no store gives.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the store's answer can't be read: it {what}, this is not an S3 store")]
pub(super) struct Foreign {
    what: &'static str,
    /// Whether a store has answered before: then this one comes from something in between.
    pub(super) for_now: bool,
}

/// Looks at each answer of a run; clones share what they know.
#[derive(Debug, Clone, Default)]
pub(super) struct Recognition {
    is_store: Arc<AtomicBool>,
}

/// The kind of request that is answered, as far as it says what an answer has to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// PutObject, UploadPart: a 2xx has an ETag.
    Data,
    /// HeadObject: the same, and no body.
    Head,
    Other,
}

impl Storable for Asked {
    type Storer = StoreReplace<Self>;
}

impl Asked {
    fn by(request: &HttpRequest) -> Self {
        let says = |word| request.uri().contains(word);
        match request.method() {
            "HEAD" => Self::Head,
            "PUT" if says("x-id=PutObject") || says("x-id=UploadPart") => Self::Data,
            _ => Self::Other,
        }
    }
}

impl Recognition {
    /// Refuses an answer that is not a store's.
    pub(super) fn check(&self, asked: Asked, answer: &HttpResponse) -> Result<(), Foreign> {
        match foreign(asked, answer) {
            Some(what) => Err(Foreign {
                what,
                for_now: self.is_store.load(Relaxed),
            }),
            None => {
                if is_of_a_store(asked, answer) {
                    self.is_store.store(true, Relaxed);
                }
                Ok(())
            }
        }
    }
}

/// Every store that was observed names its answers in a header; the XML of others will do.
fn is_of_a_store(asked: Asked, answer: &HttpResponse) -> bool {
    let has_etag = answer.headers().contains_key("etag");
    names_itself(answer)
        || body(answer).starts_with(b"<")
        || asked == Asked::Data && answer.status().is_success() && has_etag
}

/// The same of an answer that came through a proxy, which has headers of its own and may answer in XML.
pub(super) fn is_servers_own(headers: &HeaderMap, body: &[u8]) -> bool {
    let named = |name: &HeaderName| name.as_str().starts_with("x-amz-");
    headers.keys().any(named) || body.windows(6).any(|it| it == b"<Code>")
}

fn names_itself(answer: &HttpResponse) -> bool {
    let own = |name: &str| name.starts_with("x-amz-") || name.starts_with("x-goog-");
    answer.headers().iter().any(|(name, _)| own(name))
}

fn body(answer: &HttpResponse) -> &[u8] {
    answer.body().bytes().unwrap_or_default().trim_ascii_start()
}

/// What is foreign about an answer. A gateway's 403, 502 and the like tell nothing of what is behind.
fn foreign(asked: Asked, answer: &HttpResponse) -> Option<&'static str> {
    let status = answer.status().as_u16();
    if !matches!(status, 200..=399 | 404 | 405) || names_itself(answer) {
        return None;
    }
    let kind = answer.headers().get("content-type").unwrap_or_default();
    let body = body(answer);
    let begins = |word: &[u8]| {
        let begin = body.get(..word.len());
        begin.is_some_and(|it| it.eq_ignore_ascii_case(word))
    };
    let is = |name: &str| !body.is_empty() && kind.starts_with(name);
    if is("text/html") || begins(b"<!doctype html") || begins(b"<html") {
        return Some("is HTML");
    }
    if is("application/json") || begins(b"{") || begins(b"[") {
        return Some("is JSON");
    }
    let has_etag = answer.headers().contains_key("etag");
    let wants_etag = asked != Asked::Other && answer.status().is_success();
    (wants_etag && !has_etag).then_some("has no ETag")
}

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for Recognition {
    fn name(&self) -> &'static str {
        "Recognition"
    }

    /// The request is not to be had any more when its answer is here.
    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let asked = Asked::by(context.request());
        config.interceptor_state().store_put(asked);
        Ok(())
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let asked = config.load::<Asked>().copied().unwrap_or(Asked::Other);
        Ok(self.check(asked, context.response())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_s3::primitives::SdkBody;

    fn answer(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> HttpResponse {
        let status = status.try_into().unwrap();
        let mut answer = HttpResponse::new(status, SdkBody::from(body));
        for (name, value) in headers {
            answer.headers_mut().insert(*name, *value);
        }
        answer
    }

    #[test]
    fn pages_and_documents_are_no_store_s() {
        for (status, headers, body, expected) in [
            (200, &[][..], "<!DOCTYPE html><p>", Some("is HTML")),
            (200, &[("etag", "W/\"1\"")], "\n<html>", Some("is HTML")),
            (
                301,
                &[("content-type", "text/html")],
                "moved",
                Some("is HTML"),
            ),
            (404, &[], "<HTML>", Some("is HTML")),
            (201, &[], "{\"ok\":true}", Some("is JSON")),
            (
                200,
                &[("content-type", "application/json")],
                "1",
                Some("is JSON"),
            ),
            (200, &[], "", Some("has no ETag")),
            (200, &[("etag", "\"1\"")], "", None),
            (200, &[("x-amz-request-id", "1")], "<html>", None),
            (502, &[], "<html>", None),
            (403, &[], "<html>", None),
            (404, &[], "<Error/>", None),
        ] {
            let answer = answer(status, headers, body);
            assert_eq!(foreign(Asked::Data, &answer), expected, "{status} {body}");
        }
        assert_eq!(foreign(Asked::Other, &answer(204, &[], "")), None);
        assert_eq!(
            foreign(Asked::Head, &answer(200, &[], "")),
            Some("has no ETag")
        );
    }

    #[test]
    fn once_a_store_has_answered_a_page_is_a_gateway_s() {
        let seen = Recognition::default();
        let page = answer(200, &[], "<html>");
        let told = |seen: &Recognition| seen.check(Asked::Other, &page).unwrap_err().for_now;
        assert!(!told(&seen));
        let own = answer(503, &[("x-amz-request-id", "1")], "");
        assert!(seen.clone().check(Asked::Other, &own).is_ok());
        assert!(told(&seen));
    }
}
