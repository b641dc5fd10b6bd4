//! Tests of scripts of the sandbox: any documented scenario or any body, late, never, or a closed connection.

use crate::support::{Answer, Ask, MOBILE, http, start};
use eko_eps::Sandbox;
use eko_eps::sandbox::{CustomerState, Script};
use std::time::{Duration, Instant};

async fn looked_up(sandbox: &Sandbox) -> Answer {
    Ask::get_customer(sandbox).send().await
}

#[tokio::test]
async fn a_scenario_is_played_once_or_as_often_as_ordered() {
    let sandbox = start();
    sandbox.script("getCustomer", Script::answer("found")).unwrap();
    sandbox.script("getCustomer", Script::answer("notFound").times(2)).unwrap();
    let mut types = Vec::new();
    for _ in 0..4 {
        types.push(looked_up(&sandbox).await.ids().2);
    }
    assert_eq!(types, [309, -1, -1, 308]);
    assert_eq!(sandbox.requests().iter().map(|seen| seen.scripted).collect::<Vec<_>>(), [true, true, true, false]);
}

#[tokio::test]
async fn a_script_applies_only_to_valid_requests_of_its_endpoint() {
    let sandbox = start();
    sandbox.script("getCustomer", Script::answer("found")).unwrap();
    assert_eq!(Ask::legacy(&sandbox).send().await.ids().0, 463);
    assert_eq!(Ask::get_customer(&sandbox).with("secret-key", "x").send().await.ids().0, 2484);
    let mut extra = Ask::get_customer(&sandbox);
    extra.url.push_str("&x=1");
    assert_eq!(extra.send().await.message(), "No key for Response");
    assert_eq!(looked_up(&sandbox).await.ids().2, 309);
}

#[tokio::test]
async fn every_scenario_answers_as_its_description_begins() {
    let sandbox = start();
    type Asking = fn(&Sandbox) -> Ask;
    let asks: [(&str, Asking); 5] = [
        ("getCustomer", Ask::get_customer),
        ("onboardCustomer", Ask::onboard),
        ("verifyCustomerOtp", |sandbox| Ask::verify(sandbox, &"123456".into(), "66748392")),
        ("dmt.getSender", |sandbox| Ask::get(sandbox, &format!("/customer/payment/dmt-fino/sender/{MOBILE}"))),
        ("legacy.getCustomer", Ask::legacy),
    ];
    let mut played = 0;
    for (op, ask) in asks {
        for scenario in sandbox.scenarios(op) {
            sandbox.script(op, Script::answer(scenario.name)).unwrap();
            let answer = ask(&sandbox).send().await;
            // Descriptions begin like these: "2129: ...", "HTTP 404 as text: ...", "State 8: ...", "A message without ...".
            let words: Vec<&str> = scenario.doc.split([' ', ':', '.']).collect();
            let expected = match words[..] {
                ["HTTP", code, ..] => answer.http == code.parse::<u16>().unwrap(),
                ["State", state, ..] => answer.json["data"]["state"] == state,
                ["A", "message", ..] => answer.json.as_object().unwrap().keys().eq(["message"]),
                [code, ..] => {
                    let (status, status_id, type_id) = answer.ids();
                    [status, status_id, type_id].contains(&code.parse().unwrap())
                }
                [] => false,
            };
            assert!(expected, "{op} {}: {} {}", scenario.name, answer.http, answer.text);
            played += 1;
        }
    }
    assert_eq!(played, 5 + 3 + 9 + 6 + 10 + 5 * 18);
    assert_eq!(sandbox.scenarios("noSuchCall"), []);
}

