//! The handle that a test holds: starts and stops the server, arranges faults, asks what happened.

mod seen;

use std::collections::{BTreeMap, HashMap};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::{self, Runtime};
use tokio::sync::{oneshot, watch};

use crate::builder::{Builder, Config};
use crate::certificate;
use crate::digest::Digester;
use crate::door::{Door, DoorState};
use crate::faults::{Effect, Fault, Hold, Nth};
use crate::log::Request;
use crate::route::Op;
use crate::serve::serve;
use crate::shared::Shared;
use crate::state::{Bucket, BucketOptions, BucketSettings, Object, Part, PendingUpload, Upload};
use crate::{completion, put_object};

/// An S3 server on a thread of its own, which ends when this is dropped. To drop it with a fault, a
/// hook or a hold that never came up is a panic, unless [`Server::allow_unused_faults`] was called.
pub struct Server {
    shared: Arc<Shared>,
    may_be_unused: AtomicBool,
    address: SocketAddr,
    ca_pem: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Sets up a server that is not plain S3.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// A plain S3 server that keeps bodies in memory.
    pub fn start() -> Self {
        Self::builder().start()
    }

    pub(crate) fn spawn(config: Config) -> Self {
        let (acceptor, ca_pem) = if config.tls {
            let (acceptor, pem) = certificate::acceptor(config.certificate);
            (Some(acceptor), pem)
        } else {
            (None, String::new())
        };
        let shared = Arc::new(Shared::new(config, acceptor));
        let (stop, stopped) = oneshot::channel();
        let (started, address) = mpsc::channel();
        let inside = Arc::clone(&shared);
        // Before anybody can set the door: what was set before is not seen as a change.
        let door = shared.door.watch();
        let thread = std::thread::spawn(move || {
            let runtime = runtime().expect("a runtime for the server");
            // Kept to the end and never listened on: while the door refuses, nobody gets the port.
            let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
            let place = bind(any).expect("a free port of 127.0.0.1");
            let address = place.local_addr().expect("the port's number");
            let slow = inside.config.read_rate.is_some();
            let listener = runtime.block_on(async { listen(address, slow) });
            let listener = listener.expect("a port that is ours");
            started.send(address).expect("a waiting test");
            runtime.block_on(accept(inside, address, listener, door, stopped));
            runtime.shutdown_timeout(Duration::from_secs(1));
        });
        Self {
            shared,
            may_be_unused: AtomicBool::new(false),
            address: address.recv().expect("a started server"),
            ca_pem,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// `http://127.0.0.1:PORT`, or `https://localhost:PORT` with TLS.
    pub fn endpoint(&self) -> String {
        let port = self.address.port();
        if self.shared.config.tls {
            format!("https://localhost:{port}")
        } else {
            format!("http://127.0.0.1:{port}")
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate to trust; empty without TLS.
    pub fn ca_pem(&self) -> String {
        self.ca_pem.clone()
    }

    /// Makes a plain bucket.
    pub fn create_bucket(&self, name: &str) {
        self.create_bucket_with(name, BucketOptions::default());
    }

    /// Makes a bucket with Object Lock or versioning.
    pub fn create_bucket_with(&self, name: &str, options: BucketOptions) {
        let bucket = Bucket {
            options,
            ..Bucket::default()
        };
        self.shared.state().buckets.insert(name.to_owned(), bucket);
    }

    /// Sets a bucket to what it was not made with.
    pub fn set_bucket(&self, name: &str, settings: BucketSettings) {
        let mut state = self.shared.state();
        state.buckets.get_mut(name).expect("a bucket").settings = settings;
    }

    /// Stores an object, and makes its bucket where there is none.
    pub fn put_object(&self, bucket: &str, key: &str, bytes: impl Into<Bytes>) {
        let bytes = bytes.into();
        let mut digester = Digester::new(true, None, None);
        digester.update(&bytes);
        let mut object = put_object::object(&self.shared.config, digester.finish());
        object.body = Some(bytes);
        let mut state = self.shared.state();
        let bucket = state.buckets.entry(bucket.to_owned()).or_default();
        bucket.objects.insert(key.to_owned(), object);
    }

    /// An object as it is now.
    pub fn object(&self, bucket: &str, key: &str) -> Option<Object> {
        let state = self.shared.state();
        state.buckets.get(bucket)?.objects.get(key).cloned()
    }

    /// Stores an object as another tool would that sends parts of these sizes, without checksums.
    pub fn put_parts(&self, bucket: &str, key: &str, bytes: &[u8], sizes: &[usize]) {
        let mut upload = Upload {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            headers: HashMap::new(),
            checksum: None,
            parts: BTreeMap::new(),
            initiated: SystemTime::now(),
        };
        let mut rest = bytes;
        for (number, size) in (1..).zip(sizes) {
            let (part, behind) = rest.split_at(*size);
            rest = behind;
            let mut digester = Digester::new(true, None, None);
            digester.update(part);
            let body = digester.finish();
            upload.parts.insert(
                number,
                Part {
                    size: body.size,
                    etag: String::new(),
                    md5: body.md5,
                    crc64: body.crc64,
                    digest: None,
                    body: Some(Bytes::copy_from_slice(part)),
                    at: SystemTime::now(),
                },
            );
        }
        let object = completion::of_all_parts(&self.shared.config, upload);
        let mut state = self.shared.state();
        let bucket = state.buckets.entry(bucket.to_owned()).or_default();
        bucket.objects.insert(key.to_owned(), object);
    }

    /// Changes bytes of an object from `offset` on, as a rotten disk would: all else is as it was.
    ///
    /// # Panics
    /// Where there is no such object, or it has no such bytes.
    pub fn spoil_object(&self, bucket: &str, key: &str, offset: usize, bytes: &[u8]) {
        let mut state = self.shared.state();
        let bucket = state.buckets.get_mut(bucket).expect("a bucket");
        let object = bucket.objects.get_mut(key).expect("an object");
        let mut body = object.body.take().expect("its bytes").to_vec();
        body[offset..][..bytes.len()].copy_from_slice(bytes);
        object.body = Some(body.into());
    }

    /// The keys of a bucket, in order.
    pub fn keys(&self, bucket: &str) -> Vec<String> {
        let state = self.shared.state();
        let bucket = state.buckets.get(bucket);
        bucket.map_or_else(Vec::new, |b| b.objects.keys().cloned().collect())
    }

    /// The pending uploads of all buckets.
    pub fn uploads(&self) -> Vec<PendingUpload> {
        self.shared.state().pending()
    }

    /// Begins an upload, as somebody else might; gives its id.
    pub fn begin_upload(&self, bucket: &str, key: &str) -> String {
        let mut state = self.shared.state();
        let id = state.next_id();
        let upload = Upload {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            headers: HashMap::new(),
            checksum: None,
            parts: BTreeMap::new(),
            initiated: SystemTime::now(),
        };
        state.uploads.insert(id.clone(), upload);
        id
    }

    /// What lets connections in, for a hook to keep.
    pub fn door(&self) -> Arc<DoorState> {
        Arc::clone(&self.shared.door)
    }

    /// Opens the door, then blocks until all connections so far have ended and what is to be
    /// carried out late has been; false when that was not so in that time.
    pub fn settle(&self, timeout: Duration) -> bool {
        let started = Instant::now();
        self.shared.door.set(Door::Open);
        // Whoever is answered after them was accepted after them. Not HTTP: it leaves no request.
        let accepted = || -> std::io::Result<usize> {
            let mut probe = TcpStream::connect_timeout(&self.address, timeout)?;
            probe.set_read_timeout(Some(timeout))?;
            probe.write_all(b"\0\r\n\r\n")?;
            probe.read(&mut [0])
        };
        let until = |done: &dyn Fn() -> bool| {
            while !done() {
                if started.elapsed() > timeout {
                    return false;
                }
                std::thread::sleep(Duration::from_millis(2));
            }
            true
        };
        // Refused while the listener is on its way.
        until(&|| accepted().is_ok()) && until(&|| Arc::strong_count(&self.shared.busy) == 1)
    }

    /// Makes all pending uploads older by that much.
    pub fn age_uploads(&self, by: Duration) {
        for upload in self.shared.state().uploads.values_mut() {
            let earlier = upload.initiated.checked_sub(by);
            upload.initiated = earlier.unwrap_or(SystemTime::UNIX_EPOCH);
        }
    }

    /// Loses a part of each pending upload.
    pub fn lose_part(&self, number: u32) {
        for upload in self.shared.state().uploads.values_mut() {
            upload.parts.remove(&number);
        }
    }

    /// Loses all pending uploads, as a lifecycle rule does.
    pub fn lose_uploads(&self) {
        self.shared.state().uploads.clear();
    }

    /// Whether a bucket holds neither objects, versions and delete markers, nor pending uploads.
    pub fn is_clean(&self, bucket: &str) -> bool {
        let pending = self.uploads().iter().any(|u| u.bucket == bucket);
        let state = self.shared.state();
        let found = state.buckets.get(bucket);
        let is_empty =
            |it: &Bucket| it.objects.is_empty() && it.older.is_empty() && it.markers.is_empty();
        !pending && found.is_none_or(is_empty)
    }

    /// Makes these calls fail.
    pub fn fail(&self, op: Op, nth: Nth, fault: Fault) {
        self.shared.rules.add(op, nth, Effect::Fail(fault));
    }

    /// Calls the hook when these calls arrive, before their bodies are read.
    pub fn on(&self, op: Op, nth: Nth, hook: impl Fn(&Request) + Send + Sync + 'static) {
        let effect = Effect::Hook(Arc::new(hook));
        self.shared.rules.add(op, nth, effect);
    }

    /// Calls the hook when so many thousandths of these calls' bodies have been read.
    pub fn on_body(
        &self,
        op: Op,
        nth: Nth,
        share: u64,
        hook: impl Fn(&Request) + Send + Sync + 'static,
    ) {
        let effect = Effect::Midway(share, Arc::new(hook));
        self.shared.rules.add(op, nth, effect);
    }

    /// Makes these calls wait, body read and nothing done, until the hold is released or dropped.
    pub fn hold(&self, op: Op, nth: Nth) -> Hold {
        let (hold, state) = Hold::new();
        self.shared.rules.add(op, nth, Effect::Hold(state));
        hold
    }

    /// Takes back all faults, hooks and holds.
    pub fn clear_faults(&self) {
        self.shared.rules.clear();
    }

    /// Leaves it to chance whether a fault, hook or hold of this server comes up: for random trials,
    /// and for faults that lie in wait for what must not be asked for.
    pub fn allow_unused_faults(&self) {
        self.may_be_unused.store(true, Ordering::SeqCst);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The thread may have ended by a panic: its message is on stderr already.
        let _ = self.stop.take().map(|stop| stop.send(()));
        let _ = self.thread.take().map(JoinHandle::join);
        let unused = self.shared.rules.unused();
        let is_judged = !self.may_be_unused.load(Ordering::SeqCst) && !std::thread::panicking();
        assert!(
            !is_judged || unused.is_empty(),
            "set and never come up: {}",
            unused.join("; ")
        );
    }
}

fn runtime() -> std::io::Result<Runtime> {
    let threads = std::thread::available_parallelism().map_or(2, |count| count.get().clamp(2, 4));
    runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()
}

/// A socket at a port that only we can have more of.
fn bind(address: SocketAddr) -> std::io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseport(true)?;
    socket.bind(address)?;
    Ok(socket)
}

fn listen(address: SocketAddr, slow: bool) -> std::io::Result<TcpListener> {
    let socket = bind(address)?;
    if slow {
        // A large receive buffer would hide the slow reader from the client.
        socket.set_recv_buffer_size(64 << 10)?;
    }
    socket.listen(1024)
}

async fn accept(
    shared: Arc<Shared>,
    address: SocketAddr,
    listener: TcpListener,
    mut door: watch::Receiver<Door>,
    mut stop: oneshot::Receiver<()>,
) {
    let mut listener = Some(listener);
    loop {
        let next = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = &mut stop => return,
            accepted = next => if let Ok((tcp, _)) = accepted {
                tokio::spawn(serve(Arc::clone(&shared), tcp));
            },
            Ok(()) = door.changed() => {
                let refuses = *door.borrow_and_update() == Door::Refuses;
                let slow = shared.config.read_rate.is_some();
                listener = match listener.take() {
                    _ if refuses => None,
                    None => Some(listen(address, slow).expect("a port that is ours")),
                    open => open,
                };
            }
        }
    }
}
