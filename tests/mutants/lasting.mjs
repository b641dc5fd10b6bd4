// Mutants of how long "not found" must last, and by which clock.
const file = 'src/money/transition/silence.rs'
const tests = 'money::transition::tests'
const alone = 'rounds::a_round_is_wanted_only_where_each_condition_holds'
const set = 'silence::a_settable_clock_counts_at_most_5_minutes_per_gap'
const four = 'silence::four_answers_are_needed_and_near_ones_count_once'
const quarter = 'silence::silence_of_15_minutes_between_two_rounds_ends_a_debit'
const dropped = (id, at, rule, test) => ({ id, rule, at, to: 'true', test })

export const lasting = {
  file,
  tests,
  mutants: [
    dropped(
      'round-for-the-known',
      '⟦is_silent(entry)⟧ && !entry.is_refund()',
      'no round for what has shown a sign',
      'silence::any_sign_of_life_ends_the_inference_for_good',
    ),
    dropped(
      'round-for-a-refund',
      'is_silent(entry) && ⟦!entry.is_refund()⟧',
      'no round for a refund',
      'refunds::a_refund_never_wants_a_round',
    ),
    dropped('round-for-a-sign', '⟦says_nothing⟧ && is_absent_like(view);', 'a sign of life is learned as it is', alone),
    dropped(
      'round-for-any-answer',
      'says_nothing && ⟦is_absent_like(view)⟧;',
      'a round is for what may be absent',
      alone,
    ),
    dropped(
      'round-each-time',
      'may_end && ⟦concludes()⟧',
      'between the first and the last no round is asked for',
      'silence::the_first_and_the_last_round_must_prove',
    ),
    dropped(
      'silent-in-any-state',
      '⟦entry.outcome == super::State::Indeterminate⟧ && entry.tid',
      'another state is a sign of life',
      'silence::only_a_debit_without_any_sign_of_life_is_silent',
    ),
    dropped(
      'silent-with-a-tid',
      '&& ⟦entry.tid.is_none()⟧ && !entry.seen',
      'a tid is a sign of life',
      'silence::only_a_debit_without_any_sign_of_life_is_silent',
    ),
    dropped(
      'silent-though-seen',
      'entry.tid.is_none() && ⟦!entry.seen⟧',
      'what was seen once is never silent',
      'silence::only_a_debit_without_any_sign_of_life_is_silent',
    ),
    { id: 'silence-begins-with-two', rule: 'the first answer counts once', at: 'answers: ⟦1⟧', to: '2', test: four },
    {
      id: 'silence-begins-later',
      rule: 'nothing is counted before the first answer',
      at: 'counted_ms: ⟦0⟧',
      to: '60_000',
      test: quarter,
    },
    {
      id: 'another-boot',
      rule: 'a clock of another boot counts nothing in between',
      at: 'let elapsed = ⟦if same_epoch { asked.ms.min(time.ms).saturating_sub(silence.at_ms) } else { 0 }⟧',
      to: 'asked.ms.min(time.ms).saturating_sub(silence.at_ms)',
      test: 'silence::a_clock_of_another_boot_counts_nothing_in_between',
    },
    {
      id: 'late-answer-counts',
      rule: 'an answer counts for the time at which it was asked for',
      at: 'if same_epoch { ⟦asked.ms.min(time.ms)⟧.saturating_sub',
      to: 'time.ms',
      test: 'silence::an_answer_counts_for_the_time_at_which_it_was_asked_for',
    },
    {
      id: 'settable-counts-all',
      rule: 'of a clock that can be set one gap counts five minutes',
      at: 'let elapsed = if ⟦time.settable⟧',
      to: 'false',
      test: set,
    },
    {
      id: 'settable-everywhere',
      rule: 'of a clock that nobody sets all counts',
      at: 'if ⟦time.settable⟧ {',
      to: 'true',
      test: set,
    },
    {
      id: 'gap-of-six-minutes',
      rule: 'of a clock that can be set one gap counts five minutes',
      constant: 'SETTABLE_GAP_MS',
      to: '(6 * 60_000)',
      test: set,
    },
    {
      id: 'older-is-no-step-back',
      rule: 'a clock that was set back goes on from there',
      at: 'if same_epoch && ⟦time.ms < silence.at_ms⟧',
      to: 'false',
      test: set,
    },
    {
      id: 'older-is-set-back',
      rule: 'an older reading brought late is no step back',
      at: 'if ⟦known == Some(silence)⟧ { time.ms }',
      to: 'true',
      test: 'silence::what_was_counted_is_not_counted_again_from_an_older_reading',
    },
    {
      id: 'set-back-stays',
      rule: 'a clock that was set back goes on from there',
      at: 'if ⟦known == Some(silence)⟧ { time.ms }',
      to: 'false',
      test: set,
    },
    {
      id: 'near-at-thirty',
      rule: 'answers thirty seconds apart are two',
      at: '⟦elapsed < schedule.apart_ms()⟧',
      to: 'elapsed <= schedule.apart_ms()',
      test: four,
    },
    {
      id: 'near-counts',
      rule: 'answers close together count once',
      at: '&& ⟦elapsed < schedule.apart_ms()⟧ {',
      to: 'false',
      test: four,
    },
    {
      id: 'answers-more',
      rule: 'as many answers as the schedule says are enough',
      at: '⟦silence.answers >= schedule.not_found_count⟧',
      to: 'silence.answers > schedule.not_found_count',
      test: four,
    },
    dropped(
      'answers-any',
      '⟦silence.answers >= schedule.not_found_count⟧ && silence',
      'fewer answers are not enough',
      four,
    ),
    {
      id: 'spread-more',
      rule: 'as long as the schedule says is enough',
      at: '&& ⟦silence.counted_ms >= schedule.not_found_spread_ms⟧',
      to: 'silence.counted_ms > schedule.not_found_spread_ms',
      test: quarter,
    },
    dropped(
      'spread-any',
      'schedule.not_found_count && ⟦silence.counted_ms >= schedule.not_found_spread_ms⟧',
      'a shorter time is not enough',
      quarter,
    ),
  ],
}
