// Mutants of the smaller source files that the judge depends on, and of those whose constants keep money safe.
const inFlight = 'an_unknown_tx_status_is_pending'
const open = 'three_states_are_open_and_four_are_ends'
const state = (id, at, to, rule, test = inFlight) => ({ id, rule, at, to, test })

export const states = {
  file: 'src/money/state.rs',
  tests: 'money::state::tests',
  mutants: [
    state('state-0', '0 => ⟦State::Settled⟧', 'State::Pending', '0 is settled'),
    state('state-1', '1 => ⟦State::Declined⟧', 'State::Pending', '1 is declined'),
    state('state-3', '3 => ⟦State::RefundPending⟧', 'State::Pending', '3 is refund pending'),
    state('state-4', '4 => ⟦State::Refunded⟧', 'State::Settled', '4 is refunded'),
    state('state-2', '_ => ⟦State::Pending⟧', 'State::Settled', 'any other state is in flight'),
    state(
      'state-5',
      '_ => ⟦State::Pending⟧,',
      'if tx_status == 5 { State::Declined } else { State::Pending }',
      '5 is on hold',
    ),
    state(
      'refund-pending-final',
      'State::Indeterminate | State::Pending | State::RefundPending => ⟦false⟧',
      'self == State::RefundPending',
      'refund pending is open',
      open,
    ),
    state(
      'not-sent-open',
      'State::Declined | State::Refunded | State::NotSent => ⟦true⟧',
      'self != State::NotSent',
      'not sent is final',
      open,
    ),
  ],
}

const spelling = 'one_spelling_of_a_tid'
export const references = {
  file: 'src/money/reference.rs',
  tests: 'money::reference::tests',
  mutants: [
    {
      id: 'tid-of-21-digits',
      rule: 'a tid has twenty digits at most',
      at: '⟦tid.len() <= 20⟧',
      to: 'tid.len() <= 21',
      test: spelling,
    },
    {
      id: 'tid-of-19-digits',
      rule: 'a tid may have twenty digits',
      at: '&& ⟦tid.len() <= 20⟧ &&',
      to: 'tid.len() < 20',
      test: spelling,
    },
    {
      id: 'tid-of-letters',
      rule: 'a tid has digits alone',
      at: '⟦tid.bytes().all(|byte| byte.is_ascii_digit())⟧',
      to: 'true',
      test: spelling,
    },
    {
      id: 'tid-of-nothing',
      rule: 'a tid is not empty',
      at: '⟦!tid.is_empty()⟧ && tid.len()',
      to: 'true',
      test: spelling,
    },
    {
      id: 'tid-with-zeros',
      rule: 'a tid has no leading zero',
      at: "⟦!tid.starts_with('0')⟧",
      to: 'true',
      test: spelling,
    },
    { id: 'tid-0', rule: '0 has one spelling', at: '⟦tid == "0"⟧ ||', to: 'false', test: spelling },
    {
      id: 'same-tid-blank',
      rule: 'blanks around a tid are no difference',
      at: 'let tid = ⟦tid.trim()⟧',
      to: 'tid',
      test: spelling,
    },
    {
      id: 'same-tid-fraction',
      rule: 'a fraction of zero is no difference',
      at: '⟦tid.strip_suffix(".0").unwrap_or(tid)⟧',
      to: 'tid',
      test: spelling,
    },
    {
      id: 'same-tid-zeros',
      rule: 'leading zeros are no difference',
      at: "let digits = ⟦tid.trim_start_matches('0')⟧",
      to: 'tid',
      test: spelling,
    },
    {
      id: 'made-up-is-ours',
      rule: 'what cannot vary has no made-up like',
      at: '⟦(made != like)⟧.then_some',
      to: 'true',
      test: 'a_made_up_reference_looks_like_the_real_one',
    },
    {
      id: 'made-up-otherwise',
      rule: 'a made-up reference has the same kinds of characters',
      at: "'a'..='z' => ⟦of(b\"abcdefghijklmnopqrstuvwxyz\", *byte)⟧",
      to: 'of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", *byte)',
      test: 'a_made_up_reference_looks_like_the_real_one',
    },
  ],
}

const near = 'a_timestamp_is_off_if_no_instant_of_the_exchange_matches'
export const stamps = {
  file: 'src/call/attempts.rs',
  tests: 'call::attempts::tests',
  mutants: [
    {
      id: 'timely-101',
      rule: 'a timestamp more than 100 seconds away is off',
      constant: 'TIMELY_MS',
      to: '101_000',
      test: near,
    },
    {
      id: 'timely-99',
      rule: 'a timestamp 100 seconds away is in time',
      at: '⟦stamp.abs_diff(looked) <= TIMELY_MS⟧',
      to: 'stamp.abs_diff(looked) <= TIMELY_MS - 1_000',
      test: near,
    },
    {
      id: 'timely-border',
      rule: '100 seconds to the millisecond are in time',
      at: 'if ⟦stamp.abs_diff(looked) <= TIMELY_MS⟧ {',
      to: 'stamp.abs_diff(looked) < TIMELY_MS',
      test: near,
    },
    {
      id: 'date-is-whole',
      rule: 'half a second is the mean error of a Date',
      at: 'date.saturating_add(⟦500⟧)',
      to: '1_500',
      test: near,
    },
    {
      id: 'looked-at-the-end',
      rule: 'the server may have looked at any moment of the exchange',
      at: '⟦stamp.clamp(end.saturating_sub(took_ms), end)⟧',
      to: 'end',
      test: near,
    },
    {
      id: 'stamp-unknown',
      rule: 'without a Date nothing is known of a timestamp',
      at: 'else { return ⟦StampCheck::Unknown⟧ }',
      to: 'StampCheck::Off',
      test: near,
    },
  ],
}

export const accounts = {
  file: 'src/money/journal/account.rs',
  tests: 'money::journal::account::tests',
  mutants: [
    {
      id: 'digest-of-one-byte',
      rule: 'accounts are told apart',
      constant: 'BYTES',
      to: '1',
      test: 'accounts_are_told_apart_and_production_is_one',
    },
    {
      id: 'relay-apart',
      rule: 'production is one account by whatever relay',
      at: '⟦base_url.contains(PRODUCTION)⟧',
      to: 'false',
      test: 'accounts_are_told_apart_and_production_is_one',
    },
    {
      id: 'digest-without-salt',
      rule: "a digest is the journal's own",
      at: '⟦[&[salt], parts].concat()⟧',
      to: 'parts.to_vec()',
      test: 'accounts_are_told_apart_and_production_is_one',
    },
    {
      id: 'digest-without-lengths',
      rule: 'where one part ends is part of it',
      at: '⟦hash.update((part.len() as u64).to_be_bytes())⟧',
      to: '()',
      test: 'accounts_are_told_apart_and_production_is_one',
    },
  ],
}
