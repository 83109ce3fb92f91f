//! How many files and connections may be open at a time: the soft limit of this process, which it may
//! raise as far as the hard one.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Descriptors of everything but connections, the files under way, and folders being walked: the three
/// standard streams, the runtime's and the signals' own, a list, a journal, the first `LARGE_AT_ONCE` large
/// files, a resolver's sockets.
const OTHERS: u64 = 18;
/// Where no more than these can be had, they are for files and connections rather than for folders.
const FEW: u64 = 256;

/// Makes room for `wanted` pairs, triples or whatever of `each` descriptors; gives how many of them may
/// be there at a time, at least one.
pub(crate) fn make_room(wanted: usize, each: u64) -> usize {
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else {
        return wanted;
    };
    let needed = needed(wanted, each);
    let mut limit = soft;
    if soft < needed && soft < hard {
        let raised = needed.min(hard);
        if setrlimit(Resource::RLIMIT_NOFILE, raised, hard).is_ok() {
            limit = raised;
        }
    }
    room(limit, wanted, each)
}

/// Folders that a walk may have open: where few can be, it reads one to its end before it goes deeper.
pub(crate) fn folders() -> usize {
    let limit = getrlimit(Resource::RLIMIT_NOFILE).map_or(FEW, |(soft, _)| soft);
    folders_within(limit)
}

fn folders_within(limit: u64) -> usize {
    if limit < FEW { 2 } else { 10 }
}

fn needed(wanted: usize, each: u64) -> u64 {
    let all = (wanted as u64).saturating_mul(each);
    all.saturating_add(OTHERS + folders_within(u64::MAX) as u64)
}

fn room(limit: u64, wanted: usize, each: u64) -> usize {
    let left = limit.saturating_sub(OTHERS + folders_within(limit) as u64);
    let fit = usize::try_from(left / each).unwrap_or(usize::MAX);
    fit.clamp(1, wanted.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_has_room_and_less_has_less() {
        for wanted in [1, 4, 64, 1024] {
            for each in [1, 2] {
                let needed = needed(wanted, each).max(FEW);
                assert_eq!(room(needed, wanted, each), wanted);
            }
        }
        assert_eq!(room(256, 200, 2), 114);
        assert_eq!(room(64, 200, 2), 22);
        assert_eq!(room(48, 32, 2), 14);
        assert_eq!(room(24, 32, 2), 2);
        assert_eq!(room(3, 32, 2), 1, "what can't be is found out by opening");
        assert_eq!(room(u64::MAX, 32, 2), 32);
    }
}
