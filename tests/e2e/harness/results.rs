//! The lines of `--output json`, held against their schemas.

use super::Outcome;
use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;
use std::fmt::Display;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

/// A schema of the repository.
struct Schema {
    text: Value,
    schemas: Schemas,
    index: SchemaIndex,
}

static RESULT: LazyLock<Schema> =
    LazyLock::new(|| Schema::new(include_str!("../../../schemas/result.schema.json")));
static UPLOAD: LazyLock<Schema> =
    LazyLock::new(|| Schema::new(include_str!("../../../schemas/upload.schema.json")));

static RECEIPT: LazyLock<Schema> =
    LazyLock::new(|| Schema::new(include_str!("../../../schemas/receipt.schema.json")));
static VERIFIED: LazyLock<Schema> =
    LazyLock::new(|| Schema::new(include_str!("../../../schemas/verify.schema.json")));

static DOCTOR: LazyLock<Schema> =
    LazyLock::new(|| Schema::new(include_str!("../../../schemas/doctor.schema.json")));

impl Schema {
    fn new(text: &str) -> Self {
        let text: Value = serde_json::from_str(text).expect("a schema that is JSON");
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        let place = "file:///schema.json";
        compiler.add_resource(place, text.clone()).unwrap();
        let index = compiler.compile(place, &mut schemas).unwrap();
        Self {
            text,
            schemas,
            index,
        }
    }

    /// All lines of standard output, each as the schema has it, and with no key that it does not know.
    #[track_caller]
    fn lines(&self, outcome: &Outcome) -> Vec<Value> {
        self.lines_of(&outcome.stdout, outcome)
    }

    #[track_caller]
    fn lines_of(&self, text: &str, outcome: &dyn Display) -> Vec<Value> {
        let promised = self.text["properties"].as_object().unwrap();
        let parse = |line: &str| -> Value {
            let line: Value =
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {outcome}"));
            self.schemas
                .validate(&line, self.index)
                .unwrap_or_else(|error| panic!("{error:#} in {line}: {outcome}"));
            let mut keys = line.as_object().unwrap().keys();
            assert!(
                keys.all(|key| promised.contains_key(key)),
                "a key too many: {line}"
            );
            line
        };
        text.lines().map(parse).collect()
    }
}

/// What became of objects, line by line.
#[track_caller]
pub(crate) fn result_lines(outcome: &Outcome) -> Vec<Value> {
    RESULT.lines(outcome)
}

/// What a receipt tells, line by line.
#[track_caller]
pub(crate) fn receipt_lines(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'), "{text}");
    RECEIPT.lines_of(&text, &text)
}

/// What `uploads` tells, line by line.
#[track_caller]
pub(crate) fn upload_lines(outcome: &Outcome) -> Vec<Value> {
    UPLOAD.lines(outcome)
}

/// What `verify` tells, line by line.
#[track_caller]
pub(crate) fn verify_lines(outcome: &Outcome) -> Vec<Value> {
    VERIFIED.lines(outcome)
}

/// What `doctor` tells, line by line.
#[track_caller]
pub(crate) fn doctor_lines(outcome: &Outcome) -> Vec<Value> {
    DOCTOR.lines(outcome)
}
