// Tests of a journal in a store that the user provides.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { EkoClient } from 'eko-eps'
import { bank, transaction } from './support/bank.mjs'
import { MemoryStore } from './support/memory-store.mjs'
import { KEYS, TRANSFER } from './support/server.mjs'

let server

before(async () => {
  server = await bank()
})
after(() => server.close())

function open(store, options = {}) {
  return new EkoClient({ ...KEYS, baseUrl: server.baseUrl, journal: { store }, resolver: false, ...options })
}

/** Returns the rows of debits; a journal has other rows too. */
const debits = (store) => [...store.rows.values()].filter(({ kind }) => kind === 'debit')
const transfer = (eko, clientRefId, options) => eko.dmt.transfer({ ...TRANSFER, clientRefId }, options)

test('stores the intent before sending and the end after the reply', async () => {
  const store = new MemoryStore()
  const seen = []
  server.debit = (reference) => {
    seen.push(JSON.parse(store.rows.get(`dmt.transfer:${reference}`).entry).outcome)
    return transaction(reference)
  }
  const eko = open(store)
  const result = await transfer(eko, 'REF-1')
  assert.deepEqual([result.outcome, seen], ['settled', ['indeterminate']])
  const [row] = debits(store)
  assert.deepEqual([row.key, row.version, row.dueMs, row.unresolved], ['dmt.transfer:REF-1', 2, null, true])
  for (const secret of [TRANSFER.otp, TRANSFER.customerId, TRANSFER.recipientId, KEYS.developerKey, KEYS.accessKey])
    assert.ok(!JSON.stringify(row).includes(secret))
  assert.deepEqual([row.createdMs <= row.updatedMs, row.keepUntilMs], [true, null])
  const [entry, ...others] = await eko.unresolved().toArray()
  assert.deepEqual([entry.reference, entry.revision, others.length], ['REF-1', 1, 0])
  assert.equal(await eko.acknowledge(result), true)
  assert.equal((await eko.unresolved().toArray()).length, 0)
  const { updatedMs } = store.rows.get(row.key)
  while (Date.now() <= updatedMs) await new Promise(setImmediate)
  // The journal's own time advances only when something is written.
  await transfer(eko, 'REF-2')
  assert.equal(await eko.prune({ olderThanMs: 0 }), 1)
  assert.deepEqual(
    debits(store).map(({ key }) => key),
    ['dmt.transfer:REF-2'],
  )
  await eko.close()
})

test('archived debits stay listed and their references stay used', async () => {
  server.debit = (reference) => transaction(reference)
  const store = new MemoryStore()
  const eko = open(store)
  for (const reference of ['REF-1', 'REF-2', 'REF-3']) {
    const result = await transfer(eko, reference)
    if (reference !== 'REF-2') await eko.acknowledge(result)
    while (Date.now() <= store.rows.get(`dmt.transfer:${reference}`).updatedMs) await new Promise(setImmediate)
  }
  const key = { op: 'dmt.transfer', reference: 'REF-1' }
  const history = await eko.history(key)
  assert.equal(await eko.archive({ olderThanMs: 0 }), 2)
  assert.deepEqual([...store.archived.keys()], ['dmt.transfer:REF-1', 'dmt.transfer:REF-3'])
  const sent = server.debits.length
  await assert.rejects(transfer(eko, 'REF-1'), { code: 'reference_used' })
  assert.equal(server.debits.length, sent)
  assert.deepEqual(await eko.history(key), history)
  const listed = []
  for await (const debit of eko.debits()) listed.push([debit.reference, debit.acknowledged])
  assert.deepEqual(listed, [
    ['REF-1', true],
    ['REF-2', false],
    ['REF-3', true],
  ])
  assert.equal((await eko.debits().toArray({ limit: 2 })).length, 2)
  assert.equal((await eko.resolve(key)).outcome, 'settled')
  await eko.close()
})

test('handles a store without the methods archive and debits', async () => {
  const whole = new MemoryStore()
  const methods = ['read', 'write', 'due', 'unresolved', 'prune']
  const store = Object.fromEntries(methods.map((name) => [name, (...args) => whole[name](...args)]))
  const eko = open(store)
  await eko.acknowledge(await transfer(eko, 'REF-1'))
  assert.equal(await eko.archive({ olderThanMs: 0 }), 0)
  await assert.rejects(eko.debits().toArray(), { code: 'journal.unavailable', message: /no method debits/ })
  assert.equal((await eko.unresolved().toArray()).length, 0)
  await eko.close()
})

test('sends each reference once for two clients of one store', async () => {
  server.debit = (reference) => transaction(reference)
  const before = server.debits.length
  const store = new MemoryStore()
  const clients = [open(store), open(store)]
  const references = Array.from({ length: 50 }, (_, index) => `REF-${index}`)
  const debits = clients.flatMap((eko) => references.map((reference) => transfer(eko, reference)))
  const results = await Promise.allSettled(debits)
  assert.equal(results.filter(({ value }) => value?.outcome === 'settled').length, 50)
  assert.equal(results.filter(({ reason }) => reason?.code === 'reference_used').length, 50)
  assert.equal(server.debits.length, before + 50)
  for (const eko of clients) await eko.close()
})

