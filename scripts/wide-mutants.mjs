// `npm run test:wide -- mutants`: cargo-mutants breaks every function, operator and branch of the modules that money
// depends on. This takes hours, so each group of modules (a room) is divided into shards. A finished shard runs again
// only if its room has changed, and the results are written after each shard.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter } from 'node:path'
import { EQUIVALENT, ROOMS } from '../tests/mutants/wide.mjs'
import { digest } from './build-cache.mjs'
import { at } from './paths.mjs'
import { run, works } from './run.mjs'

const TOOL = at('target', 'tools', 'mutants')
const FOLDER = ['target', 'wide-mutants']
const RESULT = at('tests', 'mutants', 'wide.json')
/** Maximum time of the tests of one mutant, in seconds. Tests that take longer count as endless. */
const LIMIT = '120'
const OF_TESTS = ['src/**/tests/*.rs', 'src/**/*_tests.rs', 'src/**/commits.rs', 'src/**/plans.rs', 'src/money/stub.rs']

async function place() {
  if (await works('cargo', ['mutants', '--version'])) return process.env.PATH
  if (!readable(`${TOOL}/bin`))
    await run('cargo', ['install', 'cargo-mutants', '--locked', '--root', TOOL], {
      label: 'cargo install cargo-mutants',
    })
  return `${TOOL}/bin${delimiter}${process.env.PATH}`
}

function readable(folder) {
  return existsSync(folder) && readdirSync(folder).length > 0
}

/**
 * Returns a text that changes with the sources of a room and with the choice of its tests. If the text has changed, a
 * finished shard runs again.
 */
function stampOf({ files, features, tests, missed }) {
  return `${digest(...files.flatMap(matching))} ${JSON.stringify([features, tests, missed])}`
}

function matching(pattern) {
  if (!pattern.includes('*')) return [pattern]
  const folder = pattern.slice(0, pattern.lastIndexOf('/'))
  return readdirSync(at(folder))
    .filter((name) => name.endsWith('.rs'))
    .sort()
    .map((name) => `${folder}/${name}`)
}

function args(room, tests, shard, output) {
  const files = room.files.flatMap((file) => ['--file', file])
  const own = ['--no-shuffle', '--jobs', '1', '--colors', 'never', '--timeout', LIMIT, '--output', output]
  const excluded = OF_TESTS.flatMap((pattern) => ['--exclude', pattern])
  const targets = tests.targets.map((target) => `--cargo-arg=${target}`)
  const which = ['--shard', `${shard}/${room.shards}`, ...room.features, ...targets]
  return ['mutants', ...files, ...excluded, ...own, ...which, '--', '--', ...tests.words]
}

/** Runs cargo-mutants and resolves to the outcome of each mutant. Rejects if the tests fail without a mutant. */
async function outcomesOf(label, words, output, PATH) {
  const env = {
    PATH,
    CARGO_TARGET_DIR: process.env.CARGO_TARGET_DIR ?? at(...FOLDER, 'build'),
    CARGO_PROFILE_DEV_DEBUG: '0',
  }
  // cargo-mutants exits with 2 if a mutant has survived, and with 3 if one took too long. The outcomes show both, so
  // these exits are not errors here.
  const ended = await run('cargo', words, { label, env }).then(
    () => undefined,
    (error) => error,
  )
  const file = `${output}/mutants.out/outcomes.json`
  const outcomes = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).outcomes : []
  const baseline = outcomes.find(({ scenario }) => scenario === 'Baseline')
  if (baseline?.summary !== 'Success') throw ended ?? new Error(`${label}: it has no outcomes`)
  return outcomes.filter(({ scenario }) => scenario !== 'Baseline').map(brief)
}

/**
 * Runs one shard if it is not finished: first with the quick tests, and then with all tests for the mutants that were
 * missed.
 */
async function shardOf(room, shard, PATH) {
  const folder = at(...FOLDER, `${room.name}-${shard}`)
  const [done, stamp] = [`${folder}/done.json`, stampOf(room)]
  if (existsSync(done) && JSON.parse(readFileSync(done, 'utf8')).stamp === stamp) return
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const begun = Date.now()
  const label = `mutants of ${room.name} ${shard}`
  let outcomes = await outcomesOf(label, args(room, room.tests, shard, folder), folder, PATH)
  if (room.missed && outcomes.some(({ summary }) => summary === 'MissedMutant')) {
    const words = args(room, room.missed, shard, folder)
    const again = await outcomesOf(`${label} again`, [words[0], '--iterate', ...words.slice(1)], folder, PATH)
    outcomes = outcomes.map((outcome) => again.find(({ name }) => name === outcome.name) ?? outcome)
  }
  const [hours, date] = [(Date.now() - begun) / 3_600_000, new Date().toISOString().slice(0, 10)]
  writeFileSync(done, JSON.stringify({ stamp, hours, date, outcomes }))
}

function brief({ scenario, summary }) {
  return { name: scenario.Mutant?.name, summary }
}

/** Returns the results of all finished shards, for each room. */
function summary() {
  const rooms = ROOMS.map((room) => {
    const done = [...Array(room.shards).keys()]
      .map((shard) => at(...FOLDER, `${room.name}-${shard}`, 'done.json'))
      .filter((file) => existsSync(file))
      .map((file) => JSON.parse(readFileSync(file, 'utf8')))
    const all = done.flatMap(({ outcomes }) => outcomes).filter(({ name }) => name !== undefined)
    const of = (kind) => all.filter(({ summary }) => summary === kind).map(({ name }) => name)
    const missed = of('MissedMutant')
    return {
      room: room.name,
      shards: `${done.length} of ${room.shards}`,
      date:
        done
          .map(({ date }) => date)
          .sort()
          .at(-1) ?? null,
      hours: Number(done.reduce((sum, { hours }) => sum + hours, 0).toFixed(2)),
      made: all.length,
      caught: of('CaughtMutant').length,
      unviable: of('Unviable').length,
      timedOut: of('Timeout'),
      equivalent: missed.filter((name) => reasonOf(name)).map((name) => ({ name, reason: reasonOf(name) })),
      survivors: missed.filter((name) => !reasonOf(name)),
    }
  })
  return { tool: 'cargo-mutants', rooms: rooms.filter(({ made }) => made > 0) }
}

/**
 * Returns the reason why a surviving mutant is allowed. It belongs to a mutant by its text, because the line number may
 * change.
 */
function reasonOf(name) {
  return EQUIVALENT.find(({ file, text }) => name.startsWith(`${file}:`) && name.endsWith(text))?.reason
}

/**
 * Runs the shards that are not finished, and resolves to the counts of the step. EKO_MUTANT_ROOMS can limit the run to
 * some rooms: their names, separated by commas.
 */
export async function wideMutants() {
  const PATH = await place()
  const wanted = process.env.EKO_MUTANT_ROOMS?.split(',')
  for (const room of ROOMS.filter(({ name }) => wanted === undefined || wanted.includes(name)))
    for (let shard = 0; shard < room.shards; shard += 1) {
      await shardOf(room, shard, PATH)
      writeFileSync(RESULT, `${JSON.stringify(summary(), undefined, 2)}\n`)
    }
  const { rooms } = summary()
  const survivors = rooms.flatMap((room) => room.survivors)
  const sum = (key) => rooms.reduce((all, room) => all + room[key], 0)
  console.log(`   ${sum('made')} mutants made, ${sum('caught')} caught, ${sum('unviable')} do not compile`)
  if (survivors.length > 0) throw new Error(`mutants that survive:\n${survivors.join('\n')}`)
  return { passed: sum('made'), failed: 0, skipped: 0 }
}
