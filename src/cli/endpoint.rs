//! The endpoint and the certificate authorities to trust.

use super::environment::Surroundings;
use super::{environment, refuse};
use crate::error::{Error, Result};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::{Path, PathBuf};
use url::Url;

/// An endpoint, and what named it.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) url: Url,
    pub(super) named_by: &'static str,
}

/// The endpoint of the option, else of the AWS tools' variables. `None` leaves it to the profile.
pub(super) fn find(option: Option<&str>, around: &Surroundings<'_>) -> Result<Option<Endpoint>> {
    if let Some(text) = option {
        return parse("--endpoint-url", text).map(Some);
    }
    // The one switch that turns these variables off for every AWS tool.
    let ignored = around.text("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")?;
    if ignored.is_some_and(|text| environment::switch(&text) == Ok(true)) {
        return Ok(None);
    }
    for name in ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"] {
        if let Some(text) = around.text(name)? {
            return parse(name, &text).map(Some);
        }
    }
    Ok(None)
}

/// Reads an endpoint. Errors never show the text: it might hold a password.
fn parse(named_by: &'static str, text: &str) -> Result<Endpoint> {
    let wrong = |why: String| {
        Error::usage(format!("{named_by} is not the URL of a store"))
            .because(why)
            .hint("write it like https://s3.example.com or http://127.0.0.1:9000")
    };
    let url = Url::parse(text).map_err(|error| wrong(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("it must begin with http:// or https://".to_owned()));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(wrong("it names no host".to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("it holds a user name or password".to_owned())
            .hint("put keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or in a profile"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("it holds a ? or a #".to_owned()));
    }
    Ok(Endpoint { url, named_by })
}

/// The file of certificate authorities: the option's, else that of AWS_CA_BUNDLE.
pub(super) fn ca_bundle(
    option: Option<PathBuf>,
    no_verify_ssl: bool,
    around: &Surroundings<'_>,
) -> Result<Option<PathBuf>> {
    let (named_by, path) = match (option, no_verify_ssl) {
        (Some(_), true) => {
            return Err(Error::usage(
                "--ca-bundle says whom to trust, --no-verify-ssl trusts everyone",
            )
            .hint("leave one of them out"));
        }
        (Some(path), false) => ("--ca-bundle", path),
        (None, true) => return Ok(None),
        (None, false) => match around.get("AWS_CA_BUNDLE") {
            Some(path) => ("AWS_CA_BUNDLE", PathBuf::from(path)),
            None => return Ok(None),
        },
    };
    check_pem(&path).map_err(|why| refuse(named_by, path.display(), why))?;
    Ok(Some(path))
}

/// Refuses a file without a certificate that can be trusted: TLS libraries panic on some of them.
fn check_pem(path: &Path) -> Result<(), String> {
    use rustls::pki_types::pem::Error as Pem;
    let say = |error: Pem| match error {
        Pem::Io(error) => error.to_string(),
        other => format!("it is not PEM: {other}"),
    };
    let certificates = CertificateDer::pem_file_iter(path)
        .map_err(say)?
        .collect::<Result<Vec<_>, _>>()
        .map_err(say)?;
    if certificates.is_empty() {
        return Err("it holds no PEM certificate".to_owned());
    }
    let (added, _) = RootCertStore::empty().add_parsable_certificates(certificates);
    if added == 0 {
        return Err("it holds no certificate that can be read".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::cli::put::tests::{config, config_in, failure, failure_in};
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
        assert_eq!(
            config(&args).upload.connection.ca_bundle.as_deref(),
            Some(good.as_ref())
        );

        let var = [("AWS_CA_BUNDLE", good.as_str())];
        let found = config_in(&var, &["b/k"]).upload.connection.ca_bundle;
        assert_eq!(found.as_deref(), Some(good.as_ref()));
        // A flag beats the environment.
        let found = config_in(&var, &["b/k", "--no-verify-ssl"])
            .upload
            .connection;
        assert_eq!(found.ca_bundle, None);
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
