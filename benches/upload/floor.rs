//! What any client must spend: parts or files are read, and written to four connections, each with
//! a blocking thread and one buffer that is used again and again. Of S3 there are the request lines
//! and nothing else: no signature, no checksum, no retries, no list of parts at the end.
//!
//!     run-as-floor ADDRESS < DATA        standard input as one object
//!     run-as-floor ADDRESS FILE          a file as one object
//!     run-as-floor ADDRESS FOLDER        each file of a folder as an object

use crate::http::Wire;
use anyhow::{Context as _, Result, ensure};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::net::TcpStream;
use std::os::fd::AsFd as _;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Connections, each with a thread: as many as the program has by default.
const CONNECTIONS: usize = 4;
/// Size of a part in bytes: the program's by default.
const PART: usize = 10 << 20;
/// Size of a line of the cache in bytes.
const LINE: usize = 64;

/// The floor as a program of its own.
pub(crate) fn run(arguments: Vec<OsString>) -> Result<()> {
    let mut arguments = arguments.into_iter();
    let address = arguments.next().context("no address")?;
    let address = address.to_str().context("no address")?;
    match arguments.next().map(PathBuf::from) {
        None => stream(address, standard_input()?),
        Some(path) if path.is_dir() => files(address, path),
        Some(path) => stream(address, File::open(path)?),
    }
}

/// Past the buffer of std, and through a pipe that is widened as the program widens it.
fn standard_input() -> Result<File> {
    let input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    #[cfg(target_os = "linux")]
    let _ = nix::fcntl::fcntl(&input, nix::fcntl::FcntlArg::F_SETPIPE_SZ(1 << 20));
    Ok(input)
}

/// One object: in one request if it is smaller than a part, else in parts.
fn stream(address: &str, mut input: File) -> Result<()> {
    let mut connection = Connection::open(address)?;
    let mut memory = memory();
    let buffer = aligned(&mut memory);
    let first = fill(&mut input, buffer)?;
    if first < PART {
        return connection
            .call("PUT /bucket/key", &buffer[..first])
            .map(drop);
    }
    let created = connection.call("POST /bucket/key?uploads", &[])?;
    let id = upload_id(&created)?;
    connection.part(1, id, buffer)?;
    let rest = Mutex::new(Rest { input, parts: 1 });
    thread::scope(|scope| {
        let others: Vec<_> = (1..CONNECTIONS)
            .map(|_| scope.spawn(|| parts(Connection::open(address)?, self::memory(), id, &rest)))
            .collect();
        parts(connection, memory, id, &rest)?;
        others.into_iter().try_for_each(joined)
    })?;
    let complete = format!("POST /bucket/key?uploadId={id}");
    Connection::open(address)?.call(&complete, &[]).map(drop)
}

/// Memory for one part. The system zeroes it as it is touched.
fn memory() -> Vec<u8> {
    vec![0; PART + LINE]
}

/// The part of it that begins where the program's buffers do: see `s3stream::buffer::AlignedBuffer`.
fn aligned(memory: &mut [u8]) -> &mut [u8] {
    let start = memory.as_ptr().align_offset(LINE);
    &mut memory[start..start + PART]
}

/// What is still to be read: whoever holds it reads the next part, so that parts are in order.
struct Rest {
    input: File,
    parts: u32,
}

/// Sends parts until there are no more.
fn parts(
    mut connection: Connection,
    mut memory: Vec<u8>,
    id: &str,
    rest: &Mutex<Rest>,
) -> Result<()> {
    let buffer = aligned(&mut memory);
    loop {
        let (number, size) = {
            let mut rest = rest.lock().expect("no reader panics");
            rest.parts += 1;
            (rest.parts, fill(&mut rest.input, buffer)?)
        };
        if size == 0 {
            return Ok(());
        }
        connection.part(number, id, &buffer[..size])?;
    }
}

/// Each file of a folder as one object.
fn files(address: &str, folder: PathBuf) -> Result<()> {
    let entries = folder.read_dir()?.map(|entry| Ok(entry?.path()));
    let paths = entries.collect::<io::Result<Vec<_>>>()?;
    let next = AtomicUsize::new(0);
    let send = || {
        let mut connection = Connection::open(address)?;
        let mut buffer = Vec::new();
        while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
            buffer.clear();
            File::open(path)?.read_to_end(&mut buffer)?;
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            connection.call(&format!("PUT /bucket/{name}"), &buffer)?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let senders: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(send)).collect();
        senders.into_iter().try_for_each(joined)
    })
}

fn joined(thread: thread::ScopedJoinHandle<'_, Result<()>>) -> Result<()> {
    thread.join().expect("no sender panics")
}

/// Reads until the buffer is full or the input has ended; gives the bytes read.
fn fill(mut input: impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..])? {
            0 => break,
            n => filled += n,
        }
    }
    Ok(filled)
}

fn upload_id(created: &str) -> Result<&str> {
    let (_, rest) = created.split_once("<UploadId>").context("no upload id")?;
    let (id, _) = rest.split_once('<').context("no upload id")?;
    Ok(id)
}

/// A connection to the sink.
struct Connection(Wire);

impl Connection {
    fn open(address: &str) -> Result<Self> {
        Ok(Self(Wire::new(TcpStream::connect(address)?)?))
    }

    fn part(&mut self, number: u32, id: &str, bytes: &[u8]) -> Result<()> {
        let line = format!("PUT /bucket/key?partNumber={number}&uploadId={id}");
        self.call(&line, bytes).map(drop)
    }

    /// Sends a request with a body; gives that of the answer.
    fn call(&mut self, request: &str, body: &[u8]) -> Result<String> {
        let length = body.len();
        let head = format!("{request} HTTP/1.1\r\nHost: sink\r\nContent-Length: {length}\r\n\r\n");
        self.0.send([head.as_bytes(), body])?;
        let answer = self.0.head()?.context("the sink has gone")?;
        ensure!(answer.line.contains(" 200 "), "{request}: {}", answer.line);
        Ok(String::from_utf8(self.0.body(answer.length)?)?)
    }
}
