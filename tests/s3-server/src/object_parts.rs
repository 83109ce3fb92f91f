//! GetObjectAttributes: the parts of an object, where they were sent with checksums.

use crate::builder::Config;
use crate::checks::same_customer_key;
use crate::failure::Failure;
use crate::http::Answer;
use crate::log::Request;
use crate::read_object::find;
use crate::state::{Object, State};
use crate::xml;

pub(crate) fn attributes(
    config: &Config,
    state: &State,
    request: &Request,
) -> Result<Answer, Failure> {
    if config.no_attributes {
        return Err(Failure::not_implemented("Not implemented"));
    }
    let object = find(state, request)?;
    if !config.ignore_customer_keys {
        same_customer_key(&object.headers, request)?;
    }
    let inner = match object.parts.is_empty() {
        true => String::new(),
        false => parts(config, object, request),
    };
    let text = xml::document("GetObjectAttributesResponse", &inner);
    Ok(Answer::xml(200, text))
}

/// Without checksums S3 tells their number alone.
fn parts(config: &Config, object: &Object, request: &Request) -> String {
    let count = xml::element("PartsCount", &object.parts.len().to_string());
    let Some(checksum) = object
        .checksum
        .as_ref()
        .filter(|_| config.echo_checksums && !object.part_checksums.is_empty())
    else {
        return format!("<ObjectParts>{count}</ObjectParts>");
    };
    let marker = request.header("x-amz-part-number-marker");
    let after: usize = marker.and_then(|text| text.parse().ok()).unwrap_or(0);
    let all = object.parts.iter().zip(&object.part_checksums).enumerate();
    let page: Vec<_> = all.skip(after).take(config.most_parts_listed).collect();
    let more = after + page.len() < object.parts.len();
    let part = |(at, (size, value)): &(usize, (&u64, &String))| {
        let fields = [
            xml::element(checksum.algorithm.element(), value),
            xml::element("PartNumber", &(at + 1).to_string()),
            xml::element("Size", &size.to_string()),
        ];
        format!("<Part>{}</Part>", fields.concat())
    };
    let listed: String = page.iter().map(part).collect();
    let next = xml::element("NextPartNumberMarker", &(after + page.len()).to_string());
    let truncated = xml::element("IsTruncated", &more.to_string());
    format!("<ObjectParts>{count}{next}{truncated}{listed}</ObjectParts>")
}
