//! Encryption: what was asked for, and what the store says of it.

use super::findings::Verdict;
use crate::config::Encryption;
use crate::store::KeptEncryption;

/// The strongest type there is.
const DSSE: &str = "aws:kms:dsse";

/// Compares what was asked for with what an answer tells. Nothing told is not nothing kept.
pub(super) fn compare(asked: &Encryption, kept: &KeptEncryption) -> Verdict {
    match asked {
        Encryption::BucketDefault => Verdict::AsAsked,
        // Every other type is as strong or stronger.
        Encryption::S3 if kept.sse.is_some() => Verdict::AsAsked,
        Encryption::S3 => Verdict::Unknown,
        Encryption::Customer(key) => match &kept.customer_key_md5 {
            Some(md5) if *md5 != key.md5 => Verdict::NotAsAsked(
                "your key was to encrypt it, the store says that another customer's key did"
                    .to_owned(),
            ),
            _ if kept.customer_key => Verdict::AsAsked,
            _ => Verdict::Unknown,
        },
        Encryption::Kms { key_id, .. } => {
            let wanted = kms_type(asked);
            match (kept.sse.as_deref(), key_id, &kept.kms_key_id) {
                (None, _, _) => Verdict::Unknown,
                (Some(sse), _, _) if sse != wanted && sse != DSSE => Verdict::NotAsAsked(format!(
                    "encryption {wanted} was asked for, the store answered {sse}"
                )),
                (Some(_), Some(key), Some(used)) if is_other_key(key, used) => Verdict::NotAsAsked(
                    format!("KMS key {key} was asked for, the store answered {used}"),
                ),
                (Some(_), _, _) => Verdict::AsAsked,
            }
        }
    }
}

/// The type of KMS encryption that was asked for, as S3 spells it.
pub(super) fn kms_type(asked: &Encryption) -> &'static str {
    match asked {
        Encryption::Kms { dsse: true, .. } => DSSE,
        _ => "aws:kms",
    }
}

/// Whether two names are those of two keys. An alias is answered by the ARN of its key, of which it
/// says nothing; an id is the end of its ARN (`…:key/ID` on AWS, `arn:aws:kms:ID` on MinIO).
fn is_other_key(asked: &str, used: &str) -> bool {
    let is_alias = |name: &str| name.starts_with("alias/") || name.contains(":alias/");
    if is_alias(asked) || is_alias(used) {
        return false;
    }
    let same = match (asked.starts_with("arn:"), used.starts_with("arn:")) {
        (false, true) => ends_in(used, asked),
        (true, false) => ends_in(asked, used),
        (true, true) | (false, false) => asked.eq_ignore_ascii_case(used),
    };
    !same
}

fn ends_in(arn: &str, id: &str) -> bool {
    let (arn, id) = (arn.to_ascii_lowercase(), id.to_ascii_lowercase());
    let rest = arn.strip_suffix(&id);
    rest.is_some_and(|rest| rest.ends_with([':', '/']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{CustomerKey, Secret};

    fn kms(dsse: bool, key_id: Option<&str>) -> Encryption {
        Encryption::Kms {
            dsse,
            key_id: key_id.map(ToOwned::to_owned),
            context: None,
            bucket_key: false,
        }
    }

    fn kept(sse: &str, key_id: Option<&str>) -> KeptEncryption {
        KeptEncryption {
            sse: Some(sse.to_owned()),
            kms_key_id: key_id.map(ToOwned::to_owned),
            ..KeptEncryption::default()
        }
    }

    #[test]
    fn weaker_is_not_as_asked_and_stronger_is() {
        let nothing = KeptEncryption::default();
        let rows = [
            (Encryption::BucketDefault, nothing.clone(), "as asked"),
            (Encryption::S3, nothing.clone(), "unknown"),
            (Encryption::S3, kept("AES256", None), "as asked"),
            (Encryption::S3, kept("aws:kms", Some("k")), "as asked"),
            (kms(false, None), nothing.clone(), "unknown"),
            (kms(false, None), kept("AES256", None), "not"),
            (kms(false, None), kept("aws:kms", Some("k")), "as asked"),
            (kms(false, None), kept("aws:kms:dsse", None), "as asked"),
            (kms(true, None), kept("aws:kms", None), "not"),
            (kms(true, None), kept("aws:kms:dsse", None), "as asked"),
            (kms(false, Some("k")), kept("aws:kms", None), "as asked"),
            (kms(false, Some("k")), kept("aws:kms", Some("l")), "not"),
        ];
        for (asked, kept, expected) in rows {
            let found = match compare(&asked, &kept) {
                Verdict::AsAsked => "as asked",
                Verdict::NotAsAsked(_) => "not",
                Verdict::Unknown => "unknown",
            };
            assert_eq!(found, expected, "{asked:?} {kept:?}");
        }
        let Verdict::NotAsAsked(why) = compare(&kms(true, None), &kept("AES256", None)) else {
            panic!("weaker");
        };
        assert!(
            why.contains("aws:kms:dsse") && why.contains("AES256"),
            "{why}"
        );
    }

    #[test]
    fn a_customer_s_key_is_known_by_its_md5() {
        let asked = Encryption::Customer(CustomerKey {
            key: Secret::new("key".to_owned()),
            md5: "ours".to_owned(),
        });
        let with = |customer_key, md5: Option<&str>| {
            compare(
                &asked,
                &KeptEncryption {
                    customer_key,
                    customer_key_md5: md5.map(ToOwned::to_owned),
                    ..KeptEncryption::default()
                },
            )
        };
        assert_eq!(with(true, Some("ours")), Verdict::AsAsked);
        assert_eq!(with(true, None), Verdict::AsAsked);
        assert!(matches!(with(true, Some("theirs")), Verdict::NotAsAsked(_)));
        assert_eq!(with(false, None), Verdict::Unknown);
        assert_eq!(compare(&asked, &kept("AES256", None)), Verdict::Unknown);
    }

    #[test]
    fn keys_are_compared_where_both_are_keys() {
        let id = "1234abcd-12ab-34cd-56ef-1234567890ab";
        let arn = format!("arn:aws:kms:eu-west-1:111122223333:key/{id}");
        let other = "arn:aws:kms:eu-west-1:111122223333:key/ffffffff-12ab-34cd-56ef-1234567890ab";
        for (asked, used, is_other) in [
            (id, id, false),
            (id, arn.as_str(), false),
            (&arn, id, false),
            (&arn, &arn, false),
            (&id.to_ascii_uppercase(), &arn, false),
            (id, other, true),
            (&arn, other, true),
            (id, "ffffffff-12ab-34cd-56ef-1234567890ab", true),
            // The end of an id is no id.
            ("ab", &arn, true),
            ("alias/backup", &arn, false),
            (
                "arn:aws:kms:eu-west-1:111122223333:alias/backup",
                &arn,
                false,
            ),
            // MinIO.
            ("my/key", "arn:aws:kms:my/key", false),
            ("my/key", "arn:aws:kms:other", true),
        ] {
            assert_eq!(is_other_key(asked, used), is_other, "{asked} {used}");
        }
    }
}
