//! The program `s3stream`.

use std::process::ExitCode;

/// A small file takes a hundred allocations: those of glibc cost 1.08 times the CPU in all, and musl's take
/// one lock for all threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    s3stream::run(std::env::args_os())
}
