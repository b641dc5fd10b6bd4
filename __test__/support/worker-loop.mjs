// Starts workers that load the module, call, and end in one of three ways: after the answer, by process.exit with calls
// under way, or terminated.
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { KEYS } from './server.mjs'

const WAYS = ['answered', 'exits', 'terminated']

function worker(way, baseUrl) {
  return new Promise((resolve, reject) => {
    const thread = new Worker(fileURLToPath(import.meta.url), { workerData: { way, baseUrl } })
    thread.on('error', reject)
    thread.on('exit', resolve)
    if (way === 'terminated') thread.once('message', () => thread.terminate())
  })
}

// The main thread never loads the module. When no worker is left, only the client's own thread still uses its code.
if (isMainThread) {
  const [baseUrl, total, width] = process.argv.slice(2)
  let started = 0
  let ended = 0
  const lane = async () => {
    while (started < Number(total)) {
      await worker(WAYS[started++ % WAYS.length], baseUrl)
      ended++
    }
  }
  await Promise.all(Array.from({ length: Number(width) }, lane))
  process.stdout.write(`ended ${ended}`)
} else {
  const { EkoClient } = await import('eko-eps')
  const { way, baseUrl } = workerData
  const client = new EkoClient({ ...KEYS, baseUrl })
  const calls = Array.from({ length: 5 }, (_, i) => client.getCustomer({ customerId: String(9_100_000_000 + i) }))
  if (way === 'answered') await Promise.all(calls)
  else if (way === 'exits') process.exit(0)
  else parentPort.postMessage('calling')
}
