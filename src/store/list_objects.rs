//! ListObjectsV2: what a bucket holds, page by page, and whether a page can be believed.

use super::Store;
use super::failure::Failure;
use super::failure_kind::FailureKind;
use super::put_object::unquoted;
use super::request_options::with_run_options;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::types::{EncodingType, Object};
use std::collections::VecDeque;
use url::form_urlencoded;

const OPERATION: &str = "ListObjectsV2";
/// Objects on a full page, unless the store says otherwise.
const FULL: i32 = 1000;

/// An object, as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListedObject {
    /// Its key.
    pub key: String,
    /// Size in bytes.
    pub size: u64,
    /// The store's name for the bytes, without quotes.
    pub etag: Option<String>,
}

/// A page of a list: objects in the order of their keys' bytes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ListPage {
    /// The objects.
    pub objects: VecDeque<ListedObject>,
    /// What the next page is asked for with; `None` behind the last.
    pub next: Option<String>,
    /// Whether the page has room left: a store that stops at so many objects and does not say that there
    /// are more fills its page.
    pub has_room: bool,
}

impl Store {
    /// A page of the objects whose keys begin with `prefix`: the first one, or the one that follows a
    /// page which ended with the key and the token in `after`.
    ///
    /// # Errors
    /// When the store does not tell, or what it tells can't be true.
    pub(crate) async fn list_objects(
        &self,
        bucket: &str,
        prefix: &str,
        after: Option<(&str, &str)>,
    ) -> Result<ListPage, Failure> {
        let sent = self.attempts(OPERATION, |current| async move {
            let builder = current
                .client
                .list_objects_v2()
                .bucket(bucket)
                .prefix(prefix)
                // A control character makes XML that nobody can read.
                .encoding_type(EncodingType::Url)
                .set_continuation_token(after.map(|(_, token)| token.to_owned()));
            let sent = with_run_options!(self.options, builder).send().await;
            sent.map_err(|error| Failure::of(OPERATION, &error))
        });
        page(&sent.await?, prefix, after)
            .map_err(|why| Failure::local(OPERATION, FailureKind::Fatal, why))
    }
}

/// # Errors
/// Says what can't be true of the page.
fn page(
    answer: &ListObjectsV2Output,
    prefix: &str,
    after: Option<(&str, &str)>,
) -> Result<ListPage, &'static str> {
    let count = i32::try_from(answer.contents().len()).unwrap_or(i32::MAX);
    // Not every store counts.
    if answer.key_count().is_some_and(|said| said != count) {
        return Err("it does not show as many objects as it says");
    }
    let is_encoded = answer.encoding_type() == Some(&EncodingType::Url);
    let objects = answer.contents().iter();
    let objects: VecDeque<_> = objects
        .map(|object| listed(object, is_encoded))
        .collect::<Result<_, _>>()?;
    let mut last = after.map(|(key, _)| key);
    for object in &objects {
        if !object.key.starts_with(prefix) {
            return Err("it shows what was not asked for");
        }
        if last.is_some_and(|last| last >= object.key.as_str()) {
            return Err("its keys are not in the order of their bytes");
        }
        last = Some(&object.key);
    }
    let next = next(answer, after.map(|(_, token)| token))?;
    if next.is_some() && objects.is_empty() {
        return Err("a page of it is empty, and not the last one");
    }
    Ok(ListPage {
        has_room: count < answer.max_keys().unwrap_or(FULL).min(FULL),
        objects,
        next,
    })
}

fn listed(object: &Object, is_encoded: bool) -> Result<ListedObject, &'static str> {
    let key = object.key().ok_or("it shows an object without a key")?;
    let size = object.size().and_then(|size| u64::try_from(size).ok());
    let etag = object.e_tag().map(unquoted);
    Ok(ListedObject {
        key: decoded(key, is_encoded)?,
        size: size.ok_or("it shows an object without a size")?,
        etag: etag.filter(|etag| !etag.is_empty()),
    })
}

