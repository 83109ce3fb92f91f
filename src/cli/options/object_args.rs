//! What is stored along with the bytes: options and their checks.

use crate::cli::environment::Env;
use crate::cli::values::named_value::CANNED_ACLS;
use crate::cli::values::{duration_value, header_value, key_value};
use crate::cli::{EncryptionArgs, LockArgs, refuse};
use crate::config::Algorithm;
use crate::config::{Connection, ContentType, ObjectOptions};
use crate::error::{Error, Result};
use clap::ValueHint;
use clap::builder::PossibleValuesParser;

/// What is stored along with the bytes.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Object")]
pub(crate) struct ObjectArgs {
    /// Content-Type [default: guessed from the key]
    #[arg(long, value_name = "TYPE", value_hint = ValueHint::Other)]
    pub content_type: Option<String>,

    /// The aws CLI's name for it: no Content-Type but one that is given.
    #[arg(long, hide = true)]
    pub no_guess_mime_type: bool,

    /// Content-Encoding, such as gzip
    #[arg(long, value_name = "TEXT", value_hint = ValueHint::Other)]
    pub content_encoding: Option<String>,

    /// Content-Disposition
    #[arg(long, value_name = "TEXT", value_hint = ValueHint::Other)]
    pub content_disposition: Option<String>,

    /// Content-Language
    #[arg(long, value_name = "TEXT", value_hint = ValueHint::Other)]
    pub content_language: Option<String>,

    /// Cache-Control
    #[arg(long, value_name = "TEXT", value_hint = ValueHint::Other)]
    pub cache_control: Option<String>,

    /// Expires: a time such as 2030-01-31T12:00:00Z
    #[arg(long, value_name = "TIMESTAMP", value_hint = ValueHint::Other)]
    pub expires: Option<String>,

    /// User metadata; repeat it for more, or write K=V,K=V
    ///
    /// A comma begins the next pair only where K= follows it: note=x, y is one pair. \, is always a
    /// comma of V.
    #[arg(long, value_name = "K=V", value_hint = ValueHint::Other)]
    pub metadata: Vec<String>,

    /// Object tag; repeat it for more, or write K=V,K=V; up to 10
    ///
    /// Commas are read as in --metadata.
    #[arg(long, value_name = "K=V", value_hint = ValueHint::Other)]
    pub tag: Vec<String>,

    /// Storage class, such as STANDARD_IA
    #[arg(long, value_name = "CLASS", value_hint = ValueHint::Other)]
    pub storage_class: Option<String>,

    /// Canned ACL
    #[arg(long, value_name = "ACL", value_parser = PossibleValuesParser::new(CANNED_ACLS))]
    #[arg(ignore_case = true)]
    pub acl: Option<String>,

    /// Encryption at rest.
    #[command(flatten)]
    pub encryption: EncryptionArgs,

    /// Object Lock.
    #[command(flatten)]
    pub lock: LockArgs,

    /// Redirect of a bucket website: a key with a leading /, or a URL
    #[arg(long, value_name = "TARGET", value_hint = ValueHint::Other)]
    pub website_redirect: Option<String>,
}

impl ObjectArgs {
    /// Checks the options, for objects sent over `connection`.
    pub(in crate::cli) fn config(
        self,
        connection: &Connection,
        algorithm: Algorithm,
        env: &Env<'_>,
    ) -> Result<ObjectOptions> {
        Ok(ObjectOptions {
            content_type: match header_value::value("--content-type", self.content_type)? {
                Some(given) => ContentType::Given(given),
                None if self.no_guess_mime_type => ContentType::Unset,
                None => ContentType::Guessed,
            },
            content_encoding: header_value::value("--content-encoding", self.content_encoding)?,
            content_disposition: header_value::value(
                "--content-disposition",
                self.content_disposition,
            )?,
            content_language: header_value::value("--content-language", self.content_language)?,
            cache_control: header_value::value("--cache-control", self.cache_control)?,
            expires: self
                .expires
                .map(|text| {
                    duration_value::timestamp(&text).ok_or_else(|| {
                        let why = "it is no time; write it like 2030-01-31T12:00:00Z";
                        refuse("--expires", format!("{text:?}"), why)
                    })
                })
                .transpose()?,
            metadata: key_value::metadata(self.metadata)?,
            tags: key_value::tags(self.tag)?,
            storage_class: self.storage_class.map(storage_class).transpose()?,
            acl: self.acl.map(|acl| acl.to_ascii_lowercase()),
            encryption: self.encryption.config(connection)?,
            legal_hold: self.lock.object_lock_legal_hold,
            retain: self.lock.object_lock_retain.clone(),
            lock: self.lock.config(algorithm, env.now)?,
            website_redirect: header_value::value("--website-redirect", self.website_redirect)?
                .map(website_redirect)
                .transpose()?,
        })
    }
}

