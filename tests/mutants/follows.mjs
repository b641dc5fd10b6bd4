// Mutants of the judge, the function that decides what an answer changes in a debit.
const file = 'src/money/transition/mod.rs'
const tests = 'money::transition::tests'
const late = 'no_work::a_late_refusal_changes_nothing_about_a_known_debit'
const incomplete = 'no_work::only_an_incomplete_request_was_not_sent'
const declared = 'declarations::an_end_may_be_declared_of_whatever_is_open'
const mayDeclare = 'declarations::not_sent_may_be_declared_only_where_eps_has_named_nothing'

export const follows = {
  file,
  tests,
  mutants: [
    {
      id: 'attempts-fall',
      rule: 'the count of requests never falls',
      at: '(*phase, ⟦next.attempts.max(*attempts)⟧)',
      to: '*attempts',
      test: 'declarations::requests_and_inquiries_are_counted',
    },
    {
      id: 'unasked-speaks',
      rule: 'EPS has it, asked or not',
      at: 'if next.is_open() && ⟦is_silent(next)⟧',
      to: 'true',
      test: 'silence::an_inconclusive_inquiry_gives_its_reason',
    },
    {
      id: 'declared-whatever-it-is',
      rule: 'a declaration is judged again against what is known by then',
      at: 'if ⟦may_be_declared_not_sent(next)⟧',
      to: 'next.is_open()',
      test: mayDeclare,
    },
    {
      id: 'declared-free',
      rule: 'what a person has declared is spent',
      at: '(decision.entry.spent, decision.entry.declared) = ⟦(true, true)⟧',
      to: '(false, true)',
      test: mayDeclare,
    },
    {
      id: 'declared-after-the-end',
      rule: 'a person does not end what has ended',
      at: 'Observation::Declared { outcome, tid } => {\n            if ⟦next.is_open()⟧',
      to: 'true',
      test: declared,
    },
    {
      id: 'declared-tid',
      rule: "EPS's own tid stays when a person names one",
      at: '⟦next.tid.take().or_else(|| tid.clone())⟧',
      to: 'tid.clone()',
      test: declared,
    },
    {
      id: 'declared-booked',
      rule: "EPS is asked about a person's word for a week",
      at: 'next.spent = ⟦true⟧;\n                decision.ends(*outcome)',
      to: 'false',
      test: declared,
    },
    {
      id: 'success-is-no-sign',
      rule: 'an own success that says nothing else is a sign',
      at: 'if ⟦is_success(view)⟧ {',
      to: 'false',
      test: 'silence::an_own_success_without_details_is_a_sign_of_life',
    },
    {
      id: 'late-refusal-believed',
      rule: 'a late refusal does not undo what is known',
      at: 'if entry.is_open() && ⟦has_learned_nothing(entry)⟧ {\n            gives_back(entry);\n            self.ends(State::Declined)',
      to: 'true',
      test: late,
    },
    {
      id: 'late-refusal-untold',
      rule: 'a refusal of what EPS has acknowledged is an alarm',
      at: '} else if ⟦entry.is_booked() || entry.seen⟧ {',
      to: 'false',
      test: late,
    },
    {
      id: 'sent-in-part',
      rule: 'a request that was written in part was not sent',
      at: 'if ⟦phase > Phase::PartlyWritten⟧',
      to: 'phase >= Phase::PartlyWritten',
      test: incomplete,
    },
    {
      id: 'sent-whole',
      rule: 'a request that has left may have arrived',
      at: 'if ⟦phase > Phase::PartlyWritten || !entry.is_open()⟧ {',
      to: 'phase > Phase::Dispatched || !entry.is_open()',
      test: incomplete,
    },
    {
      id: 'not-sent-though-known',
      rule: 'what EPS knows was sent',
      at: 'if ⟦has_learned_nothing(entry)⟧ {\n            gives_back(entry);\n            self.ends(State::NotSent)',
      to: 'true',
      test: incomplete,
    },
    {
      id: 'refund-taken',
      rule: 'an own success that shows the untouched state has taken the refund',
      at: 'Says::Untouched if ⟦is_success(view)⟧',
      to: 'false',
      test: 'refunds::a_sign_of_the_refund_ends_the_inference_for_good',
    },
    {
      id: 'amount-is-no-sign',
      rule: 'only who knows a debit can name its amount',
      at: 'Says::Nothing if ⟦source == "inquiry"⟧',
      to: 'false',
      test: 'table::a_body_gives_the_same_state_whichever_way_it_came',
    },
    {
      id: 'amount-of-a-refusal',
      rule: "an own refusal may repeat the request's amount",
      at: 'Says::Nothing if ⟦source == "inquiry" && !self.entry.is_refund()⟧',
      to: '!self.entry.is_refund()',
      test: 'table::a_body_gives_the_same_state_whichever_way_it_came',
    },
  ],
}
