// Tests of refusals that look like "not found" but prove nothing, even if EPS answers a made-up reference in the same
// way and finds the booked one. "Not found" must come from EPS itself, fresh, with HTTP 2xx or 404, and not from a
// gateway.
import { test } from 'node:test'
import { NONE, refusal } from './eps.mjs'
import { askOften, KNOWN, REF, Scene, staysOpen } from './scene.mjs'

const envelope = (changes, more) => ({ json: { ...NONE, ...changes }, ...more })

/**
 * Answers about every reference that is not booked. None of them is a "not found", though ours and a made-up one get
 * the same.
 */
const NO_ABSENCE = {
  '500 in an envelope': envelope({}, { http: 500 }),
  'HTTP 400': envelope({ message: 'Bad request' }, { http: 400 }),
  'HTTP 403 in an envelope': envelope({}, { http: 403 }),
  'HTTP 429 in an envelope': refusal(429, { http: 429 }),
  'a bare 429': { http: 429, text: '' },
  'a bare 404': { http: 404, text: 'not found', headers: { 'content-type': 'text/plain' } },
  '404 with JSON of a gateway': { http: 404, json: { message: 'no route' } },
  2483: refusal(2483, { http: 401 }),
  '2484, HTTP 200': refusal(2484),
  2487: refusal(2487, { http: 401 }),
  'an old answer (Age)': { json: NONE, headers: { age: '12' } },
  'an answer of Age 0': { json: NONE, headers: { age: '0' } },
  'a tid': envelope({ data: { tid: '7' } }),
  'a state': envelope({ data: { tx_status: '2' } }),
  'a state outside of data': envelope({ tx_status: '2' }),
  'an empty body': { text: '' },
  'an object without an envelope': { json: { message: 'not found' } },
}
for (const [name, reply] of Object.entries(NO_ABSENCE)) {
  test(`others are answered with ${name}: no proof`, async (t) => {
    const scene = await Scene.of(t)
    await scene.lose({ booked: true })
    scene.eps.answer.inquiry = ({ by, reference }) => (by === 'tid' || reference === KNOWN ? undefined : reply)
    await staysOpen(scene, await askOften(scene.eko, REF, { times: 3 }))
  })
}
