//! The parts of the program that need no network: how fast a stream is cut and hashed, sizes are
//! planned, and checksums are put together.
//!
//!     cargo bench --bench parts                    everything
//!     cargo bench --bench parts -- checksum        what has this in its name

use s3stream::measured::Algorithm;
use s3stream::measured::{PayloadSigning, Transfer};

fn main() {
    divan::main();
}

/// Size of a part in bytes, where it does not grow.
const PART: usize = 10 << 20;
/// Parts of the longest upload.
const PARTS: u32 = 10_000;

/// The defaults of the command line.
fn transfer() -> Transfer {
    Transfer {
        part_size: PART as u64,
        workers: 4,
        begin_with: None,
        buffer: 2,
        max_memory: None,
        memory_share: None,
        max_parts: PARTS,
        equal_parts: false,
        expected_size: None,
        checksum_algorithm: Algorithm::Sha256,
        payload_signing: PayloadSigning::Auto,
        limit_rate: None,
    }
}

/// Bytes that look random, the same in every run.
fn noise(size: usize) -> Vec<u8> {
    let mut bytes = vec![0; size];
    fastrand::Rng::with_seed(1).fill(&mut bytes);
    bytes
}

/// A stream of [`STREAM`](splitter::STREAM) bytes, cut into parts that are dropped as they come.
mod splitter {
    use super::{Algorithm, noise, transfer};
    use divan::{Bencher, counter::BytesCount};
    use s3stream::measured::BufferPool;
    use s3stream::measured::Concurrency;
    use s3stream::measured::Hashing;
    use s3stream::measured::Input;
    use s3stream::measured::Plan;
    use s3stream::measured::{Cut, Splitter};
    use std::fs::File;
    use std::io::{Seek as _, Write as _};
    use std::os::fd::OwnedFd;
    use tokio::runtime::Runtime;

    /// Length of the stream in bytes.
    pub(crate) const STREAM: usize = 64 << 20;
    /// Bytes that its producer writes at once.
    const WRITE: usize = 1 << 20;
    /// Hashing by the default, by what costs least, and not at all.
    const HASHED: [Algorithm; 3] = [Algorithm::Sha256, Algorithm::Crc64Nvme, Algorithm::None];

    #[divan::bench(args = HASHED, sample_count = 20)]
    fn from_pipe(bencher: Bencher<'_, '_>, algorithm: Algorithm) {
        let block = noise(WRITE);
        let runs = Runs::new(algorithm);
        bencher.counter(BytesCount::new(STREAM)).bench_local(|| {
            let (reader, mut writer) = std::io::pipe().expect("a pipe");
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    for _ in 0..STREAM / WRITE {
                        writer.write_all(&block).expect("room in the pipe");
                    }
                    drop(writer);
                });
                runs.cut(File::from(OwnedFd::from(reader)))
            })
        });
    }

    #[divan::bench(args = HASHED, sample_count = 20)]
    fn from_file(bencher: Bencher<'_, '_>, algorithm: Algorithm) {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(&noise(STREAM)).expect("room on the disk");
        let runs = Runs::new(algorithm);
        bencher.counter(BytesCount::new(STREAM)).bench_local(|| {
            file.rewind().expect("a file can be read again");
            runs.cut(file.try_clone().expect("a descriptor"))
        });
    }

    /// What outlives one stream: the buffers are in use again from the second on, as they are in a
    /// long upload.
    struct Runs {
        runtime: Runtime,
        splitter: Splitter,
    }

    impl Runs {
        fn new(algorithm: Algorithm) -> Self {
            let transfer = transfer();
            Self {
                runtime: Runtime::new().expect("a runtime"),
                splitter: Splitter {
                    plan: Plan::for_stream(&transfer).expect("the defaults fit"),
                    pool: BufferPool::new(&transfer, &Concurrency::new(&transfer)),
                    hashing: Hashing {
                        algorithm,
                        payload_sha256: false,
                    },
                    most: None,
                },
            }
        }

        /// Bytes that came.
        fn cut(&self, input: File) -> u64 {
            self.runtime
                .block_on(async {
                    let mut cuts = self.splitter.clone().start(|| Input::Open(input).open())?;
                    while let Some(cut) = cuts.recv().await {
                        if let Cut::End { size, .. } = cut? {
                            return Ok::<_, s3stream::measured::Error>(size);
                        }
                    }
                    unreachable!("each stream has an end")
                })
                .expect("all of the stream can be read")
        }
    }
}

