//! The SDK's client, made from the settings, and made anew when a store asks for other credentials
//! or another region.

use super::client_refresh::ClientRefresh;
use super::credentials::HeldCredentials;
use super::described;
use super::fast_path::FastPath;
use super::foreign::Recognition;
use crate::config::{AddressingStyle, Connection};
use crate::error::Result;
use crate::http::Transport;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    RequestChecksumCalculation, ResponseChecksumValidation, StalledStreamProtectionConfig,
};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::Mutex;
use tracing::info;
use url::Url;

/// Region where none is set anywhere. A bucket elsewhere names its region, and is followed; asking
/// the instance's metadata service instead costs a second wherever there is none.
const DEFAULT_REGION: &str = "us-east-1";

/// The client in use; replaced as a whole.
#[derive(Debug)]
pub(super) struct Clients {
    connection: Connection,
    transport: Transport,
    endpoint: Option<Url>,
    recognition: Recognition,
    current: RwLock<Arc<Current>>,
    /// Held while a new one is made, so that many workers make one.
    making: Mutex<()>,
}

/// The fast path, or `SdkSender` where that is to do without.
type Sender = FastPath;

/// One client, and what it was made with.
#[derive(Debug)]
pub(super) struct Current {
    pub(super) client: Client,
    /// Sends the requests that carry bytes.
    pub(super) sender: Sender,
    /// Whether the clock differs from the store's. The SDK works out by how much, from its answers.
    is_skewed: AtomicBool,
    pub(super) region: String,
    credentials: Option<Credentials>,
    generation: u64,
}

impl Current {
    /// What requests are signed with.
    pub(super) fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_ref()
    }

    /// Whether nothing but the SDK should send a request that carries bytes: one that is sent `again`, or
    /// whose time of signing has to be the store's.
    pub(super) fn needs_sdk(&self, again: bool) -> bool {
        again || self.is_skewed.load(Relaxed)
    }
}

impl Clients {
    /// Resolves endpoint, region and credentials.
    pub(super) async fn new(connection: &Connection, transport: Transport) -> Result<Self> {
        let recognition = Recognition::default();
        let made = make(connection, &transport, &recognition, None, 0);
        let (current, endpoint) = made.await?;
        Ok(Self {
            connection: connection.clone(),
            transport,
            endpoint,
            recognition,
            current: RwLock::new(Arc::new(current)),
            making: Mutex::default(),
        })
    }

    /// The connections that requests go over.
    pub(super) fn transport(&self) -> &Transport {
        &self.transport
    }

    /// The endpoint that was given; none where that is S3's own.
    pub(super) fn url(&self) -> Option<&Url> {
        self.endpoint.as_ref()
    }

    /// What names the store that is used: its endpoint, whatever gave it, or S3 in a region.
    pub(super) fn store(&self) -> String {
        let s3 = || format!("s3:{}", self.current().region);
        self.endpoint().map_or_else(s3, ToOwned::to_owned)
    }

    /// The endpoint that was given, without the slash at its end.
    pub(super) fn endpoint(&self) -> Option<&str> {
        let url = self.endpoint.as_ref()?;
        Some(url.as_str().trim_end_matches('/'))
    }

    pub(super) fn current(&self) -> Arc<Current> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes a client that `refresh` applies to, unless somebody did since `seen` was in use. Tells
    /// whether there is another one now: not when the credentials are still the same.
    pub(super) async fn renew(&self, seen: &Current, refresh: &ClientRefresh) -> bool {
        if *refresh == ClientRefresh::Clock {
            seen.is_skewed.store(true, Relaxed);
            return true;
        }
        let _making = self.making.lock().await;
        let current = self.current();
        if current.generation != seen.generation {
            return true;
        }
        let region = match refresh {
            ClientRefresh::Region(region) => region,
            ClientRefresh::Credentials | ClientRefresh::Clock => &current.region,
        };
        let next = current.generation + 1;
        let made = make(
            &self.connection,
            &self.transport,
            &self.recognition,
            Some(region.clone()),
            next,
        );
        let made = match made.await {
            Ok((made, _)) => made,
            // Caught while being written, perhaps: the next attempt looks again.
            Err(error) => {
                info!("the credentials can't be read: {error:#}");
                return false;
            }
        };
        if made.region == current.region && made.credentials == current.credentials {
            return false;
        }
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(made);
        true
    }
}

async fn make(
    settings: &Connection,
    transport: &Transport,
    recognition: &Recognition,
    region: Option<String>,
    generation: u64,
) -> Result<(Current, Option<Url>)> {
    let named = region.or_else(|| settings.region.clone());
    let region = Region::new(named.unwrap_or_else(|| DEFAULT_REGION.to_owned()));
    let held = match settings.no_sign_request {
        true => None,
        false => Some(HeldCredentials::read(settings, transport, region.clone()).await?),
    };
    let credentials = held.as_ref().map(HeldCredentials::current);
    let loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(transport.clone())
        .profile_files(settings.profile.files.contents()?)
        .profile_name(&settings.profile.name)
        // Not the profile's max_attempts and retry_mode: aws-config 1.13 panics on a wrong one.
        .retry_config(RetryConfig::standard())
        .region(region.clone());
    let loader = match held {
        Some(held) => loader.credentials_provider(held),
        None => loader.no_credentials(),
    };
    let sdk = loader.load().await;
    let endpoint = settings.endpoint_url.clone();
    let path_style = match settings.addressing_style {
        AddressingStyle::Auto => endpoint.is_some(),
        AddressingStyle::Path => true,
        AddressingStyle::Virtual => false,
    };
    let mut builder = aws_sdk_s3::config::Builder::from(&sdk)
        .interceptor(recognition.clone())
        .force_path_style(path_style)
        .accelerate(settings.use_accelerate_endpoint)
        // One checksum is sent: the one that was computed while reading. What the SDK would add by
        // default is refused by Backblaze B2, and its trailers by Ceph 16.
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
        // One layer retries, ours: the SDK's shares 500 tokens among all workers and never refills
        // them by time, so that a throttling storm ends the upload.
        .retry_config(RetryConfig::disabled())
        // And one layer waits: the transport watches the socket.
        .timeout_config(TimeoutConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    // Only where asked for: unset leaves the profile's say.
    if settings.use_dualstack_endpoint {
        builder = builder.use_dual_stack(true);
    }
    if settings.use_fips_endpoint {
        builder = builder.use_fips(true);
    }
    // The SDK puts the bucket right behind the path: `/s3` would make it `/s3bucket`. Where there is
    // none, whatever the SDK found by itself does not count.
    let with_slash = |url: &Url| format!("{}/", url.as_str().trim_end_matches('/'));
    builder.set_endpoint_url(endpoint.as_ref().map(with_slash));
    let used = credentials.as_ref();
    info!(
        "{}",
        described::connection(endpoint.as_ref(), region.as_ref(), used)
    );
    let (transport, recognition) = (transport.clone(), recognition.clone());
    let sender = FastPath::new(builder, transport, recognition, credentials.as_ref());
    Ok((
        Current {
            client: sender.client().clone(),
            sender,
            is_skewed: AtomicBool::new(false),
            region: region.to_string(),
            credentials,
            generation,
        },
        endpoint,
    ))
}
