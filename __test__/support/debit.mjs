// One debit in a process of its own: prints its outcome, or its error's code. Closes nothing, and comes to its end.
import { EkoClient } from 'eko-eps'
import { KEYS } from './server.mjs'

const [baseUrl, journal, clientRefId] = process.argv.slice(2)
const eko = new EkoClient({ ...KEYS, baseUrl, journal })
eko.on('outcome', () => {})
eko.dmt
  .transfer({
    recipientId: '117015428',
    amount: '100',
    customerId: '9000000003',
    otp: '004217',
    otpRefId: '667007109',
    clientRefId,
  })
  .then(
    (result) => process.stdout.write(result.outcome),
    (error) => process.stdout.write(error.code),
  )
