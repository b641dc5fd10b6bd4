// Tests of `retryOf`: a new reference replaces a spent one. There is one successor, unless it ended without money, and
// only if EPS shows once more that it does not have the spent debit.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NONE, refusal } from './eps.mjs'
import { alarms, ask, declareNotSent, entry, listed, send } from './product.mjs'
import { askOften, KNOWN, REF, Scene } from './scene.mjs'

const NEW = 'TRIAL-02'
const retry = (scene, reference = NEW, old = REF, eko = scene.eko) =>
  send(eko, reference ?? undefined, { retryOf: old })
const refusedFor = (scene, outcome, reference = NEW) => {
  assert.equal(outcome.outcome, 'rejected', `${outcome.outcome}`)
  assert.ok(['invalid_params', 'reference_used'].includes(outcome.code), outcome.code)
  assert.equal(scene.eps.debits(reference), 0)
}

test('replaces a spent reference once and records retryOf', async (t) => {
  const scene = await Scene.of(t)
  await scene.spend()
  const before = scene.eps.inquiries().length
  assert.equal((await retry(scene)).outcome, 'settled')
  assert.equal((await entry(scene.eko, NEW)).retryOf, REF)
  const asked = scene.eps
    .inquiries()
    .slice(before)
    .map(({ reference }) => reference)
  assert.ok(asked.includes(REF) && asked.filter((one) => one === KNOWN).length >= 2, 'a whole round was asked')
  const sent = scene.eps.of('debit', NEW)[0]
  assert.ok(
    scene.eps.inquiries(REF).some(({ at }) => at < sent.at),
    'before it left',
  )
  refusedFor(scene, await retry(scene, 'TRIAL-03'), 'TRIAL-03')
  assert.equal((await send(scene.eko, REF)).code, 'reference_used')
  assert.deepEqual([scene.eps.debits(REF), scene.eps.debits(NEW)], [1, 1])
})

const NOT_SPENT = {
  'is unknown': async () => {},
  'is open': (scene) => scene.lose({ booked: true }),
  'is settled': (scene) => send(scene.eko, REF),
  'was refused before work': async (scene) => {
    scene.eps.answer.debit = () => refusal(302)
    await send(scene.eko, REF)
  },
  'failed after work': async (scene) => {
    scene.eps.answer.debit = () => ({
      json: { status: 0, message: 'x', data: { tx_status: '1', tid: '7', client_ref_id: REF } },
    })
    await send(scene.eko, REF)
  },
  'was not sent': async (scene) => {
    await scene.eps.down()
    await send(scene.eko, REF, { deadlineMs: 1500 })
    await scene.eps.up()
  },
}
for (const [name, prepare] of Object.entries(NOT_SPENT)) {
  test(`retryOf of a reference that ${name} is refused`, async (t) => {
    const scene = await Scene.of(t)
    await prepare(scene)
    scene.eps.answer.debit = undefined
    refusedFor(scene, await retry(scene))
    assert.equal((await entry(scene.eko, NEW)).outcome, 'unlisted')
    assert.equal((await send(scene.eko, NEW)).outcome, 'settled', 'the new reference itself is still free')
  })
}

test('a reference does not replace itself', async (t) => {
  const scene = await Scene.of(t)
  await scene.spend()
  const outcome = await retry(scene, REF)
  assert.equal(outcome.outcome, 'rejected')
  assert.equal(scene.eps.debits(REF), 1)
})

test('another account’s spent reference is nobody’s to replace', async (t) => {
  const scene = await Scene.of(t)
  await scene.spend()
  const other = scene.client({ initiatorId: '9962981730' })
  refusedFor(scene, await retry(scene, NEW, REF, other))
})

test('a lost or settled successor blocks another one', async (t) => {
  for (const answer of [() => ({ drop: 'reset', books: true }), undefined]) {
    const scene = await Scene.of(t)
    await scene.spend()
    scene.eps.answer.debit = answer
    await retry(scene)
    scene.eps.answer.debit = undefined
    refusedFor(scene, await retry(scene, 'TRIAL-03'), 'TRIAL-03')
  }
})

test('allows one more successor after one refused before work', async (t) => {
  const scene = await Scene.of(t)
  await scene.spend()
  scene.eps.answer.debit = ({ reference }) => (reference === NEW ? refusal(347) : undefined)
  assert.equal((await retry(scene)).outcome, 'declined')
  assert.equal((await retry(scene, 'TRIAL-03')).outcome, 'settled')
  refusedFor(scene, await retry(scene, 'TRIAL-04'), 'TRIAL-04')
})

test('after a successor that was not sent another may follow', async (t) => {
  const scene = await Scene.of(t, { maxDebits: 1 })
  await scene.spend()
  scene.eps.answer.debit = ({ reference }) => (reference === 'HUNG-01' ? { drop: 'never' } : undefined)
  const hung = send(scene.eko, 'HUNG-01', { deadlineMs: 3000 })
  await scene.eps.hasDebit('HUNG-01')
  const waiting = await send(scene.eko, NEW, { retryOf: REF, deadlineMs: 1000 })
  assert.deepEqual([waiting.outcome, waiting.reusable], ['notSent', true])
  await hung
  assert.equal((await retry(scene, 'TRIAL-03')).outcome, 'settled')
})