/// Any class a store may know, spelt as S3 spells them: in capitals.
fn storage_class(text: String) -> Result<String> {
    let text = text.to_ascii_uppercase();
    let fine = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    if !text.is_empty() && text.bytes().all(fine) {
        return Ok(text);
    }
    Err(refuse(
        "--storage-class",
        format!("{text:?}"),
        "a storage class has letters, digits and _ alone, such as STANDARD_IA",
    ))
}

/// S3 redirects to another key or to a URL, and takes nothing else.
fn website_redirect(text: String) -> Result<String> {
    let fine = ["/", "http://", "https://"];
    if fine.iter().any(|start| text.starts_with(start)) {
        return Ok(text);
    }
    Err(Error::usage(format!("--website-redirect {text:?}"))
        .because("it must begin with /, http:// or https://"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::put_args::tests::{checked, config, failure};
    use std::time::{Duration, SystemTime};

    fn object(args: &[&str]) -> ObjectOptions {
        config(&[&["b/k"], args].concat()).upload.object
    }

    #[test]
    fn content_type_is_guessed_from_the_key() {
        let guess = |destination: &str| {
            let config = config(&[destination]);
            config
                .upload
                .object
                .content_type_of(&config.destination.key)
        };
        assert_eq!(guess("b/a.json").as_deref(), Some("application/json"));
        assert_eq!(guess("b/dump.sql.gz").as_deref(), Some("application/gzip"));
        assert_eq!(guess("b/dump"), None);
        let found = config(&["b/a.json", "--content-type", "text/plain"])
            .upload
            .object;
        assert_eq!(
            found.content_type_of("a.json").as_deref(),
            Some("text/plain")
        );
    }

    #[test]
    fn no_guess_mime_type() {
        let found = object(&["--no-guess-mime-type"]);
        assert_eq!(found.content_type_of("a.json"), None);
        let found = object(&["--no-guess-mime-type", "--content-type=a/b"]);
        assert_eq!(found.content_type_of("a.json").as_deref(), Some("a/b"));
    }

    #[test]
    fn headers() {
        let found = object(&[
            "--content-encoding=gzip",
            "--content-disposition=attachment; filename=\"a b\"",
            "--content-language=en",
            "--cache-control=no-store",
            "--website-redirect=/other",
        ]);
        assert_eq!(found.content_encoding.as_deref(), Some("gzip"));
        assert_eq!(
            found.content_disposition.as_deref(),
            Some("attachment; filename=\"a b\"")
        );
        assert_eq!(found.content_language.as_deref(), Some("en"));
        assert_eq!(found.cache_control.as_deref(), Some("no-store"));
        assert_eq!(found.website_redirect.as_deref(), Some("/other"));
        for option in [
            "--content-type",
            "--content-encoding",
            "--content-disposition",
            "--content-language",
            "--cache-control",
            "--website-redirect",
        ] {
            for value in ["", "/a\r\nx-amz-acl: public-read", "/ü"] {
                failure(&["b/k", &format!("{option}={value}")], option);
            }
        }
        failure(&["b/k", "--website-redirect=other"], "--website-redirect");
    }

    #[test]
    fn expires() {
        let found = object(&["--expires", "2027-01-15T08:00:00Z"]).expires;
        let expected = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        assert_eq!(found, Some(expected));
        failure(&["b/k", "--expires=tomorrow"], "--expires");
    }

    #[test]
    fn storage_class_and_acl() {
        let found = object(&[
            "--storage-class=DEEP_ARCHIVE",
            "--acl=bucket-owner-full-control",
        ]);
        assert_eq!(found.storage_class.as_deref(), Some("DEEP_ARCHIVE"));
        assert_eq!(found.acl.as_deref(), Some("bucket-owner-full-control"));
        let found = object(&["--storage-class=standard_ia", "--acl=PRIVATE"]);
        assert_eq!(found.storage_class.as_deref(), Some("STANDARD_IA"));
        assert_eq!(found.acl.as_deref(), Some("private"));
        for class in ["", "A B", "A-B", "A\n"] {
            failure(
                &["b/k", &format!("--storage-class={class}")],
                "--storage-class",
            );
        }
        for acl in CANNED_ACLS {
            assert_eq!(object(&["--acl", acl]).acl.as_deref(), Some(acl));
        }
        assert!(checked(&["b/k", "--acl=everyone"]).is_err());
    }
}
