// A thread that signs `count` headers, with each of `keys` in turn.
import { parentPort, workerData } from 'node:worker_threads'
import { Signer } from 'eko-eps'

const { keys, count } = workerData
const signers = keys.map((developerKey) => new Signer({ accessKey: `access-of-${developerKey}`, developerKey }))
const stamps = Object.fromEntries(keys.map((key) => [key, []]))
let lead = 0
for (let round = 0; round < count; round++) {
  const index = round % keys.length
  const timestamp = Number(signers[index].headers()['secret-key-timestamp'])
  lead = Math.max(lead, Math.abs(timestamp - Date.now()))
  stamps[keys[index]].push(timestamp)
}
parentPort.postMessage({ stamps, lead })
