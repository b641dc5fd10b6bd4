// Tests that EPS's ordinary success of a transfer is settled without losing a field, also for an answer that the user's
// own code has received.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { history, interpret, next, send } from './product.mjs'
import { REF, Scene } from './scene.mjs'

/** EPS's name of a field, our name, and its value. */
const FIELDS = [
  ['tid', 'tid', '3937613077'],
  ['amount', 'amount', '100.00'],
  ['fee', 'fee', '10.0'],
  ['collectable_amount', 'collectableAmount', '110.0'],
  ['service_tax', 'serviceTax', '1.53'],
  ['tds', 'tds', '0.02'],
  ['commission', 'commission', '0.48'],
  ['recipient_name', 'recipientName', 'Ravi Kumar'],
  ['bank_ref_num', 'bankRefNum', '656604834111'],
  ['balance', 'balance', '10131.20'],
  ['currency', 'currency', 'INR'],
  ['timestamp', 'timestamp', '2026-07-23T09:46:35.396Z'],
  ['txstatus_desc', 'txstatusDesc', 'Success'],
]
const wire = Object.fromEntries(FIELDS.map(([name, , value]) => [name, value]))
const answer = (changes = {}) => ({
  ...{ status: 0, response_status_id: 0, response_type_id: 325, message: 'Transaction successful' },
  data: {
    tx_status: '0',
    client_ref_id: REF,
    sender_name: 'Asha',
    channel_desc: 'IMPS',
    recipient_id: 117015428,
    ...wire,
  },
  ...changes,
})
const same = (value, expected) =>
  value === expected || (/^[\d.]+$/.test(expected) && Number(value) === Number(expected))

const TYPES = { 'type 325': {}, 'no type': { response_type_id: undefined }, 'another type': { response_type_id: 4711 } }
for (const [name, changes] of Object.entries(TYPES)) {
  test(`${name}, tx_status "0": settled with all fields`, async (t) => {
    const scene = await Scene.of(t)
    const json = answer(changes)
    scene.eps.answer.debit = () => ({ books: { tid: wire.tid }, json })
    const own = await send(scene.eko, REF)
    const other = await interpret(scene.eko, {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(json),
    })
    for (const outcome of [own, other]) {
      assert.equal(outcome.outcome, 'settled')
      if (name === 'type 325')
        for (const [, ours, value] of FIELDS) assert.ok(same(outcome[ours], value), `${ours}: ${outcome[ours]}`)
    }
  })
}

for (const [state, outcome] of Object.entries({
  1: 'declined',
  2: 'pending',
  3: 'refundPending',
  4: 'refunded',
  5: 'pending',
})) {
  test(`type 325 with tx_status ${state} is ${outcome}`, async (t) => {
    const scene = await Scene.of(t)
    const json = answer()
    json.data.tx_status = state
    scene.eps.answer.debit = () => ({ json })
    const told = await send(scene.eko, REF)
    assert.deepEqual([told.outcome, told.tid, told.reusable], [outcome, wire.tid, false])
    assert.equal(told.next, outcome === 'refundPending' ? 'sendRefundOtp' : undefined)
  })
}

test('an outcome has its call, reference, attempt and revision', async (t) => {
  const scene = await Scene.of(t)
  const event = next(scene.eko, 'outcome', (told) => told.reference === REF)
  const told = await send(scene.eko, REF)
  assert.deepEqual([told.op, told.clientRefId, told.revision, told.reusable], ['dmt.transfer', REF, 1, false])
  assert.ok(told.reservationId.length >= 8)
  const { reference, reservationId, revision, outcome, tid } = await event
  assert.deepEqual(
    [reference, reservationId, revision, outcome, tid],
    [REF, told.reservationId, 1, 'settled', told.tid],
  )
  const steps = await history(scene.eko, REF)
  assert.deepEqual(
    steps.map(({ by, to }) => [by, to]),
    [
      ['reserved', 'indeterminate'],
      ['answer', 'settled'],
    ],
  )
  assert.ok(steps.every((step) => step.reservationId === told.reservationId))
})

test('a generated reference is returned, used and unique', async (t) => {
  const scene = await Scene.of(t)
  const [one, two] = [await send(scene.eko), await send(scene.eko)]
  assert.notEqual(one.clientRefId, two.clientRefId)
  assert.equal(scene.eps.debits(one.clientRefId), 1)
  assert.equal((await send(scene.eko, one.clientRefId)).code, 'reference_used')
})
