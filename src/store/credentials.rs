//! Where credentials come from, in the order of the aws CLI, and what is made of them before a request is
//! signed.

use crate::config::{Connection, ProfileInUse};
use crate::error::{Error, Result};
use crate::http::Transport;
use crate::signals;
use aws_config::Region;
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::imds;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, future};
use std::path::PathBuf;
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, SystemTime};
use tracing::info;

/// Credentials that end sooner are replaced before they are used.
const FRESH: Duration = Duration::from_secs(300);

/// Attempts at each question to the metadata service, of up to two seconds: on most machines nobody
/// answers.
const INSTANCE_ATTEMPTS: u32 = 2;

/// The name under which a profile's `credential_source` asks for the instance's role.
const INSTANCE: &str = "Ec2InstanceMetadata";

/// The variables of the AWS tools that name a file or an address which gives credentials.
const TOKEN_FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";
const RELATIVE_URI: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const FULL_URI: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";

/// Credentials that were read, and where to read others once they end: a `credential_process` runs once
/// at a start.
#[derive(Debug)]
pub(super) struct HeldCredentials {
    held: RwLock<Credentials>,
    source: CredentialsProviderChain,
}

impl HeldCredentials {
    /// Reads them.
    ///
    /// # Errors
    /// When there are none, or what should give them fails.
    pub(super) async fn read(
        settings: &Connection,
        transport: &Transport,
        region: Region,
    ) -> Result<Self> {
        let profile = &settings.profile;
        let source = source(profile, transport, region)?;
        match from(&source).await {
            Ok(credentials) => Ok(Self {
                held: RwLock::new(credentials),
                source,
            }),
            Err(error) => Err(failed(error, profile)),
        }
    }

    /// Those that are used now.
    pub(super) fn current(&self) -> Credentials {
        let held = self.held.read();
        held.unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn provide(&self) -> provider::Result {
        let held = self.current();
        let is_fresh = |ends: SystemTime| ends > SystemTime::now() + FRESH;
        if held.expiry().is_none_or(is_fresh) {
            return Ok(held);
        }
        let next = from(&self.source).await?;
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = next.clone();
        Ok(next)
    }
}

impl ProvideCredentials for HeldCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.provide())
    }
}

/// All that is asked for credentials. As with the aws CLI, and unlike the SDK's own chain, keys in the
/// environment do not stand in the way of a profile that an option names.
fn source(
    profile: &ProfileInUse,
    transport: &Transport,
    region: Region,
) -> Result<CredentialsProviderChain> {
    let config = ProviderConfig::default()
        .with_http_client(transport.for_credentials())
        .with_region(Some(region));
    let service = imds::Client::builder()
        .configure(&config)
        .max_attempts(INSTANCE_ATTEMPTS)
        .build();
    let instance = || {
        let role = ImdsCredentialsProvider::builder().configure(&config);
        Instance(role.imds_client(service.clone()).build())
    };
    let of_profile = ProfileFileCredentialsProvider::builder()
        .configure(&config)
        .profile_files(profile.files.contents()?)
        .profile_name(&profile.name)
        .with_custom_provider(INSTANCE, instance())
        .build();
    let mut chain = if profile.by_option {
        CredentialsProviderChain::first_try("Profile", of_profile)
    } else {
        let keys = EnvironmentVariableCredentialsProvider::new();
        let chain =
            CredentialsProviderChain::first_try("Environment", keys).or_else("Profile", of_profile);
        match is_set(TOKEN_FILE) {
            true => {
                let token = WebIdentityTokenCredentialsProvider::builder();
                chain.or_else("WebIdentityToken", token.configure(&config).build())
            }
            false => chain,
        }
    };
    if [RELATIVE_URI, FULL_URI].into_iter().any(is_set) {
        let container = EcsCredentialsProvider::builder().configure(&config).build();
        chain = chain.or_else("EcsContainer", container);
    }
    Ok(chain.or_else(INSTANCE, instance()))
}

/// Whether a variable of the environment is there and not empty, which the SDK takes for a setting.
fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// A `credential_process` is to begin with the signal mask that the program was given.
async fn from(source: &CredentialsProviderChain) -> provider::Result {
    tidy(signals::as_given_throughout(source.provide_credentials()).await?)
}

