//! The lines of `--output json`, held against their schema.

use super::Outcome;
use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;
use std::sync::LazyLock;

static SCHEMA: LazyLock<(Value, Schemas, SchemaIndex)> = LazyLock::new(|| {
    let schema: Value = serde_json::from_str(include_str!("../../../schemas/result.schema.json"))
        .expect("a schema that is JSON");
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    let place = "file:///result.schema.json";
    compiler.add_resource(place, schema.clone()).unwrap();
    let index = compiler.compile(place, &mut schemas).unwrap();
    (schema, schemas, index)
});

/// The keys that the schema promises.
pub(crate) fn promised_keys() -> Vec<String> {
    let properties = SCHEMA.0["properties"].as_object().unwrap();
    properties.keys().cloned().collect()
}

/// All lines of standard output, each as the schema has it, and with no key that it does not know.
#[track_caller]
pub(crate) fn result_lines(outcome: &Outcome) -> Vec<Value> {
    let (_, schemas, index) = &*SCHEMA;
    let parse = |line: &str| -> Value {
        let line: Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {outcome}"));
        schemas
            .validate(&line, *index)
            .unwrap_or_else(|error| panic!("{error:#} in {line}: {outcome}"));
        let promised = promised_keys();
        let mut keys = line.as_object().unwrap().keys();
        assert!(
            keys.all(|key| promised.contains(key)),
            "a key too many: {line}"
        );
        line
    };
    outcome.stdout.lines().map(parse).collect()
}
