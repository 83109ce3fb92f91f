//! The store: S3's operations, each tried until it is done or can't be.

mod bucket_settings;
mod classify;
mod client;
mod client_refresh;
#[cfg(test)]
mod closed_connection;
mod codes;
mod complete_request;
mod credentials;
mod data_request;
mod delete_object;
mod described;
mod examine;
mod failure;
mod failure_kind;
mod failure_report;
mod fast_path;
mod first_look;
mod foreign;
mod get_object;
mod head_object;
mod hints;
mod kept_encryption;
mod key_spelling;
mod list_objects;
mod multipart_requests;
mod object_attributes;
mod object_facts;
mod object_parts;
mod object_versions;
mod paging;
mod part_body;
mod peer;
mod pending_uploads;
mod put_object;
mod put_object_answer;
mod put_object_head;
mod rate_limit;
mod request_options;
mod retry;
mod sdk_checksum;
mod signature;
mod store_date;
mod store_health;
mod template;
mod uploaded_parts;

pub(crate) use bucket_settings::{AbortRule, ObjectLock, Versioning};
pub(crate) use complete_request::CompleteRequest;
pub(crate) use described::CredentialsInUse;
pub(crate) use failure::Failure;
pub(crate) use failure_kind::FailureKind;
pub(crate) use first_look::FirstLook;
pub(crate) use head_object::{Head, KeptChecksum};
pub(crate) use kept_encryption::KeptEncryption;
pub(crate) use list_objects::{ListPage, ListedObject};
pub(crate) use multipart_requests::{Aborted, UploadId};
pub(crate) use object_attributes::{GroupGrant, KeptRetention};
pub(crate) use object_facts::ObjectFacts;
pub(crate) use object_parts::KeptPart;
pub(crate) use pending_uploads::{Incomplete, PendingUpload};
pub(crate) use put_object::Stored;
pub(crate) use request_options::new_token;
pub(crate) use uploaded_parts::{PartCount, UploadedParts};

use crate::checksum::{Algorithm, Hashing};
use crate::concurrency::{Concurrency, Sending};
use crate::config::{
    Connection, ContentType, Guards, ObjectOptions, PayloadSigning, StoreConfig, Transfer,
    UploadConfig,
};
use crate::error::Result;
use crate::http::{Acknowledged, Protocol, Transport};
use crate::part::Part;
use crate::progress::{PartGuard, UploadProgress};
use client::{Clients, Current};
use rate_limit::RateLimit;
use request_options::RequestOptions;
use retry::{Purpose, Retry};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, SystemTime};

/// A store, as the settings reach it.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    clients: Arc<Clients>,
    retry: Retry,
    options: RequestOptions,
    hashing: Hashing,
    limit: Option<RateLimit>,
    /// Whether the store has refused a composite checksum at Complete.
    refuses_composites: Arc<AtomicBool>,
}

impl Store {
    /// Resolves endpoint, region and credentials. No request goes to the store.
    ///
    /// # Errors
    /// When the settings can't be used, or there are no credentials.
    pub(crate) async fn open(
        config: &UploadConfig,
        progress: Arc<UploadProgress>,
        concurrency: Concurrency,
    ) -> Result<Self> {
        let UploadConfig {
            connection,
            transfer,
            retry_policy,
            object,
            guards,
        } = config;
        let protocol = Protocol {
            verdict: codes::verdict,
            is_servers_own: foreign::is_servers_own,
        };
        let transport = Transport::new(connection, retry_policy, protocol)?;
        let clients = Clients::new(connection, transport).await?;
        // The command line was looked at before; this endpoint may come from the AWS profile.
        object.encryption.check_endpoint(clients.url())?;
        let plain_http = clients.url().is_some_and(|it| it.scheme() == "http");
        let signed_payload = !connection.no_sign_request
            && match transfer.payload_signing {
                PayloadSigning::Always => true,
                PayloadSigning::Never => false,
                PayloadSigning::Auto => {
                    plain_http || transfer.checksum_algorithm == Algorithm::Sha256
                }
            };
        let rate = transfer.limit_rate.map(|rate| u64::from(rate.get()));
        Ok(Self {
            clients: Arc::new(clients),
            retry: Retry::new(
                retry_policy.clone(),
                progress,
                rate,
                transfer.workers,
                concurrency,
            ),
            options: RequestOptions {
                connection: Arc::new(connection.clone()),
                object: Arc::new(object.clone()),
                no_overwrite: guards.no_overwrite,
                signed_payload,
            },
            hashing: Hashing {
                algorithm: transfer.checksum_algorithm,
                payload_sha256: signed_payload,
            },
            limit: transfer
                .limit_rate
                .map(|rate| RateLimit::new(rate, transfer.workers)),
            refuses_composites: Arc::default(),
        })
    }

    /// The same for requests that carry no bytes of an object, `at_once` of them in flight at most.
    ///
    /// # Errors
    /// When the settings can't be used, or there are no credentials.
    pub(crate) async fn open_for_requests(config: StoreConfig, at_once: usize) -> Result<Self> {
        let config = UploadConfig {
            connection: config.connection,
            retry_policy: config.retry_policy,
            transfer: Transfer {
                workers: at_once,
                ..Transfer::default()
            },
            object: ObjectOptions::default(),
            guards: Guards::default(),
        };
        let concurrency = Concurrency::new(&config.transfer);
        Self::open(&config, Arc::default(), concurrency).await
    }

    /// How it is reached.
    pub(crate) fn connection(&self) -> &Connection {
        &self.options.connection
    }

    /// What is stored along with the bytes.
    pub(crate) fn object(&self) -> &ObjectOptions {
        &self.options.object
    }

    /// Whether no object may be replaced.
    pub(crate) fn no_overwrite(&self) -> bool {
        self.options.no_overwrite
    }

