//! A restarted application. It lists the open debits, asks EPS about them, and sends all debits that it has to send once more, whether it
//! has sent them before or not.

use super::child::{Caller, params};
use super::said::Listed;
use futures_util::future::join_all;
use std::collections::HashMap;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Orders of the application.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Shop {
    /// Names of what is to be paid, each with the number of its latest attempt. The application remembers both. A reference is the name and
    /// the number.
    pub intents: Vec<(String, u32)>,
    /// Whether a person first calls `declareRestored` for a restored journal.
    pub declares_restored: bool,
    /// How long it asks about open and spent debits, in milliseconds.
    pub asks_for_ms: u64,
    /// Whether it prints all debits that it knows at the end.
    pub lists: bool,
}

/// Time between two inquiries about the same debit.
const PAUSE: Duration = Duration::from_millis(250);

pub async fn work(caller: &Caller, shop: &Shop) {
    if shop.declares_restored {
        caller.client.declare_restored().await.unwrap();
    }
    // A journal that has lost rows refuses to list them.
    let known = list(caller).await.unwrap_or_default();
    ask(caller, &known).await;
    let known = list(caller).await.unwrap_or_default();
    let known: HashMap<String, Listed> = known.into_iter().map(|listed| (listed.key(), listed)).collect();
    let mut running = JoinSet::new();
    // The newest debits come first, because this process may be killed soon.
    for (intent, number) in shop.intents.iter().rev() {
        let (reference, retry_of) = attempt(intent, *number, &known);
        println!("begun {reference}");
        running.spawn(caller.debit("dmt.transfer", params(&reference), &reference, retry_of));
    }
    let failed = known.values().filter(|listed| listed.op == "dmt.transfer" && listed.outcome == "refundPending");
    for tid in failed.filter_map(|listed| listed.tid.clone()) {
        let spent = known.get(&format!("refund:{tid}")).is_some_and(|refund| refund.spent);
        let params = format!(r#"{{"tid":"{tid}","otp":"4702"}}"#);
        running.spawn(caller.debit("refund", params, &tid, spent.then(|| tid.clone())));
    }
    running.join_all().await;
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(shop.asks_for_ms) {
        ask(caller, &list(caller).await.unwrap_or_default()).await;
        tokio::time::sleep(PAUSE).await;
    }
    if shop.lists {
        println!("listing");
        for listed in values(caller).await.unwrap() {
            println!("listed {listed}");
        }
    }
}

/// Returns the reference to send, and the spent one that it replaces. A spent reference is not used again.
fn attempt(intent: &str, begun: u32, known: &HashMap<String, Listed>) -> (String, Option<String>) {
    let of = |number: u32| format!("{intent}{number}");
    let is_spent = |reference: &str| known.get(&format!("dmt.transfer:{reference}")).is_some_and(|listed| listed.spent);
    let number = begun + u32::from(is_spent(&of(begun)));
    // A restored journal may have lost the spent debit; then there is none to replace.
    (of(number), number.checked_sub(1).map(of).filter(|old| is_spent(old)))
}

/// Asks once about all open and all spent debits.
async fn ask(caller: &Caller, known: &[Listed]) {
    let asked = known.iter().filter(|listed| listed.spent || !is_final(&listed.outcome));
    let asking = asked.map(|listed| async {
        let key = eko_eps::money::DebitKey { op: listed.op.clone(), reference: listed.reference.clone() };
        // An inquiry that fails is made again later.
        let _ = caller.client.resolve(&key).await;
    });
    join_all(asking).await;
}

fn is_final(outcome: &str) -> bool {
    eko_eps::money::State::from_tag(outcome).unwrap().is_final()
}

async fn list(caller: &Caller) -> Result<Vec<Listed>, eko_eps::Error> {
    let values = values(caller).await?;
    Ok(values.iter().map(|value| serde_json::from_str(value).unwrap()).collect())
}

async fn values(caller: &Caller) -> Result<Vec<String>, eko_eps::Error> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = caller.client.unresolved(after.as_deref(), 200).await?;
        all.extend(page.items.iter().map(|entry| serde_json::to_string(entry).unwrap()));
        after = page.next;
        if after.is_none() {
            return Ok(all);
        }
    }
}
