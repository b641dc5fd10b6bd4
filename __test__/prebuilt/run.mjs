// Runs every prebuilt module that can run on Linux x64, in a Node of its own system, and prints a table: `node
// __test__/prebuilt/run.mjs [target...]`. A missing module is a failure. Without targets it also runs the smoke test of
// Windows.
import { existsSync, statSync } from 'node:fs'
import { nativeFile } from '../../scripts/paths.mjs'
import { floor, inspect } from '../../scripts/prebuild-check.mjs'
import { tools } from '../../scripts/prebuild-tools.mjs'
import { TARGETS, target } from '../../scripts/targets.mjs'
import { flow } from './flow.mjs'
import { SYSTEMS } from './systems.mjs'
import { RUST as SMOKE, windows } from './windows.mjs'

/** Returns the rows of one target, one for each Node that ran it. */
async function rows(one) {
  const path = nativeFile(one.name)
  if (!existsSync(path)) {
    if (one.zig) throw new Error('was not built: run "node scripts/prebuild.mjs"')
    return [[one.name, '-', '-', 'built and run by the release workflow alone', '-', '-']]
  }
  const size = `${(statSync(path).size / 1024 / 1024).toFixed(2)} MiB`
  const oldest = floor(await inspect(path))
  const systems = SYSTEMS[one.name]
  if (systems === undefined)
    return [[one.name, size, oldest, 'links and is checked here, runs in the release workflow', '-', '-']]
  const found = []
  for (const { how, start } of systems) {
    const { version, golden } = await flow(one.name, start)
    found.push([one.name, size, oldest, how, version, golden])
  }
  return found
}

const words = process.argv.slice(2)
const table = [
  ['target', 'size', 'at least', 'how it was run', 'Node', 'golden vector seen'],
  ['---', '---', '---', '---', '---', '---'],
]
let passed = 0
let failed = 0
await tools()
const tried = (words.length > 0 ? words.map(target) : TARGETS).map((one) => ({ name: one.name, find: () => rows(one) }))
if (words.length === 0) tried.push({ name: SMOKE, find: async () => [await windows()] })
for (const { name, find } of tried) {
  try {
    const found = await find()
    passed += found.filter(([, , , , version]) => version !== '-').length
    table.push(...found)
  } catch (error) {
    failed++
    console.error(`${name}: ${error.message}`)
  }
}
console.log(table.map((row) => `| ${row.join(' | ')} |`).join('\n'))
console.log(`prebuilt modules: ${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
