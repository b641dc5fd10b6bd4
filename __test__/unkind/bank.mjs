// EPS in its worst documented form: what it does with debits, and what it answers.
import { setTimeout as pause } from 'node:timers/promises'
import { named, ok, refusal } from '../promise/eps.mjs'
import { CONDUCTS, LATE_MS } from './plan.mjs'
import { Chance } from './random.mjs'

/** A reference that EPS has booked before the test begins. */
export const KNOWN = 'KNOWN-01'
/** Time in milliseconds after which a pending debit has its final state. */
const PENDS_MS = 2000
export const PAGE = { text: '<html>maintenance</html>', headers: { 'content-type': 'text/html' } }

/**
 * Returns the number of the plan's debit that a reference belongs to. A debit and its replacement have the same number.
 */
export const debitOf = (reference) => Number(/-(\d+)$/.exec(reference)[1])
export const oldOf = (index) => `OLDER-${index}`
export const newOf = (index) => `NEWER-${index}`

export class Bank {
  kind = false
  /** How many debits EPS has accepted, by reference. */
  taken = new Map()
  /** References of which the journal is known to have the tid. */
  named = new Set()
  counts = { hidden: 0, late: 0, refusedDebits: 0 }
  #eps
  #wire
  #plan
  #asked = new Map()

  constructor(eps, wire, plan) {
    this.#eps = eps
    this.#wire = wire
    this.#plan = plan
    eps.aheadMs = plan.aheadMs
    eps.book(KNOWN, { tx_status: '0' })
    eps.answer.debit = (request) => this.#debit(request)
  }

  booking(reference) {
    return this.#eps.books.find((booking) => booking.reference === reference)
  }

  /** Returns all bookings except the known one. */
  bookings() {
    return this.#eps.books.filter(({ reference }) => reference !== KNOWN)
  }

  conduct(reference) {
    return this.#plan.conducts[debitOf(reference)]
  }

  /** Returns the state of a booking that EPS reports now; at the end it reports the final one. */
  state({ first, later, at }) {
    return this.kind || Date.now() >= at + PENDS_MS ? later : first
  }

  /** Says whether EPS has the debit or can still get it. */
  mayHave(reference) {
    return this.booking(reference) !== undefined || this.#wire.coming.has(reference)
  }

  end() {
    this.kind = true
  }

  /** Returns a source of chance for the next request about this reference, and how many came before it. */
  chance(kind, reference) {
    const count = this.#asked.get(`${kind} ${reference}`) ?? 0
    this.#asked.set(`${kind} ${reference}`, count + 1)
    return [new Chance(this.#plan.seed, `${kind} ${reference} ${count}`), count]
  }

  #book({ reference, amount, initiator }, conduct, hiddenMs) {
    const [first, later] = CONDUCTS[conduct]
    const at = Date.now()
    const late = conduct === 'booksLate'
    return this.#eps.book(reference, { initiator, amount: `${amount}.0`, first, later, at, late, from: at + hiddenMs })
  }

  #debit(request) {
    const { reference } = request
    const conduct = this.conduct(reference)
    const [chance, count] = this.chance('debit', reference)
    if (conduct === 'refusesFirst' && count === 0) {
      this.counts.refusedDebits++
      return chance.one([refusal(302), refusal(347), refusal(2484, { http: 401 })])
    }
    this.taken.set(reference, (this.taken.get(reference) ?? 0) + 1)
    if (conduct === 'swallows') return chance.one([PAGE, { drop: 'reset' }])
    if (conduct === 'booksLate') {
      this.#wire.setsOut(reference)
      void pause(LATE_MS).then(() => {
        this.counts.late++
        this.#wire.hasCome(reference)
        this.#book(request, conduct, 0)
      })
      return PAGE
    }
    const booking = this.#book(request, conduct, this.#plan.hiddenMs)
    const reply = this.#said(booking, chance)
    const waits = !this.kind && chance.comes(25) ? { after: pause(chance.number(50, 2500)) } : {}
    return { ...reply, ...waits }
  }

  /** Returns EPS's answer about the debit that it has just booked. */
  #said(booking, chance) {
    const { reference, tid, amount } = booking
    const told = (changes = {}) => named(reference, { tid, amount, tx_status: this.state(booking), ...changes })
    if (this.kind) return ok(told())
    const { client_ref_id: _, ...unnamed } = told()
    const ways = [
      PAGE,
      ok(told(), { http: 500 }),
      ok(told({ client_ref_id: 'ANOTHER' })),
      ok(told({ tx_status: '17' })),
      ok(told({ inner: { tx_status: '4' } })),
      ok(told({ amount: '999.0' })),
      refusal(1, { json: { status: 1, response_status_id: 1, message: 'try later' } }),
      ok(unnamed),
      { drop: 'reset' },
    ]
    return ways[chance.number(0, 17)] ?? ok(told())
  }
}
