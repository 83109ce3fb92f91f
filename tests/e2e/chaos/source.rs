//! Where the bytes of a run come from, and which objects they may become.

use super::dice::Dice;
use crate::harness::{MIB, PART, noise};
use std::path::{Path, PathBuf};

/// Sizes around those that decide something.
const SMALL: [usize; 6] = [0, 1, 12, 1000, 65_536, 300_000];
const LARGE: [usize; 5] = [PART - 1, PART, PART + 1, 2 * PART, 2 * PART + 1];
/// Sizes of the files that put-many sends.
const MANY: [usize; 8] = [0, 1, 700, 3000, 70_000, 5000, PART + 1, 2 * PART + 7];

/// The bytes that all runs draw on: each file and each stream is a slice of them.
pub(crate) struct Material {
    folder: tempfile::TempDir,
    bytes: Vec<u8>,
}

impl Material {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bytes = noise(11 * MIB, 11);
        std::fs::write(folder.path().join("all"), &bytes).unwrap();
        for size in SMALL.iter().chain(&LARGE) {
            std::fs::write(folder.path().join(size.to_string()), &bytes[..*size]).unwrap();
        }
        let material = Self { folder, bytes };
        for index in 0..MANY.len() {
            std::fs::write(material.one_of_many(index), material.bytes_of(index)).unwrap();
        }
        material
    }

    fn all(&self) -> PathBuf {
        self.folder.path().join("all")
    }

    pub(crate) fn file(&self, size: usize) -> PathBuf {
        self.folder.path().join(size.to_string())
    }

    pub(crate) fn one_of_many(&self, index: usize) -> PathBuf {
        self.folder.path().join(format!("m{index}"))
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn bytes_of(&self, index: usize) -> &[u8] {
        let start = 1 + 1000 * index;
        &self.bytes[start..start + MANY[index]]
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Prints all, then exits with 0.
    Ends,
    /// Prints all, then exits with 7.
    Fails,
    /// Prints its bytes, which are not all there would be, and lives on; dies of a signal.
    Endless,
    /// The same, but exits with 0 on a signal.
    EndlessThenZero,
}

/// What a producer starts besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Descendant {
    None,
    /// Holds the pipe.
    HoldsPipe,
    /// Does not.
    Detached,
    /// Is not its child any more.
    DoubleForked,
    IgnoresTerm,
    /// Prints the bytes itself, and lives on behind a `cat`.
    Pipeline,
}

#[derive(Clone, Debug)]
pub(crate) struct Producer {
    pub(crate) size: usize,
    pub(crate) ending: Ending,
    pub(crate) descendant: Descendant,
    /// Prints the first half, waits, then prints the other.
    slow: bool,
}

impl Producer {
    pub(crate) fn script(&self, material: &Material) -> String {
        let all = material.all();
        let (all, size) = (all.display(), self.size);
        let half = size / 2;
        let print = if self.slow {
            let (from, rest) = (half + 1, size - half);
            format!("head -c {half} {all}; sleep 0.04; tail -c +{from} {all} | head -c {rest}")
        } else {
            format!("head -c {size} {all}")
        };
        let descendant = match self.descendant {
            Descendant::None => "",
            Descendant::HoldsPipe => "sleep 300 &",
            Descendant::Detached => "sleep 300 >/dev/null &",
            Descendant::DoubleForked => "(sleep 300 &)",
            Descendant::IgnoresTerm => "(trap '' TERM; exec sleep 300) &",
            Descendant::Pipeline => {
                return format!("exec 2>/dev/null; ({print}; exec sleep 300) | cat");
            }
        };
        let (before, after) = match self.ending {
            Ending::Ends => ("", ""),
            Ending::Fails => ("", "exit 7"),
            Ending::Endless => ("", "exec sleep 300"),
            Ending::EndlessThenZero => {
                ("trap 'exit 0' INT TERM HUP;", "sleep 300 >/dev/null & wait")
            }
        };
        format!("exec 2>/dev/null; {before} {descendant}\n{print}; {after}")
    }

