//! The endpoint and the certificate authorities to trust.

use crate::cli::environment::Env;
use crate::config::{AwsProfile, CaBundle, endpoint};
use crate::error::{Error, Result};
use std::path::PathBuf;
use url::Url;

/// An endpoint, and what named it.
#[derive(Debug)]
pub(in crate::cli) struct Endpoint {
    pub(in crate::cli) url: Url,
    pub(in crate::cli) named_by: &'static str,
}

impl Endpoint {
    /// What to tell where the host begins with the bucket, which DESTINATION names too: the bucket would
    /// become part of the key.
    pub(in crate::cli) fn names_bucket(&self, bucket: &str) -> Option<String> {
        let rest = self.url.host_str()?.strip_prefix(bucket)?;
        rest.starts_with('.').then(|| {
            format!(
                "the host of {} begins with the bucket {bucket}, which DESTINATION names too: leave it \
                 out of the URL, or the store may take it for a part of the key",
                self.named_by
            )
        })
    }
}

/// The endpoint of the option, else of the AWS tools' variables, else of the profile unless `for_aws`: an
/// option chose an endpoint of AWS.
pub(in crate::cli) fn find(
    option: Option<&str>,
    for_aws: bool,
    profile: &AwsProfile<'_>,
    env: &Env<'_>,
) -> Result<Option<Endpoint>> {
    if let Some(text) = option {
        return found("--endpoint-url", text).map(Some);
    }
    if profile.ignores_endpoints() {
        return Ok(None);
    }
    for name in ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"] {
        if let Some(text) = env.text(name)? {
            return found(name, text.trim()).map(Some);
        }
    }
    match profile.endpoint_url()? {
        Some(text) if !for_aws => found("the endpoint_url of the AWS profile", text).map(Some),
        _ => Ok(None),
    }
}

fn found(named_by: &'static str, text: &str) -> Result<Endpoint> {
    let url = endpoint::parse(named_by, text)?;
    Ok(Endpoint { url, named_by })
}

/// The certificates to trust: the option's, else those of AWS_CA_BUNDLE, else the profile's.
pub(in crate::cli) fn ca_bundle(
    option: Option<PathBuf>,
    no_verify_ssl: bool,
    profile: &AwsProfile<'_>,
    env: &Env<'_>,
) -> Result<Option<CaBundle>> {
    let (named_by, path) = match (option, no_verify_ssl) {
        (Some(_), true) => {
            return Err(Error::usage(
                "--ca-bundle says whom to trust, --no-verify-ssl trusts everyone",
            )
            .hint("leave one of them out"));
        }
        (Some(path), false) => ("--ca-bundle", path),
        (None, true) => return Ok(None),
        (None, false) => match env.get("AWS_CA_BUNDLE") {
            Some(path) => ("AWS_CA_BUNDLE", PathBuf::from(path)),
            None => match profile.ca_bundle() {
                Some(path) => ("ca_bundle of the AWS profile:", path),
                None => return Ok(None),
            },
        },
    };
    CaBundle::read(named_by, &path).map(Some)
}

#[cfg(test)]
mod tests {
    use crate::cli::put_args::tests::{config, config_in, failure, failure_in};
    use std::fs;

    fn endpoint(vars: &[(&str, &str)], args: &[&str]) -> Option<String> {
        let found = config_in(vars, args).upload.connection.endpoint_url;
        found.map(String::from)
    }

    #[test]
    fn option_before_variables() {
        let both = [
            ("AWS_ENDPOINT_URL_S3", "http://s3:1"),
            ("AWS_ENDPOINT_URL", "http://all:1"),
        ];
        let flag = &["b/k", "--endpoint-url", "http://flag:1"];
        assert_eq!(endpoint(&both, flag).as_deref(), Some("http://flag:1/"));
        assert_eq!(endpoint(&both, &["b/k"]).as_deref(), Some("http://s3:1/"));
        let empty = [("AWS_ENDPOINT_URL_S3", ""), both[1]];
        assert_eq!(endpoint(&empty, &["b/k"]).as_deref(), Some("http://all:1/"));
        let ignored = [("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"), both[1]];
        assert_eq!(endpoint(&ignored, &["b/k"]), None);
        assert_eq!(endpoint(&[], &["b/k"]), None);
    }

    #[test]
    fn alias_and_ports_and_paths() {
        for url in [
            "https://s3.example/",
            "http://127.0.0.1:9000/",
            "http://[::1]:9/",
            "http://h/s3/",
        ] {
            assert_eq!(
                endpoint(&[], &["b/k", "--endpoint", url]).as_deref(),
                Some(url)
            );
        }
    }

    #[test]
    fn urls_refused() {
        for url in [
            "",
            "s3.example",
            "localhost:9000",
            "ftp://h",
            "http://",
            "http://h/?x=1",
            "http://h/#x",
            "/x",
        ] {
            failure(&["b/k", &format!("--endpoint-url={url}")], "--endpoint-url");
        }
        failure_in(
            &[("AWS_ENDPOINT_URL", "nonsense")],
            &["b/k"],
            "AWS_ENDPOINT_URL",
        );
    }

    #[test]
    fn passwords_are_not_shown() {
        for url in [
            "http://user:hunter2@h",
            "http://user:hunter2@h:port",
            "http://h/?sig=hunter2",
        ] {
            let error = failure(&["b/k", "--endpoint-url", url], "--endpoint-url");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
    }

    #[test]
    fn ca_bundles() {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str, content: &[u8]| {
            let path = dir.path().join(name);
            fs::write(&path, content).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let real = rcgen::generate_simple_self_signed(["h".to_owned()]).unwrap();
        let good = file("good", real.cert.pem().as_bytes());
        let args = ["b/k", "--ca-bundle", &good];
        let found = config(&args).upload.connection.ca_bundle.unwrap();
        assert_eq!(found.certificates, [real.cert.der().clone()]);

        let var = [("AWS_CA_BUNDLE", good.as_str())];
        let found = config_in(&var, &["b/k"]).upload.connection.ca_bundle;
        assert!(found.is_some());
        // A flag beats the environment.
        let found = config_in(&var, &["b/k", "--no-verify-ssl"])
            .upload
            .connection;
        assert!(found.ca_bundle.is_none());
        config_in(&[("AWS_CA_BUNDLE", "")], &["b/k"]);

        let begin = "-----BEGIN CERTIFICATE-----";
        let end = "-----END CERTIFICATE-----";
        for bad in [
            file("empty", b""),
            file("text", b"not a certificate"),
            file("base64", format!("{begin}\n!!!\n{end}\n").as_bytes()),
            file("der", format!("{begin}\nAAAA\n{end}\n").as_bytes()),
            file("cut", format!("{begin}\nAAAA\n").as_bytes()),
            "/does/not/exist".to_owned(),
            dir.path().to_str().unwrap().to_owned(),
        ] {
            failure(&["b/k", "--ca-bundle", &bad], "--ca-bundle");
            failure_in(&[("AWS_CA_BUNDLE", &bad)], &["b/k"], "AWS_CA_BUNDLE");
        }
        failure(
            &["b/k", "--no-verify-ssl", "--ca-bundle", &good],
            "--no-verify-ssl",
        );
    }
}
