//! A world: one bank with moods, one journal, and processes that use them for a while. They are killed, frozen, doubled, out of disk, or
//! find an older copy of their journal.

use super::bank::{Bank, Booking};
use super::child::{Halt, Orders};
use super::judge::File;
use super::moods::Moods;
use super::process::Process;
use super::said::{Line, Listed, Said};
use super::shop::Shop;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::time::Duration;

/// How long "not found" must last, in milliseconds: longer than a signature is valid, and longer than the bank takes to book late.
pub const SILENCE_MS: u64 = 3_500;
/// Time in milliseconds after which silence has surely ended every debit that it can end.
const UNTIL_SILENT_MS: u64 = SILENCE_MS + 1_500;
/// Number of new debits in each life (one run of a process).
const NEW: usize = 6;

/// What happens to a process, besides being killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Killed,
    /// Frozen at any moment, and once between reservation and sending until others have given up its debit and replaced it.
    Frozen,
    FullDisk,
    /// An older copy of the journal is put in its place, with or without its mark.
    Restored {
        mark: bool,
    },
    /// An older copy of the main file alone is put in its place; without its `-wal` file it holds next to nothing.
    HalfRestored,
}

pub struct World {
    pub name: String,
    pub bank: Bank,
    file: File,
    random: fastrand::Rng,
    /// Names of what is to be paid, each with the number of its latest attempt.
    intents: Vec<(String, u32)>,
    /// What the processes printed about debits, in this order.
    pub log: Vec<Line>,
    /// Contradictions that were found during the run: the key of the debit, and what was wrong.
    pub contradicting: Vec<(String, String)>,
    /// Keys of the debits that the bank has accepted or booked since the restored copy was made.
    pub lost: HashSet<String>,
    pub counts: BTreeMap<&'static str, usize>,
}

/// A copy of the journal, and the bank's ledger at that moment.
struct Backup {
    copies: [PathBuf; 2],
    taken: HashMap<String, u32>,
    bookings: HashMap<String, Booking>,
}

impl World {
    /// Runs a world. The same seed makes the same moods and waiting times; how far a process gets in that time depends on the machine.
    pub fn live(fate: Fate, number: usize, seed: u64, lives: usize) -> Self {
        let name = format!("{number}-{}", format!("{fate:?}").replace(|letter: char| !letter.is_alphanumeric(), ""));
        let mut world = Self {
            bank: Bank::moody(Moods::new(seed)),
            file: File::new(&name),
            name,
            random: fastrand::Rng::with_seed(seed),
            intents: Vec::new(),
            log: Vec::new(),
            contradicting: Vec::new(),
            lost: HashSet::new(),
            counts: BTreeMap::new(),
        };
        // The first process books a debit, with which rounds compare the debits that are not found.
        world.finish(Shop::default());
        let half = lives / 2;
        world.lives(fate, half);
        let backup = world.back_up();
        world.lives(fate, lives - half);
        match fate {
            Fate::Restored { mark } => world.restore(&backup, mark, true),
            Fate::HalfRestored => world.restore(&backup, true, false),
            Fate::Frozen => world.frozen_and_replaced(),
            Fate::FullDisk => world.short_of_disk(),
            Fate::Killed => {}
        }
        backup.copies.iter().for_each(|copy| drop(std::fs::remove_file(copy)));
        world.end();
        world
    }

    /// Ends all faults, and lets every debit come to its final outcome.
    fn end(&mut self) {
        let listed = self.finish(Shop { asks_for_ms: UNTIL_SILENT_MS, ..Shop::default() });
        let last = |listed: &&Listed| listed.spent && !has_successor(listed, &self.intents);
        let spent: Vec<String> = listed.iter().filter(last).map(Listed::key).collect();
        self.count("booked after silence had ended them", self.bank.remember(&spent));
        self.bank.cheer_up();
        // A failed debit is refunded once the journal knows that it has failed, so several runs are needed.
        for asks_for_ms in [500, 500, UNTIL_SILENT_MS, 500] {
            self.finish(Shop { asks_for_ms, ..Shop::default() });
        }
    }

