//! The settings, and what gave each of them. None is a secret.

use super::check::Check;
use super::finding::Finding;
use super::report::Report;
use crate::config::{AddressingStyle, DoctorConfig};

/// Options whose settings have a line in any case.
const ALWAYS_TOLD: [&str; 5] = [
    "endpoint-url",
    "region",
    "profile",
    "addressing-style",
    "ca-bundle",
];

/// Tells them.
pub(super) fn tell(config: &DoctorConfig, report: &mut Report) {
    for line in lines(config) {
        report.tell(Check::Settings, &Finding::ok(line));
    }
    for warning in &config.store.connection.warnings {
        report.tell(Check::Settings, &Finding::warning(warning));
    }
}

fn lines(config: &DoctorConfig) -> Vec<String> {
    let connection = &config.store.connection;
    let named_by = &connection.named_by;
    let endpoint = connection.endpoint_url.as_ref();
    let profile = &connection.profile;
    let line = |what: &str, value: &str, named_by: Option<&str>| {
        format!("{what} {value} ({})", origin(config, named_by))
    };
    let mut lines = vec![
        line(
            "endpoint",
            endpoint.map_or("of S3", |it| it.as_str()),
            named_by.endpoint_url,
        ),
        match &connection.region {
            Some(region) => line("region", region, named_by.region),
            None => "region us-east-1 (by default; a bucket elsewhere names its own)".to_owned(),
        },
        format!(
            "{}, in {}",
            line("profile", &profile.name, named_by.profile),
            profile.files.shown()
        ),
        line(
            "addressing style",
            &addressing(connection.addressing_style, endpoint.is_some()),
            named_by.addressing_style,
        ),
    ];
    if let Some(bundle) = &connection.ca_bundle {
        let path = bundle.path.to_string_lossy();
        lines.push(line("CA bundle", &path, named_by.ca_bundle));
    }
    lines.extend(given(config));
    lines
}

/// The other options that were given.
fn given(config: &DoctorConfig) -> impl Iterator<Item = String> {
    let others = config.given.iter();
    let others = others.filter(|(name, _)| !ALWAYS_TOLD.contains(&name.as_str()));
    others.map(|(name, values)| {
        let option = format!("--{name}");
        let values = match values.is_empty() {
            true => "on".to_owned(),
            false => values.join(","),
        };
        format!("{name} {values} ({})", origin(config, Some(&option)))
    })
}

/// What gave a setting, in words.
fn origin(config: &DoctorConfig, named_by: Option<&str>) -> String {
    let Some(named_by) = named_by else {
        return "by default".to_owned();
    };
    match named_by.strip_prefix("--") {
        Some(name) if config.by_variable.contains(name) => {
            let name = name.to_ascii_uppercase().replace('-', "_");
            format!("S3STREAM_{name}")
        }
        _ => named_by.trim_end_matches(':').to_owned(),
    }
}

fn addressing(style: AddressingStyle, has_endpoint: bool) -> String {
    match (style, has_endpoint) {
        (AddressingStyle::Auto, true) => "auto: path".to_owned(),
        (AddressingStyle::Auto, false) => "auto: virtual".to_owned(),
        (style, _) => style.to_string(),
    }
}
