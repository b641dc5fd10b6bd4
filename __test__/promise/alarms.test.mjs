// Tests of alarms: each is kept until a person acknowledges it. A callback can come from anyone, so it raises no alarm
// and causes at most one inquiry a second.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { named, ok } from './eps.mjs'
import { acknowledgeAlarm, alarms, ask, entry, hint, history, keep, listed, next, PRIVATE, send } from './product.mjs'
import { KNOWN, REF, Scene, Shelf } from './scene.mjs'

const odd = ok(named(REF, { tid: '77', amount: '101.0', sender_name: 'Meera Iyer', account: '10620012345' }))

/** Makes a debit whose answer by EPS contradicts the request. */
async function contradicted(t, options) {
  const scene = await Scene.of(t, options)
  scene.eps.answer.debit = () => odd
  await send(scene.eko, REF)
  scene.eps.answer.debit = undefined
  return scene
}

test('an alarm is emitted, listed and kept across processes', async (t) => {
  const scene = await Scene.of(t)
  const told = next(scene.eko, 'alarm')
  scene.eps.answer.debit = () => odd
  const outcome = await send(scene.eko, REF)
  const event = await told
  assert.deepEqual([event.reason, event.reference, event.op], ['contradiction', REF, 'dmt.transfer'])
  assert.equal(event.reservationId, outcome.reservationId)
  const [alarm, ...others] = await alarms(scene.eko)
  assert.deepEqual([alarm.reason, alarm.reference, alarm.acknowledged, others.length], ['contradiction', REF, false, 0])
  assert.equal(alarm.detail, event.detail)
  assert.ok(Math.abs(alarm.at - Date.now()) < 60_000)
  await scene.restart()
  assert.equal((await alarms(scene.eko))[0].id, alarm.id)
  const neighbour = await scene.neighbour()
  assert.equal((await neighbour.alarms())[0].id, alarm.id)
})

test('acknowledging an alarm removes it but not the listed debit', async (t) => {
  const scene = await contradicted(t)
  const [alarm] = await alarms(scene.eko)
  assert.equal(await acknowledgeAlarm(scene.eko, { id: `${alarm.id}x` }), false)
  assert.equal(await acknowledgeAlarm(scene.eko, alarm), true)
  assert.deepEqual(await alarms(scene.eko), [])
  await scene.restart()
  assert.deepEqual(await alarms(scene.eko), [])
  assert.equal((await entry(scene.eko, REF)).outcome, 'indeterminate')
})

test('repeated contradictions do not accumulate alarms', async (t) => {
  const scene = await contradicted(t)
  scene.eps.answer.inquiry = ({ by }) => (by === 'tid' ? odd : undefined)
  for (let i = 0; i < 5; i++) await ask(scene.eko, REF)
  const all = await alarms(scene.eko)
  assert.ok(all.length >= 1 && all.length <= 2, `${all.length} alarms of one doubt`)
})

test('alarms, history and rows contain no personal data', async (t) => {
  const shelf = new Shelf()
  const scene = await contradicted(t, { journal: shelf })
  await ask(scene.eko, REF)
  const text = JSON.stringify([
    ...shelf.rows.values(),
    await alarms(scene.eko),
    await listed(scene.eko),
    await history(scene.eko, REF),
  ])
  for (const secret of ['Meera', '10620012345', ...Object.values(PRIVATE)]) assert.ok(!text.includes(secret), secret)
})

test('a debit that is open for too long is an alarm, once', async (t) => {
  const scene = await Scene.of(t, { known: false, alarmAfterMs: 1 })
  await scene.lose()
  for (let i = 0; i < 4; i++) await ask(scene.eko, REF)
  const late = (await alarms(scene.eko)).filter(({ reason }) => reason === 'openTooLong')
  assert.deepEqual(
    late.map(({ reference }) => reference),
    [REF],
  )
})

test('a final debit in another state stays final, with an alarm', async (t) => {
  const scene = await Scene.of(t)
  scene.eps.books[0].tx_status = '1'
  await hint(scene.eko, { client_ref_id: KNOWN, tid: scene.eps.books[0].tid, tx_status: 1 })
  assert.equal((await entry(scene.eko, KNOWN)).outcome, 'settled')
  assert.deepEqual(
    (await alarms(scene.eko)).map(({ reason }) => reason),
    ['stateChanged'],
  )
})

