// Tests of accounts: an initiator and an address make one. A client does not see, ask about or end the debits of
// another account.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { INITIATOR } from './eps.mjs'
import { acknowledge, ask, declareNotSent, entry, hint, history, listed, refund, send, TRANSFER } from './product.mjs'
import { askOften, KNOWN, pause, REF, Scene } from './scene.mjs'

const OTHER = '9962981730'

for (const [name, initiatorId] of Object.entries({ 'another initiator': INITIATOR, 'no initiator': null })) {
  test(`a client with ${name} sends no debit under the call's own`, async (t) => {
    const scene = await Scene.of(t, { known: false, initiatorId, resolver: true })
    for (const clientRefId of [REF, undefined]) {
      const outcome = await send(scene.eko, clientRefId, undefined, { initiatorId: OTHER })
      assert.deepEqual([outcome.outcome, outcome.code], ['rejected', 'invalid_params'])
      assert.match(outcome.message, /initiatorId/)
      assert.match(outcome.message, /client/i, 'it names the way out')
    }
    assert.equal(scene.eps.arrived.length, 0)
    assert.equal((await listed(scene.eko)).length, 0)
  })
}

test('a client without an initiator sends no debit at all', async (t) => {
  const scene = await Scene.of(t, { known: false, initiatorId: null })
  assert.equal((await send(scene.eko, REF)).outcome, 'rejected')
  assert.equal(scene.eps.arrived.length, 0)
})

test('the client’s own initiator may be named', async (t) => {
  const scene = await Scene.of(t, { known: false })
  assert.equal((await send(scene.eko, REF, undefined, { initiatorId: INITIATOR })).outcome, 'settled')
})

for (const [one, two] of [
  [INITIATOR, OTHER],
  ['9000003332', '9000003954'],
  ['9123456780', '9123456781'],
  ['9999999999', '6000000000'],
]) {
  test(`${one} and ${two} are two accounts in one journal`, async (t) => {
    const scene = await Scene.of(t, { initiatorId: one })
    const second = scene.client({ initiatorId: two })
    assert.equal((await send(second, 'SECOND-01')).outcome, 'settled')
    const open = await scene.lose()
    const listedThere = (await listed(second)).map(({ reference }) => reference)
    assert.deepEqual(listedThere, ['SECOND-01'])
    assert.equal((await askOften(second, REF)).outcome, 'unlisted')
    assert.equal(await acknowledge(second, { ...open, revision: 0 }).catch(() => false), false)
    assert.equal((await declareNotSent(second, open)).outcome, 'rejected')
    assert.equal((await hint(second, { client_ref_id: REF, tid: '7', tx_status: 1 })).outcome, 'unknown')
    await assert.rejects(history(second, REF))
    assert.equal(scene.eps.inquiries(REF).filter(({ initiator }) => initiator === two).length, 0)
    assert.equal((await entry(scene.eko, REF)).outcome, 'indeterminate')
    assert.equal((await askOften(scene.eko, REF)).outcome, 'notSent')
    assert.ok(scene.eps.inquiries().every(({ initiator }) => initiator === one))
  })
}

test('bookings of another account are not used for comparison', async (t) => {
  const scene = await Scene.of(t)
  const second = scene.client({ initiatorId: OTHER })
  await scene.lose({ eko: second })
  const known = await askOften(second, REF)
  assert.deepEqual([known.outcome, known.why], ['indeterminate', 'noControl'])
  assert.equal(scene.eps.inquiries(KNOWN).length, 0)
})

test('the resolver of one account leaves the other’s debits alone', async (t) => {
  const scene = await Scene.of(t)
  await scene.lose()
  scene.client({ initiatorId: OTHER, resolver: true })
  await pause(3500)
  assert.equal(scene.eps.inquiries(REF).length, 0)
})

test('two addresses are two accounts', async (t) => {
  const scene = await Scene.of(t)
  const open = await scene.lose()
  const elsewhere = await Scene.of(t, { journal: scene.journal, known: false })
  assert.equal((await ask(elsewhere.eko, REF)).outcome, 'rejected')
  assert.equal((await declareNotSent(elsewhere.eko, open)).outcome, 'rejected')
  assert.deepEqual(await listed(elsewhere.eko), [])
  assert.equal(elsewhere.eps.arrived.length, 0)
})

test('inquiries carry userCode only where that was asked for', async (t) => {
  for (const inquiryUserCode of [undefined, false, true]) {
    const scene = await Scene.of(t, { inquiryUserCode })
    await scene.lose()
    await ask(scene.eko, REF)
    assert.ok(scene.eps.inquiries().length > 0)
    for (const { query } of scene.eps.inquiries()) assert.equal('user_code' in query, inquiryUserCode === true)
  }
})

test('a transfer and a refund of one name are two debits', async (t) => {
  const scene = await Scene.of(t)
  scene.eps.book('WAITS-01', { tid: '13192443', tx_status: '3' })
  assert.equal((await send(scene.eko, '13192443')).outcome, 'settled')
  assert.equal((await refund(scene.eko, '13192443')).outcome, 'refunded')
  const ops = (await listed(scene.eko)).filter(({ reference }) => reference === '13192443').map(({ op }) => op)
  assert.deepEqual(ops.sort(), [TRANSFER, 'refund'])
})
