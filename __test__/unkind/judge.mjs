// Compares EPS's books with every outcome and entry that a process reports.
import { KNOWN } from './bank.mjs'
import { SILENCE } from './plan.mjs'
import { otherState } from './states.mjs'

/** Codes that may refuse a debit, beside `journal.*`. */
const REFUSALS = ['reference_used', 'invalid_params', 'aborted']
/** Outcomes of EPS's `tx_status`. */
export const FINAL = { 0: 'settled', 1: 'declined', 3: 'refundPending', 4: 'refunded' }
const isFree = ({ outcome, reusable }) => reusable === true && ['notSent', 'declined'].includes(outcome)
const isFinal = ({ outcome }) => ['settled', 'declined', 'refunded', 'notSent'].includes(outcome)

export class Judge {
  faults = []
  /** Everything that was reported, to investigate a seed. */
  trail = []
  counts = {
    ...{ told: 0, settled: 0, declined: 0, spent: 0, free: 0, reopened: 0, replaced: 0, bookedTwice: 0 },
    ...{ used: 0, behind: 0, forgotten: 0 },
  }
  /** References that were reported as spent, and may be replaced. */
  spent = new Set()
  /** Times at which each reference was sent, or tried. */
  asked = new Map()
  /** References that were sent before an older copy of the journal was put back: the copy may report them wrongly. */
  lost = new Set()
  #begun = Date.now()
  #bank
  #wire
  #settled = { call: new Map(), journal: new Map() }
  #free = new Set()
  /** Times at which a process began to send each reference. */
  #sent = new Map()
  wasRestored = false
  #restored

  constructor(bank, wire) {
    this.#bank = bank
    this.#wire = wire
  }

  note(what) {
    this.trail.push(`${String(Date.now() - this.#begun).padStart(6)} ${what}`)
  }
  fault(what) {
    this.note(`FAULT: ${what}`)
    this.faults.push(what)
  }

  asks(reference, how) {
    this.asked.set(reference, [...(this.asked.get(reference) ?? []), Date.now()])
    this.note(`somebody asks for ${reference} ${how}`)
  }

  /** Notes that a backup was put back. `missed`: a settled debit came after the backup, so commits are surely lost. */
  restored(missed) {
    this.wasRestored = true
    this.#restored = { from: Date.now(), missed }
    for (const reference of this.asked.keys()) this.lost.add(reference)
    for (const known of Object.values(this.#settled)) known.clear()
    this.#free.clear()
    this.note(`a backup of the journal is put back${missed ? ', which lacks commits' : ''}`)
  }
  /**
   * Notes that a person has declared the journal restored. If commits were lost, no debit may have been sent before.
   */
  declared() {
    const { from, missed, until } = this.#restored
    if (until !== undefined) return
    this.#restored.until = Date.now()
    const left = this.#wire.left.filter(({ at }) => at > from)
    if (missed && left.length > 0)
      this.fault(`${left[0].reference} has left, and the journal was not declared restored`)
    this.note('it is declared restored')
  }

  hear({ by, began, ended, told }) {
    const { reference, outcome, code } = told
    if (by === 'application') return void this.#sent.set(reference, [...(this.#sent.get(reference) ?? []), began])
    if (by === 'alarm') return this.note(`alarm: ${reference} ${told.reason}`)
    if (outcome === 'rejected') {
      if (code === 'reference_used') this.counts.used++
      if (code === 'journal.behind') this.counts.behind++
      if (by !== 'journal') this.note(`${by}: ${reference} is refused: ${code}`)
      const known = REFUSALS.includes(code) || code?.startsWith('journal.')
      return by === 'debit' && !known ? this.fault(`${reference} is refused: ${told.message}`) : undefined
    }
    if (outcome === 'unknown' || reference === KNOWN) return
    this.counts.told++
    const { tid, reusable, reservationId, why = '' } = told
    this.note(`${by} says ${reference} is ${outcome} ${tid ?? ''} ${reusable ? 'free' : ''} ${why} ${code ?? ''}`)
    if (tid !== undefined && by === 'journal') this.#bank.named.add(reference)
    if (!this.#holds(told))
      this.fault(`${by} says that ${reference} is ${outcome}, free: ${reusable}; EPS ${this.#has(reference)}`)
    const unlike = otherState(this.#wire.bodies.get(reference) ?? [], outcome)
    if (unlike !== undefined) this.fault(`${reference} is ${unlike}`)
    this.#settledBefore(by, began, ended, told)
    if (isFree(told)) this.#free.add(reservationId)
    // A debit that an older copy reports as reusable may have been sent since, and an inquiry may find it.
    else if (this.#free.has(reservationId) && tid !== undefined && !this.lost.has(reference))
      this.fault(`${by} says that ${reference} is ${outcome}: it was told free`)
    this.#count(told)
  }

  #has(reference) {
    return `has ${JSON.stringify(this.#bank.booking(reference))}, coming: ${this.#wire.coming.get(reference) ?? 0}`
  }

  /** Says whether EPS may have booked the debit after silence had ended it: its request or its booking came late. */
  isLate({ reference, at, late }) {
    const sent = this.#sent.get(reference)?.findLast((time) => time <= at) ?? 0
    return late || at - sent > SILENCE.notFoundSpreadMs / 3
  }

  #holds({ reference, outcome, reusable, tid }) {
    const booking = this.#bank.booking(reference)
    const state = booking && this.#bank.state(booking)
    if (isFree({ outcome, reusable })) {
      // If several calls used the reference, another one may have sent it by now. The end of the schedule checks those.
      const only = this.asked.get(reference)?.length === 1
      return !only || this.lost.has(reference) || !this.#bank.mayHave(reference)
    }
    if (outcome === 'notSent') return booking === undefined || this.isLate(booking)
    if (outcome === 'pending') return booking !== undefined
    if (outcome === 'refundPending') return booking?.first === '3'
    return outcome === 'indeterminate' || (FINAL[state] === outcome && (tid === undefined || tid === booking.tid))
  }

  /**
   * Checks that a settled debit is never reported with another outcome. If the journal could not record the answer, the
   * debit may be open in it.
   */
  #settledBefore(by, began, ended, told) {
    const { reference, outcome } = told
    const { call, journal } = this.#settled
    if (outcome === 'settled') return (by === 'journal' ? journal : call).set(reference, ended)
    const after = (known) => began > (known.get(reference) ?? Number.POSITIVE_INFINITY)
    if (after(journal) || (isFinal(told) && after(call)))
      this.fault(`${by} says that ${reference} is ${outcome}: it was settled`)
  }

  #count({ reference, outcome, reusable, retryOf }) {
    const { counts } = this
    if (outcome === 'settled' || outcome === 'declined') counts[outcome]++
    if (isFree({ outcome, reusable })) counts.free++
    else if (outcome === 'notSent') {
      counts.spent++
      this.spent.add(reference)
    } else if (outcome !== 'indeterminate' && this.spent.delete(reference)) counts.reopened++
    if (retryOf !== undefined && outcome === 'settled') counts.replaced++
  }
}
