// Mutants of counts, limits and times in the parts of `src/money` that use a store.
import { ms, room, shifted } from './shift.mjs'

const money = (name) => `src/money/${name}`
const numbers = 'money::numbers_tests'
const races = 'a_write_is_tried_sixty_four_times'
const told = 'client_defaults'
const config = ['src/client/config.rs']
const looked = 'an_unknown_commit_is_checked_for_over_a_minute'
const leased = 'due_debits_are_asked_about_within_the_limit_and_lease'

const graces = 'an_expired_call_waits_100_ms_more_and_a_release_1_s'
const conclude = ['src/money/send/conclude.rs']
export const grace = room(
  money('reserve.rs'),
  'money::reserve::tests',
  shifted('grace', 'a caller waits a tenth of a second for a record', 'GRACE', [ms(110), ms(90)], graces, conclude),
  shifted(
    'release-grace',
    'and a second where nothing has left',
    'RELEASE_GRACE',
    [ms(1_100), ms(900)],
    graces,
    conclude,
  ),
)
const looks = (steps) => `[${steps.map(ms).join(', ')}]`
export const back = room(
  money('reserve.rs'),
  'tests/slow_store.rs',
  shifted('looks-first', 'the first look comes at once', 'GIVE_BACK', looks([70, 1_000, 10_000, 60_000]), looked),
  shifted('looks-second', 'the second after a second', 'GIVE_BACK', looks([50, 2_000, 10_000, 60_000]), looked),
  shifted('looks-third', 'the third after ten', 'GIVE_BACK', looks([50, 1_000, 9_000, 60_000]), looked),
  shifted('looks-fourth', 'the fourth a minute later', 'GIVE_BACK', looks([50, 1_000, 10_000, 59_000]), looked),
)

export const ledger = room(
  money('ledger.rs'),
  numbers,
  shifted('max-debits', '256 debits at once', 'MAX_DEBITS', ['257', '255'], told, config),
  shifted('max-inquiries', '64 inquiries at once', 'MAX_INQUIRIES', ['65', '63'], told, config),
  shifted('alarm-after', 'an alarm after a day', 'ALARM_AFTER', [ms(86_400_001), ms(86_399_999)], told, config),
)

const limits = 'client_limits'
export const clientLimits = room(
  'src/client/config.rs',
  numbers,
  shifted('longest-key', '6,144 characters at most', 'LONGEST_KEY', ['6_145', '6_143'], 'longest_keys'),
  shifted('most-debits', '10,000 debits at most', 'MOST_DEBITS', ['10_001', '9_999'], limits),
  shifted('most-inquiries', '1,000 inquiries at most', 'MOST_INQUIRIES', ['1_001', '999'], limits),
  shifted('longest-deadline', 'a deadline of an hour', 'LONGEST_DEADLINE_MS', ['3_600_001', '3_599_999'], limits),
  shifted('longest-time', 'a time of 31 days', 'LONGEST_MS', ['2_678_400_001', '2_678_399_999'], limits),
)

const quarter = 'the_latest_duration_weighs_a_quarter_of_the_mean'
const mean = (id, at, to) => ({ id, rule: 'the latest counts a quarter', at, to, test: quarter })
export const lately = room(
  money('ledger.rs'),
  'money::ledger::tests',
  mean('mean-of-five', '*mean = ⟦(*mean * 3 + took) / 4⟧', '(*mean * 4 + took) / 5'),
  mean('mean-of-three', '*mean = (⟦*mean * 3 + took⟧) / 4', '*mean * 2 + took'),
)

export const finishing = room(
  money('finish.rs'),
  numbers,
  shifted('races-to-finish', '64 races', 'RACES', ['65', '63'], races),
)
const minutely = 'a_known_reference_is_stored_once_a_minute'
export const recording = room(
  money('record.rs'),
  numbers,
  shifted('races-to-record', '64 races', 'RACES', ['65', '63'], races),
  shifted('remembered-minutely', 'once a minute', 'REMEMBER_MS', ['60_001', '59_999'], minutely),
)
export const relatives = room(
  money('record.rs'),
  'tests/resolver.rs',
  shifted(
    'relatives',
    '64 relatives are looked at',
    'MOST_RELATIVES',
    ['65', '63'],
    'sixty_four_relatives_are_looked_at_for_a_double_booking',
  ),
)

const lagging = 'a_slow_listener_loses_the_oldest_beyond_1024_events'
export const events = room(
  money('events.rs'),
  numbers,
  // The channel of events (a ring buffer) rounds its size up to a power of two.
  shifted('backlog', '1,024 events wait for a listener', 'BACKLOG', ['1_025', '512'], lagging),
)

const once = 'a_callback_searches_1024_debits_for_its_tid_once_a_second'
export const tids = room(
  money('callbacks.rs'),
  numbers,
  shifted('most-tids', '1,024 debits are looked through', 'MOST_TIDS', ['1_025', '1_023'], once),
  shifted('not-sooner', 'once a second', 'NOT_SOONER_MS', ['1_001', '999'], once),
)

const step = 'prune_and_archive_take_100_rows_at_a_time'
export const steps = room(
  money('retention.rs'),
  numbers,
  shifted('step', '100 rows in one step', 'STEP', ['101', '99'], step),
  shifted(
    'step-pause',
    'a tenth of a second for debits',
    'PAUSE',
    [ms(110), ms(90)],
    'pruning_pauses_100_ms_between_steps',
  ),
)

