use super::*;
use crate::config::{MIB, test_transfer};

/// The checksums of the parts of `bytes`.
fn parts_of(bytes: &[u8], comparison: &Comparison) -> Vec<Checksum> {
    let hashing = Hashing {
        algorithm: comparison.algorithm,
        payload_sha256: false,
    };
    let mut rest = bytes;
    let mut parts = Vec::new();
    for &size in comparison.layout.sizes() {
        let (part, behind) = rest.split_at(usize::try_from(size).unwrap());
        parts.extend(hashing.digest(part).checksum);
        rest = behind;
    }
    assert!(rest.is_empty());
    parts
}

fn facts(kept: &[(Algorithm, &str)], etag: &str, parts: Option<Vec<KeptPart>>) -> ObjectFacts {
    ObjectFacts {
        size: 9,
        etag: Some(etag.to_owned()),
        etag_may_be_md5: true,
        version_id: None,
        checksums: kept
            .iter()
            .map(|(algorithm, value)| KeptChecksum::new(*algorithm, value))
            .collect(),
        types_are_known: true,
        parts,
    }
}

/// What becomes of these bytes: whether they are proved equal, or proved others.
fn outcome(bytes: &str, facts: &ObjectFacts) -> (bool, bool) {
    let all = comparisons(facts, &test_transfer());
    let verdicts = all.iter().map(|it| {
        let verdict = it.judge(&parts_of(bytes.as_bytes(), it));
        (
            verdict == Verdict::Equal,
            verdict != Verdict::Equal && it.is_conclusive,
        )
    });
    verdicts.fold((false, false), |(equal, other), it| {
        (equal || it.0, other || it.1)
    })
}

/// Sizes of 1234, 5678 and 9.
fn sizes() -> Option<Vec<KeptPart>> {
    let part = |size| KeptPart {
        size,
        checksum: None,
    };
    Some([4, 4, 1].map(part).to_vec())
}

const OPAQUE: &str = "opaque-3";
const ETAG: &str = "393e928fcf5925fcbd3a06aaf20b2d38-3";
const SHA256: &str = "RWtJBRAdYQ9Y6rETLya5JMkap8fADJo5biSsdBWQ50E=-3";

#[test]
fn the_same_bytes_are_known_by_whatever_the_store_keeps_and_others_are_not() {
    for facts in [
        facts(&[(Algorithm::Sha256, SHA256)], OPAQUE, sizes()),
        facts(
            &[(Algorithm::Sha1, "dTcKdjYm1TzQORJOtCI1ajTa40w=-3")],
            OPAQUE,
            sizes(),
        ),
        facts(&[(Algorithm::Crc32, "y/Q5Jg==")], OPAQUE, None),
        facts(&[(Algorithm::Crc64Nvme, "rosUhgp5mIg=")], OPAQUE, None),
        facts(&[], "25f9e794323b453885f5181f1b624d0b", None),
        facts(&[], ETAG, sizes()),
        // An ETag that is none of ours does no harm.
        facts(
            &[(Algorithm::Sha256, SHA256)],
            &ETAG.replace('3', "4"),
            sizes(),
        ),
    ] {
        assert_eq!(outcome("123456789", &facts), (true, false), "{facts:?}");
        assert_eq!(outcome("123456780", &facts), (false, true), "{facts:?}");
    }
}

#[test]
fn the_first_part_that_differs_is_named() {
    let hashing = Hashing {
        algorithm: Algorithm::Crc32,
        payload_sha256: false,
    };
    let part = |bytes: &[u8]| KeptPart {
        size: bytes.len() as u64,
        checksum: Some((
            Algorithm::Crc32,
            hashing.digest(bytes).checksum.unwrap().base64(),
        )),
    };
    let parts = [&b"1234"[..], b"5678", b"9"].map(part).to_vec();
    let facts = facts(&[], OPAQUE, Some(parts));
    let all = comparisons(&facts, &test_transfer());
    let verdict = all[0].judge(&parts_of(b"1234x6780", &all[0]));
    let other = OtherParts {
        first: 2,
        offset: 4,
        size: 4,
        count: 2,
    };
    assert_eq!(verdict, Verdict::Other(Some(other)));
    assert_eq!(outcome("123456789", &facts), (true, false));
}

#[test]
fn where_the_parts_are_a_guess_nothing_is_proved_by_another_value() {
    let facts = facts(&[], ETAG, None);
    assert_eq!(outcome("123456780", &facts), (false, false));
    let unknown_type = ObjectFacts {
        types_are_known: false,
        ..self::facts(&[(Algorithm::Crc32, "y/Q5Jg==")], OPAQUE, None)
    };
    assert_eq!(outcome("123456789", &unknown_type), (true, false));
    assert_eq!(outcome("123456780", &unknown_type), (false, false));
}

#[test]
fn an_opaque_etag_alone_is_nothing_to_compare_with() {
    assert!(comparisons(&facts(&[], OPAQUE, None), &test_transfer()).is_empty());
    let mut encrypted = facts(&[], ETAG, sizes());
    encrypted.etag_may_be_md5 = false;
    assert!(comparisons(&encrypted, &test_transfer()).is_empty());
}

#[test]
fn it_says_what_is_compared() {
    let mut facts = facts(&[], ETAG, None);
    facts.size = 24 * MIB;
    let told: Vec<_> = comparisons(&facts, &test_transfer())
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(
        told.contains(&"ETag, MD5 of 3 parts of 8MiB".to_owned()),
        "{told:?}"
    );
}
