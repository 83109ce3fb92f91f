//! How much memory the memory cgroups of this process have left: a container, a Slurm job or a systemd
//! unit ends without a word whatever goes beyond.

use std::fs;
use std::path::{Component, Path, PathBuf};

/// No machine has as much: cgroup v1 shows "no limit" as the largest number of whole pages.
const NO_LIMIT: u64 = 1 << 60;

/// Bytes that the memory cgroup of this process and all its parents leave; `None` where none limits it.
pub(crate) fn left() -> Option<u64> {
    left_below(Path::new("/"))
}

fn left_below(root: &Path) -> Option<u64> {
    let read = |path: &str| fs::read_to_string(root.join(path)).ok();
    let mounts = read("proc/self/mountinfo")?;
    let cgroups = read("proc/self/cgroup")?;
    let mounts = mounts.lines().filter_map(Mount::parse);
    let levels = mounts.flat_map(|mount| {
        let own = mount.folder_of(&cgroups);
        let top = mount.point;
        let levels: Vec<_> = own
            .ancestors()
            .take_while(|it| it.starts_with(&top))
            .collect();
        let left = levels.into_iter().map(|level| {
            let level = level.strip_prefix("/").unwrap_or(level);
            left_at(&root.join(level), mount.version)
        });
        left.min_by_key(|left| left.unwrap_or(u64::MAX)).flatten()
    });
    levels.min()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

/// A mount of cgroups that may account for memory.
struct Mount {
    version: Version,
    /// Which cgroup is its uppermost folder.
    cgroup: PathBuf,
    point: PathBuf,
}

impl Mount {
    /// Reads a line of mountinfo (proc_pid_mountinfo(5)).
    fn parse(line: &str) -> Option<Self> {
        let (mount, kind) = line.split_once(" - ")?;
        let mut mount = mount.split(' ').skip(3);
        let (cgroup, point) = (mount.next()?.into(), mount.next()?.into());
        let mut kind = kind.split(' ');
        let version = match kind.next()? {
            "cgroup2" => Version::Two,
            "cgroup" if has_word(kind.nth(1)?, "memory") => Version::One,
            _ => return None,
        };
        Some(Self {
            version,
            cgroup,
            point,
        })
    }

    /// The folder of the process, by what /proc/self/cgroup says (cgroups(7)). A cgroup that lies
    /// outside of the mount, as in a container that has no namespace of its own, can't be seen: then
    /// what is mounted is the container's.
    fn folder_of(&self, cgroups: &str) -> PathBuf {
        let of_version = |line: &&str| match self.version {
            Version::Two => line.starts_with("0::"),
            Version::One => line
                .split(':')
                .nth(1)
                .is_some_and(|it| has_word(it, "memory")),
        };
        let line = cgroups.lines().find(of_version);
        let own = line.and_then(|line| line.splitn(3, ':').nth(2));
        let inside = own.and_then(|own| Path::new(own).strip_prefix(&self.cgroup).ok());
        let inside = inside.filter(|it| it.components().all(|it| it != Component::ParentDir));
        inside.map_or(self.point.clone(), |inside| self.point.join(inside))
    }
}

fn has_word(list: &str, word: &str) -> bool {
    list.split(',').any(|it| it == word)
}

/// What this very level leaves. The kernel gives up inactive file cache before it ends anybody.
fn left_at(level: &Path, version: Version) -> Option<u64> {
    let (limits, usage, cache): (&[&str], _, _) = match version {
        Version::One => (
            &["memory.limit_in_bytes"],
            "memory.usage_in_bytes",
            "total_inactive_file",
        ),
        Version::Two => (
            &["memory.max", "memory.high"],
            "memory.current",
            "inactive_file",
        ),
    };
    let read = |name: &str| fs::read_to_string(level.join(name)).ok();
    let number = |text: String| text.trim().parse::<u64>().ok();
    let limits = limits.iter().filter_map(|name| read(name).and_then(number));
    let limit = limits.filter(|limit| *limit < NO_LIMIT).min()?;
    let used = read(usage).and_then(number).unwrap_or(0);
    let stat = read("memory.stat").unwrap_or_default();
    let cache = stat.lines().find_map(|line| {
        let (name, value) = line.split_once(' ')?;
        (name == cache).then(|| number(value.to_owned())).flatten()
    });
    Some(limit.saturating_sub(used.saturating_sub(cache.unwrap_or(0))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::MIB;

    const V1_NONE: &str = "9223372036854771712\n";
    const V2: &str =
        "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
    const V1: &str = "31 23 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n\
                      35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n";

    /// What is left with these mounts, this /proc/self/cgroup, and these files below /sys/fs/cgroup.
    fn left(mounts: &str, cgroup: &str, files: &[(&str, &str)]) -> Option<u64> {
        let root = tempfile::tempdir().unwrap();
        let write = |path: PathBuf, text: &str| {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(root.path().join("proc/self/mountinfo"), mounts);
        write(root.path().join("proc/self/cgroup"), cgroup);
        for (name, text) in files {
            write(root.path().join("sys/fs/cgroup").join(name), text);
        }
        left_below(root.path())
    }

    fn mib(count: u64) -> String {
        format!("{}\n", count * MIB)
    }

    #[test]
    fn version_two_leaves_its_limit_less_what_can_t_be_given_up() {
        let stat = format!(
            "anon 1\nfile 99\nkernel 3\ninactive_file {}active_file 7\n",
            mib(30)
        );
        let left = |max: &str, high: &str| {
            let files = [
                ("a/memory.max", max),
                ("a/memory.high", high),
                ("a/memory.current", &*mib(50)),
                ("a/memory.stat", &*stat),
            ];
            left(V2, "0::/a\n", &files)
        };
        assert_eq!(left(&mib(128), "max\n"), Some(108 * MIB));
        assert_eq!(left("max\n", &mib(64)), Some(44 * MIB));
        assert_eq!(left(&mib(128), &mib(64)), Some(44 * MIB));
        assert_eq!(left(&mib(10), "max\n"), Some(0), "used up");
        assert_eq!(left("max\n", "max\n"), None);
        assert_eq!(left("much\n", "-5\n"), None, "nonsense");
    }

    #[test]
    fn version_one_leaves_its_limit_less_what_can_t_be_given_up() {
        let stat = format!("inactive_file 5\ntotal_inactive_file {}", mib(30));
        let left = |limit: &str| {
            let files = [
                ("memory/a/b/memory.limit_in_bytes", limit),
                ("memory/a/b/memory.usage_in_bytes", &*mib(50)),
                ("memory/a/b/memory.stat", &*stat),
                ("cpu/a/b/memory.limit_in_bytes", "1\n"),
            ];
            left(V1, "4:memory:/a/b\n1:cpu,cpuacct:/a\n0::/\n", &files)
        };
        assert_eq!(left(&mib(128)), Some(108 * MIB));
        assert_eq!(left(V1_NONE), None);
        assert_eq!(left("9223372036854710272\n"), None, "of pages of 64 KiB");
    }

    #[test]
    fn the_least_of_all_levels_counts() {
        let files = [
            ("job/memory.max", &*mib(100)),
            ("job/memory.current", &*mib(90)),
            ("job/step/memory.max", &*mib(64)),
            ("job/step/memory.current", &*mib(1)),
            ("job/step/task/memory.max", "max\n"),
            ("other/memory.max", "1\n"),
        ];
        assert_eq!(left(V2, "0::/job/step/task\n", &files), Some(10 * MIB));
        assert_eq!(left(V2, "0::/job/stepping\n", &files), Some(10 * MIB));
        assert_eq!(left(V2, "0::/\n", &files), None);
    }

    #[test]
    fn of_both_versions_at_once_the_one_that_limits_counts() {
        let hybrid = format!("{V1}40 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
        let files = [
            ("memory/a/memory.limit_in_bytes", &*mib(128)),
            ("unified/a/cgroup.procs", "1\n"),
        ];
        assert_eq!(
            left(&hybrid, "4:memory:/a\n0::/a\n", &files),
            Some(128 * MIB)
        );
    }

    #[test]
    fn a_container_sees_its_own_cgroup_as_the_mount() {
        let files = [("memory.max", &*mib(128))];
        for cgroup in [
            "0::/\n",
            "0::/../sibling\n",
            "0::/docker/1234\n",
            "",
            "nonsense\n",
        ] {
            assert_eq!(left(V2, cgroup, &files), Some(128 * MIB), "{cgroup:?}");
        }
        // Without a namespace: the mount is not of the uppermost cgroup.
        let mount = V2.replace("0:26 / ", "0:26 /docker/1234 ");
        let files = [files[0], ("step/memory.max", &*mib(64))];
        assert_eq!(left(&mount, "0::/docker/1234\n", &files), Some(128 * MIB));
        assert_eq!(
            left(&mount, "0::/docker/1234/step\n", &files),
            Some(64 * MIB)
        );
    }

    #[test]
    fn where_nothing_can_be_read_nothing_is_known() {
        assert_eq!(left_below(Path::new("/nonexistent")), None);
        assert_eq!(left("", "0::/\n", &[("memory.max", "1\n")]), None);
        assert_eq!(left("nonsense - cgroup2\n1 2 3 - \n", "0::/\n", &[]), None);
        assert_eq!(left(V2, "0::/a\n", &[]), None);
    }
}
