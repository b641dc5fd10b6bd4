// What a call may cost, in figures that no noise moves: instructions, allocations, bytes. They must stay within
// benches/budgets.json.
import { signerSizes } from '../benches/side-by-side/sizes.mjs'
import { releaseSizes } from './build.mjs'
import { at, json, platform } from './paths.mjs'
import { run, works } from './run.mjs'

const CALLS = ['sign', 'headers', 'prepare', 'interpret']
const TIMES = 1000

/** The budgets, `{ [kind]: { [name]: { budget, tolerance } } }`. */
export function budgets() {
  return json('benches', 'budgets.json')
}

/**
 * What is over its budget, as sentences. A figure without a budget and a budget without a figure are faults too: else
 * one that is renamed would be held to nothing.
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
    // Not `figure > most`: what is not a number is not within it either.
    if (!(figure <= most)) faults.push(`${kind} of ${name}: ${figure}, the budget is ${limit.budget}`)
  }
  return faults
}

/** Where callgrind counts: its figures are those of one instruction set and one C library. */
export const COUNTED = platform() === 'linux-x64-gnu'

/** Instructions of one call, by callgrind. It hides the CPU's SHA instructions: these are the software's. */
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

/** Installed by root, or by sudo where that asks for no password: whoever sits there is not kept waiting by a prompt. */
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

/** `{ [call]: { instructions, allocations } }`: what needs no quiet machine. Elsewhere than on Linux nothing counts instructions. */
export async function counts() {
  await buildCounted()
  const [allocated, counted] = [await allocations(), COUNTED ? await instructions() : {}]
  return Object.fromEntries(CALLS.map((name) => [name, { instructions: counted[name], allocations: allocated[name] }]))
}

/** Every figure that `npm test` holds: `{ [kind]: { [name]: figure } }`. */
async function figures() {
  await buildCounted()
  const held = { allocations: await allocations(), gzip: await sizes() }
  if (COUNTED) return { ...held, instructions: await instructions() }
  console.log(`   instructions: left out on ${platform()}, for their budgets are those of Linux on x64 with glibc`)
  return held
}

/** Holds what needs no release build. */
export async function holdBudgets() {
  return hold(await figures())
}

/** Holds the module as it is published. */
export async function holdRelease() {
  return hold({ release: await releaseSizes() })
}

/** Checks all of them, and that each budget, were it lower than the figure, would fail. Gives the count of both. */
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
