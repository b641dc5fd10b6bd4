// Tests of compressed answers. A request asks for no encoding, but gzip and deflate are decoded all the same, within
// the limits. Other encodings and damaged bodies prove nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { lost, named, ok } from './eps.mjs'
import { ask, isOpen, lookUp, refund, send } from './product.mjs'
import { REF, Scene } from './scene.mjs'

const sender = {
  status: 0,
  response_status_id: 0,
  response_type_id: 309,
  message: 'ok',
  data: { customer_id: '9123456789', state: '4' },
}
const settled = ok(named(REF, { tid: '77' })).json
const packed = (encoding, pack, json) => ({
  bytes: pack(Buffer.from(JSON.stringify(json))),
  headers: { 'content-encoding': encoding },
})

const READ = { gzip: gzipSync, deflate: deflateSync, 'x-gzip': gzipSync, GZIP: gzipSync }
for (const [encoding, pack] of Object.entries(READ)) {
  test(`${encoding}: answers are read`, async (t) => {
    const scene = await Scene.of(t)
    scene.eps.answer.read = () => packed(encoding, pack, sender)
    assert.equal((await lookUp(scene.eko)).outcome, 'found')
    scene.eps.answer.debit = () => ({ books: { tid: '77' }, ...packed(encoding, pack, settled) })
    assert.equal((await send(scene.eko, REF)).outcome, 'settled')
    const other = await Scene.of(t)
    other.eps.answer.debit = () => lost({ tid: '77' })
    other.eps.answer.inquiry = ({ reference }) => (reference === REF ? packed(encoding, pack, settled) : undefined)
    await send(other.eko, REF)
    assert.equal((await ask(other.eko, REF)).outcome, 'settled')
  })
}

const whole = gzipSync(JSON.stringify(settled))
const UNREAD = {
  brotli: packed('br', brotliCompressSync, settled),
  'an encoding that nobody knows': packed('zstd', (bytes) => bytes, settled),
  'gzip that is cut': { bytes: whole.subarray(0, -10), headers: { 'content-encoding': 'gzip' } },
  'gzip whose checksum is wrong': {
    bytes: Buffer.concat([whole.subarray(0, -8), Buffer.alloc(8, 1)]),
    headers: { 'content-encoding': 'gzip' },
  },
  'gzip that grows to 64 MiB': packed('gzip', gzipSync, { ...settled, more: ' '.repeat(64 << 20) }),
  'gzip in gzip in gzip': {
    bytes: gzipSync(gzipSync(whole)),
    headers: { 'content-encoding': 'gzip, gzip, gzip, gzip, gzip, gzip, gzip, gzip' },
  },
  'no gzip, though it says so': { text: JSON.stringify(settled), headers: { 'content-encoding': 'gzip' } },
}
for (const [name, reply] of Object.entries(UNREAD)) {
  test(`${name}: the debit is open, and the inquiry ends it`, async (t) => {
    const scene = await Scene.of(t)
    scene.eps.answer.debit = () => ({ books: { tid: '77' }, ...reply })
    const outcome = await send(scene.eko, REF)
    assert.ok(isOpen(outcome), outcome.outcome)
    assert.equal((await ask(scene.eko, REF)).outcome, 'settled')
    assert.equal(scene.eps.debits(REF), 1)
  })
}

test('reads, debits, refunds and inquiries ask for no encoding', async (t) => {
  const scene = await Scene.of(t)
  await lookUp(scene.eko)
  await scene.lose()
  await ask(scene.eko, REF)
  await refund(scene.eko, '13192443')
  const kinds = new Set(scene.eps.arrived.map(({ kind }) => kind))
  assert.deepEqual([...kinds].sort(), ['debit', 'inquiry', 'read', 'refund'])
  for (const { kind, headers } of scene.eps.arrived) assert.equal(headers['accept-encoding'], 'identity', kind)
})
