//! Checks of a whole world after its end (a bank, a journal, and the processes that used them).

use super::said::{Line, Listed};
use super::world::World;
use eko_eps::money::State;
use std::collections::{BTreeMap, HashMap, HashSet};

/// What was wrong in a world, in words, and what happened in it.
#[derive(Default)]
pub struct Verdict {
    pub doubled: Vec<String>,
    pub lost: Vec<String>,
    pub contradicting: Vec<String>,
    /// Number of debits in the bank's ledger.
    pub booked: usize,
    pub refunded: usize,
    /// Number of debits in the journal, by outcome.
    pub states: BTreeMap<String, usize>,
    /// Number of debits that ended, were opened again, and ended anew.
    pub reopened: usize,
    pub replaced: usize,
}

pub fn verdict(world: &World) -> Verdict {
    let mut verdict = Verdict::default();
    let last = last_listing(&world.log);
    verdict.doubled(world);
    verdict.lost(world, &last);
    verdict.contradicting(world);
    for listed in last.values() {
        *verdict.states.entry(listed.outcome.clone()).or_default() += 1;
        verdict.reopened += usize::from(listed.revision > 1);
        verdict.replaced += usize::from(listed.retry_of.is_some());
    }
    verdict
}

fn last_listing(log: &[Line]) -> HashMap<String, Listed> {
    let begin = log.iter().rposition(|line| matches!(line, Line::Listing)).unwrap();
    log[begin..].iter().filter_map(Line::listed).map(|listed| (listed.key(), listed.clone())).collect()
}

impl Verdict {
    /// Checks that each payment is booked once, whatever the references of its attempts; that each reference is sent once; and that a
    /// refund is paid once.
    fn doubled(&mut self, world: &World) {
        let mut by_intent: HashMap<String, Vec<String>> = HashMap::new();
        for (reference, booking) in world.bank.bookings() {
            self.booked += 1;
            self.refunded += booking.refunds as usize;
            if booking.times > 1 || booking.refunds > 1 {
                self.doubled
                    .push(format!("{reference} was booked {} times, and refunded {}", booking.times, booking.refunds));
            }
            let (intent, _) = reference.rsplit_once('A').unwrap();
            by_intent.entry(intent.to_owned()).or_default().push(reference);
        }
        let twice = by_intent.values().filter(|references| references.len() > 1);
        self.doubled.extend(twice.map(|references| format!("{references:?} are one intent")));
        // A debit that an older copy of the journal has lost may be sent again if EPS shows that it does not have it.
        let once = |key: &str| key.starts_with("dmt.") && !world.lost.contains(key);
        let taken = world.bank.taken().into_iter().filter(|(key, times)| once(key) && *times > 1);
        self.doubled.extend(taken.map(|(key, times)| format!("{key} has reached the bank {times} times")));
    }

    /// Checks that the journal has every booking with its right outcome. A debit that was lost with an older copy may instead be refused,
    /// and not sent.
    fn lost(&mut self, world: &World, last: &HashMap<String, Listed>) {
        let mut said: HashMap<String, String> = HashMap::new();
        for line in &world.log {
            if let Line::Said(line) = line {
                said.insert(line.key(), format!("{}{}", line.outcome, line.code));
            }
        }
        for (reference, booking) in world.bank.bookings() {
            let key = format!("dmt.transfer:{reference}");
            let truth = State::of_tx_status(i64::from(booking.tx_status));
            let known = last.get(&key).map(|listed| listed.outcome.as_str());
            let refused = world.lost.contains(&key) && said.get(&key).is_some_and(|said| said == "journal.behind");
            if known != Some(truth.as_str()) && !refused {
                self.lost.push(format!(
                    "{reference} is {} and known as {known:?}, {:?}",
                    truth.as_str(),
                    said.get(&key)
                ));
            }
            let key = format!("refund:{}", booking.tid);
            let refund = last.get(&key).filter(|_| !world.lost.contains(&key));
            if refund.is_some_and(|refund| (refund.outcome == "refunded") != (booking.refunds == 1)) {
                self.lost.push(format!("the refund of {reference} is {refund:?}, the bank has {booking:?}"));
            }
        }
        for listed in last.values().filter(|listed| listed.op == "dmt.transfer") {
            if world.bank.booking(&listed.reference).is_none() && listed.outcome != "notSent" {
                self.lost.push(format!("{} is {} and not booked", listed.reference, listed.outcome));
            }
        }
    }

