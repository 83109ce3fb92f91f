//! Words of command lines that messages tell users to run.

/// A word for a shell, in quotes where it needs them.
pub(crate) fn shell_word(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/:.,_-=+@%".contains(&byte);
    match !word.is_empty() && word.bytes().all(plain) {
        true => word.to_owned(),
        false => quoted(word),
    }
}

/// A word for a shell. One with control characters is written as bash, zsh and ksh read it.
pub(crate) fn quoted(word: &str) -> String {
    if !word.contains(char::is_control) {
        return format!("'{}'", word.replace('\'', "'\\''"));
    }
    let escaped: String = word
        .bytes()
        .map(|byte| match byte {
            b'\\' | b'\'' => format!("\\{}", char::from(byte)),
            b' '..=b'~' => char::from(byte).to_string(),
            _ => format!("\\x{byte:02x}"),
        })
        .collect();
    format!("$'{escaped}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As bash reads them back. None is started: a child holds for a moment what others have locked.
    #[test]
    fn each_word_is_written_for_a_shell() {
        for (word, written) in [
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("", "''"),
            ("$HOME `id`", "'$HOME `id`'"),
            ("a\x1b[2J\n'\\é", r"$'a\x1b[2J\x0a\'\\\xc3\xa9'"),
        ] {
            assert_eq!(quoted(word), written);
        }
    }

    #[test]
    fn plain_words_need_no_quotes() {
        for plain in ["s3://b/k", "a-b_c.d", "./-", "p=1,2"] {
            assert_eq!(shell_word(plain), plain);
        }
        for other in ["", "a b", "~", "a*", "$x", "ü"] {
            assert_eq!(shell_word(other), quoted(other));
        }
    }
}
