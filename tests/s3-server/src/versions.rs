//! What becomes of an object that is replaced or deleted.

use crate::failure::Failure;
use crate::http::Answer;
use crate::listing::{encoding, field, key_element};
use crate::log::Request;
use crate::state::{Bucket, Object, State};
use crate::xml;

/// Puts an object under `key`. The one that was there stays as an older version, where the bucket keeps
/// versions and it is another one.
pub(crate) fn insert(bucket: &mut Bucket, key: &str, object: Object) {
    let id = object.version_id.clone();
    let same = |it: &Object| it.version_id == id;
    bucket.older.retain(|(of, it)| of != key || !same(it));
    let before = bucket.objects.insert(key.to_owned(), object);
    let before = before.filter(|it| bucket.has_versions() && !same(it));
    bucket.older.extend(before.map(|it| (key.to_owned(), it)));
}

/// DeleteObject: of one version, for good; without a version id in a bucket that keeps versions by a marker.
pub(crate) fn delete(state: &mut State, request: &Request) -> Result<Answer, Failure> {
    let (key, version) = (&request.key, request.query.get("versionId"));
    let marker = state.version(&request.bucket);
    let Some(bucket) = state.buckets.get_mut(&request.bucket) else {
        return Ok(Answer::new(204));
    };
    let answer = Answer::new(204);
    match (version, marker) {
        (Some(id), _) => {
            if bucket.settings.default_retention {
                return Err(Failure::denied());
            }
            delete_version(bucket, key, id);
            Ok(answer.with("x-amz-version-id", id))
        }
        (None, Some(marker)) => {
            let before = bucket.objects.remove(key);
            bucket.older.extend(before.map(|it| (key.clone(), it)));
            bucket.markers.push((key.clone(), marker.clone()));
            let answer = answer.with("x-amz-version-id", marker);
            Ok(answer.with("x-amz-delete-marker", "true"))
        }
        (None, None) => {
            bucket.objects.remove(key);
            Ok(answer)
        }
    }
}

fn delete_version(bucket: &mut Bucket, key: &str, id: &str) {
    let is_it = |it: &Object| it.version_id.as_deref().unwrap_or("null") == id;
    bucket
        .markers
        .retain(|(of, marker)| of != key || marker != id);
    bucket.older.retain(|(of, it)| of != key || !is_it(it));
    if bucket.objects.get(key).is_some_and(is_it) {
        bucket.objects.remove(key);
        // The one before it shows again.
        if let Some(at) = bucket.older.iter().rposition(|(of, _)| of == key) {
            let (_, object) = bucket.older.remove(at);
            bucket.objects.insert(key.to_owned(), object);
        }
    }
}

/// All versions and delete markers of the keys that begin with the prefix, on one page.
pub(crate) fn list(state: &State, request: &Request) -> Answer {
    let prefix = field(request, "prefix");
    let entry = |name: &str, key: &str, id: &str| {
        let inner = [
            key_element(request, "Key", key),
            xml::element("VersionId", id),
        ];
        format!("<{name}>{}</{name}>", inner.concat())
    };
    let version = |(key, object): (&String, &Object)| {
        let id = object.version_id.as_deref().unwrap_or("null");
        entry("Version", key, id)
    };
    let bucket = state.buckets.get(&request.bucket);
    let found = bucket.into_iter().flat_map(|bucket| {
        let older = bucket.older.iter().map(|(key, it)| (key, it));
        let versions = bucket.objects.iter().chain(older);
        let versions = versions.filter(|(key, _)| key.starts_with(prefix));
        let markers = bucket.markers.iter();
        let markers = markers.filter(|(key, _)| key.starts_with(prefix));
        let markers = markers.map(|(key, id)| entry("DeleteMarker", key, id));
        versions.map(version).chain(markers).collect::<Vec<_>>()
    });
    let inner = [
        xml::element("Name", &request.bucket),
        xml::element("IsTruncated", "false"),
        encoding(request),
        found.collect(),
    ];
    Answer::xml(200, xml::document("ListVersionsResult", &inner.concat()))
}
