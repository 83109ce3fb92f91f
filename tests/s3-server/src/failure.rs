//! Errors as S3 answers them.

use crate::http::Answer;
use crate::xml;

/// An error before it is written.
#[derive(Debug)]
pub(crate) struct Failure {
    status: u16,
    code: String,
    message: String,
    /// Further XML elements.
    extra: String,
    headers: Vec<(String, String)>,
    /// Whether it is answered without reading the body, and the connection closed.
    pub(crate) close: bool,
}

impl Failure {
    pub(crate) fn new(status: u16, code: &str, message: &str) -> Self {
        Self {
            status,
            code: code.to_owned(),
            message: message.to_owned(),
            extra: String::new(),
            headers: Vec::new(),
            close: false,
        }
    }

    pub(crate) fn invalid(message: &str) -> Self {
        Self::new(400, "InvalidRequest", message)
    }

    pub(crate) fn argument(message: &str) -> Self {
        Self::new(400, "InvalidArgument", message)
    }

    pub(crate) fn denied() -> Self {
        Self::new(403, "AccessDenied", "Access Denied")
    }

    pub(crate) fn not_implemented(message: &str) -> Self {
        Self::new(501, "NotImplemented", message)
    }

    pub(crate) fn no_such_key() -> Self {
        Self::new(404, "NoSuchKey", "The specified key does not exist.")
    }

    pub(crate) fn precondition(condition: &str) -> Self {
        let message = "At least one of the pre-conditions you specified did not hold";
        let extra = xml::element("Condition", condition);
        Self::new(412, "PreconditionFailed", message).extra(&extra)
    }

    /// Adds XML elements.
    pub(crate) fn extra(mut self, xml: &str) -> Self {
        self.extra.push_str(xml);
        self
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn headers(mut self, headers: &[(String, String)]) -> Self {
        self.headers.extend_from_slice(headers);
        self
    }

    /// Leaves the body unread.
    pub(crate) fn closing(mut self) -> Self {
        self.close = true;
        self
    }

    /// The answer; without a body to HEAD.
    pub(crate) fn answer(self, method: &str, request_id: &str) -> Answer {
        let error = xml::error(&self.code, &self.message, &self.extra, request_id);
        let text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{error}");
        let mut answer = Answer::xml(self.status, text);
        if method == "HEAD" {
            answer.body.clear();
        }
        answer.headers.extend(self.headers);
        answer.code = Some(self.code);
        answer.close = self.close;
        answer
    }
}
