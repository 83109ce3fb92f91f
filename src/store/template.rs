//! The template of the requests that carry bytes: what those of one client have in common, taken from the
//! first that the SDK sends.

use super::signature::Signer;
use crate::http::host_header;
use aws_credential_types::Credentials;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::operation::put_object::PutObjectInput;
use aws_sdk_s3::operation::upload_part::UploadPartInput;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::{Storable, StoreReplace};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderName, HeaderValue, Request, Uri};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

/// The signature that is made here; S3 Express and access points of several regions want others.
const SCHEME: &str = "AWS4-HMAC-SHA256 ";
/// The sign of a session of S3 Express.
const EXPRESS: &str = "x-amz-s3session-token";
/// What the SDK says of itself.
const AGENTS: [HeaderName; 2] = [
    http::header::USER_AGENT,
    HeaderName::from_static("x-amz-user-agent"),
];

/// What the requests of one client have in common.
#[derive(Debug)]
pub(super) struct Template {
    bucket: String,
    base: Base,
    agents: Vec<(HeaderName, HeaderValue)>,
    /// Makes the signatures, unless nothing is signed.
    signer: Option<Signer>,
}

/// All of a URI before the path of the key.
#[derive(Debug)]
struct Base {
    scheme: Scheme,
    authority: Authority,
    path: String,
    /// What the `Host` header says.
    host: HeaderValue,
}

impl Base {
    /// That of `uri`, which ends with `relative`.
    fn new(uri: &str, relative: &str) -> Option<Self> {
        let base: Uri = uri.strip_suffix(relative)?.parse().ok()?;
        Some(Self {
            scheme: base.scheme()?.clone(),
            authority: base.authority()?.clone(),
            path: base.path().trim_end_matches('/').to_owned(),
            host: host_header(&base)?,
        })
    }

    fn uri(&self, relative: &Uri) -> Result<Uri, BoxError> {
        let path = format!("{}{relative}", self.path);
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(PathAndQuery::from_maybe_shared(path.into_bytes())?);
        Ok(Uri::from_parts(parts)?)
    }
}

impl Template {
    /// Whether it is that of requests to `bucket`.
    pub(super) fn is_for(&self, bucket: &str) -> bool {
        self.bucket == bucket
    }

    /// Gives a request its endpoint, and signs it.
    pub(super) fn address(
        &self,
        mut request: Request<SdkBody>,
        sha256: Option<[u8; 32]>,
    ) -> Result<Request<SdkBody>, BoxError> {
        *request.uri_mut() = self.base.uri(request.uri())?;
        for (name, value) in &self.agents {
            request.headers_mut().insert(name, value.clone());
        }
        if let Some(signer) = &self.signer {
            signer.sign(&mut request, &self.base.host, sha256, SystemTime::now())?;
        }
        Ok(request)
    }
}

/// Takes the template from the first request with bytes that the SDK sends.
#[derive(Debug)]
pub(super) struct TemplateTaker {
    template: Arc<OnceLock<Option<Template>>>,
    /// What requests are signed with, if they are.
    credentials: Option<Credentials>,
}

/// The bucket of a request with bytes, and its path and query before it has an endpoint.
#[derive(Debug)]
struct Unsigned {
    bucket: String,
    relative: String,
}

impl Storable for Unsigned {
    type Storer = StoreReplace<Self>;
}

impl TemplateTaker {
    /// Puts what it takes into `template`; `credentials` are what requests are signed with, if they are.
    pub(super) fn new(
        template: Arc<OnceLock<Option<Template>>>,
        credentials: Option<Credentials>,
    ) -> Self {
        Self {
            template,
            credentials,
        }
    }

    /// The template that a request gives, signed and ready to leave; `None` where the usual signature
    /// does not serve.
    fn template(&self, unsigned: &Unsigned, request: &HttpRequest) -> Option<Template> {
        let headers = request.headers();
        if headers.get(EXPRESS).is_some() {
            return None;
        }
        let signer = match (headers.get("authorization"), &self.credentials) {
            (Some(authorization), Some(credentials)) => {
                let (region, service) = scope_of(authorization)?;
                Some(Signer::new(credentials.clone(), region, service))
            }
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => return None,
        };
        let agent = |name: HeaderName| {
            let value = headers.get(name.as_str())?.try_into().ok()?;
            Some((name, value))
        };
        Some(Template {
            bucket: unsigned.bucket.clone(),
            base: Base::new(request.uri(), &unsigned.relative)?,
            agents: AGENTS.into_iter().filter_map(agent).collect(),
            signer,
        })
    }
}

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for TemplateTaker {
    fn name(&self) -> &'static str {
        "TemplateTaker"
    }

    fn read_before_serialization(
        &self,
        context: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let input = context.input();
        let put = input.downcast_ref().and_then(PutObjectInput::bucket);
        let bucket = put.or_else(|| input.downcast_ref().and_then(UploadPartInput::bucket));
        if let Some(bucket) = bucket.filter(|_| self.template.get().is_none()) {
            config.interceptor_state().store_put(Unsigned {
                bucket: bucket.to_owned(),
                relative: String::new(),
            });
        }
        Ok(())
    }

    fn read_after_serialization(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let bucket = config.load::<Unsigned>().map(|it| it.bucket.clone());
        if let Some(bucket) = bucket {
            let relative = context.request().uri().to_owned();
            config
                .interceptor_state()
                .store_put(Unsigned { bucket, relative });
        }
        Ok(())
    }

    fn read_after_signing(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(unsigned) = config.load::<Unsigned>() {
            self.template
                .get_or_init(|| self.template(unsigned, context.request()));
        }
        Ok(())
    }
}

/// Region and service of a signature of the usual kind.
fn scope_of(authorization: &str) -> Option<(String, String)> {
    let rest = authorization.strip_prefix(SCHEME)?;
    let credential = rest.split([',', ' ']).next()?.strip_prefix("Credential=")?;
    // KEY/DATE/REGION/SERVICE/aws4_request, where the key may hold a slash.
    let mut words = credential.rsplit('/').skip(1);
    let service = words.next()?.to_owned();
    Some((words.next()?.to_owned(), service))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scope_is_read_from_a_usual_signature_only() {
        let usual = "AWS4-HMAC-SHA256 Credential=AK:ID/X/20261122/eu-west-1/s3/aws4_request, \
                     SignedHeaders=host, Signature=00";
        assert_eq!(
            scope_of(usual),
            Some(("eu-west-1".to_owned(), "s3".to_owned()))
        );
        let many_regions = "AWS4-ECDSA-P256-SHA256 Credential=AKID/20261122/s3/aws4_request, \
                            SignedHeaders=host, Signature=00";
        assert_eq!(scope_of(many_regions), None);
        assert_eq!(scope_of("AWS4-HMAC-SHA256 "), None);
    }
}
