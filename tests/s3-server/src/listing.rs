//! ListObjectsV2, ListMultipartUploads and ListParts.

use crate::builder::{Config, Markers};
use crate::failure::Failure;
use crate::http::Answer;
use crate::log::Request;
use crate::multipart::find;
use crate::state::{Object, State, type_name};
use crate::text::{base64, hex, iso_date, percent_encode, unhex};
use crate::{BUCKET_OWNER, xml};
use std::ops::Bound;

fn owner(name: &str) -> String {
    format!("<{name}>{}</{name}>", xml::element("ID", BUCKET_OWNER))
}

/// A query field's text; empty where it is not there.
pub(crate) fn field<'a>(request: &'a Request, name: &str) -> &'a str {
    request.query.get(name).map_or("", String::as_str)
}

/// A query field's number, 1,000 at most and by default.
fn limit(request: &Request, name: &str) -> usize {
    field(request, name).parse().unwrap_or(1000).min(1000)
}

/// An element with a key in it, encoded where the request asks for it.
pub(crate) fn key_element(request: &Request, name: &str, key: &str) -> String {
    match field(request, "encoding-type") {
        "url" => xml::element(name, &percent_encode(key, true)),
        _ => xml::element(name, key),
    }
}

pub(crate) fn encoding(request: &Request) -> String {
    match field(request, "encoding-type") {
        "" => String::new(),
        kind => xml::element("EncodingType", kind),
    }
}

/// A page of the objects, in the order of their keys' bytes. The token that goes on says, in hex, after
/// which key.
pub(crate) fn objects(
    config: &Config,
    state: &State,
    request: &Request,
) -> Result<Answer, Failure> {
    let prefix = field(request, "prefix");
    let after = match field(request, "continuation-token") {
        "" => field(request, "start-after").to_owned(),
        token => unhex(token)
            .ok_or_else(|| Failure::argument("The continuation token provided is incorrect"))?,
    };
    let limit = limit(request, "max-keys").min(config.list_page);
    // Also what begins with the prefix comes behind it.
    let from = match after.as_str() >= prefix {
        true => Bound::Excluded(after.as_str()),
        false => Bound::Included(prefix),
    };
    let bucket = state.buckets.get(&request.bucket);
    let found = bucket.into_iter().flat_map(|bucket| {
        let keys = bucket.objects.range::<str, _>((from, Bound::Unbounded));
        keys.take_while(|(key, _)| key.starts_with(prefix))
    });
    let mut found: Vec<_> = found.take(limit + 1).collect();
    let more = found.len() > limit;
    found.truncate(limit);
    let mut inner = [
        xml::element("Name", &request.bucket),
        key_element(request, "Prefix", prefix),
        xml::element("KeyCount", &found.len().to_string()),
        xml::element("MaxKeys", &limit.to_string()),
        xml::element("IsTruncated", &more.to_string()),
        encoding(request),
    ]
    .concat();
    if let Some((last, _)) = found.last().filter(|_| more) {
        let token = hex(last.as_bytes());
        inner.push_str(&xml::element("NextContinuationToken", &token));
    }
    for (key, object) in found {
        inner.push_str(&contents(request, key, object));
    }
    Ok(Answer::xml(200, xml::document("ListBucketResult", &inner)))
}

fn contents(request: &Request, key: &str, object: &Object) -> String {
    let class = object.header("x-amz-storage-class");
    let fields = [
        key_element(request, "Key", key),
        xml::element("LastModified", &iso_date(object.last_modified)),
        xml::element("ETag", &object.etag),
        xml::element("Size", &object.size.to_string()),
        xml::element("StorageClass", class.unwrap_or("STANDARD")),
    ];
    format!("<Contents>{}</Contents>", fields.concat())
}

