//! CompleteMultipartUpload: all that S3 refuses, then the object.

use std::time::SystemTime;

use bytes::{Bytes, BytesMut};
use md5::{Digest as _, Md5};
use sha2::Sha256;

use crate::builder::Config;
use crate::checks::{checksum_header, encryption, same_customer_key};
use crate::digest::{Algorithm, Body, combine_crc64};
use crate::failure::Failure;
use crate::http::Answer;
use crate::log::Request;
use crate::multipart::find;
use crate::put_object::{condition, store};
use crate::state::{Checksum, Object, Part, State, Upload, type_name};
use crate::text::{base64, hex};
use crate::xml;

pub(crate) fn complete(
    config: &Config,
    state: &mut State,
    request: &Request,
    body: &Body,
) -> Result<Answer, Failure> {
    let upload = find(state, request)?;
    if upload.checksum.is_some() && !config.drop_sse && !config.ignore_customer_keys {
        same_customer_key(&upload.headers, request)?;
    }
    let listed = parse(body)?;
    numbers(upload, &listed)?;
    let parts = parts(upload, &listed)?;
    sizes(config, request, &parts)?;
    let checksum = upload.checksum.and_then(|kind| whole(kind, &parts));
    no_composite(config, request)?;
    compare(request, checksum.as_ref())?;
    condition(config, state, request)?;

    let version = state.version(&request.bucket);
    let id = request.upload_id.as_deref().unwrap_or_default();
    let Some(upload) = state.uploads.remove(id) else {
        return Err(Failure::new(500, "InternalError", "The upload is gone"));
    };
    let mut object = assemble(config, upload, &listed);
    object.checksum = checksum;
    object.version_id = version;
    let answer = answer(config, request, &object);
    store(state, request, object);
    Ok(answer)
}

/// A part as Complete lists it.
struct Listed {
    number: u32,
    etag: String,
    checksums: Vec<(Algorithm, String)>,
}

fn parse(body: &Body) -> Result<Vec<Listed>, Failure> {
    let text = String::from_utf8_lossy(body.bytes.as_deref().unwrap_or_default());
    let malformed = || {
        let message = "The XML you provided was not well-formed or did not validate against our published schema";
        Failure::new(400, "MalformedXML", message)
    };
    let part = |part: &str| {
        let value = |algorithm: Algorithm| Some((algorithm, xml::text(part, algorithm.element())?));
        Some(Listed {
            number: xml::text(part, "PartNumber")?.parse().ok()?,
            etag: xml::text(part, "ETag")?,
            checksums: Algorithm::ALL.into_iter().filter_map(value).collect(),
        })
    };
    let listed: Option<Vec<Listed>> = xml::all(&text, "Part").into_iter().map(part).collect();
    let complete = text.contains("<CompleteMultipartUpload") && text.contains("</Complete");
    listed
        .filter(|parts| complete && !parts.is_empty())
        .ok_or_else(malformed)
}

fn numbers(upload: &Upload, listed: &[Listed]) -> Result<(), Failure> {
    let ascending = listed
        .windows(2)
        .all(|pair| pair[0].number < pair[1].number);
    let mut counted = (1..).zip(listed);
    let consecutive = counted.all(|(number, part): (u32, _)| part.number == number);
    if ascending && (consecutive || upload.checksum.is_none()) {
        return Ok(());
    }
    let message = "The list of parts was not in ascending order, or not consecutive from 1 where checksums were declared. Parts must be ordered by part number.";
    Err(Failure::new(400, "InvalidPartOrder", message))
}

/// The uploaded parts that are listed, each compared with what is said of it.
fn parts<'a>(upload: &'a Upload, listed: &[Listed]) -> Result<Vec<&'a Part>, Failure> {
    let mut parts = Vec::new();
    for entry in listed {
        let part = upload.parts.get(&entry.number);
        let same = |part: &&Part| part.etag.trim_matches('"') == entry.etag.trim_matches('"');
        let part = part
            .filter(same)
            .ok_or_else(|| invalid_part(entry.number))?;
        checksums(upload, part, entry)?;
        parts.push(part);
    }
    Ok(parts)
}

