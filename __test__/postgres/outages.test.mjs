// Tests of debits and refunds while PostgreSQL is cut off, frozen or killed: none is sent twice, none is lost, and none
// gets a wrong outcome.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { EkoClient } from 'eko-eps'
import { PostgresStore } from 'eko-eps/postgres'
import { bank, NOTHING, transaction } from '../support/bank.mjs'
import { KEYS } from '../support/server.mjs'
import { Pool, start } from './server/server.mjs'
import { closeWires, wire } from './wire.mjs'

const PARAMS = { recipientId: '117015428', amount: '100', customerId: '9000000003', otp: '004217', otpRefId: '66' }
const REFUND = { otp: '004217', otpRefId: '66' }
const TID = /^\d+$/
let postgres
let server
let tids = 12_000_000
/** EPS's bookings: of a transfer the tid, of a refund that the money was paid back. */
const booked = new Map()

function debit(reference) {
  if (TID.test(reference)) {
    booked.set(reference, reference)
    const data = { refund_tid: '21', amount: '100', refunded_amount: '110.0', tid: reference }
    return { status: 0, response_status_id: 0, response_type_id: 74, message: 'Refund done', data }
  }
  const tid = String(++tids)
  booked.set(reference, tid)
  return transaction(reference, { tid })
}

function inquiry(asked) {
  // The transaction of a refund: its money still waits (3), or was paid back (4).
  if (asked.startsWith('777'))
    return transaction(`OF-${asked}`, { tid: asked, tx_status: booked.has(asked) ? '4' : '3' })
  const [reference, tid] = [...booked].find(([reference, tid]) => reference === asked || tid === asked) ?? []
  return reference === undefined ? NOTHING : transaction(reference, { tid })
}

before(async () => {
  postgres = await start()
  const pool = new Pool(postgres.connection)
  await new PostgresStore(pool).migrate()
  await pool.end()
  server = await bank()
  Object.assign(server, { debit, inquiry })
})
after(async () => {
  await closeWires()
  await server?.close()
  await postgres?.stop()
})

/** Opens a client with a pool and a wire of its own. `before` is called with each row that is to be written. */
async function open(options = {}, before = () => {}) {
  const own = await wire(postgres.connection)
  const pool = new Pool({ ...own.connection, connectionTimeoutMillis: 3_000 })
  pool.on('error', () => {})
  const postgresStore = new PostgresStore(pool)
  const store = {
    read: (key) => postgresStore.read(key),
    async write(row, also) {
      await before(row, own)
      return postgresStore.write(row, also)
    },
    due: (...args) => postgresStore.due(...args),
    unresolved: (...args) => postgresStore.unresolved(...args),
    prune: (...args) => postgresStore.prune(...args),
    archive: (...args) => postgresStore.archive(...args),
    debits: (...args) => postgresStore.debits(...args),
    clock: () => postgresStore.clock(),
  }
  const eko = new EkoClient({ ...KEYS, baseUrl: server.baseUrl, journal: { store }, resolver: false, ...options })
  return {
    eko,
    wire: own,
    async close() {
      await eko.close()
      // The pool's end would wait for connections in use, so they are cut first.
      own.cut()
      await pool.end()
      await own.close()
    },
  }
}

const transfer = ({ eko }, clientRefId) => eko.dmt.transfer({ ...PARAMS, clientRefId })
const requests = (reference) => server.debits.filter((debit) => debit.reference === reference).length

/** How often the journal was not available. */
let unavailable = 0

/** Sends a debit until its final outcome is known, as a careful application does. */
async function until(client, reference, send, limit = 40_000) {
  const end = Date.now() + limit
  const key = { op: TID.test(reference) ? 'refund' : 'dmt.transfer', reference }
  for (;;) {
    assert.ok(Date.now() < end, `${reference} does not end`)
    const was = booked.has(reference)
    const { outcome, code, maybeSent } = await send().catch((error) => error)
    if (outcome === 'settled' || outcome === 'refunded') return
    // A booked debit must not be reported as not sent.
    if (outcome === 'notSent') assert.ok(!was, `${reference} was booked, and is told as not sent`)
    else if (outcome === undefined) assert.ok(['journal.unavailable', 'reference_used'].includes(code), code)
    if (code === 'journal.unavailable') {
      unavailable += 1
      assert.equal(maybeSent, false)
    }
    if (code === 'reference_used') {
      const entry = await client.eko.resolve(key).catch(() => undefined)
      if (entry?.outcome === 'settled' || entry?.outcome === 'refunded') return
      if (entry?.outcome === 'notSent') assert.ok(!booked.has(reference), `${reference} is booked`)
    }
    await sleep(100)
  }
}

