// Runs the crate's tests for x86_64-pc-windows-gnu in wine. Sockets depend on the system, and so does how the journal's
// file is opened, locked, and left by a killed process.
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { cargoTests } from '../../scripts/counts.mjs'
import { at } from '../../scripts/paths.mjs'
import { tool, tools } from '../../scripts/prebuild-tools.mjs'
import { run } from '../../scripts/run.mjs'
import { RUST } from './windows.mjs'
import { inWine } from './wine.mjs'

/** Tests that need links, processes or system calls of Unix. */
const UNIX = ['durable', 'faults']

/** Returns the names of the test programs. */
function programs() {
  const entries = readdirSync(at('tests'), { withFileTypes: true })
  const names = entries.flatMap((entry) => {
    if (entry.isDirectory()) return existsSync(at('tests', entry.name, 'main.rs')) ? [entry.name] : []
    return entry.name.endsWith('.rs') ? [entry.name.slice(0, -3)] : []
  })
  return names.filter((name) => !UNIX.includes(name))
}

await tools()
await run('rustup', ['target', 'add', RUST], { label: `rustup target add ${RUST}` })
// Removes the files of an earlier run. The tests name files by the process id, wine gives the same ids in each run, and
// Windows cannot delete an open file.
const left = at('target', RUST, 'tmp')
rmSync(left, { recursive: true, force: true })
mkdirSync(left, { recursive: true })
const chosen = ['--lib', ...programs().flatMap((name) => ['--test', name])]
const runner = `target.${RUST}.runner=${JSON.stringify(inWine())}`
const how = ['--target', RUST, '--config', runner, '--features', 'sandbox,journal-sqlite']
const { passed, failed, skipped } = cargoTests(
  await tool('cargo-zigbuild', ['test', ...how, ...chosen], { label: "the crate's tests in wine" }),
)
console.log(`crate in wine: ${passed} passed, ${failed} failed, ${skipped} skipped`)
