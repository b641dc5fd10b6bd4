//! Moods of the bank: what it does with one request that it has received.

use std::hash::{DefaultHasher, Hash, Hasher};

/// What the bank does with one complete request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Answers,
    /// The debit is booked, and answered after so many milliseconds.
    AnswersLate(u64),
    /// The debit is booked, and the connection ends without an answer.
    LosesAnswer,
    /// The debit is booked, and the connection stays open without an answer.
    Silent,
    /// The connection ends, and the debit is booked after so many milliseconds.
    BooksLate(u64),
    /// The connection ends, and nothing is booked.
    Forgets,
    /// The first request for a debit is refused before any work, the next one is answered.
    RefusesOnce,
    RefusesOldStamp,
    RefusesSeenStamp,
}

impl Mood {
    pub const fn name(self) -> &'static str {
        match self {
            Mood::Answers => "answered",
            Mood::AnswersLate(_) => "answered late",
            Mood::LosesAnswer => "its answer was lost",
            Mood::Silent => "never answered",
            Mood::BooksLate(_) => "booked late",
            Mood::Forgets => "taken and forgotten",
            Mood::RefusesOnce => "refused before work",
            Mood::RefusesOldStamp => "refused as too old",
            Mood::RefusesSeenStamp => "refused as seen",
        }
    }
}

/// Chooses moods: the same one for the same seed and reference.
pub struct Moods {
    seed: u64,
    inquiries: fastrand::Rng,
}

impl Moods {
    pub fn new(seed: u64) -> Self {
        Self { seed, inquiries: fastrand::Rng::with_seed(seed) }
    }

    fn rng(&self, what: &str) -> fastrand::Rng {
        let mut hasher = DefaultHasher::new();
        (self.seed, what).hash(&mut hasher);
        fastrand::Rng::with_seed(hasher.finish())
    }

    pub fn of(&self, key: &str) -> Mood {
        let mut rng = self.rng(key);
        match rng.u8(0..100) {
            0..45 => Mood::Answers,
            45..55 => Mood::AnswersLate(rng.u64(5..60)),
            55..65 => Mood::LosesAnswer,
            65..70 => Mood::Silent,
            70..80 => Mood::BooksLate(rng.u64(20..300)),
            80..90 => Mood::Forgets,
            _ => Mood::RefusesOnce,
        }
    }

    /// Returns `tx_status` in the debit's own answer, and later in the answers to inquiries.
    pub fn states(&self, reference: &str) -> (u8, u8) {
        match self.rng(&format!("state of {reference}")).u8(0..100) {
            0..55 => (0, 0),
            55..65 => (2, 0),
            65..75 => (1, 1),
            75..85 => (2, 3),
            _ => (3, 3),
        }
    }

    /// Says whether the bank leaves this inquiry unanswered.
    pub fn is_busy(&mut self) -> bool {
        self.inquiries.u8(0..100) < 4
    }
}
