// Tests of two machines with one PostgreSQL: each leases its own lanes, and no two sign the same millisecond.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { PostgresStore } from 'eko-eps/postgres'
import { bank, harmed, MS, PROCESSES, start as run } from '../support/stamp-bank.mjs'
import { Pool, start } from './server/server.mjs'

/**
 * Time in milliseconds by which the processes outlive the measurement: both machines must still run while their shares
 * are read.
 */
const PATIENCE_MS = 6_000

let postgres
let pool

before(async () => {
  postgres = await start()
  pool = new Pool(postgres.connection)
  await new PostgresStore(pool).migrate()
})
after(async () => {
  await pool?.end()
  await postgres?.stop()
})

/** Returns how many lanes each machine holds, the smallest number first, and checks that no lane has two holders. */
async function lanes() {
  const { rows } = await pool.query("SELECT entry FROM eko_eps_journal WHERE kind = 'lease'")
  assert.equal(rows.length, 1)
  const { holders } = JSON.parse(rows[0].entry)
  const all = holders.reduce((bits, holder) => bits | BigInt(holder.lanes), 0n)
  const counts = holders.map((holder) => [...holder.lanes.toString(2)].filter((bit) => bit === '1').length)
  assert.equal(
    [...all.toString(2)].filter((bit) => bit === '1').length,
    counts.reduce((sum, count) => sum + count, 0),
    "no lane is two machines'",
  )
  return counts.sort((one, other) => one - other)
}

test('two machines sign no timestamp twice, one process killed', async (t) => {
  const eps = await bank(t)
  const machines = [1, 2].map(() => mkdtempSync(join(tmpdir(), 'eko-machine-')))
  t.after(() => {
    for (const folder of machines) rmSync(folder, { recursive: true, force: true })
  })
  const options = (stampFolder) => ({ baseUrl: eps.baseUrl, postgres: postgres.connection, stampFolder })
  // The second machine comes later. By then the first one signs in all lanes.
  const all = []
  for (const stampFolder of machines) {
    for (let count = 0; count < PROCESSES / 2; count++)
      all.push(run({ ...options(stampFolder), ms: MS * 2 + PATIENCE_MS }))
    await new Promise((resolve) => setTimeout(resolve, 1_000))
  }
  await new Promise((resolve) => setTimeout(resolve, MS / 2))
  const killed = all.shift()
  killed.child.kill('SIGKILL')
  all.push(run({ ...options(machines[0]), ms: MS }))
  await new Promise((resolve) => setTimeout(resolve, MS / 2))
  // Each machine reads the table of lanes once a second, later if it is busy. The first one gives lanes back when it
  // sees the second one.
  const until = Date.now() + PATIENCE_MS
  let shares
  do {
    await new Promise((resolve) => setTimeout(resolve, 100))
    shares = (await lanes()).join(' and ')
  } while (shares !== '10 and 10' && Date.now() < until)
  assert.equal(shares, '10 and 10', 'and a part is left for a third one')
  const ends = await Promise.all(all.map(({ ended }) => ended))
  assert.deepEqual([...new Set(ends.map(({ code }) => code))], [0])
  t.diagnostic(`${eps.requests} requests, ${eps.again} timestamps again, ${eps.lead} ms ahead at most`)
  assert.deepEqual({ again: eps.again, harmed: harmed(ends) }, { again: 0, harmed: [] })
})
