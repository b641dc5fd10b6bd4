// Tests the packed package in every runtime. Prints a table and a line for each, such as `workerd eko-eps/signer (1.2):
// 13 passed, 0 failed`. `--wide` runs more runtimes, `--update` writes the table into docs/evidence/runtimes.md, and
// words choose runtimes.
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { install } from '../support/tools.mjs'

install(fileURLToPath(new URL('.', import.meta.url)))
const [{ stage }, { compare, lines }, ...modules] = await Promise.all([
  import('./stage.mjs'),
  import('../support/table.mjs'),
  import('./programs.mjs'),
  import('./workers.mjs'),
  import('./chromium.mjs'),
  import('./firefox.mjs'),
])
const { nodes, deno, bun, workerd, miniflare, edge, chromium, firefox } = Object.assign({}, ...modules)
const ALWAYS = { nodes, deno, bun, workerd, edge, chromium }
const WIDE = { miniflare, firefox }
const HEAD = ['runtime', 'version', 'import', 'file', 'seen', 'command']

const options = process.argv.slice(2)
const words = options.filter((option) => !option.startsWith('--'))
const wide = options.includes('--wide')
const chosen = (group) => Object.keys(group).filter((name) => words.length === 0 || words.includes(name))

const home = stage(fileURLToPath(new URL('apps', import.meta.url)))
const table = []
let failed = 0
try {
  for (const [command, group] of [['npm test', ALWAYS], ...(wide ? [['npm run test:wide', WIDE]] : [])]) {
    for (const name of chosen(group)) {
      for (const row of await group[name](home)) {
        for (const fault of row.faults) console.error(`${row.runtime} ${row.version}: ${fault}`)
        // A test that did not run counts as a failure.
        const faults = row.failed + Math.max(row.count - row.passed - row.failed, 0)
        failed += faults
        const title = `${row.runtime} ${row.entry} (${row.version})`.replace(/[,']/g, '')
        console.log(`${title}: ${row.passed} passed, ${faults} failed`)
        table.push([
          row.runtime,
          row.version,
          `\`${row.entry}\``,
          `\`${row.file}\``,
          `\`${row.seen}\``,
          `\`${command}\``,
        ])
      }
    }
  }
} finally {
  rmSync(home, { recursive: true, force: true })
}
console.log(`\n${lines(HEAD, table)}\n`)
if (failed === 0 && words.length === 0) {
  const update = options.includes('--update')
  const of = wide ? undefined : (row) => row[5] === '`npm test`'
  compare({
    file: 'docs/evidence/runtimes.md',
    name: 'runtimes',
    head: HEAD,
    rows: table,
    ignore: ['version'],
    of,
    update,
  })
}
process.exitCode = failed === 0 ? 0 : 1
