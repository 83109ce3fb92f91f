//! How the store is reached: options and their checks.

use crate::cli::environment::{Env, switch};
use crate::cli::refuse;
use crate::cli::values::endpoint_value::{self, Endpoint};
use crate::cli::values::header_value;
use crate::cli::values::named_value::named;
use crate::config::{
    AddressingStyle, Algorithm, AwsProfile, Connection, NamedBy, ProfileInUse, TransferDefaults,
};
use crate::error::{Error, Result};
use clap::ValueHint;
use std::path::PathBuf;

/// How the store is reached.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Where")]
pub(crate) struct ConnectionArgs {
    /// Region to sign for [default: the AWS profile's]
    #[arg(long, value_name = "REGION", value_hint = ValueHint::Other)]
    pub region: Option<String>,

    /// Endpoint of an S3-compatible store, http or https
    ///
    /// Without it, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL and the AWS profile are asked.
    #[arg(long, alias = "endpoint", value_name = "URL", value_hint = ValueHint::Url)]
    pub endpoint_url: Option<String>,

    /// AWS profile to read [default: AWS_PROFILE, else "default"]
    #[arg(long, value_name = "NAME", value_hint = ValueHint::Other)]
    pub profile: Option<String>,

    /// How the bucket is named in a request [default: the AWS profile's, else auto]
    ///
    /// auto: path style with a custom endpoint, and the bucket in the host otherwise.
    #[arg(long, value_name = "STYLE", value_parser = named::<AddressingStyle>(), ignore_case = true)]
    pub addressing_style: Option<AddressingStyle>,

    /// PEM file of the only certificate authorities to trust
    ///
    /// Without it, AWS_CA_BUNDLE is read, then ca_bundle of the AWS profile; without them, the system's
    /// authorities are trusted.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub ca_bundle: Option<PathBuf>,

    /// Accept any TLS certificate (dangerous)
    #[arg(long, value_parser = switch)]
    pub no_verify_ssl: bool,

    /// Send requests without a signature, for buckets open to all
    #[arg(long, value_parser = switch)]
    pub no_sign_request: bool,

    /// Use S3 Transfer Acceleration
    #[arg(long, value_parser = switch)]
    pub use_accelerate_endpoint: bool,

    /// Use the endpoint that answers over IPv4 and IPv6
    #[arg(long, value_parser = switch)]
    pub use_dualstack_endpoint: bool,

    /// Use the FIPS 140 endpoint
    #[arg(long, value_parser = switch)]
    pub use_fips_endpoint: bool,

    /// The requester pays; a DESTINATION must not follow it directly
    ///
    /// As in the aws CLI, the one value is "requester" and may be left out.
    #[arg(
        long,
        value_name = "requester",
        num_args = 0..=1,
        default_missing_value = "requester",
        value_parser = requester,
        value_hint = ValueHint::Other
    )]
    pub request_payer: Option<bool>,

    /// Account that must own the bucket, sent with every request
    #[arg(long, value_name = "ACCOUNT", value_hint = ValueHint::Other)]
    pub expected_bucket_owner: Option<String>,
}

/// Reads the value of `--request-payer`; its variable may also say true or false.
fn requester(text: &str) -> Result<bool, String> {
    if text.eq_ignore_ascii_case("requester") {
        return Ok(true);
    }
    switch(text).map_err(|_| {
        "the only value is \"requester\"; write --request-payer=requester where DESTINATION \
         follows"
            .to_owned()
    })
}

