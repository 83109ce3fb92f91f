//! The completions and manual pages in the repository are those of the command line as it is.

use clap_complete::{Generator, Shell, generate};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, italic, roman};
use s3stream::{command, help};
use std::path::{Path, PathBuf};
use std::{env, fs};

const REWRITE: &str = "UPDATE_ASSETS=1 cargo test --test e2e assets";

#[test]
fn completions() {
    check("completions/s3stream.bash", completion(Shell::Bash));
    check("completions/_s3stream", completion(Shell::Zsh));
    check("completions/s3stream.fish", completion(Shell::Fish));
    check("completions/s3stream.elv", completion(Shell::Elvish));
    check("completions/_s3stream.ps1", completion(Shell::PowerShell));
}

#[test]
fn manual_pages() {
    let mut command = command();
    command.build();
    for subcommand in all_subcommands(&command) {
        let name = subcommand.get_display_name().unwrap().to_owned();
        check(&format!("man/{name}.1"), command_page(subcommand));
    }
    check("man/s3stream.1", main_page(command));
}

/// The subcommands, and theirs.
fn all_subcommands(command: &clap::Command) -> Vec<clap::Command> {
    let nested = |it: &clap::Command| [vec![it.clone()], all_subcommands(it)].concat();
    command.get_subcommands().flat_map(nested).collect()
}

#[test]
fn nothing_is_left_over() {
    if rewriting() {
        return;
    }
    let files = |folder: &str| fs::read_dir(root().join(folder)).unwrap().count();
    assert_eq!(files("completions"), 5, "completions/ holds a stale file");
    let pages = 1 + all_subcommands(&command()).len();
    assert_eq!(files("man"), pages, "man/ holds a stale file");
}

fn rewriting() -> bool {
    env::var_os("UPDATE_ASSETS").is_some_and(|value| value == "1")
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Compares a file of the repository with what it should hold, or rewrites it if asked to.
#[track_caller]
fn check(path: &str, expected: Vec<u8>) {
    let file: &Path = &root().join(path);
    if rewriting() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, expected).unwrap();
        return;
    }
    let found = fs::read(file).unwrap_or_default();
    assert!(
        found == expected,
        "{path} is not what the command line gives now; rewrite it with: {REWRITE}"
    );
}

fn completion(generator: impl Generator) -> Vec<u8> {
    let mut script = Vec::new();
    generate(generator, &mut command(), "s3stream", &mut script);
    script
}

fn main_page(command: clap::Command) -> Vec<u8> {
    let man = page(command);
    let mut text = beginning(&man);
    man.render_options_section(&mut text).unwrap();
    man.render_subcommands_section(&mut text).unwrap();
    exit_status(&mut text);
    environment(&mut text);
    see_also(
        &mut text,
        &["s3stream-put", "s3stream-put-many", "s3stream-uploads"],
    );
    text
}

fn command_page(command: clap::Command) -> Vec<u8> {
    let name = command.get_name().to_owned();
    let has_own = command.has_subcommands();
    let man = page(command);
    let mut text = beginning(&man);
    units(&mut text);
    man.render_options_section(&mut text).unwrap();
    if has_own {
        man.render_subcommands_section(&mut text).unwrap();
    }
    exit_status(&mut text);
    environment(&mut text);
    examples(&mut text, &name);
    see_also(&mut text, &["s3stream"]);
    text
}

/// Without a date: it would go stale.
fn page(command: clap::Command) -> Man {
    let source = format!("s3stream {}", env!("CARGO_PKG_VERSION"));
    Man::new(command).source(source).manual("s3stream manual")
}

fn beginning(man: &Man) -> Vec<u8> {
    let mut text = Vec::new();
    man.render_title(&mut text).unwrap();
    man.render_name_section(&mut text).unwrap();
    man.render_synopsis_section(&mut text).unwrap();
    man.render_description_section(&mut text).unwrap();
    text
}

fn write(text: &mut Vec<u8>, roff: &Roff) {
    roff.to_writer(text).unwrap();
}

fn units(text: &mut Vec<u8>) {
    let mut roff = Roff::new();
    roff.control("PP", []).text([roman(help::UNITS)]);
    write(text, &roff);
}

fn terms(text: &mut Vec<u8>, title: &str, terms: &[(&str, &str)]) {
    let mut roff = Roff::new();
    roff.control("SH", [title]);
    for (term, meaning) in terms {
        roff.control("TP", []).text([bold(*term)]);
        roff.text([roman(*meaning)]);
    }
    write(text, &roff);
}

fn exit_status(text: &mut Vec<u8>) {
    terms(text, "EXIT STATUS", &help::EXIT_STATUS);
}

fn environment(text: &mut Vec<u8>) {
    terms(text, "ENVIRONMENT", &help::VARIABLES);
}

fn examples(text: &mut Vec<u8>, command: &str) {
    let mut roff = Roff::new();
    roff.control("SH", ["EXAMPLES"]);
    let examples = match command {
        "put" => &help::EXAMPLES[..],
        "put-many" => &help::MANY_EXAMPLES[..],
        _ => &help::UPLOADS_EXAMPLES[..],
    };
    for &(what, how) in examples {
        roff.control("PP", []).text([roman(what)]);
        roff.control("RS", ["4"]);
        roff.control("nf", []).text([bold(how)]).control("fi", []);
        roff.control("RE", []);
    }
    write(text, &roff);
}

fn see_also(text: &mut Vec<u8>, pages: &[&str]) {
    let mut roff = Roff::new();
    roff.control("SH", ["SEE ALSO"]);
    for page in pages {
        roff.text([italic(*page), roman("(1)")]);
    }
    write(text, &roff);
}
