//! Table of error codes. Rust's [`Code`], the TypeScript union type and the reference page are generated from this table.

/// Class of an error code. In JavaScript, each class is a separate error class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Class {
    /// The input breaks a rule. The client refused the input before anything was sent, or EPS refused it and named the parameters.
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

            /// Returns true if the same call can succeed later without a change. A result of true does not mean that sending the request
            /// again is safe.
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
    /// A parameter is missing, malformed or unknown. Without `meta`, nothing was sent. With `meta`, EPS refused the parameter.
    InvalidParams = "invalid_params", Validation, false, "Correct the parameters named in invalidParams.";
    /// A configuration option has an invalid value.
    InvalidConfig = "invalid_config", Validation, false, "Correct the option that the message names.";
    /// The client has no call with this name.
    UnknownCall = "unknown_call", Validation, false, "Use a call name from the reference documentation.";
    /// The reference of the debit was used before. It may be used again only if that debit's outcome says `reusable`.
    ReferenceUsed = "reference_used", Validation, false, "Call resolve() to get the outcome of the earlier debit. For a different debit, choose a new clientRefId. To replace a spent debit, pass its reference as retryOf.";
    /// Debits need a journal, but the client has none. In production, the option `journal` must be set.
    JournalMissing = "journal.missing", Validation, false, "Set the option `journal` to a file path that survives restarts, or to a store.";
    /// The journal cannot be read or written. It is unknown what the reference did before. This call has sent nothing.
    JournalUnavailable = "journal.unavailable", Transport, true, "Send the debit again with the same reference or call resolve(), but never use a new reference. Until then, do not tell the customer a result. Repair the journal's disk or database.";
    /// The file or table at the journal's place is damaged, was replaced, or is not a journal of this version. No debit is sent.
    JournalUnusable = "journal.unusable", Transport, false, "Find out what happened to the journal before any debit is sent again. Restore the journal. Use another place only if no reference in the old journal can be sent again.";
    /// The journal has lost commits: an older copy was restored, or its mark is missing. No debit is sent.
    JournalBehind = "journal.behind", Transport, false, "Find out which debits were lost, then call declareRestored(). If that is done, ask EPS about this debit.";
    /// The client was closed.
    Closed = "closed", Validation, false, "Create a new client; close() is final.";

    /// EPS does not know the developer key (EPS status 2483).
    AuthDeveloperKey = "auth.developer_key", Auth, false, "Check that developerKey is correct and belongs to this environment. UAT and production have different keys.";
    /// The signature of the request is wrong (EPS status 2484).
    AuthSignature = "auth.signature", Auth, false, "Check that accessKey belongs to this developerKey and to this environment.";
    /// The timestamp of the request is more than two minutes off, or was used before (EPS status 2485).
    AuthTimestamp = "auth.timestamp", Auth, true, "Synchronize the machine's clock by NTP, and do not share one developer key between machines whose clocks differ.";
    /// The timestamp of the request is not in milliseconds (EPS status 2486).
    AuthTimestampUnit = "auth.timestamp_unit", Auth, false, "Sign the time in milliseconds since 1970, a number of 13 digits.";
    /// An authentication header did not reach EPS (EPS status 2487).
    AuthHeaderMissing = "auth.header_missing", Auth, false, "Let every relay pass the header developer_key. nginx and Caddy drop it by default, because its name contains an underscore.";
    /// EPS answered with HTTP 401 or 403 and named no cause.
    AuthRefused = "auth.refused", Auth, false, "Check that the keys belong to this environment and that EPS has listed this machine's address.";
    /// A system in front of EPS answered with HTTP 401 or 403: a firewall or the list of allowed addresses.
    EdgeForbidden = "edge.forbidden", Auth, false, "Production accepts only listed Indian addresses. Ask EPS to list this machine's public address, or send through a relay that is listed.";

    /// The OTP is wrong (EPS status 302).
    OtpWrong = "otp.wrong", Otp, false, "Ask for the OTP again. After repeated failures, request a new OTP.";
    /// The OTP has expired (EPS status 303).
    OtpExpired = "otp.expired", Otp, false, "Request a new OTP and use its otpRefId.";
    /// EPS did not accept the OTP and gave no reason (EPS response type 2131).
    OtpFailed = "otp.failed", Otp, false, "Request a new OTP and use its otpRefId.";

    /// EPS refused the request with a status that has no error code here. `meta` has EPS's ids and message.
    Refused = "refused", Refused, false, "Read EPS's ids and message in `meta`.";
    /// The record exists already.
    AlreadyExists = "already_exists", Refused, false, "Look up the existing record instead of creating it.";
    /// EPS has no such record.
    NotFound = "not_found", Refused, false, "Check the id. If the record does not exist yet, create it first.";
    /// The customer is enrolled, but the verification is still pending (EPS status 327).
    VerificationPending = "verification_pending", Refused, false, "Finish the verification with a new OTP.";
    /// The wallet's balance is too low for this call (EPS status 347).
    InsufficientBalance = "insufficient_balance", Refused, false, "Load money into the wallet.";
    /// A monthly limit is used up (EPS status 36 or 945).
    LimitExhausted = "limit_exhausted", Refused, false, "Wait for the next month, or use another sender or beneficiary.";
    /// The agent may not use this service (EPS status 346).
    NotAllowed = "not_allowed", Refused, false, "Ask EPS to activate the service for this user code.";
    /// The server has no such URL: the path or the version is wrong (HTTP 404).
    RouteNotFound = "route_not_found", Refused, false, "Check baseUrl: it must end in the version path, such as .../ekoapi/v3 on UAT or .../ekoicici/v3 in production.";
    /// EPS did not expect this set of parameters and answered "No key for response".
    NoKeyForResponse = "no_key_for_response", Refused, false, "A parameter is missing, wrong or superfluous for this product. Compare the parameters with EPS's documentation of the call.";
    /// The server does not accept the HTTP method (405) or the content type (415) for this URL.
    WrongMethodOrType = "wrong_method_or_type", Refused, false, "Check whether a relay changed the request. If not, the product expects another content type.";
    /// EPS cannot serve the request now (EPS status 460, 461 and similar).
    Unavailable = "unavailable", Refused, true, "Try again later.";

    /// The server received too many requests (HTTP 429).
    RateLimited = "rate_limited", RateLimit, true, "Wait for retryAfterMs, if it is set, and send fewer requests at once.";
    /// Too many debits were in flight, and this debit waited until its deadline.
    DebitLimit = "debit_limit", RateLimit, true, "Send fewer debits at once, or raise maxDebits.";
    /// All timestamps that may be used now have been used. A developer key has 1,000 timestamps per second.
    TimestampExhausted = "timestamp_exhausted", RateLimit, true, "Send fewer requests at once: a developer key has 1,000 timestamps per second.";

    /// The host name could not be resolved.
    NetworkDns = "network.dns", Transport, true, "Check baseUrl and this machine's name resolution (DNS).";
    /// No server accepts connections at this address.
    NetworkRefused = "network.refused", Transport, true, "Check baseUrl, and check that no firewall blocks the connection.";
    /// Opening the connection, including TLS, took too long.
    NetworkConnectTimeout = "network.connect_timeout", Transport, true, "Check the network route to EPS. Production ignores connections from addresses that are not listed.";
    /// The connection broke before the answer was complete.
    NetworkReset = "network.reset", Transport, true, "If maybeSent is true, find out what the request did before you call again.";
    /// The server's certificate is not trusted or does not match the host name.
    TlsCertificate = "tls.certificate", Transport, false, "If a company proxy decrypts TLS, pass its CA as `ca`. Never switch off the verification of certificates.";
    /// The TLS handshake failed: the server supports no common TLS version, or does not use TLS.
    TlsHandshake = "tls.handshake", Transport, false, "Check the port in baseUrl, and check that the server supports TLS 1.2 or newer.";
    /// The proxy requires credentials, or did not accept the given ones (HTTP 407).
    ProxyAuth = "proxy.auth", Transport, false, "Put the proxy's credentials into its URL: http://user:password@proxy.example:3128.";
    /// The proxy refused the connection or failed.
    Proxy = "proxy", Transport, true, "Check the proxy's address and credentials.";
    /// The deadline of the call has passed.
    TimeoutDeadline = "timeout.deadline", Transport, true, "If maybeSent is true, find out what the request did before you call again.";
    /// One attempt exceeded its time limit.
    TimeoutAttempt = "timeout.attempt", Transport, true, "If maybeSent is true, find out what the request did before you call again.";
    /// The caller aborted the call.
    Aborted = "aborted", Transport, true, "If maybeSent is true, find out what the request did before you call again. An abort does not undo a request that was sent.";
    /// The answer violates HTTP.
    Protocol = "protocol", Transport, true, "A system between this machine and EPS damages answers. Check every proxy and relay.";
    /// The answer is a redirect. Redirects are never followed.
    Redirect = "redirect", Transport, false, "Check baseUrl: EPS does not redirect.";
    /// The answer has no body.
    BodyEmpty = "body.empty", Transport, true, "If maybeSent is true, find out what the request did before you call again.";
    /// The answer is not JSON.
    BodyNotJson = "body.not_json", Transport, true, "A system in front of EPS has answered, often a firewall with its own page. Read the page in `raw`.";
    /// The answer is JSON, but not an EPS envelope (an object with EPS's ids).
    BodyWrongShape = "body.wrong_shape", Transport, true, "A system in front of EPS has answered, often a gateway. Read its answer in `raw`.";
    /// The answer ended before its announced end.
    BodyTruncated = "body.truncated", Transport, true, "If maybeSent is true, find out what the request did before you call again.";
    /// The answer is larger than any EPS answer.
    BodyTooLarge = "body.too_large", Transport, false, "A system in front of EPS has answered. Check baseUrl and every proxy.";
    /// The answer has a content encoding that was not requested and cannot be decoded.
    BodyEncoding = "body.encoding", Transport, false, "A system in front of EPS compresses answers, although uncompressed ones were requested. Switch its compression off.";
    /// The server answered with HTTP 5xx.
    ServerError = "http.server_error", Transport, true, "If maybeSent is true, find out what the request did before you call again.";
    /// The server answered with an HTTP status that EPS does not document.
    UnexpectedStatus = "http.unexpected_status", Transport, true, "A system in front of EPS may have answered. Read the status in `meta`.";
    /// This library has failed internally.
    Internal = "internal", Transport, false, "Report the error with the code that caused it, without keys or personal data.";
}
