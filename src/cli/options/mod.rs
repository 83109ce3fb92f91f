//! What was typed, an `--help` heading a file.

mod connection_args;
mod encryption_args;
mod guard_args;
mod lock_args;
mod object_args;
mod output_args;
mod retry_args;
mod transfer_args;

pub use connection_args::ConnectionArgs;
pub use encryption_args::{EncryptionArgs, Sse};
pub use guard_args::GuardArgs;
pub use lock_args::LockArgs;
pub use object_args::ObjectArgs;
pub use output_args::OutputArgs;
pub use retry_args::RetryArgs;
pub use transfer_args::{FilesTransferArgs, StreamTransferArgs, TransferArgs};
