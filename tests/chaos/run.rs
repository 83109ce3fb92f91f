//! Carries a plan out, and asks the server afterwards.

use crate::aim::{Aim, History};
use crate::descendants::{self, MARK};
use crate::harness::{BUCKET, S3stream, heed_signals, noise};
use crate::outcome::Outcome;
use crate::plan::{Happening, Moment, Older, Plan};
use crate::s3::{ACCESS_KEY, Object, Op, PendingUpload, REGION, Request, SECRET_KEY, Server};
use crate::source::{Material, Producer, Source};
use nix::sys::signal::Signal;
use nix::unistd::Pid;
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

pub(crate) fn carry_out(plan: &Plan, material: &Material) -> Ended {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    let mark = format!(
        "{}.{}",
        std::process::id(),
        RUNS.fetch_add(1, Ordering::SeqCst)
    );
    let server = server(plan);
    let older = older(plan, &server, material);
    let foreign = plan.foreign_upload.then(|| {
        let (key, _) = plan.source.objects(material).swap_remove(0);
        server.begin_upload(BUCKET, &key)
    });
    let looks: Arc<Mutex<Vec<SystemTime>>> = Arc::default();
    let seen = Arc::clone(&looks);
    server.on(
        Op::ListMultipartUploads,
        crate::s3::Nth::From(1),
        move |_| {
            seen.lock().unwrap().push(SystemTime::now());
        },
    );
    let aim = Aim::new(server.door());
    arrange(plan, &server, &aim);

    let mut pipe = match &plan.source {
        Source::Pipe(producer) => Some(start(producer, material, &mark)),
        _ => None,
    };
    let leader = pipe.as_ref().map_or(0, |it| pid(it.id()).as_raw());
    let run = command_line(plan, &server, material)
        .env(MARK, &mark)
        .process_group(leader)
        .limit(plan.limit() * 2);
    let run = match (&mut pipe, &plan.source) {
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
    for (moment, what) in &plan.happenings {
        if let Moment::Start(after) = moment {
            aim.trigger(*after, *what).pull();
        }
    }
    if plan.source.is_endless() {
        aim.ends_endless_after(Duration::from_millis(500));
    }
    aim.hangs_after(plan.limit());
    let outcome = run.wait();
    let at = Instant::now();
    let history = aim.finish();

    let descendants = match &plan.source {
        Source::Command(_) if may_leave_nobody(plan, &outcome, &history) => {
            descendants::left(&mark, Duration::from_secs(2))
        }
        _ => Vec::new(),
    };
    if plan.source.producer().is_some() {
        descendants::end(&mark);
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
fn may_leave_nobody(plan: &Plan, outcome: &Outcome, history: &History) -> bool {
    let ended_at_once =
        history.sent.len() > 1 || history.sent.iter().any(|it| it.signal == Signal::SIGKILL);
    !outcome.status.success() && !ended_at_once && plan.source.producer().is_some()
}

fn server(plan: &Plan) -> Server {
    let builder = Server::builder()
        .latency(plan.latency)
        .md5_etags(plan.md5_etags);
    let server = builder
        .error_rate(plan.throttled, plan.seed, &[429, 500, 503])
        .start();
    server.create_bucket(BUCKET);
    server
}

fn older(plan: &Plan, server: &Server, material: &Material) -> BTreeMap<String, Vec<u8>> {
    let mut older = BTreeMap::new();
    for (key, bytes) in plan.source.objects(material) {
        let object = match plan.older {
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

fn arrange(plan: &Plan, server: &Server, aim: &Aim) {
    for (op, nth, fault) in &plan.faults {
        server.fail(*op, nth.clone(), fault.clone());
    }
    for (moment, what) in &plan.happenings {
        let what: Happening = *what;
        match *moment {
            Moment::Start(_) => {}
            Moment::Call(op, nth, after) => {
                let trigger = aim.trigger(after, what);
                server.on(op, crate::s3::Nth::Call(nth), move |_| trigger.pull());
            }
            Moment::Body(share) => {
                let trigger = aim.trigger(Duration::ZERO, what);
                let first = crate::s3::Nth::Call(1);
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

fn command_line(plan: &Plan, server: &Server, material: &Material) -> S3stream {
    let (subcommand, destination) = match plan.source {
        Source::Many { .. } => ("put-many", "bucket/many/"),
        _ => ("put", "bucket/key"),
    };
    let run = S3stream::bare()
        .args([subcommand, destination, "--part-size", "5MiB"])
        .args(["--retry-delay", "5ms", "--retry-max-delay", "20ms"])
        .args(["--endpoint-url", &server.endpoint()])
        .args(plan.options.typed())
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .env("AWS_REGION", REGION);
    match &plan.source {
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
