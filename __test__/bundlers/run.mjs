// Tests the packed package in every bundler. Prints a table of the signer's sizes, a table of what happens to the
// client, and a line for each bundler, such as `webpack for node signer (5.1): 3 passed, 0 failed`. `--wide` adds Next;
// `--update` writes the tables into docs/evidence/runtimes.md.
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { compare, lines } from '../support/table.mjs'
import { install } from '../support/tools.mjs'

install(fileURLToPath(new URL('.', import.meta.url)))
install(fileURLToPath(new URL('../runtimes', import.meta.url)))
const [{ stage }, { bundled }, { browser }, { next }] = await Promise.all([
  import('../runtimes/stage.mjs'),
  import('./bundled.mjs'),
  import('./browser.mjs'),
  import('./next.mjs'),
])
const HEADS = {
  bundles: ['bundler', 'version', 'for', 'bytes', 'gzip', 'seen', 'command'],
  clients: ['bundler', 'version', 'for', 'bundled', 'left external', 'command'],
}
const options = process.argv.slice(2)
const wide = options.includes('--wide')
const tables = { bundles: [], clients: [] }
let failed = 0

const home = stage(fileURLToPath(new URL('apps', import.meta.url)))
const page = await browser()
try {
  for (const [command, run] of [['npm test', bundled], ...(wide ? [['npm run test:wide', next]] : [])]) {
    for await (const { table, title, cells, faults, count } of run(home, page)) {
      for (const fault of faults) console.error(`${title}: ${fault}`)
      failed += faults.length
      console.log(`${title.replace(/[,']/g, '')}: ${count - faults.length} passed, ${faults.length} failed`)
      tables[table].push([...cells, `\`${command}\``])
    }
  }
} finally {
  await page.close()
  rmSync(home, { recursive: true, force: true })
}
for (const [name, rows] of Object.entries(tables)) console.log(`\n${lines(HEADS[name], rows)}`)
if (failed === 0) {
  const of = wide ? undefined : (row) => row.at(-1) === '`npm test`'
  for (const [name, rows] of Object.entries(tables)) {
    const ignore = ['version', 'bytes', 'gzip']
    const update = options.includes('--update')
    compare({ file: 'docs/evidence/runtimes.md', name, head: HEADS[name], rows, ignore, of, update })
  }
}
process.exitCode = failed === 0 ? 0 : 1
