//! A merchant's client with a store in memory, and a server that plays EPS: it answers debits in order, and inquiries by their reference or
//! tid.

use super::memory::Memory;
use super::{PlainServer, Received, Reply, next};
use eko_eps::money::{
    DebitKey, DebitOptions, Event, EventKind, JournalConfig, JournalEntry, MoneyOutcome, Schedule, State,
};
use eko_eps::{Client, Config, Error};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use tokio::sync::broadcast::Receiver;

pub const INITIATOR: &str = "9962981729";
/// EPS's answer about a reference that it does not have.
pub const NOT_FOUND: &str = r#"{"status":1,"response_status_id":-1,"message":"none","data":{}}"#;
/// EPS's refusal of a timestamp that is too far off, or was used before.
pub const SEEN: &str = r#"{"status":2485,"response_type_id":2485,"response_status_id":1}"#;
/// A reference that EPS has booked, and its tid.
pub const KNOWN: (&str, &str) = ("KNOWN-1", "4242");

pub fn json(body: impl Into<String>) -> Reply {
    Reply::Json(200, body.into())
}

/// EPS's answer to an inquiry.
pub fn inquired(reference: &str, tid: &str, tx_status: &str) -> Reply {
    json(format!(
        r#"{{"status":0,"response_type_id":1472,"message":"x","data":{{"tx_status":"{tx_status}","tid":"{tid}","client_ref_id":"{reference}","amount":"100.0"}}}}"#
    ))
}

/// EPS's refusal of a timestamp, with a `Date` that is so many seconds ahead of our clock.
pub fn stamp_refused(ahead: i64) -> Reply {
    let (now, shift) = (SystemTime::now(), Duration::from_secs(ahead.unsigned_abs()));
    let date = httpdate::fmt_http_date(if ahead < 0 { now - shift } else { now + shift });
    let (head, length) = (format!("HTTP/1.1 401 X\r\ndate: {date}\r\n"), SEEN.len());
    Reply::Raw(format!("{head}content-length: {length}\r\n\r\n{SEEN}").into())
}

/// EPS's answer to a transfer.
pub fn answered(reference: &str, tid: &str, tx_status: &str) -> Reply {
    json(format!(
        r#"{{"status":0,"response_status_id":0,"response_type_id":325,"message":"x","data":{{"tx_status":"{tx_status}","tid":"{tid}","client_ref_id":"{reference}","amount":"100.0"}}}}"#
    ))
}

pub fn transfer(reference: &str) -> String {
    format!(
        r#"{{"recipientId":"117015428","amount":"100","customerId":"9000000003","otp":"4702","otpRefId":"667007109","clientRefId":"{reference}"}}"#
    )
}

/// Returns options with this deadline, in milliseconds.
pub fn within(deadline_ms: u64) -> DebitOptions {
    let mut options = DebitOptions::default();
    options.deadline = Some(Duration::from_millis(deadline_ms));
    options
}

pub fn retry_of(reference: &str) -> DebitOptions {
    let mut options = DebitOptions::default();
    options.retry_of = Some(reference.to_owned());
    options
}

/// Returns a schedule by which silence is short: two "not found" within a minute of the store's clock, which a test turns itself.
pub fn quick() -> Schedule {
    let mut schedule = Schedule::default();
    (schedule.not_found_count, schedule.not_found_spread_ms) = (2, 60_000);
    schedule
}

pub fn key(reference: &str) -> DebitKey {
    DebitKey { op: "dmt.transfer".into(), reference: reference.into() }
}

/// Returns the key of a transfer's row.
pub fn row_key(reference: &str) -> String {
    format!("dmt.transfer:{reference}")
}

/// The answers of EPS in a test. Clones share them.
#[derive(Clone, Default)]
pub struct Eps(Arc<Mutex<Says>>);

#[derive(Default)]
struct Says {
    debits: VecDeque<Reply>,
    inquiries: HashMap<String, VecDeque<Reply>>,
    otherwise: VecDeque<Reply>,
}

impl Eps {
    /// Answers debits in this order, and repeats the last. An inquiry finds only [`KNOWN`].
    pub fn new(debits: impl IntoIterator<Item = Reply>) -> Self {
        let eps = Self::default();
        eps.debits(debits);
        eps.says(KNOWN.0, [inquired(KNOWN.0, KNOWN.1, "0")]);
        eps.otherwise([json(NOT_FOUND)]);
        eps
    }

    pub fn debits(&self, replies: impl IntoIterator<Item = Reply>) {
        self.0.lock().unwrap().debits = replies.into_iter().collect();
    }

    /// Sets the answers to inquiries for this reference or tid.
    pub fn says(&self, asked: &str, replies: impl IntoIterator<Item = Reply>) {
        self.0.lock().unwrap().inquiries.insert(asked.to_owned(), replies.into_iter().collect());
    }

