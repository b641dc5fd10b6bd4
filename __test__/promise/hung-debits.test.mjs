// Tests of an EPS that accepts debits and never answers. Only a limited number of debits hang; the others end as not
// sent, with the reason. Reads and inquiries go on.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gate } from './eps.mjs'
import { ask, keep, lookUp, next, send } from './product.mjs'
import { Scene, Shelf, soon } from './scene.mjs'

const NEVER = { drop: 'never' }
const references = (count) => Array.from({ length: count }, (_, index) => `HUNG-${1000 + index}`)

test('reads and inquiries pass while 256 debits hang and 44 wait', async (t) => {
  const scene = await Scene.of(t)
  scene.eps.answer.debit = () => NEVER
  const waiting = keep(scene.eko, 'notice')
  const hung = references(256).map((reference) => send(scene.eko, reference, { deadlineMs: 4500 }))
  await scene.eps.until((eps) => eps.debits() === 257, '256 debits')
  const more = references(300).slice(256)
  const behind = more.map((reference) => send(scene.eko, reference, { deadlineMs: 2000 }))
  await soon(() => waiting.filter(({ reason }) => reason === 'waiting').length === 44, '44 debits wait')
  for (const call of [() => lookUp(scene.eko, { deadlineMs: 5000 }), () => ask(scene.eko, 'HUNG-1000')]) {
    const begun = performance.now()
    assert.notEqual((await call()).outcome, 'rejected')
    assert.ok(performance.now() - begun < 1000)
  }
  const outcomes = await Promise.all([...hung, ...behind])
  assert.equal(outcomes.filter(({ outcome }) => outcome === 'indeterminate').length, 256)
  const left = outcomes.filter(({ outcome }) => outcome === 'notSent')
  assert.equal(left.length, 44)
  for (const { code, reusable, message } of left) {
    assert.deepEqual([code, reusable], ['debit_limit', true])
    assert.match(message, /maxDebits is 256/)
  }
  assert.equal(scene.eps.debits(), 257, 'nothing of them left later')
})

test('maxDebits is the number that are under way at once', async (t) => {
  const scene = await Scene.of(t, { maxDebits: 3 })
  const answer = gate()
  const told = keep(scene.eko, 'notice')
  scene.eps.answer.debit = () => ({ drop: 'reset', after: answer.promise })
  const all = references(5).map((reference) => send(scene.eko, reference, { deadlineMs: 20_000 }))
  await scene.eps.until((eps) => eps.debits() === 4, 'three debits')
  scene.eps.answer.debit = undefined
  await soon(
    () => told.filter(({ reason, detail }) => reason === 'waiting' && /maxDebits/.test(detail)).length === 2,
    'two wait',
  )
  assert.equal(scene.eps.debits(), 4)
  answer.open()
  const outcomes = (await Promise.all(all)).map(({ outcome }) => outcome)
  assert.deepEqual(outcomes.sort(), ['indeterminate', 'indeterminate', 'indeterminate', 'settled', 'settled'])
})

test('aborting a waiting debit sends nothing, frees its reference', async (t) => {
  const scene = await Scene.of(t, { maxDebits: 1 })
  scene.eps.answer.debit = ({ reference }) => (reference === 'HUNG-1000' ? NEVER : undefined)
  const hung = send(scene.eko, 'HUNG-1000', { deadlineMs: 3000 })
  await scene.eps.hasDebit('HUNG-1000')
  const stop = new AbortController()
  const waits = next(scene.eko, 'notice', ({ reason, reference }) => reason === 'waiting' && reference === 'WAITS-01')
  const waiting = send(scene.eko, 'WAITS-01', { deadlineMs: 20_000, signal: stop.signal })
  await waits
  stop.abort()
  const outcome = await waiting
  assert.deepEqual([outcome.outcome, outcome.code, outcome.reusable], ['notSent', 'aborted', true])
  await hung
  assert.equal((await send(scene.eko, 'WAITS-01')).outcome, 'settled')
  assert.equal(scene.eps.debits('WAITS-01'), 1)
})

test('a waiting debit that cannot be released is released later', async (t) => {
  const shelf = new Shelf()
  const scene = await Scene.of(t, { journal: shelf, maxDebits: 1 })
  scene.eps.answer.debit = ({ reference }) => (reference === 'HUNG-1000' ? NEVER : undefined)
  const hung = send(scene.eko, 'HUNG-1000', { deadlineMs: 3000 })
  await scene.eps.hasDebit('HUNG-1000')
  const stop = new AbortController()
  const waits = next(scene.eko, 'notice', ({ reason, reference }) => reason === 'waiting' && reference === 'WAITS-01')
  const waiting = send(scene.eko, 'WAITS-01', { deadlineMs: 20_000, signal: stop.signal })
  await waits
  shelf.before = (method) => {
    if (method === 'write') throw new Error('down')
  }
  stop.abort()
  const outcome = await waiting
  assert.deepEqual([outcome.outcome, outcome.code], ['rejected', 'journal.unavailable'])
  assert.deepEqual([outcome.error.sentByThisCall, outcome.error.retryable], [false, true])
  shelf.before = () => {}
  await hung
  const again = await soon(async () => {
    const another = await send(scene.eko, 'WAITS-01')
    return another.code === 'reference_used' ? undefined : another
  }, 'the reservation is given back')
  assert.deepEqual([again.outcome, scene.eps.debits('WAITS-01')], ['settled', 1])
})

test('a reference that waits is used already', async (t) => {
  const scene = await Scene.of(t, { maxDebits: 1 })
  scene.eps.answer.debit = ({ reference }) => (reference === 'HUNG-1000' ? NEVER : undefined)
  const hung = send(scene.eko, 'HUNG-1000', { deadlineMs: 2000 })
  await scene.eps.hasDebit('HUNG-1000')
  const waiting = send(scene.eko, 'WAITS-01', { deadlineMs: 20_000 })
  await next(scene.eko, 'notice', ({ reason }) => reason === 'waiting')
  assert.equal((await send(scene.eko, 'WAITS-01')).code, 'reference_used')
  assert.equal((await send(scene.eko, 'HUNG-1000')).code, 'reference_used')
  await hung
  assert.equal((await waiting).outcome, 'settled')
  assert.equal(scene.eps.debits('WAITS-01'), 1)
})

test('clients of their own have limits of their own', async (t) => {
  const scene = await Scene.of(t, { maxDebits: 1 })
  scene.eps.answer.debit = ({ reference }) => (reference === 'HUNG-1000' ? NEVER : undefined)
  const hung = send(scene.eko, 'HUNG-1000', { deadlineMs: 1500 })
  await scene.eps.hasDebit('HUNG-1000')
  assert.equal((await send(scene.client(), 'OTHER-01')).outcome, 'settled')
  await hung
})