    fn lives(&mut self, fate: Fate, count: usize) {
        for life in 0..count {
            // The first life has the world's fate, because random choice alone may never choose it.
            let thrown = if life == 0 { 0 } else { self.random.u8(0..4) };
            match (fate, thrown) {
                (Fate::Frozen, 0 | 1) => self.frozen_for_a_while(),
                (Fate::FullDisk, 0 | 1) => self.short_of_disk(),
                (Fate::Killed, 0) => self.doubled(),
                (_, _) => self.killed(),
            }
        }
    }

    fn count(&mut self, what: &'static str, times: usize) {
        *self.counts.entry(what).or_default() += times;
    }

    fn orders(&mut self, shop: Shop) -> Orders {
        Orders {
            base_url: self.bank.base_url.clone(),
            journal: self.file.0.clone(),
            references: Vec::new(),
            shop: Some(Shop { intents: self.intents.clone(), ..shop }),
            at_once: 16,
            gate: false,
            halt: None,
            silence_ms: SILENCE_MS,
            deadline_ms: 1_500,
        }
    }

    /// Returns orders with debits that no process has sent before.
    fn with_new_ones(&mut self) -> Orders {
        for _ in 0..NEW {
            // The names are as long as real references, so that a made-up reference is hardly ever one of them.
            let name = format!("I{:06}N{:03}A", self.random.u32(0..1_000_000), self.intents.len());
            self.intents.push((name, 0));
        }
        Orders { gate: true, ..self.orders(Shop::default()) }
    }

    fn begin(&mut self, orders: &Orders) -> Process {
        self.count("lives", 1);
        let mut process = Process::start(orders);
        process.wait_for("ready");
        process.go();
        process
    }

    fn wait(&mut self, most_ms: u64) {
        std::thread::sleep(Duration::from_micros(self.random.u64(0..most_ms * 1_000)));
    }

    fn note(&mut self, lines: Vec<Line>, alone: bool) {
        // Of two processes one may report a reference as reusable while the other sends it; so this check is only for a process that was
        // alone.
        let taken = if alone { self.bank.taken() } else { HashMap::new() };
        for line in &lines {
            let free = match line {
                Line::Said(said) if said.reusable => Some(said.key()),
                Line::Listed(listed) if listed.reusable => Some(listed.key()),
                Line::Said(_) | Line::Listed(_) | Line::Begun(_) | Line::Listing => None,
            };
            // An older copy may report a reference as reusable that was used since. Before it is sent again, EPS must show that it does not
            // have it.
            let free = free.filter(|key| !self.lost.contains(key));
            if let Line::Begun(reference) = line {
                for (intent, number) in &mut self.intents {
                    let begun = reference.strip_prefix(&**intent).map_or(0, |begun| begun.parse().unwrap());
                    *number = begun.max(*number);
                }
            }
            let wrong = free.filter(|key| taken.contains_key(key));
            self.contradicting.extend(wrong.map(|key| {
                let what = format!("{key} is told as free, and was taken: {line:?}");
                (key, what)
            }));
        }
        self.log.extend(lines);
    }

    fn killed(&mut self) {
        let orders = self.with_new_ones();
        let process = self.begin(&orders);
        self.wait(350);
        self.kill(process);
    }

    fn kill(&mut self, process: Process) {
        self.count("kills", 1);
        self.note(process.killed(), true);
    }

    fn doubled(&mut self) {
        let orders = self.with_new_ones();
        let pair = [self.begin(&orders), self.begin(&orders)];
        let mut lines = Vec::new();
        for process in pair {
            self.wait(250);
            self.count("kills", 1);
            lines.extend(process.killed());
        }
        // The order of the two outputs is not known: one process may be refused, and the other sends after it.
        lines.sort_by_key(|line| matches!(line, Line::Said(said) if matches!(&*said.outcome, "settled" | "refunded")));
        self.note(lines, false);
    }

