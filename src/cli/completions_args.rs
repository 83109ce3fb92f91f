//! `s3stream completions`: what a shell needs to complete a command line.

use clap_complete::{Shell, generate};

/// The arguments of `s3stream completions`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct CompletionsArgs {
    /// The shell that is to complete the words of s3stream
    #[arg(value_name = "SHELL", value_enum, ignore_case = true)]
    pub shell: Shell,
}

impl CompletionsArgs {
    /// The script for that shell.
    pub(crate) fn script(&self) -> Vec<u8> {
        let mut script = Vec::new();
        generate(self.shell, &mut super::command(), "s3stream", &mut script);
        script
    }
}
