// Mutants of the constants of the transport and of the reading of answers.
import { ms, room, shifted } from './shift.mjs'

const transport = (name) => `src/transport/${name}`
const direct = (name) => transport(`direct/${name}`)
const response = (name) => `src/response/${name}`

const outage = 'an_outage_gets_a_bounded_number_of_retries'
const full = 'it_never_holds_more_than_its_capacity'
const again = 'a_new_client_does_not_fill_it_and_a_full_one_takes_no_memory'
export const budget = room(
  transport('budget.rs'),
  'transport::budget::tests',
  shifted('capacity', '500 tokens', 'CAPACITY', ['505', '495'], full),
  shifted('transient-cost', 'a retry costs 14', 'TRANSIENT_COST', ['15', '13'], outage),
  shifted('throttled-cost', 'after a refusal 5', 'THROTTLED_COST', ['6', '4'], full),
  shifted('refill', 'a success gives one back', 'SUCCESS_REFILL', ['2', '0'], outage),
  shifted('budget-remembered', 'ten minutes', 'REMEMBERED', [ms(601_000), ms(598_000)], again),
)

const twice = 'a_read_is_repeated_twice_and_never_after_a_bad_certificate'
const jitter = 'jitter_spans_the_whole_bound_and_the_cap_holds'
const kinds = 'a_debit_is_not_repeated_here_and_each_kind_has_its_time'
const time = (id, at, to) => ({ id, rule: 'each kind of call has its time', at, to, test: kinds })
export const retry = room(
  transport('retry.rs'),
  'transport::retry::tests',
  shifted('read-retries', 'twice', 'READ_RETRIES', ['3', '1'], twice),
  shifted('debit-retries', 'a debit is not repeated here', 'DEBIT_RETRIES', '1', kinds),
  shifted('backoff', 'a tenth of a second', 'BACKOFF_BASE', [ms(101), ms(99)], jitter),
  shifted('backoff-throttled', 'a second', 'BACKOFF_BASE_THROTTLED', [ms(1_001), ms(999)], jitter),
  shifted('backoff-cap', 'five seconds at most', 'BACKOFF_CAP', [ms(5_001), ms(4_999)], jitter),
  time('read-total', 'Effect::Read => ⟦(30, 15, true, false)⟧', '(31, 15, true, false)'),
  time('read-attempt', 'Read => (30, ⟦15⟧, true', '16'),
  time('step-total', 'BilledCheck => ⟦(45, 30, false, false)⟧', '(44, 30, false, false)'),
  time('step-attempt', 'BilledCheck => (45, ⟦30⟧, false', '31'),
  time('debit-total', 'Money => ⟦(60, 60, false, true)⟧', '(61, 60, false, true)'),
  time('debit-attempt', 'Money => (60, ⟦60⟧, false', '59'),
)
const three = 'connecting_takes_three_seconds_and_a_little_at_most'
export const connecting = room(
  transport('limits.rs'),
  'transport::direct::connect::tests',
  shifted('connect', '3.1 seconds', 'CONNECT', [ms(3_101), ms(3_099)], three, [direct('connect.rs')]),
)
const crawls = 'a_body_that_crawls_has_stalled_and_a_slow_one_has_not'
export const stalling = room(
  transport('limits.rs'),
  'transport::direct::connection::tests',
  shifted('stall', 'five seconds', 'STALL', [ms(5_100), ms(4_900)], crawls, [transport('body.rs')]),
  shifted('stall-bytes', 'a byte a second', 'STALL_BYTES', ['6', '4'], crawls, [transport('body.rs')]),
)
const size = 'a_head_has_a_size'
export const heads = room(
  transport('limits.rs'),
  'transport::head::tests',
  shifted('max-head', '32 KiB', 'MAX_HEAD', ['32_769', '32_767'], size, [transport('head.rs')]),
)
const before = 'a_quarter_of_a_megabyte_may_come_before_a_head'
export const counted = room(
  transport('limits.rs'),
  'transport::direct::counting_io::tests',
  shifted('before-head', '256 KiB', 'MAX_BEFORE_HEAD', ['262_145', '262_143'], before, [direct('counting_io.rs')]),
)
const kept = 'a_connection_is_kept_for_fifteen_seconds'
export const idle = room(
  transport('limits.rs'),
  'transport::direct::pool::tests',
  shifted('idle', '15 seconds', 'IDLE', [ms(15_010), ms(14_980)], kept, [direct('pool.rs')]),
)
const young = 'what_was_opened_ahead_is_young_for_a_second'
export const ahead = room(
  transport('limits.rs'),
  'transport::direct::reserve::tests',
  shifted('ahead', 'a second', 'AHEAD', [ms(1_001), ms(999)], young, [
    direct('reserve.rs'),
    direct('reserve_tests.rs'),
  ]),
)
const swallows = 'an_unresponsive_address_costs_one_delay'
export const race = room(
  direct('race.rs'),
  'transport::direct::race::tests',
  shifted('race-delay', 'a quarter of a second', 'DELAY', [ms(500), ms(150)], swallows),
)
const looked = 'unread_data_is_checked_for_five_times_1_ms_apart'
export const live = room(
  direct('connection.rs'),
  'transport::direct::connection::tests',
  shifted('looks', 'five times', 'LOOKS', ['6', '4'], looked),
  shifted('between-looks', 'a millisecond', 'BETWEEN_LOOKS', ms(2), looked),
)
const long = 'a_long_body_is_incomplete_until_its_last_piece'
export const tracked = room(
  transport('tracked.rs'),
  'transport::tracked::tests',
  shifted('piece', '64 KiB', 'PIECE', ['65_537', '65_535'], long),
)
const wakes = 'a_wake_up_more_than_20_ms_late_gets_50_ms_more'
export const deadline = room(
  transport('deadline.rs'),
  'transport::deadline::tests',
  shifted('wake-grace', 'a millisecond', 'GRACE', [ms(2), ms(0)], wakes),
  shifted('wake-late', 'twenty milliseconds', 'LATE', [ms(21), ms(19)], wakes),
  shifted('wake-turn', 'fifty milliseconds', 'TURN', [ms(51), ms(49)], wakes),
)

