//! The options of `new EkoClient(...)`. JavaScript has already checked their names and types.

use super::env_state::EngineHandle;
use super::store::JsStore;
use super::text::internal;
use crate::client::{Client, Config, Environment};
use crate::error::Error;
use crate::money::{JournalConfig, Schedule};
use crate::secret::Secret;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Options {
    developer_key: String,
    initiator_id: Option<String>,
    user_code: Option<String>,
    environment: Option<EnvironmentName>,
    base_url: Option<String>,
    legacy_base_url: Option<String>,
    ca: Option<String>,
    proxy: Option<String>,
    deadline_ms: Option<i64>,
    journal: Option<JournalOption>,
    resolver: Option<bool>,
    schedule: Option<Times>,
    max_debits: Option<i64>,
    max_inquiries: Option<i64>,
    inquiry_user_code: Option<bool>,
    /// References of debits that EPS has booked, one per operation. An inquiry about such a debit checks that EPS finds booked debits.
    known_references: Option<BTreeMap<String, String>>,
    alarm_after_ms: Option<i64>,
    stamp_folder: Option<PathBuf>,
    lane: Option<Lane>,
}

/// Share `index` of `of` equal shares of the timestamps (in milliseconds). Machines with different shares never sign the same timestamp.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lane {
    index: u32,
    of: u32,
}

/// Settings of the inquiry schedule. Omitted settings keep their defaults.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Times {
    minutely_until_ms: Option<i64>,
    slow_ms: Option<i64>,
    not_found_count: Option<i64>,
    not_found_spread_ms: Option<i64>,
}

/// Converts a number that JavaScript passed. A negative number, or a number that does not fit the type `T`, becomes `most`. [`Client::new`]
/// refuses numbers that are out of range.
fn natural<T: TryFrom<u64>>(number: i64, most: T) -> T {
    u64::try_from(number).ok().and_then(|number| T::try_from(number).ok()).unwrap_or(most)
}

impl Times {
    fn schedule(&self) -> Schedule {
        let usual = Schedule::default();
        let given = |number: Option<i64>, usual| number.map_or(usual, |number| natural(number, u64::MAX));
        Schedule {
            minutely_until_ms: given(self.minutely_until_ms, usual.minutely_until_ms),
            slow_ms: given(self.slow_ms, usual.slow_ms),
            not_found_count: self.not_found_count.map_or(usual.not_found_count, |count| natural(count, u32::MAX)),
            not_found_spread_ms: given(self.not_found_spread_ms, usual.not_found_spread_ms),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
enum JournalOption {
    File {
        path: PathBuf,
        create: bool,
        accept_volatile: Option<String>,
    },
    Off(String),
    Store {
        /// Id of the JavaScript listener that receives the method calls to the store.
        id: u32,
        shared_by_machines: bool,
    },
}

/// New client, and the time at which its background resolver starts.
pub(super) struct Configured {
    pub(super) client: Client,
    pub(super) resolver: Resolver,
}

/// Time at which the background resolver, which asks EPS about unresolved debits, starts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Resolver {
    /// Starts at once, because the journal that the application named may contain open debits of an earlier process.
    Now,
    /// Starts at the first use of the journal, so that a process that only reads data from EPS never accesses a disk.
    Later,
    /// Never starts.
    Never,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum EnvironmentName {
    Uat,
    Production,
}

/// Creates a client from its options in JSON.
pub(super) fn client(access_key: Secret, json: &str, shared: &Arc<EngineHandle>) -> Result<Configured, Error> {
    // `js/client/options.ts` writes the options, so options that cannot be parsed are a bug in this library.
    let options: Options = serde_json::from_str(json).map_err(|_| internal())?;
    let mut config = Config::new(Secret::new(options.developer_key), access_key);
    config.initiator_id = options.initiator_id;
    config.user_code = options.user_code;
    config.environment = options.environment.map(|name| match name {
        EnvironmentName::Uat => Environment::Uat,
        EnvironmentName::Production => Environment::Production,
    });
    config.base_url = options.base_url;
    config.legacy_base_url = options.legacy_base_url;
    config.ca = options.ca;
    config.proxy = options.proxy;
    let ms = |number| Duration::from_millis(natural(number, u64::MAX));
    config.deadline = options.deadline_ms.map(ms);
    let resolver = match (options.resolver, &options.journal) {
        (Some(false), _) | (_, Some(JournalOption::Off(_))) => Resolver::Never,
        (_, Some(JournalOption::File { .. } | JournalOption::Store { .. })) => Resolver::Now,
        (_, None) => Resolver::Later,
    };
    config.schedule = options.schedule.as_ref().map(Times::schedule);
    config.max_debits = options.max_debits.map_or(config.max_debits, |most| natural(most, usize::MAX));
    config.max_inquiries = options.max_inquiries.map_or(config.max_inquiries, |most| natural(most, usize::MAX));
    config.inquiry_user_code = options.inquiry_user_code.unwrap_or(false);
    config.known_references = options.known_references.unwrap_or_default();
    config.alarm_after = options.alarm_after_ms.map_or(config.alarm_after, ms);
    config.stamp_folder = options.stamp_folder;
    config.lane = options.lane.map(|Lane { index, of }| (index, of));
    config.journal = options.journal.map(|journal| match journal {
        JournalOption::File { path, create, accept_volatile } => {
            JournalConfig::FileWith { path, create, accept_volatile }
        }
        JournalOption::Off(risk) => JournalConfig::Off(risk),
        JournalOption::Store { id, shared_by_machines } => {
            JournalConfig::Store(Arc::new(JsStore::new(Arc::clone(shared), id, shared_by_machines)))
        }
    });
    Ok(Configured { client: Client::new(config)?, resolver })
}
