// Tests of machines (here: folders of timestamps) that lease lanes in one shared store, and of the last timestamps that
// they leave there.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { EkoClient } from 'eko-eps'
import { MemoryStore } from './support/memory-store.mjs'
import { KEYS, otpRequired, serve, TRANSFER } from './support/server.mjs'

const DECLINED = { status: 1, response_status_id: 1, message: 'declined', data: { tx_status: '1' } }
const SEEN = { status: 2485, response_type_id: 2485, response_status_id: 1, message: 'seen' }
const READ = { customerId: '9444444444' }

/** Makes a server and a shared store. `open` makes a client on a new machine or on the given one. */
async function world(t, { shared = true, answer } = {}) {
  const server = await serve(({ method }) => answer?.() ?? (method === 'POST' ? DECLINED : otpRequired('9444444444')))
  const clock = async () => ({ epoch: 'one', ms: Date.now() })
  const store = Object.assign(new MemoryStore(), { sharedByMachines: shared, clock })
  const folders = []
  const clients = []
  t.after(async () => {
    await Promise.all(clients.map((eko) => eko.close()))
    await server.close()
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  })
  const machine = () => {
    folders.push(mkdtempSync(join(tmpdir(), 'eko-machine-')))
    return folders.at(-1)
  }
  const open = (stampFolder = machine()) => {
    const journal = { store }
    const eko = new EkoClient({ ...KEYS, baseUrl: server.baseUrl, journal, resolver: false, stampFolder })
    clients.push(eko)
    return eko
  }
  const row = () => [...store.rows.values()].find(({ kind }) => kind === 'lease')
  const table = () => JSON.parse(row().entry)
  const put = (entry) =>
    store.rows.set(row().key, { ...row(), version: row().version + 1, entry: JSON.stringify(entry) })
  const stamps = () => server.requests.map(({ headers }) => Number(headers['secret-key-timestamp']))
  return { open, machine, row, table, put, stamps }
}

const bits = (lanes) => [...lanes.toString(2)].filter((bit) => bit === '1').length

test('leases half of the lanes, returns them with the last client', async (t) => {
  const { open, machine, table, stamps } = await world(t)
  const here = machine()
  const [first, second] = [open(here), open(here)]
  await first.dmt.transfer(TRANSFER)
  await second.dmt.transfer(TRANSFER)
  const [holder] = table().holders
  assert.deepEqual([bits(holder.lanes), holder.alone], [16, true])
  await Promise.all(Array.from({ length: 200 }, () => first.getCustomer(READ)))
  assert.ok(new Set(stamps().map((stamp) => stamp % 32)).size > 16)
  await first.close()
  assert.equal(table().holders.length, 1)
  await second.close()
  assert.equal(table().holders.length, 0)
  // The next machine with these lanes begins above the last timestamp of the earlier one.
  assert.equal(table().marks.length, 32)
  assert.ok(table().marks.every(([, last]) => last > Math.max(...stamps())))
  const next = open()
  await next.dmt.transfer(TRANSFER)
  assert.equal(new Set(stamps()).size, stamps().length)
})

for (const [alone, least, most] of [
  [false, 0, 2_000],
  [true, 3_500, 5_000],
]) {
  const known = alone ? 'until it must have noticed' : 'for nothing'
  test(`a debit beside a lost machine${alone ? ', once alone,' : ''} waits ${known}`, async (t) => {
    const { open, table, put, stamps } = await world(t)
    const before = open()
    await before.dmt.transfer(TRANSFER)
    const [{ lanes, untilMs }] = table().holders
    await before.close()
    put({ holders: [{ machine: 'gone', lanes, untilMs, alone }], marks: [] })
    const eko = open()
    const begun = performance.now()
    // A read does not wait for lanes.
    const [took] = await Promise.all([
      eko.dmt.transfer(TRANSFER).then(() => performance.now() - begun),
      eko.getCustomer(READ).then(() => assert.ok(performance.now() - begun < 2_000)),
    ])
    assert.ok(took >= least && took < most, `${took} ms`)
    const own = table().holders.find(({ machine }) => machine !== 'gone')
    assert.equal(own.lanes & lanes, 0)
    assert.ok(bits(own.lanes) >= 8)
    assert.ok((own.lanes >>> (stamps().at(-1) % 32)) & 1)
  })
}

test('machines need one clock for their leases', () => {
  const store = Object.assign(new MemoryStore(), { sharedByMachines: true })
  assert.throws(
    () => new EkoClient({ ...KEYS, environment: 'uat', journal: { store } }),
    /must have a method clock\(\)/,
  )
})

test('a timestamp that somebody else has used is told once', async (t) => {
  let again = 0
  const { open } = await world(t, { shared: false, answer: () => (again-- > 0 ? SEEN : undefined) })
  const eko = open()
  const told = []
  eko.on('notice', ({ reason }) => told.push(reason))
  await eko.getCustomer(READ)
  assert.deepEqual(told, [])
  for (const _ of [1, 2]) {
    again = 1
    await eko.getCustomer(READ)
  }
  again = 1
  await eko.dmt.transfer(TRANSFER)
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.deepEqual(told, ['timestampsUsedElsewhere'])
})

test('signs above the recorded lead after its memory is cleared', async (t) => {
  const { open, row, stamps } = await world(t, { shared: false })
  const before = open()
  await before.dmt.transfer(TRANSFER)
  assert.equal(row(), undefined, 'nothing leads')
  for (let count = 0; count < 20_000; count++) before.prepare('getCustomer', READ)
  await before.dmt.transfer(TRANSFER)
  while (row() === undefined) await new Promise(setImmediate)
  const [last, { version, entry }] = [stamps().at(-1), row()]
  assert.ok(last > Date.now() + 5_000)
  const noted = JSON.parse(entry).last
  assert.ok(noted > last - 10 && noted <= last + 5_000, `${noted} ${last}`)
  await before.dmt.transfer(TRANSFER)
  assert.equal(row().version, version, 'it is written seldom')
  // The same machine, but a new client, which remembers nothing.
  await open().dmt.transfer(TRANSFER)
  assert.equal(stamps().at(-1), noted + 1)
})
