//! The fault tests: every row of the fault table, for a read, a step and a debit, over plain TCP and TLS, through Rust or through Node.
//!
//! `cargo test --features journal-sqlite --test faults` runs them through Rust. `EKO_FAULTS=node` runs them through the built npm package,
//! and `EKO_FAULTS=reqwest` with the feature `reqwest` runs them through `ReqwestTransport`.
//! `docs/evidence/faults.md` is the table of all results. Each run compares itself with it; `UPDATE_FAULTS=1` writes the results of the run
//! into it.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod call;
mod certificates;
mod class;
mod elsewhere;
mod metronome;
mod over_reqwest;
mod process;
mod row;
mod rows;
mod rust;
mod script;
mod server;
mod special;
mod table;
mod timing;
mod wire;

use certificates::Certificates;
use process::{Process, Through, through};
use row::{Line, Pace};
use std::panic::catch_unwind;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Semaphore;

/// Cells (one row for one class over one transport) that run at once. More would measure the machine instead of the client.
const AT_ONCE: usize = 8;

/// This program starts itself as the process that makes the calls. With libtest's own `main` that process would run the tests again.
fn main() {
    if std::env::var_os(process::ROLE).is_some() {
        return rust::serve();
    }
    let matrix = match through() {
        Through::Rust => "the_matrix_through_rust",
        Through::Node => "the_matrix_through_node",
        Through::Reqwest => "the_matrix_through_reqwest",
    };
    let cases: [(&str, fn()); 2] = [("named_tests_exist", elsewhere::named_tests_exist), (matrix, the_matrix)];
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let chosen = |name: &str| wanted.is_empty() || wanted.iter().any(|part| name.contains(part.as_str()));
    let cases: Vec<_> = cases.into_iter().filter(|(name, _)| chosen(name)).collect();
    if std::env::args().any(|word| word == "--list") {
        return cases.iter().for_each(|(name, _)| println!("{name}: test"));
    }
    println!("\nrunning {} tests", cases.len());
    let (begun, mut failed) = (Instant::now(), 0);
    for (name, case) in &cases {
        let good = catch_unwind(case).is_ok();
        println!("test {name} ... {}", if good { "ok" } else { "FAILED" });
        failed += usize::from(!good);
    }
    let (word, passed) = (if failed == 0 { "ok" } else { "FAILED" }, cases.len() - failed);
    let seconds = begun.elapsed().as_secs_f32();
    println!(
        "\ntest result: {word}. {passed} passed; {failed} failed; 0 ignored; 0 measured; 0 filtered out; finished in {seconds:.2}s\n"
    );
    std::process::exit(i32::from(failed > 0));
}

#[tokio::main(flavor = "multi_thread", worker_threads = 4)]
async fn the_matrix() {
    metronome::start();
    let certificates = Arc::new(Certificates::new());
    let mut lines = special::alone(&certificates).await;
    if through() != Through::Reqwest {
        lines.extend(special::apart(&certificates).await);
    }
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let rows = rows::all(&certificates);
    // Patient rows mostly wait, so they run beside all others. Rows with exact timing do not share the machine with brisk rows.
    let mut patient = special::Cells::new();
    for pace in [Pace::Timed, Pace::Patient, Pace::Brisk, Pace::Last] {
        if pace == Pace::Last {
            lines_of(std::mem::take(&mut patient), &mut lines).await;
        }
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
    let mut wrong: Vec<String> = lines.iter().flat_map(Line::complaints).collect();
    if through() == Through::Reqwest {
        wrong.extend(redirects(&rows, &certificates).await);
    }
    wrong.extend(timing::judge());
    if through() == Through::Node {
        let (process, status) = (Process::shared(), Process::shared().end().await);
        if !status.success() || !process.complaints().is_empty() {
            wrong.push(format!("Node ended with {status} and said: {}", process.complaints()));
        }
    }
    call::clean();
    println!("{} cells through {}", lines.len(), through().name());
    assert!(wrong.is_empty(), "{} cells:\n{}", wrong.len(), wrong.join("\n"));
    table::compare(&lines);
}

/// Runs each row again, with redirects in place of its answers.
async fn redirects(rows: &[row::Row], certificates: &Certificates) -> Vec<String> {
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let mut cells = tokio::task::JoinSet::new();
    for row in rows.iter().filter(|row| matches!(row.pace(), Pace::Timed | Pace::Brisk)) {
        for (class, tls) in row.cells(certificates) {
            let (row, ca, room) = (row.clone(), certificates.ca.clone(), room.clone());
            cells.spawn(async move {
                let _room = room.acquire().await;
                over_reqwest::redirected(row, class, tls, ca).await
            });
        }
    }
    let seen: Vec<_> = cells.join_all().await.into_iter().flatten().collect();
    println!("{} cells whose answers are redirects", seen.len());
    assert!(seen.len() > 300, "the rows have lost their answers");
    seen.into_iter().flatten().collect()
}

async fn lines_of(cells: special::Cells, lines: &mut Vec<Line>) {
    let mut seen = cells.join_all().await;
    seen.sort_by_key(|(order, _)| *order);
    lines.extend(seen.into_iter().flat_map(|(_, lines)| lines));
}
