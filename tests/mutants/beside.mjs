// Mutants of claims, inquiries, acknowledgements and pruning of debits. Their tests drive a whole client.
const apart = 'a_far_future_inquiry_time_does_not_block_callbacks'
const due = 'due_debits_are_asked_about_within_the_limit_and_lease'

export const claims = {
  file: 'src/money/journal/claim.rs',
  tests: 'tests/callbacks.rs',
  mutants: [
    {
      id: 'claim-of-the-future',
      rule: 'a time far ahead keeps nobody from asking',
      at: '⟦asked <= eps_ms.saturating_add(AHEAD_MS)⟧',
      to: 'true',
      test: apart,
    },
    { id: 'claim-ahead', rule: 'clocks are a minute apart at most', constant: 'AHEAD_MS', to: '90_000', test: apart },
    { id: 'claim-behind', rule: 'clocks may be a minute apart', constant: 'AHEAD_MS', to: '30_000', test: apart },
    {
      id: 'claim-often',
      rule: 'callbacks are one inquiry a second',
      at: '⟦eps_ms < asked.saturating_add(apart_ms)⟧',
      to: 'false',
      test: apart,
    },
    {
      id: 'claim-of-another',
      rule: 'an inquiry is claimed of the attempt that was meant',
      at: '⟦!entry.is_of(wanted)⟧ || entry.asked_ms',
      to: 'false',
      test: 'an_inquiry_is_claimed_of_the_attempt_that_was_meant',
    },
    {
      id: 'claim-beside-the-resolver',
      rule: 'the resolver leaves alone what is being asked about',
      at: 'if ⟦entry.next_inquiry_ms.is_some()⟧',
      to: 'false',
      test: 'while_a_callback_is_asked_about_the_resolver_leaves_it_alone',
    },
  ],
}

export const sweeps = {
  file: 'src/money/journal/claim.rs',
  tests: 'tests/resolver.rs',
  mutants: [
    {
      id: 'no-lease',
      rule: "what is being asked about is nobody else's",
      at: 'Some(now_ms.saturating_add(⟦lease_ms⟧)), lease_ms);\n        let taken',
      to: '0',
      test: due,
    },
    {
      id: 'oldest-part',
      rule: 'a fifth of a sweep goes to what has waited longest',
      constant: 'OLDEST_PART',
      to: '10',
      test: 'a_fifth_of_a_sweep_goes_to_what_has_waited_longest',
    },
    {
      id: 'oldest-never',
      rule: 'nothing is never asked about',
      at: 'let oldest = ⟦limit.div_ceil(OLDEST_PART)⟧',
      to: '0',
      test: 'a_fifth_of_a_sweep_goes_to_what_has_waited_longest',
    },
  ],
}

const otherwise = 'a_callback_on_a_done_refund_is_verified_only_if_it_differs'
export const callbacks = {
  file: 'src/money/callbacks.rs',
  tests: 'tests/callbacks.rs',
  mutants: [
    {
      id: 'callback-tid-of-a-refund',
      rule: 'the tid of a refund says nothing new',
      at: 'let tid = ⟦!of_refund⟧',
      to: 'true',
      test: otherwise,
    },
    {
      id: 'callback-state',
      rule: 'another state is asked about',
      at: 'is_some_and(|said| ⟦said != entry.outcome⟧)',
      to: 'false',
      test: otherwise,
    },
  ],
}

const seen = 'what_was_seen_is_acknowledged_and_not_what_came_after_it'
export const acknowledging = {
  file: 'src/money/finish.rs',
  tests: 'tests/journal.rs',
  mutants: [
    {
      id: 'acknowledges-another-end',
      rule: 'the end that was seen is acknowledged',
      at: '&& ⟦entry.revision == revision⟧',
      to: 'true',
      test: seen,
    },
    {
      id: 'acknowledges-another-attempt',
      rule: 'the attempt that was seen is acknowledged',
      at: 'let meant = ⟦entry.reservation == reservation⟧',
      to: 'true',
      test: seen,
    },
    {
      id: 'acknowledges-an-open-one',
      rule: 'an open debit is not acknowledged',
      at: 'entry.revision == revision && ⟦!entry.is_open()⟧',
      to: 'true',
      test: 'what_was_acknowledged_can_be_forgotten_and_nothing_else',
    },
  ],
}

export const foreign = {
  file: 'src/money/finish.rs',
  tests: 'tests/accounts.rs',
  mutants: [
    {
      id: 'acknowledges-of-another-account',
      rule: "another account's debit is not acknowledged",
      at: '!meant || ⟦journal.is_foreign(&entry)⟧',
      to: 'false',
      test: 'an_end_is_acknowledged_by_its_own_account_alone',
    },
  ],
}

export const forgetting = {
  file: 'src/money/retention.rs',
  tests: 'tests/journal_place.rs',
  mutants: [
    {
      id: 'forgets-of-today',
      rule: 'what is younger than a day is never forgotten',
      constant: 'SOONEST',
      to: '(SOONEST - Duration::from_secs(900))',
      test: 'production_refuses_to_prune_or_archive_the_last_day',
    },
    {
      id: 'forgets-later',
      rule: 'what is a day old may be forgotten',
      at: 'if ⟦older_than < SOONEST⟧',
      to: 'older_than <= SOONEST',
      test: 'production_refuses_to_prune_or_archive_the_last_day',
    },
  ],
}

export const grace = {
  file: 'src/money/send/intent.rs',
  tests: 'tests/resolver.rs',
  mutants: [
    {
      id: 'crash-grace',
      rule: 'after a crash it is asked two seconds after the deadline',
      at: '⟦Schedule::CRASH_GRACE_MS⟧',
      to: '0',
      test: 'an_unrecorded_debit_is_due_2_s_after_its_deadline',
    },
  ],
}

export const reserving = {
  file: 'src/money/reserve.rs',
  tests: 'tests/slow_store.rs',
  mutants: [
    {
      id: 'gives-back-any',
      rule: 'only an own reservation is given back',
      at: 'Ok(Some(known)) if ⟦known.entry.is_of(intent)⟧ => {',
      to: 'true',
      test: 'a_reservation_of_another_is_never_given_back',
    },
  ],
}

export const beginning = {
  file: 'src/money/send/permit.rs',
  tests: 'tests/slow_store.rs',
  mutants: [
    {
      id: 'begins-too-late',
      rule: 'what can hardly be answered in time is not sent',
      at: 'if ⟦left < needed⟧ {\n            let detail',
      to: 'false',
      test: 'too_little_time_for_an_answer_prevents_sending',
    },
  ],
}

export const sending = {
  file: 'src/money/send/mod.rs',
  tests: 'tests/slow_store.rs',
  mutants: [
    {
      id: 'deadline-from-the-request',
      rule: 'a deadline counts from the call, not from the request',
      at: '⟦Call::new(&self.ledger.core, self.request, Some(self.total), self.limit.abort).since(self.started)⟧',
      to: 'Call::new(&self.ledger.core, self.request, Some(self.total), self.limit.abort)',
      test: 'what_the_journal_takes_is_part_of_the_deadline',
    },
  ],
}