impl ConnectionArgs {
    /// Checks the options against each other and against the bucket of the destination.
    pub(in crate::cli) fn config(self, bucket: &str, env: &Env<'_>) -> Result<Connection> {
        // aws-config panics on them.
        check_max_attempts(env)?;
        let option = header_value::value("--profile", self.profile.clone())?;
        let variables = |name: &str| env.get(name);
        let profile = AwsProfile::read(option.as_deref(), &variables)?;
        if !self.no_sign_request {
            check_keys(&profile, option.is_some(), env)?;
        }
        let endpoint = self.endpoint(&profile, env)?;
        let no_endpoint = endpoint.is_none();
        let (style, style_named_by) = match self.addressing_style {
            Some(style) => (style, Some("--addressing-style")),
            None => match profile.addressing_style()? {
                Some(style) => (style, Some("addressing_style of the AWS profile")),
                None => (AddressingStyle::default(), None),
            },
        };
        let region = self.region(&profile, env)?;
        let ca_bundle =
            endpoint_value::ca_bundle(self.ca_bundle, self.no_verify_ssl, &profile, env)?;
        let named_by = NamedBy {
            region: region.as_ref().map(|(named_by, _)| *named_by),
            endpoint_url: endpoint.as_ref().map(|it| it.named_by),
            profile: profile.named_by,
            addressing_style: style_named_by,
            ca_bundle: ca_bundle.as_ref().map(|it| it.named_by),
        };
        let by_profile = |key| no_endpoint && profile.s3_switch(key);
        let connection = Connection {
            region: region.map(|(_, region)| region),
            addressing_style: match style {
                // The SDK makes a host of it, and no path.
                AddressingStyle::Auto if bucket.starts_with("arn:") => AddressingStyle::Virtual,
                style => style,
            },
            ca_bundle,
            no_verify_ssl: self.no_verify_ssl,
            no_sign_request: self.no_sign_request,
            use_accelerate_endpoint: self.use_accelerate_endpoint
                || by_profile("use_accelerate_endpoint"),
            use_dualstack_endpoint: self.use_dualstack_endpoint
                || by_profile("use_dualstack_endpoint"),
            use_fips_endpoint: self.use_fips_endpoint,
            request_payer: self.request_payer.unwrap_or_default(),
            expected_bucket_owner: header_value::value(
                "--expected-bucket-owner",
                self.expected_bucket_owner,
            )?,
            transfer_defaults: transfer_defaults(&profile, self.no_sign_request)?,
            named_by,
            warnings: endpoint
                .iter()
                .filter_map(|endpoint| endpoint.names_bucket(bucket))
                .collect(),
            endpoint_url: endpoint.map(|endpoint| endpoint.url),
            profile: ProfileInUse {
                by_option: option.is_some(),
                name: profile.name,
                files: profile.files,
            },
        };
        check_addressing(&connection, bucket)?;
        Ok(connection)
    }

    /// The endpoint, unless it is AWS's own.
    fn endpoint(&self, profile: &AwsProfile<'_>, env: &Env<'_>) -> Result<Option<Endpoint>> {
        let for_aws_alone = [
            ("--use-accelerate-endpoint", self.use_accelerate_endpoint),
            ("--use-dualstack-endpoint", self.use_dualstack_endpoint),
            ("--use-fips-endpoint", self.use_fips_endpoint),
        ];
        let for_aws = for_aws_alone.into_iter().find(|(_, on)| *on);
        let option = self.endpoint_url.as_deref();
        let endpoint = endpoint_value::find(option, for_aws.is_some(), profile, env)?;
        if let (Some((option, _)), Some(endpoint)) = (for_aws, &endpoint) {
            return Err(Error::usage(format!("{option} chooses an endpoint of AWS"))
                .because(format!("but {} names another", endpoint.named_by))
                .hint("leave one of them out"));
        }
        Ok(endpoint)
    }

    /// The region of the option, else of the AWS tools' variables, else of the profile.
    fn region(
        &self,
        profile: &AwsProfile<'_>,
        env: &Env<'_>,
    ) -> Result<Option<(&'static str, String)>> {
        let named =
            |named_by, text: &str| region(named_by, text).map(|region| Some((named_by, region)));
        if let Some(text) = &self.region {
            return named("--region", text);
        }
        for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
            check_blanks(&[name], env)?;
            if let Some(text) = env.text(name)? {
                return named(name, &text);
            }
        }
        match profile.region() {
            Some(text) => named("region of the AWS profile:", text),
            None => Ok(None),
        }
    }
}

/// Checks the keys that will be used: those of the environment, unless an option names the profile.
fn check_keys(profile: &AwsProfile<'_>, by_option: bool, env: &Env<'_>) -> Result<()> {
    if !by_option {
        check_blanks(&KEYS, env)?;
        if KEYS[..2].iter().all(|name| env.get(name).is_some()) {
            return Ok(());
        }
    }
    profile.check_credentials()
}

