//! Options of a client, and the checks of each option.

use crate::api::generated::ENDPOINTS;
use crate::call::Env;
use crate::catalog::Effect;
use crate::clock::Lanes;
use crate::error::{Code, Error};
use crate::money::{ALARM_AFTER, JournalConfig, MAX_DEBITS, MAX_INQUIRIES, Schedule};
use crate::secret::Secret;
#[cfg(feature = "reqwest")]
use crate::transport::ReqwestTransport;
use crate::transport::{ClientTransport, DirectTransport};
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;
use url::{Host, Url};

/// Environment of EPS. A key pair is valid in only one environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Environment {
    /// Test environment (UAT). It accepts requests from every IP address.
    Uat,
    /// Production environment. It accepts requests only from Indian IP addresses that EPS has listed.
    Production,
}

impl Environment {
    /// Returns the base URL of the environment. Both the host and the first path segment differ between the environments.
    pub const fn base_url(self) -> &'static str {
        match self {
            Environment::Uat => "https://staging.eko.in/ekoapi/v3",
            Environment::Production => "https://api.eko.in/ekoicici/v3",
        }
    }
}

/// Options of a client. Exactly one of `environment` and `base_url` is required.
#[derive(Clone)]
#[non_exhaustive]
pub struct Config {
    /// Static API key that EPS issued to the account.
    pub developer_key: Secret,
    /// Access key for signatures, which EPS issued together with the developer key.
    pub access_key: Secret,
    /// Registered mobile number of the API user. Calls that need an initiator id send it.
    pub initiator_id: Option<String>,
    /// User code of the retailer or agent. Calls that need a user code send it.
    pub user_code: Option<String>,
    /// Environment that the client calls: UAT or production.
    pub environment: Option<Environment>,
    /// Custom base URL with the version path, such as `https://relay.example/ekoapi/v3`. Plain `http` is allowed only for loopback
    /// addresses.
    pub base_url: Option<String>,
    /// Base URL of the v1/v2 products. The default is the base URL with `v2` in place of `v3`.
    pub legacy_base_url: Option<String>,
    /// CA certificates to trust in addition to the Mozilla roots, in PEM format.
    pub ca: Option<String>,
    /// URL of a proxy. The default comes from environment variables such as `HTTPS_PROXY`.
    pub proxy: Option<String>,
    /// Deadline of calls that do not set a deadline, from 1 ms to one hour.
    pub deadline: Option<Duration>,
    /// Journal in which each debit is recorded before it is sent. Debits in production require a journal.
    pub journal: Option<JournalConfig>,
    /// Schedule of the inquiries about open debits. It also sets how long EPS must answer "no such transaction" before a debit ends as not
    /// sent.
    pub schedule: Option<Schedule>,
    /// Maximum number of debits that run at the same time. Further debits wait. From 1 to 10,000, 256 by default.
    pub max_debits: usize,
    /// Maximum number of inquiries that the resolver sends at the same time. From 1 to 1,000, 64 by default.
    pub max_inquiries: usize,
    /// True if inquiries include the user code. EPS's documentation does not say that inquiries need it.
    pub inquiry_user_code: bool,
    /// For each operation, the reference of one debit that EPS has booked. EPS's answer "no such transaction" about another debit is
    /// believed only if EPS finds this booked debit. Needed while the journal contains no booked debit.
    pub known_references: BTreeMap<String, String>,
    /// Age at which an open debit raises an alarm, from 1 ms to 31 days. One day by default.
    pub alarm_after: Duration,
    /// Folder in which the processes of this machine share the record of used timestamps. Containers that sign with the same developer key
    /// must mount the same folder.
    pub stamp_folder: Option<PathBuf>,
    /// Pair `(index, of)`. Of all millisecond timestamps, this client signs only those in share `index` of `of` equal shares, with `of`
    /// from 1 to 32 and `index` from 0 to `of - 1`. Needed if several machines sign with one key and cannot coordinate their timestamps.
    pub lane: Option<(u32, u32)>,
    /// Transport over reqwest, in place of connections that the client opens itself. With it, `ca` and `proxy` must not be set. reqwest
    /// uses the proxies of the environment variables even for a server on this machine, unless its `ClientBuilder` has `no_proxy`.
    #[cfg(feature = "reqwest")]
    pub reqwest: Option<ReqwestTransport>,
    pub(super) env: Env,
}

