// Tests the packed package in Jest and Vitest, in their Node environment and in the pages that they imitate. Prints a
// table and a line for each, such as `Jest node (30.5): 2 passed, 0 failed`. Part of the wide test; `--update` writes
// the table into docs/evidence/runtimes.md.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stage } from '../runtimes/stage.mjs'
import { compare, lines } from '../support/table.mjs'
import { install } from '../support/tools.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
install(here)
const require = createRequire(join(here, 'x.js'))
const LIMIT_MS = 120_000
const HEAD = ['runner', 'version', 'environment', '`eko-eps`', '`eko-eps/signer`']
const WAY_OUT = /eko-eps cannot load its native module in .+: mark eko-eps as external/

const home = stage(fileURLToPath(new URL('apps', import.meta.url)))

/** Runs a test runner. Returns what its JSON report says about each test file, in words. */
function told(args) {
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: home, encoding: 'utf8', timeout: LIMIT_MS })
  const start = stdout.indexOf('{"num')
  if (start < 0) throw new Error(`${args.join(' ')}:\n${stdout}\n${stderr}`)
  const { testResults } = JSON.parse(stdout.slice(start))
  return Object.fromEntries(testResults.map((result) => [basename(result.name).split('.')[0], words(result)]))
}

function words({ status, message, assertionResults }) {
  if (status === 'passed' && assertionResults.length > 0) return 'runs'
  const text = [message, ...assertionResults.flatMap(({ failureMessages }) => failureMessages)].join('\n')
  if (WAY_OUT.test(text)) return 'says the way out'
  return /^.*?(\w+ is not defined)/m.exec(text)?.[1] ?? text
}

function jest(environment, { options = {}, folder = '.' } = {}) {
  const config = {
    rootDir: join(home, folder),
    testEnvironment: environment === 'jsdom' ? require.resolve('jest-environment-jsdom') : environment,
    testEnvironmentOptions: options,
    testMatch: ['<rootDir>/*.test.js'],
  }
  return told([require.resolve('jest/bin/jest'), '--json', '--config', JSON.stringify(config)])
}

function vitest(environment) {
  const program = join(here, 'node_modules', 'vitest', 'vitest.mjs')
  return told([program, 'run', '--globals', '--reporter=json', '--environment', environment, 'spec'])
}

/** Runs the same files, each beginning with a comment that names its environment. */
function docblock() {
  const folder = 'docblock'
  mkdirSync(join(home, folder))
  for (const name of ['client.test.js', 'signer.test.js'])
    writeFileSync(join(home, folder, name), `/** @jest-environment node */\n${readFileSync(join(home, name), 'utf8')}`)
  return jest('jsdom', { folder })
}

const NODE = { customExportConditions: ['node', 'require'] }
const RUNS = [
  ['jest', 'node', () => jest('node')],
  ['jest', 'jsdom', () => jest('jsdom')],
  ['jest', 'jsdom, in the file `@jest-environment node`', docblock],
  ['jest', "jsdom, `customExportConditions: ['node', 'require']`", () => jest('jsdom', { options: NODE })],
  ['vitest', 'node', () => vitest('node')],
  ['vitest', 'jsdom', () => vitest('jsdom')],
]

const rows = []
const ran = []
try {
  for (const [runner, environment, run] of RUNS) {
    const { version } = require(`${runner}/package.json`)
    const seen = run()
    rows.push([runner, version, environment, seen.client, seen.signer])
    const title = `${runner} ${environment.replace(/[^\w ]/g, '')} (${version})`
    ran.push(`${title}: ${Object.keys(seen).length} passed, 0 failed`)
  }
} finally {
  rmSync(home, { recursive: true, force: true })
}
console.log(`\n${lines(HEAD, rows)}\n`)
compare({
  file: 'docs/evidence/runtimes.md',
  name: 'runners',
  head: HEAD,
  rows,
  ignore: ['version'],
  update: process.argv.includes('--update'),
})
// The lines are printed only after the table was compared.
console.log(ran.join('\n'))
