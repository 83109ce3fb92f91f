//! The proxies that the environment names, and the hosts that are reached without them.

use super::origin::Origin;
use hyper_util::client::proxy::matcher::{Builder, Intercept, Matcher};
use std::collections::HashMap;

/// Which proxy leads where.
#[derive(Debug)]
pub(super) struct Proxies {
    usual: Matcher,
    /// The same with the exceptions that NO_PROXY makes for one port alone.
    by_port: HashMap<u16, Matcher>,
}

impl Proxies {
    /// Those of HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, in capitals or not.
    pub(super) fn from_env() -> Self {
        let variable = |name: &str| {
            let value = |name: &str| std::env::var(name).ok();
            value(name).or_else(|| value(&name.to_ascii_lowercase()))
        };
        // In a CGI script, HTTP_PROXY is what a client sent as its header Proxy.
        if std::env::var_os("REQUEST_METHOD").is_some() {
            return Self::new(&|_| None);
        }
        Self::new(&variable)
    }

    fn new(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let list = variable("NO_PROXY").unwrap_or_default();
        let proxies = |exceptions: &[&str]| {
            let read = |name| variable(name).unwrap_or_default();
            let builder: Builder = Matcher::builder()
                .all(read("ALL_PROXY"))
                .http(read("HTTP_PROXY"))
                .https(read("HTTPS_PROXY"));
            builder.no(exceptions.join(",")).build()
        };
        let entries = || list.split(',').map(str::trim);
        // hyper-util takes the `*` for a name, and lets no address pass.
        if entries().any(|entry| entry == "*") {
            return Self::new(&|_| None);
        }
        let (with_port, mut usual): (Vec<_>, Vec<_>) =
            entries().partition(|entry| port(entry).is_some());
        for entry in &mut usual {
            *entry = plain(entry);
        }
        let mut by_port: HashMap<u16, Vec<&str>> = HashMap::new();
        for (host, port) in with_port.into_iter().filter_map(port) {
            let exceptions = by_port.entry(port).or_insert_with(|| usual.clone());
            exceptions.push(plain(host));
        }
        let matchers = by_port.into_iter();
        Self {
            by_port: matchers
                .map(|(port, list)| (port, proxies(&list)))
                .collect(),
            usual: proxies(&usual),
        }
    }

    /// The proxy on the way to `origin`.
    pub(super) fn toward(&self, origin: &Origin) -> Option<Intercept> {
        if origin.is_direct() {
            return None;
        }
        let matcher = self.by_port.get(&origin.port()).unwrap_or(&self.usual);
        matcher.intercept(&origin.uri())
    }
}

/// `*.domain` as hyper-util writes it, and an address without the brackets of IPv6.
fn plain(entry: &str) -> &str {
    let entry = entry.trim_start_matches('[').trim_end_matches(']');
    match entry.strip_prefix('*') {
        Some(domain) if domain.starts_with('.') => domain,
        _ => entry,
    }
}

/// Host and port of an entry that has both; an IPv6 address has its own colons.
fn port(entry: &str) -> Option<(&str, u16)> {
    let (host, port) = entry.rsplit_once(':')?;
    let is_host = !host.contains(':') || host.starts_with('[') && host.ends_with(']');
    Some((host, port.parse().ok().filter(|_| is_host)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_direct(no_proxy: &str, uri: &str) -> bool {
        let proxies = Proxies::new(&|name| match name {
            "ALL_PROXY" => Some("http://proxy:3128".to_owned()),
            "NO_PROXY" => Some(no_proxy.to_owned()),
            _ => None,
        });
        let origin = Origin::from_uri(&uri.parse().unwrap(), false).unwrap();
        proxies.toward(&origin).is_none()
    }

    #[test]
    fn no_proxy_takes_what_curl_and_the_aws_tools_take() {
        for (list, uri, direct) in [
            ("", "http://s3.example", false),
            ("*", "http://10.0.0.1", true),
            ("*.example", "http://s3.example", true),
            ("*.example", "http://s3.example.org", false),
            ("other, .example", "https://s3.example", true),
            ("s3.example:9000", "http://s3.example:9000", true),
            ("s3.example:9000", "http://s3.example:9001", false),
            ("s3.example:80,*.local", "http://s3.example", true),
            ("x:443,s3.example", "https://s3.example", true),
            ("*.example:443", "https://s3.example", true),
            ("10.0.0.0/8", "http://10.1.2.3:9000", true),
            ("[::1]:9000", "http://[::1]:9000", true),
            ("[::1]:9000", "http://[::1]:9001", false),
            ("::1", "http://[::1]:9001", true),
        ] {
            assert_eq!(is_direct(list, uri), direct, "{list} {uri}");
        }
    }

    #[test]
    fn link_local_addresses_are_direct_and_loopback_ones_for_credentials() {
        for (uri, for_credentials, direct) in [
            ("http://169.254.169.254", false, true),
            ("http://169.254.170.2", true, true),
            ("http://[fd00:ec2::254]", true, true),
            ("http://127.0.0.1:80", false, false),
            ("http://127.0.0.1:80", true, true),
            ("http://localhost:80", true, true),
            ("http://s3.example", true, false),
        ] {
            let origin = Origin::from_uri(&uri.parse().unwrap(), for_credentials).unwrap();
            assert_eq!(origin.is_direct(), direct, "{uri}");
        }
    }
}