macro_rules! setters {
    ($($(#[doc = $doc:literal])+ $name:ident: $type:ty;)+) => {
        $($(#[doc = $doc])+ #[must_use] pub fn $name(mut self, $name: $type) -> Self { self.$name = Some($name.into()); self })+
    };
}

impl Config {
    /// Creates options with the two keys. The caller must also set `environment` or `base_url`.
    pub fn new(developer_key: impl Into<Secret>, access_key: impl Into<Secret>) -> Self {
        Self {
            developer_key: developer_key.into(),
            access_key: access_key.into(),
            initiator_id: None,
            user_code: None,
            environment: None,
            base_url: None,
            legacy_base_url: None,
            ca: None,
            proxy: None,
            deadline: None,
            journal: None,
            schedule: None,
            max_debits: MAX_DEBITS,
            max_inquiries: MAX_INQUIRIES,
            inquiry_user_code: false,
            known_references: BTreeMap::new(),
            alarm_after: ALARM_AFTER,
            stamp_folder: None,
            lane: None,
            #[cfg(feature = "reqwest")]
            reqwest: None,
            env: Env::default(),
        }
    }

    /// Replaces the system clock with a clock that the test sets.
    #[cfg(test)]
    pub(crate) fn at(mut self, now_ms: &std::sync::Arc<std::sync::atomic::AtomicU64>) -> Self {
        let now_ms = std::sync::Arc::clone(now_ms);
        self.env.now_ms = std::sync::Arc::new(move || now_ms.load(std::sync::atomic::Ordering::Relaxed));
        self
    }

    setters! {
        /// Sets the registered mobile number of the API user.
        initiator_id: impl Into<String>;
        /// Sets the user code of the retailer or agent.
        user_code: impl Into<String>;
        /// Sets the environment: UAT or production.
        environment: Environment;
        /// Sets a custom base URL.
        base_url: impl Into<String>;
        /// Sets the base URL of the v1/v2 products.
        legacy_base_url: impl Into<String>;
        /// Sets CA certificates to trust in addition to the Mozilla roots, in PEM format.
        ca: impl Into<String>;
        /// Sets the URL of a proxy.
        proxy: impl Into<String>;
        /// Sets the deadline of calls that do not set a deadline.
        deadline: Duration;
        /// Sets the journal in which each debit is recorded before it is sent.
        journal: JournalConfig;
        /// Sets the schedule of the inquiries about open debits.
        schedule: Schedule;
        /// Sets the folder in which the processes of this machine share the record of used timestamps.
        stamp_folder: impl Into<PathBuf>;
    }

    /// Sets which millisecond timestamps this client may sign: those in share `index` of `of` equal shares. The first share has the index
    /// 0.
    #[must_use]
    pub fn lane(mut self, index: u32, of: u32) -> Self {
        self.lane = Some((index, of));
        self
    }

    /// Sets the maximum number of debits that run at the same time.
    #[must_use]
    pub fn max_debits(mut self, most: usize) -> Self {
        self.max_debits = most;
        self
    }

    /// Sets the maximum number of inquiries that the resolver sends at the same time.
    #[must_use]
    pub fn max_inquiries(mut self, most: usize) -> Self {
        self.max_inquiries = most;
        self
    }

    /// Sets whether inquiries include the user code.
    #[must_use]
    pub fn inquiry_user_code(mut self, carried: bool) -> Self {
        self.inquiry_user_code = carried;
        self
    }

    /// Adds the reference of a debit that EPS has booked for this operation. Control inquiries ask EPS about this debit.
    #[must_use]
    pub fn known_reference(mut self, op: impl Into<String>, reference: impl Into<String>) -> Self {
        self.known_references.insert(op.into(), reference.into());
        self
    }

    /// Sets a transport over reqwest, in place of connections that the client opens itself.
    #[cfg(feature = "reqwest")]
    #[must_use]
    pub fn reqwest(mut self, transport: ReqwestTransport) -> Self {
        self.reqwest = Some(transport);
        self
    }

    /// Sets the age at which an open debit raises an alarm.
    #[must_use]
    pub fn alarm_after(mut self, after: Duration) -> Self {
        self.alarm_after = after;
        self
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Omits every other field: the URL of a proxy may contain a password, `ca` is long, and the ids are personal data.
        f.debug_struct("Config")
            .field("environment", &self.environment)
            .field("base_url", &self.base_url)
            .field("legacy_base_url", &self.legacy_base_url)
            .field("deadline", &self.deadline)
            .field("schedule", &self.schedule)
            .finish_non_exhaustive()
    }
}

/// Maximum length of a key in characters, as in the signers of the npm package.
const LONGEST_KEY: usize = 6_144;
/// Largest value of `max_debits`.
const MOST_DEBITS: u64 = 10_000;
/// Largest value of `max_inquiries`.
const MOST_INQUIRIES: u64 = 1_000;
/// Longest deadline of a client: one hour.
const LONGEST_DEADLINE_MS: u64 = 3_600_000;
/// Longest time in the schedule and before an alarm: 31 days.
const LONGEST_MS: u64 = 2_678_400_000;

/// Values derived from a `Config` that passed all checks.
pub(super) struct CheckedConfig {
    pub(super) base_url: String,
    pub(super) legacy_base_url: Option<String>,
    /// True if the server runs on this machine. The client's own transport then uses no proxy.
    pub(super) loopback: bool,
    pub(super) lanes: Option<Lanes>,
}

/// Checks all options, and returns the values derived from them.
///
/// # Errors
/// `invalid_config`, which names the option, the rule and the fix.
pub(super) fn check(config: &Config) -> Result<CheckedConfig, Error> {
    check_developer_key(config.developer_key.expose())?;
    for (option, key) in [("developerKey", &config.developer_key), ("accessKey", &config.access_key)] {
        if key.expose().chars().count() > LONGEST_KEY {
            return Err(invalid(format!("{option} must have at most {LONGEST_KEY} characters: copy only the key")));
        }
    }
    if let Some(id) = &config.initiator_id
        && (id.len() != 10 || !id.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return Err(invalid("initiatorId must be the registered mobile number, 10 digits, without +91 or a leading 0"));
    }
    if let Some(code) = &config.user_code
        && (code.trim().is_empty() || code.chars().any(char::is_control))
    {
        return Err(invalid("userCode must be the retailer's or agent's user code, text without control characters"));
    }
    check_limits(config)?;
    for (op, reference) in &config.known_references {
        let money = ENDPOINTS.iter().any(|endpoint| endpoint.op == op && endpoint.effect == Effect::Money);
        let usable = (1..=20).contains(&reference.len())
            && reference.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        if !(money && usable) {
            return Err(invalid(format!(
                "knownReferences.{op} is not usable: the key must be a call that moves money, and the value a clientRefId that EPS has booked"
            )));
        }
    }
    let no_lane = || invalid("lane must be { index, of }: `of` from 1 to 32 machines, `index` from 0 to of - 1");
    let lanes = config.lane.map(|(index, of)| Lanes::share(index, of).ok_or_else(no_lane)).transpose()?;
    let base_url = match (config.environment, &config.base_url) {
        (Some(_), Some(_)) => {
            return Err(invalid("environment and baseUrl are both given: give only one of them"));
        }
        (None, None) => {
            return Err(invalid(
                "environment is missing: give 'uat' or 'production', or give baseUrl for another address",
            ));
        }
        (Some(environment), None) => environment.base_url().to_owned(),
        (None, Some(url)) => check_url("baseUrl", url)?,
    };
    let legacy_base_url = config.legacy_base_url.as_deref().map(|url| check_url("legacyBaseUrl", url)).transpose()?;
    let loopback = Url::parse(&base_url).is_ok_and(|url| is_loopback(&url));
    let tested = loopback && !base_url.contains(crate::money::PRODUCTION);
    if !tested && config.schedule.is_some_and(|schedule| !schedule.is_safe()) {
        return Err(invalid(
            "schedule ends debits too early: notFoundCount must be at least 2 and notFoundSpreadMs at least 240000 (four minutes)",
        ));
    }
    Ok(CheckedConfig { base_url, legacy_base_url, loopback, lanes })
}

/// Creates the transport that the options describe.
///
/// # Errors
/// `invalid_config` for an unusable `ca` or `proxy`, and if they are given beside `reqwest`.
pub(super) fn transport(config: &Config, loopback: bool) -> Result<ClientTransport, Error> {
    #[cfg(feature = "reqwest")]
    if let Some(reqwest) = &config.reqwest {
        if config.ca.is_some() || config.proxy.is_some() {
            return Err(invalid("reqwest excludes ca and proxy: set them in the reqwest::ClientBuilder"));
        }
        return Ok(ClientTransport::Reqwest(reqwest.clone()));
    }
    let (ca, proxy) = (config.ca.as_deref(), config.proxy.as_deref());
    DirectTransport::new(ca, proxy, loopback, config.env.dial.clone()).map(ClientTransport::Direct)
}

/// Checks the options that are numbers and durations.
fn check_limits(config: &Config) -> Result<(), Error> {
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let limits = [
        ("maxDebits", count(config.max_debits), 1, MOST_DEBITS),
        ("maxInquiries", count(config.max_inquiries), 1, MOST_INQUIRIES),
        ("alarmAfterMs", ms(config.alarm_after), 1, LONGEST_MS),
    ];
    let deadline = config.deadline.map(|deadline| ("deadlineMs", ms(deadline), 1, LONGEST_DEADLINE_MS));
    let schedule = config.schedule.map(|schedule| {
        [
            ("schedule.minutelyUntilMs", schedule.minutely_until_ms, 0, LONGEST_MS),
            ("schedule.slowMs", schedule.slow_ms, 1, LONGEST_MS),
            ("schedule.notFoundCount", schedule.not_found_count.into(), 1, LONGEST_MS),
            ("schedule.notFoundSpreadMs", schedule.not_found_spread_ms, 0, LONGEST_MS),
        ]
    });
    for (option, value, least, most) in limits.into_iter().chain(deadline).chain(schedule.into_iter().flatten()) {
        if !(least..=most).contains(&value) {
            return Err(invalid(format!("{option} must be a whole number from {least} to {most}")));
        }
    }
    Ok(())
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(Code::InvalidConfig, message)
}

/// Checks that the key is visible ASCII, because other characters could end the HTTP header early. Refuses quotation marks, because they
/// were probably copied from a configuration file by mistake.
fn check_developer_key(key: &str) -> Result<(), Error> {
    if key.is_empty() {
        return Err(invalid("developerKey is empty: give the developer key that EPS issued"));
    }
    if key.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'`".contains(&byte)) {
        return Ok(());
    }
    Err(invalid(
        "developerKey contains a blank, a line break, a quotation mark or a character outside ASCII: copy only the key that EPS issued",
    ))
}

/// Checks a URL and returns it without a trailing slash.
fn check_url(option: &str, text: &str) -> Result<String, Error> {
    let url = Url::parse(text)
        .map_err(|_| invalid(format!("{option} must be a URL such as https://staging.eko.in/ekoapi/v3")))?;
    let rule = if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(&url)) {
        "must be https: plain http is accepted only for a server on this machine (127.0.0.1, [::1] or localhost)"
    } else if !url.username().is_empty() || url.password().is_some() {
        "must not contain a user name or password: give a proxy's credentials with `proxy`"
    } else if url.fragment().is_some() || url.query().is_some() {
        "must not contain a query or fragment: give scheme, host and version path only"
    } else if url.host().is_none() {
        "must contain a host, such as https://staging.eko.in/ekoapi/v3"
    } else {
        return Ok(url.as_str().trim_end_matches('/').to_owned());
    };
    Err(invalid(format!("{option} {rule}")))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
