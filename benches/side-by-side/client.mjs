// Runs one HTTP client in its own process: `node client.mjs
// '{"client","origin","inFlight","warmUpMs","measureMs"}'`. With `calls` instead of the two times, it makes this number
// of calls. It prints its result as one line of JSON.
import { readFileSync } from 'node:fs'
import { CLIENTS } from './clients.mjs'
import { account, right } from './work.mjs'

const { client, origin, ca, inFlight, warmUpMs = 0, measureMs, calls } = JSON.parse(process.argv[2])
/**
 * Maximum number of accounts in use at the same time. The workers (loops that make one call after another) share them.
 */
const ACCOUNTS = 8
/**
 * Number of calls after which a new account replaces an account. Timestamps may be at most 60,000 ms ahead of the
 * clock, so a fast client could use up those of one developer key.
 */
const CALLS_PER_ACCOUNT = 40_000

const makeCall = await CLIENTS[client]({ origin, ca, connections: inFlight })
let accounts = 0
let begun = 0
let done = 0
/**
 * Latencies of the measured calls, in milliseconds. The array is longer than any run needs; the unused part takes no
 * physical memory.
 */
const latencies = new Float64Array(2 ** 20)
let recorded = 0
let measuring = false
let stop = false
let failed = 0
let firstError

/** Returns the CPU time of the main thread in microseconds, or `NaN` if the system does not report it. */
function mainThreadUs() {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ', 1)[0]) / 1000
  } catch {
    return Number.NaN
  }
}

function slot() {
  return { call: makeCall(account(accounts++)), left: CALLS_PER_ACCOUNT }
}

const slots = Array.from({ length: Math.min(inFlight, ACCOUNTS) }, slot)

async function worker(_, index) {
  const mine = index % slots.length
  while (!stop) {
    if (calls !== undefined && begun >= calls) return
    begun++
    if (slots[mine].left-- === 0) slots[mine] = slot()
    const { call } = slots[mine]
    const started = performance.now()
    try {
      if (!right(await call())) throw new Error('the outcome is not the one that the server sent')
      done++
      if (measuring && recorded < latencies.length) latencies[recorded++] = performance.now() - started
    } catch (error) {
      failed++
      firstError ??= String(error?.message ?? error)
    }
  }
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function state() {
  const { userCPUTime, systemCPUTime } = process.resourceUsage()
  return { at: performance.now(), done, cpuUs: userCPUTime + systemCPUTime, mainUs: mainThreadUs() }
}

function quantile(sorted, q) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]
}

const workers = Array.from({ length: inFlight }, worker)
if (calls === undefined) await sleep(warmUpMs)
const from = state()
measuring = true
if (calls === undefined) {
  await sleep(measureMs)
  stop = true
} else {
  await Promise.all(workers)
}
const to = state()
const rssMb = process.memoryUsage.rss() / 2 ** 20
measuring = false
if (recorded === 0) throw new Error(`${client}: no call succeeded: ${firstError}`)
const sorted = latencies.subarray(0, recorded).sort()
const count = to.done - from.done
const result = {
  callsPerSecond: (count * 1000) / (to.at - from.at),
  p50Ms: quantile(sorted, 0.5),
  p99Ms: quantile(sorted, 0.99),
  cpuSecondsPer100k: (to.cpuUs - from.cpuUs) / count / 10,
  mainUsPerCall: (to.mainUs - from.mainUs) / count,
  rssMb,
  count,
  failed,
  firstError,
}
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0))
