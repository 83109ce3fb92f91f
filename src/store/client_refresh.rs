//! What of a client has to be made anew before the same request can do better.

use super::codes::{Code, Refresh};
use std::fmt;
use std::time::{Duration, SystemTime};

/// Clocks that are further apart may be the reason for a refusal: S3 lets 15 minutes pass, and the
/// answer took some of them.
const SKEW: Duration = Duration::from_secs(10 * 60);

/// What another client would do better.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ClientRefresh {
    /// Read the credentials again.
    Credentials,
    /// Sign for, and talk to, this region.
    Region(String),
    /// Sign with the store's time: the SDK knows it from the answer, the fast path does not.
    Clock,
}

impl fmt::Display for ClientRefresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Credentials => f.write_str("reading the credentials again"),
            Self::Region(region) => write!(f, "going on in region {region}"),
            Self::Clock => f.write_str("signing with the store's time"),
        }
    }
}

/// What a failed request asks for, by the code or the status of its answer.
pub(super) fn refresh_for(
    status: Option<u16>,
    known: Option<&Code>,
    is_coded: bool,
    region: Option<String>,
) -> Option<ClientRefresh> {
    match known.and_then(|it| it.refresh) {
        Some(Refresh::Credentials) => return Some(ClientRefresh::Credentials),
        Some(Refresh::Clock) => return Some(ClientRefresh::Clock),
        Some(Refresh::Region) => return region.map(ClientRefresh::Region),
        None => {}
    }
    match status {
        // An answer to HEAD has no body to name the code: then only the header tells.
        Some(301 | 307) => region.map(ClientRefresh::Region),
        Some(400) if !is_coded => region.map(ClientRefresh::Region),
        _ => None,
    }
}

/// A bare 403, as HEAD is answered, of a store whose `date` is another one: RequestTimeTooSkewed.
pub(super) fn clock(
    status: Option<u16>,
    is_coded: bool,
    date: Option<SystemTime>,
) -> Option<ClientRefresh> {
    let (date, now) = (date?, SystemTime::now());
    let apart = date
        .duration_since(now)
        .or_else(|_| now.duration_since(date));
    let is_skewed = apart.is_ok_and(|apart| apart > SKEW);
    (status == Some(403) && !is_coded && is_skewed).then_some(ClientRefresh::Clock)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::codes;

    fn refresh(status: u16, code: &str, region: Option<&str>) -> Option<ClientRefresh> {
        let known = codes::find(code, "");
        let region = region.map(ToOwned::to_owned);
        refresh_for(Some(status), known, !code.is_empty(), region)
    }

    #[test]
    fn only_a_named_region_is_followed() {
        let there = Some("eu-west-1");
        assert!(refresh(400, "", there).is_some());
        assert_eq!(refresh(400, "BadDigest", there), None);
        assert_eq!(
            refresh(301, "PermanentRedirect", there),
            Some(ClientRefresh::Region("eu-west-1".to_owned()))
        );
        assert_eq!(refresh(301, "", None), None);
        assert_eq!(refresh(403, "AccessDenied", there), None);
    }

    #[test]
    fn a_bare_403_of_another_time_may_be_due_to_the_clock() {
        let now = SystemTime::now();
        let hours = Duration::from_secs(3 * 3600);
        for date in [now + hours, now - hours] {
            assert_eq!(
                clock(Some(403), false, Some(date)),
                Some(ClientRefresh::Clock)
            );
            assert_eq!(clock(Some(403), true, Some(date)), None);
            assert_eq!(clock(Some(404), false, Some(date)), None);
        }
        assert_eq!(clock(Some(403), false, Some(now)), None);
        assert_eq!(clock(Some(403), false, None), None);
    }
}
