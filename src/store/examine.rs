//! Where requests for a bucket go, and how far a connection to there comes.

use super::Store;
use super::failure::Failure;
use super::failure_kind::FailureKind;
use super::request_options::with_run_options;
use crate::http::Examined;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use std::sync::{Arc, OnceLock};

/// Takes note of where a request would go, and stops it: the SDK alone knows how the style of addressing,
/// ARNs and S3's own endpoints make a host.
#[derive(Debug, Clone, Default)]
struct Stopper(Arc<OnceLock<String>>);

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for Stopper {
    fn name(&self) -> &'static str {
        "Stopper"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let _ = self.0.set(context.request().uri().to_owned());
        Err("this request is not to be sent".into())
    }
}

impl Store {
    /// Resolves the name of the server that has `bucket`, and connects to it. No request is sent.
    ///
    /// # Errors
    /// When the settings lead to no server.
    pub(crate) async fn examine(&self, bucket: &str) -> Result<Examined, Failure> {
        const OPERATION: &str = "ListObjectsV2";
        let stopper = Stopper::default();
        let current = self.clients.current();
        let builder = current.client.list_objects_v2().bucket(bucket);
        let stopped = with_run_options!(self.options, builder)
            .customize()
            .interceptor(stopper.clone())
            .send()
            .await;
        let unusable = |why: String| Failure::local(OPERATION, FailureKind::Fatal, why);
        let uri = match (stopper.0.get(), stopped) {
            (Some(uri), _) => uri,
            (None, Err(error)) => return Err(Failure::of(OPERATION, &error)),
            (None, Ok(_)) => return Err(unusable("the SDK has sent nothing".to_owned())),
        };
        let uri = uri.parse();
        let uri = uri.map_err(|error: http::uri::InvalidUri| unusable(error.to_string()))?;
        let examined = self.clients.transport().examine(&uri).await;
        examined.map_err(|error| unusable(error.to_string()))
    }
}
