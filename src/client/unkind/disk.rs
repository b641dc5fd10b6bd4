//! Journal store of one simulated process. The processes share a journal that may be an older copy, be replaced, or not answer.

use super::process::Life;
use crate::money::{DueOrder, Listing, Pending, Row, Store, StoreError, StoreFailure, StoreTime};
use crate::mutex::lock;
use std::sync::Arc;

pub(super) struct UnkindDisk(pub(super) Arc<Life>);

impl UnkindDisk {
    /// Runs an operation, or returns an error while the journal has a fault. After an error "unavailable", the operation may have been
    /// executed.
    async fn turn<T>(&self, what: impl FnOnce() -> T) -> Result<T, StoreError> {
        self.0.step().await;
        let Some((kind, does)) = self.0.world.journal_fails() else {
            let done = what();
            self.0.step().await;
            return Ok(done);
        };
        if does {
            what();
        }
        Err(match kind {
            StoreFailure::Unavailable => StoreError::unavailable("the simulated journal does not answer"),
            StoreFailure::Unusable => StoreError::unusable("another file is in place of the simulated journal"),
            StoreFailure::Behind => StoreError::behind("the simulated journal is an older copy"),
        })
    }
}

impl Store for UnkindDisk {
    fn read(&self, key: &str) -> Pending<'_, Option<Row>> {
        let key = key.to_owned();
        Box::pin(self.turn(move || lock(&self.0.world.journal).rows.get(&key).cloned()))
    }

    fn write(&self, row: Row, also: Vec<Row>) -> Pending<'_, bool> {
        Box::pin(self.turn(move || {
            let rows = &mut lock(&self.0.world.journal).rows;
            let written = rows.write(row, also);
            rows.sync();
            written
        }))
    }

    fn due(&self, account: &str, now_ms: u64, limit: u32, order: DueOrder) -> Pending<'_, Vec<Row>> {
        let account = account.to_owned();
        Box::pin(self.turn(move || lock(&self.0.world.journal).rows.due(&account, now_ms, limit, order)))
    }

    fn unresolved(&self, listing: Listing) -> Pending<'_, Vec<Row>> {
        Box::pin(self.turn(move || lock(&self.0.world.journal).rows.unresolved(&listing)))
    }

    fn prune(&self, _: u64, _: u64, _: u32) -> Pending<'_, u64> {
        Box::pin(async { Ok(0) })
    }

    fn clock(&self) -> Pending<'_, StoreTime> {
        let ms = self.0.world.eps_ms();
        Box::pin(async move { Ok(StoreTime { epoch: "simulated".into(), ms, settable: false }) })
    }

    fn verify(&self) -> Pending<'_, ()> {
        Box::pin(self.turn(|| ()))
    }

    fn declare_restored(&self) -> Pending<'_, ()> {
        self.0.world.declare_restored();
        Box::pin(async { Ok(()) })
    }

    fn restored_lately(&self) -> Pending<'_, bool> {
        Box::pin(self.turn(|| self.0.world.restored_lately()))
    }
}
