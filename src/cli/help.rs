//! Texts that the help and the manual pages share, and what `-h` leaves to `--help`.

use super::{doctor_help, verify_help};
use clap::Command;

/// How an option is named in the environment.
pub(super) const ENVIRONMENT: &str = "\
Every option also reads S3STREAM_<NAME>: --part-size reads S3STREAM_PART_SIZE. An
option given on the command line wins. Credentials come from the AWS profile and
environment; no option takes a secret.";

/// Variables that are read, and what for.
pub(super) const VARIABLES: [(&str, &str); 10] = [
    (
        "S3STREAM_<NAME>",
        "The value of the option --<name>, where the command line does not give it; in capitals, \
         with _ for -. true or false for an option without a value. An empty value counts as \
         unset.",
    ),
    (
        "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN",
        "Credentials. Without them, the profile and the other sources of the AWS tools are asked.",
    ),
    (
        "AWS_DEFAULT_PROFILE, AWS_PROFILE",
        "The AWS profile, where --profile is absent; the first one counts, and it must exist.",
    ),
    (
        "AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE",
        "The files that hold the AWS profiles.",
    ),
    (
        "AWS_REGION, AWS_DEFAULT_REGION",
        "Region, where --region is absent; the first one counts.",
    ),
    (
        "AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL",
        "Endpoint, where --endpoint-url is absent; the first one counts.",
    ),
    (
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        "true: the endpoints of the environment and of the AWS profile do not count.",
    ),
    ("AWS_CA_BUNDLE", "PEM file, where --ca-bundle is absent."),
    (
        "AWS_REQUEST_CHECKSUM_CALCULATION",
        "when_required: no checksum headers but Content-MD5, where --checksum-algorithm is absent.",
    ),
    (
        "HTTP_PROXY, HTTPS_PROXY, NO_PROXY",
        "Proxies, and the hosts to reach without them: names, addresses, networks, *.domain, each \
         with or without a port. Addresses of the link (169.254.0.0/16), and credentials from this \
         machine, are never asked for through a proxy.",
    ),
];

/// What the AWS profile may say.
pub(super) const PROFILE: [(&str, &str); 2] = [
    (
        "Read",
        "aws_access_key_id, aws_secret_access_key, aws_session_token, credential_process, \
         credential_source, role_arn with source_profile or web_identity_token_file, \
         role_session_name, external_id, the sso_ settings, login_session, region, ca_bundle, \
         endpoint_url, services, ignore_configured_endpoint_urls, use_dualstack_endpoint, use_fips_endpoint, \
         request_checksum_calculation; in the block s3: addressing_style, use_accelerate_endpoint, \
         use_dualstack_endpoint, payload_signing_enabled.",
    ),
    (
        "Not heeded",
        "max_attempts, retry_mode, defaults_mode, output, response_checksum_validation, mfa_serial, \
         duration_seconds, tcp_keepalive, the settings metadata_service_; in the block s3: \
         max_concurrent_requests, max_queue_size, max_bandwidth, multipart_threshold, \
         multipart_chunksize, s3_us_east_1_regional_endpoint, s3_use_arn_region. The options \
         --workers, --limit-rate, --part-size and --retries say what these say to the aws CLI.",
    ),
];

/// Exit statuses, and what they promise.
pub(super) const EXIT_STATUS: [(&str, &str); 7] = [
    ("0", "done: all that was asked for is stored"),
    (
        "1",
        "failed: nothing committed, nothing left behind, or the message says what is stored or left; \
         verify: differs, or can't be told",
    ),
    ("2", "usage or configuration; no request was sent"),
    (
        "3",
        "put-many: some files failed, the others are stored; verify: some objects are not equal; \
         uploads abort: some are left",
    ),
    (
        "4",
        "a guard or precondition did not hold; nothing committed",
    ),
    ("5", "COMMAND failed; nothing committed"),
    (
        "128+N",
        "ended by signal N, upload aborted first, or kept where it is recorded (--resume, --journal)",
    ),
];

/// Examples of `put`: what they do, and how.
pub(super) const EXAMPLES: [(&str, &str); 6] = [
    (
        "Store a dump only if the command that makes it succeeds:",
        "s3stream put backups/db.dump -- pg_dump -Fc mydb",
    ),
    (
        "Store a stream only if it is whole, and never replace an object:",
        "mysqldump --all-databases |\n    s3stream put backups/all.sql --no-overwrite --require-tail \
         '-- Dump completed'",
    ),
    (
        "Store a file under its own name, on another store:",
        "s3stream put --endpoint-url https://s3.example.com s3://backups/2030/ disk.img",
    ),
    (
        "Encrypt on the way; lock the object for 30 days:",
        "tar -c /srv | age -R keys.txt |\n    s3stream put backups/srv.tar.age --object-lock-mode \
         COMPLIANCE --object-lock-retain 30d",
    ),
    (
        "Go on where a night's transfer broke off; the same line again sends the rest:",
        "s3stream put --resume /var/lib/tank.resume backups/tank.zfs -- zfs send -R tank@nightly",
    ),
    (
        "Tell a script what was stored:",
        "s3stream put --output json backups/disk.img disk.img | jq -r .version_id",
    ),
];

