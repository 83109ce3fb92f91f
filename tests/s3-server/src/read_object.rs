//! HeadObject and GetObject.

use crate::builder::Config;
use crate::checks::{encryption, same_customer_key, tags};
use crate::failure::Failure;
use crate::http::Answer;
use crate::log::Request;
use crate::state::{Object, State};
use crate::text::http_date;

pub(crate) fn find<'a>(state: &'a State, request: &Request) -> Result<&'a Object, Failure> {
    let bucket = state.buckets.get(&request.bucket);
    let object = bucket.and_then(|bucket| bucket.objects.get(&request.key));
    object.ok_or_else(Failure::no_such_key)
}

pub(crate) fn head(config: &Config, state: &State, request: &Request) -> Result<Answer, Failure> {
    let object = find(state, request)?;
    if !config.ignore_customer_keys {
        same_customer_key(&object.headers, request)?;
    }
    let number = request.part_number.filter(|_| !config.ignore_part_numbers);
    let Some(number) = number else {
        let mut answer = describe(config, object, request, Answer::new(200));
        answer.length = Some(object.size);
        answer.without_length = config.hide_size;
        return Ok(answer);
    };
    let whole = [object.size];
    let parts = if object.parts.is_empty() {
        &whole[..]
    } else {
        &object.parts
    };
    let Some(&size) = parts.get((number as usize).wrapping_sub(1)) else {
        let message = "The requested partnumber is not satisfiable";
        return Err(Failure::new(416, "InvalidPartNumber", message));
    };
    let mut answer = describe(config, object, request, Answer::new(206));
    if !object.parts.is_empty() {
        answer = answer.with("x-amz-mp-parts-count", parts.len().to_string());
    }
    answer.length = Some(size);
    Ok(answer)
}

pub(crate) fn get(config: &Config, state: &State, request: &Request) -> Result<Answer, Failure> {
    let object = find(state, request)?;
    if !config.ignore_customer_keys {
        same_customer_key(&object.headers, request)?;
    }
    let is_another = |etag: &str| etag.trim_matches('"') != object.etag.trim_matches('"');
    if request.header("if-match").is_some_and(is_another) {
        let message = "At least one of the pre-conditions you specified did not hold";
        return Err(Failure::new(412, "PreconditionFailed", message));
    }
    let Some(body) = &object.body else {
        return Err(Failure::not_implemented("The server keeps digests only"));
    };
    let size = body.len();
    let Some(range) = request.header("range").and_then(|text| range(text, size)) else {
        let mut answer = describe(config, object, request, Answer::new(200));
        answer.body = body.clone();
        return Ok(answer);
    };
    let (from, to) = range;
    if from >= to {
        let message = "The requested range is not satisfiable";
        return Err(Failure::new(416, "InvalidRange", message));
    }
    let last = to - 1;
    let mut answer = describe(config, object, request, Answer::new(206))
        .with("content-range", format!("bytes {from}-{last}/{size}"));
    answer.body = body.slice(from..to);
    Ok(answer)
}

/// The half-open range of `bytes=a-b`, `bytes=a-` or `bytes=-n`.
fn range(text: &str, size: usize) -> Option<(usize, usize)> {
    let (from, to) = text.strip_prefix("bytes=")?.split_once('-')?;
    match (from.parse::<usize>(), to.parse::<usize>()) {
        (Ok(from), Ok(to)) => Some((from, to.saturating_add(1).min(size))),
        (Ok(from), Err(_)) => Some((from, size)),
        (Err(_), Ok(last)) => Some((size.saturating_sub(last), size)),
        _ => None,
    }
}

fn describe(config: &Config, object: &Object, request: &Request, answer: Answer) -> Answer {
    const SAME: [&str; 9] = [
        "content-encoding",
        "content-disposition",
        "content-language",
        "cache-control",
        "expires",
        "x-amz-website-redirect-location",
        "x-amz-object-lock-mode",
        "x-amz-object-lock-retain-until-date",
        "x-amz-object-lock-legal-hold",
    ];
    let kind = object.header("content-type");
    let mut answer = answer
        .with("etag", &object.etag)
        .with("last-modified", http_date(object.last_modified))
        .with("accept-ranges", "bytes")
        .with("content-type", kind.unwrap_or("binary/octet-stream"));
    let hidden = |name: &str| config.hide_attributes && name.starts_with("x-amz-object-lock-");
    for (name, value) in &object.headers {
        if hidden(name) {
            continue;
        }
        if SAME.contains(&name.as_str()) || name.starts_with("x-amz-meta-") {
            answer = answer.with(name, value);
        }
    }
    answer.headers.extend(encryption(&object.headers));
    let class = object.header("x-amz-storage-class");
    if let Some(class) = class.filter(|class| *class != "STANDARD") {
        answer = answer.with("x-amz-storage-class", class);
    }
    let count = object.header("x-amz-tagging").map_or(0, |t| tags(t).len());
    if (count > 0 || config.count_no_tags) && !config.hide_attributes {
        answer = answer.with("x-amz-tagging-count", count.to_string());
    }
    if let Some(version) = &object.version_id {
        answer = answer.with("x-amz-version-id", version);
    }
    let asked = request.header("x-amz-checksum-mode") == Some("ENABLED");
    if let Some(checksum) = &object.checksum
        && asked
        && config.echo_checksums
    {
        answer = answer
            .with(checksum.algorithm.header(), &checksum.value)
            .with("x-amz-checksum-type", checksum.type_name());
    }
    answer
}
