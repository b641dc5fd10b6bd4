//! The three classes of call, and what came of one.

use crate::metronome;
use crate::row::GRACE;
use eko_eps::client::JournalConfig;
use eko_eps::money::{MoneyAnswer, State};
use eko_eps::{Abort, Answer, CallOptions, Client, Config, Error};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

pub const ACCESS_KEY: &str = "canary-access-key-91c4";
const OTP: &str = "470281";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// `dmt.getSender`
    Read,
    /// `onboardCustomer`
    Step,
    /// `dmt.transfer`
    Debit,
}

pub const CLASSES: &[Class] = &[Class::Read, Class::Step, Class::Debit];

impl Class {
    pub fn name(self) -> &'static str {
        match self {
            Class::Read => "read",
            Class::Step => "step",
            Class::Debit => "debit",
        }
    }

    /// From the call to its end, where the caller says nothing.
    pub fn deadline(self) -> Duration {
        Duration::from_secs(match self {
            Class::Read => 30,
            Class::Step => 45,
            Class::Debit => 60,
        })
    }

    /// What EPS says when all is well.
    pub fn good(self) -> &'static str {
        match self {
            Class::Read => {
                r#"{"status":0,"response_status_id":-1,"response_type_id":309,"message":"ok","data":{"customer_id":"9123456789","name":"Asha"}}"#
            }
            Class::Step => {
                r#"{"status":2129,"response_status_id":1,"response_type_id":2129,"message":"ok","data":{"otp_ref_id":"abc"}}"#
            }
            Class::Debit => {
                r#"{"status":0,"response_status_id":0,"response_type_id":325,"message":"ok","data":{"tx_status":"0","tid":"12971397","amount":"100.0"}}"#
            }
        }
    }

    /// Another documented answer, to tell one call's answer from another's.
    pub fn stale(self) -> &'static str {
        match self {
            Class::Read | Class::Step => {
                r#"{"status":463,"response_status_id":1,"response_type_id":308,"message":"stale","data":{}}"#
            }
            Class::Debit => {
                r#"{"status":0,"response_type_id":325,"message":"stale","data":{"tx_status":"2","tid":"666"}}"#
            }
        }
    }

    fn params(self, reference: &str, long: bool) -> String {
        let line = format!(r#""{}""#, "x".repeat(200));
        let lines = vec![line.as_str(); if long { 40_000 } else { 1 }].join(",");
        match self {
            Class::Read => r#"{"customerId":"9123456789"}"#.into(),
            Class::Step => format!(
                r#"{{"customerId":"9123456789","name":"Asha","dob":"1990-05-15","residenceAddress":[{lines}],"clientRefId":"{reference}"}}"#
            ),
            Class::Debit => format!(
                r#"{{"recipientId":"117015428","amount":"100","customerId":"9000000003","otp":"{OTP}","otpRefId":"667007109","clientRefId":"{reference}"}}"#
            ),
        }
    }
}

/// Where a client is to call.
#[derive(Clone, Default)]
pub struct Target {
    pub base_url: String,
    pub ca: Option<String>,
    pub proxy: Option<String>,
}

/// A client with keys and a journal of its own.
pub struct Caller {
    pub client: Client,
    developer_key: String,
}

pub struct Seen {
    pub outcome: String,
    elapsed: Duration,
    settled: Instant,
    /// All that is printed of it.
    text: String,
    developer_key: String,
}

impl Caller {
    pub fn new(target: &Target) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let developer_key = format!("lab-developer-key-{number}");
        let mut config = Config::new(developer_key.clone(), ACCESS_KEY)
            .initiator_id("9962981729")
            .user_code("20810200")
            .base_url(target.base_url.clone())
            .journal(JournalConfig::File(directory().join(format!("{number}.sqlite"))));
        config.ca = target.ca.clone();
        config.proxy = target.proxy.clone();
        Self { client: Client::new(config).unwrap(), developer_key }
    }

    pub async fn call(&self, class: Class, reference: &str, deadline: Option<Duration>) -> Seen {
        self.call_with(class, reference, CallOptions { deadline, abort: None }, false).await
    }

    pub async fn abortable(&self, class: Class, abort: &Abort) -> Seen {
        self.call_with(class, "REF-1", CallOptions { deadline: None, abort: Some(abort.clone()) }, false).await
    }

    pub async fn call_with(&self, class: Class, reference: &str, options: CallOptions, long: bool) -> Seen {
        let params = class.params(reference, long);
        let begun = Instant::now();
        let (outcome, text) = match class {
            Class::Read => plain(self.client.call("dmt.getSender", &params, options).await, false),
            Class::Step => plain(self.client.call("onboardCustomer", &params, options).await, true),
            Class::Debit => {
                let answer = self.client.debit("dmt.transfer", &params, options).await.unwrap();
                (money(&answer), format!("{answer:?} {:?}", answer.error.as_ref().map(ToString::to_string)))
            }
        };
        Seen {
            outcome,
            text,
            elapsed: begun.elapsed(),
            settled: Instant::now(),
            developer_key: self.developer_key.clone(),
        }
    }
}

impl Seen {
    /// Whether it settled after its deadline, beside what the machine itself was late.
    pub fn late(&self, deadline: Duration) -> Option<String> {
        let over = self.elapsed.checked_sub(deadline + GRACE)?;
        let excused = metronome::lateness(self.settled - over - GRACE);
        (over > excused).then(|| format!("settled after {:?}, the machine was late by {excused:?}", self.elapsed))
    }

    /// The secrets that can be read in what was printed; `signatures` is what the server got.
    pub fn leaks(&self, signatures: &[String]) -> Vec<String> {
        let secrets = [ACCESS_KEY, OTP, &self.developer_key].map(str::to_owned);
        secrets.into_iter().chain(signatures.iter().cloned()).filter(|secret| self.text.contains(secret)).collect()
    }
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

fn money(answer: &MoneyAnswer) -> String {
    let work = if answer.state == State::Declined && answer.reusable { " before work" } else { "" };
    let why = match (&answer.contradiction, &answer.error) {
        (Some(_), _) => " (contradiction)".to_owned(),
        (None, Some(error)) => format!(" ({})", error.code().as_str()),
        (None, None) => String::new(),
    };
    format!("{}{work}{why}", answer.state.as_str())
}

/// The journals of this run: in memory where the system has a place for that, for a busy disk would be measured as lateness.
pub fn directory() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    let directory = if memory.is_dir() { memory } else { PathBuf::from(env!("CARGO_TARGET_TMPDIR")) };
    let directory = directory.join(format!("faults-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    directory
}
