//! The XML that S3 speaks: written by hand, read by scanning.

/// An XML document with S3's declaration and namespace.
pub(crate) fn document(root: &str, inner: &str) -> String {
    let space = "http://s3.amazonaws.com/doc/2006-03-01/";
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"{space}\">{inner}</{root}>"
    )
}

/// `<name>text</name>` with the text escaped.
pub(crate) fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escape(text))
}

/// An error document, without its declaration.
pub(crate) fn error(code: &str, message: &str, extra: &str, request_id: &str) -> String {
    let code = element("Code", code);
    let message = element("Message", message);
    let id = element("RequestId", request_id);
    format!("<Error>{code}{message}{extra}{id}</Error>")
}

/// The text of the first element of that name, unescaped.
pub(crate) fn text(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (inner, _) = rest.split_once(&format!("</{name}>"))?;
    Some(unescape(inner.trim()))
}

/// The inner XML of each element of that name.
pub(crate) fn all<'a>(xml: &'a str, name: &str) -> Vec<&'a str> {
    let close = format!("</{name}>");
    xml.split(&format!("<{name}>"))
        .skip(1)
        .filter_map(|rest| rest.split_once(&close).map(|(inner, _)| inner))
        .collect()
}

/// Replaces the text of the first element of that name; `None` takes the element out.
pub(crate) fn replace(xml: &str, name: &str, text: Option<&str>) -> String {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let (Some(from), Some(to)) = (xml.find(&open), xml.find(&close)) else {
        return xml.to_owned();
    };
    let middle = text.map(|text| element(name, text)).unwrap_or_default();
    format!("{}{middle}{}", &xml[..from], &xml[to + close.len()..])
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            '\n' => out.push_str("&#10;"),
            _ => out.push(letter),
        }
    }
    out
}

fn unescape(text: &str) -> String {
    text.replace("&quot;", "\"")
        .replace("&#34;", "\"")
        .replace("&apos;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}
