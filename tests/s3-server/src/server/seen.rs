//! What a server has seen.

use super::Server;
use crate::log::Request;
use crate::route::Op;
use std::sync::atomic::Ordering;
use std::time::Duration;

impl Server {
    /// All requests so far, in the order of their arrival.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.log.requests()
    }

    /// The requests for one operation.
    pub fn requests_of(&self, op: Op) -> Vec<Request> {
        let mut all = self.requests();
        all.retain(|request| op.matches(request.op));
        all
    }

    /// How many requests for it have arrived.
    pub fn count(&self, op: Op) -> usize {
        self.shared.log.count(op)
    }

    /// The most PutObject and UploadPart requests at once; one that a fault leaves hanging counts no more.
    pub fn max_in_flight(&self) -> usize {
        self.shared.log.max_in_flight()
    }

    /// How many connections were accepted.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// How many of them had negotiated HTTP/2, and were closed.
    pub fn h2_connections(&self) -> usize {
        self.shared.h2_connections.load(Ordering::SeqCst)
    }

    /// Blocks until that many such requests have arrived; false when they did not in that time.
    pub fn wait_for(&self, op: Op, count: usize, timeout: Duration) -> bool {
        self.shared.log.wait_for(op, count, false, timeout)
    }

    /// Blocks until that many such requests are dealt with; false when they were not in that time.
    pub fn wait_for_ended(&self, op: Op, count: usize, timeout: Duration) -> bool {
        self.shared.log.wait_for(op, count, true, timeout)
    }
}
