//! Whether EPS refuses the timestamps of a developer key (2485) without a usable `Date` that says why.
//!
//! While that is so no debit is sent: each would end as `indeterminate`. Any other answer ends it.

use crate::clock::lock;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, Weak};

/// By developer key, while a client with it lives.
static KEYS: LazyLock<Mutex<HashMap<Box<str>, Weak<AtomicBool>>>> = LazyLock::new(Mutex::default);

/// The pause of one developer key, shared by all clients of the process.
pub(crate) struct StampPause(Arc<AtomicBool>);

impl StampPause {
    pub(crate) fn of(developer_key: &str) -> Self {
        let mut keys = lock(&KEYS);
        if let Some(known) = keys.get(developer_key).and_then(Weak::upgrade) {
            return Self(known);
        }
        keys.retain(|_, pause| pause.strong_count() > 0);
        let pause = Arc::new(AtomicBool::new(false));
        keys.insert(developer_key.into(), Arc::downgrade(&pause));
        Self(pause)
    }

    pub(crate) fn is_on(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn set(&self, on: bool) {
        self.0.store(on, Ordering::Relaxed);
    }
}