    /// Checks that a settled or refunded debit is never reported as not sent or as reusable.
    fn contradicting(&mut self, world: &World) {
        for (key, what) in &world.contradicting {
            let of = |line: &&Line| format!("{line:?}").contains(key.rsplit_once(':').unwrap().1);
            let trail: Vec<_> = world.log.iter().filter(of).collect();
            self.contradicting.push(format!("{what}; all that was said: {trail:#?}"));
        }
        let mut done = HashSet::new();
        for line in &world.log {
            let (key, outcome, reusable, listed) = match line {
                Line::Said(said) => (said.key(), &said.outcome, said.reusable, false),
                Line::Listed(listed) => (listed.key(), &listed.outcome, listed.reusable, true),
                Line::Begun(_) | Line::Listing => continue,
            };
            // After an older copy was restored, the list may be as old as the copy.
            if listed && world.lost.contains(&key) {
                continue;
            }
            if done.contains(&key) && (outcome == "notSent" || reusable) {
                self.contradicting.push(format!("{key} was done and is told as {outcome}, reusable: {reusable}"));
            }
            if matches!(outcome.as_str(), "settled" | "refunded") {
                done.insert(key);
            }
        }
    }
}

/// The sum over all worlds.
#[derive(Default)]
pub struct Total {
    verdict: Verdict,
    counts: BTreeMap<&'static str, usize>,
}

impl Total {
    pub fn add(&mut self, world: &World) {
        let of = verdict(world);
        let own =
            |list: Vec<String>| list.into_iter().map(|what| format!("{}: {what}", world.name)).collect::<Vec<_>>();
        let all = &mut self.verdict;
        all.doubled.extend(own(of.doubled));
        all.lost.extend(own(of.lost));
        all.contradicting.extend(own(of.contradicting));
        all.booked += of.booked;
        all.refunded += of.refunded;
        all.reopened += of.reopened;
        all.replaced += of.replaced;
        of.states.into_iter().for_each(|(state, count)| *all.states.entry(state).or_default() += count);
        let counts = world.counts.clone().into_iter().chain(world.bank.counts());
        counts.for_each(|(what, count)| *self.counts.entry(what).or_default() += count);
    }

    /// # Panics
    /// If a debit was doubled, lost or contradicted, or if a fault that the test should cause never happened.
    pub fn judge(&self, worlds: usize, lives: usize) {
        let Verdict { doubled, lost, contradicting, booked, refunded, states, reopened, replaced } = &self.verdict;
        println!("{worlds} worlds: {:?}", self.counts);
        println!(
            "{booked} debits in the ledgers, {refunded} refunds; in the journals {states:?}, {replaced} replaced, {reopened} opened again; \
             {} lost, {} doubled, {} contradicting",
            lost.len(),
            doubled.len(),
            contradicting.len()
        );
        let wrong = [("doubled", doubled), ("lost", lost), ("contradicting", contradicting)];
        let wrong: Vec<_> = wrong.into_iter().filter(|(_, what)| !what.is_empty()).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        let least = [
            ("lives", worlds * lives),
            ("kills", worlds * lives / 2),
            ("freezes", 2),
            ("frozen between reservation and request", 1),
            ("full disks", 1),
            ("refused for want of disk", 1),
            ("restored copies", 2),
            ("lost with the copy", 2),
            ("refused behind a restored copy", 20),
            ("answered", 20),
            ("answered late", 2),
            ("its answer was lost", 2),
            ("never answered", 2),
            ("booked late", 2),
            ("taken and forgotten", 2),
            ("refused before work", 2),
            ("booked after silence had ended them", 1),
        ];
        for (what, least) in least {
            let seen = self.counts.get(what).copied().unwrap_or_default();
            assert!(seen >= least, "{what}: {seen} times, and {least} were wanted");
        }
        let enough = *booked >= worlds * lives * 3 && *refunded >= worlds && *replaced >= 2 && *reopened >= 1;
        assert!(enough, "too little has happened");
    }
}
