// Makes a client with an access key from a file or from text, signs, and waits before and after it is closed. Each line
// on stdin lets it continue. The key itself is in no argument and no variable of the environment.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { EkoClient } from 'eko-eps'

const [how, accessKeyFile] = process.argv.slice(2)
const key = how === 'file' ? { accessKeyFile } : { accessKey: readFileSync(accessKeyFile, 'utf8').trimEnd() }
const eko = new EkoClient({ developerKey: 'd', initiatorId: '9962981729', userCode: '1', environment: 'uat', ...key })
eko.prepare('getCustomer', { customerId: '9444444444' })
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
process.stdout.write('open\n')
await lines.next()
await eko.close()
process.stdout.write('closed\n')
await lines.next()
// The key is still used here, so that nothing of it was collected before.
if (key.accessKey === '') process.exitCode = 1
process.exit()
