// Mutants of what the journal keeps about a debit, and of its known references.
const compared = 'the_newest_and_one_older_known_reference_are_kept'
const history = 'declarations::a_history_is_bounded_and_keeps_its_beginning'
const booked = 'spent::states_named_by_eps_are_booked_and_declared_ones_are_not'

export const entries = {
  file: 'src/money/journal/entry.rs',
  tests: 'money::transition::tests',
  mutants: [
    { id: 'history-of-25', rule: 'a history has 24 steps', constant: 'STEPS', to: '25', test: history },
    { id: 'history-begins', rule: 'its first four steps stay', constant: 'FIRST_STEPS', to: '3', test: history },
    { id: 'history-of-long-words', rule: 'its words are short', at: '.take(⟦160⟧)', to: '161', test: history },
    {
      id: 'declined-is-booked',
      rule: 'a refusal before work is no booking',
      at: 'State::Declined => ⟦!self.reusable⟧',
      to: 'true',
      test: booked,
    },
    {
      id: 'declared-is-booked',
      rule: "a person's word is no booking",
      at: '⟦!self.declared⟧ && (self.tid',
      to: 'true',
      test: booked,
    },
    {
      id: 'tid-is-no-booking',
      rule: 'what has a tid is booked',
      at: '(⟦self.tid.is_some()⟧ || state)',
      to: 'false',
      test: booked,
    },
  ],
}

export const known = {
  file: 'src/money/journal/known.rs',
  tests: 'money::journal::known::tests',
  mutants: [
    {
      id: 'known-apart',
      rule: 'the older one is five minutes older',
      constant: 'APART_MS',
      to: '120_000',
      test: compared,
    },
    { id: 'known-grain', rule: 'the newest changes once a minute', constant: 'GRAIN_MS', to: '0', test: compared },
    {
      id: 'known-is-ours',
      rule: 'a debit is not compared with itself',
      at: '.filter(move |known| ⟦known.reference != ours⟧)',
      to: 'true',
      test: compared,
    },
  ],
}
