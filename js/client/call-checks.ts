// Checks the name, the options and the HTTP answer of a call. `params.ts` checks the parameters of the call.

import { fault } from '../money/money-checks.js'
import type { MoneyOptions } from '../money/money-types.js'
import { refuse } from './errors.js'
import { deadline } from './options.js'
import type { AbortSignalLike, HttpAnswer } from './types.js'

/** Options for one call, in the form that the native module takes. */
export interface CheckedOptions {
  readonly signal: AbortSignalLike | undefined
  /** Deadline in milliseconds; 0 means the default deadline of the client. */
  readonly deadlineMs: number
  /** Spent reference (one that must not be used again) that this debit replaces; empty if there is none. */
  readonly retryOf: string
}

const NO_OPTIONS: CheckedOptions = { signal: undefined, deadlineMs: 0, retryOf: '' }

/** Checks the name of a call and returns it. */
export function opName(op: unknown): string {
  if (typeof op !== 'string')
    throw refuse(
      'unknown_call',
      'the name of the call must be text, such as getCustomer',
      'Use a call name from the reference documentation.',
    )
  return op
}

/** Checks the options for a call and returns them. `retryOf` is allowed for debits only. */
export function callOptions(options: MoneyOptions | undefined, money: boolean): CheckedOptions {
  if (options === undefined) return NO_OPTIONS
  const names = money ? ['signal', 'deadlineMs', 'retryOf'] : ['signal', 'deadlineMs']
  if (typeof options !== 'object' || options === null)
    throw fault('options', `must be an object: { ${names.join(', ')} }`)
  for (const name of Object.keys(options)) {
    if (!names.includes(name))
      throw fault('options', `must not contain ${JSON.stringify(name.slice(0, 40))}: give ${names.join(', ')}`)
  }
  const { signal, deadlineMs, retryOf } = options
  if (signal !== undefined && !isSignal(signal)) throw fault('options.signal', 'must be an AbortSignal')
  if (retryOf !== undefined && (typeof retryOf !== 'string' || retryOf === ''))
    throw fault('options.retryOf', 'must be the reference that this debit replaces, as text')
  return { signal, deadlineMs: deadlineMs === undefined ? 0 : deadline(deadlineMs), retryOf: retryOf ?? '' }
}

/** Returns true if the value has the methods of an AbortSignal. */
function isSignal(value: unknown): boolean {
  const signal = value as AbortSignalLike | null
  return typeof signal?.addEventListener === 'function' && typeof signal.removeEventListener === 'function'
}

/** Checks an answer that the user's own HTTP client received, and converts it for the native module. */
export function httpAnswer(answer: HttpAnswer): { status: number; headers: string; body: string } {
  if (typeof answer !== 'object' || answer === null)
    throw fault('answer', 'must be an object: { status, headers, body }')
  const { status, headers = {}, body } = answer
  if (!Number.isInteger(status) || status < 100 || status > 599)
    throw fault('status', 'must be an HTTP status from 100 to 599')
  if (typeof headers !== 'object' || headers === null)
    throw fault('headers', 'must be an object of headers, or a list of [name, value]')
  const text = body instanceof Uint8Array ? new TextDecoder('utf-8', { ignoreBOM: true }).decode(body) : body
  if (typeof text !== 'string')
    throw fault('body', 'must be the unchanged body as text or bytes: JSON.parse would round large numbers')
  const entries: Iterable<readonly [string, unknown]> = Symbol.iterator in headers ? headers : Object.entries(headers)
  const pairs: [string, string][] = []
  for (const [name, value] of entries) {
    if (value === undefined) continue
    for (const one of Array.isArray(value) ? value : [value]) pairs.push([String(name), String(one)])
  }
  return { status, headers: JSON.stringify(pairs), body: text }
}
