//! Cases 40 and 73, and what happens when the system gives little.

use crate::harness::*;
use s3_server::{Nth, Op, Server, Storage};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// What a run under a limit may do: store exactly the source and say so, or store nothing.
#[track_caller]
fn all_or_nothing(limit: &str) -> bool {
    let server = server();
    let bytes = noise(PART + 1, 40);
    let ended = S3stream::put(&server, "bucket/key")
        .stdin(bytes.clone())
        .in_shell(&format!("{limit}; exec \"$0\" \"$@\""))
        .run();
    let done = ended.status.success();
    if done {
        assert_stored(&server, "key", &bytes);
    } else {
        assert!(server.keys(BUCKET).is_empty(), "{limit} {ended}");
    }
    done
}

#[test]
fn case_40_little_memory_is_all_or_nothing() {
    // Small steps where the program can just be loaded: somewhere there it finds no room for its threads.
    let done: Vec<bool> = (20..120)
        .step_by(3)
        .chain([320, 4000])
        .map(|mib| all_or_nothing(&format!("ulimit -v {}", mib << 10)))
        .collect();
    // An allocator that takes addresses by the 32 MiB for each thread has none left at 320.
    assert!(!done[0] && done.ends_with(&[true, true]), "{done:?}");
}

/// Where a user or a container has too many processes, each thread of a run is refused in turn.
#[test]
fn case_40_few_threads_are_all_or_nothing() {
    let user = 50_000 + std::process::id() % 10_000;
    let user = format!("setpriv --reuid={user} --regid={user} --clear-groups");
    let becomes = format!("exec {user} true");
    if !Command::new("sh")
        .args(["-c", &becomes])
        .status()
        .is_ok_and(|it| it.success())
    {
        eprintln!("skipped: one may not become a user who has no process yet");
        return;
    }
    let bytes = noise(PART + 1, 40);
    let (folder, path) = file_with(&bytes);
    // Where that user may read it.
    let program = folder.path().join("s3stream");
    fs::copy(env!("CARGO_BIN_EXE_s3stream"), &program).unwrap();
    for path in [folder.path(), &path] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let done = (1..=9).map(|most| {
        let server = server();
        let limit = format!("prlimit --nproc={most} {} \"$@\"", program.display());
        let ended = S3stream::put(&server, "bucket/key")
            .arg(&path)
            // Else there is a thread for each core, up to eight.
            .args(["--workers", "2"])
            .in_shell(&format!("exec {user} {limit}"))
            .run();
        let done = ended.status.success();
        if done {
            assert_stored(&server, "key", &bytes);
        } else {
            ended.code(1).without("panicked").hint("ulimit -u");
            assert_clean(&server);
        }
        done
    });
    let done: Vec<bool> = done.collect();
    // The workers, the pool, and the thread that listens for signals: with those the run ends well.
    assert!(!done[0] && done.is_sorted() && done[8], "{done:?}");
}

#[test]
fn case_40_few_descriptors_are_all_or_nothing() {
    let done: Vec<bool> = [3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 17, 20]
        .into_iter()
        .map(|most| all_or_nothing(&format!("ulimit -n {most}")))
        .collect();
    assert!(!done[0] && done[11], "{done:?}");
}

#[test]
fn case_40_a_long_stream_stays_within_its_memory() {
    const SIZE: usize = 600 * MIB;
    let server = Server::builder().storage(Storage::Digest).start();
    server.create_bucket(BUCKET);
    let hold = server.hold(Op::CompleteMultipartUpload, Nth::Call(1));
    let run = S3stream::put(&server, "bucket/key")
        .args(["--workers", "4", "--buffer", "2"])
        .args(["--", "head", "-c", &SIZE.to_string(), "/dev/zero"])
        .start();
    assert!(hold.reached(Duration::from_secs(50)));
    let peak = run.peak_memory();
    hold.release();
    run.wait().silent();
    assert_eq!(server.object(BUCKET, "key").unwrap().size, SIZE as u64);
    // The program, its connections, and what it maps of its own code, unoptimised here, take the rest.
    let most = 6 * PART + 24 * MIB;
    assert!(peak <= most, "{} KiB, of {} KiB", peak >> 10, most >> 10);
}

