// Sends one debit in a process of its own, and prints its outcome or the code of its error. Closes nothing; the process
// must end by itself.
import { EkoClient } from 'eko-eps'
import { KEYS, TRANSFER } from './server.mjs'

const [baseUrl, journal, clientRefId] = process.argv.slice(2)
const eko = new EkoClient({ ...KEYS, baseUrl, journal })
eko.on('outcome', () => {})
eko.dmt.transfer({ ...TRANSFER, clientRefId }).then(
  (result) => process.stdout.write(result.outcome),
  (error) => process.stdout.write(error.code),
)
