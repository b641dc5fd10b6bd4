// Compares the cost of a call with its budgets in benches/budgets.json. The figures do not vary between two runs:
// instructions, allocations, bytes.
import { signerSizes } from '../benches/side-by-side/sizes.mjs'
import { releaseSizes } from './build.mjs'
import { at, json, platform } from './paths.mjs'
import { run, works } from './run.mjs'

const CALLS = ['sign', 'headers', 'prepare', 'interpret']
const TIMES = 1000

/** Returns the budgets: `{ [kind]: { [name]: { budget, tolerance } } }`. */
export function budgets() {
  return json('benches', 'budgets.json')
}

/**
 * Returns a sentence for each figure above its budget. A figure without a budget and a budget without a figure are
 * faults too, because a renamed figure would otherwise have no limit.
 */
export function exceeded(kind, figures, limits) {
  const faults = Object.keys(limits)
    .filter((name) => !(name in figures))
    .map((name) => `${kind} of ${name}: there is a budget, and no figure`)
  for (const [name, figure] of Object.entries(figures)) {
    const limit = limits[name]
    if (limit === undefined) {
      faults.push(`${kind} of ${name}: there is no budget`)
      continue
    }
    const most = limit.budget * (1 + (limit.tolerance ?? 0))
    // The condition is not `figure > most`, because that would accept a figure that is not a number.
    if (!(figure <= most)) faults.push(`${kind} of ${name}: ${figure}, the budget is ${limit.budget}`)
  }
  return faults
}

/** True on the system for which the budgets of instructions hold: one instruction set and one C library. */
export const COUNTED = platform() === 'linux-x64-gnu'

/**
 * Resolves to the instructions of each call, as callgrind counts them. callgrind hides the CPU's instructions for SHA,
 * so the figures include the hash in software.
 */
async function instructions() {
  await valgrind()
  const counts = {}
  for (const name of CALLS) {
    const output = await run(
      'valgrind',
      [
        '--tool=callgrind',
        '--callgrind-out-file=/dev/null',
        `--toggle-collect=*Work::${name}*`,
        at('target', 'counted', 'instructions'),
        name,
        String(TIMES),
      ],
      { label: `callgrind ${name}` },
    )
    counts[name] = Math.round(Number(/Collected : (\d+)/.exec(output)?.[1]) / TIMES)
  }
  return counts
}

/**
 * Installs valgrind, which contains callgrind, if it is missing: as root, or with sudo if that needs no password. The
 * installation must not wait for a password.
 */
async function valgrind() {
  if (await works('valgrind', ['--version'])) return
  const before = process.getuid() === 0 ? [] : ['sudo', '-n']
  if ((await works('apt-get', ['--version'])) && (before.length === 0 || (await works('sudo', ['-n', 'true'])))) {
    for (const words of [['update'], ['install', '-y', 'valgrind']]) {
      const [program, ...args] = [...before, 'apt-get', ...words]
      await run(program, args, { label: `apt-get ${words[0]}` })
    }
  }
  if (!(await works('valgrind', ['--version'])))
    throw new Error(
      'valgrind was not found: install it with your package manager (apt install valgrind), and run this again',
    )
}

async function allocations() {
  const counts = JSON.parse(await run(at('target', 'counted', 'allocations'), [], { label: 'allocations' }))
  return Object.fromEntries(Object.entries(counts).map(([name, { allocations }]) => [name, allocations]))
}

async function sizes() {
  const { wasm, withLoader, entries, inline } = await signerSizes()
  return { 'signer_bg.wasm': wasm, 'signer_bg.wasm with its loader': withLoader, ...entries, ...inline }
}

async function buildCounted() {
  await run('cargo', ['build', '--profile', 'counted', '--package', 'eko-eps-benches', '--bins'], {
    label: 'cargo, counted',
  })
}

/**
 * Resolves to `{ [call]: { instructions, allocations } }`, figures that do not depend on the load of the machine.
 * Instructions are counted only on Linux on x64 with glibc.
 */
export async function counts() {
  await buildCounted()
  const [allocated, counted] = [await allocations(), COUNTED ? await instructions() : {}]
  return Object.fromEntries(CALLS.map((name) => [name, { instructions: counted[name], allocations: allocated[name] }]))
}

/** Resolves to the figures that `npm test` compares with budgets: `{ [kind]: { [name]: figure } }`. */
async function figures() {
  await buildCounted()
  const held = { allocations: await allocations(), gzip: await sizes() }
  if (COUNTED) return { ...held, instructions: await instructions() }
  console.log(`   instructions: left out on ${platform()}, for their budgets are those of Linux on x64 with glibc`)
  return held
}

/** Checks the figures that need no release build. */
export async function holdBudgets() {
  return hold(await figures())
}

/** Checks the size of the native module as it is published. */
export async function holdRelease() {
  return hold({ release: await releaseSizes() })
}

/**
 * Checks that each figure is within its budget, and that the check fails if the budget is lower than the figure.
 * Returns the number of both checks.
 */
function hold(figures) {
  const limits = budgets()
  const faults = []
  let passed = 0
  for (const [kind, seen] of Object.entries(figures)) {
    console.log(
      `   ${kind}: ${Object.entries(seen)
        .map(([name, figure]) => `${name} ${figure}`)
        .join(', ')}`,
    )
    faults.push(...exceeded(kind, seen, limits[kind]))
    passed += Object.keys(seen).length
    for (const [name, figure] of Object.entries(seen)) {
      const { tolerance = 0 } = limits[kind][name] ?? {}
      const lowered = { ...limits[kind], [name]: { budget: (figure - 1) / (1 + tolerance) - 1e-9, tolerance } }
      if (!exceeded(kind, seen, lowered).some((fault) => fault.includes(`of ${name}:`)))
        faults.push(`${kind} of ${name}: a lower budget would not fail`)
      passed++
    }
  }
  if (faults.length > 0) throw new Error(faults.join('\n'))
  return { passed, failed: 0, skipped: 0 }
}
