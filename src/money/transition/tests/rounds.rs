//! Tests of rounds. A round is an inquiry with control inquiries about a booked and a made-up reference. By comparing the answers, a round
//! can prove that EPS has no transaction for our reference (absence).

use super::*;
use crate::money::transition::silence::{Proof, is_found, proof};

pub(super) const FOUND: &str =
    r#"{"status":0,"response_type_id":1472,"data":{"tx_status":"0","tid":"50","client_ref_id":"KNOWN"}}"#;

pub(super) struct AnsweredRound {
    pub(super) before: Option<(u16, String)>,
    pub(super) made_up: Option<(u16, String)>,
    pub(super) after: Option<(u16, String)>,
}

impl AnsweredRound {
    /// Returns the answers of an EPS that works correctly and does not know our reference.
    pub(super) fn honest() -> Self {
        let found = Some((200, FOUND.to_owned()));
        Self { before: found.clone(), made_up: Some((200, UNKNOWN.replace("REF-1", "XYZ-7"))), after: found }
    }

    pub(super) fn comparison(&self, tid: Option<&str>, headers: &[(&str, &str)]) -> Comparison {
        let view = |answer: &Option<(u16, String)>, headers| {
            answer.as_ref().map(|(http_status, body)| read("getTransaction", &transfer(), *http_status, headers, body))
        };
        Comparison {
            known: ("KNOWN".into(), tid.map(str::to_owned)),
            known_before: view(&self.before, headers),
            made_up: ("XYZ-7".into(), view(&self.made_up, &[])),
            known_after: view(&self.after, &[]),
        }
    }

    pub(super) fn proof(&self, http_status: u16, ours: &str) -> Proof {
        proof("REF-1", &inquiry(http_status, ours), Some(&self.comparison(Some("50"), &[])))
    }
}

pub(super) fn inquiry(http_status: u16, body: &str) -> TransactionView {
    read("getTransaction", &transfer(), http_status, &[], body)
}

