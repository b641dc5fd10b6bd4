// Mutants of the constants of the journal and of its file.
import { ms, room, shifted } from './shift.mjs'

const journal = (name) => `src/money/journal/${name}`
const sqlite = (name) => journal(`sqlite/${name}`)
const numbers = 'money::numbers_tests'
const stored = 'stored::each_debit_alarm_and_history_of_a_stored_journal_is_read'
const file = 'tests/sqlite/main.rs'

const races = 'a_write_is_tried_sixty_four_times'
export const writes = room(
  journal('mod.rs'),
  numbers,
  shifted('races', '64 races', 'MAX_RACES', ['65', '63'], races, [journal('alarms.rs'), journal('claim.rs')]),
)
export const reads = room(
  journal('claim.rs'),
  numbers,
  shifted(
    'most-read',
    '16,384 rows are read for one claim',
    'MOST_READ',
    ['16_385', '4_096'],
    'skips_up_to_16384_unreadable_rows',
  ),
)
const passed = 'skips_up_to_16384_unreadable_rows'
const four = (id, at) => ({ id, rule: 'four times as many are read next', at, to: '3', test: passed })
export const widened = room(
  journal('claim.rs'),
  numbers,
  four('reads-three', 'u32::try_from(limit * ⟦4⟧)'),
  four('reads-three-more', 'most.saturating_mul(⟦4⟧)'),
)
export const format = room(
  journal('entry.rs'),
  file,
  shifted('format', 'a row has the format 1', 'FORMAT', ['2', '0'], stored, [
    journal('identity.rs'),
    journal('mod.rs'),
    'src/money/judged.rs',
  ]),
)

const part = 'lanes_are_redistributed_as_machines_join_and_leave'
const renewed = 'a_machine_renews_its_lease_and_otherwise_writes_nothing'
export const lanes = room(
  journal('lanes.rs'),
  'money::journal::lanes::tests',
  shifted('lane-lease', 'a lease holds for 30 seconds', 'LEASE_MS', ['31_000', '29_000'], part),
  shifted('aftermath', 'nothing of it comes a minute later', 'AFTERMATH_MS', ['60_001', '59_999'], part),
  shifted('renewed', 'it is renewed with 20 seconds left', 'RENEW_MS', ['20_001', '19_999'], renewed),
)

const commits = 'money::journal::sqlite::writer::commits'
const micros = (number) => `std::time::Duration::from_micros(${number})`
const looks = 'lock_retries_slow_down_after_half_a_second'
const way = 'a_lock_wait_within_50_ms_counts_as_contention'
export const busy = room(
  sqlite('busy.rs'),
  'money::journal::sqlite::busy::tests',
  shifted('busy', 'five seconds', 'BUSY', [ms(5_500), ms(4_400)], 'a_wait_has_an_end', [sqlite('open.rs')]),
  shifted('busy-look', 'it looks after a fifth of a millisecond', 'LOOK', [micros(5_000), micros(20)], looks),
  shifted('busy-long', 'half a second is long', 'LONG', [ms(600), ms(300)], looks),
  shifted('busy-seldom', 'five milliseconds are seldom', 'SELDOM', [ms(9), ms(3)], looks),
  shifted('busy-recent', 'fifty milliseconds ago is lately', 'RECENT', [ms(100), ms(30)], way),
)
const moment = 'a_journal_check_is_valid_for_20_ms'
export const moments = room(
  sqlite('file.rs'),
  'money::journal::sqlite::file::tests',
  shifted('moment', 'twenty milliseconds', 'MOMENT_US', ['22_000', '18_000'], moment),
)
export const tries = room(
  sqlite('file.rs'),
  commits,
  shifted('tries', 'a mark is read four times', 'TRIES', '3', 'a_mark_that_does_not_match_is_read_four_times'),
)
export const batches = room(
  sqlite('writer.rs'),
  commits,
  shifted('batch', '512 jobs in a commit', 'BATCH', ['513', '511'], 'five_hundred_and_twelve_jobs_are_one_commit'),
)
export const owed = room(
  sqlite('writer.rs'),
  file,
  shifted(
    'again',
    'a mark that is owed is soon tried again',
    'AGAIN',
    ms(5_000),
    'mark::a_mark_that_cannot_be_written_stops_nothing_and_is_told_once',
  ),
)

