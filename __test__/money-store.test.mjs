// A journal in a store of the user's own.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { EkoClient } from 'eko-eps'
import { bank, transaction } from './support/bank.mjs'
import { MemoryStore } from './support/memory-store.mjs'
import { KEYS } from './support/server.mjs'

const PARAMS = {
  recipientId: '117015428',
  amount: '100',
  customerId: '9000000003',
  otp: '004217',
  otpRefId: '667007109',
}
let server

before(async () => {
  server = await bank()
})
after(() => server.close())

function open(store, options = {}) {
  return new EkoClient({ ...KEYS, baseUrl: server.baseUrl, journal: { store }, resolver: false, ...options })
}

const transfer = (eko, clientRefId, options) => eko.dmt.transfer({ ...PARAMS, clientRefId }, options)

test('the intent is in the store before the request leaves, and its end after the answer', async () => {
  const store = new MemoryStore()
  const seen = []
  server.debit = (reference) => {
    seen.push(JSON.parse(store.rows.get(`dmt.transfer:${reference}`).entry).state)
    return transaction(reference)
  }
  const eko = open(store)
  const result = await transfer(eko, 'REF-1')
  assert.deepEqual([result.outcome, seen], ['settled', ['indeterminate']])
  const [row] = store.rows.values()
  assert.deepEqual([row.key, row.version, row.dueMs, row.unresolved], ['dmt.transfer:REF-1', 2, null, true])
  for (const secret of [PARAMS.otp, PARAMS.customerId, PARAMS.recipientId, KEYS.developerKey, KEYS.accessKey])
    assert.ok(!JSON.stringify(row).includes(secret))
  assert.equal((await eko.unresolved()).length, 1)
  assert.equal(await eko.acknowledge({ op: 'dmt.transfer', reference: 'REF-1' }), true)
  assert.equal((await eko.unresolved()).length, 0)
  while (Date.now() <= store.rows.values().next().value.updatedMs) await new Promise(setImmediate)
  assert.equal(await eko.prune({ olderThanMs: 0 }), 1)
  assert.equal(store.rows.size, 0)
  await eko.close()
})

test('two clients of one store submit the same references: each leaves once', async () => {
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
}
for (const [name, failure] of Object.entries(FAILURES)) {
  test(`${name}: notSent`, async () => {
    const before = server.debits.length
    const eko = open(Object.assign(new MemoryStore(), failure))
    const result = await transfer(eko, 'REF-1')
    assert.deepEqual([result.outcome, result.error.code], ['notSent', 'journal.unavailable'])
    await assert.rejects(eko.resolve({ op: 'dmt.transfer', reference: 'REF-1' }), (error) =>
      ['journal.unavailable', 'not_found'].includes(error.code),
    )
    await eko.close()
    assert.equal(server.debits.length, before)
  })
}

test('an end that cannot be recorded is told all the same, and stays open in the store', async () => {
  server.debit = (reference) => transaction(reference)
  const store = new MemoryStore()
  let writes = 0
  store.before = (method) => {
    if (method === 'write' && ++writes > 1) throw new Error('disk full')
  }
  const eko = open(store)
  assert.equal((await transfer(eko, 'REF-1')).outcome, 'settled')
  const [entry] = await eko.unresolved()
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
  assert.equal((await resolved).state, 'settled')
  await eko.close()
  assert.equal(JSON.parse(store.rows.values().next().value.entry).state, 'settled')
})

test('a row of another version keeps no debit from being resolved, and is not passed over in silence', async () => {
  server.debit = () => ({ http: 403, text: 'Forbidden' })
  const store = new MemoryStore()
  const row = { key: 'newer', version: 1, entry: '{"state":"new"}', dueMs: 1, unresolved: true, updatedMs: 1 }
  store.rows.set(row.key, row)
  const eko = open(store, { resolver: true })
  const resolved = new Promise((resolve) => eko.on('resolved', resolve))
  await transfer(eko, 'REF-1')
  assert.equal((await resolved).reference, 'REF-1')
  await assert.rejects(eko.unresolved(), { code: 'journal.unavailable', message: /row of newer/ })
  await eko.close()
})

for (const way of ['exits', 'terminated']) {
  test(`a thread that ends while its store is asked (${way}): nothing leaves and nothing crashes`, async () => {
    const before = server.debits.length
    const program = fileURLToPath(new URL('./support/store-worker.mjs', import.meta.url))
    const thread = new Worker(program, { workerData: { baseUrl: server.baseUrl, way } })
    const ended = new Promise((resolve, reject) => thread.on('exit', resolve).on('error', reject))
    if (way === 'terminated') thread.once('message', () => thread.terminate())
    await ended
    assert.equal(server.debits.length, before)
  })
}
