// Tests of many processes with one journal: each reference is sent once. The debits of a killed process are found by
// inquiry, and a frozen one sends nothing that others have given up.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, entry, isOpen, listed, send } from './product.mjs'
import { askOften, KNOWN, pause, REF, Scene, Shelf, soon } from './scene.mjs'

test('four processes and two clients send each reference once', async (t) => {
  const scene = await Scene.of(t)
  const others = await Promise.all([1, 2, 3, 4].map(() => scene.neighbour()))
  const clients = [scene.eko, scene.client()]
  const references = Array.from({ length: 20 }, (_, index) => `RACE-${10 + index}`)
  const senders = [...others.map((one) => one.send), ...clients.map((eko) => (reference) => send(eko, reference))]
  const outcomes = (await Promise.all(references.flatMap((reference) => senders.map((one) => one(reference))))).flat()
  // Two processes may sign within the same millisecond. EPS then refuses one, and its debit stays open: EPS may have
  // taken a copy of it.
  const refusedStamp = ({ outcome, meta, status }) =>
    outcome === 'indeterminate' && (meta?.responseTypeId ?? status) === 2485
  const sent = outcomes.filter((one) => one.outcome === 'settled' || refusedStamp(one))
  assert.equal(sent.length, 20)
  assert.equal(outcomes.filter(({ code }) => code === 'reference_used').length, 100)
  for (const reference of references) assert.equal(scene.eps.debits(reference), 1)
})

for (const [name, before] of Object.entries({
  'while EPS had not answered': 'never',
  'while EPS had booked': 'booked',
})) {
  test(`a process is killed ${name}: an inquiry ends its debit`, async (t) => {
    const scene = await Scene.of(t)
    scene.eps.answer.debit = () => ({ drop: 'never', books: before === 'booked' })
    const neighbour = await scene.neighbour()
    void neighbour.send(REF)
    await scene.eps.hasDebit(REF)
    await neighbour.kill()
    scene.eps.answer.debit = undefined
    assert.equal((await entry(scene.eko, REF)).outcome, 'indeterminate')
    assert.equal((await send(scene.eko, REF)).code, 'reference_used')
    const end = await askOften(scene.eko, REF)
    assert.equal(end.outcome, before === 'booked' ? 'settled' : 'notSent')
    assert.equal(scene.eps.debits(REF), 1)
  })
}

test('repeated process kills lose no debit and send none twice', async (t) => {
  const scene = await Scene.of(t)
  for (let round = 0; round < 4; round++) {
    const neighbour = await scene.neighbour()
    const references = Array.from({ length: 8 }, (_, index) => `KILL-${round}${index}`)
    for (const reference of references) void neighbour.send(reference)
    await scene.eps.hasDebit(references[round * 2])
    await neighbour.kill()
  }
  const known = new Map((await listed(scene.eko)).map((one) => [one.reference, one]))
  for (const { reference } of scene.eps.of('debit')) {
    assert.ok(known.has(reference), `${reference} is not lost from sight`)
    assert.equal(scene.eps.debits(reference), 1)
    assert.equal((await send(scene.eko, reference)).code, 'reference_used')
    const end = await askOften(scene.eko, reference)
    assert.equal(end.outcome, 'settled')
  }
})

test('a stalled client sends nothing once its debit is given up', async (t) => {
  const shelf = new Shelf()
  const scene = await Scene.of(t, { journal: shelf })
  scene.eps.aheadMs = 1_200_000
  const first = scene.client()
  let reserved
  let wake
  const isReserved = new Promise((resolve) => {
    reserved = resolve
  })
  const gate = new Promise((resolve) => {
    wake = resolve
  })
  let stopped = false
  shelf.after = (row) => {
    if (stopped || !row.key.includes(REF)) return undefined
    stopped = true
    reserved()
    return gate
  }
  const sending = send(first, REF, { deadlineMs: 30_000 })
  await isReserved
  const given = await askOften(scene.eko, REF)
  assert.equal(given.outcome, 'notSent')
  assert.equal((await send(scene.eko, REF)).code, 'reference_used')
  wake()
  const late = await sending
  assert.ok(['notSent', 'rejected'].includes(late.outcome), late.outcome)
  assert.equal(scene.eps.debits(REF), 0)
  assert.equal((await entry(scene.eko, REF)).outcome, 'notSent')
})

test('a stopped process sends nothing once its debit is given up', async (t) => {
  const shelf = new Shelf()
  const scene = await Scene.of(t, { journal: shelf })
  const neighbour = await scene.neighbour({ journal: 'parent' })
  let stopped
  const isStopped = new Promise((resolve) => {
    stopped = resolve
  })
  neighbour.child.on('message', async ({ store, question, args }) => {
    if (store === undefined) return
    const answer = await shelf[store](...args)
    if (store === 'write' && args[0].key.includes(REF) && args[0].version === 1) {
      neighbour.child.kill('SIGSTOP')
      stopped()
    }
    neighbour.child.send({ question, answer })
  })
  const sending = neighbour.send(REF, { deadlineMs: 30_000 })
  await isStopped
  const given = await askOften(scene.eko, REF)
  assert.equal(given.outcome, 'notSent')
  neighbour.child.kill('SIGCONT')
  const late = await sending
  assert.ok(['notSent', 'rejected'].includes(late.outcome), late.outcome)
  assert.equal(scene.eps.debits(REF), 0)
})

test('a process stopped after its request reports the outcome', async (t) => {
  const scene = await Scene.of(t)
  scene.eps.answer.debit = ({ reference }, eps) => {
    const { tid } = eps.book(reference)
    return {
      after: pause(300),
      json: { status: 0, response_type_id: 325, data: { tx_status: '0', tid, client_ref_id: reference } },
    }
  }
  const neighbour = await scene.neighbour()
  const sending = neighbour.send(REF, { deadlineMs: 30_000 })
  await scene.eps.hasDebit(REF)
  neighbour.child.kill('SIGSTOP')
  assert.equal((await ask(scene.eko, REF)).outcome, 'settled')
  neighbour.child.kill('SIGCONT')
  const late = await sending
  assert.deepEqual([late.outcome, late.revision, scene.eps.debits(REF)], ['settled', 1, 1])
})

test('clients that come and go forget nothing', async (t) => {
  const scene = await Scene.of(t)
  for (let i = 0; i < 20; i++) {
    await scene.restart()
    assert.equal((await send(scene.eko, KNOWN)).code, 'reference_used')
  }
  assert.equal((await listed(scene.eko)).length, 1)
})

test('closing a client during a debit leaves it in the journal', async (t) => {
  const scene = await Scene.of(t)
  scene.eps.answer.debit = () => ({ drop: 'never', books: true })
  const sending = send(scene.eko, REF, { deadlineMs: 2000 })
  await scene.eps.hasDebit(REF)
  await scene.eko.close()
  const outcome = await sending
  assert.ok(isOpen(outcome) || outcome.outcome === 'rejected', outcome.outcome)
  const eko = scene.client()
  assert.ok(isOpen(await soon(() => entry(eko, REF), 'it is listed')))
  assert.equal((await ask(eko, REF)).outcome, 'settled')
})
