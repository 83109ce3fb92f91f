//! DESTINATION: `bucket/key`, `s3://bucket/key`, or an access point ARN and `/key`.

use crate::config::{Destination, LONGEST_KEY};
use crate::error::{Error, Result};
use std::path::Path;

/// Longest bucket name that any store takes; today S3 allows 63 characters, once it was 255.
const LONGEST_BUCKET: usize = 255;

/// Reads DESTINATION; one that names no key, or ends in `/`, takes the own name of `file`.
pub(in crate::cli) fn parse(text: &str, file: Option<&Path>) -> Result<Destination> {
    let refused = |error: Error| refused("DESTINATION", text, error);
    let (bucket, key) = split(text).map_err(refused)?;
    let key = if key.is_empty() || key.ends_with('/') {
        format!("{key}{}", own_name(file).map_err(refused)?)
    } else {
        key.to_owned()
    };
    check_key(&key).map_err(refused)?;
    Ok(Destination {
        bucket: bucket.to_owned(),
        key,
    })
}

/// Reads the DESTINATION of many files: a bucket, and a prefix that is empty or ends in `/`.
pub(in crate::cli) fn parse_prefix(text: &str) -> Result<(String, String)> {
    let refused = |error: Error| refused("DESTINATION", text, error);
    let (bucket, prefix) = split(text).map_err(refused)?;
    if !(prefix.is_empty() || prefix.ends_with('/')) {
        return Err(refused(
            Error::usage("the prefix of many files must end in /").hint(format!("write {text}/")),
        ));
    }
    if !prefix.is_empty() {
        check_key(prefix).map_err(refused)?;
    }
    Ok((bucket.to_owned(), prefix.to_owned()))
}

/// Reads the DESTINATION of trials: a bucket, and a key or a prefix, which may be empty. An ending of
/// `longer` bytes is put behind it.
pub(in crate::cli) fn parse_for_trials(text: &str, longer: usize) -> Result<Destination> {
    let refused = |error: Error| refused("DESTINATION", text, error);
    let (bucket, key) = split(text).map_err(refused)?;
    check_key(&format!("{key}{}", "x".repeat(longer))).map_err(refused)?;
    Ok(Destination {
        bucket: bucket.to_owned(),
        key: key.to_owned(),
    })
}

/// Reads BUCKET[/PREFIX]: a bucket, and what the keys begin with. Those that are there already may hold
/// what a new one may not.
pub(in crate::cli) fn parse_bucket(text: &str) -> Result<(String, String)> {
    let refused = |error: Error| refused("BUCKET", text, error);
    let (bucket, prefix) = split(text).map_err(refused)?;
    check_length(prefix).map_err(refused)?;
    Ok((bucket.to_owned(), prefix.to_owned()))
}

/// Says which argument is refused. Another kind of address may hold a password or a signature: that is
/// not shown.
fn refused(name: &str, text: &str, error: Error) -> Error {
    let is_other = text.contains("://") && !text.starts_with("s3://");
    match is_other || holds_keys(text) {
        true => error.context(name.to_owned()),
        false => error.context(format!("{name} {text:?}")),
    }
}

/// Splits into bucket (or access point ARN) and key; the key may be empty.
fn split(text: &str) -> Result<(&str, &str)> {
    let rest = text.strip_prefix("s3://").unwrap_or(text);
    if rest.starts_with("arn:") {
        return split_arn(rest);
    }
    if holds_keys(text) {
        return Err(Error::usage("it holds keys or a password").hint(
            "write s3://bucket/key, and put keys in AWS_ACCESS_KEY_ID and \
                   AWS_SECRET_ACCESS_KEY, or in a profile",
        ));
    }
    let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
    if rest.len() == text.len() {
        check_remote(bucket, key)?;
    }
    check_bucket(bucket)?;
    Ok((bucket, key))
}

