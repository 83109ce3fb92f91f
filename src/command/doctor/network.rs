//! Name resolution, connection and TLS.

use super::check::Check;
use super::finding::{Finding, Status};
use super::report::Report;
use crate::error::Error;
use crate::http::{Certificate, Examined, Reached, TlsSession, TransportError};
use crate::progress::time;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

/// A certificate that ends sooner should have been replaced: those of Let's Encrypt are, 30 days before.
const SOON: Duration = Duration::from_secs(14 * 86_400);

/// Tells them; gives what is to be said of all that needs a connection, where there is none.
pub(super) fn tell(examined: &Examined, report: &mut Report) -> Result<(), &'static str> {
    let host = &examined.host;
    match &examined.addresses {
        Ok(addresses) => {
            let addresses: Vec<_> = addresses.iter().map(IpAddr::to_string).collect();
            let found = format!("{host}: {}", addresses.join(", "));
            report.tell(Check::NameResolution, &Finding::ok(found));
        }
        Err(why) => {
            let finding = Finding::failed(format!("{host}: {why}"))
                .hint("check --endpoint-url, --region, and the name servers of this machine");
            report.tell(Check::NameResolution, &finding);
            return Err("the name has no address");
        }
    }
    match &examined.reached {
        Some(Ok(reached)) => {
            report.tell(
                Check::Connection,
                &Finding::ok(connection(examined, reached)),
            );
            let is_here = examined.addresses.iter().flatten().all(IpAddr::is_loopback);
            let finding = match &reached.tls {
                Some(session) => tls(session, SystemTime::now()),
                None => no_tls(is_here),
            };
            report.tell(Check::Tls, &finding);
            Ok(())
        }
        Some(Err(error)) => {
            report.tell(check_of(error), &unreachable(error));
            Err("there is no connection")
        }
        None => Ok(()),
    }
}

fn connection(examined: &Examined, reached: &Reached) -> String {
    let origin = &examined.origin;
    let via = examined.proxy.as_ref();
    let via = via.map_or_else(String::new, |proxy| format!(" through proxy {proxy}"));
    format!("{origin}{via} in {} ms", reached.took.as_millis())
}

/// TLS is to blame where TCP has come about.
fn check_of(error: &TransportError) -> Check {
    match error {
        TransportError::Untrusted { .. } | TransportError::SpeaksNoTls { .. } => Check::Tls,
        _ => Check::Connection,
    }
}

fn unreachable(error: &TransportError) -> Finding {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    let told = Error::failed(text).hint(error.hint().unwrap_or_else(|| {
        "check --endpoint-url, the network, a firewall, and the proxy variables".to_owned()
    }));
    Finding::of_error(Status::Failed, &told)
}

fn no_tls(is_here: bool) -> Finding {
    match is_here {
        true => Finding::ok("none, and what is sent does not leave this machine"),
        false => Finding::warning("none: all that is sent can be read on the way")
            .hint("write https:// in --endpoint-url, where the store speaks TLS"),
    }
}

fn tls(session: &TlsSession, now: SystemTime) -> Finding {
    let TlsSession {
        version, cipher, ..
    } = session;
    let agreed = format!("{version}, {cipher}");
    match &session.certificate {
        Some(certificate) => of_certificate(&agreed, certificate, now),
        None => Finding::warning(format!("{agreed}; its certificate can't be read")),
    }
}

fn of_certificate(agreed: &str, certificate: &Certificate, now: SystemTime) -> Finding {
    let Certificate { issuer, ends } = certificate;
    let day = humantime::format_rfc3339_seconds(*ends).to_string();
    let day = day.split('T').next().unwrap_or_default();
    let found = format!("{agreed}; certificate of {issuer}");
    match ends.duration_since(now) {
        Ok(left) => {
            let found = format!("{found}, {} left, until {day}", days(left));
            match left < SOON {
                true => Finding::warning(found)
                    .hint("renew the store's certificate: uploads fail once it has ended"),
                false => Finding::ok(found),
            }
        }
        // Nobody looks at it with --no-verify-ssl.
        Err(ended) => Finding::warning(format!("{found}, ended {} ago", time(ended.duration())))
            .hint("renew the store's certificate"),
    }
}

fn days(left: Duration) -> String {
    let days = left.as_secs() / 86_400;
    crate::progress::count(usize::try_from(days).unwrap_or(usize::MAX), "day", "days")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_ends_soon_is_a_warning() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let finding = |ends| {
            let certificate = Certificate {
                issuer: "CN=x".to_owned(),
                ends,
            };
            of_certificate("TLSv1_3", &certificate, now)
        };
        let day = Duration::from_secs(86_400);
        for (ends, status, words) in [
            (now + 90 * day, Status::Ok, "90 days left"),
            (now + 13 * day, Status::Warning, "13 days left"),
            (now - 2 * day, Status::Warning, "ended 2d 00h ago"),
        ] {
            let found = finding(ends);
            assert_eq!(found.status, status, "{found:?}");
            assert!(found.found.contains(words), "{found:?}");
        }
    }
}
