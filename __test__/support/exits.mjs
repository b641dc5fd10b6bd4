// Makes a client and a call, or only a client, closes nothing, and comes to its end.
import { EkoClient } from 'eko-eps'
import { KEYS } from './server.mjs'

const [baseUrl, what] = process.argv.slice(2)
const client = new EkoClient({ ...KEYS, baseUrl })
if (what === 'call') {
  client.getCustomer({ customerId: '9111111111' }).then((result) => process.stdout.write(result.outcome))
}
