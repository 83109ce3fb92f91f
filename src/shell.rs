//! Words of the commands that messages print.

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
    use super::quoted;

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
}