test('an unconfirmed intent sends nothing and is released', async () => {
  const reference = 'UNHEARD-1'
  let first = true
  const client = await open({}, (row, wire) => {
    if (first && row.key.endsWith(reference)) wire.swallow()
    first &&= !row.key.endsWith(reference)
  })
  await assert.rejects(transfer(client, reference), {
    code: 'journal.unavailable',
    clientRefId: reference,
    sentByThisCall: false,
    retryable: true,
  })
  assert.equal(requests(reference), 0)
  await until(client, reference, () => transfer(client, reference))
  assert.equal(requests(reference), 1)
  await client.close()
})

test('an unconfirmed outcome is returned, its reference stays used', async () => {
  const reference = 'UNHEARD-2'
  const client = await open({}, (row, wire) => row.key.endsWith(reference) && row.version > 1 && wire.swallow())
  assert.equal((await transfer(client, reference)).outcome, 'settled')
  await assert.rejects(transfer(client, reference), { code: 'reference_used' })
  await client.close()
  const other = await open()
  await assert.rejects(transfer(other, reference), { code: 'reference_used' })
  assert.equal((await other.eko.resolve({ op: 'dmt.transfer', reference })).outcome, 'settled')
  assert.equal(requests(reference), 1)
  await other.close()
})

test('a server frozen at an intent causes no late or second debit', async () => {
  const reference = 'FROZEN-1'
  let goOn
  const client = await open({}, async (row) => {
    if (row.key.endsWith(reference)) goOn ??= await postgres.pause()
  })
  const error = await client.eko.dmt
    .transfer({ ...PARAMS, clientRefId: reference }, { deadlineMs: 700 })
    .catch((error) => error)
  assert.deepEqual([error.code, error.sentByThisCall], ['journal.unavailable', false])
  assert.equal(requests(reference), 0)
  goOn()
  // The reservation may be committed only now.
  await sleep(300)
  assert.equal(requests(reference), 0)
  await until(client, reference, () => transfer(client, reference))
  assert.equal(requests(reference), 1)
  await client.close()
})

test('a server killed during a debit neither loses nor repeats it', async () => {
  const reference = 'KILLED-1'
  const client = await open()
  let crashed
  server.debit = (asked) => {
    crashed ??= postgres.crash()
    return { later: crashed.then(() => debit(asked)) }
  }
  assert.equal((await transfer(client, reference)).outcome, 'settled')
  server.debit = debit
  await assert.rejects(transfer(client, reference), { code: 'reference_used' })
  assert.equal((await client.eko.resolve({ op: 'dmt.transfer', reference })).outcome, 'settled')
  assert.equal(requests(reference), 1)
  await client.close()
})

test('each debit leaves exactly once despite repeated outages', async () => {
  const clients = [await open(), await open()]
  const references = Array.from({ length: 120 }, (_, n) => (n % 4 === 3 ? `777${1000 + n}` : `STORM-${n}`))
  let over = false
  const storm = (async () => {
    for (let round = 0; !over; round++) {
      await sleep(60 + Math.random() * 120)
      const { wire } = clients[round % 2]
      if (round % 11 === 7) await postgres.crash()
      else if (round % 5 === 3) {
        const goOn = await postgres.pause().catch(() => () => {})
        await sleep(250)
        goOn()
      } else if (round % 3 === 1) wire.swallow()
      else if (round % 3 === 2) {
        wire.hold()
        await sleep(150)
        wire.release()
      } else wire.cut()
    }
  })()
  const send = (client, reference) =>
    TID.test(reference) ? client.eko.refund({ tid: reference, ...REFUND }) : transfer(client, reference)
  const work = references.flatMap((reference, n) =>
    // Each debit is sent by one client, and every third by both.
    clients
      .filter((_, index) => index === n % 2 || n % 3 === 0)
      .map(async (client) => {
        await sleep(n * 40)
        await until(client, reference, () => send(client, reference), 90_000)
      }),
  )
  const ended = await Promise.allSettled(work)
  over = true
  await storm
  assert.ok(unavailable > 0, 'the storm was felt')
  assert.deepEqual(
    ended.flatMap(({ reason }) => (reason === undefined ? [] : [reason.message])),
    [],
  )
  assert.deepEqual(
    references.filter((reference) => requests(reference) !== 1),
    [],
    'each has left exactly once',
  )
  // A third client, which knows only the table.
  const calm = await open()
  for (const reference of references) {
    const op = TID.test(reference) ? 'refund' : 'dmt.transfer'
    const { outcome, tid } = await calm.eko.resolve({ op, reference })
    assert.equal(outcome, op === 'refund' ? 'refunded' : 'settled', reference)
    if (op !== 'refund') assert.equal(tid, booked.get(reference))
    const again = send(calm, reference)
    await assert.rejects(again, { code: 'reference_used' })
  }
  const left = (await calm.eko.unresolved().toArray()).filter(({ outcome }) => outcome === 'indeterminate')
  assert.deepEqual(left, [])
  assert.deepEqual(await calm.eko.alarms().toArray(), [])
  for (const client of [...clients, calm]) await client.close()
})
