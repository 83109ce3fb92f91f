//! Homes with settings of the AWS tools.

use super::binary::S3stream;
use s3_server::{ACCESS_KEY, SECRET_KEY, Server};
use std::fs;
use std::path::{Path, PathBuf};

/// A home with an AWS config file, gone when this is dropped.
pub(crate) struct Home(tempfile::TempDir);

impl Home {
    /// One whose profiles are these.
    pub(crate) fn with(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(".aws")).unwrap();
        fs::write(folder.path().join(".aws/config"), config).unwrap();
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// The file that holds them.
    pub(crate) fn config(&self) -> PathBuf {
        self.path().join(".aws/config")
    }

    /// A run in it, into that store, with no credentials in the environment.
    pub(crate) fn put(&self, store: &Server) -> S3stream {
        S3stream::put(store, "bucket/key")
            .without_env("AWS_ACCESS_KEY_ID")
            .without_env("AWS_SECRET_ACCESS_KEY")
            .env("HOME", self.path())
            .stdin("bytes")
    }
}

/// The credentials that servers know, as a profile has them.
pub(crate) fn keys() -> String {
    format!("aws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n")
}
