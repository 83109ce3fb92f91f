//! Encryption at rest: options and their checks.

use crate::cli::environment::switch;
use crate::cli::refuse;
use crate::cli::values::{header_value, pair_list};
use crate::config::{Connection, CustomerKey, Encryption, Secret, quoted};
use crate::error::{Error, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::{ValueEnum, ValueHint};
use md5::{Digest, Md5};
use nix::sys::statvfs::{FsFlags, statvfs};
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Server-side encryption with keys that the store or its key service holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sse {
    /// Keys that the store manages
    #[value(name = "AES256")]
    Aes256,
    /// Keys of the key management service
    #[value(name = "aws:kms")]
    Kms,
    /// The same, in two layers
    #[value(name = "aws:kms:dsse")]
    KmsDsse,
}

/// Encryption at rest, done by the store.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Object")]
pub(crate) struct EncryptionArgs {
    /// Encryption at rest; AES256 where no type follows [default: the bucket's]
    #[arg(long, value_name = "TYPE", value_enum, ignore_case = true)]
    #[arg(num_args = 0..=1, default_missing_value = "AES256")]
    pub sse: Option<Sse>,

    /// Id or ARN of the key for --sse aws:kms or aws:kms:dsse
    #[arg(long, value_name = "ID", value_hint = ValueHint::Other)]
    pub sse_kms_key_id: Option<String>,

    /// Encryption context for --sse aws:kms: K=V,K=V, a JSON object, or base64 of one
    ///
    /// Commas are read as in --metadata.
    #[arg(long, value_name = "K=V|JSON", value_hint = ValueHint::Other)]
    pub sse_kms_encryption_context: Option<String>,

    /// Use an S3 bucket key with --sse aws:kms
    #[arg(long, value_parser = switch)]
    pub bucket_key_enabled: bool,

    /// The customer's own key.
    #[command(flatten)]
    pub customer_key: CustomerKeyArgs,
}

/// A key of the customer's own.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Object")]
pub(crate) struct CustomerKeyArgs {
    /// File of your own key (SSE-C): 32 bytes, raw, base64 or hex
    ///
    /// The key is sent with every request and kept by nobody: without it the object is lost. Only
    /// over https.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub sse_c_key_file: Option<PathBuf>,
}

impl CustomerKeyArgs {
    /// What is to be said of the key's file though it can be used.
    pub(in crate::cli) fn warning(&self) -> Option<String> {
        self.sse_c_key_file.as_deref().and_then(exposed)
    }

    /// Reads the key's file, where one is named.
    pub(in crate::cli) fn config(self, connection: &Connection) -> Result<Option<Encryption>> {
        let Some(path) = self.sse_c_key_file else {
            return Ok(None);
        };
        let encryption = customer_key(&path).map(Encryption::Customer)?;
        encryption.check_endpoint(connection.endpoint_url.as_ref())?;
        Ok(Some(encryption))
    }
}

impl EncryptionArgs {
    /// What is to be said of the options though they can be used.
    pub(in crate::cli) fn warnings(&self) -> Vec<String> {
        self.customer_key.warning().into_iter().collect()
    }

    /// Checks the options and reads the key file.
    pub(in crate::cli) fn config(self, connection: &Connection) -> Result<Encryption> {
        let kms = matches!(self.sse, Some(Sse::Kms | Sse::KmsDsse));
        let for_kms_alone = [
            ("--sse-kms-key-id", self.sse_kms_key_id.is_some()),
            (
                "--sse-kms-encryption-context",
                self.sse_kms_encryption_context.is_some(),
            ),
            ("--bucket-key-enabled", self.bucket_key_enabled),
        ];
        for (option, given) in for_kms_alone {
            if given && !kms {
                return Err(Error::usage(format!("{option} needs --sse aws:kms"))
                    .hint("add --sse aws:kms, or leave the option out"));
            }
        }
        if self.sse.is_some() && self.customer_key.sse_c_key_file.is_some() {
            return Err(Error::usage(
                "--sse and --sse-c-key-file can't be had together",
            ));
        }
        if let Some(encryption) = self.customer_key.config(connection)? {
            return Ok(encryption);
        }
        let dsse = match self.sse {
            None => return Ok(Encryption::BucketDefault),
            Some(Sse::Aes256) => return Ok(Encryption::S3),
            Some(Sse::Kms) => false,
            Some(Sse::KmsDsse) => true,
        };
        if dsse && self.bucket_key_enabled {
            return Err(Error::usage(
                "--bucket-key-enabled does not exist for --sse aws:kms:dsse",
            ));
        }
        Ok(Encryption::Kms {
            dsse,
            key_id: header_value::value("--sse-kms-key-id", self.sse_kms_key_id)?,
            context: self
                .sse_kms_encryption_context
                .map(|text| context(&text))
                .transpose()?,
            bucket_key: self.bucket_key_enabled,
        })
    }
}

/// Says that others can read the key file, if so: not of a mount that can't be written, as those of
/// Kubernetes' secrets are, for nobody can change it there.
fn exposed(path: &Path) -> Option<String> {
    let metadata = fs::metadata(path).ok()?;
    let is_exposed = metadata.is_file() && metadata.mode() & 0o077 != 0;
    let is_fixed = || statvfs(path).is_ok_and(|it| it.flags().contains(FsFlags::ST_RDONLY));
    (is_exposed && !is_fixed()).then(|| {
        let (name, file) = (path.display(), quoted(&path.to_string_lossy()));
        format!("{name}: others may read or change this key; keep it to yourself: chmod 600 {file}")
    })
}

/// Reads an encryption context, as pairs, as JSON or as base64 of it; gives base64 of JSON.
fn context(text: &str) -> Result<String> {
    let wrong = |why: &str| {
        refuse("--sse-kms-encryption-context", format!("{text:?}"), why).hint(
            "write project=backup,host=a, or a JSON object of strings: {\"project\":\"backup\"}",
        )
    };
    let text = text.trim();
    let json = if text.starts_with('{') {
        text.as_bytes().to_vec()
    } else if let Ok(decoded) = STANDARD.decode(text) {
        decoded
    } else {
        context_pairs(text)
            .ok_or_else(|| wrong("it is neither NAME=VALUE, a JSON object nor base64"))?
    };
    let parsed = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&json)
        .map_err(|error| wrong(&format!("it is not a JSON object: {error}")))?;
    if !parsed.values().all(serde_json::Value::is_string) {
        return Err(wrong("its values must be strings"));
    }
    Ok(STANDARD.encode(json))
}