/// A memory cgroup below that of the tests, gone with this.
struct Cgroup(std::path::PathBuf);

impl Cgroup {
    /// One of `bytes`; `None` where this machine lets nobody make any, or not us.
    fn new(bytes: usize) -> Option<Self> {
        let own = fs::read_to_string("/proc/self/cgroup").ok()?;
        let own = |is: fn(&str) -> bool| {
            let line = own.lines().find(|line| is(line))?;
            line.splitn(3, ':')
                .nth(2)
                .map(|it| it.trim_matches('/').to_owned())
        };
        let v1 = own(|line| line.split(':').nth(1) == Some("memory"));
        let v1 = v1.map(|own| {
            (
                format!("/sys/fs/cgroup/memory/{own}"),
                "memory.limit_in_bytes",
            )
        });
        let v2 = || own(|line| line.starts_with("0::"));
        let v2 = || v2().map(|own| (format!("/sys/fs/cgroup/{own}"), "memory.max"));
        let (parent, limit) = v1.or_else(v2)?;
        // One for each test: another's would look as if none could be made.
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("s3stream-{}-{number}", std::process::id());
        let folder = std::path::Path::new(&parent).join(name);
        fs::create_dir(&folder).ok()?;
        let this = Self(folder);
        let set = fs::write(this.0.join(limit), bytes.to_string());
        set.ok().map(|()| this)
    }

    /// A script that enters it before the run.
    fn entered(&self) -> String {
        let procs = self.0.join("cgroup.procs");
        format!("echo $$ >{} && exec \"$0\" \"$@\"", procs.display())
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        // Whoever was in it may be ending yet.
        let started = Instant::now();
        while fs::remove_dir(&self.0).is_err() && started.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Runs with these arguments, while the store takes `rate` bytes a second of each connection; gives how many
/// parts were on their way at a time.
fn in_128_mib(size: usize, rate: u64, arguments: &[&str]) -> Option<usize> {
    let Some(cgroup) = Cgroup::new(128 * MIB) else {
        eprintln!("skipped: no memory cgroup can be made here");
        return None;
    };
    let server = Server::builder()
        .storage(Storage::Digest)
        .read_rate(rate)
        .start();
    server.create_bucket(BUCKET);
    S3stream::put(&server, "bucket/key")
        .without_env("S3STREAM_PART_SIZE")
        .args(arguments)
        .args(["--", "head", "-c", &size.to_string(), "/dev/zero"])
        .in_shell(&cgroup.entered())
        .run()
        .silent();
    assert_eq!(server.object(BUCKET, "key").unwrap().size, size as u64);
    Some(server.max_in_flight())
}

#[test]
fn case_73_a_small_container_is_kept_to() {
    if let Some(at_once) = in_128_mib(180 * MIB, 3_000_000, &[]) {
        assert!(at_once <= 6, "{at_once} parts of 10 MiB");
    }
}

#[test]
fn case_73_parts_that_grow_keep_to_a_small_container() {
    in_128_mib(
        200 * MIB,
        4_000_000,
        &["--max-parts", "12", "--workers", "8"],
    );
}

#[test]
fn case_73_an_explicit_max_memory_is_obeyed() {
    // More than half of what is there, but no more than is there.
    if let Some(at_once) = in_128_mib(
        150 * MIB,
        8_000_000,
        &["--max-memory", "90MiB", "--workers", "9"],
    ) {
        assert_eq!(at_once, 9);
    }
}

#[test]
fn case_73_a_container_without_room_for_a_part_is_refused() {
    let Some(cgroup) = Cgroup::new(18 * MIB) else {
        eprintln!("skipped: no memory cgroup can be made here");
        return;
    };
    let server = server();
    S3stream::put(&server, "bucket/key")
        .without_env("S3STREAM_PART_SIZE")
        .stdin("data")
        .in_shell(&cgroup.entered())
        .run()
        .code(2)
        .error(&["too little memory"])
        .hint("--max-memory 10MiB");
    assert_no_requests(&server);
}
