// Tests of the client for every runtime that can load a native module.
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { readFileSync } from 'node:fs'

const vectors = JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8'))
const CUSTOMER = '9444444444'

const TESTS = {
  'every published secret-key and request hash': async ({ Signer }) => {
    ok(vectors.secretKey.length >= 8 && vectors.requestHash.length >= 6)
    for (const { accessKey, timestamp, secretKey } of vectors.secretKey)
      equal(new Signer({ accessKey }).sign(timestamp), secretKey)
    for (const { accessKey, timestamp, values, requestHash } of vectors.requestHash)
      equal(new Signer({ accessKey }).requestHash(timestamp, values), requestHash)
  },
  'a customer is looked up, enrolled and verified': async ({ eko, sandbox }) => {
    equal((await eko.getCustomer({ customerId: CUSTOMER })).outcome, 'notEnrolled')
    const residenceAddress = ['House 1', 'Pune', 'Maharashtra', '411001']
    const person = { customerId: CUSTOMER, name: 'Asha Rao', dob: '1990-01-31', residenceAddress }
    const enrolled = await eko.onboardCustomer(person)
    equal(enrolled.outcome, 'otpRequired')
    const otp = sandbox.lastOtp(CUSTOMER)
    const verified = await eko.verifyCustomerOtp({ customerId: CUSTOMER, otp, otpRefId: enrolled.otpRefId })
    equal(verified.outcome, 'verified')
  },
  'many calls at once': async ({ eko }) => {
    const calls = Array.from({ length: 50 }, () => eko.getCustomer({ customerId: '9555555555' }))
    const outcomes = (await Promise.all(calls)).map(({ outcome }) => outcome)
    deepEqual([...new Set(outcomes)], ['notEnrolled'])
  },
  'what is wrong comes as the right class': async ({ eko }) => {
    await rejects(eko.getCustomer({ customerId: 'x' }), { name: 'EkoValidationError' })
  },
}

/** Runs the tests. Returns the result that the runner reads. */
export async function run({ EkoClient, Sandbox, Signer }) {
  const faults = []
  const sandbox = await Sandbox.start()
  const eko = new EkoClient(sandbox.credentials)
  for (const [name, test] of Object.entries(TESTS)) {
    try {
      await test({ eko, sandbox, Signer })
    } catch (error) {
      faults.push(`${name}: ${error?.stack ?? error}`)
    }
  }
  const count = Object.keys(TESTS).length
  const seen = new Signer({ accessKey: 'TEST_ACCESS_KEY_DO_NOT_USE' }).sign(1_700_000_000_000)
  return { entry: 'eko-eps', seen, count, passed: count - faults.length, failed: faults.length, faults }
}