/// Whether there is something like `user:secret@` in front of the bucket. A secret may hold slashes.
fn holds_keys(text: &str) -> bool {
    let rest = text.strip_prefix("s3:").unwrap_or(text);
    let rest = rest.trim_start_matches('/');
    let user = rest
        .rsplit_once('@')
        .and_then(|(before, _)| before.split_once(':'));
    !rest.starts_with("arn:") && user.is_some_and(|(user, _)| !user.contains('/'))
}

/// Refuses `s3:bucket/key` and `remote:bucket/key`, as rclone and mc name things: no bucket of S3 has a
/// colon. One of Ceph can: `tenant:bucket`.
fn check_remote(bucket: &str, key: &str) -> Result<()> {
    let (remote, name) = match bucket.split_once(':') {
        Some((remote, name)) if !name.is_empty() => (remote, name),
        _ => return Ok(()),
    };
    let error = Error::usage("a remote of another tool has no meaning here")
        .hint(format!("write s3://{name}/{key}"));
    Err(match remote.eq_ignore_ascii_case("s3") {
        true => error,
        false => error
            .hint("--profile and --endpoint-url say which store it is")
            .hint(format!("a bucket of that name is s3://{bucket}/{key}")),
    })
}

/// Refuses a bucket name that no store can have; the store itself judges the rest.
fn check_bucket(bucket: &str) -> Result<()> {
    if bucket.ends_with(':') {
        return Err(Error::usage("it must be bucket/key or s3://bucket/key")
            .hint("name another store's address with --endpoint-url"));
    }
    if bucket.is_empty() {
        return Err(Error::usage("the bucket is missing")
            .hint("write bucket/key or s3://bucket/key, without a leading /"));
    }
    if bucket.len() > LONGEST_BUCKET {
        return Err(Error::usage(format!(
            "a bucket name has at most {LONGEST_BUCKET} characters"
        )));
    }
    if bucket == "." || bucket == ".." || !bucket.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::usage(format!("{bucket:?} can't be a bucket name"))
            .hint("write bucket/key or s3://bucket/key"));
    }
    Ok(())
}

/// Splits an access point ARN from its key.
fn split_arn(text: &str) -> Result<(&str, &str)> {
    let malformed = || {
        Error::usage("it is not the ARN of an access point and a key")
            .hint("write arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME/KEY")
    };
    let mut fields = text.splitn(6, ':');
    let [_, partition, service, region, account] =
        std::array::from_fn(|_| fields.next().unwrap_or_default());
    let resource = fields.next().ok_or_else(malformed)?;
    // What comes before the key: type and name, twice over for an Outpost.
    let names: &[&str] = match service {
        "s3" => &["accesspoint"],
        "s3-outposts" => &["outpost", "accesspoint"],
        _ => return Err(malformed()),
    };
    let label = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
    };
    let digits = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    // Only a multi-Region access point, NAME.mrap, belongs to no region.
    let multi_region = service == "s3" && region.is_empty();
    if !partition.starts_with("aws") || !digits || !(multi_region || label(region)) {
        return Err(malformed());
    }
    let mut key = resource;
    for expected in names {
        // AWS writes both `accesspoint/NAME` and `accesspoint:NAME`.
        key = key
            .strip_prefix(expected)
            .and_then(|rest| rest.strip_prefix(['/', ':']))
            .ok_or_else(malformed)?;
        let end = key.find(['/', ':']).unwrap_or(key.len());
        if !label(&key[..end]) || key[end..].starts_with(':') && *expected == "accesspoint" {
            return Err(malformed());
        }
        let name = &key[..end];
        if *expected == "accesspoint" && multi_region && !name.ends_with(".mrap") {
            return Err(malformed());
        }
        key = key.get(end + 1..).unwrap_or_default();
    }
    let arn = &text[..text.len() - key.len()];
    Ok((arn.strip_suffix('/').unwrap_or(arn), key))
}

