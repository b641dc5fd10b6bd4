// Makes debits at a steady rate with one client and one journal, in its own process: `node load.mjs
// '{"origin","file","letter","rate","loadMs","drainMs","deadlineMs","schedule"}'`. Prints one line of JSON for each
// report about a debit, and one line each second with the memory, the CPU time and other figures. SIGTERM ends the
// making of debits, but not the wait of `drainMs` after it.
import { readdirSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { ACCOUNT } from '../work.mjs'

const { origin, file, letter, rate, loadMs, drainMs, deadlineMs, schedule } = JSON.parse(process.argv[2])
const { EkoClient } = await import('../../../dist/index.mjs')
const TICK_MS = 10
const SAMPLE_MS = 1000
const FINAL = ['settled', 'declined', 'refunded', 'notSent']
const DEBIT = {
  recipientId: '117015428',
  amount: '100',
  customerId: '9000000003',
  otp: '004217',
  otpRefId: '667007109',
}

const counts = { made: 0, ended: 0, rejected: 0, unacknowledged: 0 }
const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`)
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const eko = new EkoClient({
  ...ACCOUNT,
  developerKey: `soak-${process.pid}`,
  baseUrl: `${origin}/ekoapi/v3`,
  journal: file,
  ...(schedule ? { schedule } : {}),
})

/**
 * Treats an outcome as the guide asks: a final outcome is stored and then acknowledged. Here, the reader of the printed
 * lines stores it.
 */
async function told({ reference, clientRefId = reference, outcome, revision, tid, reservationId, error }) {
  print({ told: clientRefId, outcome, revision, tid, code: error?.code })
  if (!FINAL.includes(outcome)) return
  counts.ended++
  // If nothing was sent, there may be no reservation. The journal then does not contain the debit.
  if (!reservationId) return
  const debit = { op: 'dmt.transfer', reference: clientRefId, reservationId, revision }
  try {
    await eko.acknowledge(debit)
  } catch {
    counts.unacknowledged++
  }
}

eko.on('resolved', told)
eko.on('alarm', ({ reference, reason, detail }) => print({ alarm: reason, reference, detail }))
eko.on('notice', ({ reason, detail }) => print({ notice: reason, detail }))

async function debit(reference) {
  counts.made++
  try {
    await told(await eko.dmt.transfer({ ...DEBIT, clientRefId: reference }, { deadlineMs }))
  } catch (error) {
    counts.rejected++
    print({ rejected: reference, code: error.code, message: error.message })
  }
}

const name = (index) => `${letter}${String(index).padStart(14, '0')}`
const lag = monitorEventLoopDelay({ resolution: 5 })
const started = performance.now()

function sample() {
  const { userCPUTime, systemCPUTime } = process.resourceUsage()
  print({
    sample: (performance.now() - started) / 1000,
    at: Date.now(),
    rssMb: process.memoryUsage.rss() / 2 ** 20,
    heapMb: process.memoryUsage().heapUsed / 2 ** 20,
    descriptors: readdirSync('/proc/self/fd').length,
    // The histogram includes its own wait of 5 ms, which is subtracted.
    lagMs: Math.max(0, lag.percentile(99) / 1e6 - 5),
    cpuMs: (userCPUTime + systemCPUTime) / 1000,
    ...counts,
  })
  lag.reset()
}

// The first debit opens the journal. It is made before the measurement starts.
await debit(name(0))
await sleep(rate > 0 ? 500 : 0)
lag.enable()
sample()
const samples = setInterval(sample, SAMPLE_MS)
const begun = performance.now()
const under = new Set()
let [index, stop] = [1, false]
process.once('SIGTERM', () => {
  stop = true
})
while (!stop && performance.now() - begun < loadMs) {
  for (const due = ((performance.now() - begun) * rate) / 1000; index <= due; index++) {
    const one = debit(name(index)).finally(() => under.delete(one))
    under.add(one)
  }
  await sleep(TICK_MS)
}
await Promise.all(under)
print({ loaded: (performance.now() - started) / 1000 })
await sleep(drainMs)
clearInterval(samples)
sample()
await eko.close()
process.stdout.write('', () => process.exit(0))
