//! What was typed, an `--help` heading a file.

mod connection_args;
mod encryption_args;
mod guard_args;
mod lock_args;
mod object_args;
mod output_args;
mod pattern_args;
mod retry_args;
mod selection_args;
mod transfer_args;
mod verify_output_args;
mod verify_transfer_args;

pub(crate) use connection_args::ConnectionArgs;
pub(crate) use encryption_args::{CustomerKeyArgs, EncryptionArgs};
pub(crate) use guard_args::GuardArgs;
pub(crate) use lock_args::LockArgs;
pub(crate) use object_args::ObjectArgs;
pub(crate) use output_args::OutputArgs;
pub(crate) use pattern_args::PatternArgs;
pub(crate) use retry_args::{RetryArgs, StreamRetryArgs};
pub(crate) use selection_args::SelectionArgs;
pub(crate) use transfer_args::{FilesTransferArgs, StreamTransferArgs};
pub(crate) use verify_output_args::VerifyOutputArgs;
pub(crate) use verify_transfer_args::VerifyTransferArgs;