    fn frozen_for_a_while(&mut self) {
        let orders = self.with_new_ones();
        let process = self.begin(&orders);
        for _ in 0..2 {
            self.wait(150);
            // A process that has ended cannot be frozen again.
            if !process.freeze_if_running() {
                break;
            }
            self.count("freezes", 1);
            self.wait(1_500);
            process.thaw();
        }
        self.wait(200);
        self.kill(process);
    }

    fn short_of_disk(&mut self) {
        let orders = self.with_new_ones();
        let blocks = ["", "-wal"].map(|side| {
            let path = format!("{}{side}", self.file.0.display());
            std::fs::metadata(path).map_or(0, |metadata| metadata.len()) / 512
        });
        let blocks = blocks.into_iter().max().unwrap() as u32 + self.random.u32(0..300);
        self.count("lives", 1);
        self.count("full disks", 1);
        let process = Process::start_limited(&Orders { gate: false, ..orders }, blocks);
        self.wait(900);
        let lines = process.killed();
        let refused = |line: &&Line| matches!(line, Line::Said(said) if said.code == "journal.unavailable");
        let refused = lines.iter().filter(refused).count();
        self.count("kills", 1);
        self.count("refused for want of disk", refused);
        self.note(lines, true);
    }

    /// Runs a process without new debits to its end, and returns the debits that it then lists.
    fn finish(&mut self, shop: Shop) -> Vec<Listed> {
        self.count("lives", 1);
        let orders = if self.intents.is_empty() { self.with_new_ones() } else { self.orders(shop.clone()) };
        let intents = self.intents.clone();
        let orders = Orders { gate: false, shop: Some(Shop { intents, lists: true, ..shop }), ..orders };
        let lines = Process::start(&orders).finish_lines();
        let listed = lines.iter().filter_map(Line::listed).cloned().collect();
        self.note(lines, true);
        listed
    }

    /// Freezes a process after its reservation, until others have given up its debit and replaced it: once for a refund and once for a
    /// debit.
    fn frozen_and_replaced(&mut self) {
        drop([self.with_new_ones(), self.with_new_ones()]);
        let listed = self.finish(Shop::default());
        let keys: HashSet<String> = listed.iter().map(Listed::key).collect();
        let failed =
            listed.iter().filter(|listed| listed.outcome == "refundPending").filter_map(|listed| listed.tid.clone());
        // The application has already begun to refund every failed debit that it knew. A debit that failed since is refunded for the first
        // time.
        let refund = failed.into_iter().find(|tid| !keys.contains(&format!("refund:{tid}")));
        // The long deadline does not stop these debits. The first process gets no new debit; the second gets it.
        let of_refund = Orders { deadline_ms: 10_000, ..self.orders(Shop::default()) };
        let of_debit = Orders { deadline_ms: 10_000, gate: false, ..self.with_new_ones() };
        let debit = format!("{}0", self.intents.last().unwrap().0);
        let mut frozen = Vec::new();
        for (orders, reference) in [(of_refund, refund), (of_debit, Some(debit))] {
            let Some(reference) = reference else { continue };
            let halt = Some((Halt::AfterReserve, reference));
            let process = Process::start(&Orders { halt, ..orders });
            let before = process.wait_for("at");
            // Waits until the process writes no more: one that is frozen in a commit blocks the commits of all others.
            let beside = process.said_until_silent(Duration::from_secs(1));
            process.freeze();
            // The pipe may still hold lines that the process wrote before.
            let last = process.said_until_silent(Duration::from_millis(50));
            self.note([before, beside, last].concat(), false);
            frozen.push(process);
        }
        self.count("freezes", frozen.len());
        self.count("frozen between reservation and request", frozen.len());
        self.finish(Shop { asks_for_ms: UNTIL_SILENT_MS, ..Shop::default() });
        self.finish(Shop::default());
        for mut process in frozen {
            process.go();
            process.thaw();
            let lines = process.finish_lines();
            self.note(lines, false);
        }
    }

