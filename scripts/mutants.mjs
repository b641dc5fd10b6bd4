// Mutants: rules of the modules that keep money safe, each broken on purpose in a copy of the sources. The test that is
// named for a mutant must fail. It is a failure if a mutant does not fit the source any more, does not compile or is
// not noticed.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { ROOMS } from '../tests/mutants/list.mjs'
import { REASONS } from '../tests/mutants/reasons.mjs'
import { unlisted } from './numbers.mjs'
import { at } from './paths.mjs'
import { run } from './run.mjs'
import { CHOOSER, named, switched } from './switches.mjs'

/** Files of the project that cargo needs. They are copied, and the project itself is not changed. */
const NEEDED = ['Cargo.toml', 'Cargo.lock', 'README.md', '.cargo', 'src', 'tests', 'tools', 'examples']
const ALSO = ['__test__/vectors.json', '__test__/access-keys.json']
const COPY = at('target', 'mutants')
/** Features of the Rust tests, so that the builds of other crates can be used again. */
const FEATURES = 'sandbox,journal-sqlite'
/**
 * Maximum time of one test, in milliseconds. A test that takes longer counts as endless. `LIMIT_OF_ALL_MS` is the limit
 * for all tests, one after the other.
 */
const LIMIT_MS = 60_000
const LIMIT_OF_ALL_MS = 300_000

const isFile = (tests) => tests.endsWith('.rs')
/**
 * Returns the name of a test file's module in the copy, where all tests are one program. Any other value is a module
 * already.
 */
const moduleOf = (tests) => (isFile(tests) ? tests.slice(0, -3).replaceAll('/', '_') : tests)

/** Returns all mutants, each with its number, its file, and the full name of its test. */
export function listed() {
  const all = ROOMS.flatMap(({ file, tests, mutants }) =>
    mutants.map((mutant) => ({ ...mutant, file, test: `${moduleOf(tests)}::${mutant.test}` })),
  )
  const twice = all.find(({ id }, index) => all.findIndex((other) => other.id === id) < index)
  if (twice) throw new Error(`mutant ${twice.id} is in the list twice`)
  return all.map((mutant, index) => ({ ...mutant, number: index + 1 }))
}

/**
 * Renames the package, so that cargo keeps the builds of the copy apart from those of the project. Removes the members
 * of the workspace.
 */
function packaged(text, name) {
  return text.replace(/^name = "eko-eps"$/m, `name = "${name}"`).replace(/^members = .*$/m, 'members = []')
}

/**
 * Returns the texts that differ in the copy: the manifests, the sources with mutants, and lib.rs, to which all tests
 * are added.
 */
function changed(mutants) {
  const packages = ['Cargo.toml', 'Cargo.lock'].map((name) => [at(name), readFileSync(at(name), 'utf8')])
  const texts = new Map(packages.map(([path, text]) => [path, packaged(text, 'eko-eps-mutants')]))
  const places = mutants.flatMap((mutant) => [
    { ...mutant, declares: true },
    ...(mutant.also ?? []).map((file) => ({ ...mutant, file })),
  ])
  for (const file of new Set(places.map((place) => place.file))) {
    const own = places.filter((place) => place.file === file)
    texts.set(at(file), switched(readFileSync(at(file), 'utf8'), own))
  }
  const lib = at('src', 'lib.rs')
  const files = [...new Set(ROOMS.map(({ tests }) => tests).filter(isFile))]
  const modules = files.map((file) => `#[cfg(test)]\n#[path = "../${file}"]\nmod ${moduleOf(file)};\n`)
  const itself = '#[cfg(test)]\nextern crate self as eko_eps;\n'
  const own = texts.get(lib) ?? readFileSync(lib, 'utf8')
  return texts.set(lib, `#![allow(warnings)]\n${own}${itself}${modules.join('')}${CHOOSER}`)
}

/** Copies a file or folder. Only files that differ are written, so that a second run has little to compile. */
function mirror(from, to, texts) {
  if (statSync(from).isFile()) {
    const bytes = texts.has(from) ? Buffer.from(texts.get(from)) : readFileSync(from)
    if (!existsSync(to) || !readFileSync(to).equals(bytes)) writeFileSync(to, bytes)
    return
  }
  mkdirSync(to, { recursive: true })
  const names = readdirSync(from)
  const gone = readdirSync(to).filter((name) => !names.includes(name))
  for (const name of gone) rmSync(join(to, name), { recursive: true })
  for (const name of names) mirror(join(from, name), join(to, name), texts)
}