const many = 'repeated_deciding_members_are_reported_up_to_a_limit'
export const names = room(
  response('twice.rs'),
  'response::twice::tests',
  shifted('max-told', 'eight names', 'MAX_TOLD', ['9', '7'], many),
)
const plain = 'a_text_of_twenty_eight_characters_is_plain'
export const amounts = room(
  response('amount.rs'),
  'response::amount::tests',
  shifted('plain-digits', '28 digits are exact', 'PLAIN_DIGITS', ['29', '27'], plain),
)
const squeezed = 'a_compressed_answer_is_read_and_its_raw_is_the_text'
export const bodies = room(
  response('body.rs'),
  'response::tests',
  shifted('max-body', '2 MiB', 'MAX_BODY', ['2_097_153', '2_097_151'], squeezed, [
    transport('body.rs'),
    response('mod.rs'),
  ]),
)
const times = 'a_body_may_become_a_hundred_times_as_long'
export const decoded = room(
  response('encoding.rs'),
  'response::encoding::tests',
  shifted('max-decoded', '8 MiB', 'MAX_DECODED', ['8_388_609', '8_388_607'], times),
  shifted('any-ratio', '64 KiB of any', 'ANY_RATIO', ['65_537', '65_535'], times),
  shifted('max-ratio', 'a hundred times', 'MAX_RATIO', ['101', '99'], times),
)
const levels = 'sixty_four_levels_are_read_and_not_one_more'
const few = 'objects_of_at_most_32_members_need_no_index'
export const wire = room(
  response('json/value.rs'),
  'response::json::value::tests',
  shifted('max-depth', '64 levels', 'MAX_DEPTH', ['65', '63'], levels, [response('json/plain.rs')]),
  shifted('few-members', '32 members', 'FEW', ['33', '31'], few, [response('json/plain.rs')]),
)
const display = 'a_status_id_below_17_has_no_meaning'
export const ids = room(
  response('read.rs'),
  'response::read::tests',
  shifted('meaningful', 'from 17 on', 'FIRST_MEANINGFUL_STATUS_ID', ['18', '16'], display),
)
const four = 'four_statuses_report_parameters_beside_a_validation_type'
const status = (id, to) => shifted(id, 'of validation', 'VALIDATION_STATUSES', to, four)
const signs = 'five_status_codes_are_authentication_errors'
export const refusals = room(
  response('refusal.rs'),
  'response::refusal::tests',
  { id: 'status-98', rule: '97 is of validation', at: 'ids.status == Some(⟦97⟧)', to: '98', test: four },
  shifted('validation-type', '-1', 'VALIDATION_TYPE', ['0', '-2'], four),
  status('status-97', '[96, 319, 461, 463]'),
  status('status-319', '[97, 320, 461, 463]'),
  status('status-461', '[97, 319, 460, 463]'),
  status('status-463', '[97, 319, 461, 464]'),
  shifted('auth-ids', 'from 2483 to 2487', 'AUTH_IDS', ['(2484..=2487)', '(2483..=2486)'], signs),
)
const beside = 'the_state_of_a_transfer_decides_beside_every_type'
export const flight = room(
  response('mod.rs'),
  'tests/money_outcomes.rs',
  shifted('in-flight', '2 is in flight', 'IN_FLIGHT', ['3', '1'], beside),
)
