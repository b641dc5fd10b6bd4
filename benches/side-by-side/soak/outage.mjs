// Measures the return of EPS after an outage of an hour that leaves many open debits: how soon each of them gets an
// inquiry, and whether the inquiries about new debits are on time meanwhile.
import { join } from 'node:path'
import { judge } from './judge.mjs'
import { disk, load, startBank, watch } from './run.mjs'
import { pastReference, seed } from './seed.mjs'

const FIRST_MS = [2000, 5000, 15_000, 30_000, 60_000]
const MINUTE_MS = 60_000
const OVERDUE_MS = 5000
const NOBODY = { rate: 0, loadMs: 0, drainMs: 0, deadlineMs: 5000 }
const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]

/**
 * Returns `[time when it was due, delay in milliseconds]` for each inquiry about a debit. An inquiry that is due but
 * not made yet counts too.
 */
function lateness(created, asked, doneAt, now) {
  const late = []
  for (let index = 0; index <= asked.length; index++) {
    const before = asked[index - 1] ?? 0
    const at = asked[index]
    // The previous inquiry found the debit done, so no further inquiry is due.
    if (before >= doneAt) break
    const due = index < FIRST_MS.length ? Math.max(created + FIRST_MS[index], before + 1000) : before + MINUTE_MS
    if (at === undefined && due > now) break
    late.push([due, Math.max(0, (at ?? now) - due)])
  }
  return late
}

function fresh(entries, { asked, ledger, now }) {
  const created = new Map(entries.map(({ reference, createdMs }) => [reference, createdMs]))
  const done = new Map(ledger.map(({ reference, doneAt }) => [reference, doneAt]))
  const late = asked
    .filter(([reference]) => created.has(reference) && reference.startsWith('F'))
    .flatMap(([reference, times]) => lateness(created.get(reference), times, done.get(reference), now))
  const sorted = late.map(([, ms]) => ms).sort((a, b) => a - b)
  return {
    late,
    count: sorted.length,
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
    maxMs: sorted.at(-1),
  }
}

/**
 * Returns the figures of each second. `lateMs` is the longest delay of the inquiries about new debits that were due in
 * this second.
 */
function curve(samples, late) {
  const from = samples[0].at
  const bySecond = new Map()
  for (const [due, ms] of late) {
    const second = Math.floor((due - from) / 1000)
    bySecond.set(second, Math.max(bySecond.get(second) ?? 0, ms))
  }
  return samples.map(({ at, sample, overdue, open, rssMb, syncMs }) => ({
    sample,
    syncMs,
    overdue,
    open,
    rssMb,
    lateMs: bySecond.get(Math.floor((at - from) / 1000)),
  }))
}

export async function outage({ plan, path }, say) {
  const bank = await startBank({ ...plan.bank, shares: {} })
  const file = join(path, 'outage.sqlite')
  const { open, unknownEvery, rate, atMostMs, lastMs } = plan.outage
  const job = { origin: bank.origin, file, deadlineMs: 5000 }
  const [samples, told, codes] = [[], [], {}]
  const page = await disk(path)
  let journal
  try {
    // Makes a debit that EPS answers (K), and a debit whose answer is lost (L). The open debits of the outage are
    // copies of the second one.
    await load({ ...job, ...NOBODY, letter: 'K' }, () => {})
    bank.tell({ do: 'lose' })
    await load({ ...job, ...NOBODY, letter: 'L' }, () => {})
    await seed(file, { open, model: `L${'0'.repeat(14)}` })
    bank.tell({ do: 'backlog', count: open, unknown: unknownEvery })
    journal = await watch(file)
    const first = journal.late(OVERDUE_MS)
    say(`${open} open debits, ${first} of them overdue`)
    const begun = Date.now()
    let [halfMs, endMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
    const heard = (line, child) => {
      if (line.told) told.push([line.told, line.outcome])
      if (line.told && line.outcome === 'notSent') codes[line.code] = (codes[line.code] ?? 0) + 1
      if (line.sample === undefined) return
      const overdue = journal.late(OVERDUE_MS)
      samples.push({ ...line, overdue, open: journal.open(), syncMs: page.worst() })
      if (overdue <= first / 2) halfMs = Math.min(halfMs, Date.now() - begun)
      if (overdue === 0 && endMs > Date.now() - begun) {
        endMs = Date.now() - begun
        child.kill('SIGTERM')
      }
      if (samples.length % 10 === 0) say(`${line.sample.toFixed(0)} s: ${overdue} overdue`)
    }
    await load({ ...job, rate, loadMs: atMostMs, drainMs: lastMs, letter: 'F' }, heard)
    const report = await bank.report()
    const past = Array.from({ length: open }, (_, index) => index)
      .filter((index) => index % unknownEvery !== unknownEvery - 1)
      .map((index) => ({ reference: pastReference(index), tid: String(1_000_000_000 + index), times: 1 }))
    const entries = [...journal.entries()]
    const judged = judge({ told, rows: entries, ledger: [...report.ledger, ...past] })
    const { late, ...figures } = fresh(entries, report)
    const wrong = judged.twice + judged.lost + judged.misled + judged.invented
    const made = samples.at(-1).made
    return {
      plan: plan.outage,
      first,
      halfMs,
      endMs,
      made,
      late: figures,
      codes,
      judged: { ...judged, wrong },
      samples: curve(samples, late),
    }
  } finally {
    journal?.close()
    bank.stop()
    await page.stop()
  }
}
