//! The fast path of a request that carries bytes: what the SDK works out anew for each, the endpoint, the
//! signing scheme, its own headers, is taken from the first one that it sends, the template.
//!
//! The SDK still turns the input into a request, of small objects the first, and the answer into an output.
//! Left out is what lies in between, which costs several times as much as all of that: a layered
//! configuration, interceptors, endpoint rules, made for every request. Whatever is out of the
//! ordinary is left to the SDK: other signatures, credentials that are about to end, every retry.
//!
//! Nothing depends on it: `FastPath` sends what `SdkSender` sends, which would do in its place.

use super::data_request::{
    PutObjectRequest, PutObjectResult, SdkSender, UploadPartRequest, UploadPartResult,
};
use super::foreign::{Asked, Recognition};
use super::put_object_answer;
use super::put_object_head::PutObjectHead;
use super::template::{Template, TemplateTaker};
use crate::http::{Acknowledged, Transport};
use aws_credential_types::Credentials;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{self, ConfigBag};
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::put_object::PutObject;
use aws_sdk_s3::operation::upload_part::UploadPart;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{Error, Input, Output};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_plugin::RuntimePlugin;
use aws_smithy_runtime_api::client::ser_de::{
    DeserializeResponse as _, SerializeRequest as _, SharedRequestSerializer,
    SharedResponseDeserializer,
};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::FrozenLayer;
use http::Request;
use std::fmt::Debug;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

/// Credentials that end sooner are left to the SDK, which knows how to get new ones.
const FRESH: Duration = Duration::from_secs(300);
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
    put_object_head: OnceLock<PutObjectHead>,
    upload_part: Option<Operation>,
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

    /// What the SDK makes of an input, before it has an endpoint.
    fn write(&self, input: Input) -> Result<Request<SdkBody>, BoxError> {
        let serializer = self.serializer().ok_or("the SDK has no serializer")?;
        let written = serializer.serialize_input(input, &mut ConfigBag::base())?;
        Ok(written.try_into_http1x()?)
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
        let taker = TemplateTaker::new(Arc::clone(&template), credentials.cloned());
        Self {
            sdk: SdkSender::new(settings.interceptor(taker)),
            transport,
            recognition,
            expiry: credentials.and_then(Credentials::expiry),
            template,
            put_object: Operation::new(&PutObject::new()),
            put_object_head: OnceLock::new(),
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
        let acknowledged = request.acknowledged.clone();
        let written = self.write_put_object(operation, request);
        let written = written.map_err(SdkError::construction_failure)?;
        let sent = self.send(template, written, sha256, acknowledged);
        let answer = sent.await?;
        match put_object_answer::read(&answer) {
            Some(output) => Ok(output),
            None => read(operation, answer),
        }
    }

    fn write_put_object(
        &self,
        operation: &Operation,
        request: PutObjectRequest<'_>,
    ) -> Result<Request<SdkBody>, BoxError> {
        match self.put_object_head.get() {
            Some(head) if head.serves(&request) => head.write(request),
            Some(_) => operation.write(Input::erase(request.input().build()?)),
            None => {
                let (made_by, destination) = (request.made_by(), request.destination);
                let written = operation.write(Input::erase(request.input().build()?))?;
                if let Some(head) = PutObjectHead::new(made_by, &destination.key, &written) {
                    self.put_object_head.get_or_init(|| head);
                }
                Ok(written)
            }
        }
    }

    /// Sends an UploadPart; its errors are those of the SDK.
    pub(super) async fn upload_part(&self, request: UploadPartRequest<'_>) -> UploadPartResult {
        let template = self.template(&request.destination.bucket, request.needs_sdk);
        let (Some(template), Some(operation)) = (template, &self.upload_part) else {
            return self.sdk.upload_part(request).await;
        };
        let sha256 = request.signed_sha256();
        let acknowledged = request.acknowledged.clone();
        let input = request.input().build();
        let input = Input::erase(input.map_err(SdkError::construction_failure)?);
        let written = operation.write(input);
        let written = written.map_err(SdkError::construction_failure)?;
        let sent = self.send(template, written, sha256, acknowledged);
        read(operation, sent.await?)
    }

    /// The template for requests to `bucket`, if there is one and it serves now.
    fn template(&self, bucket: &str, needs_sdk: bool) -> Option<&Template> {
        let template = self.template.get()?.as_ref()?;
        let fresh = self
            .expiry
            .is_none_or(|ends| ends > SystemTime::now() + FRESH);
        let serves = fresh && template.is_for(bucket) && !needs_sdk;
        serves.then_some(template)
    }

    /// Addresses, signs and sends a request, of which `acknowledged` is told; the answer may be an error of S3.
    async fn send<E>(
        &self,
        template: &Template,
        written: Request<SdkBody>,
        sha256: Option<[u8; 32]>,
        acknowledged: Option<Acknowledged>,
    ) -> Result<HttpResponse, SdkError<E, HttpResponse>> {
        let request = template.address(written, sha256);
        let mut request = request.map_err(SdkError::construction_failure)?;
        if let Some(acknowledged) = acknowledged {
            request.extensions_mut().insert(acknowledged);
        }
        let sent = self.transport.send(request).await;
        let answer = sent.map_err(SdkError::dispatch_failure)?;
        match self.recognition.check(Asked::Data, &answer) {
            Ok(()) => Ok(answer),
            Err(foreign) => Err(SdkError::response_error(foreign, answer)),
        }
    }
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