/// The JSON object of `NAME=VALUE,NAME=VALUE`. A value of nothing but = ends base64 that is not whole.
fn context_pairs(text: &str) -> Option<Vec<u8>> {
    let pairs = pair_list::split(text);
    let mut context = serde_json::Map::new();
    for pair in &pairs {
        let (name, value) = pair.split_once('=')?;
        let is_new = !context.contains_key(name);
        if !is_new || name.is_empty() || value.trim_matches('=').is_empty() {
            return None;
        }
        context.insert(name.to_owned(), value.into());
    }
    serde_json::to_vec(&context).ok()
}

/// Reads the key of SSE-C. Errors never show what the file holds.
fn customer_key(path: &Path) -> Result<CustomerKey> {
    /// More than any form of a key needs, and an end for files that have none.
    const MOST: u64 = 128;
    let wrong = |why: String| refuse("--sse-c-key-file", path.display(), why);
    let mut content = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MOST).read_to_end(&mut content))
        .map_err(|error| wrong(error.to_string()))?;
    let key = decode_key(&content).ok_or_else(|| {
        wrong("it must hold 32 bytes: raw, as base64 or as hex".to_owned())
            .hint("make one with: head -c 32 /dev/urandom > FILE")
    })?;
    Ok(CustomerKey {
        key: Secret::new(STANDARD.encode(key)),
        md5: STANDARD.encode(Md5::digest(key)),
    })
}

