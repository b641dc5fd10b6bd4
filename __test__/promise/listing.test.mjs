// Tests of lists: they come page by page, each debit once, while other debits go on. Histories say what happened, and
// pruning keeps all that may still matter.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusal } from './eps.mjs'
import { acknowledge, ask, history, listed, PRIVATE, prune, send } from './product.mjs'
import { KNOWN, REF, Scene, Shelf } from './scene.mjs'

const references = Array.from({ length: 1050 }, (_, index) => `PAGE-${10_000 + index}`)
async function many(scene) {
  for (let i = 0; i < references.length; i += 50) {
    await Promise.all(references.slice(i, i + 50).map((reference) => send(scene.eko, reference)))
  }
}

for (const [name, store] of Object.entries({ 'a file': undefined, 'a store': true })) {
  test(`1,050 debits in ${name} are each listed once`, async (t) => {
    const scene = await Scene.of(t, { known: false, ...(store && { journal: new Shelf() }) })
    await many(scene)
    const seen = []
    for await (const debit of scene.eko.unresolved()) {
      seen.push(debit)
      if (seen.length % 200 === 0) await send(scene.eko, `AMID-${seen.length}`)
    }
    const names = seen.map(({ reference }) => reference)
    assert.equal(new Set(names).size, names.length)
    assert.deepEqual(new Set(names.filter((one) => one.startsWith('PAGE'))), new Set(references))
    const made = seen.map(({ createdAt }) => createdAt)
    assert.deepEqual(
      made,
      [...made].sort((a, b) => a - b),
    )
    assert.equal((await scene.eko.unresolved().toArray({ limit: 130 })).length, 130)
    for await (const debit of scene.eko.unresolved()) if (debit.reference) break
    for (const debit of seen.slice(0, 300)) assert.equal(await acknowledge(scene.eko, debit), true)
    assert.equal(
      (await listed(scene.eko)).length,
      seen.length - 300 + 5 - names.filter((one) => one.startsWith('AMID')).length,
    )
  })
}

test('debits that leave are not slowed by a listing', async (t) => {
  const scene = await Scene.of(t, { known: false })
  await many(scene)
  const listing = listed(scene.eko)
  const begun = performance.now()
  assert.equal((await send(scene.eko, REF)).outcome, 'settled')
  assert.ok(performance.now() - begun < 1000)
  assert.ok((await listing).length >= 1050)
})

test('a history: what happened, by what, in order, of each attempt', async (t) => {
  const scene = await Scene.of(t)
  scene.eps.answer.debit = () => refusal(302)
  const first = await send(scene.eko, REF)
  const second = await scene.spend()
  scene.eps.book(REF, { tid: '77' })
  await ask(scene.eko, REF)
  const steps = await history(scene.eko, REF)
  const of = (id) => steps.filter(({ reservationId }) => reservationId === id).map(({ by, to }) => `${by} ${to}`)
  assert.deepEqual(of(first.reservationId), ['reserved indeterminate', 'answer declined'])
  const later = of(second.reservationId)
  assert.equal(later[0], 'reserved indeterminate')
  assert.ok(later.includes('silence notSent'))
  assert.equal(later.at(-1), 'inquiry settled')
  const times = steps.map(({ at }) => at)
  assert.deepEqual(
    times,
    [...times].sort((a, b) => a - b),
  )
  assert.match(JSON.stringify(steps.at(-1)), /77|notSent/)
  for (const secret of Object.values(PRIVATE)) assert.ok(!JSON.stringify(steps).includes(secret))
  await scene.restart()
  assert.deepEqual(await history(scene.eko, REF), steps)
})

test('the history of what nobody has sent is not found', async (t) => {
  const scene = await Scene.of(t)
  await assert.rejects(history(scene.eko, 'NOBODY-1'), { code: 'not_found' })
  await assert.rejects(history(scene.eko, KNOWN, 'refund'), { code: 'not_found' })
})

/** Waits some milliseconds, and sends a debit so that the journal's last-known time advances too. */
async function later(scene) {
  const now = Date.now()
  while (Date.now() < now + 3) await new Promise(setImmediate)
  await send(scene.eko, `LATER-${now}`)
}

test('prune removes acknowledged debits but no open or spent ones', async (t) => {
  const scene = await Scene.of(t)
  await send(scene.eko, 'SEEN-01').then(({ all }) => acknowledge(scene.eko, all))
  await send(scene.eko, 'UNSEEN-01')
  await scene.lose({ reference: 'OPEN-01', booked: { tx_status: '2' } })
  const spent = await scene.spend({ reference: 'SPENT-01' })
  assert.equal(await acknowledge(scene.eko, { ...spent, outcome: 'notSent' }), true)
  await later(scene)
  assert.equal(await prune(scene.eko, 0), 1)
  scene.eps.answer.debit = undefined
  assert.equal((await send(scene.eko, 'SEEN-01')).outcome, 'settled', 'what is forgotten could be sent again')
  for (const reference of ['UNSEEN-01', 'OPEN-01', 'SPENT-01', KNOWN]) {
    assert.equal((await send(scene.eko, reference)).code, 'reference_used', reference)
    assert.equal(scene.eps.debits(reference), 1)
  }
})

test('what was acknowledged lately is kept', async (t) => {
  const scene = await Scene.of(t)
  await send(scene.eko, REF).then(({ all }) => acknowledge(scene.eko, all))
  await later(scene)
  assert.equal(await prune(scene.eko, 60_000), 0)
  assert.equal((await send(scene.eko, REF)).code, 'reference_used')
})

test('away from loopback nothing younger than a day is forgotten', async (t) => {
  const scene = await Scene.of(t, { known: false })
  const uat = scene.client({ baseUrl: 'https://eps.example/ekoapi/v3', schedule: {} })
  await assert.rejects(prune(uat, 1000))
})

test('the known reference outlives its own debit', async (t) => {
  const scene = await Scene.of(t)
  const [known] = await listed(scene.eko)
  await acknowledge(scene.eko, known)
  await later(scene)
  for (const debit of await listed(scene.eko)) await acknowledge(scene.eko, debit)
  await later(scene)
  assert.ok((await prune(scene.eko, 0)) >= 1)
  await scene.restart()
  await scene.spend()
})
