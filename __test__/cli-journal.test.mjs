// Tests of `eko-eps journal restored`, which declares a journal restored from a backup without a program of the user.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { EkoClient } from 'eko-eps'
import { Sandbox } from 'eko-eps/sandbox'

const customerId = '9123456789'
const recipient = {
  recipientName: 'Ravi Nair',
  recipientMobile: '9000000002',
  ifsc: 'SBIN0007515',
  account: '10000000001',
}
const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url))
const run = (...args) => spawnSync(process.execPath, [cli, 'journal', ...args], { encoding: 'utf8' })

test('sends again after a journal is declared restored', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'eko-cli-journal-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const journal = join(folder, 'journal')
  const sandbox = await Sandbox.start()
  t.after(() => sandbox.close())
  sandbox.setCustomer(customerId, 'verified')
  let recipientId
  const send = async (clientRefId) => {
    const eko = new EkoClient({ ...sandbox.credentials, journal, resolver: false })
    try {
      recipientId ??= (await eko.dmt.addRecipient({ customerId, ...recipient })).recipientId
      const debit = { recipientId, amount: '100', customerId }
      const { otpRefId } = await eko.dmt.sendTransactionOtp(debit)
      return await eko.dmt.transfer({ ...debit, otp: sandbox.lastOtp(customerId), otpRefId, clientRefId })
    } finally {
      await eko.close()
      // The journal's threads close the file a moment later. Then the `-wal` file is gone.
      for (let tries = 0; existsSync(`${journal}-wal`) && tries < 500; tries++) await setTimeout(10)
    }
  }
  assert.equal((await send('BEFORE-1')).outcome, 'settled')
  copyFileSync(journal, join(folder, 'copy'))
  assert.equal((await send('LATER-1')).outcome, 'settled')
  for (const end of ['-wal', '-shm']) rmSync(`${journal}${end}`, { force: true })
  copyFileSync(join(folder, 'copy'), journal)
  await assert.rejects(send('LATER-2'), { code: 'journal.behind', sentByThisCall: false })

  const unsure = run('restored', journal)
  assert.equal(unsure.status, 2)
  assert.match(unsure.stderr, /ask EPS which debits were sent after/)
  const declared = run('restored', journal, '--i-have-asked-eps')
  assert.equal(declared.status, 0, declared.stderr)
  assert.equal((await send('LATER-2')).outcome, 'settled')
  // For a day after the restore, a reference of the caller's own is sent only if EPS proves that it does not have it.
  await assert.rejects(send('LATER-1'), { code: 'journal.behind' })
})

test('it makes no journal, and names a mistake on its command line', () => {
  const missing = run('restored', join(tmpdir(), 'eko-cli-no-such-journal'), '--i-have-asked-eps')
  assert.equal(missing.status, 1)
  assert.match(missing.stderr, /journal/)
  assert.equal(run('forget', 'x').status, 2)
  assert.equal(run('--help').status, 0)
})