fn checksums(upload: &Upload, part: &Part, entry: &Listed) -> Result<(), Failure> {
    let stored = part.digest.as_deref().map(base64);
    let declared = upload.checksum.map(|(algorithm, _)| algorithm);
    let right = |(algorithm, value): &(Algorithm, String)| {
        declared == Some(*algorithm) && stored.as_ref() == Some(value)
    };
    if !entry.checksums.iter().all(right) {
        return Err(invalid_part(entry.number));
    }
    match upload.checksum {
        Some((algorithm, false)) if entry.checksums.is_empty() => {
            let (name, number) = (algorithm.name().to_lowercase(), entry.number);
            Err(Failure::invalid(&format!(
                "The upload was created using a {name} checksum. The complete request must include the checksum for each part. It was missing for part {number} in the request."
            )))
        }
        _ => Ok(()),
    }
}

fn invalid_part(number: u32) -> Failure {
    let message = "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag or checksum may not match the part's.";
    let extra = xml::element("PartNumber", &number.to_string());
    Failure::new(400, "InvalidPart", message).extra(&extra)
}

fn sizes(config: &Config, request: &Request, parts: &[&Part]) -> Result<(), Failure> {
    let full = &parts[..parts.len() - 1];
    if full.iter().any(|part| part.size < config.min_part_size) {
        let message = "Your proposed upload is smaller than the minimum allowed size";
        return Err(Failure::new(400, "EntityTooSmall", message));
    }
    let size = parts[0].size;
    let last = parts[parts.len() - 1].size;
    if config.equal_parts_only && (full.iter().any(|part| part.size != size) || last > size) {
        let message = "All non-trailing parts must have the same length.";
        return Err(Failure::new(400, "InvalidPart", message));
    }
    let sum: u64 = parts.iter().map(|part| part.size).sum();
    match request.header("x-amz-mp-object-size") {
        Some(said) if said.parse() != Ok(sum) => Err(Failure::invalid(&format!(
            "The provided 'x-amz-mp-object-size' header value {said} does not match what was computed: {sum}"
        ))),
        _ => Ok(()),
    }
}

/// The checksum of the whole, as declared at Create.
fn whole((algorithm, full_object): (Algorithm, bool), parts: &[&Part]) -> Option<Checksum> {
    let digests = parts
        .iter()
        .map(|part| Some((part.size, part.digest.clone()?)));
    let digests: Vec<(u64, Vec<u8>)> = digests.collect::<Option<_>>()?;
    let value = if full_object {
        algorithm.full_object(&digests)?
    } else {
        algorithm.composite(&digests)
    };
    Some(Checksum {
        algorithm,
        value,
        full_object,
    })
}

fn no_composite(config: &Config, request: &Request) -> Result<(), Failure> {
    match checksum_header(request)? {
        Some((_, value)) if config.refuse_composites && value.contains('-') => {
            Err(Failure::invalid("Value for x-amz-checksum-* is invalid."))
        }
        _ => Ok(()),
    }
}

fn compare(request: &Request, own: Option<&Checksum>) -> Result<(), Failure> {
    if let Some(kind) = request.header("x-amz-checksum-type")
        && own.map(Checksum::type_name) != Some(kind)
    {
        return Err(Failure::invalid(
            "The upload was created using another checksum type than the complete request names.",
        ));
    }
    let Some((algorithm, value)) = checksum_header(request)? else {
        return Ok(());
    };
    // The number of parts may be left out, as S3 has it.
    let same = |own: &Checksum| {
        own.algorithm == algorithm
            && (own.value == value || own.value.split('-').next() == Some(value))
    };
    if own.is_some_and(same) {
        return Ok(());
    }
    let message = format!(
        "The {} you specified did not match the calculated checksum.",
        algorithm.name()
    );
    Err(Failure::new(400, "BadDigest", &message))
}

