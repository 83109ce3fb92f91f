//! Texts that the help and the manual pages share.

/// How an option is named in the environment.
pub const ENVIRONMENT: &str = "\
Every option also reads S3STREAM_<NAME>: --part-size reads S3STREAM_PART_SIZE. An
option given on the command line wins. Credentials come from the AWS profile and
environment; no option takes a secret.";

/// Variables that are read, and what for.
pub const VARIABLES: [(&str, &str); 7] = [
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
        "AWS_PROFILE, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE",
        "The AWS profile and the files that hold it.",
    ),
    ("AWS_REGION", "Region, where --region is absent."),
    (
        "AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL",
        "Endpoint, where --endpoint-url is absent; the first one counts.",
    ),
    ("AWS_CA_BUNDLE", "PEM file, where --ca-bundle is absent."),
    (
        "HTTP_PROXY, HTTPS_PROXY, NO_PROXY",
        "Proxies, and the hosts to reach without them.",
    ),
];

/// Exit statuses, and what they promise.
pub const EXIT_STATUS: [(&str, &str); 7] = [
    ("0", "done: all that was asked for is stored"),
    (
        "1",
        "failed: nothing committed, nothing left behind, or the message says what is stored or left",
    ),
    ("2", "usage or configuration; no request was sent"),
    (
        "3",
        "put-many: some files failed, the others are stored; uploads abort: some are left",
    ),
    (
        "4",
        "a guard or precondition did not hold; nothing committed",
    ),
    ("5", "COMMAND failed; nothing committed"),
    ("128+N", "ended by signal N, upload aborted first"),
];

/// Examples of `put`: what they do, and how.
pub const EXAMPLES: [(&str, &str); 5] = [
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
        "Tell a script what was stored:",
        "s3stream put --output json backups/disk.img disk.img | jq -r .version_id",
    ),
];

/// Examples of `put-many`: what they do, and how.
pub const MANY_EXAMPLES: [(&str, &str); 4] = [
    (
        "Upload a folder; run it again to upload what failed or changed since:",
        "s3stream put-many --recursive --journal /var/lib/backup.journal backups/www/ /var/www",
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
        "s3stream put-many -r --shard auto/8 backups/results/ results",
    ),
];

/// Examples of `uploads`: what they do, and how.
pub const UPLOADS_EXAMPLES: [(&str, &str); 4] = [
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
pub(super) const PUT_MANY_AFTER: &str = PUT_AFTER;

/// What follows the options in `put -h`.
pub(super) const PUT_AFTER: &str = "\
SIZE is bytes, or a number with a unit: 10MiB, 1.5GiB, 10MB (decimal). TIME has a
unit: 500ms, 30s, 15m, 7d. Every option also reads S3STREAM_<NAME>, as in
S3STREAM_PART_SIZE. See --help for exit statuses and examples.";

/// Units of the options' values.
pub const UNITS: &str = "\
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

fn after_long_with(examples: &[(&str, &str)]) -> String {
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

    #[test]
    fn examples_are_accepted() {
        for (_, line) in super::EXAMPLES {
            let words = words(line);
            let from = words.iter().position(|word| *word == "put").unwrap() + 1;
            let args: Vec<&str> = words[from..].to_vec();
            let end = args.iter().position(|word| *word == "|");
            let found = checked(&args[..end.unwrap_or(args.len())]);
            assert!(found.is_ok(), "{line}: {}", found.unwrap_err());
        }
    }
}
