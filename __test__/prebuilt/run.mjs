// Runs every prebuilt module that can run on Linux x64, in a Node of its own system, and prints a table:
// `node __test__/prebuilt/run.mjs [target...]`. A module that is not there is a failure.
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { at, json, nativeFile } from '../../scripts/paths.mjs'
import { glibcOf, inspect } from '../../scripts/prebuild-check.mjs'
import { tools } from '../../scripts/prebuild-tools.mjs'
import { TARGETS, target } from '../../scripts/targets.mjs'
import { command } from '../support/child.mjs'
import { SYSTEMS } from './systems.mjs'

const [vector] = json('__test__', 'vectors.json').secretKey
const WANTED = { golden: vector.secretKey, customer: 'notEnrolled', debit: 'settled', journal: 'SQLite format 3' }
const LIMIT_MS = 300_000

/** An application with this package and one platform package in it. */
function application(name) {
  const home = mkdtempSync(join(tmpdir(), 'eko-eps-prebuilt-'))
  const main = join(home, 'node_modules', 'eko-eps')
  const native = join(home, 'node_modules', '@eko-eps', name)
  cpSync(at('dist'), join(main, 'dist'), { recursive: true })
  cpSync(at('package.json'), join(main, 'package.json'))
  mkdirSync(native, { recursive: true })
  cpSync(at('npm', name, 'package.json'), join(native, 'package.json'))
  cpSync(nativeFile(name), join(native, `eko-eps.${name}.node`))
  cpSync(new URL('flow.cjs', import.meta.url), join(home, 'flow.cjs'))
  return home
}

/** What the program saw, or how it failed. */
async function flow(name, start) {
  const home = application(name)
  try {
    const [program, ...args] = [...start(), 'flow.cjs']
    const { code, signal, stdout, stderr, late } = await command(program, args, { cwd: home, limit: LIMIT_MS })
    if (code !== 0) throw new Error(`ended with ${late ? 'the time limit' : (signal ?? code)}:\n${stdout}${stderr}`)
    const seen = JSON.parse(stdout)
    const wanted = { ...WANTED, loaded: name }
    for (const [key, value] of Object.entries(wanted))
      if (seen[key] !== value) throw new Error(`${key} is ${seen[key]}, not ${value}`)
    return seen
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

/** The rows of one target: one for each Node that ran it. */
async function rows(one) {
  const path = nativeFile(one.name)
  if (!existsSync(path)) {
    if (one.zig) throw new Error('was not built: run "node scripts/prebuild.mjs"')
    return [[one.name, '-', '-', 'built and run by the release workflow alone', '-', '-']]
  }
  const size = `${(statSync(path).size / 1024 / 1024).toFixed(2)} MiB`
  const glibc = glibcOf(await inspect(path)) ?? '-'
  const systems = SYSTEMS[one.name]
  if (systems === undefined)
    return [[one.name, size, glibc, 'links and is checked here, runs in the release workflow', '-', '-']]
  const found = []
  for (const { how, start } of systems) {
    const { version, golden } = await flow(one.name, start)
    found.push([one.name, size, glibc, how, version, golden])
  }
  return found
}

const words = process.argv.slice(2)
const table = [
  ['target', 'size', 'glibc', 'how it was run', 'Node', 'golden vector seen'],
  ['---', '---', '---', '---', '---', '---'],
]
let passed = 0
let failed = 0
await tools()
for (const one of words.length > 0 ? words.map(target) : TARGETS) {
  try {
    const found = await rows(one)
    passed += found.filter(([, , , , version]) => version !== '-').length
    table.push(...found)
  } catch (error) {
    failed++
    console.error(`${one.name}: ${error.message}`)
  }
}
console.log(table.map((row) => `| ${row.join(' | ')} |`).join('\n'))
console.log(`prebuilt modules: ${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
