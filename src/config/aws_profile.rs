//! What the AWS profile says of a run, read as the aws CLI reads it.

use super::aws_files::{AwsFiles, Variables, in_home};
use super::{AddressingStyle, PayloadSigning};
use crate::error::{Error, Result};
use aws_runtime::env_config::property::PropertiesKey;
use aws_runtime::env_config::section::EnvConfigSections as ProfileSet;
use std::path::{Path, PathBuf};

/// The profile where none is named. It alone need not exist.
const DEFAULT: &str = "default";

/// The keys of a profile that hold credentials.
const KEYS: [&str; 3] = [
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
];

/// A profile, and the files that it is from.
pub(crate) struct AwsProfile<'a> {
    /// Its name.
    pub(crate) name: String,
    /// The option or the variable that names it; `None` where nothing does.
    pub(crate) named_by: Option<&'static str>,
    /// The files that it is from.
    pub(crate) files: AwsFiles,
    profiles: ProfileSet,
    variables: Variables<'a>,
}

impl<'a> AwsProfile<'a> {
    /// Reads the profile that `option`, else the environment names, else the default one.
    ///
    /// # Errors
    /// When a profile that is named does not exist, or a file can't be parsed.
    pub(crate) fn read(option: Option<&str>, variables: Variables<'a>) -> Result<Self> {
        let files = AwsFiles::find(variables);
        let by_variable = |name: &'static str| Some((name, text(variables, name)?));
        // In the order of the aws CLI.
        let named = option
            .map(|name| ("--profile", name.to_owned()))
            .or_else(|| by_variable("AWS_DEFAULT_PROFILE"))
            .or_else(|| by_variable("AWS_PROFILE"));
        let name = named.as_ref().map_or(DEFAULT, |(_, name)| name.as_str());
        let this = Self {
            name: name.to_owned(),
            named_by: named.as_ref().map(|(named_by, _)| *named_by),
            profiles: files.profiles(name)?,
            files,
            variables,
        };
        match named {
            Some((named_by, _)) if this.profiles.get_profile(&this.name).is_none() => {
                Err(this.missing(&this.name, named_by))
            }
            _ => Ok(this),
        }
    }

    /// Refuses credentials that can't be used: of source profiles that do not exist, or with characters
    /// that no header can carry.
    ///
    /// # Errors
    /// A usage error that names the profile, and never shows a value.
    pub(crate) fn check_credentials(&self) -> Result<()> {
        let mut seen = vec![self.name.as_str()];
        while let Some(profile) = seen.last().and_then(|name| self.profiles.get_profile(name)) {
            let name = profile.name();
            for key in KEYS {
                let value = profile.get(key).unwrap_or_default();
                if value.trim().contains(char::is_control) {
                    return Err(Error::usage(format!("{key} of the AWS profile {name:?}"))
                        .because("it has more than one line, or a control character"));
                }
            }
            let next = match (profile.get("role_arn"), profile.get("source_profile")) {
                (Some(_), Some(next)) if !seen.contains(&next) => next,
                _ => return Ok(()),
            };
            if self.profiles.get_profile(next).is_none() {
                let named_by = format!("source_profile of {name:?}");
                return Err(self.missing(next, &named_by));
            }
            seen.push(next);
        }
        Ok(())
    }

    fn missing(&self, name: &str, named_by: &str) -> Error {
        Error::usage(format!("there is no AWS profile {name:?}"))
            .because(format!(
                "{named_by} names it; looked for in {}",
                self.files.shown()
            ))
            .hint("aws configure list-profiles shows those that exist")
    }

    /// A setting of the profile; empty ones count as unset.
    fn get(&self, key: &str) -> Option<&str> {
        let value = self.profiles.get(key)?.trim();
        (!value.is_empty()).then_some(value)
    }

    /// A setting of the profile's block for S3.
    fn of_s3(&self, key: &str) -> Option<&str> {
        let found = self.get("s3")?.lines().find_map(|line| {
            let (found, value) = line.split_once('=')?;
            found.trim().eq_ignore_ascii_case(key).then(|| value.trim())
        })?;
        let value = found.split(" #").next().unwrap_or(found).trim();
        (!value.is_empty()).then_some(value)
    }