#[test]
fn a_round_proves_absence_only_where_each_part_of_it_does() {
    assert!(matches!(AnsweredRound::honest().proof(200, UNKNOWN), Proof::Absent(_)));
    let with = |change: &dyn Fn(&mut AnsweredRound)| {
        let mut round = AnsweredRound::honest();
        change(&mut round);
        round.proof(200, UNKNOWN)
    };
    let answer = |http_status: u16, body: &str| Some((http_status, body.to_owned()));
    let no_control = Proof::Void(Why::NoControl);
    for body in [
        UNKNOWN,
        r#"{"status":0,"data":{"tx_status":"0","client_ref_id":"KNOWN"}}"#,
        &FOUND.replace("50", "51"),
        &FOUND.replace("KNOWN", "OTHER"),
        "<html>",
    ] {
        assert_eq!(with(&|round| round.before = answer(200, body)), no_control, "{body}");
        assert_eq!(with(&|round| round.after = answer(200, body)), no_control, "{body}");
    }
    assert_eq!(with(&|round| round.after = answer(500, FOUND)), no_control, "no success");
    let no_answer = Proof::Void(Why::NoAnswer);
    assert_eq!(with(&|round| round.before = None), no_answer);
    assert_eq!(with(&|round| round.made_up = None), no_answer);
    assert_eq!(with(&|round| round.after = None), no_answer);
    assert_eq!(
        with(&|round| round.made_up = answer(200, r#"{"status":168,"message":"other","data":{}}"#)),
        Proof::Void(Why::Unlike)
    );
    for found in [FOUND, r#"{"status":168,"data":{"tx_status":"2"}}"#, r#"{"status":168,"data":[{"tid":"9"}]}"#] {
        assert_eq!(with(&|round| round.made_up = answer(200, found)), Proof::MadeUpFound);
        let told = with(&|round| (round.made_up, round.after) = (answer(200, found), None));
        assert_eq!(told, Proof::MadeUpFound, "a made-up reference that is found voids an incomplete round");
    }
    assert_eq!(proof("REF-1", &inquiry(200, UNKNOWN), None), no_control);
}

#[test]
fn a_cached_answer_is_no_part_of_a_round() {
    let aged = [("age", "3")];
    let known = AnsweredRound::honest().comparison(Some("50"), &aged);
    assert_eq!(proof("REF-1", &inquiry(200, UNKNOWN), Some(&known)), Proof::Void(Why::NoControl));
    let ours = read("getTransaction", &transfer(), 200, &aged, UNKNOWN);
    assert_eq!(
        proof("REF-1", &ours, Some(&AnsweredRound::honest().comparison(Some("50"), &[]))),
        Proof::Void(Why::NoAnswer)
    );
    assert!(!wants_round(&transfer(), &ours, &boot(0), &Schedule::default()));
    let mut round = AnsweredRound::honest().comparison(Some("50"), &[]);
    if let Some(made_up) = &mut round.made_up.1 {
        made_up.aged = true;
    }
    assert_eq!(proof("REF-1", &inquiry(200, UNKNOWN), Some(&round)), Proof::Void(Why::NoAnswer));
}

#[test]
fn what_names_a_transaction_wants_no_round() {
    for body in [FOUND, r#"{"status":168,"data":[{"tid":"9"}]}"#, r#"{"status":168,"tx_status":"2"}"#] {
        assert!(!wants_round(&transfer(), &inquiry(200, body), &boot(0), &Schedule::default()), "{body}");
        assert_eq!(AnsweredRound::honest().proof(200, body), Proof::Void(Why::NoAnswer), "{body}");
    }
    assert!(wants_round(&transfer(), &inquiry(200, UNKNOWN), &boot(0), &Schedule::default()));
}

/// A refusal of the inquiry says nothing about the debit. An answer that names a transaction does not prove absence, even if a made-up
/// reference gets the same answer.
#[test]
fn an_answer_that_is_like_none_is_no_absence() {
    for (http_status, body) in [
        (401, r#"{"status":2483}"#),
        (200, r#"{"status":2485}"#),
        (403, r#"{"status":1}"#),
        (429, r#"{"status":1}"#),
        (400, UNKNOWN),
        (500, UNKNOWN),
        (503, "<html>"),
        (200, r#"{"status":460}"#),
        (200, "<html>"),
        (404, "<html>"),
        (404, r#"{"status":404,"error":"Not Found"}"#),
        (200, r#"{"message":"none"}"#),
        (200, r#"{"status":1,"status":168}"#),
        (200, r#"{"status":168,"data":{"amount":"100"}}"#),
    ] {
        let mut round = AnsweredRound::honest();
        round.made_up = Some((http_status, body.replace("REF-1", "XYZ-7")));
        assert_eq!(round.proof(http_status, body), Proof::Void(Why::NoAnswer), "HTTP {http_status} {body}");
        let decision = asked(&transfer(), &inquiry(http_status, body), Some(&round.comparison(None, &[])), &boot(0));
        assert!(decision.entry.silence.is_none(), "HTTP {http_status} {body}");
    }
    for (http_status, body) in
        [(200, UNKNOWN), (404, UNKNOWN), (200, r#"{"status":69,"invalid_params":{"client_ref_id":"x"}}"#)]
    {
        let mut round = AnsweredRound::honest();
        round.made_up = Some((http_status, body.replace("REF-1", "XYZ-7")));
        assert!(matches!(round.proof(http_status, body), Proof::Absent(_)), "HTTP {http_status} {body}");
    }
}

#[test]
fn two_answers_are_alike_in_all_but_the_reference_and_the_time() {
    let base = r#"{"status":1,"response_status_id":-1,"message":"none for REF-1","timestamp":"10:00","data":{}}"#;
    let alike = |other: &str| {
        let mut round = AnsweredRound::honest();
        round.made_up = Some((200, other.to_owned()));
        matches!(round.proof(200, base), Proof::Absent(_))
    };
    assert!(alike(&base.replace("REF-1", "XYZ-7").replace("10:00", "10:01")));
    for (from, to) in [
        ("XYZ-7", "XYZ-8"),
        (r#""status":1"#, r#""status":2"#),
        ("-1", "0"),
        ("none", "no"),
        (r#""data":{}"#, r#""data":{"reason":"x"}"#),
        (r#""data":{}"#, r#""invalid_params":{"client_ref_id":"x"}"#),
        (r#""data":{}"#, r#""response_type_id":5"#),
    ] {
        assert!(!alike(&base.replace("REF-1", "XYZ-7").replace(from, to)), "{from} {to}");
    }
    let mut round = AnsweredRound::honest();
    round.made_up = Some((404, base.replace("REF-1", "XYZ-7")));
    assert_eq!(round.proof(200, base), Proof::Void(Why::Unlike), "the HTTP statuses differ");
}

#[test]
fn a_known_reference_is_found_by_its_tid() {
    let found = |body: &str, tid| is_found(&inquiry(200, body), "KNOWN", tid);
    assert!(found(FOUND, None) && found(FOUND, Some("50")) && !found(FOUND, Some("51")));
    assert!(found(r#"{"status":0,"data":{"tid":"50"}}"#, Some("50")), "the tid is enough without a state");
    assert!(!found(r#"{"status":0,"data":{"tid":"50"}}"#, None), "the answer must name the reference");
    assert!(!is_found(&inquiry(404, FOUND), "KNOWN", Some("50")), "no success");
    assert!(!found(UNKNOWN, None) && !found(r#"{"status":0,"data":{"tx_status":"0"}}"#, None));
}

#[test]
fn a_round_is_wanted_only_where_each_condition_holds() {
    let wants =
        |http_status, body: &str| wants_round(&transfer(), &inquiry(http_status, body), &boot(0), &Schedule::default());
    assert!(wants(200, UNKNOWN) && wants(404, UNKNOWN));
    // A reference in EPS's answer shows that EPS knows the debit, although the answer names neither a tid nor a state.
    assert!(!wants(200, r#"{"status":0,"data":{"client_ref_id":"REF-1"}}"#));
    for (http_status, body) in [(503, "<html>"), (401, r#"{"status":2483}"#), (200, r#"{"status":460}"#)] {
        assert!(!wants(http_status, body), "HTTP {http_status} {body}");
    }
}

#[test]
fn each_value_has_its_place() {
    let alike = |one: &str, other: &str| {
        let [one, other] = [one, other].map(|data| inquiry(200, &format!(r#"{{"status":1,"data":{data}}}"#)));
        one.print("REF-1") == other.print("XYZ-7")
    };
    assert!(alike(r#"{"a":"none for REF-1","time":"1"}"#, r#"{"a":"none for XYZ-7","time":"2"}"#));
    for (one, other) in [
        (r#"{"a":"1"}"#, r#"{"b":"1"}"#),
        (r#"{"a":"1"}"#, r#"{"a":{"a":"1"}}"#),
        (r#"{"a":"1","b":"2"}"#, r#"{"a":"1\n.data.b=2"}"#),
        (r#"{"time":"1"}"#, "{}"),
        (r#"{"time":["1"]}"#, r#"{"time":["2"]}"#),
    ] {
        assert!(!alike(one, other), "{one} {other}");
    }
}

#[test]
fn an_empty_tid_names_nothing() {
    for tid in [r#""""#, "null", r#""null""#] {
        let body = format!(r#"{{"status":168,"data":{{"tid":{tid},"tx_status":""}}}}"#);
        assert!(!inquiry(200, &body).names_one, "{tid}");
        assert!(wants_round(&transfer(), &inquiry(200, &body), &boot(0), &Schedule::default()), "{tid}");
    }
}
