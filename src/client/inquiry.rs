//! One inquiry: EPS is asked of a debit, and what its answer changes.

use super::call::Call;
use super::events::Reason;
use super::finding::{Finding, question, read};
use super::journal::unavailable;
use super::{Client, endpoint, parse};
use crate::error::{Code, Error};
use crate::money::{Absence, Entry, Journal, Known, State, StoreError};
use crate::request::prepare;
use crate::response::Answer;
use std::time::Duration;
use tokio::time::Instant;

/// The call that inquires.
const INQUIRY: &str = "getTransaction";

impl Client {
    pub(super) async fn inquire(&self, journal: &Journal, began_with: Entry) -> Result<Entry, Error> {
        let params = question(&began_with);
        let begun = Instant::now();
        let answer = self.ask_eps(&params).await;
        let finding = match answer {
            Ok(answer) => read(&answer, &began_with),
            Err(error) if error.code() == Code::NotFound => Finding::Nothing,
            Err(error) => {
                // Not asked, so nothing learned: only the next time moves.
                let now = self.0.now_ms();
                let later = journal.change_entry(&began_with, |entry| self.0.schedule.inquired(entry, now)).await;
                later.map_err(|error| unavailable(&error.to_string()))?;
                return Err(error);
            }
        };
        let now = self.0.now_ms();
        let schedule = self.0.schedule;
        let watched = match &finding {
            Finding::Nothing | Finding::StillWaits => self.0.watch.absent(&began_with, begun, schedule.patience()),
            Finding::State { .. } | Finding::Unnamed { .. } | Finding::Doubt(_) => Duration::ZERO,
        };
        let absence = Absence {
            eps_ms: self.0.offset.correct(now),
            watched,
            still_waits: matches!(finding, Finding::StillWaits),
        };
        let change = |entry: &Entry| match &finding {
            Finding::Nothing | Finding::StillWaits => schedule.not_found(entry, now, absence),
            Finding::Doubt(_) => schedule.inquired(entry, now),
            Finding::Unnamed { tid } => {
                Known { tid: entry.known.tid.clone().or_else(|| tid.clone()), ..schedule.inquired(entry, now) }
            }
            Finding::State { state, tid } => Known {
                state: *state,
                tid: entry.known.tid.clone().or_else(|| tid.clone()),
                // Silence before this says nothing of silence after it.
                not_found: 0,
                first_not_found_ms: None,
                last_not_found_ms: None,
                ..schedule.inquired(entry, now)
            },
        };
        let failed = |error: StoreError| unavailable(&error.to_string());
        let Some(entry) = journal.change_entry(&began_with, change).await.map_err(failed)? else {
            // Its reference was used anew, or it was forgotten: what was found is not of the debit that is there now.
            self.0.watch.forget(&began_with);
            return Ok(journal.get(&began_with.intent.key).await.map_err(failed)?.unwrap_or(began_with));
        };
        if entry.known.state.is_final() || matches!(finding, Finding::State { .. }) {
            self.0.watch.forget(&entry);
        }
        let alive = entry.known.reusable && finding.shows_life(entry.known.state);
        let entry = if alive { journal.take_back(&entry, now).await.map_err(failed)?.unwrap_or(entry) } else { entry };
        self.tell(&began_with, &entry, &finding);
        Ok(entry)
    }

    /// Over a connection of its own: "not found" carries nothing that tells it from another call's answer, should one wait there.
    async fn ask_eps(&self, params: &str) -> Result<Answer, Error> {
        let request = prepare(endpoint(INQUIRY)?, &parse(params)?, &self.0.context())?;
        Call::new(&self.0, &request, None, None).apart().run().await
    }

    /// An inquiry that was begun before the final state was recorded may say what was so before it.
    fn tell(&self, began_with: &Entry, entry: &Entry, finding: &Finding) {
        let (was_open, known) = (!began_with.known.state.is_final(), entry.known.state);
        match finding {
            Finding::Doubt(doubt) => self.0.events.alarm(entry, doubt),
            Finding::State { state, .. } if known.is_final() && *state != known => {
                if !(was_open && precedes(*state, known)) {
                    let doubt = Reason::StateChanged.because("EPS now names another state than the final one");
                    self.0.events.alarm(entry, &doubt);
                }
            }
            Finding::Unnamed { tid: Some(_) } if known == State::NotSent => {
                let doubt = Reason::StateChanged.because("EPS now names a tid of a debit that was held for not sent");
                self.0.events.alarm(entry, &doubt);
            }
            Finding::State { .. } | Finding::Unnamed { .. } | Finding::Nothing | Finding::StillWaits => {
                if known.is_final() && was_open {
                    self.0.events.resolved(entry);
                }
            }
        }
    }
}

/// Whether EPS may have said the one before it said the other.
fn precedes(said: State, last: State) -> bool {
    match said {
        State::Pending => last != State::NotSent,
        State::RefundPending => last == State::Refunded,
        State::Indeterminate | State::Settled | State::Declined | State::Refunded | State::NotSent => false,
    }
}
