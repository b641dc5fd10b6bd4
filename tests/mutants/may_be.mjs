// Mutants of what may be done with a debit: its reference used again, the debit replaced, declared, or sent once more.
const file = 'src/money/transition/mod.rs'
const tests = 'money::transition::tests'
const free = 'spent::a_reference_is_free_only_where_nothing_was_done_under_it'
const again = 'no_work::only_a_refused_timestamp_permits_a_second_request'
const mayDeclare = 'declarations::not_sent_may_be_declared_only_where_eps_has_named_nothing'
const verdict = 'settles::a_bare_error_status_triggers_an_inquiry_at_once'

/** A mutant of the rules whether a second request may be sent, and whether anything is known about a debit. */
const learned = (id, at, rule) => ({ id, rule, at, to: 'true', test: again })

export const mayBe = {
  file,
  tests,
  mutants: [
    {
      id: 'free-while-open',
      rule: 'an open debit keeps its reference',
      at: 'entry.reusable && ⟦entry.outcome.is_final()⟧',
      to: 'true',
      test: free,
    },
    {
      id: 'free-by-an-end',
      rule: 'an end alone frees no reference',
      at: '⟦entry.reusable⟧ && entry.outcome.is_final()',
      to: 'true',
      test: free,
    },
    {
      id: 'retried-unspent',
      rule: 'only a spent debit may be replaced',
      at: '⟦entry.spent⟧ && matches!(entry.outcome, State::NotSent | State::Declined)',
      to: 'true',
      test: free,
    },
    {
      id: 'retried-settled',
      rule: 'only one that ended without money may be replaced',
      at: 'entry.spent && ⟦matches!(entry.outcome, State::NotSent | State::Declined)⟧',
      to: 'true',
      test: free,
    },
    {
      id: 'replaced-under-its-name',
      rule: 'only a refund is replaced under its own reference',
      at: 'let again = ⟦entry.is_refund()⟧',
      to: 'true',
      test: free,
    },
    {
      id: 'replaced-unasked',
      rule: 'a spent refund is replaced only where retryOf names it',
      at: '⟦retry_of == Some(entry.key.reference.as_str())⟧',
      to: 'true',
      test: free,
    },
    {
      id: 'successor-that-silence-ended',
      rule: 'a successor that silence has ended has not ended without money',
      at: 'may_be_used_again(entry) || ⟦entry.outcome == State::Declined⟧',
      to: 'entry.outcome.is_final()',
      test: 'spent::a_successor_ended_without_money_if_refused_or_never_sent',
    },
    {
      id: 'replaced-by-another',
      rule: 'the mark of another successor is not this one',
      at: 'may_be_retried(old) && ⟦old.successor.as_ref() == Some(&new.key.reference)⟧',
      to: 'true',
      test: 'spent::a_spent_debit_is_replaced_only_by_its_named_successor',
    },
    {
      id: 'replaced-though-known',
      rule: 'what has opened again is not replaced any more',
      at: '⟦may_be_retried(old)⟧ && old.successor',
      to: 'true',
      test: 'spent::a_spent_debit_is_replaced_only_by_its_named_successor',
    },
    {
      id: 'unconfirmed-refusal',
      rule: 'a refusal that could not be held against the journal frees nothing',
      at: 'if ⟦entry.reusable⟧ {\n        (entry.outcome, entry.why',
      to: 'false',
      test: 'no_work::a_refusal_that_the_journal_has_not_confirmed_stays_open',
    },
    {
      id: 'unconfirmed-release',
      rule: 'nor does an end of which nothing has left',
      at: 'if ⟦entry.reusable⟧ {\n        (entry.outcome, entry.why',
      to: 'entry.outcome == State::Declined && entry.reusable',
      test: 'no_work::a_refusal_that_the_journal_has_not_confirmed_stays_open',
    },
    {
      id: 'declared-with-a-tid',
      rule: 'what has a tid may not be declared not sent',
      at: 'entry.is_open() && ⟦entry.tid.is_none()⟧ && !entry.named',
      to: 'true',
      test: mayDeclare,
    },
    {
      id: 'declared-though-named',
      rule: 'what EPS has named in a contradiction may not be declared not sent',
      at: 'entry.tid.is_none() && ⟦!entry.named⟧',
      to: 'true',
      test: 'declarations::a_debit_named_in_a_contradiction_cannot_be_declared_not_sent',
    },
    {
      id: 'declared-while-pending',
      rule: 'what is pending may not be declared not sent',
      at: '!entry.named && ⟦entry.outcome == State::Indeterminate⟧',
      to: 'true',
      test: mayDeclare,
    },
    learned(
      'again-for-any-refusal',
      'let refused = ⟦view.refusal == Some(crate::error::Code::AuthTimestamp)⟧',
      'only a refused timestamp is signed again',
    ),
    learned(
      'again-beside-a-transaction',
      'refused && ⟦matches!(says(view, &Expected::from(entry)), Says::Nothing)⟧;',
      'nothing leaves again beside what names a transaction',
    ),
    learned(
      'again-though-learned',
      'clock_was_off) && ⟦has_learned_nothing(entry)⟧',
      'nothing leaves again once something is known',
    ),
    learned(
      'learned-with-outcome',
      '⟦entry.outcome == State::Indeterminate⟧ && entry.tid.is_none() && !entry.seen',
      'another state is something that is known',
    ),
    learned(
      'learned-with-tid',
      'entry.outcome == State::Indeterminate && ⟦entry.tid.is_none()⟧ && !entry.seen',
      'a tid is something that is known',
    ),
    learned(
      'learned-with-sign',
      'entry.tid.is_none() && ⟦!entry.seen⟧ && entry.contradiction',
      'a sign of life is something that is known',
    ),
    learned(
      'learned-with-contradiction',
      '!entry.seen && ⟦entry.contradiction.is_none()⟧',
      'a contradiction is something that is known',
    ),
    {
      id: 'stamp-off-again',
      rule: 'a timestamp that was seen is not signed again',
      at: 'refused && proves_no_work(view, entry.is_refund(), ⟦clock_was_off⟧)',
      to: 'true',
      test: 'no_work::a_refused_timestamp_proves_no_work_only_if_the_clock_was_off',
    },
    {
      id: 'verdict-of-a-proxy',
      rule: 'a bare 401, 403 or 429 is asked about at once',
      at: '⟦!view.envelope && matches!(view.http_status, 401 | 403 | 429)⟧',
      to: 'false',
      test: verdict,
    },
    {
      id: 'verdict-of-eps',
      rule: "EPS's own 403 is a verdict",
      at: 'let bare = ⟦!view.envelope⟧',
      to: 'true',
      test: verdict,
    },
    {
      id: 'verdict-of-a-5xx',
      rule: 'a 5xx is asked about at once, from 500 on',
      at: 'bare || ⟦view.http_status >= 500⟧',
      to: 'view.http_status > 500',
      test: verdict,
    },
  ],
}