    /// What is moved, and tried again.
    pub(crate) fn progress(&self) -> &Arc<UploadProgress> {
        &self.retry.progress
    }

    /// The endpoint that is used, by whatever it was given; none where that is S3's own.
    pub(crate) fn endpoint(&self) -> Option<&str> {
        self.clients.endpoint()
    }

    /// Whose requests they are; `None` where they are not signed.
    pub(crate) fn credentials(&self) -> Option<CredentialsInUse> {
        let current = self.clients.current();
        current.credentials().map(CredentialsInUse::of)
    }

    /// The region that requests are signed for.
    pub(crate) fn region(&self) -> String {
        self.clients.current().region.clone()
    }

    /// What names the store that is really used: its endpoint, by whatever it was given, or S3 in a
    /// region.
    pub(crate) fn identity(&self) -> String {
        self.clients.store()
    }

    /// The same store, with the same permits, for work whose retries count in `progress`.
    #[must_use]
    pub(crate) fn counting(&self, progress: Arc<UploadProgress>) -> Self {
        Self {
            retry: Retry {
                progress,
                ..self.retry.clone()
            },
            ..self.clone()
        }
    }

    /// The same store, for an object that carries `name` and `value` in its metadata besides.
    #[must_use]
    pub(crate) fn with_metadata(&self, name: &str, value: String) -> Self {
        let mut store = self.clone();
        let object = Arc::make_mut(&mut store.options.object);
        object.metadata.push((name.to_owned(), value));
        store
    }

    /// The same store, for parts that a later run is to know by their SHA-256, signed or not.
    #[must_use]
    pub(crate) fn with_sha256_of_parts(&self) -> Self {
        let mut store = self.clone();
        store.hashing.payload_sha256 = true;
        store
    }

    /// The same store, for an object that is locked until that time, if it is locked at all.
    #[must_use]
    pub(crate) fn with_lock_until(&self, until: SystemTime) -> Self {
        let mut store = self.clone();
        let object = Arc::make_mut(&mut store.options.object);
        object.lock = object.lock.map(|(mode, _)| (mode, until));
        store
    }

    /// The same store, for an object of that `Content-Type`.
    #[must_use]
    pub(crate) fn with_content_type(&self, content_type: &str) -> Self {
        let mut store = self.clone();
        let given = ContentType::Given(content_type.to_owned());
        Arc::make_mut(&mut store.options.object).content_type = given;
        store
    }

    /// The same store, which gives up on a request after three attempts: for what is good to know,
    /// and no reason to keep the user waiting.
    #[must_use]
    pub(crate) fn with_few_attempts(&self) -> Self {
        self.for_the_purpose(Purpose::Look)
    }

    /// The same store, which tries each request once: a refusal is what it was asked for.
    #[must_use]
    pub(crate) fn trying_once(&self) -> Self {
        let mut store = self.clone();
        store.retry.retry_policy.retries = 0;
        store.retry.retry_policy.retry_for = Duration::ZERO;
        store
    }

    /// The same store, with checksums of `algorithm`.
    #[must_use]
    pub(crate) fn with_checksums(&self, algorithm: Algorithm) -> Self {
        let mut store = self.clone();
        store.hashing.algorithm = algorithm;
        store
    }

    /// The same store, which replaces no object.
    #[must_use]
    pub(crate) fn without_overwriting(&self) -> Self {
        let mut store = self.clone();
        store.options.no_overwrite = true;
        store
    }

    /// The same store, whose requests wait for no others, and are not tried for long: to find out what
    /// there is to clean up, and to do it.
    #[must_use]
    pub(crate) fn cleaning_up(&self) -> Self {
        self.for_the_purpose(Purpose::CleanUp)
    }

    fn for_the_purpose(&self, purpose: Purpose) -> Self {
        let mut store = self.clone();
        store.retry.purpose = purpose;
        store
    }

    /// Whether a request was given up, and no connection to the store had ever come about: then no
    /// other request has any prospect.
    pub(crate) fn is_out_of_reach(&self) -> bool {
        self.retry.health.is_out_of_reach()
    }

    /// What has to be computed over each part.
    pub(crate) fn hashing(&self) -> Hashing {
        self.hashing
    }

    /// Lets the search look at a part while it is being sent, where it learns from that, for as long as what
    /// this gives is kept; the request tells how much of it has arrived. What the user's own limit holds back
    /// says nothing of the line.
    fn sending(&self, part: &Part) -> Option<(Acknowledged, Sending)> {
        let (concurrency, size) = (&self.retry.concurrency, part.size());
        let learns = self.limit.is_none() && concurrency.learns_from(size);
        learns.then(|| {
            let acknowledged = Acknowledged::default();
            let arrived = acknowledged.clone();
            let sending = concurrency.sending(size, move || arrived.bytes());
            (acknowledged, sending)
        })
    }

    /// Makes attempts at a request that carries no part.
    async fn attempts<T, F, A>(&self, operation: &str, attempt: F) -> Result<T, Failure>
    where
        F: FnMut(Arc<Current>) -> A,
        A: Future<Output = Result<T, Failure>>,
    {
        let attempts = self.retry.run(&self.clients, operation, None, attempt);
        attempts.await
    }

    /// Makes attempts at a request that carries the part of `progress`.
    async fn attempts_of_part<T, F, A>(
        &self,
        operation: &str,
        progress: &PartGuard,
        attempt: F,
    ) -> Result<T, Failure>
    where
        F: FnMut(Arc<Current>) -> A,
        A: Future<Output = Result<T, Failure>>,
    {
        let part = Some(progress);
        let attempts = self.retry.run(&self.clients, operation, part, attempt);
        attempts.await
    }
}
