//! How an object may have been cut into parts, where the store does not tell: its size and the number of
//! its parts leave few of the part sizes that tools take.

use super::plan::Plan;
use crate::config::{MAX_PARTS, MIB, Transfer};
use std::fmt;
use std::sync::Arc;

/// Part sizes that tools take by themselves, and such as people like to give them, in MiB.
const IN_USE: [u64; 17] = [
    8, 5, 10, 15, 16, 20, 25, 32, 50, 64, 100, 128, 200, 256, 500, 512, 1024,
];
/// The same in decimal megabytes.
const IN_USE_DECIMAL: [u64; 7] = [5, 8, 10, 16, 50, 64, 100];
/// Layouts that are tried at most: each costs a hash of its own.
const MOST_TRIED: usize = 8;

/// The sizes of an object's parts, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout(Arc<[u64]>);

impl Layout {
    /// One part.
    pub(crate) fn whole(size: u64) -> Self {
        Self::of([size])
    }

    /// Parts of these sizes.
    pub(crate) fn of(sizes: impl IntoIterator<Item = u64>) -> Self {
        Self(sizes.into_iter().collect())
    }

    /// As many parts of `part_size` as it takes, the last one shorter; at least one.
    pub(crate) fn equal(size: u64, part_size: u64) -> Self {
        let full = size.saturating_sub(1) / part_size.max(1);
        let last = size - full * part_size;
        Self::of((0..full).map(|_| part_size).chain([last]))
    }

    /// The sizes.
    pub(crate) fn sizes(&self) -> &[u64] {
        &self.0
    }

    /// Number of parts.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The largest part that has a successor; 0 where none has.
    pub(crate) fn largest_followed(&self) -> u64 {
        let followed = &self.0[..self.count().saturating_sub(1)];
        followed.iter().copied().max().unwrap_or_default()
    }

    /// Where the part with this index, from 0 on, begins.
    pub(crate) fn offset(&self, index: usize) -> u64 {
        self.0[..index].iter().sum()
    }

    /// The index of the part that holds the byte at `offset`.
    pub(crate) fn index_at(&self, offset: u64) -> usize {
        let mut end = 0;
        let holds = |size: &u64| {
            end += size;
            offset < end
        };
        let at = self.0.iter().position(holds);
        at.unwrap_or(self.count().saturating_sub(1))
    }
}

/// Their number, and their size.
impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, first) = (self.count(), self.0.first().copied().unwrap_or_default());
        if count == 1 {
            return f.write_str("the whole");
        }
        match self.0[..count - 1].iter().all(|size| *size == first) {
            true => write!(f, "{count} parts of {}", crate::config::typed_size(first)),
            false => write!(f, "{count} parts of several sizes"),
        }
    }
}

/// The part sizes in use that make so many parts of `size` bytes: `own` first, then the likeliest.
pub(crate) fn usual_part_sizes(size: u64, parts: u32, own: u64) -> Vec<u64> {
    let decimal = IN_USE_DECIMAL.map(|mb| mb * 1_000_000);
    let usual = IN_USE.map(|mib| mib * MIB).into_iter().chain(decimal);
    let mut sizes = vec![own];
    sizes.extend(usual.filter(|it| *it != own));
    sizes.retain(|it| *it > 0 && size.div_ceil(*it) == u64::from(parts));
    sizes
}

/// The layouts that make so many parts of `size` bytes, the likeliest first: our own by `transfer`, of a
/// known size and of a stream whose parts grew; those of the usual part sizes; then every other size of
/// whole MiB, and equal shares.
pub(crate) fn usual_layouts(size: u64, parts: u32, transfer: &Transfer) -> Vec<Layout> {
    if parts <= 1 {
        return vec![Layout::whole(size)];
    }
    let grown = [transfer.clone(), Transfer::default()]
        .into_iter()
        .filter_map(|transfer| grown(size, parts, &transfer));
    let own = Plan::for_known_size(size, transfer).map_or(0, |plan| plan.first_part_size());
    let parts = u64::from(parts);
    // part_size * (parts - 1) < size <= part_size * parts
    let (least, most) = (size.div_ceil(parts), (size - 1) / (parts - 1));
    let whole_mib = (least.div_ceil(MIB)..=most / MIB).take(MOST_TRIED);
    let others = whole_mib.map(|mib| mib * MIB).chain([least]);
    let usual = usual_part_sizes(size, u32::try_from(parts).unwrap_or(MAX_PARTS), own);
    let equal = usual.into_iter().chain(others);
    let equal = equal.filter(|it| (1..=most).contains(it));
    let mut layouts = Vec::new();
    for layout in equal.map(|it| Layout::equal(size, it)).chain(grown) {
        if !layouts.contains(&layout) {
            layouts.push(layout);
        }
    }
    // Those that grew are few, and come last: they have their place before the others are cut off.
    let surplus = layouts.len().saturating_sub(MOST_TRIED);
    let equal_ones = layouts.len() - layouts.iter().filter(|it| has_grown(it)).count();
    layouts.drain(equal_ones.saturating_sub(surplus)..equal_ones);
    layouts
}

