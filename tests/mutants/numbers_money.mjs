// How often, how many and how long, in the rooms that use a store.
import { ms, room, shifted } from './shift.mjs'

const money = (name) => `src/money/${name}`
const numbers = 'money::numbers_tests'
const races = 'a_write_is_tried_sixty_four_times'
const told = 'what_a_client_has_unless_told_otherwise'
const config = ['src/client/config.rs']
const looked = 'a_commit_that_is_unknown_is_looked_for_until_a_minute_has_passed'
const leased = 'what_is_due_is_asked_about_at_once_within_its_bound_and_lease'

const graces = 'past_its_end_a_caller_waits_a_tenth_of_a_second_and_for_a_release_a_whole_one'
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

const quarter = 'of_what_debits_take_the_latest_counts_a_quarter'
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

const lagging = 'a_slow_listener_loses_the_oldest_of_more_than_a_thousand_events'
export const events = room(
  money('events.rs'),
  numbers,
  // A ring of events has room for a power of two.
  shifted('backlog', '1,024 events wait for a listener', 'BACKLOG', ['1_025', '512'], lagging),
)

const once = 'of_a_callbacks_tid_a_thousand_debits_are_looked_through_once_a_second'
export const tids = room(
  money('callbacks.rs'),
  numbers,
  shifted('most-tids', '1,024 debits are looked through', 'MOST_TIDS', ['1_025', '1_023'], once),
  shifted('not-sooner', 'once a second', 'NOT_SOONER_MS', ['1_001', '999'], once),
)

const step = 'what_is_old_goes_a_hundred_rows_at_a_time'
export const steps = room(
  money('retention.rs'),
  numbers,
  shifted('step', '100 rows in one step', 'STEP', ['101', '99'], step),
  shifted(
    'step-pause',
    'a tenth of a second for debits',
    'PAUSE',
    [ms(110), ms(90)],
    'between_two_steps_debits_have_the_journal_for_a_tenth_of_a_second',
  ),
)

const ends = 'a_lease_ends_here_two_seconds_before_the_stores_and_that_of_nobodys_after_two'
const waits = 'a_debit_waits_for_its_lanes_for_five_seconds_and_sees_within_twenty_milliseconds_that_they_are_there'
export const machines = room(
  money('lanes.rs'),
  'money::lanes::tests',
  shifted('lanes-look', 'once a second', 'LOOK', [ms(1_010), ms(990)], 'they_are_looked_after_once_a_second'),
  shifted('lanes-margin', 'a lease ends here two seconds earlier', 'MARGIN_MS', ['2_500', '1_500'], ends),
  shifted('lanes-spare', 'those of nobody for two seconds', 'SPARE_MS', ['2_500', '1_500'], ends),
  shifted(
    'lanes-settled',
    'four seconds until others know',
    'SETTLED_MS',
    ['4_500', '3_500'],
    'who_comes_to_another_machine_waits_for_four_seconds',
  ),
  shifted('lanes-wait', 'five seconds', 'WAIT', [ms(5_100), ms(4_900)], waits),
  shifted('lanes-glance', 'twenty milliseconds', 'GLANCE', [ms(25), ms(16)], waits),
  shifted('lanes-steps', 'four steps', 'STEPS', ['5', '3'], 'where_others_write_in_between_a_look_has_four_steps'),
)

const unsigned = 'what_stands_still_between_the_look_at_its_row_and_its_signature_does_not_leave'
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
    'after_a_crash_it_is_asked_about_two_seconds_after_its_deadline',
    [money('send/intent.rs')],
  ),
)
const spent = 'a_spent_debit_is_asked_about_by_the_clock_of_the_store'
export const early = room(
  money('schedule.rs'),
  'money::transition::tests::schedule',
  shifted('spent-early', 'five minutes', 'SPENT_EARLY_MS', ['300_001', '299_999'], spent),
)
const open = 'an_open_debit_is_asked_about_soon_then_each_minute_then_seldom_and_for_ever'
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
  test: 'what_can_hardly_be_answered_in_time_is_not_sent',
})
const short = 'away_from_this_machine_a_deadline_leaves_a_debit_its_time'
export const deadlines = room(
  money('send/intent.rs'),
  'tests/money.rs',
  shifted('shortest', 'a deadline of five seconds', 'SHORTEST_DEADLINE', [ms(5_001), ms(4_999)], short),
)
const again = 'nothing_sent_is_known_to_be_nothing'
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
const minute = 'that_sweeps_fail_is_told_once_a_minute'
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
