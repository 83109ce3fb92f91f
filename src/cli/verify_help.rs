//! Texts of `verify` that the help and the manual page share.

use super::help::after_long_with;

/// Examples of `verify`: what they do, and how.
pub(super) const EXAMPLES: [(&str, &str); 5] = [
    (
        "Check that an object is the file that it was made of, whatever tool stored it:",
        "s3stream verify backups/disk.img disk.img",
    ),
    (
        "Check a folder every night, and read nothing of the bucket:",
        "30 4 * * * s3stream verify -r -q backups/www/ /var/www/",
    ),
    (
        "Check that what put-many stored is there still, without the files:",
        "s3stream verify --receipt /var/lib/www.receipt",
    ),
    (
        "Read an object, and compare its bytes with the checksums that are stored with it:",
        "s3stream verify --download backups/disk.img",
    ),
    (
        "Tell a script which part of an object differs:",
        "zfs send pool/data@a | s3stream verify --output json backups/data.zfs | jq .part",
    ),
];

/// The forms of `verify`.
pub(super) const USAGE: &str = "\
s3stream verify [OPTIONS] DESTINATION [FILE]
       s3stream verify [OPTIONS] DESTINATION -- COMMAND [ARG]...
       s3stream verify [OPTIONS] --recursive DESTINATION PATH...
       s3stream verify [OPTIONS] --receipt FILE [DESTINATION [FILE]]";

/// What follows the options in `verify -h`.
pub(super) const AFTER: &str = "\
Examples:
  s3stream verify backups/disk.img disk.img
  s3stream verify -r backups/www/ /var/www/
  s3stream verify --download backups/disk.img

--help for all options, exit statuses and more examples.";

/// What follows the options in `verify --help`.
pub(super) fn after_long() -> String {
    after_long_with(&EXAMPLES)
}

/// The options of `verify` that `-h` shows.
pub(super) const EVERYDAY: [&str; 11] = [
    "download",
    "receipt",
    "recursive",
    "include",
    "exclude",
    "endpoint-url",
    "region",
    "profile",
    "output",
    "quiet",
    "verbose",
];