test('a successor booked after its end by silence blocks others', async (t) => {
  const scene = await Scene.of(t)
  await scene.spend()
  scene.eps.answer.debit = ({ reference }) => (reference === NEW ? { drop: 'reset' } : undefined)
  await retry(scene)
  assert.equal((await askOften(scene.eko, NEW)).outcome, 'notSent')
  scene.eps.book(NEW, { tid: '880078' })
  for (const old of [REF, NEW]) refusedFor(scene, await retry(scene, 'TRIAL-03', old), 'TRIAL-03')
})

test('a spent successor can be replaced in turn', async (t) => {
  const scene = await Scene.of(t)
  await scene.spend()
  scene.eps.answer.debit = ({ reference }) => (reference === NEW ? { drop: 'reset' } : undefined)
  await retry(scene)
  assert.equal((await askOften(scene.eko, NEW)).outcome, 'notSent')
  assert.equal((await retry(scene, 'TRIAL-03', NEW)).outcome, 'settled')
})

test('a refused successor may be resent under its own reference', async (t) => {
  const scene = await Scene.of(t)
  await scene.spend()
  const replies = [refusal(302)]
  scene.eps.answer.debit = () => replies.shift()
  assert.equal((await retry(scene)).outcome, 'declined')
  assert.equal((await retry(scene)).outcome, 'settled')
  assert.equal(scene.eps.debits(NEW), 2)
})

test('sends no successor if EPS has booked the old debit', async (t) => {
  const scene = await Scene.of(t)
  await scene.spend()
  scene.eps.book(REF, { tid: '880077' })
  refusedFor(scene, await retry(scene))
  const old = await entry(scene.eko, REF)
  assert.deepEqual([old.outcome, old.tid, old.revision], ['settled', '880077', 2])
  refusedFor(scene, await retry(scene))
})

const NO_PROOF = {
  'does not answer': () => ({ drop: 'reset' }),
  fails: () => ({ http: 500, json: NONE }),
  'refuses to be asked': () => refusal(2484, { http: 401 }),
  'answers the old one otherwise than a made-up one': ({ reference }) =>
    reference === REF ? { json: { ...NONE, message: 'x' } } : undefined,
  'does not find the known one any more': () => ({ json: NONE }),
}
for (const [name, inquiry] of Object.entries(NO_PROOF)) {
  test(`the new one does not leave while EPS ${name}`, async (t) => {
    const scene = await Scene.of(t)
    await scene.spend()
    scene.eps.answer.inquiry = inquiry
    const outcome = await retry(scene)
    assert.equal(outcome.outcome, 'rejected')
    assert.equal(scene.eps.debits(NEW), 0)
    scene.eps.answer.inquiry = undefined
    assert.equal((await retry(scene)).outcome, 'settled')
  })
}

test('sends at most one of four concurrent successors', async (t) => {
  const scene = await Scene.of(t)
  await scene.spend()
  const neighbour = await scene.neighbour()
  const names = ['TRIAL-11', 'TRIAL-12', 'TRIAL-13', 'TRIAL-14']
  const work = names.map((name, index) => (index % 2 ? retry(scene, name) : neighbour.send(name, { retryOf: REF })))
  const outcomes = await Promise.all(work)
  const left = () => names.filter((name) => scene.eps.debits(name) > 0).length
  assert.equal(outcomes.filter(({ outcome }) => outcome === 'settled').length, left())
  assert.ok(left() <= 1)
  for (const name of names) await retry(scene, name)
  assert.equal(left(), 1)
})

test('a successor is known after a restart', async (t) => {
  const scene = await Scene.of(t)
  await scene.spend()
  await retry(scene)
  await scene.restart()
  refusedFor(scene, await retry(scene, 'TRIAL-03'), 'TRIAL-03')
})

test('a debit declared notSent can be replaced if EPS proves it', async (t) => {
  const scene = await Scene.of(t)
  const open = await scene.lose()
  assert.equal((await declareNotSent(scene.eko, open)).spent, true)
  assert.equal((await retry(scene)).outcome, 'settled')
})

test('a debit declared notSent is not replaced without proof', async (t) => {
  for (const options of [
    { known: true, booked: true },
    { known: false, booked: false },
  ]) {
    const scene = await Scene.of(t, { known: options.known })
    const open = await scene.lose({ booked: options.booked })
    await declareNotSent(scene.eko, open)
    refusedFor(scene, await retry(scene))
  }
})

test('raises bookedTwice if old and new debit are both booked', async (t) => {
  const scene = await Scene.of(t)
  await scene.spend()
  assert.equal((await retry(scene)).outcome, 'settled')
  scene.eps.book(REF, { tid: '880077' })
  const old = await ask(scene.eko, REF)
  assert.deepEqual([old.outcome, old.revision], ['settled', 2])
  const twice = (await alarms(scene.eko)).filter(({ reason }) => reason === 'bookedTwice')
  assert.equal(twice.length, 1)
  await scene.restart()
  assert.ok((await alarms(scene.eko)).some(({ reason }) => reason === 'bookedTwice'))
  assert.equal((await listed(scene.eko)).filter(({ outcome }) => outcome === 'settled').length, 3)
})

test('a generated reference may replace a spent one', async (t) => {
  const scene = await Scene.of(t)
  await scene.spend()
  const outcome = await retry(scene, null)
  assert.equal(outcome.outcome, 'settled')
  refusedFor(scene, await retry(scene, 'TRIAL-03'), 'TRIAL-03')
})