/**
 * Builds one program with all tests and every mutant, and resolves to its path. `dev` is the profile of the Rust tests,
 * `quick` is the profile for long runs.
 */
export async function build(mutants, profile = 'dev') {
  const texts = changed(mutants)
  const scratch = join(COPY, 'scratch')
  for (const folder of [scratch, join(COPY, '__test__')]) mkdirSync(folder, { recursive: true })
  for (const name of [...NEEDED, ...ALSO]) mirror(at(name), join(COPY, name), texts)
  const args = ['test', '--lib', '--no-run', '--profile', profile, '--features', FEATURES]
  // The code of the copy has no debug information. The other crates are compiled as in all other builds, so they can be
  // used again.
  const target = process.env.CARGO_TARGET_DIR ?? at('target')
  const env = { CARGO_TARGET_DIR: target, CARGO_TARGET_TMPDIR: scratch, CARGO_PROFILE_DEV_DEBUG: '0' }
  const output = await run('cargo', args, { label: 'build of the mutants', cwd: COPY, env }).catch((error) => {
    const places = [...error.message.matchAll(/--> (src\/\S+):(\d+):/g)]
    const numbers = places.flatMap(([, file, line]) => named(texts.get(at(file)) ?? '', Number(line)))
    const ids = mutants.filter(({ number }) => numbers.includes(number)).map(({ id }) => id)
    throw new Error(`mutants that do not compile: ${[...new Set(ids)].join(', ') || 'none is named'}\n${error.message}`)
  })
  const program = /^ *Executable .*\((.*)\)$/m.exec(output)
  if (!program) throw new Error('cargo has named no program of the tests')
  return resolve(COPY, program[1])
}

/**
 * Runs these tests with one mutant switched on, or with none (number 0), and resolves to their output. `signal` ends
 * the run.
 */
function tried(program, tests, number, signal) {
  return new Promise((settle, reject) => {
    const child = spawn(program, [...tests, '--exact', '--test-threads=1'], {
      cwd: COPY,
      env: { ...process.env, EKO_MUTANT: String(number), RUST_BACKTRACE: '0' },
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: number === 0 ? LIMIT_OF_ALL_MS : LIMIT_MS,
      killSignal: 'SIGKILL',
      signal,
    })
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.on('error', reject)
    child.on('close', (_, killed) => settle({ killed, output }))
  })
}

/** Resolves to a sentence that says why a mutant is not caught; to undefined if it is caught. */
async function survival(program, { id, number, test, rule }, signal) {
  const { killed, output } = await tried(program, [test], number, signal)
  if (output.includes(`test ${test} ... FAILED`)) return undefined
  const why = killed ? `is ended by ${killed} and not noticed` : 'survives'
  return `mutant ${id} ${why}: ${test} does not see that ${rule}`
}

/** Builds all mutants and runs the test of each. Resolves to the counts of the step. */
export async function mutants() {
  const all = listed()
  const { faults, count } = unlisted(all, REASONS)
  if (faults.length > 0) throw new Error(faults.join('\n'))
  console.log(`   ${count} constants, of which ${REASONS.length} have a reason in place of a mutant`)
  const program = await build(all)
  const stop = new AbortController()
  const end = () => stop.abort()
  const leave = () => process.exit(1)
  process.once('exit', end).once('SIGINT', leave).once('SIGTERM', leave)
  try {
    const tests = [...new Set(all.map(({ test }) => test))]
    const { output } = await tried(program, tests, 0, stop.signal)
    if (!output.includes(`test result: ok. ${tests.length} passed;`))
      throw new Error(`without a mutant not all ${tests.length} tests pass, or one is not there:\n${output}`)
    const waiting = [...all]
    const survivors = []
    const worker = async () => {
      for (let mutant = waiting.shift(); mutant; mutant = waiting.shift())
        survivors.push(await survival(program, mutant, stop.signal))
    }
    await Promise.all(Array.from({ length: availableParallelism() }, worker))
    const left = survivors.filter((survivor) => survivor !== undefined)
    console.log(`   ${all.length} mutants made, ${all.length - left.length} caught`)
    if (left.length > 0) throw new Error(left.join('\n'))
    return { passed: all.length, failed: 0, skipped: 0 }
  } finally {
    end()
    process.off('exit', end).off('SIGINT', leave).off('SIGTERM', leave)
  }
}
