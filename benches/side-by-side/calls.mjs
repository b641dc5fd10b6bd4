// Measures calls per second and the cost of a call. Each client runs in a new process, one client after the other, and
// all clients run again in each round.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { at } from '../../scripts/paths.mjs'
import { median } from './numbers.mjs'

const exec = promisify(execFile)

/** Runs one client in a new process, and resolves to its result. */
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

/** Runs all clients in each of `count` rounds. Resolves to `{ [client]: [result, ...] }`, one result for each round. */
export async function rounds(clients, count, job, tell = () => {}) {
  const results = Object.fromEntries(clients.map((client) => [client, []]))
  for (let round = 0; round < count; round++) {
    // Every second round goes backwards, so that a client does not always run after the same other client.
    for (const client of round % 2 === 0 ? clients : clients.toReversed()) {
      const result = await once({ ...job, client })
      results[client].push(result)
      tell(client, round, result)
    }
  }
  return results
}

/** Returns the median of one figure over all rounds. */
export function middle(results, figure) {
  return median(results.map((result) => result[figure]))
}

/** Divides our figure by the other client's figure in each round, and returns the median of these ratios. */
export function ratio(ours, theirs, figure) {
  const length = Math.min(ours.length, theirs.length)
  return median(Array.from({ length }, (_, round) => ours[round][figure] / theirs[round][figure]))
}