/// What the AWS profile and its variables say of the transfer.
fn transfer_defaults(profile: &AwsProfile<'_>, no_sign_request: bool) -> Result<TransferDefaults> {
    let signing = profile.payload_signing().filter(|_| !no_sign_request);
    Ok(TransferDefaults {
        checksum_algorithm: match profile.checksums_when_required()? {
            // Content-MD5 is what S3 took for a checksum before there were others.
            true => Algorithm::Md5,
            false => Algorithm::default(),
        },
        payload_signing: signing.unwrap_or_default(),
    })
}

/// Refuses ways of naming the bucket that can't be had together, or not for this bucket.
fn check_addressing(connection: &Connection, bucket: &str) -> Result<()> {
    let accelerate = connection.use_accelerate_endpoint;
    let style = connection.addressing_style;
    if accelerate && style == AddressingStyle::Path {
        return Err(Error::usage(
            "--use-accelerate-endpoint knows no --addressing-style path",
        ));
    }
    if accelerate && connection.use_fips_endpoint {
        return Err(Error::usage(
            "--use-accelerate-endpoint and --use-fips-endpoint can't be had together",
        ));
    }
    if bucket.starts_with("arn:") {
        let what = match (accelerate, style) {
            (true, _) => "--use-accelerate-endpoint",
            (_, AddressingStyle::Path) => "--addressing-style path",
            _ => return Ok(()),
        };
        return Err(Error::usage(format!(
            "{what} can't be used with an access point"
        )));
    }
    let over_http = connection
        .endpoint_url
        .as_ref()
        .is_some_and(|url| url.scheme() == "http");
    let what = match (accelerate, style) {
        (true, _) => "--use-accelerate-endpoint",
        (_, AddressingStyle::Virtual) => "--addressing-style virtual",
        _ => return Ok(()),
    };
    // The certificate of *.endpoint covers no further dots; without TLS there is none.
    let dots_allowed = over_http && !accelerate;
    if is_host_label(bucket) || dots_allowed && bucket.split('.').all(is_host_label) {
        return Ok(());
    }
    let error = Error::usage(format!("{what} can't be used with the bucket {bucket:?}"))
        .because("its name would be part of a host name, which takes only a-z, 0-9 and -");
    Err(match accelerate {
        true => error.hint("leave --use-accelerate-endpoint out"),
        false => error.hint("use --addressing-style path"),
    })
}

/// Whether a bucket can stand in front of a host name, under a certificate for `*.host`.
fn is_host_label(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (1..=63).contains(&name.len())
        && name.bytes().all(|byte| plain(byte) || byte == b'-')
        && name.bytes().next().is_some_and(plain)
        && name.bytes().last().is_some_and(plain)
}

/// A region becomes part of a host name.
fn region(named_by: &str, text: &str) -> Result<String> {
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if (1..=63).contains(&text.len())
        && text.bytes().all(fine)
        && !text.starts_with('-')
        && !text.ends_with('-')
    {
        return Ok(text.to_owned());
    }
    Err(refuse(
        named_by,
        format!("{text:?}"),
        "a region has letters, digits and hyphens, such as eu-west-1",
    ))
}

/// Refuses a value of AWS_MAX_ATTEMPTS that the AWS library would panic on.
fn check_max_attempts(env: &Env<'_>) -> Result<()> {
    let Some(text) = env.text("AWS_MAX_ATTEMPTS")? else {
        return Ok(());
    };
    match text.parse::<u32>() {
        Ok(1..) => Ok(()),
        _ => Err(Error::usage(format!("AWS_MAX_ATTEMPTS={text}"))
            .because("it must be a whole number, at least 1")
            .hint("unset it: --retries says how often s3stream tries")),
    }
}

/// The variables of the AWS tools that hold credentials.
const KEYS: [&str; 3] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
];

/// Refuses values with blanks around them, or with control characters, which no header can carry. Secrets
/// of Kubernetes and Docker often end in a line feed. Errors never show the value.
fn check_blanks(names: &[&str], env: &Env<'_>) -> Result<()> {
    for name in names {
        let text = env.text(name)?.unwrap_or_default();
        if text.trim() != text || text.contains(char::is_control) {
            return Err(
                Error::usage(format!("{name} has blanks or a line feed around it"))
                    .because("no key, token or region has any")
                    .hint("take it out where the value is made: printf %s instead of echo"),
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod connection_args_tests;
