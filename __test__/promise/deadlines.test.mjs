// Tests of deadlines and aborts: they end the waiting, not the debit. If nothing was sent by then, the debit is not
// sent; otherwise it is open and EPS is asked.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gate, named, ok } from './eps.mjs'
import { ask, entry, isOpen, send } from './product.mjs'
import { KNOWN, pause, REF, Scene, Shelf, soon } from './scene.mjs'

test('ends as indeterminate at the deadline if EPS never answers', async (t) => {
  const scene = await Scene.of(t)
  scene.eps.answer.debit = () => ({ drop: 'never', books: true })
  const begun = performance.now()
  const outcome = await send(scene.eko, REF, { deadlineMs: 500 })
  assert.deepEqual([outcome.outcome, outcome.reusable], ['indeterminate', false])
  assert.ok(performance.now() - begun < 2500)
  assert.equal((await send(scene.eko, REF)).code, 'reference_used')
  assert.equal((await ask(scene.eko, REF)).outcome, 'settled')
})

test('an abort while EPS works ends as indeterminate', async (t) => {
  const scene = await Scene.of(t)
  scene.eps.answer.debit = () => ({ drop: 'never', books: true })
  const stop = new AbortController()
  const sending = send(scene.eko, REF, { signal: stop.signal, deadlineMs: 20_000 })
  await scene.eps.hasDebit(REF)
  const reason = new Error('the shop closes')
  stop.abort(reason)
  const outcome = await sending
  assert.equal(outcome.outcome, 'indeterminate')
  assert.equal((await ask(scene.eko, REF)).outcome, 'settled')
})

test('an abort before anything: nothing leaves', async (t) => {
  const scene = await Scene.of(t)
  const outcome = await send(scene.eko, REF, { signal: AbortSignal.abort() })
  assert.ok(['rejected', 'notSent'].includes(outcome.outcome), outcome.outcome)
  assert.equal(scene.eps.debits(REF), 0)
  await soon(async () => (await send(scene.eko, REF)).outcome === 'settled', 'the reference is free')
  assert.equal(scene.eps.debits(REF), 1)
})

test('an abort of a reference that is settled says nothing of it', async (t) => {
  const scene = await Scene.of(t)
  const outcome = await send(scene.eko, KNOWN, { signal: AbortSignal.abort() })
  assert.equal(outcome.outcome, 'rejected')
  assert.equal(scene.eps.debits(KNOWN), 1)
})

test('an abort never sends twice or ends a sent debit as notSent', async (t) => {
  const scene = await Scene.of(t)
  for (let i = 0; i < 60; i++) {
    const reference = `STOP-${100 + i}`
    const stop = new AbortController()
    const sending = send(scene.eko, reference, { signal: stop.signal })
    for (let turn = 0; turn < i; turn++) await new Promise(setImmediate)
    stop.abort()
    const outcome = await sending
    if (outcome.outcome === 'notSent') assert.equal(scene.eps.debits(reference), 0, reference)
    if (outcome.reusable) assert.equal(scene.eps.debits(reference), 0, reference)
    assert.ok(scene.eps.debits(reference) <= 1)
  }
})

test('sends nothing if most of the deadline has passed', async (t) => {
  const shelf = new Shelf()
  const scene = await Scene.of(t, { journal: shelf })
  shelf.after = (row) => (row.key.includes(REF) && row.version === 1 ? pause(900) : undefined)
  const outcome = await send(scene.eko, REF, { deadlineMs: 1000 })
  assert.deepEqual([outcome.outcome, outcome.reusable], ['notSent', true])
  assert.equal(scene.eps.debits(REF), 0)
  shelf.after = () => {}
  assert.equal((await send(scene.eko, REF)).outcome, 'settled')
})

test('nor where less is left than the operation lately took', async (t) => {
  const shelf = new Shelf()
  const scene = await Scene.of(t, { journal: shelf, known: false })
  scene.eps.answer.debit = ({ reference }) => ok(named(reference), { after: pause(700) })
  assert.equal((await send(scene.eko, 'SLOW-01')).outcome, 'settled')
  scene.eps.answer.debit = undefined
  // 0.9 s of 2 s are left. That is more than a fifth, but less than one and a half times the 0.7 s that EPS took
  // before.
  shelf.after = (row) => (row.key.includes(REF) && row.version === 1 ? pause(1100) : undefined)
  const outcome = await send(scene.eko, REF, { deadlineMs: 2000 })
  assert.deepEqual([outcome.outcome, scene.eps.debits(REF)], ['notSent', 0])
})

test('away from loopback a debit has five seconds at least', async (t) => {
  const scene = await Scene.of(t, { known: false })
  const away = scene.client({ baseUrl: 'https://192.0.2.1/ekoapi/v3', schedule: {} })
  for (const deadlineMs of [1, 1000, 4999]) {
    const outcome = await send(away, REF, { deadlineMs })
    assert.deepEqual([outcome.outcome, outcome.code], ['rejected', 'invalid_params'])
    assert.match(outcome.message, /deadlineMs/)
  }
  const short = scene.client({ baseUrl: 'https://192.0.2.1/ekoapi/v3', schedule: {}, deadlineMs: 3000 })
  assert.equal((await send(short, REF)).code, 'invalid_params')
})

test('an answer that comes after the deadline is found by asking', async (t) => {
  const scene = await Scene.of(t)
  const answer = gate()
  scene.eps.answer.debit = ({ reference }, eps) =>
    ok(named(reference, { tid: eps.book(reference).tid }), { after: answer.promise })
  const outcome = await send(scene.eko, REF, { deadlineMs: 400 })
  assert.equal(outcome.outcome, 'indeterminate')
  answer.open()
  assert.equal((await ask(scene.eko, REF)).outcome, 'settled')
  assert.equal(scene.eps.debits(REF), 1)
})

test('returns the outcome in time if the journal records slowly', async (t) => {
  const shelf = new Shelf()
  const scene = await Scene.of(t, { journal: shelf })
  let sent = false
  shelf.before = (method) => (method === 'write' && sent ? pause(2500) : undefined)
  scene.eps.answer.debit = () => {
    sent = true
    return undefined
  }
  const begun = performance.now()
  const outcome = await send(scene.eko, REF, { deadlineMs: 1000 })
  assert.equal(outcome.outcome, 'settled', 'what EPS said is told')
  assert.ok(performance.now() - begun < 2200)
  await soon(async () => (await entry(scene.eko, REF)).outcome === 'settled', 'it is recorded behind the caller’s back')
})

test('nobody listens: not sent, free at once', async (t) => {
  const scene = await Scene.of(t)
  await scene.eps.down()
  const outcome = await send(scene.eko, REF, { deadlineMs: 3000 })
  assert.deepEqual([outcome.outcome, outcome.reusable], ['notSent', true])
  await scene.eps.up()
  assert.equal((await send(scene.eko, REF)).outcome, 'settled')
  assert.ok(!isOpen(await entry(scene.eko, REF)))
})
