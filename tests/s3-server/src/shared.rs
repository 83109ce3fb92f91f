//! What connections and tests share: the store, the log, the rules, the door.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_rustls::TlsAcceptor;

use crate::builder::Config;
use crate::door::DoorState;
use crate::faults::{Fault, Rules};
use crate::log::Log;
use crate::state::State;

/// What connections and tests share.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) state: Mutex<State>,
    pub(crate) log: Arc<Log>,
    pub(crate) rules: Rules,
    pub(crate) acceptor: Option<TlsAcceptor>,
    pub(crate) connections: AtomicUsize,
    pub(crate) h2_connections: AtomicUsize,
    pub(crate) door: Arc<DoorState>,
    /// Held by everything that may change the state yet.
    pub(crate) busy: Arc<()>,
    requests: AtomicU64,
}

impl Shared {
    pub(crate) fn new(config: Config, acceptor: Option<TlsAcceptor>) -> Self {
        Self {
            config,
            state: Mutex::default(),
            log: Arc::default(),
            rules: Rules::default(),
            acceptor,
            connections: AtomicUsize::new(0),
            h2_connections: AtomicUsize::new(0),
            door: Arc::default(),
            busy: Arc::default(),
            requests: AtomicU64::new(0),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of the request that has just arrived, from 0.
    pub(crate) fn next_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::SeqCst)
    }

    /// The random failure of the request with this number.
    pub(crate) fn random_fault(&self, number: u64) -> Option<Fault> {
        let rate = self.config.error_rate.as_ref()?;
        let random = mix(rate.seed.wrapping_add(number));
        if random % 100 >= u64::from(rate.percent) {
            return None;
        }
        let count = u64::try_from(rate.statuses.len()).ok()?;
        let index = usize::try_from((random >> 32).checked_rem(count)?).ok()?;
        let status = rate.statuses[index];
        let code = match status {
            429 => "TooManyRequests",
            503 => "SlowDown",
            408 => "RequestTimeout",
            _ => "InternalError",
        };
        Some(Fault::status(status, code))
    }
}

/// One step of SplitMix64.
pub(crate) fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
