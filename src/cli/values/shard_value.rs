//! `--shard I/N`: which share of the keys, said outright or by the batch system.

use crate::cli::environment::Env;
use crate::cli::refuse;
use crate::config::Shard;
use crate::error::{Error, Result};
use std::num::NonZeroU32;

/// Reads `I/N` or `auto/N`.
pub(in crate::cli) fn parse(text: &str, env: &Env<'_>) -> Result<Shard> {
    let refused = |why: &str| refuse("--shard", format!("{text:?}"), why);
    let malformed = || refused("write I/N with I from 1 to N, or auto/N");
    let (index, count) = text.split_once('/').ok_or_else(malformed)?;
    let count: NonZeroU32 = count.parse().map_err(|_| malformed())?;
    let index = match index {
        auto if auto.eq_ignore_ascii_case("auto") => from_batch_system(count, env)
            .map_err(|error| error.context(format!("--shard {text:?}")))?,
        index => index.parse().map_err(|_| malformed())?,
    };
    if index > count {
        return Err(refused(&format!("share {index} of {count} does not exist")));
    }
    Ok(Shard { index, count })
}

/// The share of this task, counted from 1.
fn from_batch_system(count: NonZeroU32, env: &Env<'_>) -> Result<NonZeroU32> {
    // Kubernetes Indexed Jobs count from 0. How many there are, they are not told.
    let kubernetes = "JOB_COMPLETION_INDEX";
    if let Some(index) = number(kubernetes, env)? {
        return one_more(index, kubernetes);
    }
    // AWS Batch array jobs count from 0, too:
    // https://docs.aws.amazon.com/batch/latest/userguide/job_env_vars.html
    let batch = "AWS_BATCH_JOB_ARRAY_INDEX";
    if let Some(index) = number(batch, env)? {
        check_size("AWS Batch", number("AWS_BATCH_JOB_ARRAY_SIZE", env)?, count)?;
        return one_more(index, batch);
    }
    // A Slurm array counts from its own minimum, perhaps in steps.
    let id = "SLURM_ARRAY_TASK_ID";
    let Some(task) = number(id, env)? else {
        return Err(Error::usage("no batch system says which share this is").hint(
            "auto needs JOB_COMPLETION_INDEX, SLURM_ARRAY_TASK_ID or AWS_BATCH_JOB_ARRAY_INDEX; \
             elsewhere write I/N",
        ));
    };
    let first = number("SLURM_ARRAY_TASK_MIN", env)?.unwrap_or(0);
    let last = number("SLURM_ARRAY_TASK_MAX", env)?;
    let step = number("SLURM_ARRAY_TASK_STEP", env)?.unwrap_or(1).max(1);
    let tasks = number("SLURM_ARRAY_TASK_COUNT", env)?;
    let checked =
        check_size("Slurm", tasks, count).and_then(|()| check_gaps(first, last, step, tasks));
    checked.map_err(|error| error.hint(again_in_slurm(task, count, env)))?;
    match task.checked_sub(first) {
        Some(past) if past % step == 0 => one_more(past / step, id),
        _ => Err(Error::usage(format!(
            "{id}={task} is not one of the array's tasks"
        ))),
    }
}

/// Refuses a Slurm array that lists its tasks, such as --array=1,5,6: which of them is the how-manieth,
/// none is told.
fn check_gaps(first: u32, last: Option<u32>, step: u32, tasks: Option<u32>) -> Result<()> {
    let (Some(last), Some(tasks)) = (last, tasks) else {
        return Ok(());
    };
    if last.checked_sub(first).map(|all| all / step) == tasks.checked_sub(1) {
        return Ok(());
    }
    Err(Error::usage(format!(
        "the Slurm array has {tasks} tasks from {first} to {last} in steps of {step}: some are missing"
    )))
}

/// How tasks that failed are run once more, so that each keeps its share.
fn again_in_slurm(task: u32, count: NonZeroU32, env: &Env<'_>) -> String {
    let job = env.text("SLURM_ARRAY_JOB_ID").ok().flatten();
    let job = job.unwrap_or_else(|| "JOB".to_owned());
    format!(
        "to run some tasks of an array again: scontrol requeue {job}_{task}; or, where it began at 0, \
         --shard $((SLURM_ARRAY_TASK_ID + 1))/{count}"
    )
}

/// Refuses an array that has not one task for each share.
fn check_size(system: &str, tasks: Option<u32>, count: NonZeroU32) -> Result<()> {
    match tasks {
        Some(tasks) if tasks != count.get() => Err(Error::usage(format!(
            "the {system} array has {tasks} tasks, not {count}: some shares would be left out or \
             sent twice"
        ))
        .hint(format!(
            "give auto/{tasks} if these are to send everything, or start an array of {count} tasks"
        ))),
        _ => Ok(()),
    }
}

fn number(name: &str, env: &Env<'_>) -> Result<Option<u32>> {
    let Some(text) = env.text(name)? else {
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
        let shard = surrounded(vars, |env| parse(text, env))?;
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
                let text = format!("{error:#}");
                assert!(text.contains(other) && text.contains("4 tasks"), "{text}");
                assert!(text.contains(system), "{text}");
                assert!(error.hints[0].contains("auto/4"), "{:?}", error.hints);
            }
            assert_eq!(shard("2/8", &vars).unwrap(), (2, 8), "said outright");
        }
    }

    #[test]
    fn an_array_that_runs_again_in_part_or_has_gaps_is_refused_with_the_way_out() {
        let array =
            |id: &'static str, min: &'static str, max: &'static str, count: &'static str| {
                [
                    ("SLURM_ARRAY_JOB_ID", "77"),
                    ("SLURM_ARRAY_TASK_ID", id),
                    ("SLURM_ARRAY_TASK_MIN", min),
                    ("SLURM_ARRAY_TASK_MAX", max),
                    ("SLURM_ARRAY_TASK_STEP", "1"),
                    ("SLURM_ARRAY_TASK_COUNT", count),
                ]
            };
        assert_eq!(shard("auto/8", &array("5", "0", "7", "8")).unwrap(), (6, 8));
        for (id, min, max, count) in [
            ("5", "5", "5", "1"),
            ("5", "3", "5", "2"),
            // As many as there are shares, but not those.
            ("5", "0", "20", "8"),
            ("5", "5", "0", "8"),
        ] {
            let error = shard("auto/8", &array(id, min, max, count)).unwrap_err();
            assert_eq!(error.exit_status(), 2);
            let hint = error.hints.last().unwrap();
            assert!(hint.contains("scontrol requeue 77_5"), "{hint}");
            assert!(
                hint.contains("--shard $((SLURM_ARRAY_TASK_ID + 1))/8"),
                "{hint}"
            );
            let vars = array(id, min, max, count);
            assert_eq!(shard("6/8", &vars).unwrap(), (6, 8), "said outright");
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
        let error = shard("auto/5", &slurm).unwrap_err();
        assert!(format!("{error:#}").contains("4 tasks"));
        assert!(shard("auto/2", &[("JOB_COMPLETION_INDEX", "2")]).is_err());
        assert!(shard("auto/2", &[("JOB_COMPLETION_INDEX", "x")]).is_err());
        assert!(shard("auto/2", &[]).unwrap_err().hints[0].contains("SLURM"));
    }
}
