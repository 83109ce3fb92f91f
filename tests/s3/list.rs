//! Buckets, and the lists of objects, uploads and parts.

use super::builder::Config;
use super::failure::Failure;
use super::http::Answer;
use super::log::Request;
use super::multipart::find;
use super::state::{Bucket, BucketOptions, State, type_name};
use super::text::{base64, hex, iso_date, percent_encode, unbase64};
use super::{BUCKET_OWNER, xml};

pub(super) fn create_bucket(state: &mut State, request: &Request) -> Result<Answer, Failure> {
    let lock = request.header("x-amz-bucket-object-lock-enabled");
    let object_lock = lock.is_some_and(|value| value.eq_ignore_ascii_case("true"));
    if state.buckets.contains_key(&request.bucket) {
        let message =
            "Your previous request to create the named bucket succeeded and you already own it.";
        return Err(Failure::new(409, "BucketAlreadyOwnedByYou", message));
    }
    let bucket = Bucket {
        options: BucketOptions {
            object_lock,
            versioning: object_lock,
        },
        ..Bucket::default()
    };
    state.buckets.insert(request.bucket.clone(), bucket);
    Ok(Answer::new(200).with("location", format!("/{}", request.bucket)))
}

pub(super) fn head_bucket(config: &Config) -> Answer {
    Answer::new(200).with("x-amz-bucket-region", &config.region)
}

pub(super) fn buckets(state: &State) -> Answer {
    let bucket = |name: &String| {
        let date = xml::element("CreationDate", "2026-01-01T00:00:00.000Z");
        format!("<Bucket>{}{date}</Bucket>", xml::element("Name", name))
    };
    let all: String = state.buckets.keys().map(bucket).collect();
    let inner = format!("{}<Buckets>{all}</Buckets>", owner("Owner"));
    Answer::xml(200, xml::document("ListAllMyBucketsResult", &inner))
}

fn owner(name: &str) -> String {
    format!("<{name}>{}</{name}>", xml::element("ID", BUCKET_OWNER))
}

/// A query field's text; empty where it is not there.
fn field<'a>(request: &'a Request, name: &str) -> &'a str {
    request.query.get(name).map_or("", String::as_str)
}

/// A query field's number, 1,000 at most and by default.
fn limit(request: &Request, name: &str) -> usize {
    field(request, name).parse().unwrap_or(1000).min(1000)
}

/// An element with a key in it, encoded where the request asks for it.
fn key_element(request: &Request, name: &str, key: &str) -> String {
    match field(request, "encoding-type") {
        "url" => xml::element(name, &percent_encode(key, true)),
        _ => xml::element(name, key),
    }
}

fn encoding(request: &Request) -> String {
    match field(request, "encoding-type") {
        "" => String::new(),
        kind => xml::element("EncodingType", kind),
    }
}

pub(super) fn objects(state: &State, request: &Request) -> Answer {
    let (prefix, token) = (
        field(request, "prefix"),
        field(request, "continuation-token"),
    );
    let token = unbase64(token).unwrap_or_default();
    let after = String::from_utf8_lossy(&token);
    let after = after.as_ref().max(field(request, "start-after"));
    let limit = limit(request, "max-keys");
    let bucket = state.buckets.get(&request.bucket);
    let mut found: Vec<_> = bucket
        .into_iter()
        .flat_map(|bucket| &bucket.objects)
        .filter(|(key, _)| key.starts_with(prefix) && key.as_str() > after)
        .take(limit + 1)
        .collect();
    let more = found.len() > limit;
    found.truncate(limit);
    let mut inner = [
        xml::element("Name", &request.bucket),
        key_element(request, "Prefix", prefix),
        xml::element("MaxKeys", &limit.to_string()),
        xml::element("KeyCount", &found.len().to_string()),
        xml::element("IsTruncated", &more.to_string()),
        encoding(request),
    ]
    .concat();
    if let Some((last, _)) = found.last().filter(|_| more) {
        let token = base64(last.as_bytes());
        inner.push_str(&xml::element("NextContinuationToken", &token));
    }
    for (key, object) in found {
        let class = object.header("x-amz-storage-class").unwrap_or("STANDARD");
        let fields = [
            key_element(request, "Key", key),
            xml::element("LastModified", &iso_date(object.last_modified)),
            xml::element("ETag", &object.etag),
            xml::element("Size", &object.size.to_string()),
            xml::element("StorageClass", class),
        ];
        inner.push_str(&format!("<Contents>{}</Contents>", fields.concat()));
    }
    Answer::xml(200, xml::document("ListBucketResult", &inner))
}

pub(super) fn uploads(config: &Config, state: &State, request: &Request) -> Answer {
    let prefix = field(request, "prefix");
    let marker = (
        field(request, "key-marker"),
        field(request, "upload-id-marker"),
    );
    let limit = limit(request, "max-uploads");
    let wanted = |key: &str| match config.list_uploads_by_exact_key {
        true => key == prefix,
        false => key.starts_with(prefix),
    };
    let after = |key: &str, id: &str| match marker {
        (at, "") => at.is_empty() || key > at,
        (at, last) => (key, id) > (at, last),
    };
    let mut found = state.pending();
    found.retain(|u| u.bucket == request.bucket && wanted(&u.key) && after(&u.key, &u.id));
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
    if let Some(last) = found.last().filter(|_| more) {
        inner.push_str(&key_element(request, "NextKeyMarker", &last.key));
        inner.push_str(&xml::element("NextUploadIdMarker", &last.id));
    }
    for pending in found {
        let Some(upload) = state.uploads.get(&pending.id) else {
            continue;
        };
        let class = upload.headers.get("x-amz-storage-class");
        let mut fields = [
            key_element(request, "Key", &pending.key),
            xml::element("UploadId", &pending.id),
            owner("Initiator"),
            owner("Owner"),
            xml::element("StorageClass", class.map_or("STANDARD", String::as_str)),
            xml::element("Initiated", &iso_date(upload.initiated)),
        ]
        .concat();
        if let Some((algorithm, full_object)) = upload.checksum {
            fields.push_str(&xml::element("ChecksumAlgorithm", algorithm.name()));
            fields.push_str(&xml::element("ChecksumType", type_name(full_object)));
        }
        inner.push_str(&format!("<Upload>{fields}</Upload>"));
    }
    Answer::xml(200, xml::document("ListMultipartUploadsResult", &inner))
}

pub(super) fn parts(state: &State, request: &Request) -> Result<Answer, Failure> {
    let upload = find(state, request)?;
    let marker: u32 = field(request, "part-number-marker").parse().unwrap_or(0);
    let limit = limit(request, "max-parts");
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
