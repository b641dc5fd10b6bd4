//! The fault laboratory: every row of the matrix, for a read, a step and a debit, over plain TCP and TLS.
//!
//! `docs/faults.md` is what this program saw. It is compared on every run; `UPDATE_FAULTS=1 cargo test --features journal-sqlite --test faults`
//! writes it anew.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod call;
mod certificates;
mod metronome;
mod row;
mod rows;
mod script;
mod server;
mod special;
mod table;
mod wire;

use certificates::Certificates;
use row::{Line, Pace};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Cells at once. More would measure this machine and not the client.
const AT_ONCE: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_matrix() {
    metronome::start();
    let certificates = Arc::new(Certificates::new());
    let mut lines = special::alone(&certificates).await;
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let rows = rows::all(&certificates);
    // Those that take their time only wait; those that are timed to the millisecond do not share the machine with the rest.
    let mut patient = special::Cells::new();
    for pace in [Pace::Timed, Pace::Patient, Pace::Brisk] {
        let mut cells = special::Cells::new();
        let of_pace = rows.iter().enumerate().filter(|(_, row)| row.pace() == pace);
        for ((order, row), (class, tls)) in
            of_pace.flat_map(|row| row.1.cells(&certificates).into_iter().map(move |cell| (row, cell)))
        {
            let cells = if pace == Pace::Patient { &mut patient } else { &mut cells };
            let (row, ca, room) = (row.clone(), certificates.ca.clone(), room.clone());
            cells.spawn(async move { (order, vec![row.run(class, tls, ca, &room).await]) });
        }
        if pace == Pace::Brisk {
            special::spawn(&mut cells, &certificates, &room);
        }
        lines_of(cells, &mut lines).await;
    }
    lines_of(patient, &mut lines).await;
    let _ = std::fs::remove_dir_all(call::directory());
    let wrong: Vec<String> = lines.iter().flat_map(Line::complaints).collect();
    assert!(wrong.is_empty(), "{} cells:\n{}", wrong.len(), wrong.join("\n"));
    table::compare(&lines);
}

async fn lines_of(cells: special::Cells, lines: &mut Vec<Line>) {
    let mut seen = cells.join_all().await;
    seen.sort_by_key(|(order, _)| *order);
    lines.extend(seen.into_iter().flat_map(|(_, lines)| lines));
}
