// Tests of a sent debit for which EPS refuses every inquiry. A refusal says nothing about the debit: it stays open, and
// its reference stays used.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { NONE, refusal, SEEN } from './eps.mjs'
import { isOpen } from './product.mjs'
import { askOften, REF, Scene, staysOpen } from './scene.mjs'

const envelope = (changes, more) => ({ json: { ...NONE, ...changes }, ...more })

/** Answers to every inquiry. */
const ANSWERS = {
  168: refusal(168),
  '69 that names the reference': refusal(69, { json: { status: 69, invalid_params: { client_ref_id: 'unknown' } } }),
  '69 that names nothing': refusal(69),
  463: refusal(463),
  1297: refusal(1297),
  '1/-1, the words of "not found"': { json: NONE },
  '1/-1, HTTP 404': { json: NONE, http: 404 },
  '1/-1, "required parameter missing"': envelope({ response_type_id: 1388, message: 'Required parameter missing' }),
  '1/-1, HTTP 400': envelope({ message: 'Bad request' }, { http: 400 }),
  '1/-1, "in queue", with a tid': envelope({ message: 'in queue', data: { tid: '7', client_ref_id: REF } }),
  '1/-1, "awaited", in flight': envelope({ message: 'awaited', data: { tx_status: '2', client_ref_id: REF } }),
  2483: refusal(2483, { http: 401 }),
  2484: refusal(2484, { http: 401 }),
  2485: { json: SEEN, http: 401 },
  2486: refusal(2486, { http: 401 }),
  2487: refusal(2487),
  460: refusal(460),
  461: refusal(461),
  '429 in an envelope': refusal(429, { http: 429 }),
  'a bare 429': { http: 429, text: '' },
  '403 with a page': { http: 403, text: '<html>no</html>', headers: { 'content-type': 'text/html' } },
  '403 in an envelope': envelope({ message: 'Forbidden' }, { http: 403 }),
  '404 with a page': { http: 404, text: '<html>no such page</html>', headers: { 'content-type': 'text/html' } },
  '500 in an envelope': envelope({ message: 'Something went wrong' }, { http: 500 }),
  '502 with a page': { http: 502, text: '<html>bad gateway</html>' },
  '503, empty': { http: 503, text: '' },
  '200, empty': { text: '' },
  '200, a list': { text: '[]' },
  '200, a text': { text: '"not found"' },
  '200, an empty object': { text: '{}' },
  '200, half of a body': { text: '{"status":1,"response_status_id":-1,"mess' },
  '200, a page': { text: '<html>not found</html>', headers: { 'content-type': 'text/html' } },
  '204, nothing': { http: 204, text: '' },
  '302 elsewhere': { http: 302, text: '', headers: { location: 'http://127.0.0.1:1/' } },
  'nothing, the connection resets': { drop: 'reset' },
  'nothing, the connection closes': { drop: 'close' },
  'bytes that are no gzip': { bytes: Buffer.from('not gzip'), headers: { 'content-encoding': 'gzip' } },
  'a packed refusal': { bytes: gzipSync(JSON.stringify(NONE)), headers: { 'content-encoding': 'gzip' } },
}
for (const [name, reply] of Object.entries(ANSWERS)) {
  test(`every inquiry is answered ${name}: the debit stays open`, async (t) => {
    const scene = await Scene.of(t)
    await scene.lose({ booked: true })
    scene.eps.answer.inquiry = () => reply
    await staysOpen(scene, await askOften(scene.eko, REF, { times: 3 }))
  })
}

test('inquiries that do not arrive leave the debit open', async (t) => {
  const scene = await Scene.of(t)
  await scene.lose({ booked: true })
  await scene.eps.down()
  const known = await askOften(scene.eko, REF, { times: 4 })
  await scene.eps.up()
  assert.ok(isOpen(known))
  assert.equal((await askOften(scene.eko, REF)).outcome, 'settled')
})

test('finds a booked debit even after many refused inquiries', async (t) => {
  const scene = await Scene.of(t)
  await scene.lose({ booked: true })
  let count = 0
  scene.eps.answer.inquiry = () => (count++ < 9 ? refusal(463) : undefined)
  const known = await askOften(scene.eko, REF, { times: 14 })
  assert.equal(known.outcome, 'settled')
  assert.equal(known.tid, scene.eps.books.find(({ reference }) => reference === REF).tid)
})

test('why an open debit is open is said: nobody answers', async (t) => {
  const scene = await Scene.of(t)
  await scene.lose({ booked: true })
  scene.eps.answer.inquiry = () => ({ http: 502, text: '' })
  assert.equal((await askOften(scene.eko, REF)).why, 'noAnswer')
})
