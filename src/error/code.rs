//! Table of error codes. Rust's [`Code`], the TypeScript union type and the reference page are generated from it.

/// Class of an error code. In JavaScript, each class is a separate error class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// The input breaks a rule. Either the client refused it before anything was sent, or EPS refused it and named the parameters.
    Validation,
    /// EPS did not accept the credentials of the caller.
    Auth,
    /// The OTP is wrong, has expired or was used before.
    Otp,
    /// EPS understood the request and refused it.
    Refused,
    /// The caller sends too many requests.
    RateLimit,
    /// No usable answer arrived.
    Transport,
}

impl Class {
    /// Returns the name of the JavaScript error class.
    pub const fn js_name(self) -> &'static str {
        match self {
            Class::Validation => "EkoValidationError",
            Class::Auth => "EkoAuthError",
            Class::Otp => "EkoOtpError",
            Class::Refused => "EkoRefusedError",
            Class::RateLimit => "EkoRateLimitError",
            Class::Transport => "EkoTransportError",
        }
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $text:literal, $class:ident, $retryable:literal, $action:literal;)+) => {
        /// Stable code of an error. New codes may be added, but no code is renamed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code { $($(#[doc = $doc])+ $variant,)+ }

        impl Code {
            /// All error codes, in the order of the reference page.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)+];

            /// Returns the code as a string, such as `invalid_params`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $text,)+ }
            }

            /// Returns the class of the error.
            pub const fn class(self) -> Class {
                match self { $(Code::$variant => Class::$class,)+ }
            }

            /// Returns true if the same call can succeed later without a change. It does not mean that sending the request again is safe.
            pub const fn retryable(self) -> bool {
                match self { $(Code::$variant => $retryable,)+ }
            }

            /// Returns a text that tells the caller what to do next.
            pub const fn action(self) -> &'static str {
                match self { $(Code::$variant => $action,)+ }
            }

            /// Returns a short description of the error.
            pub const fn doc(self) -> &'static str {
                match self { $(Code::$variant => concat!($($doc),+).trim_ascii(),)+ }
            }

            /// Returns the code with this string, or `None` if there is none.
            pub fn from_literal(text: &str) -> Option<Code> {
                Self::ALL.iter().copied().find(|code| code.as_str() == text)
            }
        }
    };
}

