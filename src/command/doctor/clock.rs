//! The clock of the store, beside ours.

use super::finding::Finding;
use crate::progress::time;
use crate::store::Failure;
use std::time::{Duration, SystemTime};

/// Clocks that are further apart are told. S3 refuses signatures of 15 minutes and more: then they are made
/// with the store's time, but other tools fail.
const APART: Duration = Duration::from_secs(60);

/// What the clocks say: that of the store, and ours at the same moment.
pub(super) fn compare(
    clocks: Option<(SystemTime, SystemTime)>,
    refusal: Option<&Failure>,
) -> Finding {
    let skewed = Some("RequestTimeTooSkewed");
    let is_refused = refusal.is_some_and(|it| it.code.as_deref() == skewed);
    let Some((theirs, ours)) = clocks else {
        return match is_refused {
            true => Finding::failed("the store refuses requests for their time"),
            false => Finding::skipped("not known: the store does not tell the time"),
        };
    };
    let (apart, direction) = match ours.duration_since(theirs) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    let found = format!("{} {direction} the store's", time(apart));
    let hint = "set this machine's clock, and keep it by NTP (timedatectl set-ntp true)";
    if is_refused {
        Finding::failed(found).hint(hint)
    } else if apart > APART {
        Finding::warning(found).hint(hint)
    } else {
        Finding::ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Status;
    use super::*;

    #[test]
    fn a_minute_is_too_much() {
        let ours = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let minutes = |n: u64| Duration::from_secs(n * 60);
        for (theirs, status, words) in [
            (ours, Status::Ok, "0s ahead of"),
            (ours + minutes(1), Status::Ok, "1m 00s behind"),
            (ours + minutes(2), Status::Warning, "2m 00s behind"),
            (ours - minutes(20), Status::Warning, "20m 00s ahead of"),
        ] {
            let found = compare(Some((theirs, ours)), None);
            assert_eq!(found.status, status, "{found:?}");
            assert!(found.found.starts_with(words), "{found:?}");
        }
        assert_eq!(compare(None, None).status, Status::Skipped);
    }
}