    /// The region to sign for.
    pub(crate) fn region(&self) -> Option<&str> {
        self.get("region")
    }

    /// The bundle of certificates to trust.
    pub(crate) fn ca_bundle(&self) -> Option<PathBuf> {
        in_home(Path::new(self.get("ca_bundle")?), self.variables)
    }

    /// How buckets are named in requests.
    ///
    /// # Errors
    /// When there is no such style.
    pub(crate) fn addressing_style(&self) -> Result<Option<AddressingStyle>> {
        let Some(text) = self.of_s3("addressing_style") else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_| {
            Error::usage(format!(
                "addressing_style of the AWS profile {:?}",
                self.name
            ))
            .because("it must be auto, path or virtual")
        })
    }

    /// Whether the block for S3 says true to `key`.
    pub(crate) fn s3_switch(&self, key: &str) -> bool {
        self.of_s3(key).is_some_and(is_true)
    }

    /// Whether signatures cover the parts, where the profile says it.
    pub(crate) fn payload_signing(&self) -> Option<PayloadSigning> {
        let enabled = self.of_s3("payload_signing_enabled").map(is_true)?;
        Some(match enabled {
            true => PayloadSigning::Always,
            false => PayloadSigning::Never,
        })
    }

    /// Whether checksums are to be sent only where S3 requires them.
    ///
    /// # Errors
    /// When the variable or the profile says neither `when_required` nor `when_supported`.
    pub(crate) fn checksums_when_required(&self) -> Result<bool> {
        let variable = "AWS_REQUEST_CHECKSUM_CALCULATION";
        let by_variable = text(self.variables, variable).map(|text| (variable.to_owned(), text));
        let by_profile = || {
            let named_by = format!(
                "request_checksum_calculation of the AWS profile {:?}",
                self.name
            );
            Some((
                named_by,
                self.get("request_checksum_calculation")?.to_owned(),
            ))
        };
        let Some((named_by, text)) = by_variable.or_else(by_profile) else {
            return Ok(false);
        };
        match text.trim().to_ascii_lowercase().as_str() {
            "when_required" => Ok(true),
            "when_supported" => Ok(false),
            _ => Err(Error::usage(named_by).because("it must be when_supported or when_required")),
        }
    }

    /// Whether endpoints of the environment and of the profile do not count.
    pub(crate) fn ignores_endpoints(&self) -> bool {
        let variable = text(self.variables, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
        let profile = || self.get("ignore_configured_endpoint_urls");
        variable.as_deref().or_else(profile).is_some_and(is_true)
    }

    /// The endpoint of S3, else that of all services.
    ///
    /// # Errors
    /// When the profile names a section of services that does not exist.
    pub(crate) fn endpoint_url(&self) -> Result<Option<&str>> {
        let of_s3 = match self.get("services") {
            Some(name) => self.endpoint_of_services(name)?,
            None => None,
        };
        Ok(of_s3.or_else(|| self.get("endpoint_url")))
    }

    fn endpoint_of_services(&self, name: &str) -> Result<Option<&str>> {
        if !self.files.has_section("services", name)? {
            return Err(
                Error::usage(format!("there is no section [services {name}]"))
                    .because(format!("the AWS profile {:?} names it", self.name)),
            );
        }
        let key = PropertiesKey::builder()
            .section_key("services")
            .section_name(name)
            .property_name("s3")
            .sub_property_name("endpoint_url")
            .build();
        let found = key
            .ok()
            .and_then(|key| self.profiles.other_sections().get(&key));
        Ok(found.map(String::as_str).filter(|url| !url.is_empty()))
    }
}

fn is_true(text: &str) -> bool {
    text.trim().eq_ignore_ascii_case("true")
}

/// The value of a variable. What is not UTF-8 becomes what no setting can be: it is refused, and not passed
/// over.
fn text(variables: Variables<'_>, name: &str) -> Option<String> {
    Some(variables(name)?.to_string_lossy().into_owned())
}
