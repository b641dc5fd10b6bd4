// Tests that run the README's examples unchanged.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { EkoClient } from 'eko-eps'
import { Sandbox } from 'eko-eps/sandbox'
import { Signer } from 'eko-eps/signer'
import { root } from '../scripts/paths.mjs'
import { node } from './support/child.mjs'
import { examplesOf, run } from './support/examples.mjs'
import { sending } from './support/sending.mjs'

const { example, untouched } = examplesOf('README.md')
let sandbox
let eko
let folder

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'eko-eps-readme-'))
  sandbox = await Sandbox.start()
  eko = new EkoClient({ ...sandbox.credentials, journal: join(folder, 'journal'), resolver: false })
})
after(async () => {
  await eko.close()
  await sandbox.close()
  rmSync(folder, { recursive: true })
})

test('the ten-line example does what its comments say', async () => {
  const { text } = example('Sandbox.start()')
  const code = text.split('\n').filter((line) => line.trim() !== '')
  assert.ok(code.length <= 10, `${code.length} lines`)
  const { code: exit, stdout, stderr } = await node(['--input-type=module', '--eval', text], { cwd: root })
  assert.equal(stderr, '')
  assert.equal(exit, 0)
  const told = /console\.log\(first.+\/\/ (.+)/.exec(text)[1]
  assert.equal(stdout.trim(), told)
})

test('the constructor takes the options against EPS itself', async () => {
  const key = join(folder, 'access-key')
  writeFileSync(key, sandbox.credentials.accessKey)
  let made
  /** The client of the example; only the path of its key is replaced. */
  class Here extends EkoClient {
    constructor(options) {
      assert.equal(options.accessKeyFile, '/run/secrets/eko-access-key')
      super({ ...options, accessKeyFile: key })
      made = this
    }
  }
  const process = { env: { EKO_DEVELOPER_KEY: sandbox.credentials.developerKey } }
  await run(example('const eko = new EkoClient({\n  developerKey').code, { EkoClient: Here, process })
  const { url } = made.prepare('getCustomer', { customerId: '9444444444' })
  assert.equal(new URL(url).searchParams.get('initiator_id'), '9962981729')
  await made.close()
})

test('each documented answer has its tag', async () => {
  const { code } = example("case 'aadhaarRequired'")
  const given = { eko, customerId: '9444444444', otpRefId: 'an otp reference' }
  const answers = {
    verified: /'(5287)', exact decimal text/.exec(code)[1],
    aadhaarRequired: 'Aadhaar first',
    panRequired: 'PAN first',
    notEnrolled: 'onboard first',
  }
  sandbox.setCustomer('9444444444', 'enrolled')
  sandbox.setLimit('9444444444', answers.verified)
  for (const [scenario, told] of Object.entries(answers)) {
    sandbox.script('verifyCustomerOtp', scenario)
    assert.equal(await run(code, given), told, scenario)
  }
  sandbox.script('verifyCustomerOtp', {
    body: { body: { status: 0, response_type_id: 9999, message: 'something new' } },
  })
  assert.equal(await run(code, given), 'something new')
})

test('a debit ends in one of its seven outcomes', async () => {
  const { code } = example('eko.dmt.transfer(')
  const names = ['book', 'tell', 'release', 'askForRefundOtp', 'waitFor']
  const handlers = Object.fromEntries(names.map((name) => [name, (value) => [name, value]]))
  const customerId = '9123456789'
  sandbox.setCustomer(customerId, 'verified')
  const person = { recipientName: 'Ravi Nair', recipientMobile: '9000000002', ifsc: 'SBIN0007515', account: '1000001' }
  const { recipientId } = await eko.dmt.addRecipient({ customerId, ...person })
  const { otpRefId } = await eko.dmt.sendTransactionOtp({ recipientId, amount: '100', customerId })
  const otp = sandbox.lastOtp(customerId)
  const given = { ...handlers, eko, recipientId, customerId, otp, otpRefId, clientRefId: 'PAY-1' }
  const [name, tid] = await run(code, given)
  assert.deepEqual([name, tid], ['book', sandbox.ledger()[0].tid])
  const others = {
    declined: 'tell',
    refunded: 'release',
    notSent: 'release',
    refundPending: 'askForRefundOtp',
    pending: 'waitFor',
    indeterminate: 'waitFor',
  }
  for (const [outcome, handler] of Object.entries(others)) {
    const told = { dmt: { transfer: async () => ({ outcome }) } }
    assert.equal((await run(code, { ...given, eko: told }))[0], handler, outcome)
  }
})

test('what the signer has signed is accepted', async () => {
  sandbox.setCustomer('9444444444', 'unknown')
  await sending(sandbox, eko, ({ accessKey, developerKey, url, fetch }) =>
    run(example('eko-eps/signer').code, { Signer, accessKey, developerKey, url, fetch }),
  )
})

test('no example was left out', () => assert.deepEqual(untouched(), []))
