// Tests of when "not found" ends a debit. EPS must find a booked reference before and after, and answer our reference
// like a made-up one. This must happen at least twice, spread over the time that the schedule demands.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NONE, named, ok } from './eps.mjs'
import { alarms, ask, HASTY, isOpen, keep, listed, send } from './product.mjs'
import { askOften, KNOWN, pause, REF, Scene, staysOpen } from './scene.mjs'

test('silence ends a debit as notSent with a spent reference', async (t) => {
  const scene = await Scene.of(t)
  const end = await scene.spend()
  assert.deepEqual(
    [end.outcome, end.reusable, end.spent, end.revision, end.acknowledged],
    ['notSent', false, true, 1, false],
  )
  const again = await send(scene.eko, REF)
  assert.equal(again.code, 'reference_used')
  assert.match(again.message, /retryOf/)
  assert.equal(again.error.clientRefId, REF)
  assert.equal(scene.eps.debits(REF), 1)
  assert.equal((await send(scene.eko, 'FRESH-01')).outcome, 'settled')
})

for (const reference of [REF, 'PAY-2026_a9', '004711004711', 'abcdef']) {
  test(`a round about ${reference} asks in the fixed order`, async (t) => {
    const scene = await Scene.of(t)
    await scene.spend({ reference })
    const asked = scene.eps.inquiries().map((one) => one.reference)
    const kinds = (text) => text.replace(/[a-z]/g, 'a').replace(/[A-Z]/g, 'A').replace(/[0-9]/g, '0')
    const made = asked.filter((one) => one !== reference && one !== KNOWN)
    assert.ok(made.length >= 2, 'one round at the start of the silence and one at its end')
    assert.equal(new Set(made).size, made.length, 'each is new')
    for (const one of made) {
      assert.equal(kinds(one), kinds(reference))
      const at = asked.indexOf(one)
      assert.ok(asked.slice(0, at).includes(KNOWN) && asked.slice(at).includes(KNOWN))
      assert.deepEqual(asked.slice(at - 1, at + 3), [KNOWN, one, reference, KNOWN])
    }
  })
}

test('silence requires enough answers over the whole time span', async (t) => {
  const scene = await Scene.of(t, { schedule: { notFoundCount: 4, notFoundSpreadMs: 400 } })
  await scene.lose()
  let known
  for (let i = 0; i < 60 && (known === undefined || isOpen(known)); i++) {
    known = await ask(scene.eko, REF)
    await pause(20)
  }
  assert.equal(known.outcome, 'notSent')
  const ours = scene.eps.inquiries(REF)
  assert.ok(ours.length >= 4)
  assert.ok(ours.at(-1).at - ours[0].at >= 400, 'over the whole length')
})

test('many answers at once are one', async (t) => {
  const scene = await Scene.of(t, { schedule: { notFoundCount: 4, notFoundSpreadMs: 60_000 } })
  await scene.lose()
  const known = await askOften(scene.eko, REF, { times: 12, everyMs: 1 })
  await staysOpen(scene, known)
})

test('a debit stays open if no booked reference is known', async (t) => {
  const scene = await Scene.of(t, { known: false })
  await scene.lose()
  const known = await askOften(scene.eko, REF)
  await staysOpen(scene, known)
  assert.equal(known.why, 'noControl')
})

test('accepts a configured known reference for comparison', async (t) => {
  const scene = await Scene.of(t, { known: false, knownReferences: { 'dmt.transfer': 'OLDER-77' } })
  scene.eps.book('OLDER-77')
  await scene.lose()
  assert.equal((await askOften(scene.eko, REF)).outcome, 'notSent')
  assert.ok(scene.eps.inquiries('OLDER-77').length > 0)
})

test('and is remembered once EPS has found it', async (t) => {
  const scene = await Scene.of(t, { known: false, knownReferences: { 'dmt.transfer': 'OLDER-77' } })
  scene.eps.book('OLDER-77')
  await scene.spend()
  await scene.restart()
  await scene.spend({ reference: 'TRIAL-02' })
})

const NO_CONTROL = {
  'EPS does not find': { 'dmt.transfer': 'OLDER-77' },
  'is our own': { 'dmt.transfer': REF },
  'is of another operation': { refund: 'OLDER-88' },
}
for (const [name, knownReferences] of Object.entries(NO_CONTROL)) {
  test(`a named reference that ${name} proves nothing`, async (t) => {
    const scene = await Scene.of(t, { known: false, knownReferences })
    scene.eps.book('OLDER-88')
    await scene.lose()
    await staysOpen(scene, await askOften(scene.eko, REF))
  })
}

test('a booked reference is remembered over a restart', async (t) => {
  const scene = await Scene.of(t)
  await scene.lose()
  await scene.restart()
  assert.equal((await askOften(scene.eko, REF)).outcome, 'notSent')
})

