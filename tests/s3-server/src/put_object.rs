//! PutObject and what other operations on objects share with it.

use std::collections::HashMap;
use std::time::SystemTime;

use crate::builder::Config;
use crate::checks::{attributes, checksum_header, encryption};
use crate::digest::Body;
use crate::failure::Failure;
use crate::http::Answer;
use crate::log::Request;
use crate::state::{Checksum, Object, State};
use crate::text::hex;
use crate::versions;

pub(crate) fn put_object(
    config: &Config,
    state: &mut State,
    request: &Request,
    body: Body,
) -> Result<Answer, Failure> {
    attributes(request, lockable(state, request))?;
    condition(config, state, request)?;
    let checksum = checksum_header(request)?.map(|(algorithm, value)| Checksum {
        algorithm,
        value: value.to_owned(),
        full_object: true,
    });
    let mut object = object(config, body);
    object.headers = kept(config, request);
    object.checksum = checksum;
    object.version_id = state.version(&request.bucket);
    let mut answer = Answer::new(200).with("etag", &object.etag);
    if !config.hide_sse_at_commit {
        answer.headers.extend(encryption(&object.headers));
    }
    if let Some(version) = &object.version_id {
        answer = answer.with("x-amz-version-id", version);
    }
    if let Some(checksum) = object.checksum.as_ref().filter(|_| config.echo_checksums) {
        answer = answer
            .with(checksum.algorithm.header(), &checksum.value)
            .with("x-amz-checksum-type", checksum.type_name());
    }
    store(state, request, object);
    Ok(answer)
}

/// An object of one body, with no headers yet.
pub(crate) fn object(config: &Config, body: Body) -> Object {
    Object {
        size: body.size,
        sha256: Some(hex(&body.sha256)),
        crc64nvme: body.crc64,
        etag: etag(config, &body),
        headers: HashMap::new(),
        parts: Vec::new(),
        part_checksums: Vec::new(),
        checksum: None,
        version_id: None,
        last_modified: SystemTime::now(),
        body: body.bytes,
    }
}

/// Puts an object under the request's bucket and key.
pub(crate) fn store(state: &mut State, request: &Request, object: Object) {
    if let Some(bucket) = state.buckets.get_mut(&request.bucket) {
        versions::insert(bucket, &request.key, object);
    }
}

/// The ETag of one body, with its quotes: its MD5, or something that only looks like one.
pub(crate) fn etag(config: &Config, body: &Body) -> String {
    let md5 = body.md5.as_ref().filter(|_| config.md5_etags());
    format!("\"{}\"", hex(md5.unwrap_or(&body.sha256[..16].to_vec())))
}

/// `If-None-Match: *`.
pub(crate) fn condition(config: &Config, state: &State, request: &Request) -> Result<(), Failure> {
    let objects = state.buckets.get(&request.bucket).map(|b| &b.objects);
    let exists = objects.is_some_and(|objects| objects.contains_key(&request.key));
    match request.header("if-none-match") {
        Some("*") if exists && !config.drop_if_none_match => {
            Err(Failure::precondition("If-None-Match"))
        }
        Some("*") | None => Ok(()),
        Some(_) => Err(Failure::not_implemented("If-None-Match takes only *")),
    }
}

/// Whether the request's bucket has Object Lock.
pub(crate) fn lockable(state: &State, request: &Request) -> bool {
    let bucket = state.buckets.get(&request.bucket);
    bucket.is_some_and(|bucket| bucket.options.object_lock)
}

/// The headers that an object keeps, less those that a quirk forgets.
pub(crate) fn kept(config: &Config, request: &Request) -> HashMap<String, String> {
    let mut headers = request.headers.clone();
    headers.retain(|name, _| {
        let tags = config.drop_tags && name == "x-amz-tagging";
        let sse = config.drop_sse && name.starts_with("x-amz-server-side-encryption");
        let customer = config.ignore_customer_keys && name.contains("-encryption-customer-");
        name != "authorization" && !tags && !sse && !customer
    });
    for (name, value) in &config.kept_instead {
        if headers.remove(name).is_some() {
            headers.extend(value.clone().map(|value| (name.clone(), value)));
        }
    }
    let asked = |name: &String| name.starts_with("x-amz-server-side-encryption");
    if config.default_kms && !headers.keys().any(asked) {
        let name = "x-amz-server-side-encryption".to_owned();
        headers.insert(name, "aws:kms".to_owned());
    }
    headers
}