/// All part sizes of an upload, one after another.
mod plan {
    use super::{PARTS, transfer};
    use divan::{Bencher, black_box, counter::ItemsCount};
    use s3stream::measured::Plan;
    use s3stream::measured::{GIB, Transfer};

    /// A size for which the parts have to be larger than they are by default, in bytes.
    const KNOWN: u64 = 10 * 1024 * GIB;

    #[divan::bench]
    fn of_a_stream(bencher: Bencher<'_, '_>) {
        all_sizes(bencher, || Plan::for_stream(&transfer()));
    }

    #[divan::bench]
    fn of_a_stream_with_an_expected_size(bencher: Bencher<'_, '_>) {
        let transfer = Transfer {
            expected_size: Some(KNOWN),
            ..transfer()
        };
        all_sizes(bencher, || Plan::for_stream(&transfer));
    }

    #[divan::bench]
    fn of_a_known_size(bencher: Bencher<'_, '_>) {
        all_sizes(bencher, || Plan::for_known_size(KNOWN, &transfer()));
    }

    fn all_sizes(bencher: Bencher<'_, '_>, plan: impl Fn() -> s3stream::measured::Result<Plan>) {
        bencher.counter(ItemsCount::new(PARTS)).bench_local(|| {
            let plan = plan().expect("it fits");
            let sizes = (1..=black_box(PARTS)).map_while(|number| plan.part_size(number));
            sizes.sum::<u64>()
        });
    }
}

/// The pass over the bytes of one part.
mod checksum {
    use super::{Algorithm, PART, noise};
    use divan::{Bencher, black_box, counter::BytesCount};
    use s3stream::measured::{Hasher, Hashing, PairedHash};

    /// Where the signature covers the bytes, so that their SHA-256 is computed too.
    #[divan::bench(args = Algorithm::all())]
    fn signed_payload(bencher: Bencher<'_, '_>, algorithm: Algorithm) {
        one_part(bencher, algorithm, true);
    }

    /// Where it does not. Without a checksum there is nothing to do, hence nothing to measure.
    #[divan::bench(args = Algorithm::all().filter(|&it| it != Algorithm::None))]
    fn unsigned_payload(bencher: Bencher<'_, '_>, algorithm: Algorithm) {
        one_part(bencher, algorithm, false);
    }

    /// Two parts at once by the default, as those of a fast stream, where the processor gains by it: the
    /// bytes of both count.
    #[divan::bench]
    fn two_parts_at_once(bencher: Bencher<'_, '_>) {
        let (one, two) = (noise(PART), noise(PART));
        let hashing = Hashing {
            algorithm: Algorithm::Sha256,
            payload_sha256: false,
        };
        let Some(paired_hash) = PairedHash::new(hashing) else {
            return;
        };
        bencher.counter(BytesCount::new(2 * PART)).bench_local(|| {
            let mut both = [hashing.start(), hashing.start()];
            paired_hash.update(both.each_mut(), black_box([&one[..], &two[..]]));
            both.map(Hasher::finish)
        });
    }

    fn one_part(bencher: Bencher<'_, '_>, algorithm: Algorithm, signed_payload: bool) {
        let bytes = noise(PART);
        let hashing = Hashing {
            algorithm,
            payload_sha256: signed_payload,
        };
        bencher
            .counter(BytesCount::new(PART))
            .bench_local(|| hashing.digest(black_box(&bytes)));
    }
}

/// The checksum of the whole object from those of all its parts.
mod whole {
    use super::{Algorithm, PART, PARTS};
    use divan::{Bencher, counter::ItemsCount};
    use s3stream::measured::{Checksum, Hashing, WholeChecksum};

    #[divan::bench(args = Algorithm::all().filter(|&it| it != Algorithm::None), sample_count = 10)]
    fn of_all_parts(bencher: Bencher<'_, '_>, algorithm: Algorithm) {
        let hashing = Hashing {
            algorithm,
            payload_sha256: false,
        };
        let parts: Vec<Checksum> = (1..=PARTS)
            .filter_map(|number| hashing.digest(&number.to_le_bytes()).checksum)
            .collect();
        bencher.counter(ItemsCount::new(PARTS)).bench_local(|| {
            let mut whole = WholeChecksum::new(algorithm);
            for checksum in &parts {
                whole.push(checksum, PART as u64);
            }
            match algorithm {
                Algorithm::Md5 => whole.finish_etag(),
                _ => whole.finish().map(|checksum| checksum.value),
            }
        });
    }
}
