//! What the manual says of the lines of `--output json`.

/// What the lines of a subcommand are, and their keys with what they mean.
pub(super) type Lines = (&'static str, &'static [(&'static str, &'static str)]);

/// The lines that a subcommand writes; `None` where it writes none.
pub(super) fn of(subcommand: &str) -> Option<Lines> {
    match subcommand {
        "put" | "put-many" => Some((RESULT, &RESULT_KEYS)),
        "list" | "abort" => Some((UPLOAD, &UPLOAD_KEYS)),
        "verify" => Some((VERIFIED, &VERIFIED_KEYS)),
        "doctor" => Some((DOCTOR, &DOCTOR_KEYS)),
        _ => None,
    }
}

/// What the lines of `--output json` are.
const RESULT: &str = "\
--output json writes one line, a JSON object, for each object that was to be stored, also where that \
failed: put writes one in any run whose command line was understood. All keys are always there; what \
is not known, or does not apply, is null. Later versions may add keys.";

/// The keys of those lines.
const RESULT_KEYS: [(&str, &str); 17] = [
    (
        "status",
        "uploaded; skipped: passed over, and why says the reason; would-upload: this is a dry run; \
         failed: error says the reason, and whether the object may be stored all the same",
    ),
    ("path", "The file, where it has a name."),
    ("error", "What went wrong, as on standard error."),
    ("why", "Why the file was passed over."),
    ("bucket", "The bucket."),
    ("key", "The key."),
    ("uri", "Both, as s3://bucket/key."),
    (
        "version_id",
        "The version of the object, in a bucket that keeps versions.",
    ),
    ("etag", "The ETag, without quotes."),
    (
        "size",
        "Bytes of the object; in a dry run those of the file.",
    ),
    ("parts", "Parts that it was sent in."),
    ("part_size", "Bytes of the first parts."),
    (
        "checksum",
        "Our checksum of the object: its algorithm, its type (FULL_OBJECT or COMPOSITE) and its value.",
    ),
    (
        "started",
        "When the upload began, such as 2030-01-31T12:00:00Z.",
    ),
    ("seconds", "How long it took."),
    ("retries", "Requests that had to be sent again."),
    ("warnings", "What the store did not do as asked; a list."),
];

/// What the lines of `uploads` are.
const UPLOAD: &str = "\
--output json writes one line, a JSON object, for each upload. All keys are always there; what is not \
known, or does not apply, is null. Later versions may add keys.";

/// The keys of those lines.
const UPLOAD_KEYS: [(&str, &str); 12] = [
    (
        "status",
        "unfinished: it is listed; would-abort: this is a dry run; aborted; gone: it was completed, or \
         aborted by another, before it could be aborted; failed: error says why it is not aborted",
    ),
    ("error", "Why it is not aborted."),
    ("bucket", "The bucket."),
    ("key", "The key that its object would have."),
    ("uri", "Both, as s3://bucket/key."),
    ("upload_id", "The store's name for it."),
    (
        "initiated",
        "When it was begun, such as 2030-01-31T12:00:00Z.",
    ),
    ("age_seconds", "Time since then, by the store's clock."),
    (
        "parts",
        "Parts that the store has of it; before it was aborted.",
    ),
    ("bytes", "Bytes of these parts."),
    ("initiator", "Who began it: a name, else an id."),
    (
        "storage_class",
        "The storage class that its object would have.",
    ),
];

/// What the lines of `verify` are.
const VERIFIED: &str = "\
--output json writes one line, a JSON object, for each object. All keys are always there; what is not \
known, or does not apply, is null. Later versions may add keys.";

/// The keys of those lines.
const VERIFIED_KEYS: [(&str, &str); 12] = [
    (
        "status",
        "equal; differs: also where there is no object; unverifiable: the store keeps nothing that the \
         bytes can be compared with, and --download is the way out; failed: it could not be found out",
    ),
    ("path", "The file, where it has a name."),
    ("bucket", "The bucket."),
    ("key", "The key."),
    ("uri", "Both, as s3://bucket/key."),
    ("size", "Bytes of the object."),
    ("etag", "The ETag, without quotes."),
    (
        "version_id",
        "The version of the object, in a bucket that keeps versions.",
    ),
    (
        "compared",
        "What was compared, such as SHA256 of 41 parts of 10MiB, CRC64NVME of the whole, or bytes.",
    ),
    ("part", "The first part that differs, from 1 on."),
    (
        "offset",
        "Where that part begins; of bytes that were compared, the first that differs.",
    ),
    ("error", "Why it is not equal."),
];

/// What the lines of `doctor` are.
const DOCTOR: &str = "\
--output json writes one line, a JSON object, for each check, as soon as it is made. All keys are always \
there. Later versions may add keys, and checks.";

/// The keys of those lines.
const DOCTOR_KEYS: [(&str, &str); 5] = [
    (
        "check",
        "settings, name-resolution, connection, tls, clock, credentials, bucket, list, head, versioning, \
         object-lock, encryption, lifecycle, multipart, checksums, bad-checksum, part-limit, abort, \
         put-object, no-overwrite, delete, speed or leftovers; settings, speed and leftovers may have \
         several lines, or none",
    ),
    (
        "status",
        "ok; warning: uploads can be made; failed: they can't; skipped: found says why it is not known",
    ),
    ("found", "What was found, in words."),
    ("hint", "The way out; null where none is needed, or known."),
    ("seconds", "How long the check took."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check((_, told): Lines, schema: &str) {
        let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
        let mut told: Vec<_> = told.iter().map(|(key, _)| *key).collect();
        told.sort_unstable();
        let mut promised: Vec<_> = schema["properties"].as_object().unwrap().keys().collect();
        promised.sort_unstable();
        assert_eq!(told, promised);
    }

    #[test]
    fn the_keys_are_those_of_the_schemas() {
        let result = include_str!("../../schemas/result.schema.json");
        check(of("put").unwrap(), result);
        let upload = include_str!("../../schemas/upload.schema.json");
        check(of("abort").unwrap(), upload);
        let verified = include_str!("../../schemas/verify.schema.json");
        check(of("verify").unwrap(), verified);
        let doctor = include_str!("../../schemas/doctor.schema.json");
        check(of("doctor").unwrap(), doctor);
    }
}
