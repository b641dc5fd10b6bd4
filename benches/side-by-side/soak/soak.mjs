// Makes debits for minutes. The bank answers some late, refuses some, and lets some fail with a reset or HTTP 500.
// Measures the memory and other resources, and compares the client's reports with the bookings of the bank.
import { join } from 'node:path'
import { median } from '../numbers.mjs'
import { judge } from './judge.mjs'
import { disk, load, startBank, watch } from './run.mjs'

const LATE_MS = 5000

export async function soak({ plan, path }, say) {
  const bank = await startBank(plan.bank)
  const file = join(path, 'soak.sqlite')
  const [samples, told, alarms, notices] = [[], [], [], {}]
  const page = await disk(path)
  let [journal, loaded, rejected, firstRejected] = [undefined, 0, 0, undefined]
  const heard = async (line) => {
    if (line.told) told.push([line.told, line.outcome])
    if (line.alarm) alarms.push(line)
    if (line.notice) notices[line.notice] = (notices[line.notice] ?? 0) + 1
    if (line.loaded) loaded = line.loaded
    if (line.rejected) {
      rejected++
      firstRejected ??= `${line.code}: ${line.message}`
    }
    if (line.sample === undefined) return
    journal ??= await watch(file)
    samples.push({ ...line, open: journal.open(), overdue: journal.late(LATE_MS), syncMs: page.worst() })
    if (samples.length % 30 === 0) {
      const { sample, made, rssMb, descriptors, open } = samples.at(-1)
      say(`${sample.toFixed(0)} s: ${made} debits, ${open} open, ${rssMb.toFixed(0)} MB, ${descriptors} descriptors`)
    }
  }
  try {
    await load({ ...plan.soak, origin: bank.origin, file, letter: 'S' }, heard)
    const { ledger, kinds } = await bank.report()
    const judged = judge({ told, rows: [...journal.entries()], ledger })
    const under = samples.filter(({ sample }) => sample <= loaded)
    const third = (from) =>
      under.slice(Math.floor((under.length * from) / 3), Math.floor((under.length * (from + 1)) / 3))
    const rss = (part) => median(part.map(({ rssMb }) => rssMb))
    return {
      plan: plan.soak,
      samples,
      loaded,
      made: samples.at(-1).made,
      rejected,
      firstRejected,
      kinds,
      judged,
      alarms: alarms.length,
      firstAlarm: alarms[0],
      notices,
      rssMb: rss(third(2)),
      growth: rss(third(2)) / rss(third(1)),
      descriptors: Math.max(...samples.map(({ descriptors }) => descriptors)),
      leaked: samples.at(-1).descriptors - samples[0].descriptors,
      most: Math.max(...samples.map(({ open }) => open)),
      lagMs: median(under.map(({ lagMs }) => lagMs)),
      worstLagMs: Math.max(...under.map(({ lagMs }) => lagMs)),
    }
  } finally {
    journal?.close()
    bank.stop()
    await page.stop()
  }
}
