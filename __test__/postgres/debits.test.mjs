// Tests of debits of several processes with one journal in a real PostgreSQL.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { EkoClient } from 'eko-eps'
import { PostgresStore } from 'eko-eps/postgres'
import { bank, transaction } from '../support/bank.mjs'
import { node } from '../support/child.mjs'
import { KEYS } from '../support/server.mjs'
import { Pool, start } from './server/server.mjs'

const program = fileURLToPath(new URL('./debit.mjs', import.meta.url))
const PARAMS = { recipientId: '117015428', amount: '100', customerId: '9000000003', otp: '004217', otpRefId: '66' }
let postgres
let pool
let server

before(async () => {
  postgres = await start()
  pool = new Pool(postgres.connection)
  await new PostgresStore(pool).migrate()
  server = await bank()
})
after(async () => {
  await server?.close()
  await pool?.end()
  await postgres?.stop()
})

const children = (references) =>
  references.map((reference) => node([program, server.baseUrl, JSON.stringify(postgres.connection), reference]))

test('several processes send one request for one reference', async () => {
  const before = server.debits.length
  const runs = await Promise.all(children(['REF-1', 'REF-1', 'REF-1', 'REF-1']))
  const said = runs.map(({ stdout, stderr }) => stdout || stderr).sort()
  assert.deepEqual(said, ['reference_used', 'reference_used', 'reference_used', 'settled'])
  assert.ok(runs.every(({ code, late }) => code === 0 && !late))
  assert.equal(server.debits.length, before + 1)
})

test('after kill -9 another process refuses and resolves the debit', async () => {
  const before = server.debits.length
  server.debit = () => 'silence'
  const args = [program, server.baseUrl, JSON.stringify(postgres.connection), 'REF-2']
  const child = spawn(process.execPath, args, { stdio: 'ignore' })
  const ended = new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)))
  await server.arrived(before + 1)
  child.kill('SIGKILL')
  assert.equal(await ended, 'SIGKILL')
  const [again] = await Promise.all(children(['REF-2']))
  assert.equal(again.stdout, 'reference_used')
  const eko = new EkoClient({
    ...KEYS,
    baseUrl: server.baseUrl,
    journal: { store: new PostgresStore(pool) },
    resolver: false,
  })
  const [entry] = (await eko.unresolved().toArray()).filter(({ reference }) => reference === 'REF-2')
  assert.equal(entry.outcome, 'indeterminate')
  const resolved = await eko.resolve(entry)
  assert.equal(resolved.outcome, 'settled')
  assert.equal(await eko.acknowledge(entry), false)
  assert.equal(await eko.acknowledge(resolved), true)
  await eko.close()
  assert.equal(server.debits.length, before + 1)
})

test('neither a secret nor a person is in the table', async () => {
  const { rows } = await pool.query(`SELECT * FROM eko_eps_journal WHERE kind = 'debit'`)
  assert.equal(rows.length, 2)
  const text = JSON.stringify(rows)
  assert.ok(text.includes('REF-1'))
  for (const secret of ['004217', '9000000003', '117015428', '667007109', KEYS.developerKey, KEYS.accessKey])
    assert.ok(!text.includes(secret), secret)
})

async function submitted(connection, store, reference) {
  const before = server.debits.length
  const own = new Pool(connection)
  const eko = new EkoClient({ ...KEYS, baseUrl: server.baseUrl, journal: { store: new PostgresStore(own, store) } })
  const ended = eko.dmt.transfer({ ...PARAMS, ...(reference === undefined ? {} : { clientRefId: reference }) })
  const [{ value, reason }] = await Promise.allSettled([ended])
  await eko.close()
  await own.end()
  assert.equal(server.debits.length, before)
  return value ?? reason
}

test('without the database only a generated reference is reusable', async () => {
  server.debit = (reference) => transaction(reference)
  const gone = { ...postgres.connection, database: 'nowhere' }
  const error = await submitted(gone, {}, 'REF-3')
  assert.deepEqual(
    [error.code, error.clientRefId, error.sentByThisCall, error.retryable],
    ['journal.unavailable', 'REF-3', false, true],
  )
  assert.match(error.message, /database "nowhere" does not exist/)
  const result = await submitted(gone, {}, undefined)
  assert.deepEqual([result.outcome, result.reusable, result.error.code], ['notSent', true, 'journal.unavailable'])
})

test('sends nothing with a read-only session or a keyless table', async () => {
  const timid = { ...postgres.connection, options: '-c default_transaction_read_only=on' }
  assert.equal((await submitted(timid, {}, 'REF-4')).code, 'journal.unavailable')
  await new PostgresStore(pool, { table: 'keyless' }).migrate()
  await pool.query('ALTER TABLE keyless DROP CONSTRAINT keyless_pkey')
  const ended = await submitted(postgres.connection, { table: 'keyless' }, 'REF-5')
  assert.match((ended.error ?? ended).message, /primary key of keyless must be key alone/)
})
