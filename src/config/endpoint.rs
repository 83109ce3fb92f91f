//! What the URL of a store may look like, whoever names it.

use crate::error::{Error, Result};
use url::Url;

/// Reads the endpoint that `named_by`, an option, a variable or a profile, names. Errors never show the
/// text: it might hold a password.
///
/// # Errors
/// When it is no `http` or `https` URL of a host, or holds what does not belong there.
pub(crate) fn parse(named_by: &str, text: &str) -> Result<Url> {
    let wrong = |why: String| {
        Error::usage(format!("{named_by} is not the URL of a store"))
            .because(why)
            .hint("write it like https://s3.example.com or http://127.0.0.1:9000")
    };
    let url = Url::parse(text).map_err(|error| wrong(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("it must begin with http:// or https://".to_owned()));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(wrong("it names no host".to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("it holds a user name or password".to_owned())
            .hint("put keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or in a profile"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("it holds a ? or a #".to_owned()));
    }
    Ok(url)
}
