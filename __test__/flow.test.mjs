// Tests of onboarding a customer in the sandbox, and of each way in which it can go wrong, as a typed result.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { EkoClient, EkoError, Signer } from 'eko-eps'
import { Sandbox } from 'eko-eps/sandbox'

const PERSON = { name: 'Asha Rao', dob: '1990-05-15', residenceAddress: ['12 Lake Road', 'Indore', '452001'] }
const MINUTE = 60_000
let sandbox
let eko
let signer

before(async () => {
  sandbox = await Sandbox.start()
  eko = new EkoClient(sandbox.credentials)
  const { accessKey, developerKey } = sandbox.credentials
  signer = new Signer({ accessKey, developerKey })
})
after(async () => {
  await eko.close()
  await sandbox.close()
})

async function onboarded(customerId) {
  const { outcome, otpRefId } = await eko.onboardCustomer({ customerId, ...PERSON })
  assert.equal(outcome, 'otpRequired')
  return { customerId, otpRefId }
}

async function rejection(promise) {
  const error = await promise.then(
    (value) => assert.fail(`resolved to ${value.outcome}`),
    (error) => error,
  )
  assert.ok(error instanceof EkoError, String(error))
  return [error.name, error.code, error]
}

/** Sends a request with `fetch`, and interprets the answer. */
async function send(request) {
  const answer = await fetch(request.url, { method: request.method, headers: request.headers, body: request.body })
  const { status, headers } = answer
  const body = await answer.text()
  return eko.interpret('getCustomer', { status, headers, body })
}

/** Returns a request of `getCustomer` with a changed address, signed again. */
function changed(change) {
  const { method, url, body } = eko.prepare('getCustomer', { customerId: '9000000009' })
  return { method, body, url: change(url), headers: { ...signer.headers(), 'content-type': 'application/json' } }
}

test('onboard, verify, look up', async () => {
  const customerId = '9000000001'
  assert.equal((await eko.getCustomer({ customerId })).outcome, 'notEnrolled')
  const { otpRefId } = await onboarded(customerId)
  const verified = await eko.verifyCustomerOtp({ customerId, otpRefId, otp: sandbox.lastOtp(customerId) })
  assert.equal(verified.outcome, 'verified')
  assert.equal(verified.customer.name, PERSON.name)
  assert.ok(['found', 'otpRequired'].includes((await eko.getCustomer({ customerId })).outcome))
})

test('a wrong OTP', async () => {
  const step = await onboarded('9000000002')
  const wrong = sandbox.lastOtp('9000000002') === '1111' ? '2222' : '1111'
  const [name, code] = await rejection(eko.verifyCustomerOtp({ ...step, otp: wrong }))
  assert.deepEqual([name, code], ['EkoOtpError', 'otp.wrong'])
})

test('an expired OTP', async () => {
  const step = await onboarded('9000000003')
  sandbox.advance(6 * MINUTE)
  const [name, code] = await rejection(eko.verifyCustomerOtp({ ...step, otp: sandbox.lastOtp('9000000003') }))
  assert.deepEqual([name, code], ['EkoOtpError', 'otp.expired'])
})

test('a bad signature', async () => {
  const other = new EkoClient({ ...sandbox.credentials, accessKey: 'not-the-one' })
  const [name, code] = await rejection(other.getCustomer({ customerId: '9000000004' }))
  assert.deepEqual([name, code], ['EkoAuthError', 'auth.signature'])
  await other.close()
})

test('a wrong developer key', async () => {
  const other = new EkoClient({ ...sandbox.credentials, developerKey: 'not-the-one' })
  const [name, code] = await rejection(other.getCustomer({ customerId: '9000000004' }))
  assert.deepEqual([name, code], ['EkoAuthError', 'auth.developer_key'])
  await other.close()
})

test('a stale and a reused timestamp', async () => {
  const once = eko.prepare('getCustomer', { customerId: '9000000005' })
  assert.equal((await send(once)).outcome, 'notEnrolled')
  assert.deepEqual((await rejection(send(once))).slice(0, 2), ['EkoAuthError', 'auth.timestamp'])
  const late = eko.prepare('getCustomer', { customerId: '9000000005' })
  sandbox.advance(3 * MINUTE)
  assert.deepEqual((await rejection(send(late))).slice(0, 2), ['EkoAuthError', 'auth.timestamp'])
  // The client learns the server's clock from the refusal, and signs again by it.
  const { outcome, meta } = await eko.getCustomer({ customerId: '9000000005' })
  assert.deepEqual([outcome, meta.attempts], ['notEnrolled', 2])
})

test('client and sandbox refuse missing and undeclared parameters', async () => {
  const sent = sandbox.requests().length
  const [name, code, error] = await rejection(eko.getCustomer({}))
  assert.deepEqual(
    [name, code, Object.keys(error.invalidParams)],
    ['EkoValidationError', 'invalid_params', ['customerId']],
  )
  const [, , unknown] = await rejection(eko.getCustomer({ customerId: '9000000009', mobile: '1' }))
  assert.deepEqual(Object.keys(unknown.invalidParams), ['mobile'])
  assert.equal(sandbox.requests().length, sent, 'nothing was sent')

  // The sandbox refuses them too, if another client sends them. This sandbox is new because its clock must agree with
  // ours, which signs here.
  const fresh = await Sandbox.start()
  const move = (url) => url.replace(sandbox.baseUrl, fresh.baseUrl)
  const missing = await rejection(send(changed((url) => move(url).replace(/&user_code=\w+/, ''))))
  assert.deepEqual(missing.slice(0, 2), ['EkoValidationError', 'invalid_params'])
  assert.deepEqual(Object.keys(missing[2].invalidParams), ['userCode'])
  const extra = await rejection(send(changed((url) => `${move(url)}&extra=1`)))
  assert.deepEqual(extra.slice(0, 2), ['EkoRefusedError', 'no_key_for_response'])
  await fresh.close()
})
