// Calls per second and what a call costs: rounds of fresh processes, one client after the other.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { at } from '../../scripts/paths.mjs'
import { median } from './numbers.mjs'

const exec = promisify(execFile)

/** One client, once. */
export async function once(job) {
  const env = { ...process.env, NODE_ENV: 'production', ...(job.caFile ? { NODE_EXTRA_CA_CERTS: job.caFile } : {}) }
  for (const name of ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'])
    delete env[name]
  const { stdout } = await exec(
    process.execPath,
    [at('benches', 'side-by-side', 'client.mjs'), JSON.stringify({ ...job, caFile: undefined })],
    { env, timeout: 300_000 },
  )
  return JSON.parse(stdout.trim().split('\n').at(-1))
}

/** Rounds over all clients, in alternation; resolves to `{ [client]: [result, ...] }`. */
export async function rounds(clients, count, job, tell = () => {}) {
  const results = Object.fromEntries(clients.map((client) => [client, []]))
  for (let round = 0; round < count; round++) {
    // Every second round backwards, so that none is always the one after the other.
    for (const client of round % 2 === 0 ? clients : clients.toReversed()) {
      const result = await once({ ...job, client })
      results[client].push(result)
      tell(client, round, result)
    }
  }
  return results
}

/** The median over rounds of one figure. */
export function middle(results, figure) {
  return median(results.map((result) => result[figure]))
}

/** The median of the ratios within a round. */
export function ratio(ours, theirs, figure) {
  const length = Math.min(ours.length, theirs.length)
  return median(Array.from({ length }, (_, round) => ours[round][figure] / theirs[round][figure]))
}
