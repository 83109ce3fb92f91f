//! An S3 server inside the test process: it keeps what it is sent, checks it as S3 does, and fails on request.
//!
//! The path of a request: `serve` (connection) -> `http` (head) -> `route` (operation) -> `admit`
//! (who may, signature) -> `checks` (body, digests) -> `put`, `multipart`, `read`, `attributes`, `list` (state) -> `http` (answer).
//! Sockets are used directly, so that a fault happens at an exact byte.

// Each crate that includes this module uses another part of it.
#![allow(dead_code, unreachable_pub, unused_imports)]

mod act;
mod admit;
mod attributes;
mod builder;
mod checks;
mod complete;
mod digest;
mod door;
mod failure;
mod faults;
mod http;
mod list;
mod log;
mod multipart;
mod put;
mod read;
mod route;
mod serve;
mod server;
mod sigv4;
mod spoiled;
mod state;
mod text;
mod tls;
mod xml;

pub use builder::{Builder, RegionAnswer, Storage};
pub use digest::Algorithm;
pub use door::{Door, DoorState};
pub use faults::{Fault, Hold, Nth};
pub use log::Request;
pub use route::Op;
pub use server::Server;
pub use state::{BucketOptions, Checksum, Object, PendingPart, PendingUpload};
pub use tls::Certificate;

/// The access key that the server knows.
pub const ACCESS_KEY: &str = "AKIDEXAMPLEEXAMPLE00";
/// The secret key that belongs to [`ACCESS_KEY`].
pub const SECRET_KEY: &str = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00";
/// The region that the server is in, unless the builder says otherwise.
pub const REGION: &str = "us-east-1";
/// The account that owns all buckets, as `x-amz-expected-bucket-owner` names it.
pub const BUCKET_OWNER: &str = "111122223333";
