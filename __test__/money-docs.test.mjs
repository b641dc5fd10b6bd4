// The examples of docs/money.md: they do what is said of them against a sandbox.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { EkoClient } from 'eko-eps'
import { Sandbox } from 'eko-eps/sandbox'
import { examplesOf, run } from './support/examples.mjs'

const { example, untouched } = examplesOf('docs/money.md')
const block = (word) => example(word).code

test('the examples do what docs/money.md says, one after the other', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'eko-eps-docs-'))
  const sandbox = await Sandbox.start()
  context.after(async () => {
    await sandbox.close()
    rmSync(folder, { recursive: true })
  })
  /** The example's client, with the sandbox for production and a folder of ours for its journal. */
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

  // The customer reads the OTP out once it was sent.
  Object.defineProperty(globalThis, 'otp', { configurable: true, get: () => sandbox.lastOtp(customerId) })
  context.after(() => delete globalThis.otp)
  const process = { env: { EKO_DEVELOPER_KEY: sandbox.credentials.developerKey } }
  const first = `${block('const debit = {')}\nreturn { eko, result }`
  const { eko, result } = await run(first, { EkoClient: Here, process, recipientId, customerId })
  context.after(() => eko.close())
  assert.deepEqual([result.outcome, result.clientRefId], ['settled', 'PAY-20260101-0001'])

  const said = (name) => (value) => [name, value]
  const words = ['book', 'tryAgain', 'fail', 'askForRefundOtp', 'inProgress']
  const answers = Object.fromEntries(words.map((word) => [word, said(word)]))
  const choose = (outcome) => run(block('switch (result.outcome)'), { ...answers, result: outcome })
  assert.deepEqual(await choose(result), ['book', result.tid])
  for (const [outcome, word] of Object.entries({
    refunded: 'fail',
    refundPending: 'askForRefundOtp',
    notSent: 'tryAgain',
    pending: 'inProgress',
    indeterminate: 'inProgress',
  }))
    assert.equal((await choose({ outcome }))[0], word)

  // An open debit, which a restart finds, and which ends.
  sandbox.setBank({ outcome: 'pend', afterMs: 30_000 })
  const { otpRefId } = await eko.dmt.sendTransactionOtp({ recipientId, amount: '100', customerId })
  const debit = { recipientId, amount: '100', customerId, otp: globalThis.otp, otpRefId, clientRefId: 'PAY-2' }
  assert.equal((await eko.dmt.transfer(debit)).outcome, 'pending')
  const finished = []
  const payments = {
    finish: async (reference, state, tid) => finished.push([reference, state, typeof tid]),
    inProgress: async (reference) => finished.push([reference, 'in progress', '']),
  }
  await run(block('await eko.unresolved()'), { eko, payments })
  assert.deepEqual(finished.splice(0).sort(), [
    ['PAY-2', 'in progress', ''],
    ['PAY-20260101-0001', 'settled', 'string'],
  ])
  const paged = []
  const told = new Promise((resolve) => eko.on('resolved', resolve))
  await run(block("eko.on('resolved'"), { eko, payments, page: (text) => paged.push(text) })

  // The callback's example, asked by a web server of two lines.
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
  // A contradiction reaches the pager.
  const alarm = new Promise((resolve) => eko.on('alarm', resolve))
  await eko.callbacks.merge({ client_ref_id: 'PAY-2', tid: '1', tx_status: 0 })
  assert.equal((await alarm).reason, 'duplicateObserved')
  assert.match(paged[0], /^PAY-2: duplicateObserved, /)

  // The last example starts a sandbox of its own; nothing has left twice in it.
  const printed = []
  const last = `${block('sandbox.assertNoDoubleDebit()')}\nreturn sandbox`
  const own = await run(last, { Sandbox, console: { log: (value) => printed.push(value) } })
  await own.close()
  assert.deepEqual(printed, [[]])
  sandbox.assertNoDoubleDebit()
  // What is left: a declaration, and a pool that needs a PostgreSQL (__test__/postgres has one).
  assert.deepEqual(
    untouched().map((text) => /interface JournalStore|new PostgresStore/.exec(text)?.[0]),
    ['new PostgresStore', 'interface JournalStore'],
  )
})
