//! Stand-ins, to be replaced by crate::client and crate::clock.
#![allow(missing_docs, dead_code, unused_variables, clippy::unused_async)]
use crate::error::{Code, Error};
use crate::secret::Secret;
use crate::sign::Timestamp;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

pub struct Config {
    pub developer_key: Secret,
    pub access_key: Secret,
    pub initiator_id: Option<String>,
    pub user_code: Option<String>,
    pub environment: Option<Environment>,
    pub base_url: Option<String>,
    pub legacy_base_url: Option<String>,
    pub ca: Option<String>,
    pub proxy: Option<String>,
    pub deadline: Option<Duration>,
}
impl Config {
    pub fn new(developer_key: Secret, access_key: Secret) -> Self {
        Self {
            developer_key,
            access_key,
            initiator_id: None,
            user_code: None,
            environment: None,
            base_url: None,
            legacy_base_url: None,
            ca: None,
            proxy: None,
            deadline: None,
        }
    }
}
pub enum Environment {
    Uat,
    Production,
}
#[derive(Clone)]
pub struct Client(std::sync::Arc<()>);
pub struct Answer(String);
impl Answer {
    pub fn to_json(&self) -> String {
        self.0.clone()
    }
}
pub struct HttpAnswer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}
impl Client {
    pub fn new(config: Config) -> Result<Client, Error> {
        Ok(Self(Default::default()))
    }
    pub async fn call(&self, op: &str, params: &str, options: CallOptions) -> Result<Answer, Error> {
        if op == "panic" {
            panic!("stub")
        }
        if let Some(abort) = options.abort {
            abort.0.notified().await;
            return Err(Error::new(Code::Aborted, "aborted"));
        }
        if let Some(d) = options.deadline {
            tokio::time::sleep(d).await;
        }
        Ok(Answer(format!(
            r#"{{"outcome":"other","meta":{{"httpStatus":200,"attempts":1,"durationMs":1}},"raw":{params:?}}}"#
        )))
    }
    pub fn prepare(&self, op: &str, params: &str) -> Result<Answer, Error> {
        Ok(Answer(r#"{"method":"GET","url":"http://x","headers":{"secret-key":"x"},"body":null}"#.into()))
    }
    pub fn interpret(&self, op: &str, answer: HttpAnswer) -> Result<Answer, Error> {
        Ok(Answer(r#"{"outcome":"other"}"#.into()))
    }
}
#[derive(Default, Clone)]
pub struct CallOptions {
    pub deadline: Option<Duration>,
    pub abort: Option<Abort>,
}
#[derive(Clone)]
pub struct Abort(std::sync::Arc<tokio::sync::Notify>);
impl Abort {
    pub fn new() -> Self {
        Self(Default::default())
    }
    pub fn abort(&self) {
        self.0.notify_one()
    }
}
pub struct KeyClock;
static LAST: AtomicU64 = AtomicU64::new(0);
impl KeyClock {
    pub fn of(_: &str) -> Self {
        Self
    }
    pub fn take(&self, now: u64) -> Result<Timestamp, Duration> {
        let mut last = LAST.load(Ordering::Relaxed);
        loop {
            let next = now.max(last + 1);
            match LAST.compare_exchange(last, next, Ordering::SeqCst, Ordering::SeqCst) {
                Ok(_) => return Timestamp::from_millis(next).map_err(|_| Duration::MAX),
                Err(l) => last = l,
            }
        }
    }
}
pub fn now_ms() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_millis() as u64)
}
pub fn exhausted(wait: Duration) -> Error {
    Error::new(Code::TimestampExhausted, "x")
}
