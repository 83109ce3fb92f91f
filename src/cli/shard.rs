//! `--shard I/N`: which share of the keys, said outright or by the batch system.

use super::environment::Surroundings;
use super::refuse;
use crate::config::Shard;
use crate::error::{Error, Result};
use std::num::NonZeroU32;

/// Reads `I/N` or `auto/N`.
pub(super) fn parse(text: &str, around: &Surroundings<'_>) -> Result<Shard> {
    let refused = |why: &str| refuse("--shard", format!("{text:?}"), why);
    let malformed = || refused("write I/N with I from 1 to N, or auto/N");
    let (index, count) = text.split_once('/').ok_or_else(malformed)?;
    let count: NonZeroU32 = count.parse().map_err(|_| malformed())?;
    let index = match index {
        "auto" => from_batch_system(count, around)
            .map_err(|error| error.context(format!("--shard {text:?}")))?,
        index => index.parse().map_err(|_| malformed())?,
    };
    if index > count {
        return Err(refused(&format!("share {index} of {count} does not exist")));
    }
    Ok(Shard { index, count })
}

/// The share of this task, counted from 1.
fn from_batch_system(count: NonZeroU32, around: &Surroundings<'_>) -> Result<NonZeroU32> {
    // Kubernetes Indexed Jobs count from 0. How many there are, they are not told.
    let kubernetes = "JOB_COMPLETION_INDEX";
    if let Some(index) = number(kubernetes, around)? {
        return one_more(index, kubernetes);
    }
    // AWS Batch array jobs count from 0, too:
    // https://docs.aws.amazon.com/batch/latest/userguide/job_env_vars.html
    let batch = "AWS_BATCH_JOB_ARRAY_INDEX";
    if let Some(index) = number(batch, around)? {
        check_size(
            "AWS Batch",
            number("AWS_BATCH_JOB_ARRAY_SIZE", around)?,
            count,
        )?;
        return one_more(index, batch);
    }
    // A Slurm array counts from its own minimum, perhaps in steps.
    let id = "SLURM_ARRAY_TASK_ID";
    let Some(task) = number(id, around)? else {
        return Err(Error::usage("no batch system says which share this is").hint(
            "auto needs JOB_COMPLETION_INDEX, SLURM_ARRAY_TASK_ID or AWS_BATCH_JOB_ARRAY_INDEX; \
             elsewhere write I/N",
        ));
    };
    let first = number("SLURM_ARRAY_TASK_MIN", around)?.unwrap_or(0);
    let step = number("SLURM_ARRAY_TASK_STEP", around)?.unwrap_or(1).max(1);
    check_size("Slurm", number("SLURM_ARRAY_TASK_COUNT", around)?, count)?;
    match task.checked_sub(first) {
        Some(past) if past % step == 0 => one_more(past / step, id),
        _ => Err(Error::usage(format!(
            "{id}={task} is not one of the array's tasks"
        ))),
    }
}

/// Refuses an array that has not one task for each share.
fn check_size(system: &str, tasks: Option<u32>, count: NonZeroU32) -> Result<()> {
    match tasks {
        Some(tasks) if tasks != count.get() => Err(Error::usage(format!(
            "the {system} array has {tasks} tasks, not {count}: some shares would be left out or \
             sent twice"
        ))
        .hint(format!(
            "give auto/{tasks}, or start an array of {count} tasks"
        ))),
        _ => Ok(()),
    }
}

fn number(name: &str, around: &Surroundings<'_>) -> Result<Option<u32>> {
    let Some(text) = around.text(name)? else {
        return Ok(None);
    };
    let number = text.trim().parse();
    number
        .map(Some)
        .map_err(|_| Error::usage(format!("{name}={text:?} is no number")))
}

fn one_more(index: u32, name: &str) -> Result<NonZeroU32> {
    index
        .checked_add(1)
        .and_then(NonZeroU32::new)
        .ok_or_else(|| Error::usage(format!("{name}={index} is too large")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::environment::tests::surrounded;

    fn shard(text: &str, vars: &[(&str, &str)]) -> Result<(u32, u32)> {
        let shard = surrounded(vars, |around| parse(text, around))?;
        Ok((shard.index.get(), shard.count.get()))
    }

    #[test]
    fn said_outright() {
        assert_eq!(shard("1/3", &[]).unwrap(), (1, 3));
        assert_eq!(
            shard("3/3", &[("JOB_COMPLETION_INDEX", "0")]).unwrap(),
            (3, 3)
        );
        for text in ["0/3", "4/3", "1/0", "1", "/", "a/3", "-1/3", "1/3/5", ""] {
            assert_eq!(shard(text, &[]).unwrap_err().exit_status(), 2, "{text}");
        }
    }

    /// The shares that no task takes would be lost, and every task would exit with 0.
    #[test]
    fn case_99_an_array_of_another_size_is_refused() {
        let batch = [
            ("AWS_BATCH_JOB_ARRAY_INDEX", "3"),
            ("AWS_BATCH_JOB_ARRAY_SIZE", "4"),
        ];
        let slurm = [
            ("SLURM_ARRAY_TASK_ID", "3"),
            ("SLURM_ARRAY_TASK_COUNT", "4"),
        ];
        for (vars, system) in [(batch, "AWS Batch"), (slurm, "Slurm")] {
            assert_eq!(shard("auto/4", &vars).unwrap(), (4, 4));
            for other in ["auto/8", "auto/5"] {
                let error = shard(other, &vars).unwrap_err();
                assert_eq!(error.exit_status(), 2);
                let text = error.to_string();
                assert!(text.contains(other) && text.contains("4 tasks"), "{text}");
                assert!(text.contains(system), "{text}");
                assert!(error.hints[0].contains("auto/4"), "{:?}", error.hints);
            }
            assert_eq!(shard("2/8", &vars).unwrap(), (2, 8), "said outright");
        }
    }

    #[test]
    fn said_by_the_batch_system() {
        assert_eq!(
            shard("auto/4", &[("JOB_COMPLETION_INDEX", "0")]).unwrap(),
            (1, 4)
        );
        assert_eq!(
            shard("auto/4", &[("AWS_BATCH_JOB_ARRAY_INDEX", "3")]).unwrap(),
            (4, 4)
        );
        let slurm = [
            ("SLURM_ARRAY_TASK_ID", "7"),
            ("SLURM_ARRAY_TASK_MIN", "5"),
            ("SLURM_ARRAY_TASK_COUNT", "4"),
        ];
        assert_eq!(shard("auto/4", &slurm).unwrap(), (3, 4));
        let stepped = [
            slurm[0],
            ("SLURM_ARRAY_TASK_MIN", "3"),
            ("SLURM_ARRAY_TASK_STEP", "2"),
        ];
        assert_eq!(shard("auto/4", &stepped).unwrap(), (3, 4));
        assert!(
            shard("auto/5", &slurm)
                .unwrap_err()
                .to_string()
                .contains("4 tasks")
        );
        assert!(shard("auto/2", &[("JOB_COMPLETION_INDEX", "2")]).is_err());
        assert!(shard("auto/2", &[("JOB_COMPLETION_INDEX", "x")]).is_err());
        assert!(shard("auto/2", &[]).unwrap_err().hints[0].contains("SLURM"));
    }
}
