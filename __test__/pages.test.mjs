// Tests that the examples of the pages in docs do what the pages say. docs/guides/money.md has a test file of its own.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { EkoClient } from 'eko-eps'
import { diagnose } from 'eko-eps/doctor'
import { Sandbox } from 'eko-eps/sandbox'
import { Signer } from 'eko-eps/signer'
import { WebCryptoSigner } from 'eko-eps/signer/webcrypto'
import { at, json, root } from '../scripts/paths.mjs'
import { node } from './support/child.mjs'
import { EXAMPLES, examplesOf, run } from './support/examples.mjs'
import { sending } from './support/sending.mjs'

const pages = Object.fromEntries(
  ['guides/doctor', 'evidence/runtimes', 'guides/sandbox', 'guides/signer'].map((name) => [
    name.split('/')[1],
    examplesOf(`docs/${name}.md`),
  ]),
)
let sandbox
let eko

before(async () => {
  sandbox = await Sandbox.start()
  eko = new EkoClient({ ...sandbox.credentials, journal: { off: 'a-debit-may-leave-twice' }, resolver: false })
})
after(async () => {
  await eko.close()
  await sandbox.close()
})

test('docs/guides/signer.md: requests of both signers are accepted', async () => {
  const { example } = pages.signer
  await sending(sandbox, eko, (given) => run(example('new Signer(').code, { ...given, Signer }))
  await sending(sandbox, eko, (given) => run(example('new WebCryptoSigner(').code, { ...given, WebCryptoSigner }))
})

test('docs/guides/doctor.md: the diagnosis matches the comments', async () => {
  const { code } = pages.doctor.example('diagnose({')
  const [{ accessKey, timestamp, secretKey }] = json('__test__', 'vectors.json').secretKey
  const value = new Signer({ accessKey }).requestHash(timestamp, ['151627591', '50', '20810200'])
  const given = { diagnose, accessKey, developerKey: 'a developer key', value }
  const { ok, expected, findings } = await run(`${code}\nreturn { ok, expected, findings }`, given)
  assert.equal(ok, false)
  assert.deepEqual(expected, { timestamp: String(timestamp), secretKey, requestHash: value })
  const [found] = findings.filter(({ code }) => code === 'key_raw')
  const [, names] = /findings: \[\{ code: 'key_raw', about: 'access_key', (.+?) \}\]/.exec(code)
  assert.deepEqual(Object.keys(found), ['code', 'about', ...names.split(', ')])
  assert.equal(found.about, 'access_key')
})

test('docs/evidence/runtimes.md has the tested Next configuration', async () => {
  const { text } = pages.runtimes.example('outputFileTracingIncludes')
  const { default: shown } = await import(`data:text/javascript,${encodeURIComponent(text)}`)
  const used = readFileSync(at('__test__', 'bundlers', 'next', 'next.config.mjs'), 'utf8')
  const [, external] = /^const external = (\{[\s\S]+?\n\})$/m.exec(used)
  assert.deepEqual(shown, await run(`return ${external}`, {}))
})

test('docs/guides/sandbox.md: first example verifies a customer', async () => {
  const { text } = pages.sandbox.example('sandbox.close()')
  const { code, stdout, stderr } = await node(['--input-type=module', '--eval', text], { cwd: root })
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  assert.equal(stdout.trim(), /console\.log\(.+\/\/ '(.+)'/.exec(text)[1])
})

test('docs/guides/sandbox.md: bank and script examples work', async () => {
  const { example } = pages.sandbox
  await run(example('sandbox.setBank({').code, { sandbox })
  await run(example("sandbox.script('getCustomer', 'notEnrolled')").code, { sandbox })
  const call = () => eko.getCustomer({ customerId: '9444444444' })
  assert.equal((await call()).outcome, 'notEnrolled')
  assert.equal((await call()).outcome, 'notEnrolled', 'its own answer, late')
  assert.equal((await call()).outcome, 'found')
  sandbox.clearScripts()
  sandbox.setBank('settle')
})

test('docs/guides/sandbox.md: the ledger shows an unanswered debit', async () => {
  const { example } = pages.sandbox
  const customerId = '9123456789'
  sandbox.setCustomer(customerId, 'verified')
  const person = { recipientName: 'Ravi Nair', recipientMobile: '9000000002', ifsc: 'SBIN0007515', account: '1000001' }
  const { recipientId } = await eko.dmt.addRecipient({ customerId, ...person })
  const payOut = async (amount) => {
    const { otpRefId } = await eko.dmt.sendTransactionOtp({ recipientId, amount, customerId })
    const otp = sandbox.lastOtp(customerId)
    return eko.dmt.transfer({ recipientId, amount, customerId, otp, otpRefId, clientRefId: 'REF-1' })
  }
  await run(example('await payOut(order)').code, { sandbox, payOut, order: '100' })
  const { code } = example('sandbox.ledger()')
  const shown = await run(
    `return ${code
      .match(/^\/\/ (.+)$/gm)
      .map((line) => line.slice(3))
      .join('\n')}`,
    {},
  )
  const [line, ...more] = sandbox.ledger()
  assert.deepEqual(more, [])
  // The tid and the time are set when the debit is booked, so they are taken from the result.
  assert.deepEqual({ ...line, tid: shown[0].tid, bookedAt: shown[0].bookedAt }, shown[0])
  await run(code, { sandbox })
})

test('docs/guides/sandbox.md: a lost request ends as notSent', async (context) => {
  const own = await Sandbox.start()
  const helper = new EkoClient({ ...own.credentials, resolver: false })
  const alive = setInterval(() => {}, 1000)
  let client
  context.after(async () => {
    clearInterval(alive)
    for (const one of [client, helper, own]) await one?.close()
  })
  const customerId = '9123456789'
  own.setCustomer(customerId, 'verified')
  const person = { recipientName: 'Ravi Nair', recipientMobile: '9000000002', ifsc: 'SBIN0007515', account: '1000001' }
  const { recipientId } = await helper.dmt.addRecipient({ customerId, ...person })
  const { otpRefId } = await helper.dmt.sendTransactionOtp({ recipientId, amount: '100', customerId })
  const debit = { recipientId, amount: '100', customerId, otp: own.lastOtp(customerId), otpRefId }
  class Here extends EkoClient {
    constructor(options) {
      super(options)
      client = this
    }
  }
  const { code } = pages.sandbox.example("console.log(outcome)) // 'notSent'")
  let print
  const printed = new Promise((resolve) => {
    print = resolve
  })
  const scope = { Sandbox: { start: async () => own }, EkoClient: Here, debit, console: { log: print } }
  const lost = await run(`${code}\nreturn lost`, scope)
  assert.equal(lost.outcome, 'indeterminate')
  assert.equal(await printed, 'notSent')
})

test('no example was left out', () => {
  for (const [name, { untouched }] of Object.entries(pages)) assert.deepEqual(untouched(), [], name)
  const others = EXAMPLES.filter(({ file }) => !(file.replace(/^docs\/\w+\/|\.md$/g, '') in pages))
  assert.deepEqual([...new Set(others.map(({ file }) => file))], ['README.md', 'docs/guides/money.md'])
})
