//! The fast path of a request that carries bytes: what the SDK works out anew for each, the endpoint, the
//! signing scheme, its own headers, is taken from the first one that it sends, the template.
//!
//! The SDK still turns the input into a request and the answer into an output.
//! Left out is what lies in between, which costs several times as much as all of that: a layered
//! configuration, interceptors, endpoint rules, made for every request. Whatever is out of the
//! ordinary is left to the SDK: other signatures, credentials that are about to end, every retry.
//!
//! Nothing depends on it: `FastPath` sends what `SdkSender` sends, which would do in its place.

use super::data_request::{
    PutObjectRequest, PutObjectResult, SdkSender, UploadPartRequest, UploadPartResult,
};
use super::foreign::{Asked, Recognition};
use super::signature::Signer;
use crate::http::{Transport, host_header};
use aws_credential_types::Credentials;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{self, ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::put_object::{PutObject, PutObjectInput};
use aws_sdk_s3::operation::upload_part::{UploadPart, UploadPartInput};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextRef, Error, Input,
    Output,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_plugin::RuntimePlugin;
use aws_smithy_runtime_api::client::ser_de::{
    DeserializeResponse as _, SerializeRequest as _, SharedRequestSerializer,
    SharedResponseDeserializer,
};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::{FrozenLayer, Storable, StoreReplace};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderName, HeaderValue, Request, Uri};
use std::fmt::Debug;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

/// Credentials that end sooner are left to the SDK, which knows how to get new ones.
const FRESH: Duration = Duration::from_secs(300);
/// The signature that is made here; S3 Express and access points of several regions want others.
const SCHEME: &str = "AWS4-HMAC-SHA256 ";
/// The sign of a session of S3 Express.
const EXPRESS: &str = "x-amz-s3session-token";
/// What the SDK says of itself.
const AGENTS: [HeaderName; 2] = [
    http::header::USER_AGENT,
    HeaderName::from_static("x-amz-user-agent"),
];

/// Sends requests by the template, once there is one, and else by the SDK.
#[derive(Debug)]
pub(super) struct FastPath {
    sdk: SdkSender,
    transport: Transport,
    recognition: Recognition,
    /// When the credentials end.
    expiry: Option<SystemTime>,
    template: Arc<OnceLock<Option<Template>>>,
    put_object: Option<Operation>,
    upload_part: Option<Operation>,
}

/// What the requests of one client have in common.
#[derive(Debug)]
struct Template {
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

/// How one of S3's operations is written and read.
#[derive(Debug)]
struct Operation(FrozenLayer);

impl Operation {
    /// The operation, as the SDK writes and reads it; `None` where the SDK has no such thing any more.
    fn new(operation: &impl RuntimePlugin) -> Option<Self> {
        let this = Self(operation.config()?);
        this.serializer()?;
        this.deserializer()?;
        Some(this)
    }

    fn serializer(&self) -> Option<&SharedRequestSerializer> {
        self.0.load::<SharedRequestSerializer>()
    }

    fn deserializer(&self) -> Option<&SharedResponseDeserializer> {
        self.0.load::<SharedResponseDeserializer>()
    }
}

impl FastPath {
    /// Made of what a client is made of.
    pub(super) fn new(
        settings: config::Builder,
        transport: Transport,
        recognition: Recognition,
        credentials: Option<&Credentials>,
    ) -> Self {
        let template = Arc::default();
        let taker = TemplateTaker {
            template: Arc::clone(&template),
            credentials: credentials.cloned(),
        };
        Self {
            sdk: SdkSender::new(settings.interceptor(taker)),
            transport,
            recognition,
            expiry: credentials.and_then(Credentials::expiry),
            template,
            put_object: Operation::new(&PutObject::new()),
            upload_part: Operation::new(&UploadPart::new()),
        }
    }

    /// The SDK's client, for all other requests.
    pub(super) fn client(&self) -> &Client {
        self.sdk.client()
    }

