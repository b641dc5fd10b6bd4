// Tests of what a store refuses to trust: a table that is no journal, and a server that may lose commits or lags.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { PostgresStore } from 'eko-eps/postgres'
import { keys, row } from './rows.mjs'
import { Pool, start } from './server/server.mjs'

let postgres
let pool

before(async () => {
  postgres = await start()
  pool = new Pool(postgres.connection)
  // When the server closes a connection, the pool emits an error.
  pool.on('error', () => {})
})
after(async () => {
  await pool?.end()
  await postgres?.stop()
})

const refusal = (message) => ({ name: 'EkoValidationError', code: 'invalid_config', message })

/** Makes a journal of this name, changes it with these statements, and opens it without `migrate`. */
async function changed(table, ...statements) {
  await new PostgresStore(pool, { table }).migrate()
  for (const statement of statements) await pool.query(statement)
  return new PostgresStore(pool, { table })
}

const FAULTS = {
  fleeting: ['ALTER TABLE fleeting SET UNLOGGED', /not a permanent/],
  keyless: ['ALTER TABLE keyless DROP CONSTRAINT keyless_pkey', /primary key of keyless must be key alone/],
  paired: [
    'ALTER TABLE paired DROP CONSTRAINT paired_pkey; ALTER TABLE paired ADD PRIMARY KEY (key, version)',
    /primary key of paired must be key alone/,
  ],
  narrow: ['ALTER TABLE narrow ALTER due_ms TYPE integer', /column due_ms of narrow is integer: it must be bigint/],
  lacking: ['ALTER TABLE lacking DROP keep_until_ms', /column keep_until_ms of lacking is missing/],
  loose: ['ALTER TABLE loose ALTER account DROP NOT NULL', /column account of loose must be NOT NULL/],
  strict: ['ALTER TABLE strict ALTER due_ms SET NOT NULL', /column due_ms of strict must allow null/],
  sorted: ['ALTER TABLE sorted ALTER key TYPE text COLLATE "default"', /column key of sorted must have COLLATE "C"/],
  halved: [
    'DROP TABLE halved_archive',
    /no table halved_archive, but the other table of its journal exists: restore halved_archive/,
  ],
  forgetful: ['ALTER TABLE forgetful_archive SET UNLOGGED', /forgetful_archive is not a permanent/],
  ambiguous: [
    'ALTER TABLE ambiguous_archive DROP CONSTRAINT ambiguous_archive_pkey',
    /primary key of ambiguous_archive must be key alone/,
  ],
  inherited: ['CREATE TABLE heir () INHERITS (inherited)', /inherited is not a plain table/],
}
for (const [table, [statement, message]] of Object.entries(FAULTS)) {
  test(`a table that is ${table} is refused`, async () => {
    const store = await changed(table, statement)
    await assert.rejects(store.write(row()), refusal(message))
    await assert.rejects(store.read('k'), refusal(message))
    await assert.rejects(store.due(1, 1, { account: 'a', order: 'oldest' }), refusal(message))
    await assert.rejects(store.unresolved(1, { kind: 'debit', account: 'a', after: null }), refusal(message))
    await assert.rejects(store.prune(1, 1, 1), refusal(message))
    const { rows } = await pool.query(`SELECT key FROM ${table}`)
    assert.deepEqual(rows, [])
    await assert.rejects(store.migrate(), refusal(message))
  })
}

test('a table that is not there, or is a view, is refused', async () => {
  await assert.rejects(
    new PostgresStore(pool, { table: 'nowhere' }).read('k'),
    refusal(/no table nowhere: run migrate/),
  )
  await changed('seen', 'CREATE VIEW view AS SELECT * FROM seen')
  await assert.rejects(new PostgresStore(pool, { table: 'view' }).read('k'), refusal(/view is not a plain table/))
})

test('an archive whose table is gone is refused', async () => {
  const store = await changed('alone', 'DROP TABLE alone')
  await assert.rejects(store.migrate(), refusal(/no table alone, but the other table of its journal exists/))
  await assert.rejects(store.read('k'), refusal(/no table alone/))
})

test('a table of the former format is refused by name', async () => {
  await pool.query(`CREATE TABLE eko_eps_intents (
    key text PRIMARY KEY, version bigint NOT NULL, entry text NOT NULL, due_ms bigint, unresolved boolean NOT NULL, updated_ms bigint NOT NULL
  )`)
  const store = new PostgresStore(pool, { table: 'eko_eps_intents' })
  await assert.rejects(store.read('k'), refusal(/eko_eps_intents has the former format/))
  await assert.rejects(store.migrate(), refusal(/eko_eps_intents has the former format/))
})

test('a role that row-level security hides rows from is refused', async () => {
  const store = await changed(
    'guarded',
    `CREATE ROLE teller LOGIN; GRANT ALL ON guarded TO teller; ALTER TABLE guarded ENABLE ROW LEVEL SECURITY`,
  )
  assert.equal(await store.read('k'), undefined)
  const teller = new Pool({ ...postgres.connection, user: 'teller' })
  await assert.rejects(new PostgresStore(teller, { table: 'guarded' }).read('k'), refusal(/row-level security/))
  await teller.end()
})

