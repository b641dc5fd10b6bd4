// The functions of the product that these tests use. Only this file in the folder uses the product's own names.
//
// EKO_DIST is a folder with another build to test.
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { INITIATOR } from './eps.mjs'

const built = process.env.EKO_DIST
const { EkoClient } = await import(built ? pathToFileURL(join(resolve(built), 'index.mjs')) : 'eko-eps')

export const TRANSFER = 'dmt.transfer'
export const REFUND = 'refund'
/** Two equal answers, 20 ms apart, end a debit that EPS does not find. Only a server on loopback allows this. */
export const HASTY = { notFoundCount: 2, notFoundSpreadMs: 20 }
export const SURE = { iHaveAskedEps: true }
export const PRIVATE = { otp: '470219', customerId: '9000000003', recipientId: '117015428' }

const OPEN = ['indeterminate', 'pending', 'refundPending']
export const isOpen = ({ outcome }) => OPEN.includes(outcome)
export const isJournalCode = (code) => /^journal\./.test(code ?? '')

/** Opens a client of this EPS. Each EPS has its own developer key, so that no test uses the clock of another. */
export function open(eps, { initiatorId = INITIATOR, schedule = HASTY, resolver = false, ...options } = {}) {
  const { baseUrl } = eps
  const developerKey = `key-${new URL(baseUrl).port}`
  const who = initiatorId === null ? {} : { initiatorId }
  const own = { developerKey, accessKey: 'nobodys-key', userCode: '20810200', baseUrl, ...who }
  return new EkoClient({ ...own, schedule, resolver, ...options })
}

/** Resolves to the result of a call; if the call rejects, the outcome is 'rejected'. */
export async function told(call) {
  try {
    const outcome = await call
    if (outcome === undefined) return { outcome: 'unknown' }
    return { ...outcome, code: outcome.error?.code, message: outcome.error?.message, all: outcome }
  } catch (error) {
    return { outcome: 'rejected', code: error.code ?? String(error), message: error.message, error }
  }
}

/** Sends a debit of 100 rupees. If `clientRefId` is `undefined`, the client makes a reference. */
export function send(eko, clientRefId, options, { amount = '100', ...more } = {}) {
  const params = { ...PRIVATE, amount, otpRefId: '667007109', ...more }
  return told(eko.dmt.transfer(clientRefId === undefined ? params : { ...params, clientRefId }, options))
}
export const refund = (eko, tid, options) => told(eko.refund({ tid, otp: '421709', otpRefId: 'x-1' }, options))
export const ask = (eko, reference, op = TRANSFER) => told(eko.resolve({ op, reference }))
export const hint = (eko, body) =>
  told(eko.callbacks.merge(typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)))
export const lookUp = (eko, options) => told(eko.dmt.getSender({ customerId: '9123456789' }, options))
export const interpret = (eko, answer) => told((async () => eko.interpret(TRANSFER, answer))())
export const history = (eko, reference, op = TRANSFER) => eko.history({ op, reference })
export const listed = (eko) => eko.unresolved().toArray()
export const alarms = (eko) => eko.alarms().toArray()
export const acknowledge = (eko, debit) => eko.acknowledge(debit)
export const acknowledgeAlarm = (eko, alarm) => eko.acknowledgeAlarm(alarm)
export const prune = (eko, olderThanMs) => eko.prune({ olderThanMs })
export const declareNotSent = (eko, debit, options = SURE) => told(eko.declareNotSent(debit, options))
export const declareFinal = (eko, debit, end) => told(eko.declareFinal(debit, { ...SURE, ...end }))
export const declareRestored = (eko, options = SURE) => eko.declareRestored(options)

/** Resolves to the listed debit of a reference; if it is not listed, the outcome is 'unlisted'. */
export async function entry(eko, reference, op = TRANSFER) {
  const all = await listed(eko)
  return all.find((one) => one.reference === reference && one.op === op) ?? { outcome: 'unlisted' }
}

/** Resolves to the next event of this kind for which `fits` is true; rejects if none comes in time. */
export function next(eko, kind, fits = () => true, limitMs = 10_000) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => end(() => reject(new Error(`no ${kind} was told`))), limitMs)
    const off = eko.on(kind, (event) => {
      if (fits(event)) end(() => resolve(event))
    })
    const end = (settle) => {
      clearTimeout(timer)
      off()
      settle()
    }
  })
}

/** Returns a list to which the events of a kind are added. */
export function keep(eko, kind) {
  const events = []
  eko.on(kind, (event) => events.push(event))
  return events
}
