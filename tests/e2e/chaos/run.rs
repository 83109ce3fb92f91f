//! Carries a scenario out, and asks the server afterwards.

use super::aim::{Aim, History};
use super::marked::{self, MARK};
use super::scenario::{Happening, Moment, Older, Scenario};
use super::source::{Material, Producer, Source};
use crate::harness::Outcome;
use crate::harness::{BUCKET, S3stream, heed_signals, noise};
use nix::sys::signal::Signal;
use nix::unistd::Pid;
use s3_server::{Nth, Object, Op, PendingUpload, Request, Server};
use std::collections::BTreeMap;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

/// What came of a run.
pub(crate) struct Ended {
    pub(crate) outcome: Outcome,
    pub(crate) at: Instant,
    pub(crate) history: History,
    /// What the keys held before.
    pub(crate) older: BTreeMap<String, Vec<u8>>,
    pub(crate) objects: BTreeMap<String, Object>,
    pub(crate) pending: Vec<PendingUpload>,
    /// The upload that somebody else began.
    pub(crate) foreign: Option<String>,
    /// When uploads were asked for.
    pub(crate) looks: Vec<SystemTime>,
    pub(crate) requests: Vec<Request>,
    pub(crate) descendants: Vec<String>,
}

pub(crate) fn carry_out(scenario: &Scenario, material: &Material) -> Ended {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    let mark = format!(
        "{}.{}",
        std::process::id(),
        RUNS.fetch_add(1, Ordering::SeqCst)
    );
    let server = server(scenario);
    let older = older(scenario, &server, material);
    let foreign = scenario.foreign_upload.then(|| {
        let (key, _) = scenario.source.objects(material).swap_remove(0);
        server.begin_upload(BUCKET, &key)
    });
    let looks: Arc<Mutex<Vec<SystemTime>>> = Arc::default();
    let seen = Arc::clone(&looks);
    server.on(Op::ListMultipartUploads, Nth::From(1), move |_| {
        seen.lock().unwrap().push(SystemTime::now());
    });
    let aim = Aim::new(server.door());
    arrange(scenario, &server, &aim);

    let mut pipe = match &scenario.source {
        Source::Pipe(producer) => Some(start(producer, material, &mark)),
        _ => None,
    };
    let leader = pipe.as_ref().map_or(0, |it| pid(it.id()).as_raw());
    let run = command_line(scenario, &server, material)
        .env(MARK, &mark)
        .process_group(leader)
        .limit(scenario.limit() * 2);
    let run = match (&mut pipe, &scenario.source) {
        (Some(pipe), _) => run.stdin_handle(pipe.stdout.take().unwrap()),
        (
            None,
            Source::File {
                size,
                as_stdin: true,
            },
        ) => run.stdin_handle(std::fs::File::open(material.file(*size)).unwrap()),
        (
            None,
            Source::Many {
                files,
                as_list: true,
            },
        ) => run.stdin(list(files)),
        _ => run,
    };
    let run = run.start();
    let process = pid(run.id());
    let group = if leader == 0 {
        process
    } else {
        Pid::from_raw(leader)
    };
    aim.at(process, group);
    for (moment, what) in &scenario.happenings {
        if let Moment::Start(after) = moment {
            aim.trigger(*after, *what).pull();
        }
    }
    if scenario.source.is_endless() {
        aim.ends_endless_after(Duration::from_millis(500));
    }
    aim.hangs_after(scenario.limit());
    let outcome = run.wait();
    let at = Instant::now();
    let history = aim.finish();

    let descendants = match &scenario.source {
        Source::Command(_) if may_leave_nobody(scenario, &outcome, &history) => {
            marked::left(&mark, Duration::from_secs(2))
        }
        _ => Vec::new(),
    };
    if scenario.source.producer().is_some() {
        marked::end(&mark);
    }
    if let Some(mut pipe) = pipe {
        pipe.wait().unwrap();
    }
    assert!(
        server.settle(Duration::from_secs(20)),
        "the server does not settle"
    );
    let looks = std::mem::take(&mut *looks.lock().unwrap());
    Ended {
        outcome,
        at,
        history,
        objects: objects(&server),
        older,
        pending: server.uploads(),
        foreign,
        looks,
        requests: server.requests(),
        descendants,
    }
}

