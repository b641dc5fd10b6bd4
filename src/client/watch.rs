//! How long this process has itself seen EPS know nothing of a debit, by a clock that nobody sets.

use crate::clock::lock;
use crate::money::{Entry, Key};
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;

/// Debits watched at once. What does not fit is watched later, and stays open until then.
const MOST: usize = 16_384;

/// The stored times are of any machine, and a clock may step; what a process has seen pass is beyond both.
#[derive(Default)]
pub(super) struct Watch(Mutex<HashMap<(Key, u64), Watched>>);

struct Watched {
    first: Instant,
    last: Instant,
}

impl Watch {
    /// An inquiry that was begun then has now found nothing: how long before it the first of them was answered.
    /// Who has been silent for `stale` is forgotten when there is no room.
    pub(super) fn absent(&self, entry: &Entry, begun: Instant, stale: Duration) -> Duration {
        let now = Instant::now();
        let mut watched = lock(&self.0);
        if let Some(known) = watched.get_mut(&name(entry)) {
            known.last = now;
            return begun.saturating_duration_since(known.first);
        }
        if watched.len() >= MOST {
            watched.retain(|_, known| now.saturating_duration_since(known.last) < stale);
        }
        if watched.len() < MOST {
            watched.insert(name(entry), Watched { first: now, last: now });
        }
        Duration::ZERO
    }

    /// EPS has named its state, or it is over: should it be absent again, the wait begins anew.
    pub(super) fn forget(&self, entry: &Entry) {
        lock(&self.0).remove(&name(entry));
    }
}

fn name(entry: &Entry) -> (Key, u64) {
    (entry.intent.key.clone(), entry.intent.created_ms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::{Account, Intent};

    const STALE: Duration = Duration::from_secs(2_700);

    fn entry(reference: usize, created_ms: u64) -> Entry {
        let key = Key { op: "dmt.transfer".into(), reference: reference.to_string() };
        Entry::reserved(
            Intent { key, amount: None, parties: String::new(), created_ms, first_inquiry_ms: 0 },
            Account::default(),
        )
    }

    #[tokio::test(start_paused = true)]
    async fn what_passed_is_counted_from_the_first_answer_to_the_last_question() {
        let watch = Watch::default();
        let minutes = |count: u64| tokio::time::sleep(Duration::from_secs(60 * count));
        let absent = |entry: &Entry, begun| watch.absent(entry, begun, STALE);
        let begun = Instant::now();
        minutes(1).await;
        assert_eq!(absent(&entry(1, 7), begun), Duration::ZERO);
        minutes(4).await;
        let begun = Instant::now();
        minutes(1).await;
        assert_eq!(absent(&entry(1, 7), begun), Duration::from_secs(240));
        // The reference was used anew: nothing is known of that debit.
        assert_eq!(absent(&entry(1, 8), Instant::now()), Duration::ZERO);
        watch.forget(&entry(1, 7));
        assert_eq!(absent(&entry(1, 7), Instant::now()), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_no_room_waits_and_what_is_stale_makes_room() {
        let watch = Watch::default();
        for reference in 0..MOST + 100 {
            watch.absent(&entry(reference, 0), Instant::now(), STALE);
        }
        assert_eq!(lock(&watch.0).len(), MOST);
        tokio::time::sleep(STALE).await;
        assert_eq!(watch.absent(&entry(1, 0), Instant::now(), STALE), STALE, "it has waited longest");
        watch.absent(&entry(MOST, 0), Instant::now(), STALE);
        assert_eq!(lock(&watch.0).len(), 2);
    }
}
