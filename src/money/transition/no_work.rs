//! Detects refusals which prove that EPS stopped before it did any work.

use super::view::{TransactionView, TxStatus};
use crate::error::Code;

/// Returns true if EPS uses this HTTP status in answers that refuse a call before any work.
fn refuses(http_status: u16) -> bool {
    matches!(http_status, 200..=299 | 400 | 401 | 403 | 404 | 429)
}

/// Returns true if the answer to a debit's own request proves that EPS did no work. An answer of a gateway proves nothing, so the answer
/// must have EPS's envelope (see [`TransactionView`]) and must not show a transaction. The answer to a refund may repeat the transaction id
/// (tid) of the request. A refused timestamp proves nothing if the clock was right: EPS has then *seen* the timestamp before, perhaps in a
/// copy of the same request.
pub(super) fn proves_no_work(view: &TransactionView, refund: bool, clock_was_off: bool) -> bool {
    let Some(code) = view.refusal.filter(|code| *code != Code::AuthTimestamp || clock_was_off) else { return false };
    let nothing_beside = view.tx_status == TxStatus::Nothing && (refund || !view.names_one);
    // `RouteNotFound` and `RateLimited` may come from the HTTP status alone. They count as a refusal by EPS only if the `status` in EPS's
    // envelope is not 0 (success).
    let by_http = matches!(code, Code::RouteNotFound | Code::RateLimited) && view.status == Some(0);
    view.envelope && !view.aged && refuses(view.http_status) && nothing_beside && !by_http && refuses_before_work(code)
}

fn refuses_before_work(code: Code) -> bool {
    match code {
        Code::AuthDeveloperKey
        | Code::AuthSignature
        | Code::AuthTimestamp
        | Code::AuthTimestampUnit
        | Code::AuthHeaderMissing
        | Code::InvalidParams
        | Code::OtpWrong
        | Code::OtpExpired
        | Code::OtpFailed
        | Code::InsufficientBalance
        | Code::LimitExhausted
        | Code::NotAllowed
        | Code::NotFound
        | Code::VerificationPending
        | Code::NoKeyForResponse
        | Code::RouteNotFound
        | Code::RateLimited => true,
        Code::InvalidConfig
        | Code::UnknownCall
        | Code::ReferenceUsed
        | Code::JournalMissing
        | Code::JournalUnavailable
        | Code::JournalBehind
        | Code::JournalUnusable
        | Code::Closed
        | Code::AuthRefused
        | Code::EdgeForbidden
        | Code::Refused
        | Code::AlreadyExists
        | Code::WrongMethodOrType
        | Code::Unavailable
        | Code::DebitLimit
        | Code::TimestampExhausted
        | Code::NetworkDns
        | Code::NetworkRefused
        | Code::NetworkConnectTimeout
        | Code::NetworkReset
        | Code::TlsCertificate
        | Code::TlsHandshake
        | Code::Proxy
        | Code::ProxyAuth
        | Code::TimeoutDeadline
        | Code::TimeoutAttempt
        | Code::Aborted
        | Code::Protocol
        | Code::Redirect
        | Code::BodyEmpty
        | Code::BodyNotJson
        | Code::BodyWrongShape
        | Code::BodyTruncated
        | Code::BodyTooLarge
        | Code::BodyEncoding
        | Code::ServerError
        | Code::UnexpectedStatus
        | Code::Internal => false,
    }
}
