//! The journal: what was intended is durable before a byte leaves, what became of it after.

use super::account::Account;
use super::entry::{Entry, Intent, Key, Known, PhaseText};
use super::state::State;
use super::store::{Row, Store, StoreError};
use std::sync::Arc;

/// How often a conditional write is tried against others that write the same row. Each lost race is another's progress.
pub(super) const MAX_RACES: u32 = 64;

/// One account's journal over a store that others may use too; cheap to clone.
#[derive(Clone)]
pub struct Journal {
    pub(super) store: Arc<dyn Store>,
    account: Account,
}

/// What a reservation found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reservation {
    /// The intent is durable and this caller's.
    Taken(Box<Entry>),
    /// The reference was used before.
    Refused(Box<Entry>),
}

impl Journal {
    /// Over this store.
    pub fn new(store: impl Store, account: Account) -> Self {
        Self::shared(Arc::new(store), account)
    }

    /// Over a store that others use too.
    pub fn shared(store: Arc<dyn Store>, account: Account) -> Self {
        Self { store, account }
    }

    /// The same rows for another account.
    #[must_use]
    pub fn of(self, account: Account) -> Self {
        Self { account, ..self }
    }

    /// In which options an entry's account differs from this one's; `None` where it is this account's.
    pub fn foreign(&self, entry: &Entry) -> Option<&'static str> {
        self.account.difference(&entry.account)
    }

    /// Makes the intent durable, unless its key is known and not reusable. That holds across accounts: a client that was moved to another
    /// server, or misconfigured, must not send a second time what it has sent before.
    ///
    /// # Errors
    /// The store's. The intent may then be in it or not; no byte of the debit has left.
    pub async fn reserve(&self, intent: Intent) -> Result<Reservation, StoreError> {
        for _ in 0..MAX_RACES {
            let known = self.read(&intent.key).await?;
            let version = match &known {
                Some((_, entry)) if !entry.known.reusable => return Ok(Reservation::Refused(Box::new(entry.clone()))),
                Some((version, _)) => *version,
                None => 0,
            };
            let entry = Entry::reserved(intent.clone(), self.account.clone());
            if self.store.write(row(version + 1, &entry)?).await? {
                return Ok(Reservation::Taken(Box::new(entry)));
            }
        }
        Err(StoreError("too many writers for one reference".into()))
    }

    /// Changes an entry by what became known. A final state stands: the change is then not made, and the entry as it stands is returned.
    ///
    /// # Errors
    /// The store's; the entry stays as it was, which is open.
    pub async fn change(
        &self,
        key: &Key,
        change: impl Fn(&Entry) -> Known + Send,
    ) -> Result<Option<Entry>, StoreError> {
        self.change_where(key, |_| true, change).await
    }

    /// The same for one reservation: where its reference has been used anew, nothing is changed, and `None` returned.
    ///
    /// # Errors
    /// The store's; the entry stays as it was, which is open.
    pub async fn change_entry(
        &self,
        entry: &Entry,
        change: impl Fn(&Entry) -> Known + Send,
    ) -> Result<Option<Entry>, StoreError> {
        self.change_where(&entry.intent.key, |known| known.is_of(entry), change).await
    }

    async fn change_where(
        &self,
        key: &Key,
        meant: impl Fn(&Entry) -> bool + Send,
        change: impl Fn(&Entry) -> Known + Send,
    ) -> Result<Option<Entry>, StoreError> {
        for _ in 0..MAX_RACES {
            let Some((version, entry)) = self.read(key).await?.filter(|(_, entry)| meant(entry)) else {
                return Ok(None);
            };
            if entry.known.state.is_final() {
                return Ok(Some(entry));
            }
            let changed = Entry { known: change(&entry), ..entry };
            if self.store.write(row(version + 1, &changed)?).await? {
                return Ok(Some(changed));
            }
        }
        Err(StoreError("too many writers for one reference".into()))
    }

    /// Takes a reference back that was free, for its debit shows that EPS has it. The one change of a final entry; its owner has to
    /// hear of it again. Returns it as it stands, unless its reference is another debit's by now.
    ///
    /// # Errors
    /// The store's.
    pub async fn take_back(&self, entry: &Entry, now_ms: u64) -> Result<Option<Entry>, StoreError> {
        for _ in 0..MAX_RACES {
            let Some((version, mut known)) = self.read(&entry.intent.key).await? else { return Ok(None) };
            if !known.is_of(entry) || !known.known.reusable {
                return Ok(Some(known).filter(|known| known.is_of(entry)));
            }
            (known.known.reusable, known.known.acknowledged, known.known.updated_ms) = (false, false, now_ms);
            if self.store.write(row(version + 1, &known)?).await? {
                return Ok(Some(known));
            }
        }
        Err(StoreError("too many writers for one reference".into()))
    }

    /// # Errors
    /// The store's.
    pub async fn get(&self, key: &Key) -> Result<Option<Entry>, StoreError> {
        Ok(self.read(key).await?.map(|(_, entry)| entry))
    }

    /// Open entries, and final ones that were not acknowledged, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn unresolved(&self, limit: u32) -> Result<Vec<Entry>, StoreError> {
        let rows = self.store.unresolved(u32::MAX).await?;
        let entries =
            rows.iter().map(parse).filter(|entry| entry.as_ref().map_or(true, |entry| self.foreign(entry).is_none()));
        entries.take(limit as usize).collect()
    }

    /// The tids of unresolved entries, as far as they have one and can be read.
    pub(crate) async fn tids(&self, limit: u32) -> Result<Vec<(String, Key)>, StoreError> {
        let rows = self.store.unresolved(limit).await?;
        let entries = rows.iter().filter_map(|row| parse(row).ok()).filter(|entry| self.foreign(entry).is_none());
        Ok(entries.filter_map(|entry| entry.known.tid.map(|tid| (tid, entry.intent.key))).collect())
    }

    /// Marks a final entry as seen; `false` where there is none.
    ///
    /// # Errors
    /// The store's.
    pub async fn acknowledge(&self, key: &Key) -> Result<bool, StoreError> {
        match self.get(key).await? {
            Some(entry) => self.acknowledge_entry(&entry).await,
            None => Ok(false),
        }
    }

    /// The same for what was seen: `false` also where its reference has been used anew, or its state is another by now.
    ///
    /// # Errors
    /// The store's.
    pub async fn acknowledge_entry(&self, seen: &Entry) -> Result<bool, StoreError> {
        let meant = |entry: &Entry| entry.is_of(seen) && entry.known.state == seen.known.state;
        for _ in 0..MAX_RACES {
            match self.read(&seen.intent.key).await? {
                Some((version, mut entry))
                    if meant(&entry) && entry.known.state.is_final() && self.foreign(&entry).is_none() =>
                {
                    entry.known.acknowledged = true;
                    if self.store.write(row(version + 1, &entry)?).await? {
                        return Ok(true);
                    }
                }
                Some(_) | None => return Ok(false),
            }
        }
        Err(StoreError("too many writers for one reference".into()))
    }

    /// Forgets what was acknowledged before this time. Those references could then be used again.
    ///
    /// # Errors
    /// The store's.
    pub async fn prune(&self, before_ms: u64) -> Result<u64, StoreError> {
        self.store.prune(before_ms).await
    }

    pub(super) async fn read(&self, key: &Key) -> Result<Option<(u64, Entry)>, StoreError> {
        self.store.read(&key.text()).await?.map(|row| Ok((row.version, parse(&row)?))).transpose()
    }
}

