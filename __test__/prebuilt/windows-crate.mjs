// The crate's tests, built for x86_64-pc-windows-gnu, in wine: how the journal's file is opened, locked, and left behind by a
// process that was killed is a matter of the system, and so are sockets.
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { cargoTests } from '../../scripts/counts.mjs'
import { at } from '../../scripts/paths.mjs'
import { tool, tools } from '../../scripts/prebuild-tools.mjs'
import { run } from '../../scripts/run.mjs'
import { RUST } from './windows.mjs'
import { inWine } from './wine.mjs'

/** They ask for links, processes and system calls of Unix. */
const UNIX = ['durable', 'faults']

/** The names of the test programs. */
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
// The tests name their files by the process, wine counts processes from the same number each time, and an open file cannot be
// deleted on Windows: files of an earlier run would be met again.
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
