// Tests of debits against the sandbox, whose ledger shows what was booked.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { EkoClient } from 'eko-eps'
import { Sandbox } from 'eko-eps/sandbox'

const customerId = '9123456789'
let folder
let sandbox
let eko
let recipientId
let journals = 0

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'eko-eps-ledger-'))
})
beforeEach(async () => {
  await eko?.close()
  await sandbox?.close()
  sandbox = await Sandbox.start()
  eko = new EkoClient({ ...sandbox.credentials, journal: join(folder, `journal-${journals++}`), resolver: false })
  sandbox.setCustomer(customerId, 'verified')
  const recipient = {
    recipientName: 'Ravi Nair',
    recipientMobile: '9000000002',
    ifsc: 'SBIN0007515',
    account: '10000000001',
  }
  const added = await eko.dmt.addRecipient({ customerId, ...recipient })
  recipientId = added.recipientId
  assert.ok(recipientId, JSON.stringify(added))
})
after(async () => {
  await eko.close()
  await sandbox.close()
  rmSync(folder, { recursive: true })
})

async function transfer(clientRefId, options) {
  const debit = { recipientId, amount: '100', customerId }
  const { otpRefId } = await eko.dmt.sendTransactionOtp(debit)
  return eko.dmt.transfer({ ...debit, otp: sandbox.lastOtp(customerId), otpRefId, clientRefId }, options)
}

const line = (reference) => sandbox.ledger().find((entry) => entry.reference === reference)

test('a transfer is booked once and paid for', async () => {
  const before = Number(sandbox.balance())
  const result = await transfer('REF-1')
  assert.equal(result.outcome, 'settled')
  const { tid, state, completeRequests, fee } = line('REF-1')
  assert.deepEqual([tid, state, completeRequests], [result.tid, 'settled', 1])
  assert.equal(Number(sandbox.balance()), before - 100 - Number(fee))
  sandbox.assertNoDoubleDebit()
})

const FAULTS = {
  closeBeforeWork: 'indeterminate',
  closeAfterWork: 'settled',
  truncated: 'settled',
  htmlAfterWork: 'settled',
  serverErrorAfterWork: 'settled',
  otherReference: 'settled',
  otherAmount: 'settled',
  hangAfterWork: 'settled',
}
for (const [fault, found] of Object.entries(FAULTS)) {
  test(`${fault}: indeterminate, then as in the ledger`, async () => {
    sandbox.script('dmt.transfer', { fault })
    const result = await transfer('REF-1', { deadlineMs: fault === 'hangAfterWork' ? 300 : 30_000 })
    assert.equal(result.outcome, 'indeterminate')
    await assert.rejects(transfer('REF-1'), { code: 'reference_used' })
    const known = await result.resolve()
    assert.equal(known.outcome, found)
    assert.equal(line('REF-1').completeRequests, 1)
    sandbox.assertNoDoubleDebit()
  })
}

test('a caller who takes silence for failure is found out', async () => {
  sandbox.script('dmt.transfer', { fault: 'closeAfterWork', times: 1 })
  const off = new EkoClient({ ...sandbox.credentials, journal: { off: 'a-debit-may-leave-twice' } })
  const debit = { recipientId, amount: '100', customerId, clientRefId: 'REF-1' }
  for (const _ of [1, 2]) {
    const { otpRefId } = await off.dmt.sendTransactionOtp({ recipientId, amount: '100', customerId })
    await off.dmt.transfer({ ...debit, otp: sandbox.lastOtp(customerId), otpRefId })
  }
  await off.close()
  assert.throws(() => sandbox.assertNoDoubleDebit(), /REF-1/)
})

test('a pending transfer settles later; a callback asks EPS', async () => {
  sandbox.setBank({ outcome: 'pend', afterMs: 30_000, times: 2 })
  const pending = await transfer('REF-1')
  assert.equal(pending.outcome, 'pending')
  assert.equal((await transfer('REF-2')).outcome, 'pending')
  assert.equal((await pending.resolve()).outcome, 'pending')
  sandbox.advance(30_000)
  assert.equal((await pending.resolve()).outcome, 'settled')
  const posted = sandbox.callbacks()
  assert.equal(posted.length, 2)
  const body = JSON.stringify(posted[1])
  const callback = eko.callbacks.parse(body)
  assert.deepEqual([callback.clientRefId, callback.txStatus], ['REF-2', 0])
  assert.ok(!Object.keys(callback).includes('fields'))
  const merged = await eko.callbacks.merge(body)
  assert.deepEqual([merged.reference, merged.outcome], ['REF-2', 'settled'])
  sandbox.assertNoDoubleDebit()
})

