// Makes a client, with a call or without one, and closes nothing. The process must end by itself.
import { EkoClient } from 'eko-eps'
import { KEYS } from './server.mjs'

const [baseUrl, what] = process.argv.slice(2)
const client = new EkoClient({ ...KEYS, baseUrl })
if (what === 'call') {
  client.getCustomer({ customerId: '9111111111' }).then((result) => process.stdout.write(result.outcome))
}
