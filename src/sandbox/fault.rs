//! Named faults that disturb the request or the response of a debit. A test checks that a caller handles them.

use super::reply::Reply;
use super::script::Script;

/// Fault in the transport of a request or its response. With all faults except [`CloseBeforeWork`](Fault::CloseBeforeWork), the sandbox
/// processes the request. A caller that treats such a fault as a failure and sends the debit again sends the money twice.
///
/// ```
/// use eko_eps::sandbox::{Fault, Script};
/// let lost = Script::fault(Fault::CloseAfterWork).times(2);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The sandbox receives the complete request, does no work, and closes the connection.
    CloseBeforeWork,
    /// The sandbox processes the request, and closes the connection without a response.
    CloseAfterWork,
    /// The sandbox processes the request, and never responds.
    HangAfterWork,
    /// The sandbox processes the request, and closes the connection in the middle of the response.
    Truncated,
    /// The sandbox processes the request. The response is HTTP 200 with a web page, as from a gateway.
    HtmlAfterWork,
    /// The sandbox processes the request. The response is HTTP 500.
    ServerErrorAfterWork,
    /// The sandbox processes the request. The response has a wrong `client_ref_id`.
    OtherReference,
    /// The sandbox processes the request. The response has a wrong amount.
    OtherAmount,
}

/// Change to an otherwise correct response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ResponseFault {
    Truncated,
    OtherReference,
    OtherAmount,
}

impl Fault {
    /// All faults, with their names in JavaScript and in commands.
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

    /// Returns the fault with this name, such as `closeAfterWork` or `truncated`.
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
