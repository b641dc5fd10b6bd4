// Tests of the archive in PostgreSQL: its rows are out of the live table, and still known.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { PostgresStore } from 'eko-eps/postgres'
import { keys, row } from './rows.mjs'
import { Pool, start } from './server/server.mjs'

const DONE = { dueMs: null, unresolved: false }
const NEWEST = { key: 'newest', updatedMs: 1_000_000 }
let postgres
let pool

before(async () => {
  postgres = await start()
  pool = new Pool({ ...postgres.connection, max: 20 })
})
after(async () => {
  await pool?.end()
  await postgres?.stop()
})

/** Makes a journal with these rows, whose last-known time is 1,000,000. */
async function filled(table, ...rows) {
  const store = new PostgresStore(pool, { table })
  await store.migrate()
  assert.equal(await store.write(row(NEWEST), rows), true)
  return store
}

const move = (store, limit = 1_000) => store.archive(500_000, 1_000_000, limit)
const live = async (table) => keys((await pool.query(`SELECT key FROM ${table} ORDER BY key`)).rows)
const archived = (table) => live(`(SELECT * FROM ${table}_archive WHERE version > 0) AS archived`)

test('old and resolved debits are moved whole, and nothing else', async () => {
  const whole = row({ key: 'whole', ...DONE, waitMs: 9, createdMs: 3, keepUntilMs: 1_000_000, account: 'b' })
  const kept = [
    row({ key: 'open', dueMs: null }),
    row({ key: 'due', unresolved: false }),
    row({ key: 'kept', ...DONE, keepUntilMs: 1_000_001 }),
    row({ key: 'young', ...DONE, updatedMs: 500_001 }),
    row({ key: 'alarm', kind: 'alarm', ...DONE }),
    row({ key: 'known', kind: 'known', ...DONE }),
  ]
  const gone = [row({ key: 'a', ...DONE }), row({ key: 'b', ...DONE }), whole]
  const store = await filled('moved', ...kept, ...gone)
  assert.deepEqual([await move(store, 2), await move(store, 2), await move(store, 2)], [2, 1, 0])
  for (const one of [...kept, ...gone]) assert.deepEqual(await store.read(one.key), one)
  assert.deepEqual(await live('moved'), ['alarm', 'due', 'kept', 'known', 'newest', 'open', 'young'])
  assert.deepEqual(await archived('moved'), ['a', 'b', 'whole'])
})

test('a clock that runs ahead moves nothing', async () => {
  const store = await filled('ahead', row({ key: 'k', ...DONE, updatedMs: 900_000 }))
  assert.equal(await store.archive(100_001, 1e12, 10), 0)
  assert.equal(await store.archive(100_000, 1e12, 10), 1)
  // The archived row still counts for the last-known time.
  await pool.query('DELETE FROM ahead')
  assert.equal(await store.prune(1, 1e12, 10), 0)
})

test('an archived reference stays used, a new version restores it', async () => {
  const store = await filled('used', row({ key: 'k', ...DONE }), row({ key: 'also', ...DONE }))
  assert.equal(await move(store), 2)
  for (const version of [0, 1, 3])
    assert.equal(await store.write(row({ key: 'k', version }), [row({ key: 'with' })]), false)
  assert.equal(await store.write(row({ key: 'other' }), [row({ key: 'also' })]), true)
  assert.equal((await store.read('also')).updatedMs, 7)
  assert.equal(await store.read('with'), undefined)
  for (const version of [2, 4]) {
    const next = row({ key: 'k', version, ...DONE, entry: `${version}` })
    const races = Array.from({ length: 5 }, () => store.write(next, [row({ ...next, key: 'also' })]))
    assert.equal((await Promise.all(races)).filter(Boolean).length, 1)
    assert.deepEqual(await store.read('k'), next)
    assert.deepEqual(await store.read('also'), { ...next, key: 'also' })
    assert.deepEqual(await archived('used'), [])
    for (const key of ['k', 'also']) assert.equal(await store.write(row({ key, version: version + 1, ...DONE })), true)
    assert.equal(await move(store), 2)
  }
  assert.equal(await store.write(row({ key: 'k' })), false)
})

