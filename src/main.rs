//! The program `s3stream`.

use std::process::ExitCode;

fn main() -> ExitCode {
    s3stream::run(std::env::args_os())
}
