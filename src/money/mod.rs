//! Money: intents, the journal and the resolver. Everything a debit needs and a read does not.

mod account;
mod callback;
mod claim;
mod entry;
mod evidence;
mod journal;
mod judge;
mod outside;
mod schedule;
#[cfg(feature = "journal-sqlite")]
mod sqlite;
mod state;
mod store;

pub use account::Account;
pub(crate) use account::PRODUCTION;
pub use callback::Callback;
pub use entry::{Entry, Intent, Key, Known, PhaseText};
pub use evidence::{Evidence, MoneyAnswer};
pub use journal::{Journal, Reservation};
pub(crate) use judge::{Expected, Judgement, answered, found, is_nothing, refused, twice, unanswered};
#[doc(hidden)]
pub use outside::{Judged, judged};
pub use schedule::{Absence, Schedule};
#[cfg(feature = "journal-sqlite")]
pub use sqlite::SqliteStore;
pub use state::State;
pub use store::{Pending, Row, Store, StoreError};