test('lists all debits in creation order across both tables', async () => {
  const rows = Array.from({ length: 25 }, (_, n) =>
    row({ key: `k${99 - n}`, dueMs: null, unresolved: n % 3 === 0, createdMs: 10 + Math.floor(n / 4) }),
  )
  const others = [row({ key: 'other', account: 'b', ...DONE }), row({ key: 'alarm', kind: 'alarm', ...DONE })]
  const store = await filled('listed', ...rows, ...others)
  const all = async (limit) => {
    const found = []
    for (let after = null; ; after = found.at(-1)) {
      const page = await store.debits(limit, { account: 'a', after })
      if (page.length === 0) return keys(found)
      found.push(...page)
    }
  }
  const before = await all(100)
  assert.equal(new Set(before).size, 26)
  assert.equal(await move(store, 9), 9)
  assert.deepEqual(await all(4), before)
  assert.equal(await move(store), 8)
  assert.deepEqual(await all(1), before)
  assert.deepEqual(await all(100), before)
})

test('prune deletes in both tables and only then frees references', async () => {
  const some = ['a', 'b', 'c', 'd'].map((key, age) => row({ key, ...DONE, updatedMs: 1 + age }))
  const store = await filled('pruned', ...some, row({ key: 'kept', ...DONE, keepUntilMs: 2_000 }))
  assert.equal(await move(store, 2), 2)
  assert.equal(await store.prune(500_000, 1_000_000, 1), 1)
  assert.equal(await move(store), 2)
  assert.deepEqual(await archived('pruned'), ['a', 'b', 'd', 'kept'])
  assert.equal(await store.prune(1, 1_999, 2), 2)
  assert.equal(await store.prune(1, 1_999, 2), 1)
  assert.deepEqual(await archived('pruned'), ['kept'])
  assert.equal(await store.prune(500_000, 1_000_000, 9), 1)
  assert.deepEqual(await live('pruned_archive'), ['newest'])
  for (const { key } of some) assert.equal(await store.write(row({ key })), true)
})

test('a write that began before a debit finds it archived', async () => {
  const store = await filled('stale')
  const holder = await pool.connect()
  await holder.query('BEGIN')
  for (const table of ['stale', 'stale_archive'])
    await holder.query(`INSERT INTO ${table} SELECT 'gate', version, kind, account, entry, due_ms, wait_ms, unresolved,
      created_ms, updated_ms, keep_until_ms FROM ${table} LIMIT 1`)
  // The write has begun and sees both tables as they are now. It waits for the lock before its second row.
  const late = store.write(row({ key: 'gate' }), [row({ key: 'k', entry: 'late' })])
  for (let waits = false; !waits; ) {
    const { rows } = await pool.query(`SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'`)
    waits = rows.length > 0
  }
  const done = row({ key: 'k', version: 2, ...DONE })
  assert.equal(await store.write(row({ key: 'k' })), true)
  assert.equal(await store.write(done), true)
  assert.equal(await move(store), 1)
  await holder.query('ROLLBACK')
  holder.release()
  assert.equal(await late, true)
  assert.deepEqual(await store.read('k'), done)
  assert.deepEqual([await live('stale'), await archived('stale')], [['gate', 'newest'], ['k']])
})

test('no reference is taken twice, whatever is moved meanwhile', async () => {
  const stores = [await filled('racing'), new PostgresStore(pool, { table: 'racing' })]
  let over = false
  const mover = async (store) => {
    let moved = 0
    while (!over) moved += await move(store, 3)
    return moved
  }
  const movers = stores.map(mover)
  const taken = []
  const writer = async (number) => {
    const store = stores[number % 2]
    for (let index = 0; index < 150; index += 1) {
      const key = `k${(index * 7 + number) % 150}`
      if (await store.write(row({ key, ...DONE }), [row({ key: `also-${key}`, ...DONE })])) taken.push(key)
      const { version } = await store.read(key)
      await store.write(row({ key, version: version + 1, ...DONE }))
    }
  }
  await Promise.all(Array.from({ length: 8 }, (_, number) => writer(number)))
  over = true
  const moves = (await Promise.all(movers)).reduce((all, some) => all + some)
  assert.deepEqual([taken.length, new Set(taken).size], [150, 150])
  assert.ok(moves > 300, `${moves}`)
  while ((await move(stores[0])) > 0) {}
  assert.deepEqual([await live('racing'), (await archived('racing')).length], [['newest'], 300])
})
