//! Lists of `NAME=VALUE`, as the aws CLI writes them: `a=1,b=2`.

/// Splits a list into its pairs. A comma begins the next pair only where `NAME=` follows it, so that
/// `note=x, y` is one; `\,` is always a comma. Blanks around a comma that splits are not of the pairs.
pub(in crate::cli) fn split(text: &str) -> Vec<String> {
    let mut pairs = Vec::new();
    let (mut pair, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once(',') {
        rest = after;
        match before.strip_suffix('\\') {
            Some(before) => pair = pair + before + ",",
            None if begins_pair(after) => {
                pair += before;
                pairs.push(pair.trim_end().to_owned());
                pair.clear();
                rest = after.trim_start();
            }
            None => pair = pair + before + ",",
        }
    }
    pairs.push(pair + rest);
    pairs
}

/// Whether `text` begins with `NAME=`. A name has what the aws CLI takes for one, and what else a tag's
/// key may have but blanks: with those, any sentence would be a name.
fn begins_pair(text: &str) -> bool {
    let of_a_name = |c: char| c.is_alphanumeric() || "-_.:/#+@".contains(c);
    text.split_once('=').is_some_and(|(name, _)| {
        let name = name.trim_start();
        !name.is_empty() && name.chars().all(of_a_name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_comma_splits_where_a_name_follows() {
        for (text, pairs) in [
            ("a=1", &["a=1"][..]),
            ("a=1,b=2", &["a=1", "b=2"]),
            ("a=1 , b=2", &["a=1", "b=2"]),
            ("note=x, y", &["note=x, y"]),
            ("note=x, then y=2", &["note=x, then y=2"]),
            ("a=1,,b=2", &["a=1,", "b=2"]),
            ("a=1,=2", &["a=1,=2"]),
            ("a=1,", &["a=1,"]),
            ("a=x=y,b==", &["a=x=y", "b=="]),
            (r"a=1\,b=2", &["a=1,b=2"]),
            (r"a=1\\,b=2", &[r"a=1\,b=2"]),
            (r"a=C:\dir,b=2", &[r"a=C:\dir", "b=2"]),
            ("a=1,schlüssel=ü", &["a=1", "schlüssel=ü"]),
            ("u=http://h/?q=1,2&x=3", &["u=http://h/?q=1,2&x=3"]),
            ("novalue,b=2", &["novalue", "b=2"]),
            ("", &[""]),
        ] {
            assert_eq!(split(text), pairs, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn escaped_pairs_read_back(pairs in prop::collection::vec(
            ("[a-zA-Z0-9_.:/@+-]{1,8}", r"([ -~ü,]{0,8}[!-\[\]-~])?"), 1..6,
        )) {
            let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let escaped: Vec<_> = pairs.iter().map(|pair| pair.replace(',', r"\,")).collect();
            prop_assert_eq!(split(&escaped.join(",")), pairs);
        }

        #[test]
        fn no_comma_splits_where_no_name_follows(text in "[a-z ,]{0,24}") {
            prop_assert_eq!(split(&format!("note={text}")), [format!("note={text}")]);
        }

        #[test]
        fn nothing_but_commas_blanks_and_escapes_goes(text in r"[a=1, \\ü]{0,24}") {
            let bare = |text: &str| text.replace([',', ' ', '\\'], "");
            prop_assert_eq!(bare(&split(&text).concat()), bare(&text));
        }
    }
}
