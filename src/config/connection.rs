//! How the store is reached.

use super::CaBundle;
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

/// How the store is reached. What is `None` here is left to the AWS profile and its defaults.
#[derive(Debug, Clone, Default)]
pub(crate) struct Connection {
    /// Region to sign for.
    pub region: Option<String>,
    /// Endpoint of an S3-compatible store, `http` or `https`.
    pub endpoint_url: Option<Url>,
    /// AWS profile to read.
    pub profile: Option<String>,
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
}