    fn back_up(&mut self) -> Backup {
        // Some of these debits are refused before any work, so the copy has them as reusable.
        drop([self.with_new_ones(), self.with_new_ones()]);
        let orders = self.with_new_ones();
        let process = Process::start(&Orders { gate: false, ..orders });
        let lines = process.finish_lines();
        self.note(lines, true);
        let copies = ["", "-wal"].map(|side| {
            let copy = format!("{}-copy{side}", self.file.0.display());
            // If the last process closed the journal cleanly, there is no `-wal` file.
            match std::fs::copy(format!("{}{side}", self.file.0.display()), &copy) {
                Ok(_) => {}
                Err(_) => std::fs::write(&copy, "").unwrap(),
            }
            copy.into()
        });
        let backup = Backup { copies, taken: self.bank.taken(), bookings: self.bank.bookings() };
        // Now the debits that were reusable in the copy are sent.
        self.finish(Shop::default());
        backup
    }

    fn restore(&mut self, backup: &Backup, mark: bool, whole: bool) {
        self.count("restored copies", 1);
        // A person who restores a copy first waits until the running calls have ended.
        std::thread::sleep(Duration::from_millis(700));
        let path = self.file.0.display().to_string();
        for side in ["-wal", "-shm"].into_iter().chain((!mark).then_some("-mark")) {
            let _ = std::fs::remove_file(format!("{path}{side}"));
        }
        let copied = backup.copies.iter().zip(["", "-wal"]).take(if whole { 2 } else { 1 });
        for (copy, side) in copied.filter(|(copy, _)| std::fs::metadata(copy).unwrap().len() > 0) {
            std::fs::copy(copy, format!("{path}{side}")).unwrap();
        }
        let taken = self.bank.taken();
        let since = |key: &&String| !whole || taken.get(*key) != backup.taken.get(*key);
        self.lost.extend(taken.keys().filter(since).cloned());
        let known = |reference: &String| whole && backup.bookings.contains_key(reference);
        let booked = self.bank.bookings().into_keys().filter(|reference| !known(reference));
        self.lost.extend(booked.map(|reference| format!("dmt.transfer:{reference}")));
        let lost = self.lost.len();
        self.count("lost with the copy", lost);
        // Nothing is sent before a person has declared the journal restored.
        let mut orders = self.orders(Shop::default());
        for again in [false, true] {
            if again && !whole {
                let _ = std::fs::remove_file(format!("{path}-mark"));
            }
            let lines = Process::start(&orders).finish_lines();
            let said: Vec<_> = lines.iter().filter_map(Line::said).collect();
            // The main file alone may mix two moments. Then it is damaged, and only a complete copy helps.
            let damaged = !whole && !said.is_empty() && said.iter().all(|said| said.code == "journal.unusable");
            let code = if damaged { "journal.unusable" } else { "journal.behind" };
            // On a busy machine the journal may not answer in time; that is a refusal too.
            let refused =
                |said: &&Said| said.outcome.is_empty() && [code, "journal.unavailable"].contains(&&*said.code);
            for said in &said {
                assert!(refused(said), "{}: {}, and {code} was wanted", self.name, said.brief());
            }
            self.count("refused behind a restored copy", said.iter().filter(|said| said.code == code).count());
            self.note(lines, true);
            if damaged {
                assert_eq!(taken, self.bank.taken(), "{}: something has left beside a damaged copy", self.name);
                self.count("copies of a half that were damaged", 1);
                self.lost.clear();
                return self.restore(backup, mark, true);
            }
            orders = self.with_new_ones();
            orders.gate = false;
        }
        assert_eq!(taken, self.bank.taken(), "{}: something has left behind a restored copy", self.name);
        self.finish(Shop { declares_restored: true, ..Shop::default() });
        for _ in 0..2 {
            self.killed();
        }
    }
}

/// Says whether a later attempt for the same payment was begun.
fn has_successor(listed: &Listed, intents: &[(String, u32)]) -> bool {
    let of = |(intent, number): &(String, u32)| {
        Some((listed.reference.strip_prefix(&**intent)?.parse::<u32>().ok()?, *number))
    };
    intents.iter().find_map(of).is_some_and(|(number, latest)| number < latest)
}
