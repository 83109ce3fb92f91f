//! Where a request goes.

use aws_smithy_runtime_api::client::result::ConnectorError;
use http::{HeaderValue, Uri};
use std::fmt;
use std::net::IpAddr;

/// Scheme, host and port: what a connection is made to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Origin {
    scheme: http::uri::Scheme,
    authority: http::uri::Authority,
    /// Whether no proxy stands in between, whatever the environment says.
    is_direct: bool,
}

impl Origin {
    /// `for_credentials`: whether it gives credentials. The link's own addresses, where instances and
    /// containers find theirs, never are behind a proxy; nor is this machine, if it gives them.
    pub(super) fn from_uri(uri: &Uri, for_credentials: bool) -> Result<Self, ConnectorError> {
        match (uri.scheme(), uri.authority()) {
            (Some(scheme), Some(authority)) => Ok(Self {
                scheme: scheme.clone(),
                authority: authority.clone(),
                is_direct: is_link_local(authority.host())
                    || for_credentials && is_this_machine(authority.host()),
            }),
            _ => Err(ConnectorError::user(
                format!("{uri} has no scheme or host").into(),
            )),
        }
    }

    pub(super) fn is_direct(&self) -> bool {
        self.is_direct
    }

    pub(super) fn is_https(&self) -> bool {
        self.scheme == http::uri::Scheme::HTTPS
    }

    /// The host without the brackets of an IPv6 address.
    pub(super) fn host(&self) -> &str {
        self.authority
            .host()
            .trim_start_matches('[')
            .trim_end_matches(']')
    }

    pub(super) fn uri(&self) -> Uri {
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(http::uri::PathAndQuery::from_static("/"));
        Uri::from_parts(parts).unwrap_or_default()
    }

    /// What a proxy is asked to connect to.
    pub(super) fn host_and_port(&self) -> String {
        format!("{}:{}", self.authority.host(), self.port())
    }

    /// The port, the scheme's own where none is named.
    pub(super) fn port(&self) -> u16 {
        let default_port = if self.is_https() { 443 } else { 80 };
        self.authority.port_u16().unwrap_or(default_port)
    }

    /// What the `Host` header says: the port only where it is not the scheme's own, since that is
    /// what the SDK signs.
    pub(super) fn host_header(&self) -> HeaderValue {
        let default_port = if self.is_https() { 443 } else { 80 };
        let name = match self.authority.port_u16() {
            Some(port) if port != default_port => format!("{}:{port}", self.authority.host()),
            _ => self.authority.host().to_owned(),
        };
        HeaderValue::try_from(name).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

/// What the `Host` header of a request to `uri` says; none where that has no host.
pub(crate) fn host_header(uri: &Uri) -> Option<HeaderValue> {
    let origin = Origin::from_uri(uri, false).ok()?;
    Some(origin.host_header())
}

fn address(host: &str) -> Option<IpAddr> {
    host.trim_matches(['[', ']']).parse().ok()
}

fn is_link_local(host: &str) -> bool {
    match address(host) {
        Some(IpAddr::V4(address)) => address.is_link_local(),
        // fd00:ec2::/32 is where AWS has its metadata services.
        Some(IpAddr::V6(address)) => {
            address.is_unicast_link_local() || address.segments()[..2] == [0xfd00, 0x0ec2]
        }
        None => false,
    }
}

fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || address(host).is_some_and(|it| it.is_loopback())
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority)
    }
}