/// Examples of `put-many`: what they do, and how.
pub(super) const MANY_EXAMPLES: [(&str, &str); 4] = [
    (
        "Upload a folder; run it again to upload what failed or changed since:",
        "s3stream put-many --recursive --journal /var/lib/backup.journal backups/www/ /var/www/",
    ),
    (
        "Upload what find finds:",
        "find . -name '*.wal' -print0 |\n    s3stream put-many backups/wal/ --files-from - --null",
    ),
    (
        "Upload all logs but the debug logs, and say what it would be first:",
        "s3stream put-many -r --exclude '*' --include '*.log' --exclude '*debug*' --dry-run \
         backups/ logs",
    ),
    (
        "Share the work of one folder among the tasks of a Slurm array:",
        "s3stream put-many -r --shard auto/8 backups/results/ results/",
    ),
];

/// Examples of `uploads`: what they do, and how.
pub(super) const UPLOADS_EXAMPLES: [(&str, &str); 4] = [
    (
        "See what failed uploads have left in a bucket:",
        "s3stream uploads list backups",
    ),
    (
        "Abort what is older than a week, every month:",
        "0 4 1 * * s3stream uploads abort --older-than 7d backups",
    ),
    (
        "Abort one upload, as an error of s3stream names it:",
        "s3stream uploads abort backups/db.dump --upload-id VXBsb2Fk",
    ),
    (
        "Tell a script how many bytes the leftovers of one folder have:",
        "s3stream uploads list --output json backups/db/ | jq -s 'map(.bytes) | add'",
    ),
];

/// The form of `uploads list`.
pub(super) const UPLOADS_LIST_USAGE: &str = "\
s3stream uploads list [OPTIONS] BUCKET[/PREFIX]";

/// The two forms of `uploads abort`.
pub(super) const UPLOADS_ABORT_USAGE: &str = "\
s3stream uploads abort [OPTIONS] --older-than TIME BUCKET[/PREFIX]
       s3stream uploads abort [OPTIONS] --upload-id ID... BUCKET/KEY";

/// What follows the options in `uploads list -h` and `uploads abort -h`.
pub(super) const UPLOADS_AFTER: &str = "\
PREFIX is what keys begin with: b/p also means b/pq. TIME has a unit: 30s, 15m, 7d.
Every option also reads S3STREAM_<NAME>, as in S3STREAM_OLDER_THAN. See --help for
exit statuses and examples.";

/// What follows the options in `uploads list --help` and `uploads abort --help`.
pub(super) fn uploads_after_long() -> String {
    after_long_with(&UPLOADS_EXAMPLES)
}

/// The two forms of `put`.
pub(super) const PUT_USAGE: &str = "\
s3stream put [OPTIONS] DESTINATION [FILE]
       s3stream put [OPTIONS] DESTINATION -- COMMAND [ARG]...";

/// The form of `put-many`.
pub(super) const PUT_MANY_USAGE: &str = "\
s3stream put-many [OPTIONS] DESTINATION PATH...";

/// What follows the options in `put-many -h`.
pub(super) const PUT_MANY_AFTER: &str = "\
Examples:
  s3stream put-many -r --journal /var/lib/backup.journal backups/www/ /var/www
  s3stream put-many -r --exclude '*.tmp' --dry-run backups/ data
  find . -name '*.wal' -print0 | s3stream put-many backups/wal/ --files-from - -0

--help for all options, exit statuses and more examples.";

/// What follows the options in `put -h`.
pub(super) const PUT_AFTER: &str = "\
Examples:
  s3stream put backups/db.dump -- pg_dump -Fc mydb
  mysqldump mydb | s3stream put backups/my.sql --require-tail '-- Dump completed'
  s3stream put s3://backups/2030/ disk.img --no-overwrite

--help for all options, exit statuses and more examples.";

/// The options of `put` that `-h` shows.
const PUT_EVERYDAY: [&str; 11] = [
    "endpoint-url",
    "region",
    "profile",
    "timeout",
    "storage-class",
    "no-overwrite",
    "require-tail",
    "dry-run",
    "output",
    "quiet",
    "verbose",
];

/// The options of `put-many` that `-h` shows.
const PUT_MANY_EVERYDAY: [&str; 14] = [
    "recursive",
    "files-from",
    "null",
    "include",
    "exclude",
    "skip-unchanged",
    "journal",
    "endpoint-url",
    "region",
    "profile",
    "dry-run",
    "output",
    "quiet",
    "verbose",
];

