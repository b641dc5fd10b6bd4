//! Registry of state that all clients of one key share in this process. The state is kept while a client exists, and longer if it is still needed
//! after the last client is dropped.

use super::since_boot;
use crate::mutex::lock;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// Interval between two searches for unused entries that can be dropped.
const SWEEP: Duration = Duration::from_secs(60);

/// Value that a [`Registry`] keeps for a key.
pub(crate) trait Lasting {
    /// Releases resources. The registry calls this function when the last [`User`] of the value is dropped.
    fn rest(&self) {}

    /// Prepares the value for use. The registry calls this function when a [`User`] of the value is added.
    fn wake(&self) {}

    /// Returns true if the value can be dropped after the time `unused` without users, because a new value would be just as good.
    fn is_over(&self, unused: Duration) -> bool;
}

/// Digest of a key. The registry does not store the key itself.
pub(super) type Key = [u8; 16];

pub(crate) struct Registry<T>(Mutex<Table<T>>);

struct Table<T> {
    entries: HashMap<Key, Registered<T>>,
    swept: Duration,
    /// Time by which a test has advanced the clock of the registry.
    #[cfg(test)]
    later: Duration,
}

struct Registered<T> {
    value: Arc<T>,
    users: usize,
    /// Time at which the entry was last used. It matters only while there are no users.
    since: Duration,
}

impl<T> Default for Registry<T> {
    fn default() -> Self {
        Self(Mutex::new(Table {
            entries: HashMap::new(),
            swept: Duration::ZERO,
            #[cfg(test)]
            later: Duration::ZERO,
        }))
    }
}

impl<T: Lasting> Registry<T> {
    /// Returns a [`User`] (a counted reference) of the value for this key. Creates a missing value with its default.
    pub(crate) fn of(&'static self, parts: &[&str]) -> User<T>
    where
        T: Default,
    {
        self.of_or(parts, T::default)
    }

    /// Returns a [`User`] (a counted reference) of the value for this key. Creates a missing value with `make`.
    pub(crate) fn of_or(&'static self, parts: &[&str], make: impl FnOnce() -> T) -> User<T> {
        let key = digest(parts);
        let value = self.entry(key, 1, make);
        value.wake();
        User { value, key, registry: self }
    }

    /// Runs `work` on the value for this key, and creates a missing value with `make`. Does not count as a [`User`] of the value.
    pub(crate) fn with<R>(&self, parts: &[&str], make: impl FnOnce() -> T, work: impl FnOnce(&T) -> R) -> R {
        work(&self.entry(digest(parts), 0, make))
    }

    fn entry(&self, key: Key, users: usize, make: impl FnOnce() -> T) -> Arc<T> {
        let mut table = self.swept();
        let now = table.now();
        let entry =
            table.entries.entry(key).or_insert_with(|| Registered { value: Arc::new(make()), users: 0, since: now });
        entry.users += users;
        entry.since = now;
        Arc::clone(&entry.value)
    }

    /// Locks the table. Once per [`SWEEP`], also drops the unused entries for which [`Lasting::is_over`] returns true.
    fn swept(&self) -> MutexGuard<'_, Table<T>> {
        let mut table = lock(&self.0);
        let now = table.now();
        if now.saturating_sub(table.swept) >= SWEEP {
            table.swept = now;
            table.entries.retain(|_, entry| {
                // A running call of `with` may hold a reference to the value.
                let used = entry.users > 0 || Arc::strong_count(&entry.value) > 1;
                used || !entry.value.is_over(now.saturating_sub(entry.since))
            });
            table.fit();
        }
        table
    }

    fn leave(&self, key: Key) {
        let mut table = lock(&self.0);
        let now = table.now();
        let Some(entry) = table.entries.get_mut(&key) else { return };
        entry.users -= 1;
        entry.since = now;
        if entry.users > 0 {
            return;
        }
        entry.value.rest();
        // The table and the dropped user hold one reference each. Any other reference belongs to a running call of `with`. The entry then stays,
        // because a key must never have two values at the same time.
        if Arc::strong_count(&entry.value) <= 2 && entry.value.is_over(Duration::ZERO) {
            table.entries.remove(&key);
            table.fit();
        }
    }
}

impl<T> Table<T> {
    #[cfg(not(test))]
    fn now(&self) -> Duration {
        since_boot()
    }

    #[cfg(test)]
    fn now(&self) -> Duration {
        since_boot() + self.later
    }

    /// Shrinks the table if its capacity is much larger than the number of entries.
    fn fit(&mut self) {
        if self.entries.capacity() > 64 && self.entries.capacity() / 4 > self.entries.len() {
            self.entries.shrink_to(self.entries.len() * 2);
        }
    }
}

/// Counted reference of a client to the value for a key. The registry keeps the value while such references exist.
pub(crate) struct User<T: Lasting + 'static> {
    value: Arc<T>,
    key: Key,
    registry: &'static Registry<T>,
}

impl<T: Lasting> Deref for User<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: Lasting> Drop for User<T> {
    fn drop(&mut self) {
        self.registry.leave(self.key);
    }
}

/// Returns the digest of a list of strings.
pub(super) fn digest(parts: &[&str]) -> Key {
    let mut hash = Sha256::new();
    for part in parts {
        // Hashes the length of each string too, so that different lists have different digests.
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let whole: [u8; 32] = hash.finalize().into();
    let mut key = Key::default();
    key.copy_from_slice(&whole[..16]);
    key
}

#[cfg(test)]
impl<T> Registry<T> {
    /// Returns the number of entries and the capacity of the table.
    pub(crate) fn size(&self) -> (usize, usize) {
        let table = lock(&self.0);
        (table.entries.len(), table.entries.capacity())
    }

    /// Advances the clock of the registry.
    pub(crate) fn age(&self, by: Duration) {
        lock(&self.0).later += by;
    }
}

#[cfg(test)]
#[path = "registry_tests.rs"]
mod tests;
