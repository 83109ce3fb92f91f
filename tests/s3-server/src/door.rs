//! Whether connections are let in: outages, and who wants to know of a connection.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

/// What becomes of connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Door {
    /// They are served.
    #[default]
    Open,
    /// All are cut, and new ones reset as soon as they are made.
    Resets,
    /// All are cut, and new ones refused.
    Refuses,
}

type Hook = Box<dyn Fn() + Send>;

/// The door of one server.
#[derive(Default)]
pub struct DoorState {
    door: watch::Sender<Door>,
    hooks: Mutex<Vec<(usize, Hook)>>,
}

impl DoorState {
    /// Opens or closes it.
    pub fn set(&self, door: Door) {
        self.door.send_replace(door);
    }

    /// Calls the hook when that many connections have been made.
    pub fn on_connection(&self, number: usize, hook: impl Fn() + Send + 'static) {
        let mut hooks = self.hooks.lock().unwrap_or_else(PoisonError::into_inner);
        hooks.push((number, Box::new(hook)));
    }

    pub(crate) fn connected(&self, number: usize) {
        let hooks = self.hooks.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, hook) in hooks.iter().filter(|(wanted, _)| *wanted == number) {
            hook();
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        *self.door.borrow() == Door::Open
    }

    pub(crate) async fn closed(&self) {
        // The sender lives in `self`: it cannot be gone.
        let _ = self
            .door
            .subscribe()
            .wait_for(|door| *door != Door::Open)
            .await;
    }

    pub(crate) fn watch(self: &Arc<Self>) -> watch::Receiver<Door> {
        self.door.subscribe()
    }
}
