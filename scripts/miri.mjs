// Runs tests in miri, an interpreter that detects undefined behaviour, also in the crates that the code uses. Only code
// that opens no sockets and calls no other language can run in it.
import { cargoTests } from './counts.mjs'
import { at } from './paths.mjs'
import { run, works } from './run.mjs'

const NIGHTLY = '+nightly'
// The tests read files of the project and the time, which miri forbids without this flag.
const FLAGS = '-Zmiri-disable-isolation'
/**
 * Number of cases of each property test. It is small, because miri is about a thousand times slower than the processor.
 */
const CASES = '2'

/**
 * Names of the modules whose tests run in miri: the states of debits, schedules, lanes, the page of timestamps in plain
 * memory, the reading of answers and amounts, and the parts of the transport that only compute.
 *
 * These parts are left out: the stores, because SQLite is written in C; code that opens sockets or files, waits on a
 * runtime or maps memory, because miri does not know all system calls; TLS, because ring contains assembler; and the
 * whole client, because it uses all of these.
 */
const ROOMS = [
  'money::transition::',
  'money::state::',
  'money::debit::',
  'money::reference::tests::one',
  'money::journal::known',
  'money::journal::lanes',
  'clock::lanes::',
  'clock::range::',
  'clock::page::',
  'clock::offset::',
  'call::attempts',
  'response::',
  'transport::budget',
  'transport::head',
  'transport::origin',
  'transport::retry',
  'request::',
]

/**
 * Tests that are left out. They run the same code as other tests, but so often that miri would need from a quarter of
 * an hour to days.
 */
const TOO_LONG = [
  'every_contradiction_is_indeterminate_and_raises_an_alarm',
  'any_sign_of_life_ends_the_inference_for_good',
  'transition::tests::table',
  'many_member_names_are_parsed_without_quadratic_time',
  'sixty_four_levels_are_read_and_not_one_more',
  'a_compressed_answer_is_read_and_its_raw_is_the_text',
  'a_decompression_bomb_is_rejected',
  'room_is_never_taken_beyond_the_limit',
  'only_an_own_refusal_before_work_frees_the_reference',
  'references_are_unique',
  'encoded_bodies_round_trip',
  'corrupt_bodies_never_panic',
  'what_is_cut_or_corrupt',
  'a_burst_leads_the_clock_by_at_most_a_minute',
  'a_wrong_date_does_not_stop_timestamps',
  'concurrent_clock_steps_yield_unique_values',
]

/** Installs a nightly Rust with miri if it is missing. */
export async function miriToolchain() {
  if (await works('cargo', [NIGHTLY, 'miri', '--version'])) return
  const args = ['toolchain', 'install', 'nightly', '--profile', 'minimal', '--component', 'miri,rust-src']
  await run('rustup', args, { label: 'nightly with miri' })
}

/**
 * Throws if no test has one of the names above, because a renamed test or module would otherwise be left out silently.
 */
function known(list) {
  const gone = [...ROOMS, ...TOO_LONG].filter((name) => !list.includes(name))
  if (gone.length > 0) throw new Error(`no test has these names any more: ${gone.join(', ')}`)
}

/** Runs the tests of the signer, and then those of the modules in `ROOMS`. */
export async function miri() {
  const env = {
    CARGO_TARGET_DIR: at('target', 'miri'),
    MIRIFLAGS: FLAGS,
    PROPTEST_CASES: CASES,
    PROPTEST_DISABLE_FAILURE_PERSISTENCE: 'true',
  }
  const test = (label, ...args) => run('cargo', [NIGHTLY, 'miri', 'test', ...args], { label, env })
  const skips = TOO_LONG.flatMap((name) => ['--skip', name])
  known(await test('miri list', '--lib', '--', '--list'))
  // The first test creates a client, which needs TLS and therefore ring. The second test lets the system read the
  // memory of a dropped signer, but the addresses in miri are not real.
  const skipped = ['a_client_refuses', 'of_a_signer_that_was_dropped'].flatMap((name) => ['--skip', name])
  const signer = await test('miri signer', '--test', 'sign', '--', ...skipped)
  const rooms = await test('miri rooms', '--lib', '--', ...ROOMS, ...skips)
  return cargoTests(`${signer}\n${rooms}`)
}
