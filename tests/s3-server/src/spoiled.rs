//! Answers that are not what they should be.

use crate::Algorithm;
use crate::faults::Fault;
use crate::http::Answer;
use crate::xml;

/// What S3 sends when it fails after it has begun to answer 200.
pub(crate) fn ok_with_error(code: &str, id: &str) -> Answer {
    let error = xml::error(code, "Injected fault", "", id);
    let space = " ".repeat(20);
    let text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{space}\n{error}");
    let mut answer = Answer::xml(200, text);
    answer.code = Some(code.to_owned());
    answer
}

/// Takes from a good answer what the fault takes.
pub(crate) fn spoil(mut answer: Answer, fault: &Fault) -> Answer {
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    match fault {
        Fault::OtherFirstByte => {
            let mut body = answer.body.to_vec();
            body.iter_mut().take(1).for_each(|byte| *byte ^= 1);
            answer.body = body.into();
        }
        Fault::NoEtag => {
            answer.headers.retain(|(name, _)| name != "etag");
            answer.body = xml::replace(&text, "ETag", None).into();
        }
        Fault::EmptyEtag => {
            let etag = answer.headers.iter_mut().find(|(name, _)| name == "etag");
            etag.into_iter().for_each(|(_, value)| value.clear());
            answer.body = xml::replace(&text, "ETag", Some("")).into();
        }
        Fault::WrongChecksum => {
            let mut body = text;
            for algorithm in Algorithm::ALL {
                for (name, value) in &mut answer.headers {
                    if name == algorithm.header() {
                        *value = wrong(value);
                    }
                }
                if let Some(value) = xml::text(&body, algorithm.element()) {
                    body = xml::replace(&body, algorithm.element(), Some(&wrong(&value)));
                }
            }
            answer.body = body.into();
        }
        Fault::Rewritten {
            element,
            text: other,
        } => {
            answer.body = xml::replace(&text, element, other.as_deref()).into();
        }
        Fault::Reversed => {
            let mut objects = xml::all(&text, "Contents");
            objects.reverse();
            let from = text.find("<Contents>").unwrap_or(text.len());
            let objects = objects.join("</Contents><Contents>");
            let objects = format!("<Contents>{objects}</Contents></ListBucketResult>");
            answer.body = format!("{}{objects}", &text[..from]).into();
        }
        _ => {}
    }
    answer
}

/// Another value of the same form.
fn wrong(value: &str) -> String {
    let first = if value.starts_with('A') { "B" } else { "A" };
    format!("{first}{}", value.get(1..).unwrap_or_default())
}

/// The answer with blanks in front of what matters, as S3 sends them while it puts an object together.
pub(crate) fn with_blanks(mut answer: Answer) -> Answer {
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    if let Some((declaration, rest)) = text.split_once('\n') {
        answer.body = format!("{declaration}\n{}{rest}", " ".repeat(64)).into();
    }
    answer
}