/// The key that a list shows as `text`.
fn decoded(text: &str, is_encoded: bool) -> Result<String, &'static str> {
    if !text.contains(['%', '+']) {
        return Ok(text.to_owned());
    }
    if !is_encoded {
        return Err("it does not say whether its keys are encoded");
    }
    // Like the name in a form, but that is where = and & must be hidden.
    let hidden = text.replace('=', "%3D").replace('&', "%26");
    let key = form_urlencoded::parse(hidden.as_bytes()).next();
    Ok(key.map(|(key, _)| key.into_owned()).unwrap_or_default())
}

/// The token for the next page, where there is one.
fn next(answer: &ListObjectsV2Output, last: Option<&str>) -> Result<Option<String>, &'static str> {
    let token = answer.next_continuation_token();
    let token = token.filter(|token| !token.is_empty());
    match (answer.is_truncated().unwrap_or(false), token) {
        (false, None) => Ok(None),
        (false, Some(_)) => Err("it says that it ends, and how to go on"),
        (true, None) => Err("it does not say how to go on"),
        (true, token) if token == last => Err("it begins anew again and again"),
        (true, token) => Ok(token.map(ToOwned::to_owned)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_s3::operation::list_objects_v2::builders::ListObjectsV2OutputBuilder;

    fn answer(keys: &[&str]) -> ListObjectsV2OutputBuilder {
        let objects = keys.iter().map(|key| {
            let object = Object::builder().key(*key).size(1);
            object.e_tag("\"etag\"").build()
        });
        ListObjectsV2Output::builder()
            .set_contents(Some(objects.collect()))
            .encoding_type(EncodingType::Url)
    }

    fn keys(answer: ListObjectsV2OutputBuilder) -> Result<Vec<String>, &'static str> {
        let page = page(&answer.build(), "p", Some(("p/0", "token")))?;
        Ok(page.objects.into_iter().map(|it| it.key).collect())
    }

    #[test]
    fn keys_are_decoded() {
        let plain = answer(&["p/%C3%BC%07+a%2Bb", "p/=&~"]);
        assert_eq!(
            keys(plain.clone()).unwrap_err(),
            "its keys are not in the order of their bytes"
        );
        let [a, b] = ["p/A+=%26", "p/%C3%BC%07+a%2Bb"];
        assert_eq!(keys(answer(&[a, b])).unwrap(), ["p/A =&", "p/ü\u{7} a+b"]);
        let unsaid = answer(&[a]).set_encoding_type(None);
        assert!(keys(unsaid).unwrap_err().contains("encoded"));
        let unsaid = answer(&["p/ü a"]).set_encoding_type(None);
        assert_eq!(keys(unsaid).unwrap(), ["p/ü a"]);
    }

    #[test]
    fn what_cannot_be_true_is_not_believed() {
        let good = || answer(&["p/a", "p/b"]);
        assert_eq!(keys(good()).unwrap(), ["p/a", "p/b"]);
        assert!(keys(good().key_count(2).max_keys(2)).is_ok());
        for (wrong, why) in [
            (good().key_count(3), "as many"),
            (good().is_truncated(true), "how to go on"),
            (
                good().is_truncated(true).next_continuation_token(""),
                "how to go on",
            ),
            (
                good().is_truncated(true).next_continuation_token("token"),
                "again",
            ),
            (good().next_continuation_token("other"), "that it ends"),
            (answer(&["p/b", "p/a"]), "order"),
            (answer(&["p/b", "p/b"]), "order"),
            (answer(&["p/0"]), "order"),
            (answer(&["q/a"]), "asked for"),
            (
                answer(&[]).is_truncated(true).next_continuation_token("x"),
                "empty",
            ),
        ] {
            let said = keys(wrong).unwrap_err();
            assert!(said.contains(why), "{said}: {why}");
        }
    }

    #[test]
    fn a_full_page_may_hide_others() {
        let has_room =
            |answer: ListObjectsV2OutputBuilder| page(&answer.build(), "p", None).unwrap().has_room;
        assert!(has_room(answer(&["p/a"])));
        assert!(has_room(answer(&["p/a"]).max_keys(2)));
        assert!(!has_room(answer(&["p/a"]).max_keys(1)));
    }
}
