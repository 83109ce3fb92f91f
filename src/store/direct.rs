//! The short way of a request that carries bytes: what the SDK works out anew for each, the
//! endpoint, the signing scheme, its own headers, is learned from the first one that it sends.
//!
//! The SDK still turns the input into a request and the answer into an output, and aws-sigv4 signs.
//! Left out is what lies in between, which costs several times as much as all of that: a layered
//! configuration, interceptors, endpoint rules, made for every request. Whatever is out of the
//! ordinary goes the long way: other signatures, credentials that are about to end, every retry.

use super::foreign::{Asked, Recognition};
use crate::checksum::Digests;
use crate::transport::Transport;
use aws_credential_types::Credentials;
use aws_sdk_s3::config::ConfigBag;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::put_object::builders::PutObjectInputBuilder;
use aws_sdk_s3::operation::put_object::{PutObject, PutObjectError, PutObjectOutput};
use aws_sdk_s3::operation::upload_part::builders::UploadPartInputBuilder;
use aws_sdk_s3::operation::upload_part::{UploadPart, UploadPartError, UploadPartOutput};
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_runtime_api::client::interceptors::context::{Error, Input, Output};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_plugin::RuntimePlugin;
use aws_smithy_runtime_api::client::ser_de::{
    DeserializeResponse as _, SerializeRequest as _, SharedRequestSerializer,
    SharedResponseDeserializer,
};
use aws_smithy_types::config_bag::FrozenLayer;
use std::fmt::Debug;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

/// Credentials that end sooner are left to the SDK, which knows how to get new ones.
const FRESH: Duration = Duration::from_secs(300);
/// The signature that is made here; S3 Express and access points of several regions want others.
const SCHEME: &str = "AWS4-HMAC-SHA256 ";
/// The sign of a session of S3 Express.
const EXPRESS: &str = "x-amz-s3session-token";
/// What the SDK says of itself.
const AGENTS: [&str; 2] = ["user-agent", "x-amz-user-agent"];

/// What the requests of one client have in common.
#[derive(Debug)]
pub(super) struct Direct {
    transport: Transport,
    recognition: Recognition,
    identity: Option<(Identity, Option<SystemTime>)>,
    learned: OnceLock<Option<Learned>>,
    operations: Option<Operations>,
    /// Whether the clock differs from the store's: the SDK works out by how much, from its answers.
    skewed: AtomicBool,
}

/// What the first request showed.
#[derive(Debug)]
struct Learned {
    bucket: String,
    /// All of the URI before the path of the key.
    base: String,
    agents: Vec<(&'static str, String)>,
    /// Region and service, unless nothing is signed.
    scope: Option<(String, String)>,
}

/// The operations that carry bytes.
#[derive(Debug)]
struct Operations {
    put_object: Operation,
    upload_part: Operation,
}

impl Operations {
    fn new() -> Option<Self> {
        Some(Self {
            put_object: Operation::new(&PutObject::new())?,
            upload_part: Operation::new(&UploadPart::new())?,
        })
    }
}

/// How one of S3's operations is written and read.
#[derive(Debug)]
struct Operation(FrozenLayer);

impl Operation {
    /// The operation, as the SDK writes and reads it; `None` where the SDK does not tell how.
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

impl Direct {
    pub(super) fn new(
        transport: Transport,
        recognition: Recognition,
        credentials: Option<&Credentials>,
    ) -> Self {
        Self {
            transport,
            recognition,
            identity: credentials.map(|it| (it.clone().into(), it.expiry())),
            learned: OnceLock::new(),
            operations: Operations::new(),
            skewed: AtomicBool::new(false),
        }
    }

    /// Learns from a request of the SDK for this bucket, signed and ready to leave, which had the
    /// path and query `relative` before it had an endpoint.
    pub(super) fn learn(&self, bucket: &str, relative: &str, request: &HttpRequest) {
        self.learned.get_or_init(|| {
            let headers = request.headers();
            let scope = match headers.get("authorization") {
                Some(authorization) => Some(scope_of(authorization)?),
                None => None,
            };
            if headers.get(EXPRESS).is_some() || scope.is_some() != self.identity.is_some() {
                return None;
            }
            let agent = |name| Some((name, headers.get(name)?.to_owned()));
            Some(Learned {
                bucket: bucket.to_owned(),
                base: request.uri().strip_suffix(relative)?.to_owned(),
                agents: AGENTS.into_iter().filter_map(agent).collect(),
                scope,
            })
        });
    }

    /// The clock differs from the store's: from now on, only the SDK signs.
    pub(super) fn distrust_clock(&self) {
        self.skewed.store(true, Relaxed);
    }

