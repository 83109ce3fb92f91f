//! What ends in any order, told in the order in which it began.

use std::collections::BTreeMap;

/// Holds back what ended before something that began earlier.
#[derive(Debug)]
pub(super) struct InOrder<T> {
    next: u64,
    held: BTreeMap<u64, T>,
}

impl<T> Default for InOrder<T> {
    fn default() -> Self {
        Self {
            next: 0,
            held: BTreeMap::new(),
        }
    }
}

impl<T> InOrder<T> {
    /// Takes what began as the one with this number, counted from 0.
    pub(super) fn ended(&mut self, number: u64, item: T) {
        self.held.insert(number, item);
    }

    /// The next one, if it has ended.
    pub(super) fn next(&mut self) -> Option<T> {
        let item = self.held.remove(&self.next)?;
        self.next += 1;
        Some(item)
    }

    /// How many are held back.
    pub(super) fn held(&self) -> usize {
        self.held.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_ends_first_is_told_in_order() {
        let mut in_order = InOrder::default();
        let mut told = Vec::new();
        for number in [2, 0, 3, 1] {
            in_order.ended(number, number);
            told.push((
                number,
                std::iter::from_fn(|| in_order.next()).collect::<Vec<_>>(),
            ));
        }
        assert_eq!(
            told,
            [(2, vec![]), (0, vec![0]), (3, vec![]), (1, vec![1, 2, 3])]
        );
        assert_eq!(in_order.held(), 0);
    }
}