test('a table that loses its key later accepts nothing', async () => {
  const store = await changed('losing')
  assert.equal(await store.write(row()), true)
  await pool.query('ALTER TABLE losing DROP CONSTRAINT losing_pkey')
  await assert.rejects(store.write(row({ key: 'later' })), /no unique or exclusion constraint/)
})

test('checks the table once, and again only after a refusal', async () => {
  await changed('counted', 'ALTER TABLE counted SET UNLOGGED')
  const looks = []
  const counting = {
    query(text, values) {
      if (text.includes('relpersistence')) looks.push(values[0])
      return pool.query(text, values)
    },
  }
  const store = new PostgresStore(counting, { table: 'counted' })
  await assert.rejects(store.read('k'), refusal(/not a permanent/))
  await pool.query('ALTER TABLE counted SET LOGGED')
  await Promise.all([store.read('k'), store.write(row()), store.read('k')])
  await store.read('k')
  assert.deepEqual(looks, ['counted', 'counted', 'counted_archive'])
})

test('writes with synchronous_commit at least on for every role', async () => {
  await changed('levels')
  // This trigger runs as the commit begins, and records how the commit will be made.
  await pool.query(`
    CREATE TABLE noted (key text, level text);
    CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO noted SELECT NEW.key, current_setting('synchronous_commit'); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER look AFTER INSERT OR UPDATE ON levels DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION look();
  `)
  const expected = { off: 'on', local: 'on', remote_write: 'on', on: 'on', remote_apply: 'remote_apply' }
  for (const [level, raised] of Object.entries(expected)) {
    const hasty = new Pool({ ...postgres.connection, max: 1, options: `-c synchronous_commit=${level}` })
    const store = new PostgresStore(hasty, { table: 'levels' })
    assert.equal(await store.write(row({ key: level })), true)
    assert.equal(await store.write(row({ key: level, version: 2 }), [row({ key: `${level}-with` })]), true)
    await hasty.query(`UPDATE levels SET entry = '' WHERE key = $1`, [level])
    const { rows } = await pool.query('SELECT level FROM noted WHERE key LIKE $1', [`${level}%`])
    assert.deepEqual(
      rows.map((seen) => seen.level),
      [raised, raised, raised, level],
    )
    await hasty.end()
    await pool.query('DELETE FROM noted')
  }
})

test('refuses a synchronous_commit level that cannot be raised', async () => {
  await changed('stubborn')
  const hasty = new Pool({ ...postgres.connection, options: '-c synchronous_commit=off' })
  const stubborn = { query: (text, values) => hasty.query(text.replace("THEN 'on'", "THEN 'local'"), values) }
  const store = new PostgresStore(stubborn, { table: 'stubborn' })
  await assert.rejects(store.write(row()), refusal(/synchronous_commit = local .* set it to on/))
  assert.equal(await store.read('k'), undefined)
  await hasty.end()
})

test('a server that runs with fsync off is refused', async () => {
  const store = await changed('unsafe')
  const reload = async (setting) => {
    await pool.query(`ALTER SYSTEM SET fsync = ${setting}`)
    await pool.query('SELECT pg_reload_conf()')
    while ((await pool.query('SHOW fsync')).rows[0].fsync !== setting) await new Promise(setImmediate)
  }
  await reload('off')
  await assert.rejects(store.read('k'), refusal(/fsync off/))
  await assert.rejects(store.migrate(), refusal(/fsync off/))
  await reload('on')
  assert.equal(await store.read('k'), undefined)
})

test('what a session says that only reads proves nothing', async () => {
  const store = await changed('reading')
  await store.write(row())
  const timid = new Pool({ ...postgres.connection, options: '-c default_transaction_read_only=on' })
  const reader = new PostgresStore(timid, { table: 'reading' })
  await assert.rejects(reader.read('k'), /is read-only, so its rows may be outdated/)
  await assert.rejects(reader.read('nobody'), /is read-only/)
  await assert.rejects(reader.due(9, 9, { account: 'a', order: 'oldest' }), /is read-only/)
  await assert.rejects(reader.unresolved(9, { kind: 'debit', account: 'a', after: null }), /is read-only/)
  await assert.rejects(reader.write(row({ key: 'l' })), /read-only transaction/)
  await timid.end()
})

test('a pool or a table that is none is refused', () => {
  assert.throws(() => new PostgresStore(undefined), { code: 'invalid_config' })
  assert.throws(() => new PostgresStore({}), { code: 'invalid_config' })
  for (const table of ['a b', 'a;b', 'A', '', 'a.b.c', '"a"', 'a'.repeat(51), 'a_archive'])
    assert.throws(() => new PostgresStore(pool, { table }), { code: 'invalid_config' })
})

// This test is the last one, because the server is a standby from here on.
test('what a standby says proves nothing', async () => {
  const store = await changed('lagging')
  await store.write(row())
  assert.deepEqual(await keys(store.unresolved(9, { kind: 'debit', account: 'a', after: null })), ['k'])
  await postgres.standby()
  await assert.rejects(store.read('k'), /is a standby, so its rows may be outdated: use a pool of the primary/)
  await assert.rejects(store.read('nobody'), /is a standby/)
  await assert.rejects(new PostgresStore(pool, { table: 'lagging' }).read('k'), /is a standby/)
  await assert.rejects(store.write(row({ key: 'l' })), /read-only transaction/)
})
