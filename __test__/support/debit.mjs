// One debit in a process of its own: prints its outcome, or its error's code. Closes nothing, and comes to its end.
import { EkoClient } from 'eko-eps'
import { KEYS, TRANSFER } from './server.mjs'

const [baseUrl, journal, clientRefId] = process.argv.slice(2)
const eko = new EkoClient({ ...KEYS, baseUrl, journal })
eko.on('outcome', () => {})
eko.dmt.transfer({ ...TRANSFER, clientRefId }).then(
  (result) => process.stdout.write(result.outcome),
  (error) => process.stdout.write(error.code),
)
