// Tests that the examples of docs/guides/money.md do against a sandbox what the page says.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { EkoClient, EkoError } from 'eko-eps'
import { Sandbox } from 'eko-eps/sandbox'
import { examplesOf, run } from './support/examples.mjs'

const { example, untouched } = examplesOf('docs/guides/money.md')
const block = (word) => example(word).code

test('the examples of docs/guides/money.md do as the page says', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'eko-eps-docs-'))
  const sandbox = await Sandbox.start()
  // Listeners for events do not keep the process alive, and this test waits for events.
  const alive = setInterval(() => {}, 1000)
  context.after(async () => {
    clearInterval(alive)
    await sandbox.close()
    rmSync(folder, { recursive: true })
  })
  /** The client of the example, with the sandbox as production and the journal in a folder of this test. */
  class Here extends EkoClient {
    constructor({ environment, accessKeyFile, developerKey, initiatorId, journal }) {
      assert.deepEqual([environment, typeof accessKeyFile, initiatorId.length], ['production', 'string', 10])
      assert.equal(developerKey, sandbox.credentials.developerKey)
      super({ ...sandbox.credentials, journal: join(folder, journal.split('/').at(-1)) })
    }
  }
  const customerId = '9123456789'
  sandbox.setCustomer(customerId, 'verified')
  const helper = new EkoClient({ ...sandbox.credentials, journal: join(folder, 'helper'), resolver: false })
  const person = {
    recipientName: 'Ravi Nair',
    recipientMobile: '9000000002',
    ifsc: 'SBIN0007515',
    account: '10000000001',
  }
  const { recipientId } = await helper.dmt.addRecipient({ customerId, ...person })
  await helper.close()

  // The customer reads out the OTP that was sent last.
  Object.defineProperty(globalThis, 'otp', { configurable: true, get: () => sandbox.lastOtp(customerId) })
  context.after(() => delete globalThis.otp)
  const process = { env: { EKO_DEVELOPER_KEY: sandbox.credentials.developerKey } }
  const first = `${block('const debit = {')}\nreturn { eko, result }`
  const { eko, result } = await run(first, { EkoClient: Here, process, recipientId, customerId })
  context.after(() => eko.close())
  assert.deepEqual([result.outcome, result.clientRefId], ['settled', 'PAY-20260101-0001'])

  const said = (name) => (value) => [name, value]
  const words = ['book', 'tryAgain', 'fail', 'askForRefundOtp', 'replace', 'inProgress']
  const answers = Object.fromEntries(words.map((word) => [word, said(word)]))
  const choose = (outcome) => run(block('switch (result.outcome)'), { ...answers, result: outcome })
  assert.deepEqual(await choose(result), ['book', result.tid])
  for (const [outcome, word] of Object.entries({
    refunded: 'fail',
    refundPending: 'askForRefundOtp',
    notSent: 'replace',
    declined: 'fail',
    pending: 'inProgress',
    indeterminate: 'inProgress',
  }))
    assert.equal((await choose({ outcome, reusable: false }))[0], word)
  for (const outcome of ['notSent', 'declined'])
    assert.equal((await choose({ outcome, reusable: true }))[0], 'tryAgain')

  // A debit that is open, is found after a restart, and then ends.
  sandbox.setBank({ outcome: 'pend', afterMs: 30_000 })
  const { otpRefId } = await eko.dmt.sendTransactionOtp({ recipientId, amount: '100', customerId })
  const debit = { recipientId, amount: '100', customerId, otp: globalThis.otp, otpRefId, clientRefId: 'PAY-2' }
  assert.equal((await eko.dmt.transfer(debit)).outcome, 'pending')
  const finished = []
  const payments = {
    finish: async (reference, state, tid) => finished.push([reference, state, typeof tid]),
    inProgress: async (reference) => finished.push([reference, 'in progress', '']),
  }
  await run(block('for await (const debit of eko.unresolved())'), { eko, payments })
  assert.deepEqual(finished.splice(0).sort(), [
    ['PAY-2', 'in progress', ''],
    ['PAY-20260101-0001', 'settled', 'string'],
  ])
  const paged = []
  const told = new Promise((resolve) => eko.on('resolved', resolve))
  await run(block("eko.on('resolved'"), { eko, payments, page: (text) => paged.push(text) })

  // The example of the callback is called by a web server that this object imitates.
  const routes = []
  const app = { post: (path, parser, handler) => routes.push({ path, parser, handler }) }
  await run(block('app.post('), { eko, app, express: { text: ({ type }) => type } })
  assert.deepEqual([routes[0].path, routes[0].parser], ['/eko/callback', '*/*'])
  sandbox.advance(30_000)
  const answered = []
  await routes[0].handler(
    { body: JSON.stringify(sandbox.callbacks()[0]) },
    { sendStatus: (status) => answered.push(status) },
  )
  assert.deepEqual(answered, [200])
  await told
  assert.deepEqual(finished, [['PAY-2', 'settled', 'string']])
  await new Promise((resolve) => setImmediate(resolve))
  // A callback raises no alarm, whatever it says. EPS is asked, and answers as before.
  assert.equal((await eko.callbacks.merge({ client_ref_id: 'PAY-2', tid: '1', tx_status: 1 })).outcome, 'settled')
  assert.deepEqual(paged, [])
  // A contradiction is reported to the pager, and stays listed until a person has acknowledged it.
  const transfer = async (client, clientRefId, options) => {
    const parties = { recipientId, amount: '100', customerId }
    const { otpRefId } = await client.dmt.sendTransactionOtp(parties)
    const payment = { ...parties, otp: globalThis.otp, otpRefId, clientRefId }
    return options === undefined
      ? client.dmt.transfer(payment)
      : run(options.code, { ...options.scope, eko: client, payment })
  }
  sandbox.setBank('settle')
  sandbox.script('dmt.transfer', { fault: 'otherReference' })
  const alarm = new Promise((resolve) => eko.on('alarm', resolve))
  assert.equal((await transfer(eko, 'PAY-3')).outcome, 'indeterminate')
  assert.equal((await alarm).reason, 'contradiction')
  assert.match(paged.splice(0)[0], /^PAY-3: contradiction, /)
  await run(block('eko.alarms()'), { eko, page: (text) => paged.push(text) })
  assert.match(paged[0], /^PAY-3: contradiction, /)
  assert.deepEqual(await eko.alarms().toArray(), [])

  // A person declares the end of two debits, and one of them is replaced. No resolver asks about them meanwhile.
  const quiet = new EkoClient({ ...sandbox.credentials, journal: join(folder, 'quiet'), resolver: false })
  context.after(() => quiet.close())
  for (const fault of ['closeBeforeWork', 'closeAfterWork']) {
    sandbox.script('dmt.transfer', { fault })
    assert.equal((await transfer(quiet, `PAY-${fault}`)).outcome, 'indeterminate')
  }
  const [one, other] = await quiet.unresolved().toArray()
  await run(block('declareNotSent('), { eko: quiet, one, other })
  const [spent, settled] = await quiet.unresolved().toArray()
  assert.deepEqual([spent.outcome, spent.spent, spent.reusable, spent.declared], ['notSent', true, false, true])
  assert.deepEqual([settled.outcome, settled.tid, settled.declared], ['settled', '12971397', true])
  await assert.rejects(transfer(quiet, spent.reference), { code: 'reference_used', sentByThisCall: false })
  const retry = { code: `${block('retryOf: spent.reference')}\nreturn again`, scope: { spent } }
  assert.equal((await transfer(quiet, 'unused', retry)).outcome, 'settled')

  // Two examples follow: a new account with a known reference, and a payment whose journal cannot be read.
  const options = []
  /** Records the options that it is given. */
  class Kept {
    constructor(given) {
      options.push(given)
    }
  }
  await run(block('knownReferences:'), { EkoClient: Kept, keys: {} })
  assert.deepEqual(Object.keys(options[0].knownReferences), ['dmt.transfer'])
  const lost = new EkoClient({ ...sandbox.credentials, journal: join(folder, 'nowhere', 'journal'), resolver: false })
  context.after(() => lost.close())
  finished.length = 0
  await transfer(lost, 'PAY-4', {
    code: block("'journal.unavailable'"),
    scope: { payments, EkoError, handle: assert.fail },
  })
  assert.deepEqual(finished, [['PAY-4', 'in progress', '']])

  // The last example starts a sandbox of its own, in which nothing was sent twice.
  const printed = []
  const last = `${block('sandbox.assertNoDoubleDebit()')}\nreturn sandbox`
  const own = await run(last, { Sandbox, console: { log: (value) => printed.push(value) } })
  await own.close()
  assert.deepEqual(printed, [[]])
  sandbox.assertNoDoubleDebit()
  // Two examples are left: an interface, and a pool that needs PostgreSQL (__test__/postgres tests it).
  assert.deepEqual(
    untouched().map((text) => /interface JournalStore|new PostgresStore/.exec(text)?.[0]),
    ['new PostgresStore', 'interface JournalStore'],
  )
})