/// The object that another tool's upload made of all its parts.
pub(crate) fn of_all_parts(config: &Config, upload: Upload) -> Object {
    let listed = |number: &u32| Listed {
        number: *number,
        etag: String::new(),
        checksums: Vec::new(),
    };
    let all: Vec<_> = upload.parts.keys().map(listed).collect();
    assemble(config, upload, &all)
}

fn assemble(config: &Config, mut upload: Upload, listed: &[Listed]) -> Object {
    let numbers = listed.iter().map(|entry| entry.number);
    let parts: Vec<Part> = numbers.filter_map(|n| upload.parts.remove(&n)).collect();
    let sizes: Vec<u64> = parts.iter().map(|part| part.size).collect();
    let size: u64 = sizes.iter().sum();
    let etag = etag(config, &parts);
    let digests = parts.iter().map(|part| part.digest.as_deref().map(base64));
    let part_checksums: Option<Vec<String>> = digests.collect();
    let crc64nvme = combine_crc64(parts.iter().map(|part| (part.size, part.crc64)));
    let body = join(parts, size);
    Object {
        sha256: body.as_ref().map(|body| hex(&Sha256::digest(body))),
        body,
        size,
        crc64nvme,
        etag,
        headers: upload.headers,
        parts: sizes,
        part_checksums: part_checksums.unwrap_or_default(),
        checksum: None,
        version_id: None,
        last_modified: SystemTime::now(),
    }
}

/// The bodies one after the other, each let go once it is copied; `None` where they were not kept.
fn join(parts: Vec<Part>, size: u64) -> Option<Bytes> {
    let kept = parts.iter().all(|part| part.body.is_some());
    if !kept {
        return None;
    }
    let mut bodies: Vec<Bytes> = parts.into_iter().filter_map(|part| part.body).collect();
    if bodies.len() == 1 {
        return bodies.pop();
    }
    let mut whole = BytesMut::with_capacity(usize::try_from(size).ok()?);
    for body in bodies {
        whole.extend_from_slice(&body);
    }
    Some(whole.freeze())
}

/// The hash of the parts' hashes and their number.
fn etag(config: &Config, parts: &[Part]) -> String {
    let md5: Option<Vec<u8>> = parts.iter().try_fold(Vec::new(), |mut all, part| {
        all.extend_from_slice(part.md5.as_ref()?);
        Some(all)
    });
    let hash = match md5.filter(|_| config.md5_etags()) {
        Some(md5) => hex(&Md5::digest(md5)),
        None => {
            let all: String = parts.iter().map(|part| part.etag.as_str()).collect();
            hex(&Sha256::digest(all)[..16])
        }
    };
    format!("\"{hash}-{}\"", parts.len())
}

fn answer(config: &Config, request: &Request, object: &Object) -> Answer {
    let location = format!("/{}/{}", request.bucket, request.key);
    let mut inner = [
        xml::element("Location", &location),
        xml::element("Bucket", &request.bucket),
        xml::element("Key", &request.key),
        xml::element("ETag", &object.etag),
    ]
    .concat();
    if let Some(checksum) = object.checksum.as_ref().filter(|_| config.echo_checksums) {
        inner.push_str(&xml::element(checksum.algorithm.element(), &checksum.value));
        let kind = type_name(checksum.full_object);
        inner.push_str(&xml::element("ChecksumType", kind));
    }
    let text = xml::document("CompleteMultipartUploadResult", &inner);
    let mut answer = Answer::xml(200, text);
    // The customer's key is known to the parts, not to this answer.
    let named =
        |(name, _): &(String, String)| !config.hide_sse_at_commit && !name.contains("-customer-");
    let headers = encryption(&object.headers);
    answer.headers.extend(headers.into_iter().filter(named));
    match object
        .version_id
        .as_ref()
        .filter(|_| !config.hide_version_at_complete)
    {
        Some(version) => answer.with("x-amz-version-id", version),
        None => answer,
    }
}
