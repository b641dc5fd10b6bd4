// Tests of declarations: a person who has asked EPS ends a debit that the client cannot end. It is recorded as
// declared, and a later answer of EPS outweighs it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NONE } from './eps.mjs'
import {
  acknowledge,
  ask,
  declareFinal,
  declareNotSent,
  entry,
  history,
  next,
  REFUND,
  refund,
  send,
} from './product.mjs'
import { KNOWN, REF, Scene } from './scene.mjs'

test('a debit declared notSent is final, spent and recorded', async (t) => {
  const scene = await Scene.of(t, { known: false })
  const open = await scene.lose()
  const event = next(scene.eko, 'resolved', ({ reference }) => reference === REF)
  const end = await declareNotSent(scene.eko, open)
  assert.deepEqual(
    [end.outcome, end.spent, end.reusable, end.declared, end.revision],
    ['notSent', true, false, true, 1],
  )
  assert.equal((await event).revision, 1)
  assert.equal((await send(scene.eko, REF)).code, 'reference_used')
  const last = (await history(scene.eko, REF)).at(-1)
  assert.deepEqual([last.by, last.to], ['declaration', 'notSent'])
  await scene.restart()
  assert.deepEqual([(await entry(scene.eko, REF)).declared, scene.eps.debits(REF)], [true, 1])
  assert.equal(await acknowledge(scene.eko, await entry(scene.eko, REF)), true)
})

for (const outcome of ['settled', 'declined', 'refunded']) {
  test(`declared as ${outcome}, with the tid that EPS has told`, async (t) => {
    const scene = await Scene.of(t, { known: false })
    const open = await scene.lose()
    const end = await declareFinal(scene.eko, open, { outcome, tid: '77' })
    assert.deepEqual([end.outcome, end.tid, end.declared, end.reusable, end.revision], [outcome, '77', true, false, 1])
    assert.equal((await history(scene.eko, REF)).at(-1).by, 'declaration')
    assert.equal((await send(scene.eko, REF)).code, 'reference_used')
    assert.equal(scene.eps.debits(REF), 1)
  })
}

test('a pending debit may be declared final but not notSent', async (t) => {
  const scene = await Scene.of(t)
  await scene.lose({ booked: { tid: '77', tx_status: '2' } })
  const pending = await ask(scene.eko, REF)
  assert.equal(pending.outcome, 'pending')
  assert.equal((await declareNotSent(scene.eko, pending)).outcome, 'rejected')
  assert.equal((await entry(scene.eko, REF)).outcome, 'pending')
  const end = await declareFinal(scene.eko, pending, { outcome: 'declined' })
  assert.deepEqual([end.outcome, end.tid, end.reusable], ['declined', '77', false])
})

test('a state without a tid is a word of EPS as well', async (t) => {
  const scene = await Scene.of(t)
  await scene.lose()
  scene.eps.answer.inquiry = ({ reference }) =>
    reference === REF
      ? { json: { status: 0, message: 'In process', data: { tx_status: '2', client_ref_id: REF } } }
      : undefined
  const pending = await ask(scene.eko, REF)
  assert.equal((await declareNotSent(scene.eko, pending)).outcome, 'rejected')
})

test('what is final, unknown or another attempt’s is not declared', async (t) => {
  const scene = await Scene.of(t)
  const settled = (await send(scene.eko, REF)).all
  for (const debit of [settled, { ...settled, clientRefId: 'OTHER-1' }, { ...settled, op: REFUND }]) {
    assert.equal((await declareNotSent(scene.eko, debit)).outcome, 'rejected')
    assert.equal((await declareFinal(scene.eko, debit, { outcome: 'declined' })).outcome, 'rejected')
  }
  const open = await scene.lose({ reference: 'TRIAL-02' })
  assert.equal((await declareNotSent(scene.eko, { ...open.all, reservationId: 'another' })).outcome, 'rejected')
  assert.equal((await entry(scene.eko, 'TRIAL-02')).outcome, 'indeterminate')
  assert.equal((await entry(scene.eko, REF)).outcome, 'settled')
})

test('nobody declares without having asked EPS', async (t) => {
  const scene = await Scene.of(t)
  const open = await scene.lose()
  for (const options of [{}, { iHaveAskedEps: false }, { iHaveAskedEps: 'yes' }, null]) {
    assert.equal((await declareNotSent(scene.eko, open, options)).code, 'invalid_params')
  }
  assert.equal((await entry(scene.eko, REF)).outcome, 'indeterminate')
})

test('a debit declared notSent reopens if EPS names it', async (t) => {
  const scene = await Scene.of(t)
  const open = await scene.lose()
  await declareNotSent(scene.eko, open)
  scene.eps.book(REF, { tid: '77', tx_status: '2' })
  const now = await ask(scene.eko, REF)
  assert.deepEqual([now.outcome, now.tid, now.spent], ['pending', '77', false])
  scene.eps.books.at(-1).tx_status = '0'
  assert.deepEqual([(await ask(scene.eko, REF)).revision, (await entry(scene.eko, REF)).outcome], [2, 'settled'])
})

test('a declared debit is none to compare others with', async (t) => {
  const scene = await Scene.of(t, { known: false })
  const open = await scene.lose()
  await declareFinal(scene.eko, open, { outcome: 'settled', tid: '77' })
  await scene.lose({ reference: 'TRIAL-02' })
  await ask(scene.eko, 'TRIAL-02')
  assert.equal((await ask(scene.eko, 'TRIAL-02')).why, 'noControl')
  assert.equal(scene.eps.inquiries(REF).length, 0)
})

test('a refund is declared as any other debit', async (t) => {
  const scene = await Scene.of(t)
  scene.eps.answer.refund = () => ({ drop: 'reset' })
  scene.eps.answer.inquiry = () => ({ json: NONE })
  const open = await refund(scene.eko, '13192443')
  const end = await declareNotSent(scene.eko, open)
  assert.deepEqual([end.outcome, end.op, end.reference], ['notSent', REFUND, '13192443'])
  assert.equal((await refund(scene.eko, '13192443')).code, 'reference_used')
  assert.equal((await entry(scene.eko, KNOWN)).outcome, 'settled')
})

test('two people declare at once: one end', async (t) => {
  const scene = await Scene.of(t)
  const open = await scene.lose()
  const other = scene.client()
  const ends = await Promise.all([
    declareNotSent(scene.eko, open),
    declareFinal(other, open, { outcome: 'settled', tid: '77' }),
    declareNotSent(other, open),
  ])
  const now = await entry(scene.eko, REF)
  assert.equal(now.revision, 1)
  assert.ok(ends.some(({ outcome }) => outcome === now.outcome))
})