fn pid(id: u32) -> Pid {
    Pid::from_raw(i32::try_from(id).unwrap())
}

/// Whether the run had the time to end what COMMAND started, and no leave to let it be.
fn may_leave_nobody(scenario: &Scenario, outcome: &Outcome, history: &History) -> bool {
    let ended_at_once =
        history.sent.len() > 1 || history.sent.iter().any(|it| it.signal == Signal::SIGKILL);
    !outcome.status.success() && !ended_at_once && scenario.source.producer().is_some()
}

fn server(scenario: &Scenario) -> Server {
    let builder = Server::builder()
        .latency(scenario.latency)
        .md5_etags(scenario.md5_etags);
    let server = builder
        .error_rate(scenario.throttled, scenario.seed, &[429, 500, 503])
        .start();
    server.create_bucket(BUCKET);
    server.allow_unused_faults();
    server
}

fn older(scenario: &Scenario, server: &Server, material: &Material) -> BTreeMap<String, Vec<u8>> {
    let mut older = BTreeMap::new();
    for (key, bytes) in scenario.source.objects(material) {
        let object = match scenario.older {
            Older::Nothing => continue,
            // One of no bytes would be the new one.
            Older::SameSize if bytes.is_empty() => vec![0],
            Older::SameSize => bytes.iter().map(|byte| !byte).collect(),
            Older::Other => noise(17, 0x01d),
        };
        server.put_object(BUCKET, &key, object.clone());
        older.insert(key, object);
    }
    older
}

fn arrange(scenario: &Scenario, server: &Server, aim: &Aim) {
    for (op, nth, fault) in &scenario.faults {
        server.fail(*op, nth.clone(), fault.clone());
    }
    for (moment, what) in &scenario.happenings {
        let what: Happening = *what;
        match *moment {
            Moment::Start(_) => {}
            Moment::Call(op, nth, after) => {
                let trigger = aim.trigger(after, what);
                server.on(op, Nth::Call(nth), move |_| trigger.pull());
            }
            Moment::Body(share) => {
                let trigger = aim.trigger(Duration::ZERO, what);
                let first = Nth::Call(1);
                server.on_body(Op::PutObject, first, share, move |_| trigger.pull());
            }
            Moment::Connection(nth, after) => {
                let trigger = aim.trigger(after, what);
                server.door().on_connection(nth, move || trigger.pull());
            }
        }
    }
}

fn start(producer: &Producer, material: &Material, mark: &str) -> Child {
    heed_signals();
    Command::new("/bin/sh")
        .args(["-c", &producer.script(material)])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env(MARK, mark)
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a shell")
}

fn command_line(scenario: &Scenario, server: &Server, material: &Material) -> S3stream {
    let run = match scenario.source {
        Source::Many { .. } => S3stream::put_many(server, "bucket/many/"),
        _ => S3stream::put(server, "bucket/key"),
    };
    let run = run
        .env("S3STREAM_RETRY_DELAY", "5ms")
        .env("S3STREAM_RETRY_MAX_DELAY", "20ms")
        .args(scenario.options.typed());
    match &scenario.source {
        Source::Command(producer) => run.args(["--", "sh", "-c", &producer.script(material)]),
        Source::File {
            size,
            as_stdin: false,
        } => run.arg(material.file(*size)),
        Source::Many { as_list: true, .. } => run
            .args(["--files-from", "-"])
            .current_dir(material.folder()),
        Source::Many { files, .. } => {
            run.args(files.iter().map(|index| material.one_of_many(*index)))
        }
        Source::Pipe(_) | Source::File { .. } => run,
    }
}

/// The files as put-many reads them, relative to their folder.
fn list(files: &[usize]) -> String {
    files.iter().map(|index| format!("m{index}\n")).collect()
}

fn objects(server: &Server) -> BTreeMap<String, Object> {
    let object = |key: String| server.object(BUCKET, &key).map(|object| (key, object));
    server.keys(BUCKET).into_iter().filter_map(object).collect()
}
