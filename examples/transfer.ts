// Sends money in the sandbox, from the recipient to the outcome. It needs no credentials.
// With real keys, only the options of the client change. Node 22.18 and newer run it without a build step.
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EkoClient } from 'eko-eps'
import { Sandbox } from 'eko-eps/sandbox'

const customerId = '9123456789'

const sandbox = await Sandbox.start()
sandbox.setCustomer(customerId, 'verified')
// The journal records each debit before it is sent. A real program keeps this file on a local disk.
const journal = join(tmpdir(), `eko-eps-example-${process.pid}.sqlite`)
const eko = new EkoClient({ ...sandbox.credentials, journal })

const recipient = await eko.dmt.addRecipient({
  customerId,
  recipientMobile: '9000000004',
  recipientName: 'Ravi Nair',
  ifsc: 'SBIN0000001',
  account: '10000000001',
})
if (recipient.outcome !== 'added') throw new Error(`no recipient: ${recipient.outcome}`)
const { recipientId } = recipient

const sent = await eko.dmt.sendTransactionOtp({ recipientId, amount: '100', customerId })
if (sent.outcome !== 'otpSent') throw new Error(`no OTP: ${sent.outcome}`)
const otp = sandbox.lastOtp(customerId)
if (otp === undefined) throw new Error('the sandbox has sent no OTP')

const debit = await eko.dmt.transfer({
  recipientId,
  amount: '100',
  customerId,
  otp,
  otpRefId: sent.otpRefId,
  // Your own reference. Store it with the order before you send: it finds the debit again after a crash.
  clientRefId: 'ORDER-17',
})
switch (debit.outcome) {
  case 'settled':
    console.log(`settled: tid ${debit.tid}, amount ${debit.amount}, fee ${debit.fee}`)
    break
  case 'declined':
    console.log(`declined: ${debit.reason}; no money has moved`)
    break
  case 'refunded':
    console.log('refunded: the money is back')
    break
  case 'notSent':
    console.log(`not sent: ${debit.error?.message}`)
    break
  case 'pending':
  case 'refundPending':
  case 'indeterminate':
    console.log(`open (${debit.outcome}): the resolver asks EPS; do not send it again`)
}
await eko.close()
await sandbox.close()
