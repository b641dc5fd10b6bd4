//! A bank in its moods, a journal, and processes that live beside them for a while: killed, frozen, doubled, out of disk, or with an older
//! copy of their journal.

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

/// It outlives what is refused as too old, and what is booked late.
pub const SILENCE_MS: u64 = 3_500;
/// Until silence has surely ended what it can end.
const UNTIL_SILENT_MS: u64 = SILENCE_MS + 1_500;
/// New debits of each life.
const NEW: usize = 6;

/// What happens to a process, besides being killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Killed,
    /// Also between reservation and sending, until others have given its debit up and replaced it.
    Frozen,
    FullDisk,
    /// An older copy of the journal is put in its place, beside its mark or without it.
    Restored {
        mark: bool,
    },
    /// The same, and the copy is of its main file alone, which holds next to nothing.
    HalfRestored,
}

pub struct World {
    pub name: String,
    pub bank: Bank,
    file: File,
    random: fastrand::Rng,
    /// With the number of the latest attempt.
    intents: Vec<(String, u32)>,
    /// What was said of debits, in its order.
    pub log: Vec<Line>,
    /// What was wrong in a moment, by its key and in words.
    pub contradicting: Vec<(String, String)>,
    /// What the bank has taken or booked since the copy that was put in place was made.
    pub lost: HashSet<String>,
    pub counts: BTreeMap<&'static str, usize>,
}

/// What the bank knew when a copy was made.
struct Backup {
    copies: [PathBuf; 2],
    taken: HashMap<String, u32>,
    bookings: HashMap<String, Booking>,
}

impl World {
    /// The same seed makes the same moods and moments; where a process is by then, the machine decides.
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
        // What silent debits are compared with.
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

    /// Where nothing goes wrong any more everything comes to its end.
    fn end(&mut self) {
        let listed = self.finish(Shop { asks_for_ms: UNTIL_SILENT_MS, ..Shop::default() });
        let last = |listed: &&Listed| listed.spent && !has_successor(listed, &self.intents);
        let spent: Vec<String> = listed.iter().filter(last).map(Listed::key).collect();
        self.count("booked after silence had ended them", self.bank.remember(&spent));
        self.bank.cheer_up();
        // Failed debits are refunded once they are known to have failed.
        for asks_for_ms in [500, 500, UNTIL_SILENT_MS, 500] {
            self.finish(Shop { asks_for_ms, ..Shop::default() });
        }
    }

    fn lives(&mut self, fate: Fate, count: usize) {
        for life in 0..count {
            // The first has the world's fate; the dice alone may never throw it.
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

    /// With debits that nobody has submitted before.
    fn with_new_ones(&mut self) -> Orders {
        for _ in 0..NEW {
            // As long as references are in life, so that a made-up one is another.
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
        // Of two processes one may say that a reference is free, and the other send it.
        let taken = if alone { self.bank.taken() } else { HashMap::new() };
        for line in &lines {
            let free = match line {
                Line::Said(said) if said.reusable => Some(said.key()),
                Line::Listed(listed) if listed.reusable => Some(listed.key()),
                Line::Said(_) | Line::Listed(_) | Line::Begun(_) | Line::Listing => None,
            };
            // An older copy knows what it knew: before such a reference leaves, EPS shows that it has nothing of it.
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
        // Which of the two spoke first is not known: one may be refused, and the other sent after it.
        lines.sort_by_key(|line| matches!(line, Line::Said(said) if matches!(&*said.outcome, "settled" | "refunded")));
        self.note(lines, false);
    }

    fn frozen_for_a_while(&mut self) {
        let orders = self.with_new_ones();
        let process = self.begin(&orders);
        for _ in 0..2 {
            self.wait(150);
            // One that has come to its end stands still for good.
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

    /// A process that has nothing new to do, and comes to its end: what it knows then.
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

    /// Once for a debit and once for a refund: it stands still behind its reservation until others have given it up and replaced it.
    fn frozen_and_replaced(&mut self) {
        drop([self.with_new_ones(), self.with_new_ones()]);
        let listed = self.finish(Shop::default());
        let keys: HashSet<String> = listed.iter().map(Listed::key).collect();
        let failed =
            listed.iter().filter(|listed| listed.outcome == "refundPending").filter_map(|listed| listed.tid.clone());
        // The shop has begun to refund all that it knew of: what has failed since is new.
        let refund = failed.into_iter().find(|tid| !keys.contains(&format!("refund:{tid}")));
        // Its deadline does not keep it from sending. It has no new debit, which is the other's.
        let of_refund = Orders { deadline_ms: 10_000, ..self.orders(Shop::default()) };
        let of_debit = Orders { deadline_ms: 10_000, gate: false, ..self.with_new_ones() };
        let debit = format!("{}0", self.intents.last().unwrap().0);
        let mut frozen = Vec::new();
        for (orders, reference) in [(of_refund, refund), (of_debit, Some(debit))] {
            let Some(reference) = reference else { continue };
            let halt = Some((Halt::AfterReserve, reference));
            let process = Process::start(&Orders { halt, ..orders });
            let before = process.wait_for("at");
            // What goes on beside it writes no more: a process frozen in a commit keeps all others from theirs.
            let beside = process.said_until_silent(Duration::from_secs(1));
            process.freeze();
            // What it has written before is on its way to us.
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
        // Some of these are refused before work, and so free in the copy.
        drop([self.with_new_ones(), self.with_new_ones()]);
        let orders = self.with_new_ones();
        let process = Process::start(&Orders { gate: false, ..orders });
        let lines = process.finish_lines();
        self.note(lines, true);
        let copies = ["", "-wal"].map(|side| {
            let copy = format!("{}-copy{side}", self.file.0.display());
            // Where the last process could close it there is no second file.
            match std::fs::copy(format!("{}{side}", self.file.0.display()), &copy) {
                Ok(_) => {}
                Err(_) => std::fs::write(&copy, "").unwrap(),
            }
            copy.into()
        });
        let backup = Backup { copies, taken: self.bank.taken(), bookings: self.bank.bookings() };
        // By now what was free is not.
        self.finish(Shop::default());
        backup
    }

    fn restore(&mut self, backup: &Backup, mark: bool, whole: bool) {
        self.count("restored copies", 1);
        // Who restores a copy lets what is under way come to its end.
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
        // Nothing leaves before a person has spoken.
        let mut orders = self.orders(Shop::default());
        for again in [false, true] {
            if again && !whole {
                let _ = std::fs::remove_file(format!("{path}-mark"));
            }
            let lines = Process::start(&orders).finish_lines();
            let said: Vec<_> = lines.iter().filter_map(Line::said).collect();
            // The main file alone may be of two moments: then it is damaged, and only a whole copy helps.
            let damaged = !whole && !said.is_empty() && said.iter().all(|said| said.code == "journal.unusable");
            let code = if damaged { "journal.unusable" } else { "journal.behind" };
            // A journal that does not answer in time, on a busy machine, refuses too.
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

/// Whether a later attempt of its intent was begun.
fn has_successor(listed: &Listed, intents: &[(String, u32)]) -> bool {
    let of = |(intent, number): &(String, u32)| {
        Some((listed.reference.strip_prefix(&**intent)?.parse::<u32>().ok()?, *number))
    };
    intents.iter().find_map(of).is_some_and(|(number, latest)| number < latest)
}