    /// Sends a PutObject; its errors are those of the SDK.
    pub(super) async fn put_object(&self, request: PutObjectRequest<'_>) -> PutObjectResult {
        let template = self.template(&request.destination.bucket, request.needs_sdk);
        let (Some(template), Some(operation)) = (template, &self.put_object) else {
            return self.sdk.put_object(request).await;
        };
        let sha256 = request.signed_sha256();
        let input = request.input().build();
        let input = Input::erase(input.map_err(SdkError::construction_failure)?);
        self.send(template, operation, input, sha256).await
    }

    /// Sends an UploadPart; its errors are those of the SDK.
    pub(super) async fn upload_part(&self, request: UploadPartRequest<'_>) -> UploadPartResult {
        let template = self.template(&request.destination.bucket, request.needs_sdk);
        let (Some(template), Some(operation)) = (template, &self.upload_part) else {
            return self.sdk.upload_part(request).await;
        };
        let sha256 = request.signed_sha256();
        let input = request.input().build();
        let input = Input::erase(input.map_err(SdkError::construction_failure)?);
        self.send(template, operation, input, sha256).await
    }

    /// The template for requests to `bucket`, if there is one and it serves now.
    fn template(&self, bucket: &str, needs_sdk: bool) -> Option<&Template> {
        let template = self.template.get()?.as_ref()?;
        let fresh = self
            .expiry
            .is_none_or(|ends| ends > SystemTime::now() + FRESH);
        let serves = fresh && template.bucket == bucket && !needs_sdk;
        serves.then_some(template)
    }

    async fn send<O, E>(
        &self,
        template: &Template,
        operation: &Operation,
        input: Input,
        sha256: Option<[u8; 32]>,
    ) -> Result<O, SdkError<E, HttpResponse>>
    where
        O: Debug + Send + Sync + 'static,
        E: std::error::Error + Send + Sync + 'static,
    {
        let request = self
            .request(template, operation, input, sha256)
            .map_err(SdkError::construction_failure)?;
        let sent = self.transport.send(request).await;
        let answer = sent.map_err(SdkError::dispatch_failure)?;
        match self.recognition.check(Asked::Data, &answer) {
            Ok(()) => read(operation, answer),
            Err(foreign) => Err(SdkError::response_error(foreign, answer)),
        }
    }

    fn request(
        &self,
        template: &Template,
        operation: &Operation,
        input: Input,
        sha256: Option<[u8; 32]>,
    ) -> Result<Request<SdkBody>, BoxError> {
        let request = operation
            .serializer()
            .ok_or("the SDK has no serializer")?
            .serialize_input(input, &mut ConfigBag::base())?;
        let mut request = request.try_into_http1x()?;
        *request.uri_mut() = template.base.uri(request.uri())?;
        for (name, value) in &template.agents {
            request.headers_mut().insert(name, value.clone());
        }
        if let Some(signer) = &template.signer {
            let host = &template.base.host;
            signer.sign(&mut request, host, sha256, SystemTime::now())?;
        }
        Ok(request)
    }
}

/// Takes the template from the first request with bytes that the SDK sends.
#[derive(Debug)]
struct TemplateTaker {
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

#[expect(clippy::result_large_err, reason = "the same as the SDK gives")]
fn read<O, E>(operation: &Operation, answer: HttpResponse) -> Result<O, SdkError<E, HttpResponse>>
where
    O: Debug + Send + Sync + 'static,
    E: std::error::Error + Send + Sync + 'static,
{
    let config = ConfigBag::base();
    let read = match operation.deserializer() {
        Some(deserializer) => deserializer.deserialize_nonstreaming_with_config(&answer, &config),
        None => Err(OrchestratorError::other("the SDK has no deserializer")),
    };
    let error = match read.map(Output::downcast::<O>) {
        Ok(Ok(output)) => return Ok(output),
        Ok(Err(_)) => OrchestratorError::other("the SDK read the answer to another operation"),
        Err(error) => error,
    };
    let mut refusal = None;
    let other = error.map_operation_error(|error: Error| {
        refusal = error.downcast::<E>().ok();
        std::fmt::Error
    });
    Err(match refusal {
        Some(refusal) => SdkError::service_error(refusal, answer),
        None => SdkError::response_error(other, answer),
    })
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