const FAILURES = {
  'a read that rejects': { before: (method) => method === 'read' && Promise.reject(new Error('connection lost')) },
  'a write that throws': {
    before(method) {
      if (method === 'write') throw new Error('read-only')
    },
  },
  'a row that is none': { read: async () => ({ key: 'x' }) },
  'a write that says neither yes nor no': { write: async () => undefined },
  'a value that is no JSON': { read: async () => 1n },
  'a rejection without an error': { read: () => Promise.reject(undefined) },
  'a rejection that is no text': { read: () => Promise.reject(Object.create(null)) },
  'an error whose message is a number': { read: () => Promise.reject(Object.assign(new Error(), { message: 7 })) },
  'an error whose message throws': {
    read() {
      throw Object.defineProperty(new Error(), 'message', {
        get() {
          throw new Error('no message')
        },
      })
    },
  },
}
for (const [name, failure] of Object.entries(FAILURES)) {
  test(`${name}: nothing leaves`, async () => {
    const before = server.debits.length
    const eko = open(Object.assign(new MemoryStore(), failure))
    await assert.rejects(transfer(eko, 'REF-1'), { code: 'journal.unavailable', sentByThisCall: false })
    const result = await transfer(eko, undefined)
    assert.deepEqual([result.outcome, result.reusable, result.error.code], ['notSent', true, 'journal.unavailable'])
    await assert.rejects(eko.resolve({ op: 'dmt.transfer', reference: 'REF-1' }), (error) =>
      ['journal.unavailable', 'not_found'].includes(error.code),
    )
    await eko.close()
    assert.equal(server.debits.length, before)
  })
}

test('reports an end that cannot be recorded; the debit stays open', async () => {
  server.debit = (reference) => transaction(reference)
  const store = new MemoryStore()
  // Only the writes after the debit's first row fail, because the journal writes rows of its own before.
  store.before = (method) => {
    if (method === 'write' && debits(store).length > 0) throw new Error('disk full')
  }
  const eko = open(store)
  assert.equal((await transfer(eko, 'REF-1')).outcome, 'settled')
  const [entry] = await eko.unresolved().toArray()
  assert.equal(entry.outcome, 'indeterminate')
  await assert.rejects(transfer(eko, 'REF-1'), { code: 'reference_used' })
  await eko.close()
})

test('the resolver works through the store', async () => {
  server.debit = () => ({ http: 403, text: 'Forbidden' })
  server.inquiry = (reference) => transaction(reference)
  const store = new MemoryStore()
  const eko = open(store, { resolver: true })
  const resolved = new Promise((resolve) => eko.on('resolved', resolve))
  assert.equal((await transfer(eko, 'REF-1')).outcome, 'indeterminate')
  assert.equal((await resolved).outcome, 'settled')
  await eko.close()
  assert.equal(JSON.parse(debits(store)[0].entry).outcome, 'settled')
})

test('a newer row is reported and blocks no other debit', async () => {
  server.debit = () => ({ http: 403, text: 'Forbidden' })
  const store = new MemoryStore()
  const older = open(store)
  await transfer(older, 'REF-1')
  await older.close()
  const [row] = debits(store)
  const newer = { ...row, key: 'dmt.transfer:NEWER', entry: '{"format":99}', dueMs: 1, createdMs: 1 }
  store.rows.set(newer.key, newer)
  const eko = open(store, { resolver: true })
  const notice = new Promise((resolve) => eko.on('notice', (told) => told.reason === 'newerRow' && resolve(told)))
  const resolved = new Promise((resolve) => eko.on('resolved', resolve))
  assert.equal((await resolved).reference, 'REF-1')
  assert.match((await notice).detail, /NEWER/)
  const listed = await eko.unresolved().toArray()
  assert.deepEqual(
    listed.map(({ reference }) => reference),
    ['REF-1'],
  )
  assert.deepEqual(store.rows.get(newer.key), newer)
  await eko.close()
})

test('a store that finds what is no journal says so', async () => {
  const before = server.debits.length
  const store = new MemoryStore()
  store.before = () => Promise.reject(Object.assign(new Error('the table lacks its key'), { code: 'invalid_config' }))
  const eko = open(store)
  await assert.rejects(transfer(eko, 'REF-1'), { code: 'journal.unusable', message: /the table lacks its key/ })
  await eko.close()
  assert.equal(server.debits.length, before)
})

test('a store with a clock is asked for its time', async () => {
  server.debit = () => 'close'
  const store = new MemoryStore()
  let asked = 0
  store.clock = async () => ({ epoch: 'here', ms: ++asked })
  const eko = open(store)
  await eko.resolve({ op: 'dmt.transfer', reference: (await transfer(eko, 'REF-1')).clientRefId })
  await eko.close()
  assert.ok(asked > 0)
})

test('more than one page of debits is listed, each once', async () => {
  server.debit = (reference) => transaction(reference)
  const eko = open(new MemoryStore())
  const references = Array.from({ length: 130 }, (_, index) => `REF-${index}`)
  await Promise.all(references.map((reference) => transfer(eko, reference)))
  const listed = []
  for await (const { reference } of eko.unresolved()) listed.push(reference)
  assert.deepEqual(listed.sort(), references.sort())
  assert.equal((await eko.unresolved().toArray({ limit: 101 })).length, 101)
  await eko.close()
})

for (const way of ['exits', 'terminated']) {
  test(`a thread ends while its store is asked (${way})`, async () => {
    const before = server.debits.length
    const program = fileURLToPath(new URL('./support/store-worker.mjs', import.meta.url))
    const thread = new Worker(program, { workerData: { baseUrl: server.baseUrl, way } })
    const ended = new Promise((resolve, reject) => thread.on('exit', resolve).on('error', reject))
    if (way === 'terminated') thread.once('message', () => thread.terminate())
    await ended
    assert.equal(server.debits.length, before)
  })
}
