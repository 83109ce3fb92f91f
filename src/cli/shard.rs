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
    // Kubernetes Indexed Jobs and AWS Batch array jobs count from 0.
    for name in ["JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX"] {
        if let Some(index) = number(name, around)? {
            return one_more(index, name);
        }
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
    if let Some(tasks) = number("SLURM_ARRAY_TASK_COUNT", around)?
        && tasks != count.get()
    {
        return Err(Error::usage(format!(
            "the Slurm array has {tasks} tasks, not {count}: some shares would be left out or sent \
             twice"
        )));
    }
    match task.checked_sub(first) {
        Some(past) if past % step == 0 => one_more(past / step, id),
        _ => Err(Error::usage(format!(
            "{id}={task} is not one of the array's tasks"
        ))),
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
