// Sends one debit whose listeners throw and reject. Prints what the other listeners got, and which errors the process
// got.
import { EkoClient } from 'eko-eps'
import { KEYS } from './server.mjs'

const [baseUrl, journal] = process.argv.slice(2)
const said = []
process.on('uncaughtException', ({ message }, origin) => said.push(`${message}: ${origin}`))
process.on('unhandledRejection', () => said.push('unhandled'))
const eko = new EkoClient({ ...KEYS, baseUrl, journal, resolver: false })
eko.on('outcome', async () => {
  throw new Error('rejects')
})
eko.on('outcome', () => {
  throw new Error('throws')
})
eko.on('outcome', ({ outcome }) => said.push(outcome))
await eko.dmt.transfer({ recipientId: '1', amount: '100', customerId: '9000000003', otp: '004217', otpRefId: 'x' })
await eko.close()
await new Promise(setImmediate)
process.stdout.write(said.sort().join('; '))
