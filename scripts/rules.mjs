// Switches off the rules of the money modules, one at a time, and records what goes wrong. It uses the simulation
// `unkind_world`, in which everything around the client fails. The result is stored in tests/mutants/world.json. If the
// simulation does not notice that a rule is missing, only the rule's own test protects the rule.
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { build, listed } from './mutants.mjs'
import { at } from './paths.mjs'

const WORLD = 'client::unkind::tests::unkind_world'
const SCHEDULES = 3_000
const LIMIT_MS = 300_000
const RESULT = at('tests', 'mutants', 'world.json')

/**
 * Runs the simulation without one rule. Resolves to the message of the first schedule (run with planned faults) that
 * fails; to undefined if all succeed.
 */
function without(program, number) {
  const env = { ...process.env, EKO_MUTANT: String(number), EKO_ONE: '1', EKO_UNKIND: String(SCHEDULES) }
  env.RUST_BACKTRACE = '0'
  const options = { env, timeout: LIMIT_MS, killSignal: 'SIGKILL', maxBuffer: 64 * 2 ** 20 }
  return new Promise((settle) => {
    execFile(program, [WORLD, '--exact', '--nocapture'], options, (error, stdout, stderr) => {
      if (!error) return settle(undefined)
      const output = stdout + stderr
      const said = /^EKO_SEED=\d+\n(.*)$/m.exec(output)?.[1] ?? /panicked at .*\n(.*)$/m.exec(output)?.[1]
      settle(error.killed ? 'it does not end' : kind(said ?? 'it ends in an error'))
    })
  })
}

/**
 * Returns the message of a fault without the names and numbers of its schedule, so that equal faults have equal
 * messages.
 */
function kind(fault) {
  return fault
    .replace(/; EPS has .*$/, (text) => (text.includes('None') ? '; EPS has nothing' : '; EPS has it'))
    .replace(/ by what was (\w+) before: .*$/, ' by the body that was $1 before')
    .replaceAll(/\b[RN]\d\b/g, 'a debit')
    .slice(0, 160)
}

/**
 * Checks all rules of src/money. Rules of signatures and mutants of constants are left out, because they have their own
 * tests.
 */
export async function rules() {
  const all = listed().filter(({ file, constant }) => file.startsWith('src/money') && !constant)
  const program = await build(listed(), 'quick')
  const before = await without(program, 0)
  if (before) throw new Error(`with all rules: ${before}`)
  const waiting = [...all]
  const found = new Map()
  const worker = async () => {
    for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
      found.set(mutant.id, await without(program, mutant.number))
      if (found.size % 20 === 0) console.log(`   ${found.size} of ${all.length} rules`)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
  const noticed = all.filter(({ id }) => found.get(id))
  const result = {
    date: new Date().toISOString().slice(0, 10),
    schedules: SCHEDULES,
    rules: all.length,
    noticed: noticed.length,
    fails: Object.fromEntries(noticed.map(({ id, rule }) => [id, { rule, fails: found.get(id) }])),
    heldByTheirTests: all.filter(({ id }) => !found.get(id)).map(({ id }) => id),
  }
  writeFileSync(RESULT, `${JSON.stringify(result, undefined, 2)}\n`)
  console.log(
    `   ${noticed.length} of ${all.length} rules are missed in the unkind world, the others by their own tests`,
  )
  return { passed: noticed.length, failed: 0, skipped: 0 }
}
