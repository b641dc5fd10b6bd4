// Runs one schedule, from its first debit to the final outcome of each.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Eps } from '../promise/eps.mjs'
import { TRANSFER } from '../promise/product.mjs'
import { Bank, debitOf, KNOWN, newOf, oldOf } from './bank.mjs'
import { Fates } from './fates.mjs'
import { judgeEnd, untilOver } from './final.mjs'
import { Inquiries } from './inquiries.mjs'
import { Judge } from './judge.mjs'
import { planOf, SILENCE } from './plan.mjs'
import { Processes } from './processes.mjs'
import { Wire } from './wire.mjs'

export class Story {
  counts = { restored: 0, declared: 0, undeclared: 0, replaced: 0 }
  #begun
  #kind = false
  #folder = mkdtempSync(join(tmpdir(), 'eko-eps-unkind-'))
  /** Numbers of the debits that were already replaced. */
  #replaced = new Set()
  /** Times at which the debits began that were then reported as settled. */
  #settled = []

  constructor(seed) {
    this.plan = planOf(seed)
  }

  async run() {
    try {
      await this.#open()
      await this.#days()
      await this.#end()
    } finally {
      await this.processes?.end()
      await this.wire?.close()
      await this.eps?.close()
      rmSync(this.#folder, { recursive: true, force: true })
    }
  }

  async #open() {
    const { plan } = this
    this.eps = await Eps.open()
    this.wire = await Wire.open(this.eps, plan)
    this.bank = new Bank(this.eps, this.wire, plan)
    this.judge = new Judge(this.bank, this.wire)
    const { baseUrl } = this.wire
    const journal = join(this.#folder, 'journal')
    const known = { knownReferences: { [TRANSFER]: KNOWN } }
    const options = { baseUrl, journal, schedule: SILENCE, stampFolder: this.#folder, deadlineMs: 4000, ...known }
    this.processes = new Processes(
      options,
      (message) => this.#hear(message),
      (what) => this.judge.note(what),
    )
    this.fates = new Fates(this, journal)
    const first = this.processes.begin('first', { create: true })
    await first.opened
    await first.kill()
  }

  async #days() {
    const { plan, processes } = this
    this.#begun = Date.now()
    this.inquiries = new Inquiries(this.eps, this.bank, plan)
    if (plan.processes.length === 5) processes.counts.five++
    const fate = this.fates.run()
    const lives = plan.processes.map((process, index) => processes.run(index, process))
    const asked = plan.asks.map(({ atMs, process, debit, ...options }) =>
      this.until(atMs).then(() => this.#send(processes.living(process), oldOf(debit), options)),
    )
    await this.until(plan.lastsMs)
    await fate
    this.#kind = true
    this.wire.kind = true
    this.bank.kind = true
    this.inquiries.end()
    await processes.end()
    await Promise.all([...lives, ...asked])
    // Waits until all requests on their way have arrived, and late bookings are made.
    while (this.wire.coming.size > 0) await pause(20)
  }

  #hear(message) {
    const { by, began, told } = message
    this.judge.hear(message)
    if (by === 'debit' && told.outcome === 'settled') this.#settled.push(began)
    if (this.judge.spent.has(told.reference)) void this.#replace(told.reference)
  }

  /** Replaces a spent debit, once. The application remembers in a table of its own what it has replaced. */
  async #replace(old, life) {
    const debit = debitOf(old)
    const afterMs = this.plan.replaces[debit]
    if (old !== oldOf(debit) || afterMs === undefined || this.#replaced.has(debit)) return
    // In the calm end only the last process replaces debits, and the caller names it.
    if (this.#kind && life === undefined) return
    this.#replaced.add(debit)
    await pause(afterMs)
    await this.#send(life ?? this.processes.anyone(), newOf(debit), { retryOf: old })
  }

  async #send(life, reference, options) {
    if (life === undefined) return
    this.judge.asks(reference, JSON.stringify(options))
    await life.call('send', { reference, ...options })
  }

  /** The calm end: all debits are sent once more, and all open ones get their final outcome. */
  async #end() {
    this.judge.note('the world is kind')
    const life = this.processes.begin('last')
    await life.opened
    if (this.plan.journal.kind !== 'stands') await this.declareRestored(life)
    await Promise.all(this.plan.conducts.map((_, index) => this.#send(life, oldOf(index), {})))
    await untilOver(life, this.bank)
    // Spent debits that were not replaced yet are replaced now.
    const spent = [...this.judge.spent].map((old) => this.#replace(old, life))
    await Promise.all(spent)
    judgeEnd(this.judge, this.bank, await untilOver(life, this.bank))
  }

  async declareRestored(life = this.processes.anyone()) {
    if (this.plan.journal.kind === 'restored') {
      this.counts[this.#kind ? 'undeclared' : 'declared']++
      this.judge.declared()
    }
    await life?.call('declareRestored')
  }

  until(ms) {
    return pause(Math.max(0, this.#begun + ms - Date.now()))
  }

  /** Says whether a debit that began after `time` was reported as settled, so that it is in the journal. */
  settledSince(time) {
    return this.#settled.some((began) => began > time)
  }
}
