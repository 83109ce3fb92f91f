//! The options that an upload is begun with, and that can't be others when it is gone on with.

use crate::config::{Encryption, ObjectOptions, Transfer};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::time::SystemTime;

/// Names of options, without the dashes, and what they say; those that say nothing are left out.
pub(crate) type Options = BTreeMap<String, String>;

/// What can't be another for the same upload: what is stored along with the bytes of `key`, and how they are
/// cut. Of a customer's key there is a hash alone.
pub(crate) fn recorded_options(object: &ObjectOptions, key: &str, transfer: &Transfer) -> Options {
    let mut options = Options::new();
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            options.insert(name.to_owned(), value);
        }
    };
    let lock_mode = object.lock.map(|(mode, _)| mode.to_string());
    add("content-type", object.content_type_of(key));
    add("content-encoding", object.content_encoding.clone());
    add("content-disposition", object.content_disposition.clone());
    add("content-language", object.content_language.clone());
    add("cache-control", object.cache_control.clone());
    add("expires", object.expires.map(time));
    add("metadata", pairs(&object.metadata));
    add("tag", pairs(&object.tags));
    add("storage-class", object.storage_class.clone());
    add("acl", object.acl.clone());
    add("object-lock-mode", lock_mode);
    add("object-lock-retain", object.retain.clone());
    add("object-lock-legal-hold", switch(object.legal_hold));
    add("website-redirect", object.website_redirect.clone());
    add_encryption(&mut add, &object.encryption);
    let algorithm = transfer.checksum_algorithm.name();
    add("checksum-algorithm", Some(algorithm.to_owned()));
    add("part-size", Some(transfer.part_size.to_string()));
    add("max-parts", Some(transfer.max_parts.to_string()));
    add("equal-parts", switch(transfer.equal_parts));
    options
}

/// The options that are not the same, as they are typed.
pub(super) fn differing(ours: &Options, theirs: &Options) -> Vec<String> {
    let names = ours.keys().chain(theirs.keys());
    let mut names: Vec<_> = names
        .filter(|it| ours.get(*it) != theirs.get(*it))
        .map(|it| format!("--{it}"))
        .collect();
    names.sort();
    names.dedup();
    names
}

fn add_encryption(add: &mut impl FnMut(&str, Option<String>), encryption: &Encryption) {
    match encryption {
        Encryption::BucketDefault => {}
        Encryption::S3 => add("sse", Some("AES256".to_owned())),
        Encryption::Kms {
            dsse,
            key_id,
            context,
            bucket_key,
        } => {
            let name = if *dsse { "aws:kms:dsse" } else { "aws:kms" };
            add("sse", Some(name.to_owned()));
            add("sse-kms-key-id", key_id.clone());
            add("sse-kms-encryption-context", context.clone());
            add("bucket-key-enabled", switch(*bucket_key));
        }
        Encryption::Customer(key) => {
            let hash = Sha256::digest(key.key.expose());
            add(
                "sse-c-key-file",
                Some(format!("sha256:{}", hex::encode(hash))),
            );
        }
    }
}

fn switch(on: bool) -> Option<String> {
    on.then(|| "true".to_owned())
}

fn time(time: SystemTime) -> String {
    humantime::format_rfc3339(time).to_string()
}

fn pairs(pairs: &[(String, String)]) -> Option<String> {
    let sorted: BTreeMap<_, _> = pairs.iter().cloned().collect();
    (!sorted.is_empty()).then(|| serde_json::json!(sorted).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{CustomerKey, Secret, test_transfer};

    fn of(object: &ObjectOptions) -> Options {
        recorded_options(object, "k.txt", &test_transfer())
    }

    #[test]
    fn what_differs_is_named_as_it_is_typed() {
        let plain = of(&ObjectOptions::default());
        assert_eq!(plain["content-type"], "text/plain");
        let other = of(&ObjectOptions {
            tags: vec![("a".to_owned(), "1".to_owned())],
            acl: Some("private".to_owned()),
            ..ObjectOptions::default()
        });
        assert_eq!(differing(&plain, &other), ["--acl", "--tag"]);
        assert_eq!(differing(&other, &plain), ["--acl", "--tag"]);
        assert!(differing(&other, &other).is_empty());
        let slower = crate::config::Transfer {
            workers: 1,
            max_memory: Some(1 << 30),
            ..test_transfer()
        };
        let object = ObjectOptions::default();
        assert_eq!(recorded_options(&object, "k.txt", &slower), plain);
    }

    #[test]
    fn a_customers_key_is_a_hash() {
        let key = |key: &str| {
            of(&ObjectOptions {
                encryption: Encryption::Customer(CustomerKey {
                    key: Secret::new(key.to_owned()),
                    md5: "md5".to_owned(),
                }),
                ..ObjectOptions::default()
            })
        };
        assert!(!format!("{:?}", key("c2VjcmV0")).contains("c2VjcmV0"));
        assert_eq!(differing(&key("a"), &key("b")), ["--sse-c-key-file"]);
    }
}