/// Takes blanks off, which files and container endpoints like to leave around keys; an empty session
/// token is none.
fn tidy(found: Credentials) -> provider::Result {
    let key = found.access_key_id().trim();
    let secret = found.secret_access_key().trim();
    let token = found.session_token();
    let trimmed = token.map(str::trim).filter(|token| !token.is_empty());
    for (name, text) in [
        ("access key", key),
        ("secret key", secret),
        ("session token", trimmed.unwrap_or_default()),
    ] {
        if text.contains(char::is_control) {
            return Err(CredentialsError::invalid_configuration(format!(
                "the {name} holds a line feed or another control character"
            )));
        }
    }
    if key.is_empty() || secret.is_empty() {
        return Err(CredentialsError::not_loaded("a key is empty"));
    }
    if (key, secret, trimmed) == (found.access_key_id(), found.secret_access_key(), token) {
        return Ok(found);
    }
    let mut tidy = Credentials::builder()
        .access_key_id(key)
        .secret_access_key(secret)
        .provider_name("tidied");
    tidy.set_session_token(trimmed.map(ToOwned::to_owned));
    tidy.set_expiry(found.expiry());
    tidy.set_account_id(found.account_id().cloned());
    Ok(tidy.build())
}

/// The role of the instance. Whatever answers at the address of the metadata service, on most machines
/// it is not that service: then there are no credentials, and that is all there is to say.
#[derive(Debug)]
struct Instance(ImdsCredentialsProvider);

impl Instance {
    async fn provide(&self) -> provider::Result {
        self.0
            .provide_credentials()
            .await
            .map_err(|error| match error {
                // It answered, and says what is wrong with the role.
                CredentialsError::InvalidConfiguration(_) => error,
                _ => {
                    info!("the instance's metadata service gives no credentials");
                    CredentialsError::not_loaded("the instance's metadata service gives none")
                }
            })
    }
}

impl ProvideCredentials for Instance {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.provide())
    }
}

fn failed(error: CredentialsError, profile: &ProfileInUse) -> Error {
    let named = (profile.name != "default" || profile.by_option).then_some(profile.name.as_str());
    match error {
        CredentialsError::CredentialsNotLoaded(_) => none_found(named),
        CredentialsError::InvalidConfiguration(_) => {
            let error = Error::usage("the AWS credentials can't be used").caused_by(error);
            empty_uri().into_iter().fold(error, Error::hint)
        }
        error => {
            let failed = Error::failed("can't get AWS credentials").caused_by(error);
            let hint = super::hints::for_credentials(&format!("{failed:#}"), named);
            let hints = hint.into_iter().chain(missing_token());
            hints.fold(failed, Error::hint)
        }
    }
}

/// What the SDK, and botocore as well, prefer to the other variable though it is empty.
fn empty_uri() -> Option<String> {
    let is_empty = std::env::var_os(RELATIVE_URI).is_some_and(|value| value.is_empty());
    let is_in_the_way = is_empty && is_set(FULL_URI);
    is_in_the_way.then(|| format!("unset {RELATIVE_URI}: empty, it hides {FULL_URI}"))
}

/// The token that is not there: the SDK tells without its name that there is no such file.
fn missing_token() -> Option<String> {
    let path = PathBuf::from(std::env::var_os(TOKEN_FILE)?);
    let is_missing = !path.as_os_str().is_empty() && std::fs::metadata(&path).is_err();
    is_missing.then(|| format!("{TOKEN_FILE} names {}, which can't be read", path.display()))
}

fn none_found(profile: Option<&str>) -> Error {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn tidied(key: &str, token: Option<&str>) -> provider::Result {
        tidy(Credentials::new(
            key,
            "secret\n",
            token.map(Into::into),
            None,
            "test",
        ))
    }

    #[test]
    fn blanks_go_and_an_empty_token_is_none() {
        let found = tidied(" key\r\n", Some(" ")).unwrap();
        assert_eq!(found.access_key_id(), "key");
        assert_eq!(found.secret_access_key(), "secret");
        assert_eq!(found.session_token(), None);
        assert_eq!(tidied("k", Some("t\n")).unwrap().session_token(), Some("t"));
    }

    #[test]
    fn what_no_header_can_carry_is_refused_and_not_shown() {
        let error = tidied("hunter\n2", None).unwrap_err();
        assert!(!format!("{error:?}").contains("hunter"), "{error:?}");
        assert!(matches!(
            tidied("\n", None),
            Err(CredentialsError::CredentialsNotLoaded(_))
        ));
    }
}
