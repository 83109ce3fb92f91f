//! The servers that runs are made against, and how a run is told of them.

use super::BUCKET;
use super::parrot::Parrot;
use super::trees::{file_with, noise};
use s3_server::Server;
use std::path::PathBuf;
use std::sync::Arc;

/// What a run takes for its store.
pub(crate) trait Endpoint {
    /// As `--endpoint-url` names it.
    fn url(&self) -> String;
}

impl Endpoint for Server {
    fn url(&self) -> String {
        self.endpoint()
    }
}

impl Endpoint for Parrot {
    fn url(&self) -> String {
        Self::url(self)
    }
}

impl Endpoint for str {
    fn url(&self) -> String {
        self.to_owned()
    }
}

impl Endpoint for String {
    fn url(&self) -> String {
        self.clone()
    }
}

impl<T: Endpoint + ?Sized> Endpoint for &T {
    fn url(&self) -> String {
        (**self).url()
    }
}

impl<T: Endpoint + ?Sized> Endpoint for Arc<T> {
    fn url(&self) -> String {
        (**self).url()
    }
}

/// A server with an empty bucket.
pub(crate) fn server() -> Server {
    let server = Server::start();
    server.create_bucket(BUCKET);
    server
}

/// An object of another night, as large as what is sent now: it must never pass for ours.
pub(crate) fn old_object(server: &Server, key: &str, size: usize) -> Vec<u8> {
    let old = noise(size, 0x01d);
    server.put_object(BUCKET, key, old.clone());
    old
}

/// A server that speaks TLS, with an empty bucket, and its CA's certificate in a file.
pub(crate) fn tls_server() -> (Server, tempfile::TempDir, PathBuf) {
    let server = Server::builder().tls(true).start();
    server.create_bucket(BUCKET);
    let (folder, bundle) = file_with(server.ca_pem().as_bytes());
    (server, folder, bundle)
}
