//! That `tests/cases.md` lists what is tested, and nothing that is not.

use std::collections::BTreeSet;
use std::path::Path;

/// The numbers in the first column of its tables.
fn listed() -> BTreeSet<u32> {
    let rows = include_str!("../cases.md").lines();
    let number = |row: &str| row.strip_prefix("| ")?.split(' ').next()?.parse().ok();
    let all: Vec<u32> = rows.filter_map(number).collect();
    let numbers: BTreeSet<u32> = all.iter().copied().collect();
    assert_eq!(numbers.len(), all.len(), "a number twice: {all:?}");
    numbers
}

/// The numbers in the names of the tests, here and beside the code.
fn tested() -> BTreeSet<u32> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = ["src", "tests"].map(|folder| walkdir::WalkDir::new(root.join(folder)));
    let name = regex::Regex::new(r"\bfn case_(\d+)_").unwrap();
    let mut numbers = BTreeSet::new();
    for file in files.into_iter().flatten().map(Result::unwrap) {
        if file.path().extension().is_some_and(|it| it == "rs") {
            let text = std::fs::read_to_string(file.path()).unwrap();
            numbers.extend(
                name.captures_iter(&text)
                    .map(|it| it[1].parse::<u32>().unwrap()),
            );
        }
    }
    numbers
}

#[test]
fn every_case_has_a_test_and_every_test_its_case() {
    let (listed, tested) = (listed(), tested());
    let unlisted: Vec<_> = tested.difference(&listed).collect();
    let untested: Vec<_> = listed.difference(&tested).collect();
    assert!(unlisted.is_empty(), "not in tests/cases.md: {unlisted:?}");
    assert!(untested.is_empty(), "without a test: {untested:?}");
}
