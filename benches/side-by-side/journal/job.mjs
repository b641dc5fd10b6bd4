// Measures one way to make debits, in its own process: `node job.mjs
// '{"who","origin","file","inFlight","warmUpMs","measureMs"}'`. Prints the result as one line of JSON. With `waits`, it
// prints `ready` after the warm-up, and starts the measurement when it gets data on its standard input.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { beside } from './beside.mjs'
import { DEBITS } from './debits.mjs'

const job = JSON.parse(process.argv[2])
const { who, inFlight, warmUpMs, measureMs, read, gapMs = 0 } = job
const made = await DEBITS[who](job)
const { debit } = made
const PATIENCE_MS = 20_000
const latencies = new Float64Array(2 ** 20)
let [begun, done, recorded, failed] = [0, 0, 0, 0]
let [measuring, stop] = [false, false]
let firstError

/**
 * Makes a read with the same client and over the same connection, to compare its time with that of a debit. The workers
 * expect `settled`, so `found` becomes `settled`.
 */
async function reading() {
  const { eko } = made.slots[0]
  const { outcome } = await eko.dmt.getSender({ customerId: '9123456789' })
  return { outcome: outcome === 'found' ? 'settled' : outcome }
}

/** Returns the CPU time of the main thread in microseconds, or `NaN` if the system does not report it. */
function mainUs() {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ', 1)[0]) / 1000
  } catch {
    return Number.NaN
  }
}

const prefix = `B${process.pid}X${Date.now().toString(36).toUpperCase()}`

async function worker() {
  while (!stop) {
    const started = performance.now()
    try {
      const { outcome } = await (read ? reading() : debit(`${prefix}${(begun++).toString(36).toUpperCase()}`))
      if (outcome !== 'settled') throw new Error(`the outcome is ${outcome}`)
      done++
      if (measuring && recorded < latencies.length) latencies[recorded++] = performance.now() - started
    } catch (error) {
      failed++
      firstError ??= String(error?.message ?? error)
    }
    if (gapMs > 0) await sleep(gapMs)
  }
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

function state() {
  const { userCPUTime, systemCPUTime } = process.resourceUsage()
  return { at: performance.now(), done, cpuUs: userCPUTime + systemCPUTime, mainUs: mainUs() }
}

const workers = Array.from({ length: inFlight }, worker)
// If other programs use the disk, the first debit may take seconds.
for (let waited = 0; done === 0 && waited < PATIENCE_MS; waited += 50) await sleep(50)
await sleep(warmUpMs)
if (job.waits) {
  process.stdout.write('ready\n')
  await once(process.stdin, 'data')
}
const end = job.beside ? beside[job.beside](made) : undefined
const from = state()
measuring = true
await sleep(measureMs)
// The rate is known only after as many debits as there are workers, so the measurement may take longer than
// `measureMs`.
for (let waited = 0; done - from.done < inFlight && waited < PATIENCE_MS; waited += 50) await sleep(50)
const to = state()
measuring = false
stop = true
const besides = await end?.()
await Promise.race([Promise.all(workers), sleep(2000)])
const sorted = latencies.subarray(0, recorded).sort()
const quantile = (q) => sorted[Math.min(recorded - 1, Math.floor(recorded * q))]
const count = to.done - from.done
const result = {
  perSecond: (count * 1000) / (to.at - from.at),
  p50Ms: quantile(0.5),
  p99Ms: quantile(0.99),
  cpuUs: (to.cpuUs - from.cpuUs) / count,
  mainUs: (to.mainUs - from.mainUs) / count,
  rssMb: process.memoryUsage.rss() / 2 ** 20,
  count,
  failed,
  firstError,
  besides,
}
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(recorded > 0 ? 0 : 1))
