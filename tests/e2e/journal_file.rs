//! Case 49: the journal's file fills up, is another run's, or can't be locked.

use crate::harness::*;
use s3_server::{Nth, Op};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};
use std::fs;
use std::time::Duration;

/// What is stored is stored, recorded or not.
#[test]
fn case_49_a_journal_that_is_full_is_told_and_no_file_is_called_missing() {
    let files = small(40);
    let folder = tree(&files);
    let journal = folder.path().join("journal");
    let server = server();
    let run = || {
        let run =
            S3stream::put_many(&server, "bucket").args(["-r", "--output", "json", "--journal"]);
        run.arg(&journal).arg(folder.path().join("src"))
    };
    let full = "trap '' XFSZ; ulimit -f 4; exec \"$0\" \"$@\"";
    let ended = run().in_shell(full).run().code(1);
    let uploaded = ended.stdout.matches(r#""status":"uploaded""#).count();
    assert_eq!(uploaded, 40, "{ended}");
    let ended = ended.error(&["can't write the journal", "File too large"]);
    ended.hint("are stored").without("not stored");
    assert_all_stored(&server, "src/", &files);
    let recorded = fs::read_to_string(&journal).unwrap();
    let whole = recorded.matches('\n').count();
    assert!((1..40).contains(&whole), "{whole}");
    let sent = writes(&server);
    run().run().code(0);
    assert_eq!(writes(&server) - sent, 40 - whole);
}

#[test]
fn one_journal_is_refused_to_two_runs() {
    let folder = tree(&small(3));
    let server = server();
    let hold = server.hold(Op::PutObject, Nth::Call(1));
    let run = || {
        let run = S3stream::put_many(&server, "bucket")
            .arg("-r")
            .arg("--journal");
        run.arg(folder.path().join("journal"))
            .arg(folder.path().join("src"))
    };
    let first = run().start();
    assert!(hold.reached(Duration::from_secs(30)));
    run().run().code(2).error(&["journal", "another run"]);
    hold.release();
    first.wait().silent();
}

/// Runs `work` where locks fail as they do on a file system without them. The filter holds for its
/// thread, and for the programs that this starts.
fn without_locks<T: Send>(number: nix::errno::Errno, work: impl FnOnce() -> T + Send) -> T {
    let refused = SeccompAction::Errno(number as i32 as u32);
    let filter = SeccompFilter::new(
        [(nix::libc::SYS_flock, Vec::new())].into(),
        SeccompAction::Allow,
        refused,
        std::env::consts::ARCH
            .try_into()
            .expect("an architecture with filters"),
    );
    let filter: BpfProgram = filter.and_then(TryInto::try_into).expect("a filter");
    std::thread::scope(|scope| {
        let filtered = scope.spawn(|| {
            seccompiler::apply_filter(&filter).expect("a kernel with filters");
            work()
        });
        filtered.join().expect("no panic")
    })
}

#[test]
fn a_journal_where_there_are_no_locks_is_kept_all_the_same() {
    use nix::errno::Errno;
    // Lustre's, that of NFS, others'.
    for number in [Errno::ENOSYS, Errno::ENOLCK, Errno::EOPNOTSUPP] {
        let folder = tree(&small(3));
        let server = server();
        let run = || {
            let run = S3stream::put_many(&server, "bucket").args(["-r", "--journal"]);
            run.arg(folder.path().join("journal"))
                .arg(folder.path().join("src"))
                .run()
        };
        let first = without_locks(number, run).code(0);
        assert!(first.stderr.contains("no other run uses this"), "{first}");
        let sent = writes(&server);
        assert_all_stored(&server, "src/", &small(3));
        without_locks(number, run).code(0);
        assert_eq!(writes(&server), sent, "{number}");
    }
    // What is no such file system stays an error.
    let folder = tree(&small(1));
    let server = server();
    let run = S3stream::put_many(&server, "bucket").args(["-r", "--journal"]);
    let run = run
        .arg(folder.path().join("journal"))
        .arg(folder.path().join("src"));
    without_locks(Errno::EIO, || run.run())
        .code(2)
        .error(&["journal"]);
    assert_eq!(writes(&server), 0);
}
