// Tests that the resolver asks about due debits by itself. Neither a failing store nor a refusal stops it for good.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NONE } from './eps.mjs'
import { next, send } from './product.mjs'
import { KNOWN, pause, REF, Scene, Shelf } from './scene.mjs'

test('the resolver finds a booked debit whose answer was lost', async (t) => {
  const scene = await Scene.of(t)
  await scene.lose({ booked: true })
  await scene.restart({ resolver: true })
  const event = await next(scene.eko, 'resolved', ({ reference }) => reference === REF)
  assert.deepEqual([event.outcome, event.revision], ['settled', 1])
  assert.equal(scene.eps.debits(REF), 1)
})

test('the resolver ends silent debits and shares their rounds', async (t) => {
  const scene = await Scene.of(t, { resolver: true })
  scene.eps.answer.debit = ({ reference }) => (reference === KNOWN ? undefined : { drop: 'reset' })
  const references = Array.from({ length: 12 }, (_, index) => `LOST-${10 + index}`)
  const ended = references.map((reference) =>
    next(scene.eko, 'resolved', (event) => event.reference === reference, 20_000),
  )
  await Promise.all(references.map((reference) => send(scene.eko, reference)))
  for (const { outcome } of await Promise.all(ended)) assert.equal(outcome, 'notSent')
  const made = scene.eps.inquiries().filter(({ reference }) => reference !== KNOWN && !references.includes(reference))
  assert.ok(made.length < references.length, `${made.length} made-up ones for ${references.length} debits`)
})

test('a failed sweep is reported and the next one proceeds', async (t) => {
  const shelf = new Shelf()
  const scene = await Scene.of(t, { journal: shelf })
  await scene.lose({ booked: true })
  await scene.eko.close()
  shelf.before = (method) => (method === 'due' ? Promise.reject(new Error('the database is being moved')) : undefined)
  const eko = scene.client({ resolver: true })
  const told = await next(eko, 'notice', ({ reason }) => reason === 'resolver')
  assert.match(told.detail, /being moved/)
  shelf.before = () => {}
  await next(eko, 'resolved', ({ reference }) => reference === REF, 20_000)
})

test('what was refused once is asked again, and less at once', async (t) => {
  const scene = await Scene.of(t, { resolver: true })
  const references = Array.from({ length: 6 }, (_, index) => `LOST-${10 + index}`)
  scene.eps.answer.debit = ({ reference }) =>
    references.includes(reference) ? { books: true, drop: 'reset' } : undefined
  let refused = 0
  scene.eps.answer.inquiry = () => (refused++ < 6 ? { http: 429, text: '' } : undefined)
  const ended = references.map((reference) =>
    next(scene.eko, 'resolved', (event) => event.reference === reference, 20_000),
  )
  await Promise.all(references.map((reference) => send(scene.eko, reference)))
  for (const { outcome } of await Promise.all(ended)) assert.equal(outcome, 'settled')
})

test('two resolvers of one journal ask once', async (t) => {
  const scene = await Scene.of(t)
  await scene.lose({ booked: { tx_status: '2' } })
  const clients = [scene.client({ resolver: true }), scene.client({ resolver: true })]
  const neighbour = await scene.neighbour({ resolver: true })
  await scene.eps.until((eps) => eps.inquiries().length > 0, 'an inquiry')
  await pause(700)
  assert.equal(scene.eps.inquiries().length, 1)
  assert.ok(clients.length === 2 && neighbour.opened.outcome === 'opened')
})

test('without a resolver nobody asks', async (t) => {
  const scene = await Scene.of(t)
  await scene.lose({ booked: true })
  scene.eps.answer.inquiry = () => ({ json: NONE })
  await pause(3200)
  assert.equal(scene.eps.inquiries().length, 0)
})
