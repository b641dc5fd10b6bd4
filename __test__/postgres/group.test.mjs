// Tests of rows that are written in one statement: each write gets its own result, and a failing row fails no other.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { PostgresStore } from 'eko-eps/postgres'
import { row } from './rows.mjs'
import { Pool, start } from './server/server.mjs'
import { closeWires, wire } from './wire.mjs'

let postgres
let pool

before(async () => {
  postgres = await start()
  pool = new Pool(postgres.connection)
})
after(async () => {
  await closeWires()
  await pool?.end()
  await postgres?.stop()
})

/** Opens a store over a pool of its own. `writes` are the statements that write rows. */
async function open(table, options = {}) {
  const own = new Pool({ ...postgres.connection, ...options })
  own.on('error', () => {})
  const writes = []
  const query = own.query.bind(own)
  own.query = (statement, values) => {
    if ((statement.text ?? statement).includes('json_to_recordset')) writes.push(statement)
    return query(statement, values)
  }
  const store = new PostgresStore(own, { table })
  await store.migrate()
  return { store, writes, query, close: () => own.end() }
}

const many = (count, of) => Array.from({ length: count }, (_, index) => of(index))
const versions = async (table) =>
  (await pool.query(`SELECT version::int, count(*)::int FROM ${table} GROUP BY 1 ORDER BY 1`)).rows

test('batches concurrent writes and answers each one separately', async () => {
  const { store, writes, close } = await open('together')
  for (let index = 0; index < 300; index += 3) await store.write(row({ key: `k${index}` }))
  writes.length = 0
  const told = await Promise.all(many(300, (index) => store.write(row({ key: `k${index}` }))))
  assert.deepEqual(
    told,
    many(300, (index) => index % 3 !== 0),
  )
  assert.ok(writes.length <= 6, `${writes.length} statements`)
  // Every second write has the version that follows the stored one.
  const later = await Promise.all(
    many(300, (index) => store.write(row({ key: `k${index}`, version: 2 + (index % 2), entry: `${index}` }))),
  )
  assert.deepEqual(
    later,
    many(300, (index) => index % 2 === 0),
  )
  assert.deepEqual(await versions('together'), [
    { version: 1, count: 150 },
    { version: 2, count: 150 },
  ])
  assert.equal((await store.read('k298')).entry, '298')
  await close()
})

test('concurrent writes of one key succeed once per version', async () => {
  const { store, close } = await open('rivals')
  const rivals = await Promise.all(many(50, (index) => store.write(row({ key: `k${index % 5}`, entry: `${index}` }))))
  assert.equal(rivals.filter((written) => written).length, 5)
  const next = await Promise.all(many(50, (index) => store.write(row({ key: `k${index % 5}`, version: 2 }))))
  assert.equal(next.filter((written) => written).length, 5)
  await close()
})

test('a row that the server refuses takes no other with it', async () => {
  const { store, close } = await open('refused')
  const told = await Promise.allSettled(
    many(60, (index) => store.write(row({ key: `k${index}`, entry: index === 31 ? 'a\0b' : '{}' }))),
  )
  const refused = told.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []))
  assert.deepEqual(refused, [31])
  assert.ok(told.every(({ status, value }) => status === 'rejected' || value === true))
  assert.deepEqual(await versions('refused'), [{ version: 1, count: 59 }])
  await close()
})

test('a lost answer fails every write of its statement', async () => {
  const cut = await wire(postgres.connection)
  const { store, writes, close } = await open('unheard', { ...cut.connection, max: 4 })
  await Promise.all(many(20, (index) => store.write(row({ key: `warm${index}` }))))
  writes.length = 0
  cut.swallow('"k39"')
  const gate = store.write(row({ key: 'gate1' }))
  const second = store.write(row({ key: 'gate2' }))
  const rest = many(40, (index) => store.write(row({ key: `k${index}` })))
  const told = await Promise.allSettled([gate, second, ...rest])
  assert.ok(writes.length <= 4, `${writes.length} statements`)
  // The two gate rows were sent first, alone or with others. The answer to the statement with the last row is lost.
  const failed = told.flatMap(({ status, value }, index) => {
    if (status === 'rejected') return [index]
    assert.equal(value, true)
    return []
  })
  assert.equal(failed.at(-1), told.length - 1, `${failed}`)
  const lost = writes.filter(({ values }) => values[0].includes('"k39"'))
  assert.deepEqual(
    failed.map((index) => (index < 2 ? `gate${index + 1}` : `k${index - 2}`)).sort(),
    JSON.parse(lost[0].values[0])
      .map(({ key }) => key)
      .sort(),
  )
  // The row was written although the write failed, so the same write again changes nothing.
  assert.equal(await store.write(row({ key: 'k39' })), false)
  await close()
  await cut.close()
})

test('opposite write orders cause no deadlock, one winner per row', async () => {
  const [one, other] = await Promise.all([open('crossed'), open('crossed')])
  const deadlocks = async () =>
    (await pool.query('SELECT sum(deadlocks)::int AS count FROM pg_stat_database')).rows[0].count
  await Promise.all(many(64, (index) => one.store.write(row({ key: `k${index}` }))))
  const before = await deadlocks()
  for (let version = 2; version < 30; version++) {
    const write = (store, index) => store.write(row({ key: `k${index}`, version }))
    const [mine, theirs] = await Promise.all([
      Promise.all(many(64, (index) => write(one.store, index))),
      Promise.all(many(64, (index) => write(other.store, 63 - index))),
    ])
    for (const [index, won] of mine.entries()) assert.notEqual(won, theirs[63 - index], `k${index} ${version}`)
  }
  // The server counts deadlocks a moment later.
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  assert.equal(await deadlocks(), before)
  await Promise.all([one.close(), other.close()])
})

