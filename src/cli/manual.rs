//! The manual pages, made of what clap knows and of the texts of [`help`] and
//! [`mod@results`].

use super::{doctor_help, help, results};
use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, italic, roman};
use std::io;

/// A manual page.
#[derive(Debug)]
pub(crate) struct Page {
    /// The name of its file.
    pub name: String,
    /// What it holds, for man.
    pub text: Vec<u8>,
}

/// All pages, the main one first, then one for each subcommand, each before its own.
///
/// # Errors
/// None: they are written to memory.
pub(crate) fn pages() -> io::Result<Vec<Page>> {
    let mut command = without_help(super::command());
    command.build();
    let mut pages = vec![page(&command, main_page(&command)?)];
    add_subcommands(&mut pages, &command)?;
    Ok(pages)
}

/// What the subcommand "help" says is in the other pages. Those show all options, also what `-h` leaves out.
fn without_help(command: Command) -> Command {
    let command = command.disable_help_subcommand(true);
    let command = command.mut_args(|arg| arg.hide_short_help(false));
    command.mut_subcommands(without_help)
}

fn add_subcommands(pages: &mut Vec<Page>, parent: &Command) -> io::Result<()> {
    for command in parent.get_subcommands() {
        pages.push(page(command, command_page(command, parent)?));
        add_subcommands(pages, command)?;
    }
    Ok(())
}

fn names(commands: &Command) -> Vec<String> {
    commands.get_subcommands().map(name).collect()
}

fn name(command: &Command) -> String {
    let name = command.get_display_name();
    name.unwrap_or_else(|| command.get_name()).to_owned()
}

fn page(command: &Command, text: Vec<u8>) -> Page {
    Page {
        name: format!("{}.1", name(command)),
        text,
    }
}

fn main_page(command: &Command) -> io::Result<Vec<u8>> {
    let man = man(command);
    let mut text = beginning(&man)?;
    man.render_options_section(&mut text)?;
    man.render_subcommands_section(&mut text)?;
    terms(&mut text, "EXIT STATUS", &help::EXIT_STATUS)?;
    terms(&mut text, "ENVIRONMENT", &help::VARIABLES)?;
    terms(&mut text, "AWS PROFILE", &help::PROFILE)?;
    see_also(&mut text, &names(command))?;
    Ok(text)
}

fn command_page(command: &Command, parent: &Command) -> io::Result<Vec<u8>> {
    let man = man(command);
    let examples = help::examples(command.get_name());
    let mut text = beginning(&man)?;
    if examples.is_empty() {
        man.render_options_section(&mut text)?;
    } else {
        paragraph(&mut text, help::UNITS)?;
        man.render_options_section(&mut text)?;
        if command.has_subcommands() {
            man.render_subcommands_section(&mut text)?;
        }
        if command.get_name() == "doctor" {
            terms(&mut text, "WHAT IT MAKES", &doctor_help::TRACES)?;
        }
        results(&mut text, command.get_name())?;
        terms(&mut text, "EXIT STATUS", &help::EXIT_STATUS)?;
        terms(&mut text, "ENVIRONMENT", &help::VARIABLES)?;
        write_examples(&mut text, examples)?;
    }
    see_also(&mut text, &[vec![name(parent)], names(command)].concat())?;
    Ok(text)
}

/// Without a date: it would go stale.
fn man(command: &Command) -> Man {
    let source = format!("s3stream {}", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.clone()).source(source);
    man.manual("s3stream manual")
}

fn beginning(man: &Man) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    Ok(text)
}

fn paragraph(text: &mut Vec<u8>, words: &str) -> io::Result<()> {
    let mut roff = Roff::new();
    roff.control("PP", []).text([roman(words)]);
    roff.to_writer(text)
}

fn terms(text: &mut Vec<u8>, title: &str, terms: &[(&str, &str)]) -> io::Result<()> {
    let mut roff = Roff::new();
    roff.control("SH", [title]);
    add_terms(&mut roff, terms);
    roff.to_writer(text)
}

fn add_terms(roff: &mut Roff, terms: &[(&str, &str)]) {
    for (term, meaning) in terms {
        roff.control("TP", []).text([bold(*term)]);
        roff.text([roman(*meaning)]);
    }
}

/// The lines of `--output json`.
fn results(text: &mut Vec<u8>, subcommand: &str) -> io::Result<()> {
    let Some((what, keys)) = results::of(subcommand) else {
        return Ok(());
    };
    let mut roff = Roff::new();
    roff.control("SH", ["RESULTS AS JSON"]);
    roff.text([roman(what)]);
    add_terms(&mut roff, keys);
    roff.to_writer(text)
}

fn write_examples(text: &mut Vec<u8>, examples: &[(&str, &str)]) -> io::Result<()> {
    let mut roff = Roff::new();
    roff.control("SH", ["EXAMPLES"]);
    for &(what, how) in examples {
        roff.control("PP", []).text([roman(what)]);
        roff.control("RS", ["4"]);
        roff.control("nf", []).text([bold(how)]).control("fi", []);
        roff.control("RE", []);
    }
    roff.to_writer(text)
}

fn see_also(text: &mut Vec<u8>, pages: &[String]) -> io::Result<()> {
    let mut roff = Roff::new();
    roff.control("SH", ["SEE ALSO"]);
    for (number, page) in pages.iter().enumerate() {
        let comma = if number + 1 < pages.len() { "," } else { "" };
        let words: [Inline; 2] = [italic(page), roman(format!("(1){comma}"))];
        roff.text(words);
    }
    roff.to_writer(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(text: &str) -> String {
        text.chars().filter(char::is_ascii_alphanumeric).collect()
    }

    #[test]
    fn no_option_of_a_page_is_without_text() {
        let pages = pages().unwrap();
        for subcommand in ["put", "put-many"] {
            let file = format!("s3stream-{subcommand}.1");
            let page = pages.iter().find(|page| page.name == file).unwrap();
            let text = String::from_utf8_lossy(&page.text).replace(r"\*(Aq", "'");
            let page = letters(&text);
            let mut command = super::super::command();
            let command = command.find_subcommand_mut(subcommand).unwrap();
            for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
                let help = letters(&arg.get_help().unwrap().to_string());
                assert!(page.contains(&help), "{subcommand}: {}", arg.get_id());
            }
        }
    }
}