/// The name that FILE gives to a DESTINATION without one of its own.
fn own_name(file: Option<&Path>) -> Result<&str> {
    let Some(file) = file else {
        return Err(Error::usage("a stream has no name of its own")
            .hint("write the whole key: bucket/prefix/name"));
    };
    let nameless = || Error::usage(format!("{} has no name to give", file.display()));
    let name = file.file_name().ok_or_else(nameless)?;
    name.to_str().ok_or_else(|| {
        Error::usage(format!("the name of {} is not UTF-8", file.display()))
            .hint("write the whole key: bucket/prefix/name")
    })
}

fn check_length(key: &str) -> Result<()> {
    if key.len() <= LONGEST_KEY {
        return Ok(());
    }
    Err(Error::usage(format!(
        "the key has {} bytes; S3 takes at most {LONGEST_KEY}",
        key.len()
    )))
}

/// Refuses a key that S3 does not take or that would not arrive as written.
fn check_key(key: &str) -> Result<()> {
    check_length(key)?;
    // HTTP clients and stores resolve them, each in its own way, so that the object would end up
    // under another key.
    if key.split('/').any(|part| part == "." || part == "..") {
        return Err(Error::usage("a key must not hold . or .. between slashes"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pair(text: &str, file: Option<&str>) -> Option<(String, String)> {
        let found = parse(text, file.map(Path::new)).ok()?;
        Some((found.bucket, found.key))
    }

    #[track_caller]
    fn gives(text: &str, bucket: &str, key: &str) {
        let expected = Some((bucket.to_owned(), key.to_owned()));
        assert_eq!(pair(text, Some("dir/f.sql")), expected, "{text}");
    }

    #[test]
    fn bucket_and_key() {
        gives("b/k", "b", "k");
        gives("s3://b/k", "b", "k");
        gives("s3://b/a/b c/ü", "b", "a/b c/ü");
        gives("b//k", "b", "/k");
        gives("b/a//k", "b", "a//k");
        gives("Old_Bucket.Name/k", "Old_Bucket.Name", "k");
        gives("s3://tenant:b/k", "tenant:b", "k");
        gives("b/mail@example:1", "b", "mail@example:1");
        gives("b/..k/.k/k..", "b", "..k/.k/k..");
    }

    #[test]
    fn the_files_own_name() {
        gives("b", "b", "f.sql");
        gives("s3://b", "b", "f.sql");
        gives("b/", "b", "f.sql");
        gives("b/p/", "b", "p/f.sql");
        for text in ["b", "b/", "b/p/"] {
            assert_eq!(pair(text, None), None, "{text}");
            assert_eq!(pair(text, Some("dir/..")), None, "{text}");
            assert_eq!(pair(text, Some("/")), None, "{text}");
        }
        assert_eq!(pair("b/k", Some("/")), Some(("b".into(), "k".into())));
    }

    #[test]
    fn arns() {
        let point = "arn:aws:s3:eu-west-1:123456789012:accesspoint/ap";
        gives(&format!("{point}/a/k"), point, "a/k");
        gives(&format!("s3://{point}/k"), point, "k");
        gives(&format!("{point}/p/"), point, "p/f.sql");
        gives(point, point, "f.sql");
        let colon = "arn:aws:s3:eu-west-1:123456789012:accesspoint:ap";
        gives(&format!("{colon}/k"), colon, "k");
        let mrap = "arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap";
        gives(&format!("{mrap}/k"), mrap, "k");
        let china = "arn:aws-cn:s3:cn-north-1:123456789012:accesspoint/ap";
        gives(&format!("{china}/k:2"), china, "k:2");
        let outpost = "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/accesspoint/ap";
        gives(&format!("{outpost}/k"), outpost, "k");
        gives(outpost, outpost, "f.sql");
    }

    #[test]
    fn arns_refused() {
        for text in [
            "arn:",
            "arn:aws:s3:::bucket/key",
            "arn:aws:s3:eu-west-1:123456789012:accesspoint",
            "arn:aws:s3:eu-west-1:123456789012:accesspoint/",
            "arn:aws:s3:eu-west-1:123456789012:accesspoint//k",
            "arn:aws:s3:eu-west-1:123456789012:accesspoint/ap:k",
            "arn:aws:s3:eu-west-1:12345678901:accesspoint/ap/k",
            "arn:aws:s3:eu-west-1:123456789012:bucket/ap/k",
            "arn:aws:s3::123456789012:accesspoint/not-multi-region/k",
            "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/k",
            "arn:aws:s3-outposts:us-west-2:123456789012:accesspoint/ap/k",
            "arn:aws:s3-object-lambda:us-west-2:123456789012:accesspoint/ap/k",
            "arn:aws:iam::123456789012:user/k",
        ] {
            assert_eq!(pair(text, Some("f")), None, "{text}");
        }
    }

    #[test]
    fn refused() {
        let long = format!("b/{}", "k".repeat(1025));
        let wide = format!("b/{}", "ü".repeat(513));
        let bucket = format!("{}/k", "b".repeat(256));
        for text in [
            "",
            "/",
            "/b/k",
            "s3://",
            "s3:///k",
            "s3:/b/k",
            "https://host/k",
            "S3://b/k",
            "s3:b/k",
            "S3:b/k",
            "remote:b/k",
            "b b/k",
            "b\t/k",
            "bücket/k",
            "./k",
            "../k",
            "b/.",
            "b/..",
            "b/a/../k",
            "b/./k",
            "b/../",
            &long,
            &wide,
            &bucket,
        ] {
            assert_eq!(pair(text, Some("f")), None, "{text}");
        }
        let fits = format!("b/{}", "k".repeat(1024));
        assert!(pair(&fits, None).is_some());
        let over = format!("b/{}/", "k".repeat(1022));
        assert!(pair(&over, Some("ab")).is_none());
    }

    #[test]
    fn errors_are_usage_errors_that_show_the_text() {
        let error = parse("b/a/../k", None).unwrap_err();
        assert_eq!(error.exit_status(), 2);
        assert!(format!("{error:#}").contains("\"b/a/../k\""), "{error:#}");
        for text in [
            "https://user:hunter2@h/k",
            "s3://AKID:hunter2@b/k",
            "s3://AKID:hun/hunter2@b/k",
            "AKID:hunter2@b/k",
            "s3:AKID:hunter2@b/k",
        ] {
            for error in [parse(text, None).err(), parse_prefix(text).err()] {
                let error = error.unwrap();
                assert_eq!(error.exit_status(), 2, "{error:?}");
                assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
            }
        }
    }

    #[test]
    fn the_form_of_another_tool_is_refused_with_the_right_one() {
        for text in ["s3:b/k", "remote:b/k"] {
            let hints = parse(text, None).unwrap_err().hints;
            assert_eq!(hints[0], "write s3://b/k");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(bucket in "[a-z][a-z0-9.-]{1,61}[a-z]", key in "\\PC{0,40}[^/]") {
            if let Ok(found) = parse(&format!("{bucket}/{key}"), None) {
                prop_assert_eq!(&found.bucket, &bucket);
                prop_assert_eq!(&found.key, &key);
                prop_assert_eq!(parse(&found.to_string(), None).unwrap(), found);
            }
        }

        #[test]
        fn never_a_key_that_s3_refuses(text in "[a.:/]{0,12}|arn:aws:s3:[a1:/.-]{0,40}|\\PC{0,20}") {
            if let Ok(found) = parse(&text, Some(Path::new("f"))) {
                prop_assert!(!found.bucket.is_empty() && !found.bucket.contains("//"));
                prop_assert!((1..=1024).contains(&found.key.len()));
                prop_assert!(found.key.split('/').all(|part| part != "." && part != ".."));
            }
        }
    }
}
