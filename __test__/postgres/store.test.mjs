// Tests of the store alone, with a real PostgreSQL: what it keeps, finds and prunes.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { PostgresStore } from 'eko-eps/postgres'
import { keys, row } from './rows.mjs'
import { Pool, start } from './server/server.mjs'

let postgres
let pool
let store

before(async () => {
  postgres = await start()
  pool = new Pool(postgres.connection)
  store = new PostgresStore(pool, { table: 'rows' })
})
after(async () => {
  await pool?.end()
  await postgres?.stop()
})

async function fresh(table) {
  const own = new PostgresStore(pool, { table })
  await own.migrate()
  return own
}

test('migrate may be run twice, and by many at once', async () => {
  await Promise.all(Array.from({ length: 8 }, () => new PostgresStore(pool).migrate()))
  await new PostgresStore(pool).migrate()
  await store.migrate()
  const other = await fresh('public.other')
  assert.equal(await other.read('k'), undefined)
  const { rows } = await pool.query(
    `SELECT tablename, count(*)::int AS count FROM pg_indexes WHERE tablename LIKE 'eko_eps_journal%' GROUP BY 1 ORDER BY 1`,
  )
  assert.deepEqual(
    rows.map(({ tablename, count }) => [tablename, count]),
    [
      ['eko_eps_journal', 6],
      ['eko_eps_journal_archive', 3],
    ],
  )
})

test('a row comes back as it went in', async () => {
  const entry = '{"text":"\\"\'\\\\ ₹ \\u0000"}'
  const full = row({ key: "a'b", entry, dueMs: 1_700_000_000_000, updatedMs: 1_700_000_000_001, keepUntilMs: 9 })
  assert.equal(await store.write(full), true)
  assert.deepEqual(await store.read("a'b"), full)
  const final = { ...full, version: 2, kind: 'newer', dueMs: null, unresolved: false, keepUntilMs: null }
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
  const inserts = await Promise.all(Array.from({ length: 20 }, () => store.write(row({ key: 'x' }))))
  assert.equal(inserts.filter(Boolean).length, 1)
})

test('writes companion rows by version, only with their main row', async () => {
  const also = [
    row({ key: 'with-new', kind: 'known' }),
    row({ key: 'with-old', version: 2, entry: '2' }),
    row({ key: 'with-lost', version: 3 }),
  ]
  await store.write(row({ key: 'with-old' }))
  await store.write(row({ key: 'with-lost' }))
  assert.equal(await store.write(row({ key: 'with', version: 2 }), also), false)
  assert.equal(await store.read('with-new'), undefined)
  assert.equal((await store.read('with-old')).version, 1)
  assert.equal(await store.write(row({ key: 'with' }), also), true)
  assert.deepEqual(await store.read('with-new'), also[0])
  assert.deepEqual(await store.read('with-old'), also[1])
  assert.equal((await store.read('with-lost')).version, 1)
  assert.equal(await store.write(row({ key: 'with' }), [row({ key: 'with-later' })]), false)
  assert.equal(await store.write(row({ key: 'with', version: 2 }), [row({ key: 'with-new', version: 2 })]), true)
  assert.equal((await store.read('with-new')).version, 2)
  assert.equal(await store.read('with-later'), undefined)
})

test('nothing is written where one of the rows cannot be', async () => {
  const broken = { ...row({ key: 'half' }), kind: null }
  await assert.rejects(store.write(row({ key: 'whole' }), [broken]), /null value/)
  assert.equal(await store.read('whole'), undefined)
})

test('many writers that share a row lose none of their own', async () => {
  await store.write(row({ key: 'shared' }))
  const writes = Array.from({ length: 20 }, (_, n) =>
    store.write(row({ key: `sharing-${n}` }), [row({ key: 'shared', version: 2, entry: `${n}` })]),
  )
  assert.ok((await Promise.all(writes)).every(Boolean))
  assert.equal((await store.read('shared')).version, 2)
})

