//! What memory parts may take where a memory cgroup limits it.

use crate::cli::refuse;
use crate::cli::values::workers_value::Auto;
use crate::config::{MIB, typed_size};
use crate::error::{Error, Result};

/// The memory that parts may take by default in a cgroup that leaves only so much: half of it, in whole
/// MiB. The other half is for the program, its connections, and whatever else runs there.
///
/// # Errors
/// When not even one part fits into `--max-memory`, or where that says nothing into the share.
pub(in crate::cli) fn share(
    max_memory: Option<u64>,
    left: Option<u64>,
    part_size: u64,
    auto: Auto,
) -> Result<Option<u64>> {
    if let Some(memory) = max_memory {
        if memory >= part_size {
            return Ok(None);
        }
        let part_size = typed_size(part_size);
        let why = format!("one part of --part-size {part_size} needs more");
        return Err(
            refuse("--max-memory", typed_size(memory), why).hint(format!(
                "use --max-memory {part_size} or more, or a smaller --part-size"
            )),
        );
    }
    let share = left.map(|left| left / 2 / MIB * MIB);
    let held = part_size.min(auto.held);
    if let (Some(left), Some(_)) = (left, share.filter(|share| *share < held)) {
        let left = typed_size(left / MIB * MIB);
        return Err(Error::usage("there is too little memory")
            .because(format!(
                "the memory cgroup has {left} left, half of which is for parts"
            ))
            .hint(format!(
                "give it more, use a smaller --part-size, or --max-memory {} in spite of it",
                typed_size(part_size)
            )));
    }
    Ok(share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::environment::tests::surrounded_with;
    use crate::cli::put_args::tests::parsed;
    use crate::config::{GIB, Transfer};

    /// Of `put` in a cgroup that leaves so much.
    fn in_cgroup(left: u64, args: &[&str]) -> Result<Transfer> {
        let args = parsed(&[&["b/k"], args].concat()).unwrap();
        surrounded_with(Some(left), &[], |env| args.config_in(env)).map(|it| it.upload.transfer)
    }

    #[test]
    fn case_73_half_of_what_a_cgroup_leaves_bounds_the_default() {
        let found = in_cgroup(115 * MIB + 1, &[]).unwrap();
        assert_eq!(
            (found.max_memory, found.memory_share),
            (None, Some(57 * MIB))
        );
        assert_eq!(found.largest_held(), Some(57 * MIB / 2));
        let asked = in_cgroup(115 * MIB, &["--max-memory=1GiB"]).unwrap();
        assert_eq!((asked.max_memory, asked.memory_share), (Some(GIB), None));
        assert_eq!(
            in_cgroup(20 * MIB, &[]).unwrap().largest_held(),
            Some(10 * MIB)
        );
        let error = in_cgroup(19 * MIB, &[]).unwrap_err();
        assert_eq!(error.exit_status(), 2);
        assert!(format!("{error:#}").contains("19MiB left"), "{error:#}");
        assert!(error.hints[0].contains("--max-memory 10MiB"), "{error:?}");
        assert!(in_cgroup(19 * MIB, &["--part-size=5MiB"]).is_ok());
        assert!(in_cgroup(0, &["--max-memory=10MiB"]).is_ok());
        let tight = in_cgroup(115 * MIB, &["--max-parts=10", "--size=1GiB"]).unwrap();
        let error = crate::part::plan::Plan::for_stream(&tight).unwrap_err();
        assert!(error.hints[1].contains("--max-memory 103MiB"), "{error:?}");
    }
}