const ends = 'a_lease_ends_2_s_early_and_spare_lanes_end_after_2_s'
const waits = 'a_debit_waits_5_s_for_lanes_and_polls_every_20_ms'
export const machines = room(
  money('lanes.rs'),
  'money::lanes::tests',
  shifted('lanes-look', 'once a second', 'LOOK', [ms(1_010), ms(990)], 'lanes_are_checked_once_a_second'),
  shifted('lanes-margin', 'a lease ends here two seconds earlier', 'MARGIN_MS', ['2_500', '1_500'], ends),
  shifted('lanes-spare', 'those of nobody for two seconds', 'SPARE_MS', ['2_500', '1_500'], ends),
  shifted(
    'lanes-settled',
    'four seconds until others know',
    'SETTLED_MS',
    ['4_500', '3_500'],
    'a_machine_joining_another_waits_4_s_for_its_lanes',
  ),
  shifted('lanes-wait', 'five seconds', 'WAIT', [ms(5_100), ms(4_900)], waits),
  shifted('lanes-glance', 'twenty milliseconds', 'GLANCE', [ms(25), ms(16)], waits),
  shifted('lanes-steps', 'four steps', 'STEPS', ['5', '3'], 'a_lane_check_is_tried_four_times_on_conflicts'),
)

const unsigned = 'a_debit_paused_between_check_and_signature_is_not_sent'
export const late = room(
  money('schedule.rs'),
  'tests/slow_store.rs',
  shifted(
    'signed-within',
    'a minute from the look to the signature',
    'SIGNED_WITHIN',
    [ms(65_000), ms(57_000)],
    unsigned,
    [money('send/mod.rs')],
  ),
)
export const crash = room(
  money('schedule.rs'),
  'tests/resolver.rs',
  shifted(
    'crash-grace',
    'two seconds after the deadline',
    'CRASH_GRACE_MS',
    ['2_500', '1_500'],
    'an_unrecorded_debit_is_due_2_s_after_its_deadline',
    [money('send/intent.rs')],
  ),
)
const spent = 'a_spent_debit_is_asked_about_by_the_clock_of_the_store'
export const early = room(
  money('schedule.rs'),
  'money::transition::tests::schedule',
  shifted('spent-early', 'five minutes', 'SPENT_EARLY_MS', ['300_001', '299_999'], spent),
)
const open = 'inquiries_of_an_open_debit_slow_down_and_never_stop'
export const units = room(
  money('schedule.rs'),
  'money::transition::tests::schedule',
  shifted('minute', 'a minute has 60 seconds', 'MINUTE_MS', ['61_000', '59_000'], open),
  shifted('hour', 'an hour has 60 minutes', 'HOUR_MS', ['3_660_000', '3_540_000'], open),
  shifted('day', 'a day has 24 hours', 'DAY_MS', ['90_000_000', '82_800_000'], open),
)

const recent = 'what_eps_lately_took_counts_up_to_five_seconds'
export const permits = room(
  money('send/permit.rs'),
  'tests/slow_store.rs',
  shifted('longest-recent', 'five seconds of what it took count', 'LONGEST_RECENT', [ms(6_000), ms(4_000)], recent),
)
export const hardly = room(money('send/permit.rs'), 'tests/slow_store.rs', {
  id: 'a-seventh',
  rule: 'a fifth of the deadline must be left',
  at: '(self.total / ⟦5⟧)',
  to: '7',
  test: 'too_little_time_for_an_answer_prevents_sending',
})
const short = 'away_from_this_machine_a_deadline_leaves_a_debit_its_time'
export const deadlines = room(
  money('send/intent.rs'),
  'tests/money.rs',
  shifted('shortest', 'a deadline of five seconds', 'SHORTEST_DEADLINE', [ms(5_001), ms(4_999)], short),
)
const again = 'a_debit_without_bytes_sent_ends_as_not_sent'
export const attempts = room(
  money('send/mod.rs'),
  'tests/money.rs',
  shifted('attempts', 'two requests', 'ATTEMPTS', ['3', '1'], again),
)

const ledgerUses = [money('ledger.rs')]
const fifth = 'a_fifth_of_a_sweep_goes_to_what_has_waited_longest'
export const sweeping = room(
  money('resolver.rs'),
  'tests/resolver.rs',
  shifted('lease', 'an inquiry is leased for 45 seconds', 'LEASE_MS', ['45_001', '44_999'], leased, [
    money('callbacks.rs'),
  ]),
  shifted('first-pace', 'eight are asked at first', 'FIRST_PACE', ['9', '7'], fifth, ledgerUses),
  shifted(
    'one-sweep',
    '512 in one sweep',
    'IN_ONE_SWEEP',
    ['513', '504'],
    'five_hundred_and_twelve_are_asked_about_in_one_sweep',
  ),
)
const minute = 'sweep_failures_are_reported_once_a_minute'
const told60 = (id, to) => ({ id, rule: 'once a minute', at: 'at.saturating_add(⟦60_000⟧)', to, test: minute })
export const failing = room(
  money('resolver.rs'),
  numbers,
  told60('told-later', '60_001'),
  told60('told-sooner', '59_999'),
)
const slow = 'a_step_that_takes_more_than_five_seconds_halves_the_next'
export const pace = room(
  money('resolver.rs'),
  'money::resolver::tests',
  shifted('slow', 'more than five seconds are slow', 'SLOW', [ms(5_001), ms(4_999)], slow),
)
const beside = 'a_round_that_takes_more_than_ten_seconds_proves_nothing'
export const rounds = room(
  money('inquire.rs'),
  'tests/absence.rs',
  shifted('shared', 'ten seconds for a round', 'SHARED', [ms(13_000), ms(6_000)], beside),
)
