// Tests that the same body gives the same outcome as a debit's own answer, as an inquiry's, and as that of an inquiry
// after a callback. Settled needs HTTP 2xx, status 0, the settled state, and no contradiction to the request or in the
// body.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lost } from './eps.mjs'
import { ask, entry, hint, isOpen, send } from './product.mjs'
import { KNOWN, REF, Scene } from './scene.mjs'

const WAYS = {
  answer: (_, sent) => sent,
  inquiry: (scene) => ask(scene.eko, REF),
  callback: (scene) => hint(scene.eko, { client_ref_id: REF, tid: 77, tx_status: 0, amount: 100 }),
}

/** Returns the outcome of a reply in each of these ways. */
async function judged(t, reply, options) {
  const outcomes = {}
  for (const [way, learn] of Object.entries(WAYS)) {
    const scene = await Scene.of(t)
    scene.eps.answer.debit = () => (way === 'answer' ? { books: { tid: '77' }, ...reply } : lost({ tid: '77' }))
    scene.eps.answer.inquiry = ({ reference }) => (reference === REF || reference === '77' ? reply : undefined)
    const sent = await send(scene.eko, REF, undefined, options)
    let known = await learn(scene, sent)
    if (['rejected', 'unknown'].includes(known.outcome)) known = await entry(scene.eko, REF)
    outcomes[way] = known
    assert.equal(
      (await send(scene.eko, REF, undefined, options)).code,
      'reference_used',
      `${way}: the reference is used`,
    )
  }
  return outcomes
}

const data = (changes = {}) => ({ tx_status: '0', tid: '77', client_ref_id: REF, amount: '100.0', ...changes })
const body = (changes = {}, around = {}) =>
  JSON.stringify({
    status: 0,
    response_status_id: 0,
    response_type_id: 325,
    message: 'ok',
    ...around,
    data: data(changes),
  })
const inData = (text) => body().replace('"tid":"77"', `"tid":"77",${text}`)
const around = (text) => body().replace('"message":"ok"', `"message":"ok",${text}`)

const SETTLED = {
  'an ordinary success': { text: body() },
  'HTTP 201': { http: 201, text: body() },
  'numbers instead of texts': { text: body({ tx_status: 0, tid: 77, amount: 100 }) },
  'no amount': { text: body({ amount: undefined }) },
  'no reference': { text: body({ client_ref_id: undefined }) },
  'no type': { text: body({}, { response_type_id: undefined }) },
  'another type': { text: body({}, { response_type_id: 9999 }) },
  'the state twice, the same': { text: inData('"tx_status":"0"') },
  'the amount twice, the same': { text: inData('"amount":"100.0"') },
  'the tid twice, the same': { text: inData('"tid":"77"') },
  'members that nobody knows': { text: inData('"colour":"blue","more":{"deep":[1]}') },
}
for (const [name, reply] of Object.entries(SETTLED)) {
  test(`${name}: settled, by each way`, async (t) => {
    for (const [way, known] of Object.entries(await judged(t, reply))) {
      assert.deepEqual([known.outcome, known.tid], ['settled', '77'], way)
    }
  })
}

