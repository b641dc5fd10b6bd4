// EPS's answers to inquiries: it refuses in each documented way, answers too little or too late, or about another
// debit.
import { setMaxListeners } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { NONE, named, ok, refusal, SEEN } from '../promise/eps.mjs'
import { KNOWN, PAGE } from './bank.mjs'
import { MOODS } from './plan.mjs'

export class Inquiries {
  /** How often each mood (a way to answer badly) was met, and how often a booking was not shown yet. */
  moods = Object.fromEntries(MOODS.map((mood) => [mood, 0]))
  hidden = 0
  #eps
  #bank
  #plan
  #begun = Date.now()
  #ends = new AbortController()

  constructor(eps, bank, plan) {
    this.#eps = eps
    this.#bank = bank
    this.#plan = plan
    setMaxListeners(0, this.#ends.signal)
    eps.answer.inquiry = (request) => this.#inquiry(request)
  }

  /** Ends the inquiries that hang. */
  end() {
    this.#ends.abort()
  }

  #inquiry({ by, reference }) {
    const one = this.#eps.books.find((booking) => booking[by === 'tid' ? 'tid' : 'reference'] === reference)
    const ours = one?.reference ?? reference
    const [chance] = this.#bank.chance('inquiry', ours)
    return this.#answer(one, by, chance)
  }

  /**
   * Answers one inquiry. Some moods hold for some requests only; those that look like "no such transaction" hold for
   * all.
   */
  #answer(one, by, chance) {
    const now = Date.now()
    const since = now - this.#begun
    const moods = this.#bank.kind
      ? []
      : this.#plan.windows.filter(({ fromMs, toMs }) => since >= fromMs && since < toMs)
    const met = new Set()
    const meets = (mood) => {
      if (!moods.some((window) => window.mood === mood)) return false
      met.add(mood)
      return true
    }
    const status = moods.find(({ mood }) => mood.startsWith('http '))
    let reply
    if (status !== undefined && chance.comes(60)) {
      met.add(status.mood)
      const http = Number(status.mood.slice(5))
      reply = { ...PAGE, http, ...(http === 302 ? { headers: { location: 'http://127.0.0.1:1/' } } : {}) }
    } else if (chance.comes(50) && meets('timestamps')) reply = { http: 401, json: SEEN }
    else if (chance.comes(50) && meets('no envelope')) reply = { text: chance.one(['', 'null', '[]', '{}']) }
    else if (chance.comes(50) && meets('half a body')) reply = { text: JSON.stringify(NONE).slice(0, 20) }
    else if (chance.comes(40) && meets('hangs')) reply = { after: this.#hangs(), drop: 'reset' }
    else reply = this.#words(one, by, chance, moods, meets)
    if (meets('late')) reply = { ...reply, after: Promise.all([reply.after, this.#hangs(chance.number(50, 1500))]) }
    for (const mood of met) this.moods[mood]++
    return reply
  }

  /** Waits this long, or until the calm end of the schedule, when nothing goes wrong any more. */
  #hangs(ms = 60_000) {
    return pause(ms, undefined, { signal: this.#ends.signal }).catch(() => {})
  }

  /** Returns an answer in EPS's own form, right or wrong. */
  #words(one, by, chance, moods, meets) {
    const failing = moods.find(({ mood }) => mood.startsWith('fails '))?.mood
    if (failing !== undefined && meets(failing)) return failure(Number(failing.slice(6)))
    if (one === undefined || (by !== 'tid' && meets('knows no reference'))) return { json: NONE }
    if (one.from > Date.now()) {
      this.hidden++
      return { json: NONE }
    }
    const { reference, tid, amount } = one
    if (reference === KNOWN) return ok(named(KNOWN, { tid, amount, tx_status: '0' }))
    if (this.#bank.named.has(reference) && meets('forgets')) return { json: NONE }
    if (chance.comes(50) && meets('another debit')) return ok(named(KNOWN, { tid: this.#bank.booking(KNOWN).tid }))
    if (!this.#bank.named.has(reference) && meets('in queue'))
      return { json: { ...NONE, message: 'It is in the queue' } }
    const state = chance.comes(50) && meets('state of before') ? one.first : this.#bank.state(one)
    return ok(named(reference, { tid, amount, tx_status: state }))
  }
}

/** Returns the refusal with this id of a general failure. EPS uses -1 also for "no such transaction". */
function failure(id) {
  if (id === -1) return { json: NONE }
  if (id === 69)
    return refusal(69, { json: { status: 69, message: 'failed', invalid_params: { client_ref_id: 'invalid' } } })
  return refusal(id)
}
