//! Money: intents, the journal and the resolver. Everything a debit needs and a read does not.

mod callback;
mod entry;
mod evidence;
mod journal;
mod judge;
mod schedule;
#[cfg(feature = "journal-sqlite")]
mod sqlite;
mod state;
mod store;

pub use callback::Callback;
pub use entry::{Entry, Intent, Key, Known, PhaseText};
pub use evidence::{Evidence, MoneyAnswer};
pub use journal::{Journal, Reservation};
pub(crate) use judge::{Expected, Judgement, answered, refused, twice, unanswered};
pub use schedule::{Absence, Schedule};
#[cfg(feature = "journal-sqlite")]
pub use sqlite::SqliteStore;
pub use state::State;
pub use store::{Pending, Row, Store, StoreError};
