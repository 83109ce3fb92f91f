//! The requests that carry bytes, and how the SDK sends them.

use super::part_body::PartBody;
use super::request_options::{
    RequestOptions, with_customer_key, with_object_options, with_run_options,
};
use super::sdk_checksum::with_checksum;
use crate::config::Destination;
use crate::http::Acknowledged;
use crate::part::Part;
use aws_runtime::auth::PayloadSigningOverride;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{self, ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::{BoxError, SdkError};
use aws_sdk_s3::operation::put_object::builders::{PutObjectFluentBuilder, PutObjectInputBuilder};
use aws_sdk_s3::operation::put_object::{PutObjectError, PutObjectInput, PutObjectOutput};
use aws_sdk_s3::operation::upload_part::builders::{
    UploadPartFluentBuilder, UploadPartInputBuilder,
};
use aws_sdk_s3::operation::upload_part::{UploadPartError, UploadPartInput, UploadPartOutput};
use aws_sdk_s3::primitives::SdkBody;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

/// What comes of a PutObject.
pub(super) type PutObjectResult = Result<PutObjectOutput, SdkError<PutObjectError, HttpResponse>>;
/// What comes of an UploadPart.
pub(super) type UploadPartResult =
    Result<UploadPartOutput, SdkError<UploadPartError, HttpResponse>>;

/// One attempt to send an object that fits into one part.
pub(super) struct PutObjectRequest<'a> {
    pub(super) options: &'a RequestOptions,
    pub(super) destination: &'a Destination,
    pub(super) part: &'a Part,
    /// What the object carries in its metadata.
    pub(super) token: &'a str,
    pub(super) body: PartBody,
    /// Told how much of it has arrived.
    pub(super) acknowledged: Option<Acknowledged>,
    /// Whether nothing but the SDK should send it: see `Current::needs_sdk`.
    pub(super) needs_sdk: bool,
}

/// Fills a builder of either kind, of the input alone or of the SDK's whole request.
macro_rules! put_object {
    ($request:expr, $builder:expr) => {{
        let Self {
            options,
            destination,
            part,
            token,
            body,
            acknowledged: _,
            needs_sdk: _,
        } = $request;
        let builder = $builder
            .bucket(&destination.bucket)
            .key(&destination.key)
            .content_length(i64::try_from(part.size()).unwrap_or(i64::MAX))
            .set_if_none_match(options.no_overwrite.then(|| "*".to_owned()))
            .body(SdkBody::from_body_1_x(body).into());
        let builder = with_run_options!(options, builder);
        let builder = with_checksum!(part.digests.checksum.as_ref(), builder);
        with_object_options!(options, &destination.key, Some(token), builder)
    }};
}

impl PutObjectRequest<'_> {
    /// What the signature says of the bytes.
    pub(super) fn signed_sha256(&self) -> Option<[u8; 32]> {
        self.options.signed_sha256(&self.part.digests)
    }

    pub(super) fn input(self) -> PutObjectInputBuilder {
        put_object!(self, PutObjectInput::builder())
    }

    fn with_client(self, client: &Client) -> PutObjectFluentBuilder {
        put_object!(self, client.put_object())
    }
}

/// One attempt to send a part of a multipart upload.
pub(super) struct UploadPartRequest<'a> {
    pub(super) options: &'a RequestOptions,
    pub(super) destination: &'a Destination,
    pub(super) upload_id: &'a str,
    pub(super) part: &'a Part,
    pub(super) body: PartBody,
    /// Told how much of it has arrived.
    pub(super) acknowledged: Option<Acknowledged>,
    /// Whether nothing but the SDK should send it: see `Current::needs_sdk`.
    pub(super) needs_sdk: bool,
}

/// Fills a builder of either kind, of the input alone or of the SDK's whole request.
macro_rules! upload_part {
    ($request:expr, $builder:expr) => {{
        let Self {
            options,
            destination,
            upload_id,
            part,
            body,
            acknowledged: _,
            needs_sdk: _,
        } = $request;
        let builder = $builder
            .bucket(&destination.bucket)
            .key(&destination.key)
            .upload_id(upload_id)
            .part_number(i32::try_from(part.number).unwrap_or(i32::MAX))
            .content_length(i64::try_from(part.size()).unwrap_or(i64::MAX))
            .body(SdkBody::from_body_1_x(body).into());
        let builder = with_run_options!(options, builder);
        let builder = with_checksum!(part.digests.checksum.as_ref(), builder);
        with_customer_key!(options, builder)
    }};
}

impl UploadPartRequest<'_> {
    /// What the signature says of the bytes.
    pub(super) fn signed_sha256(&self) -> Option<[u8; 32]> {
        self.options.signed_sha256(&self.part.digests)
    }

    pub(super) fn input(self) -> UploadPartInputBuilder {
        upload_part!(self, UploadPartInput::builder())
    }

    fn with_client(self, client: &Client) -> UploadPartFluentBuilder {
        upload_part!(self, client.upload_part())
    }
}

/// Sends them by the SDK.
#[derive(Debug)]
pub(super) struct SdkSender(Client);

impl SdkSender {
    /// A sender by a client of these settings.
    pub(super) fn new(settings: config::Builder) -> Self {
        Self(Client::from_conf(settings.build()))
    }

    /// The client, for all other requests.
    pub(super) fn client(&self) -> &Client {
        &self.0
    }

    /// Sends a PutObject.
    ///
    /// # Errors
    /// When no answer says that it is stored.
    pub(super) async fn put_object(&self, request: PutObjectRequest<'_>) -> PutObjectResult {
        let extras = PartExtras::new(request.signed_sha256(), request.acknowledged.clone());
        let builder = request.with_client(&self.0);
        // Boxed, like all that is rare: what a task may have to hold is copied with it.
        Box::pin(builder.customize().interceptor(extras).send()).await
    }

    /// Sends an UploadPart.
    ///
    /// # Errors
    /// When no answer says that it is stored.
    pub(super) async fn upload_part(&self, request: UploadPartRequest<'_>) -> UploadPartResult {
        let extras = PartExtras::new(request.signed_sha256(), request.acknowledged.clone());
        let builder = request.with_client(&self.0);
        Box::pin(builder.customize().interceptor(extras).send()).await
    }
}

/// What a request that carries bytes brings along beside its input.
#[derive(Debug)]
struct PartExtras {
    /// Hands the signer the payload hash that was computed while reading: over http it would hash the
    /// payload a second time, over https leave it unsigned.
    payload: PayloadSigningOverride,
    acknowledged: Option<Acknowledged>,
}

impl PartExtras {
    fn new(sha256: Option<[u8; 32]>, acknowledged: Option<Acknowledged>) -> Self {
        let payload = match sha256 {
            Some(sha256) => PayloadSigningOverride::Precomputed(hex::encode(sha256)),
            None => PayloadSigningOverride::UnsignedPayload,
        };
        Self {
            payload,
            acknowledged,
        }
    }
}

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for PartExtras {
    fn name(&self) -> &'static str {
        "PartExtras"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().store_put(self.payload.clone());
        if let Some(acknowledged) = &self.acknowledged {
            context.request_mut().add_extension(acknowledged.clone());
        }
        Ok(())
    }
}