/// Leaves only everyday options in `-h`.
pub(super) fn shorten(command: Command) -> Command {
    command.mut_subcommands(|subcommand| {
        let shown = match subcommand.get_name() {
            "put" => &PUT_EVERYDAY[..],
            "put-many" => &PUT_MANY_EVERYDAY,
            "verify" => &verify_help::EVERYDAY,
            _ => return subcommand,
        };
        subcommand.mut_args(|arg| {
            let hidden = arg.get_long().is_some_and(|long| !shown.contains(&long));
            arg.hide_short_help(hidden)
        })
    })
}

/// Examples of a subcommand: what they do, and how.
pub(super) fn examples(subcommand: &str) -> &'static [(&'static str, &'static str)] {
    match subcommand {
        "put" => &EXAMPLES,
        "put-many" => &MANY_EXAMPLES,
        "uploads" | "list" | "abort" => &UPLOADS_EXAMPLES,
        "verify" => &verify_help::EXAMPLES,
        "doctor" => &doctor_help::EXAMPLES,
        _ => &[],
    }
}

/// Units of the options' values.
pub(super) const UNITS: &str = "\
SIZE is a number of bytes, or a number with a unit: 10MiB, 1.5GiB; 10MB and 10M are decimal.
TIME is a number with a unit: 500ms, 30s, 15m, 2h, 7d, or several: 1h 30m.";

/// What follows the options in `put --help`.
pub(super) fn put_after_long() -> String {
    after_long_with(&EXAMPLES)
}

/// What follows the options in `put-many --help`.
pub(super) fn put_many_after_long() -> String {
    after_long_with(&MANY_EXAMPLES)
}

pub(super) fn after_long_with(examples: &[(&str, &str)]) -> String {
    let mut text = format!("{UNITS}\n\n{ENVIRONMENT}\n\nExit status:\n");
    text.push_str(&exit_status());
    text.push_str("\nExamples:\n");
    for (what, how) in examples {
        let how = how.replace('\n', "\n    ");
        text.push_str(&format!("  {what}\n    {how}\n"));
    }
    text
}

/// What follows the commands in `--help`.
pub(super) fn after_long() -> String {
    format!("{ENVIRONMENT}\n\nExit status:\n{}", exit_status())
}

fn exit_status() -> String {
    EXIT_STATUS
        .iter()
        .map(|(status, meaning)| format!("  {status:<6} {meaning}\n"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::command;
    use crate::cli::put_args::tests::checked;

    /// The words of a command line of the examples, as a shell would split them.
    fn words(line: &str) -> Vec<&str> {
        let parts = line.split('\'').enumerate();
        parts
            .flat_map(|(i, part)| match i % 2 {
                0 => part.split_whitespace().collect(),
                _ => vec![part],
            })
            .collect()
    }

    fn help_of(subcommand: &str, flag: &str) -> String {
        let found = command().try_get_matches_from(["s3stream", subcommand, flag]);
        found.unwrap_err().to_string()
    }

    /// So that it fits on a screen, and shows what most runs need.
    #[test]
    fn the_short_help_is_short_and_the_long_one_whole() {
        for (subcommand, everyday) in [("put", &PUT_EVERYDAY[..]), ("put-many", &PUT_MANY_EVERYDAY)]
        {
            let short = help_of(subcommand, "-h");
            let lines = short.lines().count();
            assert!((30..=46).contains(&lines), "{lines} lines:\n{short}");
            for option in everyday {
                assert!(short.contains(&format!("--{option}")), "{option}:\n{short}");
            }
            let long = help_of(subcommand, "--help");
            let mut command = command();
            let subcommand = command.find_subcommand_mut(subcommand).unwrap();
            let shown = subcommand.get_arguments().filter(|it| !it.is_hide_set());
            for option in shown.filter_map(clap::Arg::get_long) {
                assert!(long.contains(&format!("--{option}")), "{option}");
            }
        }
    }

    #[test]
    fn examples_of_uploads_and_doctor_are_accepted() {
        for (_, line) in UPLOADS_EXAMPLES.iter().chain(&doctor_help::EXAMPLES) {
            let words = words(line);
            let from = words.iter().position(|word| *word == "s3stream").unwrap();
            let argv = words[from..].iter().take_while(|word| **word != "|");
            let found = command().try_get_matches_from(argv);
            assert!(found.is_ok(), "{line}: {}", found.unwrap_err());
        }
    }

    #[test]
    fn examples_are_accepted() {
        for (_, line) in EXAMPLES {
            let words = words(line);
            let from = words.iter().position(|word| *word == "put").unwrap() + 1;
            let args: Vec<&str> = words[from..].to_vec();
            let end = args.iter().position(|word| *word == "|");
            let found = checked(&args[..end.unwrap_or(args.len())]);
            assert!(found.is_ok(), "{line}: {}", found.unwrap_err());
        }
    }
}
