// The main job in one process: a signature, a customer, a debit with its journal on disk. Prints what it saw as JSON.
const assert = require('node:assert/strict')
const { mkdtempSync, rmSync, readFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')
const { EkoClient, Signer } = require('eko-eps')
const { Sandbox } = require('eko-eps/sandbox')
const portable = require('eko-eps/signer')

const key = { accessKey: 'TEST_ACCESS_KEY_DO_NOT_USE' }
const customerId = '9123456789'

async function main() {
  const golden = new Signer(key).sign(1700000000000)
  assert.equal(new portable.Signer(key).sign(1700000000000), golden)
  const folder = mkdtempSync(join(tmpdir(), 'eko-eps-flow-'))
  const sandbox = await Sandbox.start()
  const file = join(folder, 'journal')
  const eko = new EkoClient({ ...sandbox.credentials, journal: file, resolver: false })
  const first = await eko.getCustomer({ customerId: '9444444444' })
  sandbox.setCustomer(customerId, 'verified')
  const recipient = { recipientName: 'Ravi Nair', recipientMobile: '9000000002', ifsc: 'SBIN0007515' }
  const { recipientId } = await eko.dmt.addRecipient({ customerId, ...recipient, account: '10000000001' })
  const debit = { recipientId, amount: '100', customerId }
  const { otpRefId } = await eko.dmt.sendTransactionOtp(debit)
  const transfer = { ...debit, otp: sandbox.lastOtp(customerId), otpRefId, clientRefId: 'REF-1' }
  const paid = await eko.dmt.transfer(transfer)
  // The journal's refusal is what shows that the debit is written down.
  await assert.rejects(eko.dmt.transfer(transfer), { code: 'reference_used' })
  sandbox.assertNoDoubleDebit()
  const journal = readFileSync(file).subarray(0, 15).toString('latin1')
  await eko.close()
  await sandbox.close()
  rmSync(folder, { recursive: true })
  const [loaded] = Object.keys(require.cache).flatMap((path) => /eko-eps\.(.*)\.node$/.exec(path)?.[1] ?? [])
  const { version, arch } = process
  console.log(JSON.stringify({ version, arch, loaded, golden, customer: first.outcome, debit: paid.outcome, journal }))
}
main()