/// The 32 bytes of a key: as they are, in base64 or in hex; text may end in a line break.
fn decode_key(content: &[u8]) -> Option<[u8; 32]> {
    if let Ok(raw) = content.try_into() {
        return Some(raw);
    }
    let text = content.trim_ascii_end();
    let bytes = match text.len() {
        44 => STANDARD.decode(text).ok()?,
        64 => hex::decode(text).ok()?,
        _ => return None,
    };
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::put_args::tests::{config, failure};

    fn encryption(args: &[&str]) -> Encryption {
        config(&[&["b/k"], args].concat()).upload.object.encryption
    }

    fn key_file(content: &[u8]) -> (tempfile::TempDir, String) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        fs::write(&path, content).unwrap();
        let path = path.to_str().unwrap().to_owned();
        (dir, path)
    }

    #[test]
    fn types() {
        assert!(matches!(encryption(&[]), Encryption::BucketDefault));
        assert!(matches!(encryption(&["--sse"]), Encryption::S3));
        assert!(matches!(encryption(&["--sse", "AES256"]), Encryption::S3));
        for (name, double) in [("aws:kms", false), ("aws:kms:dsse", true)] {
            let Encryption::Kms {
                dsse,
                key_id: None,
                context: None,
                bucket_key: false,
            } = encryption(&["--sse", name])
            else {
                panic!("{name}");
            };
            assert_eq!(dsse, double);
        }
    }

    #[test]
    fn kms_options() {
        let found = encryption(&[
            "--sse=aws:kms",
            "--sse-kms-key-id=alias/backup",
            "--sse-kms-encryption-context={\"a\":\"b\"}",
            "--bucket-key-enabled",
        ]);
        let Encryption::Kms {
            key_id,
            context,
            bucket_key,
            ..
        } = found
        else {
            panic!("{found:?}");
        };
        assert_eq!(key_id.as_deref(), Some("alias/backup"));
        assert_eq!(context.as_deref(), Some("eyJhIjoiYiJ9"));
        assert!(bucket_key);
    }

    #[test]
    fn kms_options_need_kms() {
        for option in [
            "--sse-kms-key-id=x",
            "--sse-kms-encryption-context={}",
            "--bucket-key-enabled",
        ] {
            failure(&["b/k", option], "needs --sse aws:kms");
            failure(&["b/k", option, "--sse=AES256"], "needs --sse aws:kms");
        }
        failure(
            &["b/k", "--sse=aws:kms:dsse", "--bucket-key-enabled"],
            "dsse",
        );
        failure(
            &["b/k", "--sse=aws:kms", "--sse-kms-key-id="],
            "--sse-kms-key-id",
        );
    }

    #[test]
    fn contexts() {
        assert_eq!(context("eyJhIjoiYiJ9").unwrap(), "eyJhIjoiYiJ9");
        assert_eq!(context(" {\"a\":\"b\"}\n").unwrap(), "eyJhIjoiYiJ9");
        assert_eq!(context("a=b").unwrap(), "eyJhIjoiYiJ9");
        let several = context(r"a=b,c=d, e,f=1\,g=2").unwrap();
        let json = r#"{"a":"b","c":"d, e","f":"1,g=2"}"#;
        assert_eq!(several, STANDARD.encode(json));
        for text in ["a=b,a=c", "=b", "a=", "eyJhIjoiYi==="] {
            assert!(context(text).is_err(), "{text}");
        }
        for text in ["", "{", "[]", "{\"a\":1}", "W10=", "e30", "\"a\""] {
            assert!(context(text).is_err(), "{text}");
        }
    }

    #[test]
    fn customer_keys_in_every_form() {
        let raw = *b"0123456789abcdef0123456789abcde\n";
        let base64 = STANDARD.encode(raw);
        let hex = hex::encode(raw);
        let forms = [
            raw.to_vec(),
            base64.clone().into_bytes(),
            format!("{base64}\r\n").into_bytes(),
            hex.clone().into_bytes(),
            format!("{}\n", hex.to_uppercase()).into_bytes(),
        ];
        for form in forms {
            let (_dir, path) = key_file(&form);
            let Encryption::Customer(key) = encryption(&["--sse-c-key-file", &path]) else {
                panic!("{form:?}");
            };
            assert_eq!(key.key.expose(), base64);
            assert_eq!(key.md5, STANDARD.encode(Md5::digest(raw)));
            assert!(!format!("{key:?}").contains(&base64));
        }
    }

    #[test]
    fn bad_customer_keys_are_not_shown() {
        for content in [
            "",
            "hunter2",
            &"hunter2!".repeat(8),
            &"hunter2!".repeat(100),
            &format!("+1{}", "hunter2".repeat(9))[..64],
            "hunter2hunter2hunter2hunter2hunter2hunter2!=",
        ] {
            let (_dir, path) = key_file(content.as_bytes());
            let error = failure(&["b/k", "--sse-c-key-file", &path], "--sse-c-key-file");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
        failure(&["b/k", "--sse-c-key-file=/no/such"], "--sse-c-key-file");
        failure(&["b/k", "--sse-c-key-file=/"], "--sse-c-key-file");
    }

    #[test]
    fn customer_keys_stay_off_plain_http() {
        let (_dir, path) = key_file(&[7; 32]);
        let args = ["b/k", "--sse-c-key-file", &path];
        let with = |more: &[&'static str]| [&args[..], more].concat();
        failure(&with(&["--endpoint-url=http://h"]), "plain http");
        failure(&with(&["--sse=AES256"]), "--sse and");
        config(&with(&["--endpoint-url=https://h"]));
    }
}
