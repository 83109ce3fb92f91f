//! The SDK's client, made from the settings, and made anew when a store asks for other credentials
//! or another region.

use super::client_refresh::ClientRefresh;
use super::described;
use super::fast_path::FastPath;
use super::foreign::Recognition;
use crate::config::{AddressingStyle, Connection, endpoint};
use crate::error::{Error, Result};
use crate::http::Transport;
use crate::signals;
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::region::EnvironmentVariableRegionProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    RequestChecksumCalculation, ResponseChecksumValidation, StalledStreamProtectionConfig,
};
use aws_types::service_config::ServiceConfigKey;
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
    region: String,
    credentials: Option<Credentials>,
    generation: u64,
}

impl Current {
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
    let mut profile = ProfileFileRegionProvider::builder();
    if let Some(name) = &settings.profile {
        profile = profile.profile_name(name);
    }
    let regions =
        RegionProviderChain::first_try(region.or_else(|| settings.region.clone()).map(Region::new))
            .or_else(EnvironmentVariableRegionProvider::new())
            .or_else(profile.build())
            .or_else(Region::new(DEFAULT_REGION));
    let region = regions.region().await;
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(transport.clone())
        // Not the profile's max_attempts and retry_mode: aws-config 1.13 panics on a wrong one.
        .retry_config(RetryConfig::standard())
        .region(region.clone());
    if let Some(name) = &settings.profile {
        loader = loader
            .profile_name(name)
            .credentials_provider(of_profile(name, transport, region));
    }
    if settings.no_sign_request {
        loader = loader.no_credentials();
    }
    let sdk = loader.load().await;
    let sdk = match sdk.credentials_provider() {
        Some(provider) => {
            let provider = SharedCredentialsProvider::new(WithGivenMask(provider));
            sdk.into_builder().credentials_provider(provider).build()
        }
        None => sdk,
    };
    let credentials = if settings.no_sign_request {
        None
    } else {
        Some(credentials(&sdk, settings.profile.as_deref()).await?)
    };
    let endpoint = endpoint_of(settings, &sdk)?;
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
    if let Some(endpoint) = &endpoint {
        // The SDK puts the bucket right behind the path: `/s3` would make it `/s3bucket`.
        let with_slash = format!("{}/", endpoint.as_str().trim_end_matches('/'));
        builder = builder.endpoint_url(with_slash);
    }
    let region = sdk
        .region()
        .map_or(DEFAULT_REGION, Region::as_ref)
        .to_owned();
    info!(
        "{}",
        described::connection(endpoint.as_ref(), &region, credentials.as_ref())
    );
    let (transport, recognition) = (transport.clone(), recognition.clone());
    let sender = FastPath::new(builder, transport, recognition, credentials.as_ref());
    Ok((
        Current {
            client: sender.client().clone(),
            sender,
            is_skewed: AtomicBool::new(false),
            region,
            credentials,
            generation,
        },
        endpoint,
    ))
}

/// Credentials that may come from a `credential_process`, which is to begin with the signal mask that
/// the program was given.
#[derive(Debug)]
struct WithGivenMask(SharedCredentialsProvider);

impl ProvideCredentials for WithGivenMask {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(signals::as_given_throughout(self.0.provide_credentials()))
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.0.fallback_on_interrupt()
    }
}

/// The credentials of a profile that was asked for by name. As with the aws CLI, and unlike the
/// SDK's own chain, keys in the environment do not stand in its way.
fn of_profile(
    name: &str,
    transport: &Transport,
    region: Option<Region>,
) -> CredentialsProviderChain {
    let config = ProviderConfig::default()
        .with_http_client(transport.clone())
        .with_region(region);
    let profile = ProfileFileCredentialsProvider::builder()
        .configure(&config)
        .profile_name(name);
    let container = EcsCredentialsProvider::builder().configure(&config);
    let instance = ImdsCredentialsProvider::builder().configure(&config);
    CredentialsProviderChain::first_try("Profile", profile.build())
        .or_else("EcsContainer", container.build())
        .or_else("Ec2InstanceMetadata", instance.build())
}

/// The endpoint of the flags or the environment, else of the profile.
fn endpoint_of(settings: &Connection, sdk: &SdkConfig) -> Result<Option<Url>> {
    if settings.endpoint_url.is_some() || settings.use_accelerate_endpoint {
        return Ok(settings.endpoint_url.clone());
    }
    let of_service = ServiceConfigKey::builder()
        .service_id("S3")
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .ok()
        .and_then(|key| sdk.service_config()?.load_config(key));
    let Some(url) = of_service.or_else(|| sdk.endpoint_url().map(ToOwned::to_owned)) else {
        return Ok(None);
    };
    endpoint::parse("the endpoint_url of the AWS profile", &url).map(Some)
}

/// Fails early, before the source is read, when there are no credentials at all.
async fn credentials(sdk: &SdkConfig, profile: Option<&str>) -> Result<Credentials> {
    let Some(provider) = sdk.credentials_provider() else {
        return Err(no_credentials(profile));
    };
    match provider.provide_credentials().await {
        Ok(credentials) => Ok(credentials),
        Err(CredentialsError::CredentialsNotLoaded(_)) => Err(no_credentials(profile)),
        Err(error) => {
            let failed = Error::failed("can't get AWS credentials").caused_by(error);
            let hint = super::hints::for_credentials(&format!("{failed:#}"), profile);
            Err(hint.into_iter().fold(failed, Error::hint))
        }
    }
}

fn no_credentials(profile: Option<&str>) -> Error {
    let error = match profile {
        Some(name) => Error::usage(format!(
            "no AWS credentials were found for the profile {name:?}"
        ))
        .hint("look for it in ~/.aws/config and ~/.aws/credentials"),
        None => Error::usage("no AWS credentials were found"),
    };
    error
        .hint("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a --profile")
        .hint("a bucket that anyone may write to takes --no-sign-request")
}