export const marks = room(sqlite('mark.rs'), file, {
  id: 'check-of-nine',
  rule: 'a mark has a check of eight bytes',
  at: 'digest.iter().take(⟦8⟧)',
  to: '9',
  test: 'stored::references_of_a_stored_journal_stay_used_until_pruned',
})

const plans = 'money::journal::sqlite::queries::plans'
export const few = room(
  sqlite('queries.rs'),
  plans,
  shifted('few-due', 'a thousand are many', 'FEW', ['1_001', '999'], 'fewer_than_1000_due_rows_count_as_few'),
)
const ahead = 'rows::due_rows_of_an_account_are_ordered_despite_a_fast_clock'
export const leeway = room(
  sqlite('queries.rs'),
  file,
  shifted('leeway', 'ten seconds for clocks', 'LEEWAY_MS', ['10_001', '9_999'], ahead),
)
export const onTime = room(
  journal('store.rs'),
  file,
  shifted(
    'on-time',
    'what came due more than a minute ago is overdue',
    'ON_TIME_MS',
    ['60_001', '59_999'],
    'rows::overdue_rows_come_after_rows_that_came_due_since',
    [sqlite('queries.rs')],
  ),
)
const pages = 'with_each_step_sixty_four_pages_go_back_to_the_disk'
export const given = room(sqlite('prune.rs'), plans, shifted('pages', '64 pages', 'PAGES', ['65', '63'], pages))

const whole = 'sqlite_damage_is_permanent_and_other_errors_are_transient'
const code = (id, constant, to) => shifted(id, 'damage is told by its number', constant, to, whole)
export const failures = room(
  sqlite('failure.rs'),
  'money::journal::sqlite::failure::tests',
  code('sqlite-error', 'SQLITE_ERROR', ['2', '0']),
  code('short-read', 'SQLITE_IOERR_SHORT_READ', ['778', '266']),
  code('io-data', 'SQLITE_IOERR_DATA', ['8_458', '7_946']),
  code('io-corrupt', 'SQLITE_IOERR_CORRUPTFS', ['8_714', '8_202']),
  code('moved', 'SQLITE_READONLY_DBMOVED', ['1_288', '776']),
)

export const creating = room(
  sqlite('create.rs'),
  file,
  shifted('taken', 'a second', 'TAKEN', [ms(3_000), ms(500)], 'refused::what_is_no_journal_is_named'),
)
const day = 'a_declaration_holds_for_a_day'
export const restored = room(
  sqlite('restored.rs'),
  'money::journal::sqlite::restored::tests',
  shifted('restored-day', 'for a day', 'DAY_MS', ['90_000_000', '82_800_000'], day),
)

const lacks = 'stored::a_stored_journal_without_its_mark_is_behind_until_declared'
export const schema = room(
  sqlite('schema.rs'),
  file,
  shifted('application', 'it is ours', 'APPLICATION_ID', ['0x656b_6f6b', '0x656b_6f69'], stored),
  shifted('file-format', 'a file has the format 2', 'FORMAT', ['3', '1'], stored),
  shifted('marked', '1 says that it has a mark', 'MARKED', ['3', '0'], lacks, [sqlite('file.rs')]),
  shifted('declared', '2 says that a person knows', 'DECLARED', ['3', '0'], lacks, [sqlite('restored.rs')]),
)
const through = 'journals_of_16_mib_or_more_skip_the_full_check'
export const looked = room(
  sqlite('schema.rs'),
  plans,
  shifted('looked-through', '16 MB', 'LOOKED_THROUGH', ['16_777_217', '16_777_215'], through),
)