impl Entry {
    pub(crate) fn reserved(intent: Intent, account: Account) -> Self {
        let known = Known {
            // Until something better is recorded, it may have left: this is what a restart finds after a crash.
            state: State::Indeterminate,
            reusable: false,
            tid: None,
            phase: PhaseText::NotDispatched,
            attempts: 0,
            not_found: 0,
            first_not_found_ms: None,
            last_not_found_ms: None,
            inquiries: 0,
            asked_ms: None,
            next_inquiry_ms: Some(intent.first_inquiry_ms),
            updated_ms: intent.created_ms,
            acknowledged: false,
        };
        Self { account, intent, known }
    }

    /// Whether both are of one reservation: a reference that was used anew names another.
    pub(crate) fn is_of(&self, other: &Entry) -> bool {
        self.intent.key == other.intent.key && self.intent.created_ms == other.intent.created_ms
    }
}

pub(super) fn row(version: u64, entry: &Entry) -> Result<Row, StoreError> {
    Ok(Row {
        key: entry.intent.key.text(),
        version,
        entry: serde_json::to_string(entry).map_err(|error| StoreError(error.to_string()))?,
        due_ms: entry.known.next_inquiry_ms.filter(|_| !entry.known.state.is_final()),
        unresolved: !(entry.known.state.is_final() && entry.known.acknowledged),
        updated_ms: entry.known.updated_ms,
    })
}

pub(super) fn parse(row: &Row) -> Result<Entry, StoreError> {
    serde_json::from_str(&row.entry).map_err(|error| {
        StoreError(format!(
            "the row of {} was written by another version of eko-eps, and this one cannot read it: {error}",
            row.key
        ))
    })
}
