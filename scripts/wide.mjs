// `npm run test:wide`: runs the steps that take too long or need too much of a machine for `npm test`.
// `npm run test:wide -- next` runs only the steps whose names contain one of the given words.
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { build } from './build.mjs'
import { cargoTests, namedTests, nodeTests } from './counts.mjs'
import { faultsThrough } from './faults.mjs'
import { npmPackages, rust, wasmTarget } from './install.mjs'
import { miri, miriToolchain } from './miri.mjs'
import { at } from './paths.mjs'
import { report } from './report.mjs'
import { rules } from './rules.mjs'
import { run } from './run.mjs'
import { wideMutants } from './wide-mutants.mjs'

/**
 * Runs a script of `__test__` that prints a line of counts for each thing that it has tested, and resolves to these
 * counts.
 */
async function runner(label, path, ...args) {
  return namedTests(await run(process.execPath, [at('__test__', ...path), ...args], { label }))
}

/** Installs Debian's Firefox if there is no Firefox. Rejects if it cannot install one. */
async function firefox() {
  if (existsSync('/usr/bin/firefox-esr') || existsSync('/usr/bin/firefox')) return
  if (!existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0)
    throw new Error('there is no Firefox: install it, on Debian with "apt-get install firefox-esr" as root')
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  await run('apt-get', ['update', '--quiet'], { label: 'apt-get update', env })
  const install = ['install', '--yes', '--quiet', '--no-install-recommends', 'firefox-esr']
  await run('apt-get', install, { label: 'apt-get install', env })
}

async function toolchain() {
  await rust()
  await wasmTarget()
}

/**
 * Runs tests in which processes are killed or frozen, disks are full, and old copies of the journal are restored. There
 * are more runs, each with more processes, than in `npm test`.
 */
async function everyFate() {
  const args = ['test', '--features', 'sandbox,journal-sqlite', '--test', 'kill', '--', 'every_fate']
  const env = { EKO_KILL_LIVES: '20', EKO_KILL_WORLDS: '5' }
  return cargoTests(await run('cargo', args, { label: 'every fate', env }))
}

/**
 * Runs a million schedules (runs with planned faults) of the simulation, on all threads of this machine. Each thread
 * has its own seeds.
 */
async function unkindWorld() {
  const args = ['test', '--profile', 'quick', '--features', 'sandbox,journal-sqlite', '--lib', 'unkind_world']
  const threads = availableParallelism()
  const each = Math.ceil(1_000_000 / threads)
  const runs = Array.from({ length: threads }, (_, thread) =>
    run('cargo', [...args, '--', '--nocapture'], {
      label: `unkind world ${thread + 1}`,
      env: { EKO_FROM: String(thread * each), EKO_UNKIND: String(each) },
    }),
  )
  return cargoTests((await Promise.all(runs)).join('\n'))
}

/** Number of schedules over real sockets. They take about ten minutes; `npm test` runs twenty. */
const OVER_SOCKETS = 400

async function unkindSockets() {
  const env = { EKO_FROM: '1001', EKO_UNKIND: String(OVER_SOCKETS) }
  const path = at('__test__', 'unkind', 'run.mjs')
  return namedTests(await run(process.execPath, [path], { label: 'unkind wide', env }))
}

/** Steps, in the same form as in scripts/steps.mjs. */
const STEPS = [
  { name: 'install npm packages', run: npmPackages },
  { name: 'look for Rust', run: toolchain },
  { name: 'every fate of processes beside a moody bank', minimum: 1, run: everyFate },
  { name: 'fault matrix through reqwest', minimum: 645, run: () => faultsThrough('reqwest') },
  { name: 'money in an unkind world, a million schedules', minimum: 1, run: unkindWorld },
  { name: 'money in an unkind world, without each rule', minimum: 8, run: rules },
  { name: 'look for a nightly Rust with miri', run: miriToolchain },
  { name: 'pure rooms in miri', minimum: 175, run: miri },
  { name: 'build the package', run: () => build() },
  { name: 'money in an unkind world, over real sockets, wide', minimum: OVER_SOCKETS, run: unkindSockets },
  { name: 'look for Firefox', run: firefox },
  {
    name: 'the package in every runtime, wide',
    minimum: 1,
    runtimes: 77,
    run: () => runner('runtimes wide', ['runtimes', 'run.mjs'], '--wide'),
  },
  {
    name: 'the package in every bundler, with Next',
    minimum: 1,
    runtimes: 38,
    run: () => runner('bundlers wide', ['bundlers', 'run.mjs'], '--wide'),
  },
  {
    name: 'the package in test runners',
    minimum: 2,
    runtimes: 6,
    run: () => runner('runners', ['runners', 'run.mjs']),
  },
  {
    name: 'signature doctor in Firefox',
    minimum: 19,
    runtimes: 1,
    run: () => runner('doctor firefox', ['doctor', 'firefox.mjs']),
  },
  {
    name: 'signer without WebAssembly, in StarlingMonkey',
    minimum: 20,
    runtimes: 1,
    run: () => runner('starlingmonkey', ['starlingmonkey', 'run.mjs']),
  },
  {
    name: 'installation matrix',
    minimum: 83,
    run: async () =>
      nodeTests(await run(process.execPath, [at('__test__', 'install', 'run.mjs'), 'wide'], { label: 'install wide' })),
  },
  {
    name: 'smoke test of Windows, in wine',
    minimum: 1,
    run: () => runner('windows in wine', ['prebuilt', 'windows.mjs']),
  },
  {
    name: "the crate's tests on Windows, in wine",
    minimum: 250,
    run: () => runner('crate in wine', ['prebuilt', 'windows-crate.mjs']),
  },
  // This step takes hours, so it runs only if words are given: `npm run test:wide -- mutants`. A stopped run continues
  // where it was.
  { name: 'mutants of every function that money depends on', asked: true, minimum: 1, run: wideMutants },
  // These steps take most of an hour, so they too run only if words are given: `npm run test:wide -- prebuilt`.
  {
    name: 'prebuilt: build the module of every system',
    asked: true,
    run: () => run(process.execPath, [at('scripts', 'prebuild.mjs')], { label: 'prebuild' }),
  },
  {
    name: 'prebuilt: check the modules',
    asked: true,
    run: () => run(process.execPath, [at('scripts', 'prebuild.mjs'), '--check'], { label: 'prebuild check' }),
  },
  {
    name: 'prebuilt: run the modules in Nodes of their systems',
    asked: true,
    minimum: 1,
    run: () => runner('prebuilt', ['prebuilt', 'run.mjs']),
  },
]

const words = process.argv.slice(2)
await report(
  STEPS.filter(({ asked }) => !asked || words.length > 0),
  words,
)
