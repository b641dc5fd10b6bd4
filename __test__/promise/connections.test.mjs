// Tests of a debit's connection: it has carried no request before and carries none after. Bytes that lie on it before
// the request are not its answer.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lost, named, ok } from './eps.mjs'
import { ask, lookUp, refund, send } from './product.mjs'
import { pause, REF, Scene } from './scene.mjs'

test('debits, refunds and inquiries share no connection', async (t) => {
  const scene = await Scene.of(t)
  for (let i = 0; i < 5; i++) {
    await lookUp(scene.eko)
    await send(scene.eko, `OWN-${i}`)
  }
  await Promise.all(Array.from({ length: 20 }, (_, index) => send(scene.eko, `SAME-${index}`)))
  await refund(scene.eko, '13192443')
  await scene.lose({ booked: true })
  await ask(scene.eko, REF)
  for (const { requests } of scene.eps.connections) {
    const debits = requests.filter(({ kind }) => kind !== 'read')
    if (debits.length > 0) assert.equal(requests.length, 1, requests.map(({ kind }) => kind).join(', '))
  }
})

const FORGED = (reference) => {
  const body = JSON.stringify(ok(named(reference, { tid: '666' })).json)
  return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}
const SPOILS = {
  'an answer is written before the request': (socket) => socket.write(FORGED(REF)),
  'an answer without a reference is written before it': (socket) => socket.write(FORGED(undefined)),
  'a byte is written before it': (socket) => socket.write('x'),
  'it is closed': (socket) => socket.end(),
  'it is reset': (socket) => socket.resetAndDestroy(),
}
for (const [name, spoil] of Object.entries(SPOILS)) {
  test(`on every open connection ${name}: the next debit settles`, async (t) => {
    const scene = await Scene.of(t)
    for (let i = 0; i < 3; i++) await send(scene.eko, `FLOW-${i}`)
    await pause(50)
    for (const { socket, open } of scene.eps.connections) if (open) spoil(socket)
    await pause(20)
    const outcome = await send(scene.eko, REF)
    assert.deepEqual([outcome.outcome, scene.eps.debits(REF)], ['settled', 1])
    assert.equal(outcome.tid, scene.eps.books.find(({ reference }) => reference === REF).tid)
  })
}

test('two answers to one request: the second is nobody’s', async (t) => {
  const scene = await Scene.of(t)
  scene.eps.answer.debit = ({ reference }) => {
    const { socket } = scene.eps.connections.find(({ requests }) => requests.some((one) => one.reference === reference))
    const { tid } = scene.eps.book(reference)
    const body = JSON.stringify(ok(named(reference, { tid })).json)
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}${FORGED(undefined)}`)
    return { drop: 'never' }
  }
  await send(scene.eko, 'FIRST-01')
  scene.eps.answer.debit = undefined
  const outcome = await send(scene.eko, REF)
  assert.deepEqual([outcome.outcome, outcome.tid === '666'], ['settled', false])
})

test('an answer that is cut is no answer', async (t) => {
  for (const cut of [1, 20, 60]) {
    const scene = await Scene.of(t)
    scene.eps.answer.debit = ({ reference }) => {
      const { socket } = scene.eps.connections.find(({ requests }) =>
        requests.some((one) => one.reference === reference),
      )
      const { tid } = scene.eps.book(reference)
      const body = JSON.stringify(ok(named(reference, { tid })).json)
      socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(0, -cut)}`)
      return { drop: 'never' }
    }
    assert.equal((await send(scene.eko, REF)).outcome, 'indeterminate')
    assert.equal((await ask(scene.eko, REF)).outcome, 'settled')
    assert.equal(scene.eps.debits(REF), 1)
  }
})

test('never sends a debit twice after a broken connection', async (t) => {
  const scene = await Scene.of(t)
  for (const { socket } of scene.eps.connections) socket.destroy()
  scene.eps.answer.debit = () => lost()
  assert.equal((await send(scene.eko, REF)).outcome, 'indeterminate')
  assert.equal(scene.eps.debits(REF), 1)
})
