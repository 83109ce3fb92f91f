//! Texts of `doctor` that the help and the manual page share.

use super::help::after_long_with;

/// The form of `doctor`.
pub(super) const USAGE: &str = "\
s3stream doctor [OPTIONS] DESTINATION";

/// What follows the options in `doctor -h`.
pub(super) const AFTER: &str = "\
Status 0: uploads can be made (warnings are no failure); 1: they can't; 2: the settings
can't be used. See --help for examples, and man s3stream-doctor for what it makes.";

/// Examples of `doctor`: what they do, and how.
pub(super) const EXAMPLES: [(&str, &str); 4] = [
    (
        "Before the first backup into a bucket:",
        "s3stream doctor backups/",
    ),
    (
        "A new store, and how fast it is:",
        "s3stream doctor --speed --endpoint-url https://s3.example.com backups/",
    ),
    (
        "Only what is wrong, once a week:",
        "s3stream doctor -q backups/",
    ),
    (
        "Tell a script what can't be done:",
        "s3stream doctor --output json backups/ | jq -r 'select(.status == \"failed\") | .found'",
    ),
];

/// What follows the options in `doctor --help`.
pub(super) fn after_long() -> String {
    after_long_with(&EXAMPLES)
}

/// What its trials make, and which events of the store that sets off.
pub(super) const TRACES: [(&str, &str); 6] = [
    (
        "Uploads",
        "Some 8 multipart uploads with parts of 1,000 bytes, each aborted; with --speed one more. They make no \
         object: no event notification and no replication comes of them.",
    ),
    (
        "Objects",
        "Two objects of 1,000 bytes, one after the other, each deleted at once; where the store ignores \
         If-None-Match the second is replaced, twice at most. Each sets off s3:ObjectCreated:Put, or \
         s3:ObjectCreated:CompleteMultipartUpload where that condition is ignored, and \
         s3:ObjectRemoved:Delete: a rule for the prefix of DESTINATION starts what it starts. In a bucket \
         that keeps versions they are deleted by version id, and leave no delete marker.",
    ),
    (
        "No objects",
        "None is made where Object Lock keeps each new object, or where it can't be read whether the bucket \
         keeps versions or locks them. Where DeleteObject is refused, the one that was made is named, and no \
         more are made.",
    ),
    (
        "Logs",
        "Access logs and CloudTrail data events, where they are on, show all requests, those that are \
         refused on purpose among them: a part with a wrong checksum, part 10,001, a condition that does not \
         hold. With few permissions there are AccessDenied among them, which an alarm may count.",
    ),
    (
        "Keys",
        "All have DESTINATION, .s3stream-doctor- and 12 letters made by chance. Nothing else is written, \
         aborted or deleted.",
    ),
    (
        "A signal",
        "What was made is taken away first, as after a failure. A second signal ends it at once, and names \
         what is left with the command that takes it away.",
    ),
];
