// A process that calls at random moments: `many-stamps.mjs OPTIONS`, with options as JSON. Prints the results of its
// calls, and by how many milliseconds its timestamps were ahead of the clock.
import { EkoClient } from 'eko-eps'
import { PostgresStore } from 'eko-eps/postgres'
import { KEYS, TRANSFER } from './server.mjs'

const { baseUrl, each, ms, burst = 0, lane, stampFolder, postgres } = JSON.parse(process.argv[2])
const { Pool } = postgres ? await import('../postgres/server/server.mjs') : {}
const pool = Pool && new Pool({ ...postgres, max: 4 })
const journal = pool ? { store: new PostgresStore(pool) } : { off: 'a-debit-may-leave-twice' }
const client = new EkoClient({ ...KEYS, baseUrl, lane, stampFolder, journal })
// The first debit waits until the machine has its lanes.
if (pool) await client.dmt.transfer(TRANSFER)
const read = { customerId: '9444444444' }

// Signs until the timestamps are far ahead of the clock. Nothing of this is sent.
let lead = 0
for (let count = 0; count < burst; count++) {
  const { headers } = client.prepare('getCustomer', read)
  lead = Number(headers['secret-key-timestamp']) - Date.now()
}
if (burst > 0) console.log(JSON.stringify({ burst, lead }))

const counts = {}
const count = (what) => {
  counts[what] = (counts[what] ?? 0) + 1
}
const calls = []
const end = Date.now() + ms
for (let at = 0; Date.now() < end; at++) {
  const call = at % 2 ? client.dmt.transfer(TRANSFER) : client.getCustomer(read)
  calls.push(
    call.then(
      ({ outcome, meta, error }) => count(`${outcome} ${meta?.attempts ?? error?.code}`),
      ({ code }) => count(code),
    ),
  )
  await new Promise((resolve) => setTimeout(resolve, (-Math.log(1 - Math.random()) * 1000) / each))
}
await Promise.all(calls)
await client.close()
await pool?.end()
console.log(JSON.stringify(counts))
