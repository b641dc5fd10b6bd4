// Tests of a debit's own answer that comes after an inquiry has found the debit. A refusal or an empty answer then
// changes nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gate, named, ok, refusal, SEEN } from './eps.mjs'
import { alarms, ask, entry, hint, keep, send } from './product.mjs'
import { REF, Scene } from './scene.mjs'

/**
 * Answers to a debit. `claims`: EPS itself says that no work was done; for a debit that has a tid this raises an alarm.
 */
const ANSWERS = {
  '347, no balance': { reply: refusal(347), claims: true },
  '302, a wrong OTP': { reply: refusal(302), claims: true },
  '2484, a wrong signature': { reply: refusal(2484, { http: 401 }), claims: true },
  '429 in an envelope': { reply: refusal(429, { http: 429 }) },
  'a bare 429': { reply: { http: 429, text: '' } },
  'a bare 403': { reply: { http: 403, text: '<html>' } },
  500: { reply: { http: 500, json: { status: 1, message: 'failed' } } },
  '2485 whose Date says that the clock is off': { reply: { http: 401, json: SEEN, date: 3_600_000 }, claims: true },
  '2485 whose Date is right': { reply: { http: 401, json: SEEN } },
  168: { reply: refusal(168) },
  'an empty body': { reply: { text: '' } },
  'a reset': { reply: { drop: 'reset' } },
}
const LEARNED = {
  'resolve() found it in flight': { state: '2', learn: (scene) => ask(scene.eko, REF) },
  'a callback led to it': {
    state: '2',
    learn: (scene) => hint(scene.eko, { client_ref_id: REF, tid: '77', tx_status: 2, amount: 100 }),
  },
  'another process found it settled': { state: '0', learn: async (scene) => (await scene.neighbour()).ask(REF) },
}
for (const [how, { state, learn }] of Object.entries(LEARNED)) {
  for (const [name, { reply, claims }] of Object.entries(ANSWERS)) {
    test(`${how}, then ${name}`, async (t) => {
      const scene = await Scene.of(t)
      const answer = gate()
      const told = keep(scene.eko, 'alarm')
      scene.eps.answer.debit = () => ({ ...reply, after: answer.promise })
      scene.eps.answer.inquiry = ({ reference, by }) =>
        reference === REF || by === 'tid' ? ok(named(REF, { tid: '77', tx_status: state })) : undefined
      const sending = send(scene.eko, REF, { deadlineMs: 30_000 })
      await scene.eps.hasDebit(REF)
      assert.equal((await learn(scene)).tid, '77')
      answer.open()
      const outcome = await sending
      const expected = state === '2' ? 'pending' : 'settled'
      assert.deepEqual([outcome.outcome, outcome.tid, outcome.reusable], [expected, '77', false])
      assert.equal((await entry(scene.eko, REF)).outcome, expected)
      assert.equal((await send(scene.eko, REF)).code, 'reference_used')
      assert.equal(scene.eps.debits(REF), 1)
      const integrity = (all) => all.some(({ reference, reason }) => reference === REF && reason === 'stateChanged')
      if (claims) assert.ok(integrity(told) && integrity(await alarms(scene.eko)), 'it is an integrity alarm')
    })
  }
}

test('a refusal before work declines and frees the reference', async (t) => {
  for (const status of [347, 302, 2484]) {
    const scene = await Scene.of(t)
    const replies = [refusal(status)]
    scene.eps.answer.debit = () => replies.shift()
    const first = await send(scene.eko, REF)
    assert.deepEqual([first.outcome, first.beforeWork, first.reusable], ['declined', true, true], String(status))
    const second = await send(scene.eko, REF)
    assert.deepEqual([second.outcome, scene.eps.debits(REF)], ['settled', 2])
    assert.notEqual(second.reservationId, first.reservationId)
  }
})

const NO_VERDICT = {
  'a bare 429': { http: 429, text: '' },
  'a bare 403': { http: 403, text: '<html>blocked</html>' },
  'a 401 page': { http: 401, text: 'denied' },
  '500 in an envelope': { http: 500, json: { status: 347, message: 'Insufficient balance' } },
  502: { http: 502, text: 'bad gateway' },
  504: { http: 504, text: '' },
}
for (const [name, reply] of Object.entries(NO_VERDICT)) {
  test(`${name} is no verdict: asked about at once`, async (t) => {
    const scene = await Scene.of(t)
    scene.eps.answer.debit = () => ({ books: true, ...reply })
    const outcome = await send(scene.eko, REF)
    assert.deepEqual([outcome.outcome, outcome.reusable, scene.eps.debits(REF)], ['indeterminate', false, 1])
    assert.ok(outcome.nextInquiryAt <= Date.now() + 50)
    assert.equal((await send(scene.eko, REF)).code, 'reference_used')
    assert.equal((await ask(scene.eko, REF)).outcome, 'settled')
  })
}