test('due rows are of an account, and in the order that is wanted', async () => {
  const own = await fresh('waiting')
  await own.write(row({ key: 'old', dueMs: 10_000, waitMs: 90_000 }))
  await own.write(row({ key: 'quick', dueMs: 30_000, waitMs: 25_000 }))
  await own.write(row({ key: 'quick-late', dueMs: 40_000, waitMs: 25_000 }))
  await own.write(row({ key: 'other', account: 'b', dueMs: 1 }))
  await own.write(row({ key: 'done', dueMs: null }))
  const due = (now, limit, order = 'oldest') => keys(own.due(now, limit, { account: 'a', order }))
  assert.deepEqual(await due(9_999, 10), [])
  assert.deepEqual(await due(40_000, 10), ['old', 'quick', 'quick-late'])
  assert.deepEqual(await due(40_000, 10, 'shortestWait'), ['quick', 'quick-late', 'old'])
  assert.deepEqual(await due(40_000, 1), ['old'])
  assert.deepEqual(await due(40_000, 1, 'shortestWait'), ['quick'])
  assert.deepEqual(await keys(own.due(40_000, 10, { account: 'c', order: 'oldest' })), [])
  // A row that is overdue by more than a minute comes after those that came due later.
  assert.deepEqual(await due(90_000, 10, 'shortestWait'), ['quick', 'quick-late', 'old'])
  assert.deepEqual(await due(90_001, 10, 'shortestWait'), ['quick-late', 'quick', 'old'])
  assert.deepEqual(await due(90_001, 1, 'shortestWait'), ['quick-late'])
})

test('a due time further ahead than the wait counts as due', async () => {
  const own = await fresh('ahead')
  await own.write(row({ key: 'ahead', dueMs: 900_000, waitMs: 60_000 }))
  await own.write(row({ key: 'fair', dueMs: 100_000, waitMs: 60_000 }))
  await own.write(row({ key: 'now', dueMs: 30_000, waitMs: 60_000 }))
  const due = (now) => keys(own.due(now, 10, { account: 'a', order: 'oldest' }))
  assert.deepEqual(await due(30_000), ['now', 'ahead'])
  assert.deepEqual(await due(829_999), ['now', 'fair', 'ahead'])
  assert.deepEqual(await due(830_000), ['now', 'fair'])
})

test('unresolved rows come page by page, by kind and account', async () => {
  const own = await fresh('listed')
  for (const [key, createdMs] of [
    ['c', 1],
    ['a', 2],
    ['B', 2],
    ['b', 3],
  ])
    await own.write(row({ key, createdMs }))
  await own.write(row({ key: 'alarm', kind: 'alarm' }))
  await own.write(row({ key: 'other', account: 'b' }))
  await own.write(row({ key: 'done', unresolved: false }))
  const of = (after) => ({ kind: 'debit', account: 'a', after })
  assert.deepEqual(await keys(own.unresolved(4_294_967_295, of(null))), ['c', 'B', 'a', 'b'])
  assert.deepEqual(await keys(own.unresolved(2, of(null))), ['c', 'B'])
  assert.deepEqual(await keys(own.unresolved(2, of({ createdMs: 2, key: 'B' }))), ['a', 'b'])
  assert.deepEqual(await keys(own.unresolved(2, of({ createdMs: 3, key: 'b' }))), [])
  assert.deepEqual(await keys(own.unresolved(9, { ...of(null), kind: 'alarm' })), ['alarm'])
})

test('prune deletes resolved rows in steps, ignores a fast clock', async () => {
  const own = await fresh('pruned')
  const done = { dueMs: null, unresolved: false }
  await own.write(row({ key: 'open', dueMs: null, updatedMs: 1 }))
  await own.write(row({ key: 'due', unresolved: false, updatedMs: 1 }))
  await own.write(row({ key: 'kept', ...done, keepUntilMs: 101, updatedMs: 1 }))
  await own.write(row({ key: 'known', kind: 'known', ...done, updatedMs: 1 }))
  await own.write(row({ key: 'let-go', ...done, keepUntilMs: 100, updatedMs: 2 }))
  await own.write(row({ key: 'alarm', kind: 'alarm', ...done, updatedMs: 3 }))
  await own.write(row({ key: 'done', ...done, updatedMs: 50 }))
  await own.write(row({ key: 'newest', ...done, updatedMs: 100 }))
  assert.equal(await own.prune(99, 100, 10), 0)
  assert.equal(await own.prune(99, 1e12, 10), 0)
  assert.equal(await own.prune(60, 1e12, 1), 1)
  assert.equal(await own.read('let-go'), undefined)
  assert.equal(await own.prune(60, 1e12, 10), 1)
  assert.equal(await own.prune(0, 60, 10), 1)
  assert.equal(await own.prune(1, 1e12, 10), 0)
  const left = await pool.query('SELECT key FROM pruned ORDER BY key')
  assert.deepEqual(await keys(left.rows), ['due', 'kept', 'known', 'newest', 'open'])
})

test('its clock is the server’s', async () => {
  const { epoch, ms } = await store.clock()
  assert.equal(epoch, 'postgres')
  assert.ok(Math.abs(ms - Date.now()) < 60_000, `${ms}`)
})