codes! {
    /// A parameter is missing, malformed or unknown. Without `meta` nothing was sent; with `meta` EPS refused it.
    InvalidParams = "invalid_params", Validation, false, "Correct the parameters named in invalidParams.";
    /// The client was configured with a value that breaks a rule.
    InvalidConfig = "invalid_config", Validation, false, "Correct the option that the message names.";
    /// There is no call of that name.
    UnknownCall = "unknown_call", Validation, false, "Use a name from the reference.";
    /// The reference of a debit was used before. It may be used again only where its outcome says `reusable`.
    ReferenceUsed = "reference_used", Validation, false, "Ask what became of it with resolve(). For another debit take another clientRefId; to replace one that is spent, name it as retryOf.";
    /// Debits need a journal, and none was given; in production its place must be named.
    JournalMissing = "journal.missing", Validation, false, "Give `journal`: a file path that survives restarts, or a store.";
    /// The journal cannot be read or written: what the reference did before is not known, and this call has sent nothing.
    JournalUnavailable = "journal.unavailable", Transport, true, "Send again with the same reference, or resolve() it; never with a new one, and tell the customer nothing yet. Make the journal's disk or database work.";
    /// What is at the journal's place is no journal of this version, is damaged, or was replaced. No debit leaves.
    JournalUnusable = "journal.unusable", Transport, false, "Find out what happened to the journal before any debit is sent again; restore it, or give another place only if no reference of it can be sent again.";
    /// The journal has lost commits: an older copy was restored, or its mark is gone. No debit leaves.
    JournalBehind = "journal.behind", Transport, false, "Find out which debits were lost, then say so with declareRestored().";
    /// The client was closed.
    Closed = "closed", Validation, false, "Create a new client; close() is final.";

    /// EPS does not know the developer key (2483).
    AuthDeveloperKey = "auth.developer_key", Auth, false, "Check developerKey, and that it belongs to this environment: UAT and production keys differ.";
    /// The signature does not match (2484).
    AuthSignature = "auth.signature", Auth, false, "Check that accessKey belongs to this developerKey and to this environment.";
    /// The timestamp is more than two minutes off, or was used before (2485).
    AuthTimestamp = "auth.timestamp", Auth, true, "Set the machine's clock by NTP, and do not share one developer key between machines whose clocks differ.";
    /// The timestamp is not in milliseconds (2486).
    AuthTimestampUnit = "auth.timestamp_unit", Auth, false, "Sign milliseconds since 1970, 13 digits.";
    /// An authentication header did not arrive (2487).
    AuthHeaderMissing = "auth.header_missing", Auth, false, "Let the header developer_key (with an underscore) through every relay: nginx and Caddy drop it by default.";
    /// HTTP 401 or 403 with an EPS envelope that names no cause.
    AuthRefused = "auth.refused", Auth, false, "Check that the keys belong to this environment and that EPS has listed this machine's address.";
    /// HTTP 401 or 403 from in front of EPS: a firewall or the address list.
    EdgeForbidden = "edge.forbidden", Auth, false, "Production answers only listed Indian addresses: ask EPS to list this machine's public address, or send through a relay that is listed.";

    /// The OTP is wrong (302).
    OtpWrong = "otp.wrong", Otp, false, "Ask for the OTP again; request a new one after repeated failures.";
    /// The OTP has expired (303).
    OtpExpired = "otp.expired", Otp, false, "Request a new OTP and use its otpRefId.";
    /// EPS did not accept the OTP and did not say why (2131).
    OtpFailed = "otp.failed", Otp, false, "Request a new OTP and use its otpRefId.";

    /// EPS refused with a code that has no entry of its own; `meta` has its ids and message.
    Refused = "refused", Refused, false, "Read message and meta; they are EPS's own.";
    /// It exists already.
    AlreadyExists = "already_exists", Refused, false, "Look it up instead of creating it.";
    /// EPS knows no such record.
    NotFound = "not_found", Refused, false, "Check the id; create the record first where that applies.";
    /// Enrolled, and verification is still pending (327).
    VerificationPending = "verification_pending", Refused, false, "Finish the verification with a fresh OTP.";
    /// The wallet's balance does not cover it (347).
    InsufficientBalance = "insufficient_balance", Refused, false, "Load the wallet.";
    /// A monthly limit is used up (36, 945).
    LimitExhausted = "limit_exhausted", Refused, false, "Wait for the next month, or use another sender or beneficiary.";
    /// The agent may not use this service (346).
    NotAllowed = "not_allowed", Refused, false, "Ask EPS to activate the service for this user code.";
    /// No mapping rule matched: a wrong path or version (HTTP 404).
    RouteNotFound = "route_not_found", Refused, false, "Check baseUrl: it must end in the version path, such as .../ekoapi/v3 on UAT or .../ekoicici/v3 in production.";
    /// EPS got a parameter set it does not expect: "No key for response".
    NoKeyForResponse = "no_key_for_response", Refused, false, "A parameter is missing, wrong or superfluous for this product; compare with the vendor's page.";
    /// HTTP 405 or 415: the route exists, the method or content type does not fit.
    WrongMethodOrType = "wrong_method_or_type", Refused, false, "A relay has changed the request, or the product expects another content type.";
    /// EPS answers but cannot serve now (460, 461 and similar).
    Unavailable = "unavailable", Refused, true, "Try again later.";

    /// HTTP 429.
    RateLimited = "rate_limited", RateLimit, true, "Wait retryAfterMs, if given, and send less at once.";
    /// Too many debits are under way, and this one waited until its deadline.
    DebitLimit = "debit_limit", RateLimit, true, "Send fewer debits at once, or raise maxDebits.";
    /// All timestamps that may be used now are used: a developer key has 1,000 a second.
    TimestampExhausted = "timestamp_exhausted", RateLimit, true, "Send less at once: a developer key has 1,000 timestamps a second.";

    /// The host name could not be resolved.
    NetworkDns = "network.dns", Transport, true, "Check baseUrl and this machine's name resolution.";
    /// Nothing accepts connections there.
    NetworkRefused = "network.refused", Transport, true, "Check baseUrl, and that a firewall lets it through.";
    /// No connection within its time, TLS included.
    NetworkConnectTimeout = "network.connect_timeout", Transport, true, "Check the route to EPS; production silently drops addresses that are not listed.";
    /// The connection broke.
    NetworkReset = "network.reset", Transport, true, "If maybeSent, find out what happened before calling again.";
    /// The server's certificate is not trusted or does not fit the host.
    TlsCertificate = "tls.certificate", Transport, false, "If a company proxy re-signs TLS, give its CA with `ca`; never switch verification off.";
    /// The TLS handshake failed: no common version, or no TLS at all.
    TlsHandshake = "tls.handshake", Transport, false, "Check baseUrl's port and that the server speaks TLS 1.2 or newer.";
    /// The proxy wants credentials, or does not accept those it got (HTTP 407).
    ProxyAuth = "proxy.auth", Transport, false, "Give the proxy's credentials in its URL: http://user:password@proxy.example:3128.";
    /// The proxy refused or failed.
    Proxy = "proxy", Transport, true, "Check the proxy's address and credentials.";
    /// The call's deadline has passed.
    TimeoutDeadline = "timeout.deadline", Transport, true, "If maybeSent, find out what happened before calling again.";
    /// One attempt took longer than it may.
    TimeoutAttempt = "timeout.attempt", Transport, true, "If maybeSent, find out what happened before calling again.";
    /// The caller aborted.
    Aborted = "aborted", Transport, true, "If maybeSent, find out what happened before calling again: an abort does not undo what has left.";
    /// The answer breaks HTTP.
    Protocol = "protocol", Transport, true, "Something between here and EPS damages answers.";
    /// The answer is a redirect; redirects are never followed.
    Redirect = "redirect", Transport, false, "Check baseUrl: EPS does not redirect.";
    /// The answer has no body.
    BodyEmpty = "body.empty", Transport, true, "If maybeSent, find out what happened before calling again.";
    /// The answer is not JSON.
    BodyNotJson = "body.not_json", Transport, true, "Something in front of EPS has answered, often a firewall's page.";
    /// The answer is JSON, and not an EPS envelope.
    BodyWrongShape = "body.wrong_shape", Transport, true, "Something in front of EPS has answered, often a gateway.";
    /// The answer ended before its declared end.
    BodyTruncated = "body.truncated", Transport, true, "If maybeSent, find out what happened before calling again.";
    /// The answer is larger than any EPS answer.
    BodyTooLarge = "body.too_large", Transport, false, "Something in front of EPS has answered.";
    /// The answer is encoded in a way we did not ask for.
    BodyEncoding = "body.encoding", Transport, false, "Something in front of EPS compresses answers that were asked for plain.";
    /// HTTP 5xx.
    ServerError = "http.server_error", Transport, true, "If maybeSent, find out what happened before calling again.";
    /// An HTTP status that EPS does not document.
    UnexpectedStatus = "http.unexpected_status", Transport, true, "Something in front of EPS may have answered; meta has the status.";
    /// A fault of this library.
    Internal = "internal", Transport, false, "Please report it with the code that led here, without keys or personal data.";
}