test('a forged callback changes no outcome and raises no alarm', async () => {
  sandbox.setBank('never')
  const debit = await transfer('REF-1')
  const forged = { client_ref_id: 'REF-1', tid: debit.tid, tx_status: 0, amount: '100' }
  assert.equal((await eko.callbacks.merge(forged)).outcome, 'pending')
  sandbox.setBank('settle')
  const settled = await transfer('REF-2')
  const inquiries = () => sandbox.requests().filter(({ op }) => op === 'getTransaction').length
  const asked = inquiries()
  const denied = { client_ref_id: 'REF-2', tid: settled.tid, tx_status: 1, amount: '100' }
  assert.equal((await eko.callbacks.merge(Buffer.from(JSON.stringify(denied)))).outcome, 'settled')
  assert.equal(inquiries(), asked + 1, 'EPS is asked')
  assert.deepEqual(await eko.alarms().toArray(), [])
  assert.equal(await eko.callbacks.merge({ client_ref_id: 'nobody', tid: '1' }), undefined)
  assert.throws(() => eko.callbacks.parse('<html>'), { code: 'body.not_json' })
  assert.throws(() => eko.callbacks.parse('{}'), { code: 'body.wrong_shape' })
  assert.throws(() => eko.callbacks.parse(7), { code: 'invalid_params' })
  await assert.rejects(eko.callbacks.merge('[]'), { code: 'body.wrong_shape' })
})

test('failed at the bank: refundPending, refunded once with an OTP', async () => {
  sandbox.setBank('refundPending')
  const before = sandbox.balance()
  const failed = await transfer('REF-1')
  assert.deepEqual([failed.outcome, failed.next], ['refundPending', 'sendRefundOtp'])
  const { otpRefId } = await eko.sendRefundOtp({ tid: failed.tid })
  const params = { tid: failed.tid, otp: sandbox.lastOtp(customerId), ...(otpRefId ? { otpRefId } : {}) }
  assert.equal((await eko.refund(params)).outcome, 'refunded')
  await assert.rejects(eko.refund(params), { code: 'reference_used' })
  assert.equal((await failed.resolve()).outcome, 'refunded')
  assert.deepEqual([line('REF-1').state, line('REF-1').refundRequests], ['refunded', 1])
  assert.equal(sandbox.balance(), before)
  sandbox.assertNoDoubleDebit()
})

test('a decline after work is final and its reference stays used', async () => {
  const debit = { recipientId, amount: '100', customerId }
  const { otpRefId } = await eko.dmt.sendTransactionOtp(debit)
  const otp = sandbox.lastOtp(customerId) === '111111' ? '222222' : '111111'
  const wrong = await eko.dmt.transfer({ ...debit, otp, otpRefId, clientRefId: 'REF-1' })
  assert.deepEqual([wrong.outcome, wrong.beforeWork, wrong.reason], ['declined', false, 'Wrong OTP'])
  await assert.rejects(transfer('REF-1'), { code: 'reference_used' })
  assert.equal((await transfer('REF-2')).outcome, 'settled')
  sandbox.assertNoDoubleDebit()
})

test('a refusal before work leaves the reference reusable', async () => {
  sandbox.script('dmt.transfer', 'agentNotAllowed')
  const refused = await transfer('REF-1')
  assert.deepEqual([refused.outcome, refused.beforeWork, refused.error.code], ['declined', true, 'not_allowed'])
  assert.equal((await transfer('REF-1')).outcome, 'settled')
  sandbox.assertNoDoubleDebit()
})

test('a bare 429 leaves the debit open with an inquiry due at once', async () => {
  sandbox.script('dmt.transfer', { body: { httpStatus: 429, body: '' } })
  const refused = await transfer('REF-1')
  assert.deepEqual([refused.outcome, refused.reusable, refused.error.code], ['indeterminate', false, 'rate_limited'])
  assert.ok(refused.nextInquiryAt <= Date.now())
  await assert.rejects(transfer('REF-1'), { code: 'reference_used' })
})

test('orders that are none are refused', () => {
  assert.throws(() => sandbox.setBank('lend'), { code: 'invalid_params' })
  assert.throws(() => sandbox.setBalance('1e3'), { code: 'invalid_params' })
  assert.throws(() => sandbox.setDuplicates('sometimes'), { code: 'invalid_params' })
  assert.throws(() => sandbox.script('dmt.transfer', { fault: 'fire' }), { code: 'invalid_params' })
})

/**
 * Sends a transfer whose connection is cut, with only the sandbox's credentials as options. Resolves when an event
 * reports its end.
 */
