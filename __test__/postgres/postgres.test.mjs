// A journal in a real PostgreSQL: conditional among processes, durable before it answers.
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
/** Rows of no debit are in a table of their own. */
let store
let server

before(async () => {
  postgres = await start()
  pool = new Pool(postgres.connection)
  store = new PostgresStore(pool, { table: 'rows' })
  server = await bank()
})
after(async () => {
  await server?.close()
  await pool?.end()
  await postgres?.stop()
})

const row = (changes) => ({ key: 'k', version: 1, entry: '{}', dueMs: 5, unresolved: true, updatedMs: 7, ...changes })
const children = (references) =>
  references.map((reference) => node([program, server.baseUrl, JSON.stringify(postgres.connection), reference]))

test('migrate may be run twice, and by many at once', async () => {
  await Promise.all(Array.from({ length: 8 }, () => new PostgresStore(pool).migrate()))
  await new PostgresStore(pool).migrate()
  await store.migrate()
  const other = new PostgresStore(pool, { table: 'public.other' })
  await other.migrate()
  assert.equal(await other.read('k'), undefined)
})

test('a row comes back as it went in', async () => {
  const entry = '{"text":"\\"\'\\\\ ₹"}'
  const full = row({ key: "a'b", entry, dueMs: 1_700_000_000_000, updatedMs: 1_700_000_000_001 })
  assert.equal(await store.write(full), true)
  assert.deepEqual(await store.read("a'b"), full)
  const final = { ...full, version: 2, dueMs: null, unresolved: false }
  assert.equal(await store.write(final), true)
  assert.deepEqual(await store.read("a'b"), final)
  assert.equal(await store.read('nobody'), undefined)
})

test('a write holds only over the version before it', async () => {
  assert.equal(await store.write(row({ key: 'v' })), true)
  assert.equal(await store.write(row({ key: 'v' })), false)
  assert.equal(await store.write(row({ key: 'v', version: 3 })), false)
  assert.equal(await store.write(row({ key: 'w', version: 2 })), false)
  const races = await Promise.all(Array.from({ length: 20 }, () => store.write(row({ key: 'v', version: 2 }))))
  assert.equal(races.filter(Boolean).length, 1)
})

test('due, unresolved and prune choose what they are asked for, in order', async () => {
  const own = new PostgresStore(pool, { table: 'ordered' })
  await own.migrate()
  await own.write(row({ key: 'late', dueMs: 30, updatedMs: 1 }))
  await own.write(row({ key: 'soon', dueMs: 10, updatedMs: 2 }))
  await own.write(row({ key: 'done', dueMs: null, unresolved: false, updatedMs: 3 }))
  const keys = async (rows) => (await rows).map(({ key }) => key)
  assert.deepEqual(await keys(own.due(9, 10)), [])
  assert.deepEqual(await keys(own.due(30, 10)), ['soon', 'late'])
  assert.deepEqual(await keys(own.due(30, 1)), ['soon'])
  assert.deepEqual(await keys(own.unresolved(4_294_967_295)), ['late', 'soon'])
  assert.equal(await own.prune(3), 0)
  assert.equal(await own.prune(4), 1)
  assert.deepEqual(await keys(own.unresolved(10)), ['late', 'soon'])
})

test('a role that does not wait for the disk waits for it here', async () => {
  // Fires as the commit begins, and remembers what the commit will do.
  await pool.query(`
    CREATE TABLE seen (setting text);
    CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO seen SELECT current_setting('synchronous_commit'); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER look AFTER INSERT OR UPDATE ON rows DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION look();
    CREATE ROLE hasty LOGIN SUPERUSER;
    ALTER ROLE hasty SET synchronous_commit = off;
  `)
  const hasty = new Pool({ ...postgres.connection, user: 'hasty', max: 1 })
  const { rows } = await hasty.query(`SELECT current_setting('synchronous_commit') AS setting`)
  assert.equal(rows[0].setting, 'off')
  const own = new PostgresStore(hasty, { table: 'rows' })
  assert.equal(await own.write(row({ key: 'hasty' })), true)
  assert.equal(await own.write(row({ key: 'hasty', version: 2 })), true)
  await hasty.query(
    `INSERT INTO rows SELECT 'control', version, entry, due_ms, unresolved, updated_ms FROM rows WHERE key = 'hasty'`,
  )
  const seen = await pool.query('SELECT setting FROM seen')
  assert.deepEqual(
    seen.rows.map(({ setting }) => setting),
    ['on', 'on', 'off'],
  )
  await hasty.end()
  await pool.query('DROP TRIGGER look ON rows')
})

test('a table that a crash would empty is refused', async () => {
  const fleeting = new PostgresStore(pool, { table: 'fleeting' })
  await fleeting.migrate()
  await pool.query('ALTER TABLE fleeting SET UNLOGGED')
  await assert.rejects(fleeting.migrate(), { code: 'invalid_config', message: /not a permanent/ })
})

test('a pool or a table that is none is refused', () => {
  assert.throws(() => new PostgresStore(undefined), { code: 'invalid_config' })
  assert.throws(() => new PostgresStore({}), { code: 'invalid_config' })
  for (const table of ['a b', 'a;b', 'A', '', 'a.b.c', '"a"'])
    assert.throws(() => new PostgresStore(pool, { table }), { code: 'invalid_config' })
})

test('several processes submit the same reference: exactly one request leaves', async () => {
  const before = server.debits.length
  const runs = await Promise.all(children(['REF-1', 'REF-1', 'REF-1', 'REF-1']))
  const said = runs.map(({ stdout, stderr }) => stdout || stderr).sort()
  assert.deepEqual(said, ['reference_used', 'reference_used', 'reference_used', 'settled'])
  assert.ok(runs.every(({ code, late }) => code === 0 && !late))
  assert.equal(server.debits.length, before + 1)
})

test('after kill -9 another process knows the debit, refuses it and resolves it', async () => {
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
  const [entry] = (await eko.unresolved()).filter(({ reference }) => reference === 'REF-2')
  assert.equal(entry.outcome, 'indeterminate')
  const resolved = await eko.resolve({ op: entry.op, reference: entry.reference })
  assert.equal(resolved.outcome, 'settled')
  assert.equal(await eko.acknowledge({ op: entry.op, reference: entry.reference }), true)
  await eko.close()
  assert.equal(server.debits.length, before + 1)
})

test('neither a secret nor a person is in the table', async () => {
  const { rows } = await pool.query(`SELECT key, entry FROM eko_eps_intents WHERE key LIKE 'dmt%'`)
  assert.equal(rows.length, 2)
  const text = JSON.stringify(rows)
  assert.ok(text.includes('REF-1'))
  for (const secret of ['004217', '9000000003', '117015428', '667007109', KEYS.developerKey, KEYS.accessKey])
    assert.ok(!text.includes(secret), secret)
})

test('a database that is gone: notSent', async () => {
  server.debit = (reference) => transaction(reference)
  const before = server.debits.length
  const gone = new Pool({ ...postgres.connection, database: 'nowhere' })
  const eko = new EkoClient({ ...KEYS, baseUrl: server.baseUrl, journal: { store: new PostgresStore(gone) } })
  const result = await eko.dmt.transfer({ ...PARAMS, clientRefId: 'REF-3' })
  assert.deepEqual([result.outcome, result.error.code], ['notSent', 'journal.unavailable'])
  assert.match(result.error.message, /database "nowhere" does not exist/)
  await eko.close()
  await gone.end()
  assert.equal(server.debits.length, before)
})
