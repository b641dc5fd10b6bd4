// Tests of several copies of the package's JavaScript over one native module: each answer goes to the call that asked,
// in every copy.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { bank, transaction } from './support/bank.mjs'
import { node } from './support/child.mjs'
import { copy, copyInRealm, nativeModules } from './support/copy.mjs'
import { MemoryStore } from './support/memory-store.mjs'
import { customerOf, KEYS, otpRequired, serve, TRANSFER } from './support/server.mjs'

const COPIES = 3
const folder = mkdtempSync(join(tmpdir(), 'eko-eps-copies-'))
let server
let eps

before(async () => {
  server = await serve(async (request) => {
    const id = customerOf(request)
    if (id === '9000000000') return undefined
    // The answers come out of order, so that none is right by chance.
    await sleep(Number(id) % 40)
    return otpRequired(id)
  })
  eps = await bank()
})
after(async () => {
  await Promise.all([server.close(), eps.close()])
  rmSync(folder, { recursive: true, force: true })
})

function clients(options) {
  return Array.from({ length: COPIES }, (_, index) => {
    const { EkoClient } = index === 1 ? copyInRealm() : copy()
    return new EkoClient({ ...KEYS, baseUrl: server.baseUrl, resolver: false, ...options?.(index) })
  })
}

/** Makes clients of different copies that send debits, each with a journal of its own. */
function payers(options = (index) => ({ journal: join(folder, `${index}-${Math.random()}`) })) {
  return clients((index) => ({ baseUrl: eps.baseUrl, ...options(index) }))
}

function transfer(client, clientRefId, amount = '100') {
  return client.dmt.transfer({ ...TRANSFER, amount, clientRefId })
}

async function closed(all) {
  await Promise.all(all.map((client) => client.close()))
}

test('copies share one native module: each call gets its answer', async () => {
  const all = clients()
  assert.equal(new Set(all.map((client) => client.constructor)).size, COPIES, 'they are copies')
  assert.equal(nativeModules(), 1)
  const calls = Array.from({ length: 300 }, (_, index) => String(9_100_000_000 + index))
  const results = await Promise.all(calls.map((customerId, index) => all[index % COPIES].getCustomer({ customerId })))
  assert.deepEqual(
    results.map((result) => result.otpRefId),
    calls,
  )
  await closed(all)
})

test('the first copy still answers after the second is closed', async () => {
  const [first, second] = clients()
  assert.equal((await second.getCustomer({ customerId: '9100000001' })).otpRefId, '9100000001')
  await second.close()
  assert.equal((await first.getCustomer({ customerId: '9100000002' })).otpRefId, '9100000002')
  await first.close()
})

test('a declined debit is not affected by debits of other copies', async () => {
  const all = payers()
  eps.debit = (reference) => {
    const index = Number(reference.at(-1))
    const changes = { tid: `7000${index}`, amount: `${index + 1}00`, tx_status: index === 1 ? '1' : '0' }
    const answer = transaction(reference, changes)
    if (index === 1) Object.assign(answer, { response_type_id: 55, message: 'Insufficient balance' })
    // The first debit is answered last.
    return { later: sleep(300 - 100 * index, answer) }
  }
  const results = await Promise.all(all.map((client, index) => transfer(client, `COPY-${index}`, `${index + 1}00`)))
  assert.deepEqual(
    results.map(({ outcome, clientRefId, tid }) => [outcome, clientRefId, tid]),
    [
      ['settled', 'COPY-0', '70000'],
      ['declined', 'COPY-1', '70001'],
      ['settled', 'COPY-2', '70002'],
    ],
  )
  await closed(all)
})

test('news and questions to a store stay in their copy', async () => {
  eps.debit = (reference) => transaction(reference)
  const stores = Array.from({ length: COPIES }, () => new MemoryStore())
  const all = payers((index) => ({ journal: { store: stores[index] } }))
  const news = all.map(() => [])
  for (const [index, client] of all.entries()) client.on('outcome', (event) => news[index].push(event.reference))
  const references = all.map((_, index) => `NEWS-${index}`)
  await Promise.all(all.map((client, index) => transfer(client, references[index])))
  const entries = await Promise.all(all.map((client) => client.unresolved().toArray()))
  await closed(all)
  while (news.some((one) => one.length === 0)) await sleep(5)
  for (const [index, reference] of references.entries()) {
    assert.deepEqual(news[index], [reference])
    // An array of another realm (set of globals) is not deeply equal to one of this realm, so texts are compared.
    assert.equal(entries[index].map((entry) => entry.reference).join(), reference)
    const debits = [...stores[index].rows.values()].filter(({ kind }) => kind === 'debit')
    assert.equal(debits.length, 1)
    assert.ok(debits[0].entry.includes(reference))
  }
})

test('an abort ends only the call of its own copy', async () => {
  const all = clients()
  const controllers = all.map(() => new AbortController())
  const calls = all.map((client, index) => {
    const customerId = index === 0 ? '9000000000' : `910000003${index}`
    return client.getCustomer({ customerId }, { signal: controllers[index].signal, deadlineMs: 20_000 })
  })
  const ended = calls.map((call) =>
    call.then(
      (result) => result.otpRefId,
      (error) => error.code,
    ),
  )
  controllers[0].abort()
  assert.deepEqual(await Promise.all(ended), ['aborted', '9100000031', '9100000032'])
  await closed(all)
})

test('sandboxes of two copies are two', async () => {
  const sandboxes = await Promise.all([copy, copy].map((make) => make('eko-eps/sandbox').Sandbox.start()))
  for (const [index, sandbox] of sandboxes.entries()) sandbox.setBalance(`${index + 1}00`)
  assert.deepEqual(
    sandboxes.map((sandbox) => Number(sandbox.balance())),
    [100, 200],
  )
  await closed(sandboxes)
})

const program = fileURLToPath(new URL('./support/copies.mjs', import.meta.url))

for (const [name, how, expected] of [
  [
    'copies dropped with calls under way: the calls end with their own answers, and the copies are freed',
    'dropped',
    'true,true,true collected',
  ],
  [
    'clients of three copies, none closed, all listening: the process exits by itself',
    'open',
    'otpRequired,otpRequired,otpRequired',
  ],
  ['a sandbox runs until it is closed, whatever becomes of its copy', 'sandbox', 'runs'],
  ['threads that end with copies of every kind', 'threads', 'ended'],
]) {
  test(name, async () => {
    const { code, signal, stdout, stderr, late } = await node(['--expose-gc', program, server.baseUrl, how])
    assert.deepEqual(
      { code, signal, stdout, stderr, late },
      { code: 0, signal: null, stdout: `${expected}\n`, stderr: '', late: false },
    )
  })
}
