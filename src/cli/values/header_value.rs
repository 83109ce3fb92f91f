//! Values that travel in a header.

use crate::cli::refuse;
use crate::error::{Error, Result};

/// Refuses what can't be sent as the value of a header; empty values are a mistake, too.
pub(in crate::cli) fn value(option: &str, text: Option<String>) -> Result<Option<String>> {
    let Some(text) = text else {
        return Ok(None);
    };
    if text.is_empty() {
        return Err(Error::usage(format!("{option} is empty"))
            .hint(format!("leave {option} out, or give it a value")));
    }
    check(&text).map_err(|why| refuse(option, format!("{text:?}"), why))?;
    Ok(Some(text))
}

/// Why a header can't carry `text` unchanged, if it can't.
pub(in crate::cli) fn check(text: &str) -> Result<(), &'static str> {
    if text.chars().any(char::is_control) {
        return Err("control characters can't be sent");
    }
    if !text.is_ascii() {
        return Err("a header carries ASCII alone; encode other characters, as in %C3%BC");
    }
    // Stores trim them, and the signature is made over the trimmed value.
    if text.trim() != text {
        return Err("spaces at its ends would be lost");
    }
    Ok(())
}

/// Whether `name` can be part of a header's name (a token of RFC 9110).
pub(in crate::cli) fn is_token(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        let fine = value("--x", Some("text/plain; charset=utf-8".to_owned())).unwrap();
        assert_eq!(fine.as_deref(), Some("text/plain; charset=utf-8"));
        assert_eq!(value("--x", None).unwrap(), None);
        for text in ["", "a\r\nx: y", "a\0", "a\tb", "ü", " a", "a "] {
            let error = value("--x", Some(text.to_owned())).unwrap_err();
            assert_eq!(error.exit_status(), 2, "{text:?}");
            assert!(!format!("{error:#}").contains('\n'), "{error:#}");
        }
    }

    #[test]
    fn tokens() {
        assert!(is_token("made-by_2.x"));
        for name in ["", "a b", "a:b", "ü", "a/b", "a\n"] {
            assert!(!is_token(name), "{name:?}");
        }
    }
}
