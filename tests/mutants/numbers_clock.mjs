// Mutants of the constants of the clock and of the signer.
import { ms, room, shifted } from './shift.mjs'

const clock = (name) => `src/clock/${name}`
const used = 'clock::used::tests'
const over = 'an_unused_clock_is_dropped_once_its_lead_is_over'
const page = 'two_mappings_share_one_page'
const own = 'configured_lanes_precede_leased_lanes'

export const pages = room(
  clock('used.rs'),
  used,
  shifted('stamps-remembered', 'a day', 'REMEMBERED', [ms(86_400_001), ms(86_399_999)], over),
  shifted('stamps-left', 'a minute', 'LEFT', [ms(60_001), ms(59_999)], over),
  shifted('fresh', 'a fresh page begins two seconds ahead', 'FRESH_MS', ['4_000', '1_000'], page, [clock('lead.rs')]),
  shifted('lanes-hold', 'nothing about lanes holds for more than a minute', 'HOLDS_MS', ['63_000', '59_000'], own),
  shifted('file-look', 'once a second', 'LOOK_MS', ['1_001', '999'], 'a_file_is_looked_for_once_a_second'),
)
const tried = 'opening_a_locked_clock_file_is_tried_500_times'
const swept = 'a_sweep_examines_at_most_4096_files'
const idle = 'clock_files_unused_for_an_hour_are_removed'
export const places = room(
  clock('place.rs'),
  used,
  shifted('place-attempts', '500 times', 'ATTEMPTS', '100', tried),
  shifted('swept', '4,096 files are looked at', 'SWEPT', ['4_097', '4_095'], swept),
  shifted('page-idle', 'an hour', 'IDLE_MS', ['3_800_000', '3_400_000'], idle),
)
export const mapped = room(clock('mapped.rs'), used, shifted('page-size', 'a page', 'SIZE', ['8_192', '2_048'], page))
export const magic = room(
  clock('page.rs'),
  'clock::page::tests',
  shifted('magic', 'a layout has its number', 'MAGIC', 'MAGIC + 1', 'page_numbers_match_the_mapped_layout', [
    clock('mapped.rs'),
  ]),
)
const forgotten = 'an_unfinished_entry_outlives_its_users'
export const registry = room(
  clock('registry.rs'),
  'clock::registry::tests',
  shifted('registry-sweep', 'once a minute', 'SWEEP', [ms(75_000), ms(45_000)], forgotten),
)
const next = 'the_next_is_the_first_of_its_lanes'
export const lanes = room(
  clock('lanes.rs'),
  'clock::lanes::tests',
  shifted('lanes', 'there are 32 lanes', 'LANES', ['33', '31'], next, ['src/money/journal/lanes.rs']),
)
const due = 'a_lane_check_is_due_within_a_second'
export const lease = room(
  clock('lease.rs'),
  'clock::lease::tests',
  shifted('lanes-looked-after', 'most of a second', 'LOOK_MS', ['1_200', '500'], due),
  shifted(
    'look-gone',
    'who stands still for four seconds is gone',
    'GONE_MS',
    ['4_400', '3_600'],
    'a_lane_check_stalled_for_4_s_is_taken_over',
  ),
)
const seenOnce = 'a_seen_timestamp_is_reported_once'
export const seen = room(
  clock('mod.rs'),
  'clock::lease::tests',
  shifted('stamp-seen', 'a bit says that one was seen', 'SEEN', ['3', '0'], seenOnce),
  shifted('stamp-told', 'another that it was told', 'TOLD', ['1', '0'], seenOnce),
)
const noted = 'a_lead_over_1_s_is_recorded_with_5_s_of_margin'
export const leads = room(
  clock('lead.rs'),
  'clock::lead::tests',
  shifted('small-lead', 'a second is small', 'SMALL_MS', ['1_001', '999'], noted),
  shifted('noted-ahead', 'five seconds ahead', 'AHEAD_MS', ['5_001', '4_999'], noted),
)
const long = 'an_overlong_range_drops_its_first_values'
export const ranges = room(
  clock('range.rs'),
  'clock::range::tests',
  shifted('last-bits', '44 bits', 'LAST_BITS', ['45', '43'], long),
  shifted('latest', '44 bits', 'LATEST', ['17_592_186_044_416', '17_592_186_044_414'], long, [clock('page.rs')]),
  shifted('longest', '20 bits', 'LONGEST', ['1_048_576', '1_048_574'], long),
)
const small = 'small_differences_are_ignored_and_large_ones_corrected'
export const offset = room(
  clock('offset.rs'),
  'clock::offset::tests',
  shifted('ignored', 'half a minute is ignored', 'IGNORED_MS', ['30_001', '29_999'], small),
)

const borders = 'the_borders_of_a_timestamp'
export const timestamps = room(
  'src/sign/timestamp.rs',
  'tests/sign.rs',
  shifted('timestamp-min', '13 digits', 'MIN', ['1_000_000_000_001', '999_999_999_999'], borders),
  shifted('timestamp-max', '13 digits', 'MAX', ['10_000_000_000_000', '9_999_999_999_998'], borders),
)
