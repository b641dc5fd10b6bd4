// Mutants of how an answer is judged: what ends a debit, and what contradicts the journal.
const file = 'src/money/transition/says.rs'
const tests = 'money::transition::tests'
const contradicted = 'contradictions::every_contradiction_is_indeterminate_and_raises_an_alarm'
const table = 'table::a_body_gives_the_same_state_whichever_way_it_came'
const ofType = 'settles::a_success_type_settles_nothing_without_the_state'
const done = 'settles::done_needs_http_2xx_and_status_0_and_the_state'
const failed = 'settles::failed_needs_epss_envelope_and_http_2xx'
const aged = 'settles::a_cached_answer_ends_no_debit'

export const says = {
  file,
  tests,
  mutants: [
    {
      id: 'shape-settles',
      rule: 'a type of answer alone settles nothing',
      at: '(None, Some(State::Settled | State::Refunded)) => ⟦Some(State::Pending)⟧,',
      to: 'shape',
      test: ofType,
    },
    {
      id: 'shape-contradicted',
      rule: 'a type that says failed keeps a state that says done from settling',
      at: '(Some(State::Settled), Some(State::Declined | State::Refunded | State::RefundPending)) => ⟦Some(State::Pending)⟧',
      to: 'told',
      test: ofType,
    },
    {
      id: 'shape-outweighs',
      rule: 'the state outweighs the type of the answer',
      at: '(Some(state), _) => ⟦Some(state)⟧,',
      to: 'shape.or(Some(state))',
      test: ofType,
    },
    {
      id: 'done-by-any-http',
      rule: 'done needs HTTP 2xx',
      at: 'State::Settled | State::Refunded if !(⟦view.ok⟧ && done)',
      to: 'true',
      test: done,
    },
    {
      id: 'done-by-any-status',
      rule: 'done needs status 0',
      at: 'State::Settled | State::Refunded if !(view.ok && ⟦done⟧)',
      to: 'true',
      test: done,
    },
    {
      id: 'done-by-a-cache',
      rule: 'what a cache has kept settles nothing',
      at: 'State::Settled | State::Refunded if !(view.ok && done) || ⟦view.aged⟧',
      to: 'false',
      test: aged,
    },
    {
      id: 'failed-by-any-http',
      rule: 'failed needs HTTP 2xx',
      at: 'State::Declined if !(⟦view.ok⟧ && view.envelope)',
      to: 'true',
      test: table,
    },
    {
      id: 'failed-by-a-gateway',
      rule: "failed needs EPS's envelope",
      at: 'State::Declined if !(view.ok && ⟦view.envelope⟧)',
      to: 'true',
      test: failed,
    },
    {
      id: 'failed-by-a-cache',
      rule: 'what a cache has kept declines nothing',
      at: 'State::Declined if !(view.ok && view.envelope) || ⟦view.aged⟧',
      to: 'false',
      test: aged,
    },
    {
      id: 'server-error-tells-a-state',
      rule: 'a 5xx says nothing of how far it got, from 500 on',
      at: 'StatedState::State(_) if ⟦view.http_status >= 500⟧',
      to: 'view.http_status > 500',
      test: done,
    },
    {
      id: 'tid-of-any-spelling',
      rule: 'a tid that is no whole number is not asked by',
      at: 'if !expected.refund && ⟦is_canonical_tid(tid)⟧',
      to: 'true',
      test: 'settles::a_tid_that_cannot_be_asked_by_is_not_taken',
    },
    {
      id: 'tid-zero',
      rule: '0 is no tid',
      at: 'is_canonical_tid(tid) && ⟦tid != "0"⟧',
      to: 'true',
      test: 'settles::a_tid_that_cannot_be_asked_by_is_not_taken',
    },
    {
      id: 'tid-of-a-refund',
      rule: 'a refund is known by the tid of its transaction',
      at: 'EchoedValue::Text(tid) if ⟦!expected.refund⟧',
      to: 'true',
      test: table,
    },
    {
      id: 'reference-of-a-refund',
      rule: 'a refund carries no reference of its own',
      at: '_ if ⟦expected.refund⟧ => false',
      to: 'false',
      test: table,
    },
    {
      id: 'another-reference',
      rule: 'an answer with another reference contradicts',
      at: 'EchoedValue::Text(reference) => ⟦reference != expected.reference⟧',
      to: 'false',
      test: contradicted,
    },
    {
      id: 'unreadable-reference',
      rule: 'a reference that cannot be read contradicts',
      at: 'reference != expected.reference,\n        EchoedValue::Unreadable => ⟦true⟧',
      to: 'false',
      test: contradicted,
    },
    {
      id: 'unreadable-tid',
      rule: 'a tid that cannot be read contradicts',
      at: '(EchoedValue::Unreadable, _) => return ⟦Some(because("EPS\'s answer names a tid that cannot be read"))⟧',
      to: 'None',
      test: contradicted,
    },
    {
      id: 'another-tid',
      rule: 'another tid than before contradicts',
      at: '(EchoedValue::Text(tid), Some(known)) if ⟦!same_tid(tid, known)⟧',
      to: 'false',
      test: 'contradictions::a_second_tid_raises_a_duplicate_alarm',
    },
    {
      id: 'duplicate-by-name',
      rule: 'another tid of a debit is told as a second booking',
      at: 'let reason = if ⟦expected.refund⟧',
      to: 'true',
      test: 'contradictions::a_second_tid_raises_a_duplicate_alarm',
    },
    {
      id: 'another-tid-of-a-refund',
      rule: 'a refund is held against the tid that it is for',
      at: 'if expected.refund { ⟦Some(expected.reference)⟧ } else { expected.tid }',
      to: 'expected.tid',
      test: contradicted,
    },
    {
      id: 'given-twice',
      rule: 'a value that is given twice contradicts',
      at: 'if let Some(name) = ⟦&view.twice⟧',
      to: '&None::<String>',
      test: contradicted,
    },
    {
      id: 'tells-any-name',
      rule: "an alarm repeats EPS's own names alone",
      at: 'let name = if ⟦TOLD.contains(&name.as_str())⟧',
      to: 'true',
      test: 'contradictions::an_alarm_names_only_documented_members',
    },
    {
      id: 'another-amount',
      rule: 'another amount contradicts',
      at: 'EchoedValue::Text(amount) => ⟦amount != sent⟧',
      to: 'false',
      test: contradicted,
    },
    {
      id: 'unreadable-amount',
      rule: 'an amount that cannot be read contradicts',
      at: 'amount != sent,\n        EchoedValue::Unreadable => ⟦true⟧',
      to: 'false',
      test: contradicted,
    },
    {
      id: 'two-states',
      rule: 'two states contradict',
      at: 'if ⟦view.tx_status == TxStatus::TwoStates⟧',
      to: 'false',
      test: contradicted,
    },
  ],
}
