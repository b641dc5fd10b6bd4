// Tests that this version reads every row of the tables that former versions have written.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { EkoClient } from 'eko-eps'
import { PostgresStore } from 'eko-eps/postgres'
import { KEYS } from '../support/server.mjs'
import { row } from './rows.mjs'
import { Pool, start } from './server/server.mjs'

/** Base URL of the account that the stored rows belong to. */
const BASE_URL = 'http://127.0.0.1:48213/ekoapi/v3'
const FOLDER = new URL('./stored/', import.meta.url)
const FORMATS = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.sql'))
  .sort((one, other) => one.localeCompare(other, 'en', { numeric: true }))
/** The debits in each table; the first two are in the archive. */
const DEBITS = [
  ['PAY-1', 'settled', true],
  ['PAY-2', 'declined', true],
  ['PAY-3', 'settled', false],
  ['PAY-4', 'indeterminate', false],
  ['PAY-5', 'indeterminate', false],
  ['PAY-6', 'notSent', true],
  ['PAY-7', 'settled', false],
  ['PAY-8', 'pending', false],
]
let postgres
let pool

before(async () => {
  postgres = await start()
  pool = new Pool(postgres.connection)
})
after(async () => {
  await pool?.end()
  await postgres?.stop()
})

for (const name of FORMATS) {
  test(`each row of the stored journal ${name} is read`, async () => {
    await pool.query('DROP TABLE IF EXISTS stored, stored_archive')
    await pool.query(readFileSync(new URL(name, FOLDER), 'utf8'))
    const store = new PostgresStore(pool, { table: 'stored' })
    await store.migrate()
    const eko = new EkoClient({ ...KEYS, baseUrl: BASE_URL, journal: { store }, resolver: false })
    const debits = await eko.debits().toArray()
    assert.deepEqual(
      debits.map(({ reference, outcome, acknowledged }) => [reference, outcome, acknowledged]),
      DEBITS,
    )
    for (const debit of debits) assert.equal((await eko.history(debit))[0].by, 'reserved')
    assert.equal((await eko.unresolved().toArray()).length, 5)
    const [alarm, ...others] = await eko.alarms().toArray()
    assert.deepEqual([alarm.reason, others.length], ['contradiction', 0])
    const { account } = await store.read('dmt.transfer:PAY-1')
    const more = ['journal', `known:${account}:dmt.transfer`, alarm.id]
    for (const key of [...DEBITS.map(([reference]) => `dmt.transfer:${reference}`), ...more]) {
      assert.ok((await store.read(key)).version > 0, key)
      assert.equal(await store.write(row({ key })), false, key)
    }
    assert.equal(await eko.acknowledgeAlarm(alarm), true)
    assert.equal(await eko.acknowledge(debits[0]), true)
    assert.equal((await eko.debits().toArray()).length, DEBITS.length)
    await eko.close()
  })
}

test('there is a stored journal of today’s format', async () => {
  await pool.query('DROP TABLE IF EXISTS stored, stored_archive')
  const seen = []
  for (const make of [
    () => pool.query(readFileSync(new URL(FORMATS.at(-1), FOLDER), 'utf8')),
    () => new PostgresStore(pool, { table: 'stored' }).migrate(),
  ]) {
    await make()
    const columns = `SELECT table_name, column_name, data_type, is_nullable, collation_name FROM information_schema.columns
      WHERE table_name LIKE 'stored%' ORDER BY 1, ordinal_position`
    const indexes = `SELECT indexdef FROM pg_indexes WHERE tablename LIKE 'stored%' ORDER BY 1`
    seen.push([(await pool.query(columns)).rows, (await pool.query(indexes)).rows])
    await pool.query('DROP TABLE stored, stored_archive')
  }
  assert.deepEqual(seen[1], seen[0])
})