const NEVER = {
  'status 1 beside state 0': { text: body({}, { status: 1, response_status_id: 1 }) },
  'status 347 beside state 0': { text: body({}, { status: 347 }) },
  'no status': { text: body({}, { status: undefined }) },
  'a status that is null': { text: body({}, { status: null }) },
  'a status that is a list': { text: body({}, { status: [0] }) },
  'HTTP 400': { http: 400, text: body() },
  'HTTP 403': { http: 403, text: body() },
  'HTTP 404': { http: 404, text: body() },
  'HTTP 409': { http: 409, text: body() },
  'HTTP 500': { http: 500, text: body() },
  'HTTP 302': { http: 302, text: body(), headers: { location: 'http://127.0.0.1:1/' } },
  'state 1 outside, 0 inside': { text: around('"tx_status":"1"') },
  'state 2 outside, 0 inside': { text: around('"tx_status":2') },
  'state 4 deeper, 0 inside': { text: inData('"detail":{"tx_status":"4"}') },
  'two states under one name': { text: inData('"tx_status":"1"') },
  'a state that is a list': { text: body({ tx_status: ['0'] }) },
  'a state that is an object': { text: body({ tx_status: { value: '0' } }) },
  'a state in words': { text: body({ tx_status: 'SUCCESS' }) },
  'a state of 0.5': { text: body({ tx_status: 0.5 }) },
  'a state that is true': { text: body({ tx_status: true }) },
  'no state at all': { text: body({ tx_status: undefined }) },
  'another reference': { text: body({ client_ref_id: 'OTHER-1' }) },
  'a reference in lower case': { text: body({ client_ref_id: REF.toLowerCase() }) },
  'a reference that is a list': { text: body({ client_ref_id: [REF] }) },
  'a reference that is an object': { text: body({ client_ref_id: { value: REF } }) },
  'two references': { text: inData('"client_ref_id":"OTHER-1"') },
  'a tid that is a list': { text: body({ tid: ['77'] }) },
  'a tid that is an object': { text: body({ tid: {} }) },
  'a tid that is true': { text: body({ tid: true }) },
  'two tids': { text: inData('"tid":"78"') },
  'two tids, at two depths': { text: around('"tid":"78"') },
  'two amounts': { text: inData('"amount":"5.0"') },
  'two statuses': { text: around('"status":1') },
  'data twice, the first failed': {
    text: body().replace('"data":', `"data":${JSON.stringify(data({ tx_status: '1' }))},"data":`),
  },
  'data twice, the second failed': {
    text: body().replace(/}$/, `,"data":${JSON.stringify(data({ tx_status: '1' }))}}`),
  },
  'data twice, of two references': {
    text: body().replace(/}$/, `,"data":${JSON.stringify(data({ client_ref_id: 'X' }))}}`),
  },
  'half of a body': { text: body().slice(0, -4) },
  'two bodies': { text: body() + body() },
  'a list around it': { text: `[${body()}]` },
}
for (const [name, reply] of Object.entries(NEVER)) {
  test(`${name}: settled by no way, and by each the same`, async (t) => {
    const outcomes = await judged(t, reply)
    for (const [way, known] of Object.entries(outcomes)) {
      assert.ok(isOpen(known) || known.outcome === 'declined', `${way}: ${known.outcome}`)
      assert.equal(known.reusable, false, way)
    }
    assert.equal(outcomes.inquiry.outcome, outcomes.callback.outcome)
    assert.equal(outcomes.answer.outcome, outcomes.inquiry.outcome)
  })
}

const WRONG_AMOUNTS = [
  ...[
    '101.0',
    '1000',
    '10.0',
    '100.01',
    '99.999',
    '-100',
    '0',
    'INR 100',
    'Rs. 100',
    '₹100',
    '100 INR',
    '1e2',
    '0x64',
    '١٠٠',
  ],
  ...['1,00', '10,0', '1 00', '100-', '(100)', '100.0.0', '100,0', 'hundred', true, [100], { value: 100 }, 1000, 100.5],
]
for (const amount of WRONG_AMOUNTS) {
  test(`amount ${JSON.stringify(amount)} for 100 is a contradiction`, async (t) => {
    for (const [way, known] of Object.entries(await judged(t, { text: body({ amount }) }))) {
      assert.deepEqual(
        [known.outcome, known.why, typeof known.contradiction],
        ['indeterminate', 'contradiction', 'string'],
        way,
      )
    }
  })
}

test('an answer about the known reference settles no other debit', async (t) => {
  const scene = await Scene.of(t)
  await scene.lose({ booked: true })
  scene.eps.answer.inquiry = (request, eps) => eps.found({ ...request, by: 'client_ref_id', reference: KNOWN })
  const known = await ask(scene.eko, REF)
  assert.ok(isOpen(await entry(scene.eko, REF)), known.outcome)
})
