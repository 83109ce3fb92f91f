//! What a journal says of the files that are stored, a million of them in 48 MiB: in a row, by their ids.

use super::journal_line::State;
use super::seen_keys::KeyHash;

/// A file that is stored, as the journal has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) state: State,
    /// Where its line begins.
    pub(super) at: u64,
}

/// The files of a journal that was read.
#[derive(Debug, Default)]
pub(super) struct RecordedFiles(Vec<(KeyHash, Record)>);

impl RecordedFiles {
    /// Those of the lines of a journal, in their order: of one file, the last counts.
    pub(super) fn new(mut lines: Vec<(KeyHash, Record)>) -> Self {
        lines.sort_unstable_by_key(|(id, record)| (*id, record.at));
        lines.dedup_by(|next, kept| {
            let is_same = next.0 == kept.0;
            if is_same {
                *kept = *next;
            }
            is_same
        });
        Self(lines)
    }

    /// What is recorded of a file.
    pub(super) fn get(&self, id: &KeyHash) -> Option<Record> {
        let found = self.0.binary_search_by_key(id, |(id, _)| *id).ok()?;
        Some(self.0[found].1)
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_one_file_the_last_line_counts() {
        let line = |id, at| {
            let state = State {
                size: at,
                modified: 0,
                ctime: 0,
            };
            ([id; 16], Record { state, at })
        };
        let lines = [
            line(2, 0),
            line(1, 10),
            line(2, 20),
            line(3, 30),
            line(2, 40),
        ];
        let files = RecordedFiles::new(lines.to_vec());
        let at = |id| files.get(&[id; 16]).map(|it| it.at);
        assert_eq!([1, 2, 3, 4].map(at), [Some(10), Some(40), Some(30), None]);
        assert_eq!(RecordedFiles::default().get(&[1; 16]), None);
    }
}
