// Makes a client with an access key from a file or from text, signs once, and writes a snapshot of JavaScript's memory.
import { readFileSync } from 'node:fs'
import { writeHeapSnapshot } from 'node:v8'
import { EkoClient } from 'eko-eps'

const [how, accessKeyFile, snapshot] = process.argv.slice(2)
const key = how === 'file' ? { accessKeyFile } : { accessKey: readFileSync(accessKeyFile, 'utf8').trimEnd() }
const client = new EkoClient({
  developerKey: 'd',
  initiatorId: '9962981729',
  userCode: '1',
  environment: 'uat',
  ...key,
})
client.prepare('getCustomer', { customerId: '9444444444' })
writeHeapSnapshot(snapshot)
// The client is still used here, so that nothing of it was collected before.
client.prepare('getCustomer', { customerId: '9444444444' })
if (key.accessKey === '') process.exitCode = 1