#[tokio::test]
async fn a_scenario_knows_the_customer_that_was_asked_for() {
    let sandbox = start();
    Ask::onboard(&sandbox).send().await;
    sandbox.script("getCustomer", Script::answer("found")).unwrap();
    let data = looked_up(&sandbox).await.json["data"].clone();
    assert_eq!((&data["sender_name"], &data["customer_profile"]["mobile"]), (&"Leela Menon".into(), &MOBILE.into()));
    sandbox.script("legacy.getCustomer", Script::answer("fullKyc")).unwrap();
    assert_eq!(Ask::legacy(&sandbox).send().await.json["data"]["state"], "4");
    assert_eq!(Ask::legacy(&sandbox).send().await.ids().0, 327, "the scenario changed nothing");
}

#[tokio::test]
async fn a_body_is_sent_as_it_is() {
    let sandbox = start();
    let script = Script::body(503, [("Retry-After", "2"), ("x-one", "a"), ("x-one", "b")], "<html>busy</html>");
    sandbox.script("getCustomer", script).unwrap();
    let answer = looked_up(&sandbox).await;
    assert_eq!((answer.http, answer.text.as_str()), (503, "<html>busy</html>"));
    assert_eq!(
        (&answer.headers["retry-after"], &answer.headers["content-type"]),
        (&"2".parse().unwrap(), &"application/json".parse().unwrap())
    );
    assert_eq!(answer.headers.get_all("x-one").iter().count(), 2);

    let headers = [("content-type", "text/html"), ("date", "Mon, 01 Jan 2024 00:00:00 GMT")];
    sandbox.script("getCustomer", Script::body(200, headers, *b"\xff\xfe")).unwrap();
    let answer = looked_up(&sandbox).await;
    assert_eq!(
        (&answer.headers["content-type"], &answer.headers["date"]),
        (&"text/html".parse().unwrap(), &"Mon, 01 Jan 2024 00:00:00 GMT".parse().unwrap())
    );

    let no_headers: [(&str, &str); 0] = [];
    sandbox.script("getCustomer", Script::body(200, no_headers, r#"{"status":7,"response_type_id":8}"#)).unwrap();
    looked_up(&sandbox).await;
    let seen = sandbox.requests().pop().unwrap();
    assert_eq!((seen.http_status, seen.status, seen.response_type_id), (Some(200), Some(7), Some(8)));
}

#[tokio::test]
async fn an_answer_can_be_late() {
    let sandbox = start();
    let late = Duration::from_millis(300);
    sandbox.script("getCustomer", Script::delay(late)).unwrap();
    sandbox.script("getCustomer", Script::answer("found").late(late)).unwrap();
    for type_id in [308, 309] {
        let began = Instant::now();
        assert_eq!(looked_up(&sandbox).await.ids().2, type_id);
        assert!(began.elapsed() >= late, "{:?}", began.elapsed());
    }
}

#[tokio::test]
async fn a_late_answer_blocks_nobody_else() {
    let sandbox = start();
    sandbox.script("getCustomer", Script::delay(Duration::from_secs(600))).unwrap();
    let (late, http) = (Ask::get_customer(&sandbox), http());
    let waiting = tokio::spawn(async move { late.try_send_by(&http).await.is_ok() });
    // The first request to arrive gets the script, so the second is sent after the first has arrived.
    let arrived = async {
        while sandbox.requests().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), arrived).await.unwrap();
    assert_eq!(looked_up(&sandbox).await.ids().2, 308);
    assert!(!waiting.is_finished());
    waiting.abort();
}

#[tokio::test]
async fn a_hung_call_ends_with_the_clients_patience() {
    let sandbox = start();
    sandbox.script("onboardCustomer", Script::hang()).unwrap();
    let _ = http();
    let impatient = reqwest::Client::builder().no_proxy().timeout(Duration::from_millis(200)).build().unwrap();
    let error = Ask::onboard(&sandbox).try_send_by(&impatient).await.err().unwrap();
    assert!(error.is_timeout(), "{error:?}");
    let seen = sandbox.requests();
    assert_eq!((seen.len(), seen[0].http_status, seen[0].scripted), (1, None, true));
    assert_eq!(looked_up(&sandbox).await.ids().2, 308, "nobody was onboarded");
}

#[tokio::test]
async fn a_closed_connection_gives_no_answer() {
    let sandbox = start();
    sandbox.script("onboardCustomer", Script::close()).unwrap();
    let error = Ask::onboard(&sandbox).try_send().await.err().unwrap();
    assert!(!error.is_timeout() && !error.is_connect(), "{error:?}");
    assert_eq!(looked_up(&sandbox).await.ids().2, 308, "nobody was onboarded");
}

#[tokio::test]
async fn an_answer_can_be_lost_after_the_work() {
    let sandbox = start();
    sandbox.script("onboardCustomer", Script::close().after_work()).unwrap();
    assert!(Ask::onboard(&sandbox).try_send().await.is_err());
    assert!(sandbox.last_otp(MOBILE).is_some());
    assert_eq!(looked_up(&sandbox).await.ids().2, 2129, "somebody was onboarded");
    // The script delays the sandbox's own answer, which already does the work. `after_work` must not do it twice.
    sandbox.set_customer(MOBILE, CustomerState::Unknown).unwrap();
    sandbox.script("onboardCustomer", Script::delay(Duration::ZERO).after_work()).unwrap();
    assert_eq!(Ask::onboard(&sandbox).send().await.ids().2, 2129);
}

#[tokio::test]
async fn scripts_can_be_forgotten() {
    let sandbox = start();
    sandbox.script("getCustomer", Script::answer("found").times(9)).unwrap();
    sandbox.script("legacy.getCustomer", Script::answer("fullKyc").times(9)).unwrap();
    sandbox.clear_scripts(Some("getCustomer")).unwrap();
    assert_eq!(looked_up(&sandbox).await.ids().2, 308);
    assert_eq!(Ask::legacy(&sandbox).send().await.ids().2, 33);
    sandbox.clear_scripts(None).unwrap();
    assert_eq!(Ask::legacy(&sandbox).send().await.ids().2, -1);
    assert!(sandbox.clear_scripts(Some("nothing")).is_err());
}

#[tokio::test]
async fn what_cannot_be_played_is_refused_with_the_reason() {
    let sandbox = start();
    let refused = |op: &str, script: Script| sandbox.script(op, script).unwrap_err().to_string();
    assert!(refused("getCustomr", Script::hang()).contains("did you mean \"getCustomer\"?"));
    assert!(refused("getCustomer", Script::answer("notEnroled")).contains("did you mean \"notEnrolled\"?"));
    assert!(refused("getCustomer", Script::answer("verified")).starts_with("there is no scenario of getCustomer"));
    assert!(refused("getCustomer", Script::hang().times(0)).contains("at least 1"));
    assert!(refused("getCustomer", Script::delay(Duration::from_secs(601))).contains("600 s"));
    let body = |status: u16, name: &str, value: &str| Script::body(status, [(name, value)], "");
    assert!(refused("getCustomer", body(100, "x", "y")).contains("200 to 599"));
    assert!(refused("getCustomer", body(600, "x", "y")).contains("200 to 599"));
    assert!(refused("getCustomer", body(200, "x y", "z")).contains("cannot carry"));
    assert!(refused("getCustomer", body(200, "x", "y\r\nz: 1")).contains("cannot carry"));
    assert!(refused("getCustomer", body(200, "Content-Length", "1")).contains("content-length"));
    assert!(refused("getCustomer", Script::body(200, [("x", "y")], vec![0; 5 << 20])).contains("bytes"));
    assert_eq!(looked_up(&sandbox).await.ids().2, 308);
}

#[tokio::test]
async fn too_many_scripts_are_refused() {
    let sandbox = start();
    for _ in 0..1_000 {
        sandbox.script("getCustomer", Script::hang()).unwrap();
    }
    assert!(sandbox.script("getCustomer", Script::hang()).is_err());
    assert!(sandbox.script("legacy.getCustomer", Script::hang()).is_ok());
}
