// The pure rooms in miri: an interpreter that sees undefined behaviour, also in the crates that they use.
import { cargoTests } from './counts.mjs'
import { at } from './paths.mjs'
import { run, works } from './run.mjs'

const NIGHTLY = '+nightly'
// Tests read files of the project and the time.
const FLAGS = '-Zmiri-disable-isolation'
/** It takes some thousand times as long as the processor does: of each property few cases. */
const CASES = '2'

/**
 * Judging, schedules, accounts of lanes, the page of timestamps in plain memory, reading answers and amounts, and what of the
 * transport only counts. Not here: the stores, which are SQLite's C; what opens sockets or files, waits on a runtime or maps memory, of which miri
 * does not know all system calls; TLS, which is ring's assembler; and the client as a whole, which is all of these.
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

/** The same code as in tests that stay, so often that it would take from a quarter of an hour to days. */
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

/** Installs what is missing. */
export async function miriToolchain() {
  if (await works('cargo', [NIGHTLY, 'miri', '--version'])) return
  const args = ['toolchain', 'install', 'nightly', '--profile', 'minimal', '--component', 'miri,rust-src']
  await run('rustup', args, { label: 'nightly with miri' })
}

/** A room or a test that was renamed would be left out in silence. */
function known(list) {
  const gone = [...ROOMS, ...TOO_LONG].filter((name) => !list.includes(name))
  if (gone.length > 0) throw new Error(`no test has these names any more: ${gone.join(', ')}`)
}

/** Runs the tests of the signer, then those of the other rooms. */
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
  // A client has TLS, and with it ring. What a drop leaves is read by the system, from an address that miri makes up.
  const skipped = ['a_client_refuses', 'of_a_signer_that_was_dropped'].flatMap((name) => ['--skip', name])
  const signer = await test('miri signer', '--test', 'sign', '--', ...skipped)
  const rooms = await test('miri rooms', '--lib', '--', ...ROOMS, ...skips)
  return cargoTests(`${signer}\n${rooms}`)
}
