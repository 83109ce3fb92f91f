//! Durations (`30s`, `15m`, `7d`) and points in time.

use crate::cli::refuse;
use crate::error::Result;
use aws_smithy_types::date_time::Format;
use std::time::{Duration, SystemTime};

/// Longest duration to wait for anything; more is taken for a mistake and would overflow clocks.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The last second of the year 9999, where the formats of HTTP and RFC 3339 end.
const LAST: Duration = Duration::from_secs(253_402_300_799);

/// Reads a duration.
pub(in crate::cli) fn parse(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text.trim()).map_err(|_| {
        "write a number with a unit, such as 500ms, 30s, 15m, 2h, 7d or 1h 30m".to_owned()
    })
}

/// Reads whole seconds, as the aws CLI takes them; 0 is as long as can be waited.
pub(in crate::cli) fn whole_seconds(text: &str) -> Result<Duration, String> {
    match text.trim().parse() {
        Ok(0) => Ok(LONGEST),
        Ok(seconds) => Ok(Duration::from_secs(seconds)),
        Err(_) => Err("write whole seconds, without a unit; 0 for no limit".to_owned()),
    }
}

/// Refuses a duration too long to wait for.
pub(in crate::cli) fn at_most_a_year(option: &str, value: Duration) -> Result<Duration> {
    if value <= LONGEST {
        return Ok(value);
    }
    Err(refuse(option, show(value), "it must be at most 365 days"))
}

/// Refuses zero, and what is too long to wait for.
pub(in crate::cli) fn not_zero(option: &str, value: Duration) -> Result<Duration> {
    if value.is_zero() {
        return Err(refuse(option, "0s", "it must be longer than zero"));
    }
    at_most_a_year(option, value)
}

/// A duration as the command line writes it.
pub(in crate::cli) fn show(value: Duration) -> String {
    humantime::format_duration(value).to_string()
}

/// Reads RFC 3339 (with an offset, or UTC where it has none), its date alone, or an HTTP date.
pub(in crate::cli) fn timestamp(text: &str) -> Option<SystemTime> {
    use aws_smithy_types::DateTime;
    let text = text.trim();
    let time = humantime::parse_rfc3339_weak(text)
        .or_else(|_| humantime::parse_rfc3339(&format!("{text}T00:00:00Z")))
        .ok()
        .or_else(|| {
            [Format::DateTimeWithOffset, Format::HttpDate]
                .into_iter()
                .filter_map(|format| DateTime::from_str(text, format).ok())
                .find_map(|time| SystemTime::try_from(time).ok())
        })?;
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    (since <= LAST).then_some(time)
}

/// The time `wait` after `now`, within the years that can be written.
pub(in crate::cli) fn after(now: SystemTime, wait: Duration) -> Option<SystemTime> {
    let time = now.checked_add(wait)?;
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    (since <= LAST).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unix(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn durations() {
        assert_eq!(parse("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(parse("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse("1h 30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(parse("7d"), Ok(Duration::from_secs(7 * 86400)));
        for text in ["", "30", "-1s", "soon", "1.5s.", "99999999999999999999y"] {
            assert!(parse(text).is_err(), "{text:?} gave {:?}", parse(text));
        }
        assert!(not_zero("--x", Duration::ZERO).is_err());
        assert!(not_zero("--x", LONGEST + Duration::from_secs(1)).is_err());
        assert!(at_most_a_year("--x", Duration::ZERO).is_ok());
    }

    #[test]
    fn timestamps() {
        for text in [
            "2027-01-15T08:00:00Z",
            "2027-01-15 08:00:00",
            "2027-01-15T09:00:00+01:00",
            "Fri, 15 Jan 2027 08:00:00 GMT",
        ] {
            assert_eq!(timestamp(text), Some(unix(1_800_000_000)), "{text}");
        }
        assert_eq!(timestamp("2027-01-15"), Some(unix(1_799_971_200)));
        for text in ["", "2027", "tomorrow", "2027-13-01", "1800000000"] {
            assert_eq!(timestamp(text), None, "{text:?}");
        }
    }

    #[test]
    fn the_end_of_time() {
        assert_eq!(after(unix(0), LAST), Some(unix(LAST.as_secs())));
        assert_eq!(after(unix(1), LAST), None);
        assert_eq!(after(unix(1), Duration::MAX), None);
    }

    proptest! {
        #[test]
        fn garbage_never_panics(text in "\\PC{0,32}") {
            let _ = (parse(&text), timestamp(&text));
        }
    }
}
