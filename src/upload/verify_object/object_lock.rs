//! Object Lock: the retention that was asked for, and the one that the store has.

use super::findings::Verdict;
use crate::config::LockMode;
use crate::store::KeptRetention;
use std::time::{Duration, SystemTime};

/// Stores cut a time down to whole seconds.
const CUT: Duration = Duration::from_secs(1);

/// Compares what was asked for with what the store has; `None` where it says that there is none.
pub(super) fn compare(asked: (LockMode, SystemTime), kept: Option<&KeptRetention>) -> Verdict {
    let (mode, until) = asked;
    let name = mode_name(mode);
    let wanted = format!("retention {name} until {} was asked for", date(until));
    let Some(kept) = kept else {
        return Verdict::NotAsAsked(format!("{wanted}, the store has none"));
    };
    let weaker = kept.mode != name && kept.mode != mode_name(LockMode::Compliance);
    let shorter = kept.until.is_some_and(|it| it + CUT < until);
    if weaker || shorter {
        let end = kept.until.map(|it| format!(" until {}", date(it)));
        let end = end.unwrap_or_default();
        return Verdict::NotAsAsked(format!("{wanted}, the store has {}{end}", kept.mode));
    }
    match kept.until {
        Some(_) => Verdict::AsAsked,
        None => Verdict::Unknown,
    }
}

fn mode_name(mode: LockMode) -> &'static str {
    match mode {
        LockMode::Governance => "GOVERNANCE",
        LockMode::Compliance => "COMPLIANCE",
    }
}

fn date(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weaker_shorter_or_absent_is_not_as_asked() {
        let until = SystemTime::UNIX_EPOCH + Duration::from_millis(2_000_000_000_900);
        let (cut, longer) = (until - Duration::from_millis(900), until + CUT);
        let shorter = until - Duration::from_secs(2);
        for (mode, kept, end, expected) in [
            (LockMode::Compliance, "COMPLIANCE", Some(until), true),
            (LockMode::Compliance, "COMPLIANCE", Some(cut), true),
            (LockMode::Compliance, "COMPLIANCE", Some(longer), true),
            (LockMode::Compliance, "COMPLIANCE", Some(shorter), false),
            (LockMode::Compliance, "GOVERNANCE", Some(until), false),
            (LockMode::Compliance, "GOVERNANCE", None, false),
            (LockMode::Governance, "GOVERNANCE", Some(until), true),
            (LockMode::Governance, "COMPLIANCE", Some(until), true),
            (LockMode::Governance, "COMPLIANCE", Some(shorter), false),
            (LockMode::Governance, "NONE", Some(until), false),
        ] {
            let kept = KeptRetention {
                mode: kept.to_owned(),
                until: end,
            };
            let verdict = compare((mode, until), Some(&kept));
            assert_eq!(verdict == Verdict::AsAsked, expected, "{mode:?} {kept:?}");
        }
        let Verdict::NotAsAsked(why) = compare((LockMode::Compliance, until), None) else {
            panic!("absent");
        };
        assert!(why.contains("COMPLIANCE until 2033-05-18"), "{why}");
    }

    #[test]
    fn a_retention_without_its_end_is_not_judged() {
        let kept = KeptRetention {
            mode: "COMPLIANCE".to_owned(),
            until: None,
        };
        let asked = (LockMode::Compliance, SystemTime::UNIX_EPOCH);
        assert_eq!(compare(asked, Some(&kept)), Verdict::Unknown);
    }
}
