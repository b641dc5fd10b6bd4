// Makes copies of the package's JavaScript that nothing keeps, in a process or thread of its own. Usage: `node
// --expose-gc copies.mjs <address> <how>`.
import { setTimeout as sleep } from 'node:timers/promises'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { copy, copyInRealm } from './copy.mjs'
import { KEYS } from './server.mjs'

const [baseUrl, how] = isMainThread ? process.argv.slice(2) : workerData
const OPTIONS = { ...KEYS, baseUrl, resolver: false }
let next = 9_200_000_035

// The first copy stays in memory, because Node keeps the module that has loaded the native module.
copy()

/** Makes a call whose copy is dropped before the answer comes. Only the promise is kept. */
function dropped(make) {
  const { EkoClient } = make()
  const customerId = String(next++)
  const call = new EkoClient(OPTIONS).getCustomer({ customerId })
  return { copy: new WeakRef(EkoClient), done: call.then((result) => result.otpRefId === customerId) }
}

async function collected(copies) {
  for (let round = 0; round < 100; round += 1) {
    globalThis.gc()
    await sleep(10)
    if (copies.every((one) => one.deref() === undefined)) return true
  }
  return false
}

/** Makes three copies with one call each. The copies are collected while the calls are under way. */
async function once() {
  const all = [dropped(copy), dropped(copyInRealm), dropped(copyInRealm)]
  globalThis.gc()
  await sleep(0)
  globalThis.gc()
  const answers = await Promise.all(all.map(({ done }) => done))
  // The cache of `require` holds the newest copy, so a newer one takes its place.
  copy()
  return { answers, copies: all.map((one) => one.copy) }
}

function thread() {
  const worker = new Worker(new URL(import.meta.url), { workerData: [baseUrl, 'thread'] })
  return new Promise((resolve, reject) => {
    worker.once('exit', resolve)
    worker.once('error', reject)
  })
}

const WAYS = {
  /** Prints whether the calls of dropped copies get their own answers, and whether the copies are then collected. */
  async dropped() {
    const { answers, copies } = await once()
    console.log(answers.join(), (await collected(copies)) ? 'collected' : 'kept')
  },
  /** Keeps nothing of a sandbox but its address. */
  async sandbox() {
    const address = async () => (await copyInRealm('sandbox.js').Sandbox.start()).baseUrl
    const baseUrl = await address()
    for (let round = 0; round < 20; round += 1) {
      globalThis.gc()
      await sleep(10)
    }
    console.log((await fetch(baseUrl)).status < 500 ? 'runs' : 'fails')
    process.exit()
  },
  /** Closes no client and has listeners that wait for events. The process must still end. */
  async open() {
    const clients = [copy, copyInRealm, copy].map((make) => new (make().EkoClient)(OPTIONS))
    for (const client of clients) client.on('outcome', () => {})
    const results = await Promise.all(clients.map((client) => client.getCustomer({ customerId: String(next++) })))
    console.log(results.map(({ outcome }) => outcome).join())
  },
  /** Ends threads whose copies are dropped, wait, or have calls under way. */
  async threads() {
    for (let round = 0; round < 10; round += 1) await Promise.all([thread(), thread()])
    console.log('ended')
  },
  async thread() {
    const { copies } = await once()
    await collected(copies)
    const { EkoClient } = copyInRealm()
    for (const make of [copy, copyInRealm])
      void new (make().EkoClient)(OPTIONS).getCustomer({ customerId: '9000000000' })
    await new EkoClient(OPTIONS).getCustomer({ customerId: String(next++) })
    process.exit()
  },
}

await WAYS[how]()
