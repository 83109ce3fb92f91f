use super::*;
use crate::config::{GIB, test_transfer};
use proptest::prelude::*;

fn total(plan: &Plan) -> u64 {
    (1..).map_while(|n| plan.part_size(n)).sum()
}

#[test]
fn a_default_stream_starts_constant_and_reaches_far() {
    let plan = Plan::for_stream(&test_transfer()).unwrap();
    assert_eq!(plan.part_size(1), Some(10 * MIB));
    assert_eq!(plan.part_size(1000), Some(10 * MIB));
    assert!(plan.part_size(1200).unwrap() > 10 * MIB);
    assert_eq!(plan.part_size(10_000), Some(MAX_PART_SIZE));
    assert_eq!(plan.part_size(10_001), None);
    assert!(total(&plan) > 23 * 1024 * GIB, "{}", ByteSize(total(&plan)));
}

#[test]
fn the_table_in_the_module_text_holds() {
    let plan = Plan::for_stream(&test_transfer()).unwrap();
    let at = |bytes: u64| {
        let mut sum = 0;
        let part = (1..).map(|n| plan.part_size(n).unwrap());
        part.take_while(|p| {
            let before = sum;
            sum += p;
            before < bytes
        })
        .last()
        .unwrap()
    };
    assert_eq!(at(97 * GIB / 10), 10 * MIB);
    assert!(
        (100 * MIB..140 * MIB).contains(&at(100 * GIB)),
        "{}",
        at(100 * GIB) / MIB
    );
    assert!(
        (GIB..GIB * 3 / 2).contains(&at(1024 * GIB)),
        "{}",
        at(1024 * GIB) / MIB
    );
}

#[test]
fn equal_parts_never_grow_and_end() {
    let transfer = Transfer {
        equal_parts: true,
        max_parts: 3,
        ..test_transfer()
    };
    let plan = Plan::for_stream(&transfer).unwrap();
    let sizes: Vec<_> = (1..=4).map(|n| plan.part_size(n)).collect();
    assert_eq!(
        sizes,
        [Some(10 * MIB), Some(10 * MIB), Some(10 * MIB), None]
    );
    let error = plan.exhausted(30 * MIB);
    assert!(error.hints[1].contains("--part-size 20MiB"), "{error:?}");
}

#[test]
fn a_few_parts_grow_at_once() {
    let transfer = Transfer {
        part_size: 5 * MIB,
        max_parts: 4,
        ..test_transfer()
    };
    let plan = Plan::for_stream(&transfer).unwrap();
    assert_eq!(plan.part_size(1), Some(5 * MIB));
    assert!(plan.part_size(2) > Some(5 * MIB));
    assert_eq!(plan.part_size(4), Some(MAX_PART_SIZE));
}

#[test]
fn the_largest_object_of_s3_fits_when_it_is_expected() {
    let expected = MAX_PART_SIZE * u64::from(MAX_PARTS);
    let transfer = Transfer {
        expected_size: Some(expected),
        ..test_transfer()
    };
    let plan = Plan::for_stream(&transfer).unwrap();
    assert_eq!(total(&plan), expected);
    let more = Transfer {
        expected_size: Some(expected + 1),
        ..test_transfer()
    };
    assert!(Plan::for_stream(&more).is_err());
}

#[test]
fn memory_bounds_the_parts() {
    let transfer = Transfer {
        max_memory: Some(64 * MIB),
        ..test_transfer()
    };
    let plan = Plan::for_stream(&transfer).unwrap();
    assert_eq!(plan.part_size(10_000), Some(64 * MIB));
    let expected = Transfer {
        expected_size: Some(1024 * GIB),
        ..transfer.clone()
    };
    let error = Plan::for_stream(&expected).unwrap_err();
    assert!(error.hints[0].contains("--max-memory"), "{error:?}");
    // The parts of a file are not held.
    let plan = Plan::for_known_size(1024 * GIB, &transfer).unwrap();
    assert_eq!(plan.first_part_size(), 105 * MIB);
}

#[test]
fn an_error_names_the_part_size_that_would_do() {
    let transfer = Transfer {
        equal_parts: true,
        ..test_transfer()
    };
    let error = Plan::for_known_size(200 * GIB, &transfer).unwrap_err();
    assert!(error.hints[0].contains("--part-size 21MiB"), "{error:?}");
    let enough = Transfer {
        part_size: 21 * MIB,
        ..transfer
    };
    assert!(Plan::for_known_size(200 * GIB, &enough).is_ok());
}

/// More parts need no more memory; larger ones do.
#[test]
fn with_few_parts_and_little_memory_both_ways_out_are_told() {
    let transfer = Transfer {
        max_memory: Some(20 * MIB),
        max_parts: 10,
        ..test_transfer()
    };
    let both = ["--max-parts 10000", "--max-memory 60MiB"];
    let error = Plan::for_stream(&transfer).unwrap().exhausted(300 * MIB);
    assert_eq!(error.hints.len(), 2, "{error:?}");
    for (hint, words) in error.hints.iter().zip(both) {
        assert!(hint.contains(words), "{error:?}");
        assert!(!hint.contains("--expected-size"), "{error:?}");
    }
    let expected = Transfer {
        expected_size: Some(600 * MIB),
        ..transfer.clone()
    };
    let error = Plan::for_stream(&expected).unwrap_err();
    for (hint, words) in error.hints.iter().zip(both) {
        assert!(hint.contains(words), "{error:?}");
    }
    let followed = Transfer {
        max_parts: 10_000,
        ..expected
    };
    assert!(Plan::for_stream(&followed).is_ok());
}

proptest! {
    #[test]
    fn a_known_size_always_fits_with_one_size(
        size in 0..=MAX_PART_SIZE * 10_000,
        part_size in MIN_PART_SIZE..=MAX_PART_SIZE,
    ) {
        let transfer = Transfer { part_size, ..test_transfer() };
        let plan = Plan::for_known_size(size, &transfer).unwrap();
        let base = plan.first_part_size();
        prop_assert!(base >= part_size && base <= MAX_PART_SIZE);
        prop_assert!(base * 10_000 >= size);
        prop_assert_eq!(plan.part_size(10_000), Some(base));
    }

    #[test]
    fn sizes_never_shrink_nor_leave_the_limits(
        part_size in MIN_PART_SIZE..=MAX_PART_SIZE,
        max_parts in 1..=MAX_PARTS,
        expected_size in proptest::option::of(0..MAX_PART_SIZE),
    ) {
        let transfer = Transfer { part_size, max_parts, expected_size, ..test_transfer() };
        let plan = Plan::for_stream(&transfer).unwrap();
        let mut last = part_size;
        for n in 1..=max_parts {
            let size = plan.part_size(n).unwrap();
            prop_assert!(size >= last && size <= MAX_PART_SIZE);
            last = size;
        }
        prop_assert_eq!(plan.part_size(max_parts + 1), None);
    }

    #[test]
    fn what_was_expected_fits(
        expected in 0..=MAX_PART_SIZE * 10_000,
        max_parts in 1..=MAX_PARTS,
    ) {
        let transfer =
            Transfer { expected_size: Some(expected), max_parts, ..test_transfer() };
        match Plan::for_stream(&transfer) {
            Ok(plan) => prop_assert!(total(&plan) >= expected),
            Err(_) => prop_assert!(expected > MAX_PART_SIZE * u64::from(max_parts)),
        }
    }
}
