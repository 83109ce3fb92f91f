//! An S3 server inside the test process: it keeps what it is sent, checks it as S3 does, and fails on request.
//!
//! The path of a request: `serve` (connection) -> `http` (head) -> `route` (operation) -> `admit`
//! (who may, signature) -> `act` (the operation: `checks` of the body, then `put_object`, `multipart`,
//! `completion`, `read_object`, `object_parts`, `attributes`, `versions`, `bucket` or `listing` on the
//! `state`) -> `http` (answer).
//! Sockets are used directly, so that a fault happens at an exact byte.
//!
//! A [`Server`] that is dropped with a fault, hook or hold that never came up panics: the test did
//! not test what it says. Where that is left to chance, the test says so by
//! [`Server::allow_unused_faults`].

mod act;
mod admit;
mod attributes;
mod bucket;
mod builder;
mod certificate;
mod checks;
mod completion;
mod digest;
mod door;
mod failure;
mod faults;
mod http;
mod listing;
mod log;
mod multipart;
mod object_parts;
mod put_object;
mod read_object;
mod route;
mod serve;
mod server;
mod shared;
mod sigv4;
mod spoiled;
mod state;
mod text;
mod versions;
mod xml;

pub use builder::{Builder, Markers, RegionAnswer, Storage};
pub use certificate::Certificate;
pub use digest::Algorithm;
pub use door::{Door, DoorState};
pub use faults::{Fault, Hold, Nth};
pub use log::Request;
pub use route::Op;
pub use server::Server;
pub use state::{BucketOptions, BucketSettings, Checksum, Object, PendingPart, PendingUpload};

/// The access key that the server knows.
pub const ACCESS_KEY: &str = "AKIDEXAMPLEEXAMPLE00";
/// The secret key that belongs to [`ACCESS_KEY`].
pub const SECRET_KEY: &str = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00";
/// The region that the server is in, unless the builder says otherwise.
pub const REGION: &str = "us-east-1";
/// The account that owns all buckets, as `x-amz-expected-bucket-owner` names it.
pub const BUCKET_OWNER: &str = "111122223333";
