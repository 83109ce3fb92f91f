//! Signature Version 4, computed again from what was received.

use sha2::{Digest, Sha256};

use crate::http::Head;
use crate::route::query_pairs;
use crate::text::{hex, percent_decode, percent_encode};

/// The parts of an Authorization header.
pub(crate) struct Authorization<'a> {
    pub(crate) access_key: &'a str,
    date: &'a str,
    pub(crate) region: &'a str,
    service: &'a str,
    pub(crate) signed_headers: Vec<&'a str>,
    signature: &'a str,
}

impl<'a> Authorization<'a> {
    /// Takes the header apart; `None` when it is not of this form.
    pub(crate) fn parse(header: &'a str) -> Option<Self> {
        let fields = header.strip_prefix("AWS4-HMAC-SHA256")?;
        let field = |name: &str| {
            let mut all = fields.split(',').map(str::trim);
            all.find_map(|field| field.strip_prefix(name)?.strip_prefix('='))
        };
        let mut scope = field("Credential")?.rsplitn(5, '/');
        if scope.next()? != "aws4_request" {
            return None;
        }
        let (service, region, date) = (scope.next()?, scope.next()?, scope.next()?);
        Some(Self {
            access_key: scope.next()?,
            date,
            region,
            service,
            signed_headers: field("SignedHeaders")?.split(';').collect(),
            signature: field("Signature")?,
        })
    }

    /// Whether the signature is the one that this secret gives.
    pub(crate) fn verify(&self, head: &Head, secret: &str) -> bool {
        let time = head.header("x-amz-date").unwrap_or_default();
        let scope = format!(
            "{}/{}/{}/aws4_request",
            self.date, self.region, self.service
        );
        let canonical = hex(&Sha256::digest(self.canonical_request(head)));
        let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{canonical}");
        let mut key = hmac(format!("AWS4{secret}").as_bytes(), self.date);
        for text in [self.region, self.service, "aws4_request"] {
            key = hmac(&key, text);
        }
        time.starts_with(self.date) && hex(&hmac(&key, &to_sign)) == self.signature
    }

    fn canonical_request(&self, head: &Head) -> String {
        let path = percent_encode(&percent_decode(&head.path), true);
        let mut query: Vec<(String, String)> = query_pairs(&head.query)
            .iter()
            .map(|(name, value)| (percent_encode(name, false), percent_encode(value, false)))
            .collect();
        query.sort();
        let query: Vec<String> = query.iter().map(|(n, v)| format!("{n}={v}")).collect();
        let mut headers = String::new();
        for name in &self.signed_headers {
            let value = head.joined(name);
            let words: Vec<&str> = value.split(' ').filter(|word| !word.is_empty()).collect();
            headers.push_str(&format!("{name}:{}\n", words.join(" ")));
        }
        let signed = self.signed_headers.join(";");
        let payload = head.header("x-amz-content-sha256").unwrap_or_default();
        let (method, query) = (&head.method, query.join("&"));
        format!("{method}\n{path}\n{query}\n{headers}\n{signed}\n{payload}")
    }
}

/// HMAC-SHA256 (RFC 2104).
fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut block = [0_u8; 64];
    if key.len() > block.len() {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let inner = Sha256::new()
        .chain_update(block.map(|byte| byte ^ 0x36))
        .chain_update(text)
        .finalize();
    Sha256::new()
        .chain_update(block.map(|byte| byte ^ 0x5c))
        .chain_update(inner)
        .finalize()
        .to_vec()
}
