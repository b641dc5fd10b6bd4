//! The journal: what was intended is durable before a byte leaves, what became of it after.

use super::account::Account;
use super::entry::{Entry, Intent, Key, Known, PhaseText};
use super::state::State;
use super::store::{Pending, Row, Store, StoreError};
use std::sync::Arc;

/// How often a conditional write is tried against others that write the same row. Each lost race is another's progress.
const MAX_RACES: u32 = 64;

/// Rows asked for at first. What nobody here can read, or is another account's, must not keep the rest from its turn: then more are asked for.
const FIRST_ROWS: u32 = 64;

/// One account's journal over a store that others may use too; cheap to clone.
#[derive(Clone)]
pub struct Journal {
    store: Arc<dyn Store>,
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
        for _ in 0..MAX_RACES {
            let Some((version, entry)) = self.read(key).await? else { return Ok(None) };
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

    /// Takes a reference back that was free, for its debit, the one that was reserved then, shows that EPS has it. The one change of
    /// a final entry; its owner has to hear of it again.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn take_back(&self, key: &Key, created_ms: u64) -> Result<(), StoreError> {
        for _ in 0..MAX_RACES {
            let Some((version, mut entry)) = self.read(key).await? else { return Ok(()) };
            let free = entry.known.state == State::NotSent && entry.known.reusable;
            if !free || entry.intent.created_ms != created_ms {
                return Ok(());
            }
            (entry.known.reusable, entry.known.acknowledged) = (false, false);
            if self.store.write(row(version + 1, &entry)?).await? {
                return Ok(());
            }
        }
        Err(StoreError("too many writers for one reference".into()))
    }

    /// # Errors
    /// The store's.
    pub async fn get(&self, key: &Key) -> Result<Option<Entry>, StoreError> {
        Ok(self.read(key).await?.map(|(_, entry)| entry))
    }

    /// Entries whose inquiry is due; each goes to one caller among all processes until `lease_ms`.
    ///
    /// # Errors
    /// The store's.
    pub async fn claim_due(&self, now_ms: u64, lease_ms: u64, limit: u32) -> Result<Vec<Entry>, StoreError> {
        let mut claimed = Vec::new();
        // A row of another version of this library is for a process that can read it, one of another account for its client.
        for (version, mut entry) in self.own(limit, |rows| self.store.due(now_ms, rows)).await? {
            entry.known.next_inquiry_ms = Some(lease_ms);
            if self.store.write(row(version + 1, &entry)?).await? {
                claimed.push(entry);
            }
        }
        Ok(claimed)
    }

    /// The first of this account's rows that can be read. Stores choose rows without looking into them, so more are asked for
    /// until enough of them are ours, or there are no more.
    async fn own<'a>(
        &'a self,
        limit: u32,
        ask: impl Fn(u32) -> Pending<'a, Vec<Row>>,
    ) -> Result<Vec<(u64, Entry)>, StoreError> {
        let mut rows = limit.max(FIRST_ROWS);
        loop {
            let answer = ask(rows).await?;
            let all = answer.len() < rows as usize || rows == u32::MAX;
            let own = answer.iter().filter_map(|row| Some((row.version, parse(row).ok()?)));
            let own: Vec<_> = own.filter(|(_, entry)| self.foreign(entry).is_none()).take(limit as usize).collect();
            if all || own.len() == limit as usize {
                return Ok(own);
            }
            rows = rows.saturating_mul(4);
        }
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

    /// Marks a final entry as seen; `false` where there is none.
    ///
    /// # Errors
    /// The store's.
    pub async fn acknowledge(&self, key: &Key) -> Result<bool, StoreError> {
        for _ in 0..MAX_RACES {
            match self.read(key).await? {
                Some((version, mut entry)) if entry.known.state.is_final() && self.foreign(&entry).is_none() => {
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

    async fn read(&self, key: &Key) -> Result<Option<(u64, Entry)>, StoreError> {
        self.store.read(&key.text()).await?.map(|row| Ok((row.version, parse(&row)?))).transpose()
    }
}

impl Entry {
    fn reserved(intent: Intent, account: Account) -> Self {
        let known = Known {
            // Until something better is recorded, it may have left: this is what a restart finds after a crash.
            state: State::Indeterminate,
            reusable: false,
            tid: None,
            phase: PhaseText::NotDispatched,
            attempts: 0,
            not_found: 0,
            first_not_found_ms: None,
            inquiries: 0,
            next_inquiry_ms: Some(intent.first_inquiry_ms),
            updated_ms: intent.created_ms,
            acknowledged: false,
        };
        Self { account, intent, known }
    }
}

fn row(version: u64, entry: &Entry) -> Result<Row, StoreError> {
    Ok(Row {
        key: entry.intent.key.text(),
        version,
        entry: serde_json::to_string(entry).map_err(|error| StoreError(error.to_string()))?,
        due_ms: entry.known.next_inquiry_ms.filter(|_| !entry.known.state.is_final()),
        unresolved: !(entry.known.state.is_final() && entry.known.acknowledged),
        updated_ms: entry.known.updated_ms,
    })
}

fn parse(row: &Row) -> Result<Entry, StoreError> {
    serde_json::from_str(&row.entry).map_err(|error| {
        StoreError(format!(
            "the row of {} was written by another version of eko-eps, and this one cannot read it: {error}",
            row.key
        ))
    })
}
