//! Refusals with which EPS itself says that it stopped at the door.

use super::view::{TransactionView, TxStatus};
use crate::error::Code;

/// HTTP statuses that EPS refuses with.
fn refuses(http_status: u16) -> bool {
    matches!(http_status, 200..=299 | 400 | 401 | 403 | 404 | 429)
}

/// Whether a debit's own answer proves that EPS did no work. A gateway's words prove nothing: EPS's envelope must be there, with nothing
/// beside it that shows a transaction. A refund repeats the tid that was asked for. A timestamp that was in time was *seen*: a copy of this
/// very request may have been taken.
pub(super) fn proves_no_work(view: &TransactionView, refund: bool, clock_was_off: bool) -> bool {
    let Some(code) = view.refusal.filter(|code| *code != Code::AuthTimestamp || clock_was_off) else { return false };
    let nothing_beside = view.tx_status == TxStatus::Nothing && (refund || !view.names_one);
    // A code that stands for an HTTP status alone is EPS's word only where its envelope refuses as well.
    let by_http = matches!(code, Code::RouteNotFound | Code::RateLimited) && view.status == Some(0);
    view.envelope && !view.aged && refuses(view.http_status) && nothing_beside && !by_http && stops_at_the_door(code)
}

fn stops_at_the_door(code: Code) -> bool {
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
