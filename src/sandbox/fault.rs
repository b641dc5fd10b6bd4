//! Named faults: events that can disturb the request or the answer of a debit. With them, a test checks that a caller handles such events.

use super::reply::Reply;
use super::script::Script;

/// Fault in the transport of a request or its answer. In all faults except [`CloseBeforeWork`](Fault::CloseBeforeWork), the sandbox does
/// the work of the request. If a caller treats such a fault as a failure and sends the debit again, the money is sent twice.
///
/// ```
/// use eko_eps::sandbox::{Fault, Script};
/// let lost = Script::fault(Fault::CloseAfterWork).times(2);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The request arrives completely, no work is done, and the connection is closed.
    CloseBeforeWork,
    /// The work is done, and the connection is closed without an answer.
    CloseAfterWork,
    /// The work is done, and no answer is ever sent.
    HangAfterWork,
    /// The work is done, and the connection is closed in the middle of the answer.
    Truncated,
    /// The work is done, and a gateway answers HTTP 200 with a web page.
    HtmlAfterWork,
    /// The work is done, and the answer is HTTP 500.
    ServerErrorAfterWork,
    /// The work is done, and the answer has another `client_ref_id`.
    OtherReference,
    /// The work is done, and the answer has another amount.
    OtherAmount,
}

/// Change to an answer that is otherwise correct.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ResponseFault {
    Truncated,
    OtherReference,
    OtherAmount,
}

impl Fault {
    /// Every fault with its name in JavaScript and in commands.
    pub(super) const NAMES: [(&'static str, Fault); 8] = [
        ("closeBeforeWork", Fault::CloseBeforeWork),
        ("closeAfterWork", Fault::CloseAfterWork),
        ("hangAfterWork", Fault::HangAfterWork),
        ("truncated", Fault::Truncated),
        ("htmlAfterWork", Fault::HtmlAfterWork),
        ("serverErrorAfterWork", Fault::ServerErrorAfterWork),
        ("otherReference", Fault::OtherReference),
        ("otherAmount", Fault::OtherAmount),
    ];

    /// Returns the fault with this name: `closeAfterWork`, `truncated`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, fault)| *fault)
    }

    pub(super) fn script(self) -> Script {
        const NO_HEADERS: [(&str, &str); 0] = [];
        match self {
            Fault::CloseBeforeWork => Script::close(),
            Fault::CloseAfterWork => Script::close().after_work(),
            Fault::HangAfterWork => Script::hang().after_work(),
            Fault::Truncated => Script::spoilt(ResponseFault::Truncated),
            Fault::HtmlAfterWork => {
                let page = "<html><body><h1>Please wait</h1></body></html>";
                Script::body(200, [("content-type", "text/html")], page).after_work()
            }
            Fault::ServerErrorAfterWork => {
                Script::body(500, NO_HEADERS, r#"{"message":"Internal server error"}"#).after_work()
            }
            Fault::OtherReference => Script::spoilt(ResponseFault::OtherReference),
            Fault::OtherAmount => Script::spoilt(ResponseFault::OtherAmount),
        }
    }
}

impl ResponseFault {
    pub(super) fn apply(self, reply: Reply) -> Reply {
        match self {
            ResponseFault::Truncated => Reply { cut: true, ..reply },
            ResponseFault::OtherReference => reply.edited("client_ref_id", &"SOMEBODY-ELSES".into()),
            ResponseFault::OtherAmount => reply.edited("amount", &"4321.0".into()),
        }
    }
}
