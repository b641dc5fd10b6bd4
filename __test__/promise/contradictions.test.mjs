// Tests of answers that show that EPS has the debit, but contradict the request. Silence then never ends the debit, and
// there is an alarm.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NONE, named, ok, swallowed } from './eps.mjs'
import { alarms, ask, declareFinal, declareNotSent, entry, keep, send } from './product.mjs'
import { askOften, REF, Scene, soon, staysOpen } from './scene.mjs'

const SIGNS = {
  'another amount': ok(named(REF, { amount: '101.0' })),
  'an amount that cannot be read': ok(named(REF, { amount: 'INR 100' })),
  'another reference': ok(named('OTHER-1')),
  'a reference that is a list': ok(named([REF])),
  'a tid that is a list': ok(named(REF, { tid: ['7'] })),
  'two states': { text: JSON.stringify(ok(named(REF)).json).replace('"message"', '"tx_status":"1","message"') },
  'two tids': { text: JSON.stringify(ok(named(REF)).json).replace('"tid":', '"tid":"1","tid":') },
}
for (const [name, sign] of Object.entries(SIGNS)) {
  for (const from of ['the debit’s own answer', 'the first inquiry', 'an inquiry amid silence']) {
    test(`${name} in ${from}, then silence: open, with an alarm`, async (t) => {
      const scene = await Scene.of(t)
      const told = keep(scene.eko, 'alarm')
      scene.eps.answer.debit = () => (from === 'the debit’s own answer' ? sign : swallowed())
      await send(scene.eko, REF)
      let left = from === 'the debit’s own answer' ? 0 : 1
      let asked = 0
      const before = from === 'an inquiry amid silence' ? 1 : 0
      scene.eps.answer.inquiry = ({ reference, by }) => {
        if (reference !== REF && by !== 'tid') return undefined
        if (asked++ < before || left === 0) return { json: NONE }
        left--
        return sign
      }
      const known = await askOften(scene.eko, REF)
      assert.equal(known.why, 'contradiction')
      assert.equal(left, 0)
      await staysOpen(scene, known)
      const about = (all) => all.some(({ reference, reason }) => reference === REF && reason === 'contradiction')
      assert.ok(about(told), 'it was told')
      assert.ok(about(await alarms(scene.eko)), 'and stands')
    })
  }
}

test('a debit that EPS has shown in flight never ends by silence', async (t) => {
  const scene = await Scene.of(t)
  await scene.lose()
  const replies = [ok(named(REF, { tx_status: '2' }))]
  scene.eps.answer.inquiry = ({ reference, by }) =>
    reference === REF || by === 'tid' ? (replies.shift() ?? { json: NONE }) : undefined
  const known = await askOften(scene.eko, REF)
  assert.equal(known.outcome, 'pending')
  await staysOpen(scene, known)
})

test('a state without a tid is a sign of life as well', async (t) => {
  const scene = await Scene.of(t)
  await scene.lose()
  const replies = [{ json: { status: 0, message: 'In process', data: { tx_status: '2', client_ref_id: REF } } }]
  scene.eps.answer.inquiry = ({ reference }) => (reference === REF ? (replies.shift() ?? { json: NONE }) : undefined)
  await staysOpen(scene, await askOften(scene.eko, REF))
})

test('another tid raises duplicateObserved and keeps the first tid', async (t) => {
  const scene = await Scene.of(t)
  const told = keep(scene.eko, 'alarm')
  await scene.lose({ booked: { tid: '77', tx_status: '2' } })
  assert.equal((await ask(scene.eko, REF)).tid, '77')
  scene.eps.answer.inquiry = () => ok(named(REF, { tid: '78' }))
  const known = await ask(scene.eko, REF)
  assert.deepEqual([known.outcome, known.tid], ['indeterminate', '77'])
  await soon(() => told.some(({ reason }) => reason === 'duplicateObserved'), 'the alarm')
})

test('the same tid in another spelling is no other tid', async (t) => {
  const scene = await Scene.of(t)
  await scene.lose({ booked: { tid: '77', tx_status: '2' } })
  await ask(scene.eko, REF)
  scene.eps.answer.inquiry = () => ok(named(REF, { tid: 77 }))
  assert.equal((await ask(scene.eko, REF)).outcome, 'settled')
})

test('a contradicted debit may be declared final but not notSent', async (t) => {
  const scene = await Scene.of(t)
  scene.eps.answer.debit = () => SIGNS['another amount']
  const open = await send(scene.eko, REF)
  const refused = await declareNotSent(scene.eko, open)
  assert.equal(refused.outcome, 'rejected', 'EPS has named a tid')
  const end = await declareFinal(scene.eko, open, { outcome: 'settled', tid: '700100' })
  assert.deepEqual([end.outcome, end.declared, end.revision], ['settled', true, 1])
})

test('nothing of a contradiction is told as the debit’s own', async (t) => {
  const scene = await Scene.of(t)
  scene.eps.answer.debit = () => ok(named('OTHER-1', { tid: '999', recipient_name: 'Somebody Else' }))
  const outcome = await send(scene.eko, REF)
  assert.deepEqual([outcome.outcome, outcome.tid, outcome.all.recipientName], ['indeterminate', undefined, undefined])
  assert.equal((await entry(scene.eko, REF)).tid, undefined)
})