pub(crate) fn uploads(config: &Config, state: &State, request: &Request) -> Answer {
    let markers = config.uploads_markers;
    let prefix = field(request, "prefix");
    let marker = (
        field(request, "key-marker"),
        field(request, "upload-id-marker"),
    );
    let limit = limit(request, "max-uploads");
    let after = |key: &str, id: &str| match marker {
        _ if markers == Markers::Ignored => true,
        (at, "") => at.is_empty() || key > at,
        (at, last) => (key, id) > (at, last),
    };
    let mut found = state.pending();
    found.retain(|u| {
        u.bucket == request.bucket && u.key.starts_with(prefix) && after(&u.key, &u.id)
    });
    let more = found.len() > limit;
    found.truncate(limit);
    let mut inner = [
        xml::element("Bucket", &request.bucket),
        key_element(request, "KeyMarker", marker.0),
        xml::element("UploadIdMarker", marker.1),
        key_element(request, "Prefix", prefix),
        xml::element("MaxUploads", &limit.to_string()),
        xml::element("IsTruncated", &more.to_string()),
        encoding(request),
    ]
    .concat();
    let next = match markers {
        Markers::Repeated => found.first(),
        _ => found.last(),
    };
    if let Some(next) = next.filter(|_| more && markers != Markers::Untold) {
        inner.push_str(&key_element(request, "NextKeyMarker", &next.key));
        if markers != Markers::KeyAlone {
            inner.push_str(&xml::element("NextUploadIdMarker", &next.id));
        }
    }
    for pending in found {
        let Some(upload) = state.uploads.get(&pending.id) else {
            continue;
        };
        let class = upload.headers.get("x-amz-storage-class");
        let key = match config.uploads_keys_raw {
            true => xml::element("Key", &pending.key),
            false => key_element(request, "Key", &pending.key),
        };
        let mut fields = [
            key,
            xml::element("UploadId", &pending.id),
            owner("Initiator"),
            owner("Owner"),
            xml::element("StorageClass", class.map_or("STANDARD", String::as_str)),
        ]
        .concat();
        if !config.hide_initiated {
            fields.push_str(&xml::element("Initiated", &iso_date(upload.initiated)));
        }
        if let Some((algorithm, full_object)) = upload.checksum {
            fields.push_str(&xml::element("ChecksumAlgorithm", algorithm.name()));
            fields.push_str(&xml::element("ChecksumType", type_name(full_object)));
        }
        inner.push_str(&format!("<Upload>{fields}</Upload>"));
    }
    Answer::xml(200, xml::document("ListMultipartUploadsResult", &inner))
}

pub(crate) fn parts(config: &Config, state: &State, request: &Request) -> Result<Answer, Failure> {
    let upload = find(state, request)?;
    let marker: u32 = field(request, "part-number-marker").parse().unwrap_or(0);
    let limit = limit(request, "max-parts").min(config.most_parts_listed);
    let all = upload.parts.iter().filter(|(number, _)| **number > marker);
    let mut found: Vec<_> = all.take(limit + 1).collect();
    let more = found.len() > limit;
    found.truncate(limit);
    let class = upload.headers.get("x-amz-storage-class");
    let last = found.last().map_or(marker, |(number, _)| **number);
    let mut inner = [
        xml::element("Bucket", &request.bucket),
        xml::element("Key", &request.key),
        xml::element("UploadId", request.upload_id.as_deref().unwrap_or_default()),
        owner("Initiator"),
        owner("Owner"),
        xml::element("StorageClass", class.map_or("STANDARD", String::as_str)),
        xml::element("PartNumberMarker", &marker.to_string()),
        xml::element("NextPartNumberMarker", &last.to_string()),
        xml::element("MaxParts", &limit.to_string()),
        xml::element("IsTruncated", &more.to_string()),
    ]
    .concat();
    if let Some((algorithm, full_object)) = upload.checksum {
        inner.push_str(&xml::element("ChecksumAlgorithm", algorithm.name()));
        inner.push_str(&xml::element("ChecksumType", type_name(full_object)));
    }
    for (number, part) in found {
        let mut fields = [
            xml::element("PartNumber", &number.to_string()),
            xml::element("LastModified", &iso_date(part.at)),
            xml::element("ETag", &part.etag),
            xml::element("Size", &part.size.to_string()),
        ]
        .concat();
        if let (Some((algorithm, _)), Some(digest)) = (upload.checksum, &part.digest) {
            fields.push_str(&xml::element(algorithm.element(), &base64(digest)));
        }
        inner.push_str(&format!("<Part>{fields}</Part>"));
    }
    Ok(Answer::xml(200, xml::document("ListPartsResult", &inner)))
}
