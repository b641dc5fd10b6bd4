// `npm run test:wide`: what takes too long, or wants too much of a machine, for `npm test`. `npm run test:wide -- next`
// runs the steps whose names contain one of these words.
import { existsSync } from 'node:fs'
import { build } from './build.mjs'
import { namedTests } from './counts.mjs'
import { npmPackages, rust, wasmTarget } from './install.mjs'
import { at } from './paths.mjs'
import { report } from './report.mjs'
import { run } from './run.mjs'

/** One of our runners, which prints a line for each thing that it has tried. */
async function runner(label, ...path) {
  return namedTests(await run(process.execPath, [at('__test__', ...path), '--wide'], { label }))
}

/** Debian's; where it cannot be installed, the tests say what they miss. */
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

/** In the manner of scripts/steps.mjs. */
const STEPS = [
  { name: 'install npm packages', run: npmPackages },
  { name: 'look for Rust', run: toolchain },
  { name: 'build the package', run: () => build() },
  { name: 'look for Firefox', run: firefox },
  {
    name: 'the package in every runtime, wide',
    minimum: 1,
    runtimes: 40,
    run: () => runner('runtimes wide', 'runtimes', 'run.mjs'),
  },
  {
    name: 'the package in every bundler, with Next',
    minimum: 1,
    runtimes: 37,
    run: () => runner('bundlers wide', 'bundlers', 'run.mjs'),
  },
]

await report(STEPS, process.argv.slice(2))
