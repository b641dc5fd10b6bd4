// Tests of a debit whose timestamp EPS refuses (2485). Only a `Date` that proves our clock wrong allows one second
// request. Otherwise EPS may have taken a copy of this same request, and the debit is open.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gate, named, ok, SEEN } from './eps.mjs'
import { lookUp, refund, send } from './product.mjs'
import { KNOWN, REF, Scene, soon } from './scene.mjs'

const seen = (changes = {}) => ({ http: 401, json: SEEN, ...changes })
const HOUR = 3_600_000

const UNCLEAR = {
  'a Date that is right': {},
  'no Date': { date: null },
  'a Date that cannot be read': { date: 'tomorrow' },
  'a Date that is off, with Age 0': { date: HOUR, headers: { age: '0' } },
  'a Date that is off, with Age 7200': { date: -2 * HOUR, headers: { age: '7200' } },
  'HTTP 200 and a right Date': { http: 200 },
  'HTTP 403 and a right Date': { http: 403 },
  'HTTP 500 and a Date that is off': { http: 500, date: HOUR },
}
for (const [name, changes] of Object.entries(UNCLEAR)) {
  test(`2485 with ${name}: indeterminate, and nothing leaves again`, async (t) => {
    const scene = await Scene.of(t)
    scene.eps.answer.debit = () => seen(changes)
    const outcome = await send(scene.eko, REF)
    assert.deepEqual([outcome.outcome, outcome.reusable], ['indeterminate', false])
    scene.eps.answer.debit = undefined
    assert.equal((await send(scene.eko, REF)).code, 'reference_used')
    assert.equal(scene.eps.debits(REF), 1)
  })
}

for (const aheadMs of [600_000, -600_000, 9 * HOUR]) {
  test(`2485, EPS ${aheadMs / 60_000} min ahead: signed again once`, async (t) => {
    const scene = await Scene.of(t, { known: false })
    scene.eps.aheadMs = aheadMs
    const outcome = await send(scene.eko, REF)
    assert.equal(outcome.outcome, 'settled')
    assert.deepEqual(
      scene.eps.of('debit', REF).map(({ refusedStamp }) => refusedStamp),
      [true, false],
    )
    assert.equal((await send(scene.eko, 'NEXT-01')).outcome, 'settled')
    assert.equal(scene.eps.debits('NEXT-01'), 1, 'what was learned is kept')
  })
}

test('a second request is the last one, whatever its Date says', async (t) => {
  const scene = await Scene.of(t)
  let ahead = 0
  scene.eps.answer.debit = () => {
    ahead += HOUR
    return seen({ date: ahead })
  }
  const outcome = await send(scene.eko, REF)
  assert.notEqual(outcome.outcome, 'settled')
  assert.equal(scene.eps.debits(REF), 2)
})

test('signed again and then seen: indeterminate after two requests', async (t) => {
  const scene = await Scene.of(t)
  scene.eps.aheadMs = HOUR
  scene.eps.answer.debit = () => seen()
  const outcome = await send(scene.eko, REF)
  assert.deepEqual([outcome.outcome, outcome.reusable, scene.eps.debits(REF)], ['indeterminate', false, 2])
})

test('signed again and then lost: indeterminate after two requests', async (t) => {
  const scene = await Scene.of(t)
  scene.eps.aheadMs = HOUR
  scene.eps.answer.debit = () => ({ drop: 'reset' })
  assert.equal((await send(scene.eko, REF)).outcome, 'indeterminate')
  assert.equal(scene.eps.debits(REF), 2)
})

test('2485 beside a tid or a state is no refusal before work', async (t) => {
  for (const data of [{ tid: '7' }, { tx_status: '2' }]) {
    const scene = await Scene.of(t)
    scene.eps.answer.debit = () => seen({ json: { ...SEEN, data }, date: HOUR })
    const outcome = await send(scene.eko, REF)
    assert.ok(['indeterminate', 'pending'].includes(outcome.outcome))
    assert.deepEqual([outcome.reusable, scene.eps.debits(REF)], [false, 1])
  }
})

