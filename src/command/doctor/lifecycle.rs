//! Whether a lifecycle rule aborts unfinished uploads.

use super::finding::Finding;
use crate::config::{Destination, quoted};
use crate::store::{AbortRule, Failure};

/// What is proposed where there is none: longer than any upload takes.
const RULE: &str = r#"{"ID":"abort-unfinished-uploads","Status":"Enabled","Filter":{"Prefix":""},"AbortIncompleteMultipartUpload":{"DaysAfterInitiation":7}}"#;

/// What the rules say of uploads to `destination`.
pub(super) fn judge(rules: Result<Vec<AbortRule>, Failure>, destination: &Destination) -> Finding {
    let rules = match rules {
        Ok(rules) => rules,
        Err(failure) => return Finding::unknown(&failure, "s3:GetLifecycleConfiguration"),
    };
    if let Some(days) = days_of(&rules, &destination.key) {
        let days = crate::progress::count(usize::try_from(days).unwrap_or(0), "day", "days");
        return Finding::ok(format!("unfinished uploads are aborted after {days}"));
    }
    let found =
        "no rule aborts unfinished uploads: what a run that was killed leaves stays, and costs";
    let bucket = &destination.bucket;
    let otherwise = format!("or run s3stream uploads abort --older-than 7d {bucket} once a month");
    Finding::warning(found).hint(match rules.is_empty() {
        true => {
            let rules = quoted(&format!(r#"{{"Rules":[{RULE}]}}"#));
            format!(
                "aws s3api put-bucket-lifecycle-configuration --bucket {bucket} \
                 --lifecycle-configuration {rules}; {otherwise}"
            )
        }
        // That command replaces all rules.
        false => format!("add this one to the bucket's rules: {RULE}; {otherwise}"),
    })
}

/// Days after which an unfinished upload of `key` is aborted.
fn days_of(rules: &[AbortRule], key: &str) -> Option<i32> {
    let applies = |rule: &&AbortRule| rule.prefix.as_deref().is_some_and(|it| key.starts_with(it));
    let days = rules.iter().filter(applies).filter_map(|it| it.days);
    days.min()
}

#[cfg(test)]
mod tests {
    use super::super::finding::Status;
    use super::*;

    fn rule(prefix: Option<&str>, days: Option<i32>) -> AbortRule {
        AbortRule {
            prefix: prefix.map(ToOwned::to_owned),
            days,
        }
    }

    #[test]
    fn the_rule_that_aborts_first_counts() {
        let rules = [
            rule(Some("p/"), Some(3)),
            rule(Some(""), Some(7)),
            rule(None, Some(1)),
            rule(Some(""), None),
        ];
        assert_eq!(days_of(&rules, "p/k"), Some(3));
        assert_eq!(days_of(&rules, "q"), Some(7));
        assert_eq!(days_of(&rules[..1], "q"), None);
    }

    #[test]
    fn other_rules_are_not_replaced() {
        let destination = Destination {
            bucket: "b".to_owned(),
            key: "k".to_owned(),
        };
        let hint = |rules| {
            let found = judge(Ok(rules), &destination);
            assert_eq!(found.status, Status::Warning);
            found.hint.unwrap()
        };
        assert!(hint(Vec::new()).starts_with("aws s3api put-bucket-lifecycle-configuration"));
        let others = hint(vec![rule(Some("p/"), Some(3))]);
        assert!(others.starts_with("add this one"), "{others}");
        let rule: serde_json::Value = serde_json::from_str(RULE).unwrap();
        assert_eq!(
            rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"],
            7
        );
    }
}
