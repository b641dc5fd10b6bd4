// Source files that `npm run test:wide -- mutants` changes, in groups, and the cheapest tests that must notice. The
// model and the simulation would notice more, but take a minute for each mutant.

const FEATURES = ['--features', 'sandbox,codegen,journal-sqlite']
const lib = (...rooms) => ({ targets: ['--lib'], words: [...rooms, '--skip', 'simulation', '--skip', 'money::model'] })
/** Test targets, without those that start whole processes and take minutes: `kill`, `faults`, `durable`, `soak`. */
const TARGETS = [
  ...['absence', 'accounts', 'callbacks', 'contract', 'inquiry_apart', 'journal', 'journal_place', 'money'],
  ...['money_outcomes', 'resolver', 'sign', 'slow_store', 'sqlite', 'stamps'],
]
const ALL = { ...lib(), targets: ['--lib', ...TARGETS.map((name) => `--test=${name}`)] }
const money = (name) => `src/money/${name}`

/**
 * Groups of source files with the arguments of `cargo test`. A mutant that `tests` misses is tried again with `missed`.
 */
export const ROOMS = [
  // Built without features, as in the wasm signer, so that a mutant takes only seconds.
  {
    name: 'sign',
    files: ['src/sign/*.rs'],
    features: ['--no-default-features'],
    tests: { targets: ['--test=sign'], words: [] },
    shards: 4,
  },
  {
    name: 'judge',
    files: [money('schedule.rs'), money('state.rs'), money('reference.rs'), money('transition/*.rs')],
    features: FEATURES,
    tests: lib('money::transition', 'money::state', 'money::reference'),
    missed: ALL,
    shards: 32,
  },
  {
    name: 'response',
    files: ['src/response/*.rs'],
    features: FEATURES,
    tests: lib('response::', 'money::transition'),
    missed: ALL,
    shards: 32,
  },
  { name: 'clock', files: ['src/clock/*.rs'], features: FEATURES, tests: lib('clock::'), missed: ALL, shards: 16 },
  {
    name: 'call',
    files: ['src/call/*.rs'],
    features: FEATURES,
    tests: lib('call::', 'money::'),
    missed: ALL,
    shards: 16,
  },
  {
    name: 'money',
    files: [money('*.rs'), money('send/*.rs'), money('journal/*.rs')],
    features: FEATURES,
    tests: lib('money::'),
    missed: ALL,
    shards: 64,
  },
  {
    name: 'store',
    files: [money('journal/sqlite/*.rs')],
    features: FEATURES,
    tests: lib('sqlite'),
    missed: ALL,
    shards: 32,
  },
]

/** Mutants that behave like the original, and why. Each is named by its file and the end of its name. */
export const EQUIVALENT = []
