// Tests of a debit that silence has ended as notSent and that EPS then names. It is opened again with a higher
// revision, and listed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gate, named, ok } from './eps.mjs'
import { acknowledge, alarms, ask, declareNotSent, entry, hint, history, keep, listed, next, send } from './product.mjs'
import { askOften, REF, Scene, Shelf } from './scene.mjs'

const TID = '880077'
const WAYS = {
  'by resolve()': (scene) => ask(scene.eko, REF),
  'after a callback': (scene) => hint(scene.eko, { client_ref_id: REF, tid: TID, tx_status: 0, amount: 100 }),
  'after a callback that says failed': (scene) => hint(scene.eko, { client_ref_id: REF, tid: TID, tx_status: 1 }),
  'by another process': async (scene) => (await scene.neighbour()).ask(REF),
  'after a restart': async (scene) => ask(await scene.restart(), REF),
}
for (const [name, learn] of Object.entries(WAYS)) {
  test(`EPS names it as settled, ${name}`, async (t) => {
    const scene = await Scene.of(t)
    const silent = await scene.spend()
    scene.eps.book(REF, { tid: TID })
    await learn(scene)
    const now = await entry(scene.eko, REF)
    assert.deepEqual([now.outcome, now.tid, now.revision, now.reservationId], ['settled', TID, 2, silent.reservationId])
    assert.deepEqual([now.spent, now.reusable, now.acknowledged], [false, false, false])
    await scene.restart()
    assert.equal((await entry(scene.eko, REF)).tid, TID)
    assert.equal((await send(scene.eko, REF)).code, 'reference_used')
    assert.equal(scene.eps.debits(REF), 1)
  })
}

const STATES = { 1: 'declined', 2: 'pending', 3: 'refundPending', 4: 'refunded', 9: 'pending' }
for (const [state, outcome] of Object.entries(STATES)) {
  test(`EPS names tx_status ${state}: ${outcome}, not reusable`, async (t) => {
    const scene = await Scene.of(t)
    await scene.spend()
    scene.eps.book(REF, { tid: TID, tx_status: state })
    const now = await ask(scene.eko, REF)
    assert.deepEqual([now.outcome, now.tid, now.reusable, now.spent], [outcome, TID, false, false])
    if (['pending', 'refundPending'].includes(outcome)) assert.ok(now.nextInquiryAt > Date.now() - 1000)
    scene.eps.books.at(-1).tx_status = '0'
    if (outcome === 'pending') {
      const end = await ask(scene.eko, REF)
      assert.deepEqual([end.outcome, end.revision], ['settled', 2])
    }
  })
}

test('a contradicting answer reopens a spent debit with an alarm', async (t) => {
  const scene = await Scene.of(t)
  await scene.spend()
  scene.eps.book(REF, { tid: TID, amount: '101.0' })
  const now = await ask(scene.eko, REF)
  assert.deepEqual([now.outcome, now.why, now.spent], ['indeterminate', 'contradiction', false])
  assert.ok((await alarms(scene.eko)).some((alarm) => alarm.reference === REF))
})

test('one that was acknowledged is listed again, and told', async (t) => {
  const scene = await Scene.of(t)
  await scene.spend()
  assert.equal(await acknowledge(scene.eko, await entry(scene.eko, REF)), true)
  assert.equal((await entry(scene.eko, REF)).outcome, 'unlisted')
  const event = next(scene.eko, 'resolved', ({ reference }) => reference === REF)
  scene.eps.book(REF, { tid: TID })
  await ask(scene.eko, REF)
  const { outcome, revision, tid } = await event
  assert.deepEqual([outcome, revision, tid], ['settled', 2, TID])
  assert.equal((await entry(scene.eko, REF)).outcome, 'settled')
})

test('one that a person had declared as not sent opens again too', async (t) => {
  const scene = await Scene.of(t)
  const open = await scene.lose({ booked: { tid: TID } })
  scene.eps.answer.inquiry = () => ({ http: 502, text: '' })
  assert.equal((await declareNotSent(scene.eko, open)).outcome, 'notSent')
  scene.eps.answer.inquiry = undefined
  const now = await ask(scene.eko, REF)
  assert.deepEqual([now.outcome, now.tid, now.revision], ['settled', TID, 2])
})

test('the resolver asks about a spent debit again after an hour', async (t) => {
  const shelf = new Shelf()
  const scene = await Scene.of(t, { journal: shelf })
  await scene.spend()
  const row = [...shelf.rows.values()].find(({ key, kind }) => kind === 'debit' && key.endsWith(REF))
  const wait = row.dueMs - Date.now()
  assert.ok(wait > 3_500_000 && wait < 3_700_000, `${wait} ms`)
  const days = (row.keepUntilMs - Date.now()) / 86_400_000
  assert.ok(days > 89 && days < 91, `kept for ${days} days`)
  shelf.rows.set(row.key, { ...row, dueMs: Date.now() - 1 })
  scene.eps.book(REF, { tid: TID })
  await scene.restart({ resolver: true })
  const event = await next(scene.eko, 'resolved', ({ reference }) => reference === REF)
  assert.deepEqual([event.outcome, event.revision], ['settled', 2])
})

test('the debit’s own late answer opens it: both ends are recorded', async (t) => {
  const scene = await Scene.of(t)
  const answer = gate()
  scene.eps.answer.debit = () => ok(named(REF, { tid: TID }), { after: answer.promise })
  const told = keep(scene.eko, 'resolved')
  const sending = send(scene.eko, REF, { deadlineMs: 30_000 })
  await scene.eps.hasDebit(REF)
  assert.equal((await askOften(scene.eko, REF)).outcome, 'notSent')
  answer.open()
  const outcome = await sending
  assert.deepEqual([outcome.outcome, outcome.tid, outcome.revision], ['settled', TID, 2])
  const now = await entry(scene.eko, REF)
  assert.deepEqual([now.outcome, now.revision, now.spent], ['settled', 2, false])
  const ends = (await history(scene.eko, REF)).map(({ to }) => to)
  assert.deepEqual([ends.includes('notSent'), ends.at(-1)], [true, 'settled'])
  assert.ok(told.some(({ outcome, revision }) => outcome === 'notSent' && revision === 1))
})

test('a late refusal does not reopen a spent debit', async (t) => {
  const scene = await Scene.of(t)
  const answer = gate()
  scene.eps.answer.debit = () => ({ json: { status: 347, message: 'Insufficient balance' }, after: answer.promise })
  const sending = send(scene.eko, REF, { deadlineMs: 30_000 })
  await scene.eps.hasDebit(REF)
  assert.equal((await askOften(scene.eko, REF)).outcome, 'notSent')
  answer.open()
  const outcome = await sending
  assert.ok(['notSent', 'declined'].includes(outcome.outcome))
  const all = await listed(scene.eko)
  assert.ok(['notSent', 'declined'].includes(all.find(({ reference }) => reference === REF).outcome))
})