test('uses named statements with pg and falls back to plain text', async () => {
  const { store, writes, query, close } = await open('named', { max: 1 })
  assert.equal(await store.write(row({ key: 'a' })), true)
  assert.match(writes.at(-1).name, /^eko_eps_[0-9a-f]{32}$/)
  // A connection pooler has the same effect when it gives the next transaction another connection.
  await query('DEALLOCATE ALL')
  assert.equal(await store.write(row({ key: 'b' })), true)
  assert.equal(typeof writes.at(-1), 'string')
  assert.equal(await store.write(row({ key: 'c' })), true)
  assert.equal(typeof writes.at(-1), 'string', 'names are not tried again')
  assert.equal((await store.read('b')).key, 'b')
  await close()
  const taken = await open('taken', { max: 1 })
  const text = `PREPARE ${writes[0].name} AS SELECT 1`
  await taken.query(text)
  const named = new PostgresStore({ query: taken.query }, { table: 'named', prepare: true })
  assert.equal(await named.write(row({ key: 'd' })), true, 'the name is another statement')
  await taken.close()
})

test('a pool that is not of pg, and prepare: false, get text alone', async () => {
  const seen = []
  const plain = { query: (text, values) => seen.push(typeof text) && pool.query(text, values) }
  const store = new PostgresStore(plain, { table: 'plain' })
  await store.migrate()
  assert.equal(await store.write(row()), true)
  const off = new PostgresStore(pool, { table: 'plain', prepare: false })
  assert.equal((await off.read('k')).version, 1)
  const on = new PostgresStore(
    { query: (text, values) => seen.push(typeof text) && pool.query(text, values) },
    { table: 'plain', prepare: true },
  )
  assert.equal((await on.read('k')).version, 1)
  assert.equal(seen.at(-1), 'object')
  assert.ok(seen.slice(0, -1).every((type) => type === 'string' || type === 'object'))
  assert.throws(() => new PostgresStore(pool, { prepare: 'yes' }), {
    code: 'invalid_config',
    message: /prepare must be/,
  })
})

test('a hung connection delays only its own writes', async () => {
  let hang = 2
  const hanging = {
    query: (text, values) =>
      text.includes('json_to_recordset') && hang-- > 0 ? new Promise(() => {}) : pool.query(text, values),
  }
  const store = new PostgresStore(hanging, { table: 'hanging' })
  await store.migrate()
  const hung = [store.write(row({ key: 'a' })), store.write(row({ key: 'b' }))]
  const told = await Promise.all(many(300, (index) => store.write(row({ key: `k${index}` }))))
  assert.ok(told.every((written) => written))
  assert.equal(await Promise.race([...hung, Promise.resolve('open')]), 'open')
})

test('one bad row among many costs few statements', async () => {
  const { store, writes, close } = await open('halved')
  const told = await Promise.allSettled(
    many(130, (index) => store.write(row({ key: `k${index}`, entry: index === 77 ? 'a\0b' : '{}' }))),
  )
  assert.deepEqual(
    told.flatMap(({ status }, index) => (status === 'rejected' ? [index] : [])),
    [77],
  )
  assert.ok(writes.length < 30, `${writes.length} statements`)
  await close()
})

test('serialization failures are retried, and an unknown completion is not', async () => {
  const { store, close } = await open('serial', { options: '-c default_transaction_isolation=serializable' })
  await Promise.all(many(64, (index) => store.write(row({ key: `k${index}` }))))
  const other = await open('serial', { options: '-c default_transaction_isolation=serializable' })
  const write = (of, index) => of.store.write(row({ key: `k${index}`, version: 2 })).catch(() => 'failed')
  const [mine, theirs] = await Promise.all([
    Promise.all(many(64, (index) => write({ store }, index))),
    Promise.all(many(64, (index) => write(other, index))),
  ])
  // If both writers of a key failed with serialization failures, the row is unchanged, and both got the error.
  let kept = 0
  for (const [index, won] of mine.entries()) {
    const told = [won, theirs[index]]
    const { version } = await store.read(`k${index}`)
    if (version === 2) assert.equal(told.filter((one) => one === true).length, 1, `k${index}: ${told}`)
    else assert.deepEqual([version, ...told], [1, 'failed', 'failed'], `k${index}`)
    kept += version === 1 ? 1 : 0
  }
  assert.ok(kept < 32, `${kept} of 64 keys were written by neither`)
  await Promise.all([close(), other.close()])
  let asked = 0
  const unknown = {
    query: (text, values) => {
      if (!text.includes('json_to_recordset')) return pool.query(text, values)
      asked++
      return Promise.reject(Object.assign(new Error('completion unknown'), { code: '40003' }))
    },
  }
  const doubtful = new PostgresStore(unknown, { table: 'serial' })
  const told = await Promise.allSettled(many(20, (index) => doubtful.write(row({ key: `d${index}` }))))
  assert.ok(told.every(({ status }) => status === 'rejected'))
  assert.ok(asked <= 4, `${asked} statements`)
})

test('a key that is archived meanwhile is not taken again, many at once', async () => {
  const { store, close } = await open('moved')
  const done = { kind: 'debit', dueMs: null, unresolved: false, updatedMs: 1 }
  await Promise.all(many(60, (index) => store.write(row({ key: `k${index}` }))))
  await Promise.all(many(60, (index) => store.write(row({ key: `k${index}`, version: 2, ...done }))))
  await store.write(row({ key: 'newest', updatedMs: 1_000_000 }))
  for (let round = 0; round < 12; round++) {
    const [taken] = await Promise.all([
      Promise.all(many(60, (index) => store.write(row({ key: `k${index}` })))),
      store.archive(500_000, 1_000_000, 5),
    ])
    assert.ok(taken.every((written) => !written))
  }
  await close()
})
