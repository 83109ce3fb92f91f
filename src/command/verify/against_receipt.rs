//! Whether the store still says of an object what its receipt does.

use super::comparison::Verdict;
use super::finding::Finding;
use crate::store::{KeptChecksum, ObjectFacts};

/// Compares what the store tells with what the receipt says: size, version, checksums, ETag.
pub(super) fn against_receipt(receipt: &ObjectFacts, facts: &ObjectFacts) -> Finding {
    if receipt.size != facts.size {
        let (has, had) = (facts.size, receipt.size);
        return Finding::differs(format!("it has {has} bytes, by the receipt {had}"));
    }
    if let Some((had, has)) = others(&receipt.version_id, &facts.version_id) {
        return Finding::differs(format!("its version is {has}, by the receipt {had}"));
    }
    if let Some(finding) = other_parts(receipt, facts) {
        return finding;
    }
    let mut same = Vec::new();
    for had in &receipt.checksums {
        let Some(has) = facts.checksums.iter().find(|it| is_comparable(it, had)) else {
            continue;
        };
        if has.value != had.value {
            let (algorithm, has, had) = (had.algorithm, &has.value, &had.value);
            return Finding::differs(format!("its {algorithm} is {has}, by the receipt {had}"));
        }
        same.push(had.algorithm.to_string());
    }
    match others(&receipt.etag, &facts.etag) {
        // A store may name the same bytes anew.
        Some((had, has)) if same.is_empty() => {
            return Finding::differs(format!("its ETag is {has}, by the receipt {had}"));
        }
        None if receipt.etag.is_some() && facts.etag.is_some() => same.push("ETag".to_owned()),
        _ => {}
    }
    match same.is_empty() {
        true => Finding::unverifiable("the store tells nothing that is in the receipt"),
        false => Finding::equal(format!("{} of the receipt", same.join(", "))),
    }
}

/// Both, where both are known and not the same.
fn others<'a>(had: &'a Option<String>, has: &'a Option<String>) -> Option<(&'a str, &'a str)> {
    let both = had.as_deref().zip(has.as_deref());
    both.filter(|(had, has)| had != has)
}

fn is_comparable(one: &KeptChecksum, other: &KeptChecksum) -> bool {
    one.algorithm == other.algorithm && one.parts == other.parts
}

/// The first part of which the store tells another checksum than the receipt.
fn other_parts(receipt: &ObjectFacts, facts: &ObjectFacts) -> Option<Finding> {
    let (had, has) = (receipt.parts.as_ref()?, facts.parts.as_ref()?);
    let comparison = super::comparison::of_each_part(had)?;
    let values: Vec<_> = has.iter().filter_map(|it| it.checksum.as_ref()).collect();
    let is_comparable = values.len() == had.len()
        && values
            .iter()
            .all(|(algorithm, _)| *algorithm == comparison.algorithm);
    if !is_comparable {
        return None;
    }
    let values: Vec<String> = values.into_iter().map(|(_, value)| value.clone()).collect();
    match comparison.judge_values(&values) {
        Verdict::Other(Some(parts)) => Some(Finding::other_parts(parts)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Status;
    use super::*;
    use crate::checksum::Algorithm;

    fn facts(
        etag: &str,
        checksum: Option<(Algorithm, &str)>,
        version: Option<&str>,
    ) -> ObjectFacts {
        let checksums = checksum.map(|(algorithm, value)| KeptChecksum::new(algorithm, value));
        ObjectFacts {
            size: 7,
            etag: Some(etag.to_owned()),
            version_id: version.map(ToOwned::to_owned),
            checksums: checksums.into_iter().collect(),
            ..ObjectFacts::default()
        }
    }

    #[test]
    fn what_both_know_decides() {
        let sha = |value| Some((Algorithm::Sha256, value));
        let crc = Some((Algorithm::Crc32, "x"));
        let receipt = facts("e", sha("s-2"), Some("v"));
        for (now, status) in [
            (facts("e", sha("s-2"), Some("v")), Status::Equal),
            (facts("e", None, None), Status::Equal),
            (facts("other", sha("s-2"), None), Status::Equal),
            (facts("other", crc, None), Status::Differs),
            (facts("e", sha("t-2"), None), Status::Differs),
            (facts("e", sha("s-2"), Some("w")), Status::Differs),
        ] {
            let finding = against_receipt(&receipt, &now);
            assert_eq!(finding.status, status, "{now:?} {finding:?}");
        }
        let mut longer = facts("e", None, None);
        longer.size = 8;
        assert_eq!(against_receipt(&receipt, &longer).status, Status::Differs);
        let silent = ObjectFacts {
            etag: None,
            ..facts("", None, None)
        };
        assert_eq!(
            against_receipt(&receipt, &silent).status,
            Status::Unverifiable
        );
    }
}
