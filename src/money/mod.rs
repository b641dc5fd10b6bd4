//! Calls that move money. Calls that only read do not use this module.
//!
//! The modules, in the order in which a debit uses them: `reserve` writes the row of the debit durably, `send` sends the request,
//! `transition` decides what the result proves, `record` writes the decision to the journal, `inquire` and `resolver` ask EPS about open
//! debits, `finish` implements the calls with which the caller reads and changes the journal, and `retention` deletes old rows.

mod callback;
mod callbacks;
mod debit;
mod events;
mod finish;
mod inquire;
mod journal;
pub(crate) mod judged;
mod lanes;
mod lead;
mod ledger;
#[cfg(test)]
mod model;
#[cfg(test)]
mod numbers_tests;
mod outcome;
mod record;
mod reference;
mod reserve;
mod resolver;
mod retention;
mod schedule;
mod send;
mod state;
#[cfg(test)]
mod stub;
mod transition;

pub use callback::Callback;
pub use debit::Debit;
pub(crate) use events::Events;
pub use events::{Event, EventKind};
pub use journal::{
    Alarm, DebitKey, DueOrder, HistoryStep, JournalConfig, JournalEntry, Listing, Pending, RISK, Row, RowKind, Store,
    StoreError, StoreFailure, StoreTime, VOLATILE_RISK, Why,
};
pub(crate) use journal::{Entry, LazyJournal, ListingPage, OpenOptions, PRODUCTION};
#[cfg(feature = "journal-sqlite")]
pub use journal::{FileNotice, FileOptions, SqliteStore};
pub(crate) use ledger::{ALARM_AFTER, Ledger, MAX_DEBITS, MAX_INQUIRIES, MoneyOptions};
pub use outcome::{Evidence, MoneyOutcome};
pub use schedule::Schedule;
pub use send::DebitOptions;
pub(crate) use send::debit;
pub use state::State;
pub use transition::{Reason, TransactionView};