/** Replies to inquiries, each of which breaks one condition of a round. */
const VOID = {
  'EPS knows tids alone': ({ by }) => (by === 'tid' ? undefined : { json: NONE }),
  'the known one is found with another tid': ({ reference }) =>
    reference === KNOWN ? ok(named(KNOWN, { tid: '99' })) : undefined,
  'the known one is found under another reference': ({ reference }) =>
    reference === KNOWN ? ok(named('OTHER-1')) : undefined,
  'the known one is found by a server that fails': (request, eps) =>
    request.reference === KNOWN ? { ...eps.found(request), http: 500 } : undefined,
  'ours is answered in other words': ({ reference }) =>
    reference === REF ? { json: { ...NONE, message: 'Being looked up' } } : undefined,
  'ours is answered by another type': ({ reference }) =>
    reference === REF ? { json: { ...NONE, response_type_id: 7 } } : undefined,
  'ours is answered by another status': ({ reference }) =>
    reference === REF ? { json: { status: 463, message: NONE.message } } : undefined,
  'ours has a parameter that is wrong': ({ reference }) =>
    reference === REF ? { json: { ...NONE, invalid_params: { client_ref_id: 'x' } } } : undefined,
  'ours is answered with an Age': ({ reference }) =>
    reference === REF ? { json: NONE, headers: { age: '3' } } : undefined,
  'the made-up one is answered by a server that fails': ({ reference }) =>
    reference !== REF && reference !== KNOWN ? { json: NONE, http: 500 } : undefined,
  'the made-up one gets no answer': ({ reference }) =>
    reference !== REF && reference !== KNOWN ? { drop: 'reset' } : undefined,
}
for (const [name, inquiry] of Object.entries(VOID)) {
  test(`no proof: ${name}`, async (t) => {
    const scene = await Scene.of(t)
    await scene.lose()
    scene.eps.answer.inquiry = inquiry
    await staysOpen(scene, await askOften(scene.eko, REF))
  })
}

for (const which of ['first', 'second']) {
  test(`no proof: the ${which} question about the known finds none`, async (t) => {
    const scene = await Scene.of(t)
    await scene.lose()
    let made = false
    scene.eps.answer.inquiry = ({ reference }) => {
      if (reference !== REF && reference !== KNOWN) made = true
      if (reference !== KNOWN) return undefined
      const isSecond = made
      made = false
      return isSecond === (which === 'second') ? { json: NONE } : undefined
    }
    await staysOpen(scene, await askOften(scene.eko, REF))
  })
}

test('ours and a made-up one that differ are told as that', async (t) => {
  const scene = await Scene.of(t)
  await scene.lose()
  scene.eps.answer.inquiry = VOID['ours is answered in other words']
  assert.equal((await askOften(scene.eko, REF)).why, 'unlike')
})

test('not-found answers with changing messages end nothing', async (t) => {
  const scene = await Scene.of(t)
  await scene.lose()
  let known
  for (let i = 0; i < 8; i++) {
    scene.eps.none = { ...NONE, message: `Transaction not found (${i})` }
    known = await ask(scene.eko, REF)
    await pause(15)
  }
  await staysOpen(scene, known)
})

test('counts HTTP 404 with an echoed reference as not found', async (t) => {
  const scene = await Scene.of(t)
  await scene.lose()
  scene.eps.answer.inquiry = ({ reference, by }, eps) => {
    if (reference === KNOWN || by === 'tid') return undefined
    return {
      http: 404,
      json: { ...eps.none, message: `No transaction ${reference}`, data: { client_ref_id: reference } },
    }
  }
  assert.equal((await askOften(scene.eko, REF)).outcome, 'notSent')
})

test('a found made-up reference voids the round, raises an alarm', async (t) => {
  const scene = await Scene.of(t)
  await scene.lose()
  const told = keep(scene.eko, 'alarm')
  scene.eps.answer.inquiry = ({ reference }) =>
    reference === REF ? undefined : ok(named(reference, { tid: scene.eps.books[0].tid }))
  await staysOpen(scene, await askOften(scene.eko, REF))
  assert.ok(told.some(({ reason }) => reason === 'madeUpFound'))
  await scene.restart()
  assert.ok((await alarms(scene.eko)).some(({ reason }) => reason === 'madeUpFound'))
})

test('two processes count one silence together', async (t) => {
  const scene = await Scene.of(t)
  await scene.lose()
  const neighbour = await scene.neighbour()
  let known
  for (let i = 0; i < 6 && (known === undefined || isOpen(known)); i++) {
    known = await (i % 2 ? ask(scene.eko, REF) : neighbour.ask(REF))
    await pause(20)
  }
  assert.equal(known.outcome, 'notSent')
})

test('processes that live for one question each conclude too', async (t) => {
  const scene = await Scene.of(t)
  await scene.lose()
  let known
  for (let i = 0; i < 4 && (known === undefined || isOpen(known)); i++) {
    const neighbour = await scene.neighbour()
    known = await neighbour.ask(REF)
    await neighbour.close()
  }
  assert.equal(known.outcome, 'notSent')
})

test('debits are listed with what silence has made of them', async (t) => {
  const scene = await Scene.of(t)
  await scene.spend()
  const [first, second] = await listed(scene.eko)
  assert.deepEqual([first.reference, first.outcome], [KNOWN, 'settled'])
  assert.deepEqual([second.reference, second.outcome, second.spent, second.reusable], [REF, 'notSent', true, false])
})

test('refuses the loopback-only schedule for other hosts', async (t) => {
  const scene = await Scene.of(t, { known: false })
  assert.throws(() => scene.client({ baseUrl: 'https://eps.example/ekoapi/v3', schedule: HASTY }), {
    code: 'invalid_config',
  })
})