test('does not resend after 2485 if EPS knows the debit already', async (t) => {
  const scene = await Scene.of(t)
  const answer = gate()
  scene.eps.answer.debit = () => seen({ date: HOUR, after: answer.promise })
  scene.eps.answer.inquiry = ({ reference }) => (reference === REF ? ok(named(REF, { tx_status: '2' })) : undefined)
  const sending = send(scene.eko, REF, { deadlineMs: 20_000 })
  await scene.eps.hasDebit(REF)
  const neighbour = await scene.neighbour()
  assert.equal((await neighbour.ask(REF)).outcome, 'pending')
  answer.open()
  const outcome = await sending
  assert.deepEqual([outcome.outcome, scene.eps.debits(REF)], ['pending', 1])
})

test('a refund: seen is indeterminate, off is signed again', async (t) => {
  const scene = await Scene.of(t)
  const [{ tid }] = scene.eps.books
  scene.eps.answer.refund = () => seen()
  assert.equal((await refund(scene.eko, tid)).outcome, 'indeterminate')
  assert.equal(scene.eps.refunds(tid), 1)
  const other = scene.eps.book('OTHER-01', { tx_status: '3' })
  scene.eps.answer.refund = undefined
  scene.eps.aheadMs = HOUR
  assert.equal((await refund(scene.eko, other.tid)).outcome, 'refunded')
  assert.equal(scene.eps.refunds(other.tid), 2)
})

/** Makes a client that has just got 2485 without a reason, so that its debits pause. */
async function paused(t) {
  const scene = await Scene.of(t)
  scene.eps.answer.debit = () => seen({ date: null })
  scene.eps.answer.inquiry = () => seen({ date: null })
  assert.equal((await send(scene.eko, REF)).outcome, 'indeterminate')
  return scene
}
const TOLD = ['notSent', true, 'auth.timestamp']

test('after 2485 without a Date further debits are not sent', async (t) => {
  const scene = await paused(t)
  const other = await send(scene.eko, 'NEXT-01')
  assert.deepEqual([other.outcome, other.reusable, other.code], TOLD)
  assert.equal(scene.eps.debits('NEXT-01'), 0)
})

test('nor by another client of the key', async (t) => {
  const scene = await paused(t)
  const other = await send(scene.client({ journal: scene.path() }), 'NEXT-01')
  assert.deepEqual([other.outcome, other.reusable, other.code], TOLD)
  assert.equal(scene.eps.debits('NEXT-01'), 0)
})

test('the client inquires once a second until a timestamp is taken', async (t) => {
  const scene = await paused(t)
  scene.eps.answer.debit = undefined
  const before = scene.eps.inquiries().length
  assert.equal((await send(scene.eko, 'NEXT-01')).outcome, 'notSent')
  await scene.eps.until(
    ({ arrived }) => arrived.filter(({ kind }) => kind === 'inquiry').length >= before + 2,
    'a second question',
  )
  const [first, second] = scene.eps.inquiries().slice(before)
  assert.equal(first.reference, KNOWN)
  assert.ok(second.at - first.at > 800)
  scene.eps.answer.inquiry = undefined
  await soon(async () => (await send(scene.eko, 'NEXT-01')).outcome === 'settled', 'a debit leaves')
  assert.equal(scene.eps.debits('NEXT-01'), 1)
})

test('any answer but 2485 ends the pause', async (t) => {
  const scene = await paused(t)
  scene.eps.answer.debit = undefined
  // The inquiries that the client makes by itself get no answer.
  scene.eps.answer.inquiry = () => ({ drop: 'never' })
  assert.equal((await lookUp(scene.eko)).outcome, 'found')
  assert.equal((await send(scene.eko, 'NEXT-01')).outcome, 'settled')
})

test('a usable Date beside 2485 needs no pause', async (t) => {
  const scene = await Scene.of(t)
  scene.eps.answer.debit = ({ reference }) => (reference === REF ? seen() : undefined)
  assert.equal((await send(scene.eko, REF)).outcome, 'indeterminate')
  assert.equal((await send(scene.eko, 'NEXT-01')).outcome, 'settled')
})
