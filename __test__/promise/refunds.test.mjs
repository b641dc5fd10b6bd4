// Tests of refunds. A refund is known by the tid of its transaction, in one spelling. Its inquiry always finds the
// transaction, so "not found" proves nothing. If the transaction stays untouched often and long enough, the refund was
// not done.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NONE, named, ok, refusal } from './eps.mjs'
import { alarms, ask, declareFinal, entry, hint, isOpen, REFUND, refund } from './product.mjs'
import { askOften, Scene } from './scene.mjs'

const TID = '13192443'

/** Makes a scene with a failed transaction whose money waits for a refund. */
async function waiting(t, answer) {
  const scene = await Scene.of(t)
  scene.transaction = scene.eps.book('WAITS-01', { tid: TID, tx_status: '3' })
  scene.eps.answer.refund = answer
  return scene
}
const lose = () => ({ drop: 'reset' })

test('a refund that EPS has done is refunded, once', async (t) => {
  const scene = await waiting(t)
  const outcome = await refund(scene.eko, TID)
  assert.deepEqual([outcome.outcome, outcome.reusable], ['refunded', false])
  assert.equal((await refund(scene.eko, TID)).code, 'reference_used')
  assert.equal(scene.eps.refunds(), 1)
})

const SPELLINGS = [
  ` ${TID}`,
  `${TID} `,
  `0${TID}`,
  `+${TID}`,
  `${TID}.0`,
  `1.3192443e7`,
  '１３１９２４４３',
  `${TID}\n`,
  '13,192,443',
]
for (const tid of SPELLINGS) {
  test(`the tid ${JSON.stringify(tid)} is refused`, async (t) => {
    const scene = await waiting(t)
    assert.equal((await refund(scene.eko, TID)).outcome, 'refunded')
    const outcome = await refund(scene.eko, tid)
    assert.ok(['invalid_params', 'reference_used'].includes(outcome.code), outcome.code)
    assert.equal(scene.eps.refunds(), 1)
  })
}

test('a wrong OTP declines a refund that may be sent again', async (t) => {
  const replies = [refusal(302, { json: { status: 302, message: 'Wrong OTP', data: { tid: TID } } })]
  const scene = await waiting(t, () => replies.shift())
  const first = await refund(scene.eko, TID)
  assert.deepEqual([first.outcome, first.beforeWork, first.reusable], ['declined', true, true])
  assert.equal((await refund(scene.eko, TID)).outcome, 'refunded')
  assert.equal(scene.eps.refunds(), 2)
})

/** Answers of EPS about a refund whose own answer was lost. None of them proves that the refund was done. */
const NOT_REFUNDED = {
  'another transaction that is refunded': ok(named('OTHER-1', { tid: '88', tx_status: '4' })),
  'a tid that cannot be read': ok(named('WAITS-01', { tid: [TID], tx_status: '4' })),
  'a refunded one, with status 1': { json: { ...ok(named('WAITS-01', { tid: TID, tx_status: '4' })).json, status: 1 } },
  'a refunded one, with HTTP 500': { ...ok(named('WAITS-01', { tid: TID, tx_status: '4' })), http: 500 },
  'a settled one': ok(named('WAITS-01', { tid: TID, tx_status: '0' })),
  'one in flight': ok(named('WAITS-01', { tid: TID, tx_status: '2' })),
  'two states': {
    text: JSON.stringify(ok(named('W', { tid: TID, tx_status: '4' })).json).replace('"tid"', '"tx_status":"3","tid"'),
  },
  nothing: { json: NONE },
  'a refusal': refusal(463),
}
for (const [name, reply] of Object.entries(NOT_REFUNDED)) {
  test(`a lost refund, EPS shows ${name}: open, and not sent again`, async (t) => {
    const scene = await waiting(t, lose)
    assert.equal((await refund(scene.eko, TID)).outcome, 'indeterminate')
    scene.eps.answer.inquiry = ({ by }) => (by === 'tid' ? reply : undefined)
    const known = await askOften(scene.eko, TID, { op: REFUND })
    assert.ok(isOpen(known), known.outcome)
    assert.equal((await refund(scene.eko, TID)).code, 'reference_used')
    assert.equal(scene.eps.refunds(), 1)
  })
}

test('a lost refund that EPS has done is refunded', async (t) => {
  const scene = await waiting(t, lose)
  await refund(scene.eko, TID)
  scene.transaction.tx_status = '4'
  const known = await ask(scene.eko, TID, REFUND)
  assert.deepEqual([known.outcome, known.revision], ['refunded', 1])
  assert.ok(scene.eps.inquiries().every(({ by, reference }) => by === 'tid' && reference === TID))
})

test('raises an alarm if a lost refund is of a settled transaction', async (t) => {
  const scene = await waiting(t, lose)
  await refund(scene.eko, TID)
  scene.transaction.tx_status = '0'
  assert.equal((await ask(scene.eko, TID, REFUND)).outcome, 'indeterminate')
  assert.ok((await alarms(scene.eko)).some(({ reference, op }) => reference === TID && op === REFUND))
})

test('repeats a refund that was not done only by its own retryOf', async (t) => {
  const scene = await waiting(t, lose)
  await refund(scene.eko, TID)
  const end = await askOften(scene.eko, TID, { op: REFUND })
  assert.deepEqual([end.outcome, end.reusable, end.spent], ['notSent', false, true])
  assert.equal((await refund(scene.eko, TID)).code, 'reference_used')
  assert.equal((await refund(scene.eko, TID, { retryOf: '13192444' })).outcome, 'rejected')
  assert.equal(scene.eps.refunds(), 1)
  scene.eps.answer.refund = undefined
  assert.equal((await refund(scene.eko, TID, { retryOf: TID })).outcome, 'refunded')
  assert.equal(scene.eps.refunds(), 2)
})

test('retries a refund only while EPS shows the money waiting', async (t) => {
  const scene = await waiting(t, lose)
  await refund(scene.eko, TID)
  await askOften(scene.eko, TID, { op: REFUND })
  scene.transaction.tx_status = '4'
  assert.equal((await refund(scene.eko, TID, { retryOf: TID })).outcome, 'rejected')
  assert.equal(scene.eps.refunds(), 1)
  const known = await entry(scene.eko, TID, REFUND)
  assert.deepEqual([known.outcome, known.revision], ['refunded', 2])
})

test('one look at an untouched transaction is not enough', async (t) => {
  const scene = await waiting(t, lose)
  await refund(scene.eko, TID)
  assert.ok(isOpen(await ask(scene.eko, TID, REFUND)))
})

test('a callback of the transaction does not decide its refund', async (t) => {
  const scene = await waiting(t, lose)
  await refund(scene.eko, TID)
  const told = await hint(scene.eko, { tid: TID, tx_status: 4, client_ref_id: 'WAITS-01' })
  assert.notEqual(told.outcome, 'refunded')
  assert.ok(isOpen(await entry(scene.eko, TID, REFUND)))
})

test('a person ends a refund that nobody can conclude', async (t) => {
  const scene = await waiting(t, lose)
  const open = await refund(scene.eko, TID)
  scene.eps.answer.inquiry = () => ({ http: 502, text: '' })
  assert.equal((await declareFinal(scene.eko, open, { outcome: 'refunded', tid: TID })).outcome, 'refunded')
})
