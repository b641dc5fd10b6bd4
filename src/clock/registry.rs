//! What all clients of a key share, in this process: as long as one of them lives, and what must outlive them.

use super::{lock, since_boot};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// How often those that nobody uses are looked through.
const SWEEP: Duration = Duration::from_secs(60);

/// Of which there is one per key.
pub(crate) trait Lasting {
    /// Its last user is gone: it may become smaller.
    fn rest(&self) {}

    /// It has a user again.
    fn wake(&self) {}

    /// Whether a new one would do as well, where nobody has used it for so long.
    fn is_over(&self, unused: Duration) -> bool;
}

/// The keys themselves are not kept.
pub(super) type Key = [u8; 16];

pub(crate) struct Registry<T>(Mutex<Table<T>>);

struct Table<T> {
    entries: HashMap<Key, Registered<T>>,
    swept: Duration,
    /// Time that a test has let pass.
    #[cfg(test)]
    later: Duration,
}

struct Registered<T> {
    value: Arc<T>,
    users: usize,
    /// Since it was last used, where it has no users.
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
    /// The one of this key, kept as it is while the user lives.
    pub(crate) fn of(&'static self, parts: &[&str]) -> User<T>
    where
        T: Default,
    {
        self.of_or(parts, T::default)
    }

    /// The same, made in this way where there is none.
    pub(crate) fn of_or(&'static self, parts: &[&str], make: impl FnOnce() -> T) -> User<T> {
        let key = digest(parts);
        let value = self.entry(key, 1, make);
        value.wake();
        User { value, key, registry: self }
    }

    /// The one of this key, for a moment.
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

    /// The table, without what is over.
    fn swept(&self) -> MutexGuard<'_, Table<T>> {
        let mut table = lock(&self.0);
        let now = table.now();
        if now.saturating_sub(table.swept) >= SWEEP {
            table.swept = now;
            table.entries.retain(|_, entry| {
                // Somebody may hold it for a moment.
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
        // The table's own and the user's who leaves: else somebody holds it for a moment, and it must not be two.
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

    /// A table that was large once does not stay so.
    fn fit(&mut self) {
        if self.entries.capacity() > 64 && self.entries.capacity() / 4 > self.entries.len() {
            self.entries.shrink_to(self.entries.len() * 2);
        }
    }
}

/// What a client holds.
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

/// Of a list of texts.
pub(super) fn digest(parts: &[&str]) -> Key {
    let mut hash = Sha256::new();
    for part in parts {
        // With its length, so that no two lists are one.
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
    /// How many it holds, and room for how many.
    pub(crate) fn size(&self) -> (usize, usize) {
        let table = lock(&self.0);
        (table.entries.len(), table.entries.capacity())
    }

    /// So much time passes.
    pub(crate) fn age(&self, by: Duration) {
        lock(&self.0).later += by;
    }
}

#[cfg(test)]
#[path = "registry_tests.rs"]
mod tests;
