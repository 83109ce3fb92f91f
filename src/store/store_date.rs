//! The time at which a store answered, by its own clock: its `Date` header.

use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextRef;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

/// Takes note of the time of one answer.
#[derive(Debug, Clone, Default)]
pub(super) struct StoreDate(Arc<OnceLock<(SystemTime, SystemTime)>>);

impl StoreDate {
    /// The time, once there was an answer that told it.
    pub(super) fn get(&self) -> Option<SystemTime> {
        self.both().map(|(store, _)| store)
    }

    /// The same, and the time of this machine when the answer had come.
    pub(super) fn both(&self) -> Option<(SystemTime, SystemTime)> {
        self.0.get().copied()
    }
}

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for StoreDate {
    fn name(&self) -> &'static str {
        "StoreDate"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date");
        let date = date.and_then(|it| DateTime::from_str(it, DateTimeFormat::HttpDate).ok());
        if let Some(date) = date.and_then(|it| SystemTime::try_from(it).ok()) {
            let _ = self.0.set((date, SystemTime::now()));
        }
        Ok(())
    }
}
