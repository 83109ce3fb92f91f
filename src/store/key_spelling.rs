//! Keys as `encoding-type=url` writes them, or should.

use url::form_urlencoded;

/// What the key of a listing may be, the likeliest first. S3 writes a blank as `+`; SeaweedFS leaves a
/// `+` as it is, and others encode nothing, or don't say that they did.
pub(super) fn spellings(listed: &str, is_encoded: bool) -> Vec<String> {
    let raw = listed.to_owned();
    let form = decoded(listed);
    let percent = decoded(&listed.replace('+', "%2B"));
    let mut all = match is_encoded {
        true => vec![form, percent, raw],
        false => vec![raw, form, percent],
    };
    if all[1] == all[0] {
        all.remove(1);
    }
    if all.len() > 1 && all[..all.len() - 1].contains(&all[all.len() - 1]) {
        all.pop();
    }
    all
}

/// A value of a form.
fn decoded(text: &str) -> String {
    let value = text.replace('&', "%26").replace('=', "%3D");
    let mut pairs = form_urlencoded::parse(value.as_bytes());
    pairs
        .next()
        .map_or_else(String::new, |(name, _)| name.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_listing_may_mean() {
        assert_eq!(spellings("a/b", true), ["a/b"]);
        assert_eq!(spellings("a%20b", true), ["a b", "a%20b"]);
        assert_eq!(spellings("a+b", true), ["a b", "a+b"]);
        assert_eq!(
            spellings("a+b%2B&c=", true),
            ["a b+&c=", "a+b+&c=", "a+b%2B&c="]
        );
        assert_eq!(spellings("a+b", false), ["a+b", "a b"]);
        assert_eq!(spellings("%C3%BC%07", true), ["ü\u{7}", "%C3%BC%07"]);
        assert_eq!(spellings("", true), [""]);
    }
}