fn has_grown(layout: &Layout) -> bool {
    let first = layout.sizes().first();
    layout.largest_followed() > first.copied().unwrap_or_default()
}

/// The parts of a stream of which no size was known, if they are so many.
fn grown(size: u64, parts: u32, transfer: &Transfer) -> Option<Layout> {
    let transfer = Transfer {
        expected_size: None,
        ..transfer.clone()
    };
    let plan = Plan::for_stream(&transfer).ok()?;
    let mut left = size;
    let mut sizes = Vec::new();
    while left > 0 && sizes.len() < parts as usize {
        let number = u32::try_from(sizes.len() + 1).ok()?;
        let next = plan.part_size(number)?.min(left);
        left -= next;
        sizes.push(next);
    }
    (left == 0 && sizes.len() == parts as usize).then(|| Layout::of(sizes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{GIB, test_transfer};
    use proptest::prelude::*;

    #[test]
    fn few_part_sizes_fit() {
        assert_eq!(
            usual_part_sizes(10 * MIB + 5, 3, 5 * MIB),
            [5 * MIB, 5_000_000]
        );
        let fitting = usual_part_sizes(12 * MIB, 2, 6 * MIB);
        assert_eq!(fitting[..3], [6, 8, 10].map(|it| it * MIB));
        assert_eq!(usual_part_sizes(100 * MIB, 10, 7 * MIB), [10 * MIB]);
        assert_eq!(usual_part_sizes(100 * MIB, 99, 0), [0; 0]);
    }

    #[test]
    fn the_layouts_of_other_tools_are_among_those_tried() {
        let transfer = test_transfer();
        for (size, part_size) in [
            (100 * MIB + 1, 8 * MIB),
            (4 * GIB, 16 * MIB),
            (30 * MIB, 15 * MIB),
            (333 * MIB, 7 * MIB),
            (10 * GIB, 5_000_000),
            (3 * MIB + 1, MIB),
        ] {
            let layout = Layout::equal(size, part_size);
            let parts = u32::try_from(layout.count()).unwrap();
            let tried = usual_layouts(size, parts, &transfer);
            assert!(tried.contains(&layout), "{size} in parts of {part_size}");
            assert!(tried.len() <= MOST_TRIED);
        }
    }

    #[test]
    fn a_stream_of_ours_whose_parts_grew_is_among_them() {
        let transfer = test_transfer();
        let plan = Plan::for_stream(&transfer).unwrap();
        let sizes = (1..=1500).map(|number| plan.part_size(number).unwrap());
        let layout = Layout::of(sizes.chain([7]));
        let size = layout.sizes().iter().sum();
        assert!(usual_layouts(size, 1501, &transfer).contains(&layout));
    }

    #[test]
    fn a_byte_lies_in_its_part() {
        let layout = Layout::of([5, 3, 1]);
        let found: Vec<_> = (0..10).map(|at| layout.index_at(at)).collect();
        assert_eq!(found, [0, 0, 0, 0, 0, 1, 1, 1, 2, 2]);
        assert_eq!(layout.offset(2), 8);
        assert_eq!(Layout::equal(9, 4), Layout::of([4, 4, 1]));
        assert_eq!(Layout::equal(8, 4), Layout::of([4, 4]));
        assert_eq!(Layout::equal(0, 4), Layout::of([0]));
    }

    proptest! {
        #[test]
        fn every_layout_has_all_bytes_in_so_many_parts(size in 1..100 * GIB, parts in 1..10_000_u32) {
            for layout in usual_layouts(size, parts, &test_transfer()) {
                prop_assert_eq!(layout.sizes().iter().sum::<u64>(), size);
                prop_assert_eq!(layout.count(), parts as usize);
                prop_assert!(layout.sizes().iter().all(|it| *it > 0));
            }
        }
    }
}
