// A process of an application. It sends the debits that its parent orders, asks about all open debits, and reports
// every result.
import { setTimeout as pause } from 'node:timers/promises'
import * as product from '../promise/product.mjs'

let eko
const plain = (one) => {
  const { outcome, clientRefId, reference = clientRefId, tid, reusable, reservationId, revision, spent, why } = one
  const { code, message, reason } = one
  const status = one.meta?.responseTypeId
  return { outcome, reference, tid, reusable, reservationId, revision, spent, why, code, message, reason, status }
}
const tell = (by, began, one, more) => process.send({ by, began, ended: Date.now(), told: { ...plain(one), ...more } })

async function debits() {
  const all = []
  for await (const debit of eko.debits()) all.push(debit)
  return all
}

/** Asks about all open and all spent debits, once or again and again. */
async function asks({ everyMs, forever = true }) {
  do {
    const began = Date.now()
    const entries = await product.listed(eko).catch((error) => [{ outcome: 'rejected', code: error.code }])
    for (const entry of entries) tell('journal', began, entry)
    const unclear = entries.filter((entry) => entry.reference && (product.isOpen(entry) || entry.spent))
    await Promise.all(
      unclear.map(async ({ reference }) =>
        tell('inquiry', Date.now(), await product.ask(eko, reference), { reference }),
      ),
    )
    await pause(everyMs)
  } while (forever)
}

const work = {
  async open({ baseUrl, everyMs, ...options }) {
    eko = product.open({ baseUrl }, { ...options, schedule: options.schedule })
    eko.on('resolved', (debit) => tell('event', 0, debit))
    eko.on('alarm', (alarm) => tell('alarm', Date.now(), { ...alarm, outcome: 'alarm' }))
    // The first read makes the journal.
    await product.listed(eko).catch(() => {})
    if (everyMs !== undefined) void asks({ everyMs })
  },
  async send({ reference, abortAfterMs, ...options }) {
    const began = Date.now()
    const abort = new AbortController()
    if (abortAfterMs !== undefined) setTimeout(() => abort.abort(), abortAfterMs)
    tell('application', began, { outcome: 'sends' }, { reference })
    const told = await product.send(eko, reference, { ...options, signal: abort.signal })
    tell('debit', began, told, { reference, retryOf: options.retryOf })
  },
  ask: () => asks({ everyMs: 0, forever: false }),
  declareRestored: () => product.declareRestored(eko),
  async all() {
    const began = Date.now()
    const all = await debits()
    for (const entry of all) tell('journal', began, entry)
    return { debits: all.map(plain), alarms: (await product.alarms(eko)).map(plain) }
  },
}

process.on('message', async ({ id, what, options }) => {
  const result = await work[what](options).catch((error) => ({ failed: error.code ?? String(error) }))
  process.send({ id, result })
})
process.on('disconnect', () => process.exit(0))
