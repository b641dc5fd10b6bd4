// Measures many clients in this process, each with its own keys, over one journal:
// `node clients.mjs '{"origin","file","clients","measureMs"}'`.
import { account } from '../work.mjs'
import { STEP, TRANSFER } from './debits.mjs'

const { origin, file, clients, measureMs } = JSON.parse(process.argv[2])
const { EkoClient } = await import('../../../dist/index.mjs')
/** Time from the answer "pending" until the first inquiry about the debit, in milliseconds. */
const MINUTELY_MS = 60_000
const rss = () => process.memoryUsage.rss() / 1024
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const make = (index, prefix = '') =>
  new EkoClient({
    ...account(index),
    initiatorId: String(9_000_000_000 + index),
    baseUrl: `${origin}${prefix}/ekoapi/v3`,
    journal: file,
  })

const before = rss()
const all = Array.from({ length: clients }, (_, index) => make(index))
// Each client makes one debit, because the first debit opens the journal. At most 16 debits run at the same time.
const queue = all.map((eko, index) => ({ eko, index }))
await Promise.all(
  Array.from({ length: 16 }, async () => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop())
      await next.eko.dmt.transfer({ ...TRANSFER, ...STEP, clientRefId: `C${next.index}X${Date.now()}` })
  }),
)
await sleep(2000)
const kbEach = (rss() - before) / clients
const from = { at: performance.now(), ...process.resourceUsage() }
await sleep(measureMs)
const to = { at: performance.now(), ...process.resourceUsage() }
const cpuUs = to.userCPUTime + to.systemCPUTime - from.userCPUTime - from.systemCPUTime
// Measures how late the inquiry about an open debit is made.
const open = make(clients, '/pending')
let asked = 0
const ended = new Promise((resolve) => open.on('resolved', () => resolve(performance.now())))
const told = await open.dmt.transfer({ ...TRANSFER, ...STEP, clientRefId: `OPEN${Date.now()}` })
const due = performance.now() + Number(told.nextInquiryAt ?? Date.now()) - Date.now()
asked = await Promise.race([ended, sleep(MINUTELY_MS * 1.5).then(() => Number.NaN)])
const result = { clients, kbEach, cpuOfACore: cpuUs / ((to.at - from.at) * 1000), lateMs: asked - due }
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0))
