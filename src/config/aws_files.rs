//! The two files of the AWS tools, `config` and `credentials`: where they are and what they hold.

use crate::error::{Error, Result};
use aws_runtime::env_config::file::{
    EnvConfigFileKind as FileKind, EnvConfigFiles as ProfileFiles,
};
use aws_runtime::env_config::section::EnvConfigSections as ProfileSet;
use aws_runtime::env_config::source;
use aws_types::os_shim_internal as shim;
use std::borrow::Cow;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Reads a variable of the environment; `None` where it is unset or empty.
pub(crate) type Variables<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// Where the files are. One that can't be opened counts as empty, as with the aws CLI.
#[derive(Debug, Clone, Default)]
pub(crate) struct AwsFiles {
    config: Option<PathBuf>,
    credentials: Option<PathBuf>,
}

impl AwsFiles {
    /// Where the environment says they are.
    pub(crate) fn find(variables: Variables<'_>) -> Self {
        let place = |variable: &str, default: &str| {
            let path = variables(variable).unwrap_or_else(|| default.into());
            in_home(Path::new(&path), variables)
        };
        Self {
            config: place("AWS_CONFIG_FILE", "~/.aws/config"),
            credentials: place("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
        }
    }

    /// Their names, for a message.
    pub(crate) fn shown(&self) -> String {
        let paths = [&self.config, &self.credentials].into_iter().flatten();
        let names: Vec<String> = paths.map(|it| it.display().to_string()).collect();
        match names.is_empty() {
            true => "any file: HOME is not set".to_owned(),
            false => names.join(" or "),
        }
    }

    /// What they hold now, for the SDK.
    ///
    /// # Errors
    /// When one of them can't be parsed: its name and the line.
    pub(crate) fn contents(&self) -> Result<ProfileFiles> {
        Ok(ProfileFiles::builder()
            .with_contents(FileKind::Config, text(&self.config)?)
            .with_contents(FileKind::Credentials, text(&self.credentials)?)
            .build())
    }

    /// The profiles of both, with `name` selected.
    ///
    /// # Errors
    /// When one of them can't be parsed: its name and the line.
    pub(super) fn profiles(&self, name: &str) -> Result<ProfileSet> {
        // Each by itself: the SDK does not tell which of two texts is wrong.
        for (kind, path) in [
            (FileKind::Config, &self.config),
            (FileKind::Credentials, &self.credentials),
        ] {
            let alone = ProfileFiles::builder().with_contents(kind, text(path)?);
            parse(&alone.build(), name).map_err(|why| unusable(path.as_deref(), why))?;
        }
        parse(&self.contents()?, name).map_err(|why| unusable(None, why))
    }

    /// Whether `config` has the section `[KIND NAME]`: the SDK does not tell one without properties from
    /// one that is not there.
    pub(super) fn has_section(&self, kind: &str, name: &str) -> Result<bool> {
        let text = text(&self.config)?;
        let mut sections = text.lines().filter_map(|line| {
            let line = line.strip_prefix('[')?;
            line.split_once(']').map(|(section, _)| section)
        });
        Ok(sections.any(|section| section.split_whitespace().eq([kind, name])))
    }
}

/// The path with `~` replaced by the home folder; `None` where that is not known.
pub(super) fn in_home(path: &Path, variables: Variables<'_>) -> Option<PathBuf> {
    match path.strip_prefix("~") {
        Ok(rest) => Some(Path::new(&variables("HOME")?).join(rest)),
        Err(_) => Some(path.to_owned()),
    }
}

fn text(path: &Option<PathBuf>) -> Result<String> {
    let bytes = path.as_ref().and_then(|path| std::fs::read(path).ok());
    String::from_utf8(bytes.unwrap_or_default()).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        unusable(path.as_deref(), format!("line {line} is not UTF-8"))
    })
}

/// Why the SDK can't read them, in one line.
fn parse(files: &ProfileFiles, name: &str) -> Result<ProfileSet, String> {
    let (fs, env) = (shim::Fs::from_slice(&[]), shim::Env::from_slice(&[]));
    let loaded = ready(source::load(&env, &fs, files));
    let mut source = loaded.map_err(|error| error.to_string())?;
    source.profile = Cow::Owned(name.to_owned());
    ProfileSet::parse(source).map_err(|error| {
        // "error parsing PATH on line 3:\n  Expected …", without a path here.
        let error = error.to_string();
        let at = error.find("line ").unwrap_or(0);
        error[at..].split_whitespace().collect::<Vec<_>>().join(" ")
    })
}

/// What a future gives that waits for nothing: these files are in memory.
fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(done) = future.as_mut().poll(&mut context) {
            return done;
        }
    }
}

fn unusable(path: Option<&Path>, why: String) -> Error {
    let path = path.map_or_else(String::new, |path| format!(" {}", path.display()));
    Error::usage(format!("can't read the AWS profiles{path}"))
        .because(why)
        .hint("AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name other files")
}
