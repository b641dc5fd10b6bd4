// Makes stored journals of today's format, as a file and in PostgreSQL; see tests/sqlite/stored/README.md. A person
// runs it once for each format: node __test__/postgres/stored/make.mjs 2
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EkoClient } from 'eko-eps'
import { PostgresStore } from 'eko-eps/postgres'
import { creation } from '../../../dist/stores/postgres-table.js'
import { bank, NOTHING, transaction } from '../../support/bank.mjs'
import { KEYS, TRANSFER } from '../../support/server.mjs'
import { Pool, start } from '../server/server.mjs'

/**
 * Port of the server. The address is part of the account, and the account of each row; the tests use the same address.
 */
const PORT = 48_213
const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Fills a journal with rows of every kind, and puts two debits into its archive. */
async function fill(journal) {
  const eko = new EkoClient({ ...KEYS, baseUrl: server.baseUrl, journal, resolver: false })
  const send = (clientRefId, options) => eko.dmt.transfer({ ...TRANSFER, clientRefId }, options)
  const [settled, declined] = [await send('PAY-1'), await send('PAY-2')]
  for (const debit of [settled, declined]) await eko.acknowledge(debit)
  await wait(500)
  for (const reference of ['PAY-3', 'PAY-4', 'PAY-5', 'PAY-6']) await send(reference)
  const lost = (await eko.unresolved().toArray()).find(({ reference }) => reference === 'PAY-6')
  await eko.acknowledge(await eko.declareNotSent(lost, { iHaveAskedEps: true }))
  await send('PAY-7', { retryOf: 'PAY-6' })
  await send('PAY-8')
  console.log('moved to the archive:', await eko.archive({ olderThanMs: 400 }))
  for (const debit of await eko.debits().toArray()) console.log(debit.reference, debit.outcome, debit.acknowledged)
  console.log('alarms:', (await eko.alarms().toArray()).length)
  await eko.close()
}

const literal = (value) => `'${`${value}`.replaceAll("'", "''")}'`

const ANSWERS = {
  'PAY-2': { ...transaction('PAY-2'), status: 1, response_status_id: 1, data: { tx_status: '1', tid: '12971398' } },
  'PAY-4': 'close',
  'PAY-5': transaction('OTHER'),
  'PAY-6': 'close',
  'PAY-8': transaction('PAY-8', { tx_status: '2' }),
}
const format = process.argv[2]
if (!/^[0-9]+$/.test(format ?? '')) throw new Error('name the number of the format')
const server = await bank(PORT)
server.debit = (reference) => ANSWERS[reference] ?? transaction(reference)
server.inquiry = (reference) => (/^PAY-[13]$/.test(reference) ? transaction(reference) : NOTHING)

const folder = mkdtempSync(join(tmpdir(), 'eko-eps-stored-'))
const file = join(folder, 'journal')
await fill(file)
await wait(1_000)
for (const side of ['', '-mark'])
  copyFileSync(`${file}${side}`, at(`../../../tests/sqlite/stored/format-${format}.sqlite${side}`))
rmSync(folder, { recursive: true })

const postgres = await start()
const pool = new Pool(postgres.connection)
const store = new PostgresStore(pool, { table: 'stored' })
await store.migrate()
await fill({ store })
const lines = [
  creation('stored')
    .replace(/^ +/gm, '')
    .replace(/^SELECT .*\n/m, '')
    .trim(),
]
for (const table of ['stored', 'stored_archive']) {
  const { rows, fields } = await pool.query(`SELECT * FROM ${table} ORDER BY key`)
  for (const row of rows) {
    const values = fields.map(({ name }) => (row[name] === null ? 'NULL' : literal(row[name])))
    lines.push(`INSERT INTO ${table} VALUES (${values.join(', ')});`)
  }
}
writeFileSync(at(`format-${format}.sql`), `${lines.join('\n')}\n`)
await pool.end()
await postgres.stop()
await server.close()
