//! Calls through the crate in this process, and the part of this program that makes calls for another process.

use crate::call::{ACCESS_KEY, Target};
use crate::class::Class;
use crate::process::{Through, through};
use eko_eps::money::{DebitKey, DebitOptions, Event, JournalConfig, MoneyOutcome, State};
use eko_eps::{Answer, CallOptions, CancellationToken, Client, Config, Error};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::BufRead;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::broadcast::Receiver;

pub struct Rust {
    client: Client,
    events: Mutex<Receiver<Event>>,
}

impl Rust {
    pub fn new(developer_key: &str, target: &Target) -> Self {
        let mut config = Config::new(developer_key, ACCESS_KEY)
            .initiator_id("9962981729")
            .user_code("20810200")
            .base_url(target.base_url.clone())
            .journal(JournalConfig::File(target.journal.clone().unwrap()));
        match through() {
            #[cfg(feature = "reqwest")]
            Through::Reqwest => config = config.reqwest(over_reqwest(target)),
            _ => {
                config.ca = target.ca.clone();
                config.proxy = target.proxy.clone();
            }
        }
        let client = Client::new(config).unwrap();
        Self { events: Mutex::new(client.events()), client }
    }

    pub async fn call(
        &self,
        class: Class,
        reference: &str,
        deadline: Option<Duration>,
        abort: Option<CancellationToken>,
        lines: usize,
    ) -> Value {
        let params = class.params(reference, lines);
        let mut options = CallOptions::default();
        (options.deadline, options.abort) = (deadline, abort);
        let begun = Instant::now();
        let (outcome, text) = match class {
            Class::Read => plain(self.client.call("dmt.getSender", &params, options).await, false),
            Class::Step => plain(self.client.call("onboardCustomer", &params, options).await, true),
            Class::Debit => match self.client.debit_by_name("dmt.transfer", &params, of_debit(options)).await {
                Ok(answer) => {
                    (money(&answer), format!("{answer:?} {:?}", answer.error.as_ref().map(ToString::to_string)))
                }
                Err(error) => (format!("refused {}", error.code().as_str()), format!("{error:?} {error}")),
            },
        };
        let elapsed = begun.elapsed().as_secs_f64() * 1_000.0;
        json!({ "outcome": outcome, "text": format!("{text} {:?}", self.client), "elapsedMs": elapsed })
    }

    pub async fn resolve(&self, reference: &str) -> Value {
        let key = DebitKey { op: "dmt.transfer".into(), reference: reference.into() };
        let entry = self.client.resolve(&key).await.unwrap();
        let mut events = self.events.lock().unwrap();
        let news = std::iter::from_fn(|| events.try_recv().ok());
        let news: Vec<_> = news.map(|event| format!("{:?}", event.kind).to_lowercase()).collect();
        json!({ "outcome": entry.outcome.as_str(), "news": news })
    }

    pub async fn unresolved(&self) -> Value {
        let open = self.client.unresolved(None, 1_000).await.unwrap().items.into_iter();
        let open = open.map(|entry| format!("{} {}", entry.reference, entry.outcome.as_str()));
        json!({ "open": open.collect::<Vec<_>>() })
    }
}

/// Returns a `ReqwestTransport` as a program with its own CA and proxy would set it up.
#[cfg(feature = "reqwest")]
fn over_reqwest(target: &Target) -> eko_eps::ReqwestTransport {
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    let mut roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let own = target.ca.iter().flat_map(|pem| CertificateDer::pem_slice_iter(pem.as_bytes()));
    roots.add_parsable_certificates(own.map(Result::unwrap));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let builder = reqwest::ClientBuilder::new()
        .connect_timeout(Duration::from_millis(3_100))
        .tls_backend_preconfigured(tls.with_root_certificates(roots).with_no_client_auth());
    let builder = match &target.proxy {
        Some(proxy) => builder.proxy(reqwest::Proxy::all(proxy).unwrap()),
        None => builder.no_proxy(),
    };
    eko_eps::ReqwestTransport::from_builder(builder).unwrap()
}

fn plain(result: Result<Answer, Error>, tell: bool) -> (String, String) {
    match result {
        Ok(answer) => (answer.outcome.to_owned(), format!("{answer:?}")),
        Err(error) => {
            let sent = if tell && error.maybe_sent() { ", maybe sent" } else { "" };
            (format!("error {}{sent}", error.code().as_str()), format!("{error:?} {error}"))
        }
    }
}

fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    now.as_millis() as u64
}

fn of_debit(options: CallOptions) -> DebitOptions {
    let mut of_debit = DebitOptions::default();
    (of_debit.deadline, of_debit.abort) = (options.deadline, options.abort);
    of_debit
}

fn money(answer: &MoneyOutcome) -> String {
    let work = if answer.outcome == State::Declined && answer.reusable { " before work" } else { "" };
    let why = match (&answer.contradiction, &answer.error) {
        (Some(_), _) => " (contradiction)".to_owned(),
        (None, Some(error)) => format!(" ({})", error.code().as_str()),
        (None, None) => String::new(),
    };
    // Only answered debits are looked at. Their schedule puts the first inquiry at least a second later, so one that is due now is asked
    // about at once.
    let due = answer.meta.is_some() && answer.next_inquiry_ms.is_some_and(|due_ms| due_ms <= now_ms());
    let asked = if due { ", asked about at once" } else { "" };
    format!("{}{work}{why}{asked}", answer.outcome.as_str())
}

/// Carries out orders in lines of JSON, as `__test__/faults/caller.mjs` does, until there are no more.
#[tokio::main]
pub async fn serve() {
    let (sender, mut lines) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || std::io::stdin().lock().lines().try_for_each(|line| sender.send(line.unwrap())));
    let mut clients: HashMap<u64, Arc<Rust>> = HashMap::new();
    while let Some(line) = lines.recv().await {
        let order: Value = serde_json::from_str(&line).unwrap();
        let number = order["client"].as_u64().unwrap();
        match order["do"].as_str().unwrap() {
            "new" => {
                let text = |name: &str| order["options"][name].as_str().map(str::to_owned);
                let target = Target {
                    base_url: text("baseUrl").unwrap(),
                    ca: text("ca"),
                    proxy: text("proxy"),
                    journal: text("journal").map(Into::into),
                };
                clients.insert(number, Arc::new(Rust::new(&text("developerKey").unwrap(), &target)));
            }
            "close" => drop(clients.remove(&number)),
            _ => drop(tokio::spawn(answer(clients[&number].clone(), order))),
        }
    }
}

async fn answer(rust: Arc<Rust>, order: Value) {
    let reference = order["reference"].as_str().unwrap_or_default();
    let mut answer = match order["do"].as_str().unwrap() {
        "unresolved" => rust.unresolved().await,
        "resolve" => rust.resolve(reference).await,
        "call" => {
            let class = Class::of(order["class"].as_str().unwrap());
            let deadline = order["deadlineMs"].as_u64().map(Duration::from_millis);
            let lines = order["lines"].as_u64().unwrap() as usize;
            rust.call(class, reference, deadline, None, lines).await
        }
        other => panic!("no such order: {other}"),
    };
    answer["id"] = order["id"].clone();
    println!("{answer}");
}