const FORGED = {
  'another amount': (i) => ({ client_ref_id: KNOWN, tid: 5000001, tx_status: 0, amount: 5 + (i % 7) }),
  'another tid': (i) => ({ client_ref_id: KNOWN, tid: 900 + i, tx_status: 0 }),
  'another state': (i) => ({ client_ref_id: KNOWN, tx_status: 1 + (i % 4) }),
  'a tid that nobody has': (i) => ({ tid: 900 + i, tx_status: 1 }),
  'references that nobody has': (i) => ({ client_ref_id: `FORGED-${i}`, tid: i, tx_status: 1 }),
}
for (const [name, body] of Object.entries(FORGED)) {
  test(`2,000 forged callbacks with ${name} raise no alarm`, async (t) => {
    const scene = await Scene.of(t)
    const told = keep(scene.eko, 'alarm')
    const begun = performance.now()
    for (let i = 0; i < 2000; i += 100) {
      await Promise.all(Array.from({ length: 100 }, (_, index) => hint(scene.eko, body(i + index))))
    }
    const seconds = Math.ceil((performance.now() - begun) / 1000)
    assert.deepEqual([told.length, (await alarms(scene.eko)).length], [0, 0])
    assert.ok(
      scene.eps.inquiries().length <= 2 * (seconds + 1),
      `${scene.eps.inquiries().length} inquiries in ${seconds} s`,
    )
    assert.equal((await entry(scene.eko, KNOWN)).outcome, 'settled')
  })
}

test('what EPS itself contradicts stands amid forged callbacks', async (t) => {
  const scene = await contradicted(t)
  for (let i = 0; i < 500; i += 50) {
    await Promise.all(Array.from({ length: 50 }, (_, index) => hint(scene.eko, FORGED['another tid'](i + index))))
  }
  await scene.restart()
  assert.ok((await alarms(scene.eko)).some(({ reference }) => reference === REF))
})

/** Callbacks that contradict the journal. Each causes an inquiry, and EPS answers that all is well. */
const CONTRADICTING = {
  'another amount': `{"client_ref_id":"${KNOWN}","amount":5,"tx_status":0}`,
  'an amount that cannot be read': `{"client_ref_id":"${KNOWN}","amount":"INR 9,999","tx_status":0}`,
  'an amount that is a list': `{"client_ref_id":"${KNOWN}","amount":[100],"tx_status":0}`,
  'another state': `{"client_ref_id":"${KNOWN}","tx_status":4}`,
  'another tid': `{"client_ref_id":"${KNOWN}","tid":"123","tx_status":0}`,
}
for (const [name, body] of Object.entries(CONTRADICTING)) {
  test(`a callback of a settled debit with ${name}: EPS decides`, async (t) => {
    const scene = await Scene.of(t)
    const known = await hint(scene.eko, body)
    if (known.outcome !== 'rejected') {
      assert.equal(known.outcome, 'settled')
      const asked = scene.eps.inquiries().map(({ reference }) => reference)
      assert.deepEqual(asked, name === 'another tid' ? ['123'] : [scene.eps.books[0].tid])
    }
    assert.equal((await entry(scene.eko, KNOWN)).outcome, 'settled')
    assert.deepEqual(await alarms(scene.eko), [])
  })
}

test('raises an alarm if EPS has the reference under a second tid', async (t) => {
  const scene = await Scene.of(t)
  scene.eps.book(KNOWN, { tid: '123' })
  await hint(scene.eko, { client_ref_id: KNOWN, tid: '123', tx_status: 0 })
  const known = await entry(scene.eko, KNOWN)
  assert.deepEqual([known.outcome, known.tid], ['settled', scene.eps.books[0].tid])
  const [alarm] = await alarms(scene.eko)
  assert.ok(['duplicateObserved', 'bookedTwice'].includes(alarm?.reason), alarm?.reason)
})

test('a callback that says what is known asks nobody', async (t) => {
  const scene = await Scene.of(t)
  const [{ tid }] = scene.eps.books
  assert.equal((await hint(scene.eko, { client_ref_id: KNOWN, tid, tx_status: 0, amount: 100 })).outcome, 'settled')
  assert.equal(scene.eps.inquiries().length, 0)
})

test('a callback alone decides nothing', async (t) => {
  const scene = await Scene.of(t)
  await scene.lose()
  scene.eps.answer.inquiry = () => ({ http: 502, text: '' })
  for (const tx_status of [0, 1, 3, 4]) await hint(scene.eko, { client_ref_id: REF, tid: '77', tx_status, amount: 100 })
  const known = await entry(scene.eko, REF)
  assert.deepEqual([known.outcome, known.tid], ['indeterminate', undefined])
})

test('a callback that names a tid alone finds its open debit', async (t) => {
  const scene = await Scene.of(t)
  await scene.lose({ booked: { tid: '880011', tx_status: '2' } })
  assert.equal((await ask(scene.eko, REF)).outcome, 'pending')
  scene.eps.books.at(-1).tx_status = '0'
  const known = await hint(scene.eko, { tid: '880011', tx_status: 0 })
  assert.deepEqual([known.outcome, known.reference], ['settled', REF])
})

test('a callback that names nothing is refused', async (t) => {
  const scene = await Scene.of(t)
  for (const body of ['', '{}', '[]', 'null', '{"tx_status":0}', 'no json']) {
    assert.equal((await hint(scene.eko, body)).outcome, 'rejected', body)
  }
})