    /// The short way, where there is one to `bucket` now.
    pub(super) fn way(&self, bucket: &str) -> Option<Way<'_>> {
        let learned = self.learned.get()?.as_ref()?;
        let ends = self.identity.as_ref().and_then(|(_, expiry)| *expiry);
        let fresh = ends.is_none_or(|ends| ends > SystemTime::now() + FRESH);
        let serves = fresh && learned.bucket == bucket && !self.skewed.load(Relaxed);
        serves.then_some(Way {
            direct: self,
            learned,
            operations: self.operations.as_ref()?,
        })
    }
}

/// The short way.
pub(super) struct Way<'a> {
    direct: &'a Direct,
    learned: &'a Learned,
    operations: &'a Operations,
}

impl Way<'_> {
    /// Sends a PutObject.
    ///
    /// # Errors
    /// As the SDK's own.
    pub(super) async fn put_object(
        &self,
        input: PutObjectInputBuilder,
        digests: &Digests,
    ) -> Result<PutObjectOutput, SdkError<PutObjectError, HttpResponse>> {
        let input = input.build().map_err(SdkError::construction_failure)?;
        let operation = &self.operations.put_object;
        self.send(operation, Input::erase(input), digests).await
    }

    /// Sends an UploadPart.
    ///
    /// # Errors
    /// As the SDK's own.
    pub(super) async fn upload_part(
        &self,
        input: UploadPartInputBuilder,
        digests: &Digests,
    ) -> Result<UploadPartOutput, SdkError<UploadPartError, HttpResponse>> {
        let input = input.build().map_err(SdkError::construction_failure)?;
        let operation = &self.operations.upload_part;
        self.send(operation, Input::erase(input), digests).await
    }

    async fn send<O, E>(
        &self,
        operation: &Operation,
        input: Input,
        digests: &Digests,
    ) -> Result<O, SdkError<E, HttpResponse>>
    where
        O: Debug + Send + Sync + 'static,
        E: std::error::Error + Send + Sync + 'static,
    {
        let request = self
            .request(operation, input, digests)
            .map_err(SdkError::construction_failure)?;
        let sent = self.direct.transport.send(request).await;
        let answer = sent.map_err(SdkError::dispatch_failure)?;
        match self.direct.recognition.check(Asked::Data, &answer) {
            Ok(()) => read(operation, answer),
            Err(foreign) => Err(SdkError::response_error(foreign, answer)),
        }
    }

    fn request(
        &self,
        operation: &Operation,
        input: Input,
        digests: &Digests,
    ) -> Result<HttpRequest, BoxError> {
        let mut request = operation
            .serializer()
            .ok_or("the SDK has no serializer")?
            .serialize_input(input, &mut ConfigBag::base())?;
        request.set_uri(format!("{}{}", self.learned.base, request.uri()))?;
        for (name, value) in &self.learned.agents {
            request.headers_mut().insert(*name, value.clone());
        }
        let identity = self.direct.identity.as_ref();
        if let (Some((identity, _)), Some((region, service))) = (identity, &self.learned.scope) {
            sign_with(&mut request, identity, region, service, digests)?;
        }
        Ok(request)
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

fn sign_with(
    request: &mut HttpRequest,
    identity: &Identity,
    region: &str,
    service: &str,
    digests: &Digests,
) -> Result<(), BoxError> {
    // As the SDK sets them for S3.
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    let parameters = SigningParams::builder()
        .identity(identity)
        .region(region)
        .name(service)
        .time(SystemTime::now())
        .settings(settings)
        .build()?
        .into();
    let body = match &digests.payload_sha256 {
        Some(sha256) => SignableBody::Precomputed(hex::encode(sha256)),
        None => SignableBody::UnsignedPayload,
    };
    let signable = SignableRequest::new(
        request.method(),
        request.uri(),
        request.headers().iter(),
        body,
    )?;
    let (signature, _) = sign(signable, &parameters)?.into_parts();
    for header in signature.into_parts().0 {
        let name = header.name();
        request
            .headers_mut()
            .insert(name, header.value().to_owned());
    }
    Ok(())
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
        let scope = |text: &str| scope_of(text);
        let usual = "AWS4-HMAC-SHA256 Credential=AK:ID/X/20261122/eu-west-1/s3/aws4_request, \
                     SignedHeaders=host, Signature=00";
        assert_eq!(
            scope(usual),
            Some(("eu-west-1".to_owned(), "s3".to_owned()))
        );
        let many_regions = "AWS4-ECDSA-P256-SHA256 Credential=AKID/20261122/s3/aws4_request, \
                            SignedHeaders=host, Signature=00";
        assert_eq!(scope(many_regions), None);
        assert_eq!(scope("AWS4-HMAC-SHA256 "), None);
    }
}