    /// Whether the end of its stream comes only by a signal.
    fn is_endless(&self) -> bool {
        let pipe_is_held = matches!(
            self.descendant,
            Descendant::HoldsPipe | Descendant::DoubleForked | Descendant::IgnoresTerm
        );
        match self.ending {
            _ if self.descendant == Descendant::Pipeline => true,
            Ending::Endless | Ending::EndlessThenZero => true,
            Ending::Ends => pipe_is_held,
            // That is enough to end the run.
            Ending::Fails => false,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Source {
    Pipe(Producer),
    Command(Producer),
    File { size: usize, as_stdin: bool },
    Many { files: Vec<usize>, as_list: bool },
}

fn size(dice: &mut Dice, several_parts: bool) -> usize {
    if several_parts {
        return dice.weighed(&[(6, PART + 1), (1, 2 * PART), (1, 2 * PART + 1)]);
    }
    if dice.percent(12) {
        dice.among(&LARGE)
    } else {
        dice.weighed(&[
            (1, 0),
            (3, 1),
            (6, 12),
            (6, 1000),
            (3, 65_536),
            (2, 300_000),
        ])
    }
}

impl Source {
    /// Anything that ends by itself.
    pub(crate) fn ending(dice: &mut Dice, several_parts: bool) -> Self {
        let size = size(dice, several_parts);
        let producer = Producer {
            size,
            ending: Ending::Ends,
            descendant: Descendant::None,
            slow: dice.percent(20),
        };
        match dice.number(0..10) {
            0..4 => Self::Pipe(producer),
            4..6 => Self::Command(producer),
            6..8 => Self::File {
                size,
                as_stdin: dice.percent(40),
            },
            _ => Self::many(dice, several_parts),
        }
    }

    /// What goes as one request, and takes a while to leave.
    pub(crate) fn one_large_part(dice: &mut Dice) -> Self {
        Self::File {
            size: dice.among(&[PART - 1, PART]),
            as_stdin: dice.percent(30),
        }
    }

    fn many(dice: &mut Dice, several_parts: bool) -> Self {
        let mut files: Vec<usize> = (0..6).filter(|_| dice.percent(50)).collect();
        if several_parts || files.is_empty() {
            files.push(dice.among(&[6, 6, 7]));
        }
        let as_list = dice.percent(30);
        Self::Many { files, as_list }
    }

    /// A stream that comes to its end only by the signal that ends the producer.
    pub(crate) fn endless(dice: &mut Dice) -> Self {
        let several_parts = dice.percent(12);
        let mut size = size(dice, several_parts);
        if dice.percent(50) {
            size = size.min(1000);
        }
        let producer = Producer {
            size,
            ending: dice.weighed(&[(3, Ending::Endless), (1, Ending::EndlessThenZero)]),
            descendant: Descendant::None,
            slow: false,
        };
        if dice.percent(65) {
            Self::Pipe(producer)
        } else {
            Self::Command(producer)
        }
    }

    /// A COMMAND with descendants.
    pub(crate) fn family(dice: &mut Dice) -> Self {
        let several_parts = dice.percent(15);
        let descendant = dice.weighed(&[
            (4, Descendant::HoldsPipe),
            (3, Descendant::Detached),
            (3, Descendant::DoubleForked),
            (1, Descendant::IgnoresTerm),
            (4, Descendant::Pipeline),
        ]);
        let ending = dice.weighed(&[
            (2, Ending::Ends),
            (5, Ending::Fails),
            (2, Ending::Endless),
            (1, Ending::EndlessThenZero),
        ]);
        Self::Command(Producer {
            size: size(dice, several_parts),
            ending,
            descendant,
            slow: dice.percent(20),
        })
    }

    pub(crate) fn producer(&self) -> Option<&Producer> {
        match self {
            Self::Pipe(producer) | Self::Command(producer) => Some(producer),
            Self::File { .. } | Self::Many { .. } => None,
        }
    }

    /// Bytes that it has; of many files, those of all.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Pipe(producer) | Self::Command(producer) => producer.size,
            Self::File { size, .. } => *size,
            Self::Many { files, .. } => files.iter().map(|&index| MANY[index]).sum(),
        }
    }

    pub(crate) fn is_endless(&self) -> bool {
        self.producer().is_some_and(Producer::is_endless)
    }

    /// Whether what it gives is all there is, and may be committed.
    pub(crate) fn is_whole(&self) -> bool {
        let fails = |producer: &Producer| producer.ending == Ending::Fails;
        !self.is_endless() && !self.producer().is_some_and(fails)
    }

    /// Whether it has no name: then an empty one is refused.
    pub(crate) fn is_anonymous(&self) -> bool {
        let as_stdin = matches!(self, Self::File { as_stdin: true, .. });
        as_stdin || self.producer().is_some()
    }

    pub(crate) fn is_many(&self) -> bool {
        matches!(self, Self::Many { .. })
    }

    /// The keys, and the bytes that they may come to hold.
    pub(crate) fn objects<'a>(&self, material: &'a Material) -> Vec<(String, &'a [u8])> {
        match self {
            Self::Many { files, .. } => files
                .iter()
                .map(|&index| (format!("many/m{index}"), material.bytes_of(index)))
                .collect(),
            _ => vec![("key".to_owned(), &material.bytes[..self.size()])],
        }
    }
}