    /// Sets the answers to inquiries for any other reference or tid.
    pub fn otherwise(&self, replies: impl IntoIterator<Item = Reply>) {
        self.0.lock().unwrap().otherwise = replies.into_iter().collect();
    }

    fn answer(&self, request: &Received) -> Reply {
        let mut says = self.0.lock().unwrap();
        let Some(asked) = request.asks_for() else { return next(&mut says.debits).unwrap_or(Reply::Close) };
        let known = says.inquiries.get_mut(asked).and_then(next);
        known.or_else(|| next(&mut says.otherwise)).unwrap_or(Reply::Close)
    }
}

pub struct Shop {
    pub eps: Eps,
    pub server: PlainServer,
    pub store: Memory,
    pub client: Client,
    name: String,
}

impl Shop {
    /// Opens a shop. `name` is in its developer key: clients with the same key share timestamps and what EPS said about them.
    pub async fn open(name: &str, debits: impl IntoIterator<Item = Reply>) -> Self {
        Self::with(name, debits, |config| config.known_reference("dmt.transfer", KNOWN.0)).await
    }

    pub async fn with(name: &str, debits: impl IntoIterator<Item = Reply>, more: impl Fn(Config) -> Config) -> Self {
        let eps = Eps::new(debits);
        let answering = eps.clone();
        let server = PlainServer::answering(move |request| answering.answer(request)).await;
        let (store, name) = (Memory::new(), format!("shop-{name}"));
        let client = client(&name, &server, &store, more);
        Self { eps, server, store, client, name }
    }

    /// Returns a client as another process of the same merchant would have it.
    pub fn another(&self, more: impl Fn(Config) -> Config) -> Client {
        client(&self.name, &self.server, &self.store, more)
    }

    pub async fn debit(&self, reference: &str) -> Result<MoneyOutcome, Error> {
        self.client.debit_by_name("dmt.transfer", &transfer(reference), DebitOptions::default()).await
    }

    pub async fn resolve(&self, reference: &str) -> JournalEntry {
        self.client.resolve(&key(reference)).await.unwrap()
    }

    /// Returns the references and tids of all inquiries, in order; a made-up reference is `?`.
    pub fn asked(&self) -> Vec<String> {
        let names = self.store.rows();
        let is_ours = |asked: &str| {
            asked == KNOWN.0
                || asked.bytes().all(|byte| byte.is_ascii_digit())
                || names.iter().any(|row| row.key.ends_with(&format!(":{asked}")))
        };
        let received = self.server.received();
        let asked = received.iter().filter_map(Received::asks_for);
        asked.map(|asked| if is_ours(asked) { asked.to_owned() } else { "?".to_owned() }).collect()
    }

    /// Returns the number of debits that the server got.
    pub fn posts(&self) -> usize {
        self.server.received().iter().filter(|request| request.asks_for().is_none()).count()
    }

    /// Returns the reasons of the alarms in the journal, the oldest first.
    pub async fn alarms(&self) -> Vec<String> {
        let page = self.client.alarms(None, 100).await.unwrap();
        page.items.into_iter().map(|alarm| alarm.reason).collect()
    }
}

fn client(name: &str, server: &PlainServer, store: &Memory, more: impl Fn(Config) -> Config) -> Client {
    let config = Config::new(name, "access").initiator_id(INITIATOR).base_url(server.base_url());
    Client::new(more(config.journal(JournalConfig::Store(Arc::new(store.clone()))))).unwrap()
}

/// Returns the events so far.
pub fn told(events: &mut Receiver<Event>) -> Vec<(EventKind, Option<&'static str>)> {
    std::iter::from_fn(|| events.try_recv().ok()).map(|event| (event.kind, event.reason)).collect()
}

/// Opens a shop with a debit whose answer was lost.
pub async fn lost(name: &str) -> Shop {
    let shop = Shop::open(&format!("resolver-{name}"), [Reply::Close]).await;
    assert_eq!(shop.debit("REF-1").await.unwrap().outcome, State::Indeterminate);
    shop
}

pub async fn listed(shop: &Shop) -> Vec<JournalEntry> {
    shop.client.unresolved(None, 100).await.unwrap().items
}

/// Ends a debit by silence (enough "not found" for long enough), with the numbers of the default schedule.
pub async fn silence(shop: &Shop, reference: &str) -> JournalEntry {
    for _ in 0..3 {
        shop.resolve(reference).await;
        shop.store.minutes(5);
    }
    let ended = shop.resolve(reference).await;
    assert_eq!((ended.outcome, ended.spent), (State::NotSent, true));
    ended
}

pub const ROUND: [&str; 4] = [KNOWN.0, "?", "REF-1", KNOWN.0];
