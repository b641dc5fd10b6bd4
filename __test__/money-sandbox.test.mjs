// Debits against the sandbox: its ledger is the judge.
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
  test(`${fault}: indeterminate, then what the ledger holds, and no second debit`, async () => {
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

test('a bank that ends later: pending, then its end; a callback makes us ask at once', async () => {
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

test('a callback is a hint: a forged one changes nothing and raises an alarm', async () => {
  sandbox.setBank('never')
  const debit = await transfer('REF-1')
  const forged = { client_ref_id: 'REF-1', tid: debit.tid, tx_status: 0, amount: '100' }
  assert.equal((await eko.callbacks.merge(forged)).outcome, 'pending')
  sandbox.setBank('settle')
  const settled = await transfer('REF-2')
  const alarm = new Promise((resolve) => eko.on('alarm', resolve))
  // News keeps no process alive, and this one has nothing else to wait for.
  const alive = setInterval(() => {}, 1000)
  const denied = { client_ref_id: 'REF-2', tid: settled.tid, tx_status: 1, amount: '100' }
  assert.equal((await eko.callbacks.merge(Buffer.from(JSON.stringify(denied)))).outcome, 'settled')
  assert.equal((await alarm).reference, 'REF-2')
  clearInterval(alive)
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

test('declined by EPS with a transaction of its own: final, and the reference is spent', async () => {
  const debit = { recipientId, amount: '100', customerId }
  const { otpRefId } = await eko.dmt.sendTransactionOtp(debit)
  const otp = sandbox.lastOtp(customerId) === '111111' ? '222222' : '111111'
  const wrong = await eko.dmt.transfer({ ...debit, otp, otpRefId, clientRefId: 'REF-1' })
  assert.deepEqual([wrong.outcome, wrong.beforeWork, wrong.reason], ['declined', false, 'Wrong OTP'])
  await assert.rejects(transfer('REF-1'), { code: 'reference_used' })
  assert.equal((await transfer('REF-2')).outcome, 'settled')
  sandbox.assertNoDoubleDebit()
})

test('refused before any work: the reference may be used again', async () => {
  sandbox.script('dmt.transfer', { body: { httpStatus: 429, body: '' } })
  const refused = await transfer('REF-1')
  assert.deepEqual([refused.outcome, refused.beforeWork, refused.error.code], ['declined', true, 'rate_limited'])
  assert.equal((await transfer('REF-1')).outcome, 'settled')
  sandbox.assertNoDoubleDebit()
})

test('orders that are none are refused', () => {
  assert.throws(() => sandbox.setBank('lend'), { code: 'invalid_params' })
  assert.throws(() => sandbox.setBalance('1e3'), { code: 'invalid_params' })
  assert.throws(() => sandbox.setDuplicates('sometimes'), { code: 'invalid_params' })
  assert.throws(() => sandbox.script('dmt.transfer', { fault: 'fire' }), { code: 'invalid_params' })
})

test('"not found" becomes "not sent" only by the schedule', async () => {
  const schedule = { notFoundCount: 2, notFoundSpreadMs: 1 }
  const options = { ...sandbox.credentials, journal: join(folder, 'hasty'), resolver: false, schedule }
  const hasty = new EkoClient(options)
  sandbox.script('dmt.transfer', { fault: 'closeBeforeWork' })
  const debit = { recipientId, amount: '100', customerId }
  const { otpRefId } = await hasty.dmt.sendTransactionOtp(debit)
  const lost = await hasty.dmt.transfer({ ...debit, otp: sandbox.lastOtp(customerId), otpRefId, clientRefId: 'REF-1' })
  assert.equal((await lost.resolve()).outcome, 'indeterminate')
  const asked = Date.now()
  while (Date.now() <= asked + 1) await new Promise(setImmediate)
  assert.equal((await lost.resolve()).outcome, 'notSent')
  await hasty.close()
  assert.throws(() => new EkoClient({ ...options, baseUrl: 'https://relay.example/v3' }), { code: 'invalid_config' })
  assert.throws(() => new EkoClient({ ...options, schedule: { slowMs: 0 } }), /schedule.slowMs/)
  assert.throws(() => new EkoClient({ ...options, schedule: { slow: 1 } }), /did you mean slowMs/)
})
