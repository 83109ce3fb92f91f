//! Metadata and tags, written K=V, also as lists: `a=1,b=2`.

use crate::cli::refuse;
use crate::cli::values::{header_value, pair_list};
use crate::config::TOKEN;
use crate::error::{Error, Result};
use std::collections::HashSet;

/// Bytes that the names and values of an object's metadata may have together. S3 takes 2 KiB; the
/// upload's own token, by which a lost answer is settled, has its place there, too.
const MOST_METADATA: usize = 2048 - 64;

/// Most tags of an object.
const MOST_TAGS: usize = 10;

/// Reads user metadata; names become lower case, as they do on their way through HTTP.
pub(in crate::cli) fn metadata(texts: Vec<String>) -> Result<Vec<(String, String)>> {
    const OPTION: &str = "--metadata";
    let mut names = HashSet::new();
    let mut pairs = Vec::with_capacity(texts.len());
    for text in all_of(&texts) {
        let wrong = |why: &str| refuse(OPTION, format!("{text:?}"), why);
        let (name, value) = split(OPTION, &text)?;
        if !header_value::is_token(name) {
            return Err(wrong(
                "a name has letters, digits and !#$%&'*+-.^_`|~ alone",
            ));
        }
        let name = name.to_ascii_lowercase();
        if name == TOKEN {
            return Err(wrong("s3stream keeps that name for itself"));
        }
        header_value::check(value).map_err(wrong)?;
        if !names.insert(name.clone()) {
            return Err(wrong("that name is given twice")
                .hint("names are compared without regard to upper and lower case"));
        }
        pairs.push((name, value.to_owned()));
    }
    let total = pairs.iter().map(|(k, v)| k.len() + v.len()).sum::<usize>();
    if total > MOST_METADATA {
        return Err(
            Error::usage(format!("{OPTION} has {total} bytes in all")).because(format!(
                "names and values may have {MOST_METADATA} together"
            )),
        );
    }
    Ok(pairs)
}

/// Reads tags.
pub(in crate::cli) fn tags(texts: Vec<String>) -> Result<Vec<(String, String)>> {
    const OPTION: &str = "--tag";
    let texts = all_of(&texts);
    if texts.len() > MOST_TAGS {
        return Err(Error::usage(format!(
            "{OPTION} gives {} tags; an object has at most {MOST_TAGS}",
            texts.len()
        )));
    }
    let mut keys = HashSet::new();
    let mut pairs = Vec::with_capacity(texts.len());
    for text in &texts {
        let wrong = |why: &str| refuse(OPTION, format!("{text:?}"), why);
        let (key, value) = split(OPTION, text)?;
        if !(1..=128).contains(&key.chars().count()) {
            return Err(wrong("a tag's key has 1 to 128 characters"));
        }
        if value.chars().count() > 256 {
            return Err(wrong("a tag's value has at most 256 characters"));
        }
        if text.chars().any(char::is_control) {
            return Err(wrong("control characters can't be sent"));
        }
        if !keys.insert(key) {
            return Err(wrong("that key is given twice"));
        }
        pairs.push((key.to_owned(), value.to_owned()));
    }
    Ok(pairs)
}

/// The pairs of all lists.
fn all_of(lists: &[String]) -> Vec<String> {
    lists
        .iter()
        .flat_map(|list| pair_list::split(list))
        .collect()
}

/// Splits at the first `=`.
pub(in crate::cli) fn split<'a>(option: &str, text: &'a str) -> Result<(&'a str, &'a str)> {
    text.split_once('=')
        .ok_or_else(|| refuse(option, format!("{text:?}"), "write it as NAME=VALUE"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::put_args::tests::config;

    fn list(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    fn pair(key: &str, value: &str) -> (String, String) {
        (key.to_owned(), value.to_owned())
    }

    #[test]
    fn options_repeat_and_take_lists() {
        let args = [
            "b/k",
            "--metadata=A=1,2,b=x, y",
            "--metadata",
            r"c=x=y\,z=",
            "--tag=A=1,2",
        ];
        let found = config(&[&args[..], &["--tag", "b="]].concat())
            .upload
            .object;
        let expected = [pair("a", "1,2"), pair("b", "x, y"), pair("c", "x=y,z=")];
        assert_eq!(found.metadata, expected);
        assert_eq!(found.tags, [pair("A", "1,2"), pair("b", "")]);
    }

    #[test]
    fn metadata_refused() {
        for texts in [
            &["novalue"][..],
            &["=v"],
            &["a b=v"],
            &["ü=v"],
            &["a=ü"],
            &["a=b\nc"],
            &["a= v"],
            &["a=1", "A=2"],
            &["S3stream-Upload=x"],
        ] {
            let error = metadata(list(texts)).unwrap_err();
            assert_eq!(error.exit_status(), 2, "{texts:?}");
        }
        assert_eq!(metadata(list(&["a="])).unwrap(), [pair("a", "")]);
    }

    #[test]
    fn metadata_leaves_room_for_the_token() {
        let of = |length: usize| metadata(vec![format!("ab={}", "v".repeat(length - 2))]);
        assert!(of(1984).is_ok());
        assert!(format!("{:#}", of(1985).unwrap_err()).contains("1985"));
    }

    #[test]
    fn tags_have_limits_in_characters() {
        let fits = format!("{}={}", "ü".repeat(128), "ü".repeat(256));
        assert!(tags(vec![fits]).is_ok());
        for text in [
            format!("{}=v", "ü".repeat(129)),
            format!("k={}", "ü".repeat(257)),
            "=v".to_owned(),
            "novalue".to_owned(),
            "k=a\nb".to_owned(),
        ] {
            assert!(tags(vec![text.clone()]).is_err(), "{text}");
        }
        let many = |n: usize| (0..n).map(|i| format!("{i}=v")).collect::<Vec<_>>();
        assert!(tags(many(10)).is_ok());
        assert!(tags(many(11)).is_err());
        assert!(tags(list(&["a=1", "a=2"])).is_err());
        assert!(tags(list(&["a=1", "A=2"])).is_ok());
    }
}
