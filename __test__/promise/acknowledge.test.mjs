// Tests of acknowledging: it is for one attempt and one end of a debit, as they were listed, not for what happened
// later.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusal } from './eps.mjs'
import { acknowledge, ask, entry, next, prune, send } from './product.mjs'
import { REF, Scene } from './scene.mjs'

const FREED = {
  'nobody listened': async (scene) => {
    await scene.eps.down()
    const outcome = await send(scene.eko, REF, { deadlineMs: 3000 })
    await scene.eps.up()
    return outcome
  },
  'EPS refused it before work': async (scene) => {
    scene.eps.answer.debit = () => refusal(302)
    const outcome = await send(scene.eko, REF)
    scene.eps.answer.debit = undefined
    return outcome
  },
}
for (const [name, first] of Object.entries(FREED)) {
  test(`${name}, reference reused: the new debit stays listed`, async (t) => {
    const scene = await Scene.of(t)
    const second = scene.client()
    const outcome = await first(scene)
    const seen = await entry(scene.eko, REF)
    assert.equal((await send(second, REF)).outcome, 'settled')
    for (const old of [seen, outcome.all]) assert.equal(await acknowledge(scene.eko, old), false)
    assert.equal((await entry(scene.eko, REF)).outcome, 'settled')
    assert.equal(await acknowledge(scene.eko, await entry(scene.eko, REF)), true)
    assert.equal((await entry(scene.eko, REF)).outcome, 'unlisted')
  })
}

test('the end before the last is not the last', async (t) => {
  const scene = await Scene.of(t)
  await scene.spend()
  const silent = await entry(scene.eko, REF)
  scene.eps.book(REF)
  await ask(scene.eko, REF)
  assert.equal(await acknowledge(scene.eko, silent), false)
  assert.equal((await entry(scene.eko, REF)).outcome, 'settled')
})

test('acknowledges nothing for another revision or attempt', async (t) => {
  const scene = await Scene.of(t)
  const outcome = (await send(scene.eko, REF)).all
  for (const change of [
    { revision: 0 },
    { revision: 2 },
    { reservationId: 'x' },
    { clientRefId: 'OTHER-1' },
    { op: 'refund' },
  ]) {
    assert.equal(await acknowledge(scene.eko, { ...outcome, ...change }), false, JSON.stringify(change))
  }
  assert.equal((await entry(scene.eko, REF)).outcome, 'settled')
})

test('a bare reference is refused', async (t) => {
  const scene = await Scene.of(t)
  await send(scene.eko, REF)
  await assert.rejects(acknowledge(scene.eko, { op: 'dmt.transfer', reference: REF }), { code: 'invalid_params' })
})

test('what is open cannot be acknowledged', async (t) => {
  const scene = await Scene.of(t)
  const open = await scene.lose()
  assert.equal(await acknowledge(scene.eko, open.all), false)
  assert.equal(await acknowledge(scene.eko, await entry(scene.eko, REF)), false)
  assert.equal((await entry(scene.eko, REF)).outcome, 'indeterminate')
})

test('acknowledges outcomes, listed debits and events durably', async (t) => {
  const scene = await Scene.of(t)
  const event = next(scene.eko, 'outcome', ({ reference }) => reference === 'BY-EVENT')
  await send(scene.eko, 'BY-EVENT')
  assert.equal(await acknowledge(scene.eko, await event), true)
  assert.equal(await acknowledge(scene.eko, (await send(scene.eko, 'BY-OUTCOME')).all), true)
  await send(scene.eko, 'BY-LIST')
  assert.equal(await acknowledge(scene.eko, await entry(scene.eko, 'BY-LIST')), true)
  await scene.restart()
  for (const one of ['BY-EVENT', 'BY-OUTCOME', 'BY-LIST']) {
    assert.equal((await entry(scene.eko, one)).outcome, 'unlisted')
    assert.equal((await send(scene.eko, one)).code, 'reference_used')
  }
})

test('to acknowledge twice is to acknowledge', async (t) => {
  const scene = await Scene.of(t)
  const { all } = await send(scene.eko, REF)
  assert.equal(await acknowledge(scene.eko, all), true)
  await acknowledge(scene.eko, all)
  assert.equal((await entry(scene.eko, REF)).outcome, 'unlisted')
})

test('what was forgotten acknowledges nothing', async (t) => {
  const scene = await Scene.of(t)
  const { all } = await send(scene.eko, REF)
  await acknowledge(scene.eko, all)
  const { updatedAt } = await ask(scene.eko, REF)
  while (Date.now() <= updatedAt + 1) await new Promise(setImmediate)
  await send(scene.eko, 'LATER-01')
  assert.ok((await prune(scene.eko, 0)) >= 1)
  assert.equal(await acknowledge(scene.eko, all), false)
})
