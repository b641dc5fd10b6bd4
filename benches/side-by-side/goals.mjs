// Goals of the measurements, and the comparison of the measured figures with them.
import { BASE, OURS } from './plan.mjs'

const least = (goal, digits = 2) => ({
  goal: `${goal} times`,
  show: (value) => `${value.toFixed(digits)} times`,
  met: (value) => value >= goal,
})
const most = (goal, unit, digits = 2) => ({
  goal: `${goal}${unit} or less`,
  show: (value) => `${value.toFixed(digits)}${unit}`,
  met: (value) => value <= goal,
})
const calls = (part, client, figure) => (data) => data.calls?.[part]?.[client]?.times[figure]

const GOALS = [
  ['native sign against createHmac with a string key', (d) => d.sign?.sign[OURS].times, least(14)],
  ['native sign against crypto-js', (d) => d.sign?.sign[OURS].timesCryptoJs, least(100, 0)],
  ['three headers against createHmac and a literal', (d) => d.sign?.headers[OURS].times, least(12)],
  ['wasm sign in Node against createHmac', (d) => d.sign?.sign['eko-eps, wasm'].times, least(4.5)],
  ['wasm sign in Chromium against WebCrypto', (d) => d.sign?.chromium.sign['eko-eps, wasm'].times, least(20)],
  ['wasm and loader, gzip', (d) => d.size && d.size.signer.withLoader / 1000, most(3, ' kB')],
  [
    'a published entry without base64, with its module, gzip',
    (d) => d.size && Math.max(...Object.values(d.size.signer.entries)) / 1000,
    most(4, ' kB'),
  ],
  ['calls/s, 64 in flight, against undici request', calls('64', BASE, 'callsPerSecond'), least(2)],
  ['calls/s, 16 in flight, against undici request', calls('16', BASE, 'callsPerSecond'), least(2)],
  ['calls/s, 256 in flight, against undici request', calls('256', BASE, 'callsPerSecond'), least(2.5)],
  ['calls/s, 64 in flight, against the fetch SDK', calls('64', 'fetch SDK', 'callsPerSecond'), least(12, 1)],
  ['calls/s, 64 in flight, against axios', calls('64', 'axios', 'callsPerSecond'), least(15, 1)],
  ['main-thread CPU of a call, 64 in flight, of undici request', calls('64', BASE, 'mainUsPerCall'), most(0.25, '')],
  ['CPU of the process for a call, the same', calls('64', BASE, 'cpuSecondsPer100k'), most(0.6, '')],
  ['p99, 64 in flight, the same', calls('64', BASE, 'p99Ms'), most(0.6, '')],
  ['p50, one in flight, the same', calls('1', BASE, 'p50Ms'), most(0.95, '')],
  [
    'require and client, against the quicker of axios and undici',
    (d) => d.load && Math.min(d.load.axios.times, d.load.undici.times),
    least(25, 1),
  ],
  [
    '.node, stripped, without the sandbox',
    (d) => d.size?.nativeWithoutSandbox && d.size.nativeWithoutSandbox / 1e6,
    most(5, ' MB'),
  ],
  ['memory after 100,000 calls, 64 in flight', (d) => d.calls?.memory?.[OURS].rssMb, most(80, ' MB', 0)],
  ['prepare and interpret in Rust', (d) => d.core && d.core['prepare-and-interpret'] / 1000, most(5, ' us')],
]

/** Returns every goal as `{ name, goal, seen, met }`. `met` is undefined if the figure was not measured. */
export function goals(data) {
  return GOALS.map(([name, figure, { goal, show, met }]) => {
    const value = figure(data)
    if (value === undefined || Number.isNaN(value)) return { name, goal, seen: 'not measured' }
    return { name, goal, seen: show(value), met: met(value) }
  })
}
