// Mutants of the proof by a round that EPS does not have a debit.
const file = 'src/money/transition/silence.rs'
const tests = 'money::transition::tests'
const round = 'rounds::a_round_proves_absence_only_where_each_part_of_it_does'
const cached = 'rounds::a_cached_answer_is_no_part_of_a_round'
const likeNone = 'rounds::an_answer_that_is_like_none_is_no_absence'
const shown = 'refunds::only_what_eps_itself_shows_now_counts'
const dropped = (id, at, rule, test) => ({ id, rule, at, to: 'true', test })

export const proofs = {
  file,
  tests,
  mutants: [
    dropped('found-by-no-tid', '⟦named.is_some()⟧ && view.ok', 'EPS has found what it names by a tid', round),
    dropped(
      'found-in-a-refusal',
      'named.is_some() && ⟦view.ok⟧ && !view.aged',
      'who is refused has found nothing',
      'rounds::a_known_reference_is_found_by_its_tid',
    ),
    dropped('found-in-a-cache', 'view.ok && ⟦!view.aged⟧ && (tid', 'a cache has found nothing', cached),
    dropped(
      'found-by-any-tid',
      '⟦(tid.is_some() || view.carries(reference))⟧',
      'without a known tid only the reference says which it is',
      'rounds::a_known_reference_is_found_by_its_tid',
    ),
    dropped('untouched-by-any-http', 'says_so && ⟦view.ok⟧', 'only a success shows that a refund is untouched', shown),
    dropped('untouched-by-a-gateway', 'view.ok && ⟦view.envelope⟧ && !view.aged', 'a gateway shows no refund', shown),
    dropped(
      'untouched-in-a-cache',
      'view.ok && view.envelope && ⟦!view.aged⟧ && !view.is_gateway_refusal()',
      'a cache shows no refund',
      shown,
    ),
    dropped(
      'untouched-in-a-refusal',
      'view.envelope && !view.aged && ⟦!view.is_gateway_refusal()⟧',
      'who would not be asked shows no refund',
      shown,
    ),
    dropped(
      'absent-though-named',
      'let says_nothing = ⟦!view.names_one⟧',
      'what names a transaction is no absence',
      'rounds::what_names_a_transaction_wants_no_round',
    ),
    dropped('absent-though-twice', '⟦view.twice.is_none()⟧', 'what is given twice is no absence', likeNone),
    dropped('absent-though-amount', '⟦!names_amount(view)⟧;', 'what names an amount is no absence', likeNone),
    dropped(
      'absent-for-a-gateway',
      '⟦view.envelope⟧ && !view.aged && says_nothing',
      'a gateway knows no absence',
      likeNone,
    ),
    dropped('absent-in-a-cache', 'view.envelope && ⟦!view.aged⟧ && says_nothing', 'a cache knows no absence', cached),
    dropped(
      'absent-in-a-refusal',
      'says_nothing && ⟦!view.is_gateway_refusal()⟧',
      'who would not be asked knows no absence',
      likeNone,
    ),
    dropped(
      'amount-of-a-page',
      '⟦view.envelope⟧ && view.amount != EchoedValue::Absent',
      'an amount on a page of a gateway is no sign',
      'silence::an_amount_is_a_sign_only_in_epss_envelope',
    ),
    dropped(
      'proof-without-before',
      '⟦found(before)⟧ && found(after)',
      'EPS must find the known reference before',
      round,
    ),
    dropped('proof-without-after', 'found(before) && ⟦found(after)⟧', 'EPS must find the known reference after', round),
    dropped(
      'proof-of-any-answer',
      '⟦is_absent_like(view)⟧ && is_absent_like(made_up)',
      'ours must be answered like an absent one',
      'rounds::what_names_a_transaction_wants_no_round',
    ),
    dropped(
      'proof-by-any-made-up',
      'is_absent_like(view) && ⟦is_absent_like(made_up)⟧',
      'the made-up one must be answered like an absent one',
      cached,
    ),
    dropped(
      'proof-unlike',
      'if ⟦print == made_up.print(&round.made_up.0)⟧',
      'ours must be answered as the made-up one is',
      round,
    ),
    {
      id: 'made-up-found',
      rule: 'a made-up reference that is found voids the round',
      at: '⟦round.made_up.1.as_ref().is_some_and(|made_up| made_up.names_one)⟧',
      to: 'false',
      test: round,
    },
  ],
}
