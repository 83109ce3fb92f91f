//! How the store is reached.

use super::{Algorithm, AwsFiles, CaBundle, PayloadSigning};
use strum::{Display, EnumString, VariantNames};
use url::Url;

/// How the bucket is named in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Display, EnumString, VariantNames)]
#[strum(serialize_all = "lowercase", ascii_case_insensitive)]
pub(crate) enum AddressingStyle {
    /// Path style with a custom endpoint, virtual-hosted style otherwise.
    #[default]
    Auto,
    /// `https://endpoint/bucket/key`
    Path,
    /// `https://bucket.endpoint/key`
    Virtual,
}

/// The AWS profile that a run uses.
#[derive(Debug, Clone)]
pub(crate) struct ProfileInUse {
    /// Its name; "default" where none is named.
    pub name: String,
    /// Whether an option names it: then keys in the environment do not stand in its way.
    pub by_option: bool,
    /// The files that hold it.
    pub files: AwsFiles,
}

impl Default for ProfileInUse {
    fn default() -> Self {
        Self {
            name: "default".to_owned(),
            by_option: false,
            files: AwsFiles::default(),
        }
    }
}

/// What named the settings of a connection: an option, a variable, or the AWS profile; `None` where nothing
/// did, and the default holds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct NamedBy {
    /// The region.
    pub region: Option<&'static str>,
    /// The endpoint.
    pub endpoint_url: Option<&'static str>,
    /// The profile.
    pub profile: Option<&'static str>,
    /// How the bucket is named in a request.
    pub addressing_style: Option<&'static str>,
    /// The certificates to trust.
    pub ca_bundle: Option<&'static str>,
}

/// What holds of the transfer where no option says otherwise: the AWS profile has a say in it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct TransferDefaults {
    /// The checksum to send.
    pub checksum_algorithm: Algorithm,
    /// Whether signatures cover the parts.
    pub payload_signing: PayloadSigning,
}

/// How the store is reached, by options, environment and AWS profile.
#[derive(Debug, Clone, Default)]
pub(crate) struct Connection {
    /// Region to sign for.
    pub region: Option<String>,
    /// Endpoint of an S3-compatible store, `http` or `https`.
    pub endpoint_url: Option<Url>,
    /// AWS profile to read credentials from.
    pub profile: ProfileInUse,
    /// How the bucket is named in a request.
    pub addressing_style: AddressingStyle,
    /// The only certificates to trust.
    pub ca_bundle: Option<CaBundle>,
    /// Accept any TLS certificate.
    pub no_verify_ssl: bool,
    /// Send requests without a signature.
    pub no_sign_request: bool,
    /// Use S3 Transfer Acceleration.
    pub use_accelerate_endpoint: bool,
    /// Use the endpoint that answers over IPv4 and IPv6.
    pub use_dualstack_endpoint: bool,
    /// Use the FIPS 140 endpoint.
    pub use_fips_endpoint: bool,
    /// The requester pays for the requests (`x-amz-request-payer: requester`).
    pub request_payer: bool,
    /// Account that must own the bucket, sent with every request.
    pub expected_bucket_owner: Option<String>,
    /// What holds of the transfer where no option says otherwise.
    pub transfer_defaults: TransferDefaults,
    /// What named these settings.
    pub named_by: NamedBy,
    /// What is odd about these settings, to be told once.
    pub warnings: Vec<String>,
}
