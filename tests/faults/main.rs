//! The fault laboratory: every row of the matrix, for a read, a step and a debit, over plain TCP and TLS.
//!
//! `docs/faults.md` is what this program saw. It is compared on every run; `UPDATE_FAULTS=1 cargo test --features journal-sqlite --test faults`
//! writes it anew.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod call;
mod certificates;
mod row;
mod rows;
mod script;
mod server;
mod special;
mod table;
mod wire;

use certificates::Certificates;
use row::Line;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Cells at once. More would measure this machine and not the client.
const AT_ONCE: usize = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_matrix() {
    let certificates = Arc::new(Certificates::new());
    let mut lines = special::alone(&certificates).await;
    let mut cells = JoinSet::new();
    let room = Arc::new(Semaphore::new(AT_ONCE));
    for (order, row) in rows::all(&certificates).into_iter().enumerate() {
        for (class, tls) in row.cells(&certificates) {
            let (row, ca, room) = (row.clone(), certificates.ca.clone(), room.clone());
            cells.spawn(async move {
                // The slow ones only wait.
                let _room = if row.is_slow() { None } else { room.acquire().await.ok() };
                (order, vec![row.run(class, tls, ca).await])
            });
        }
    }
    special::spawn(&mut cells, &certificates, &room);
    let mut seen: Vec<(usize, Vec<Line>)> = cells.join_all().await;
    seen.sort_by_key(|(order, _)| *order);
    lines.extend(seen.into_iter().flat_map(|(_, lines)| lines));
    let _ = std::fs::remove_dir_all(call::directory());
    let wrong: Vec<String> = lines.iter().flat_map(Line::complaints).collect();
    assert!(wrong.is_empty(), "{} cells:\n{}", wrong.len(), wrong.join("\n"));
    table::compare(&lines);
}