async function newcomer(fault) {
  const own = await Sandbox.start()
  const client = new EkoClient(own.credentials)
  own.setCustomer(customerId, 'verified')
  const { recipientId } = await client.dmt.addRecipient({
    customerId,
    recipientName: 'Ravi Nair',
    recipientMobile: '9000000002',
    ifsc: 'SBIN0007515',
    account: '10000000001',
  })
  const debit = { recipientId, amount: '100', customerId }
  const { otpRefId } = await client.dmt.sendTransactionOtp(debit)
  const otp = own.lastOtp(customerId)
  own.script('dmt.transfer', { fault })
  const resolved = new Promise((resolve) => client.on('resolved', resolve))
  const begun = Date.now()
  const lost = await client.dmt.transfer({ ...debit, otp, otpRefId })
  // Listeners for events do not keep the process alive, and nothing else does here.
  const alive = setInterval(() => {}, 1000)
  const event = await resolved
  clearInterval(alive)
  const took = Date.now() - begun
  const [entry] = await client.unresolved().toArray()
  const retry = await client.dmt.sendTransactionOtp(debit)
  const again = { ...debit, otp: own.lastOtp(customerId), otpRefId: retry.otpRefId }
  return { own, client, lost, event, took, entry, again }
}

test('a lost request ends as notSent in 10 s and can be replaced', async () => {
  const { own, client, lost, event, took, entry, again } = await newcomer('closeBeforeWork')
  const { clientRefId } = lost
  assert.deepEqual([lost.outcome, lost.reusable], ['indeterminate', false])
  assert.deepEqual([event.reference, event.outcome, event.revision], [clientRefId, 'notSent', 1])
  assert.ok(took < 10_000, `${took} ms`)
  assert.deepEqual([entry.reference, entry.outcome, entry.spent, entry.reusable], [clientRefId, 'notSent', true, false])
  assert.equal((await client.history(entry)).at(-1).by, 'silence')
  await assert.rejects(client.dmt.transfer({ ...again, clientRefId }), { code: 'reference_used', message: /retryOf/ })
  const replaced = await client.dmt.transfer(again, { retryOf: clientRefId })
  assert.equal(replaced.outcome, 'settled')
  const lines = own.ledger().map(({ reference, state }) => [reference, state])
  assert.deepEqual(lines, [
    [clientRefId, 'notBooked'],
    [replaced.clientRefId, 'settled'],
  ])
  own.assertNoDoubleDebit()
  await client.close()
  await own.close()
})

test('what arrived and was not answered ends as settled', async () => {
  const { own, client, lost, event, took, entry, again } = await newcomer('closeAfterWork')
  assert.equal(lost.outcome, 'indeterminate')
  assert.deepEqual([event.reference, event.outcome, typeof event.tid], [lost.clientRefId, 'settled', 'string'])
  assert.ok(took < 10_000, `${took} ms`)
  assert.deepEqual([entry.outcome, entry.spent, entry.tid], ['settled', false, event.tid])
  const refused = client.dmt.transfer(again, { retryOf: lost.clientRefId })
  await assert.rejects(refused, { code: 'invalid_params', message: /settled/ })
  assert.equal(own.ledger().length, 1)
  await client.close()
  await own.close()
})

test('ends as notSent only with a known reference and on schedule', async () => {
  const { knownReferences, ...credentials } = sandbox.credentials
  const schedule = { notFoundCount: 2, notFoundSpreadMs: 50 }
  const options = { ...credentials, journal: join(folder, 'hasty'), resolver: false, schedule }
  const blind = new EkoClient(options)
  sandbox.script('dmt.transfer', { fault: 'closeBeforeWork' })
  const debit = { recipientId, amount: '100', customerId }
  const { otpRefId } = await blind.dmt.sendTransactionOtp(debit)
  const lost = await blind.dmt.transfer({ ...debit, otp: sandbox.lastOtp(customerId), otpRefId, clientRefId: 'REF-1' })
  const later = async () => {
    const asked = Date.now()
    while (Date.now() <= asked + 60) await new Promise(setImmediate)
  }
  for (const _ of [1, 2, 3]) {
    const { outcome, why } = await lost.resolve()
    assert.deepEqual([outcome, why], ['indeterminate', 'noControl'])
    await later()
  }
  await blind.close()
  const hasty = new EkoClient({ ...options, knownReferences })
  const key = { op: 'dmt.transfer', reference: 'REF-1' }
  assert.equal((await hasty.resolve(key)).outcome, 'indeterminate')
  await later()
  assert.equal((await hasty.resolve(key)).outcome, 'notSent')
  await hasty.close()
  assert.throws(() => new EkoClient({ ...options, baseUrl: 'https://relay.example/v3' }), { code: 'invalid_config' })
  assert.throws(() => new EkoClient({ ...options, schedule: { slowMs: 0 } }), /schedule.slowMs/)
  assert.throws(() => new EkoClient({ ...options, schedule: { slow: 1 } }), /did you mean slowMs/)
  assert.throws(() => new EkoClient({ ...options, knownReferences: { 'dmt.transfr': 'X' } }), {
    code: 'invalid_config',
  })
})
