//! Labels of metrics, written K=V.

use crate::cli::refuse;
use crate::cli::values::{key_value, pair_list};
use crate::error::Result;
use std::collections::HashSet;

const OPTION: &str = "--metrics-label";
/// What the metrics have of their own.
const OURS: [&str; 4] = ["bucket", "name", "reason", "result"];
/// What Prometheus sets itself for whom it scrapes.
const SCRAPED: [&str; 2] = ["job", "instance"];

/// Reads labels.
///
/// # Errors
/// When Prometheus would not take one, or would change it.
pub(in crate::cli) fn parse(lists: &[String]) -> Result<Vec<(String, String)>> {
    let mut names = HashSet::new();
    let mut pairs = Vec::new();
    for text in lists.iter().flat_map(|list| pair_list::split(list)) {
        let (name, value) = key_value::split(OPTION, &text)?;
        check(name).map_err(|why| refuse(OPTION, format!("{text:?}"), why))?;
        if !names.insert(name.to_owned()) {
            return Err(refuse(
                OPTION,
                format!("{text:?}"),
                "that name is given twice",
            ));
        }
        pairs.push((name.to_owned(), value.to_owned()));
    }
    Ok(pairs)
}

fn check(name: &str) -> Result<(), &'static str> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty()
        || name.starts_with(|c: char| c.is_ascii_digit())
        || !name.chars().all(is_of_name)
    {
        return Err("a name has letters, digits and _ alone, and begins with no digit");
    }
    if name.starts_with("__") {
        return Err("Prometheus keeps names that begin with __ for itself");
    }
    if SCRAPED.contains(&name) {
        return Err("Prometheus sets that label itself");
    }
    if OURS.contains(&name) {
        return Err("the metrics have a label of that name already");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_prometheus_that_nobody_else_sets() {
        let found = parse(&["host=a,_b2=x=\"y\"".to_owned(), "key=".to_owned()]).unwrap();
        let found: Vec<_> = found.iter().map(|(k, v)| (&**k, &**v)).collect();
        assert_eq!(found, [("host", "a"), ("_b2", "x=\"y\""), ("key", "")]);
        for refused in [
            "novalue",
            "=v",
            "2a=v",
            "a-b=v",
            "ü=v",
            "__a=v",
            "job=v",
            "instance=v",
            "bucket=v",
            "name=v",
            "reason=v",
            "result=v",
            "a=1,a=2",
        ] {
            let error = parse(&[refused.to_owned()]).unwrap_err();
            assert_eq!(error.exit_status(), 2, "{refused}");
        }
    }
}
