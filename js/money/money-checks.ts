// Checks the arguments of the journal methods before they are sent to the native module.

import { refuse } from '../client/errors.js'
import type { MoneyOp } from '../generated/money-ops.js'
import type { DebitKey } from './journal-types.js'

const ACTION = 'Correct the parameters named in invalidParams.'

/** Creates an error for one parameter, with the rule that the parameter breaks. */
export function fault(name: string, rule: string): Error {
  return refuse('invalid_params', `${name} ${rule}`, ACTION, { [name]: rule })
}

/** Key of a debit and the id of one reservation of its reference. */
export interface Reserved extends DebitKey {
  readonly reservationId: string
}

/** One final state of a debit: its key, the id of its reservation, and the revision of its row in that state. */
export interface Seen extends Reserved {
  readonly revision: number
}

function object(value: unknown, name: string, form: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw fault(name, `must be ${form}`)
  return value as Record<string, unknown>
}

function named(op: unknown, reference: unknown): DebitKey {
  if (typeof op !== 'string' || op === '')
    throw fault('op', 'must be the name of a call that moves money, such as dmt.transfer')
  if (typeof reference !== 'string' || reference === '')
    throw fault('reference', "must be the debit's clientRefId as text; for a refund, the tid")
  // The native module refuses a name that is not the name of a debit.
  return { op: op as MoneyOp, reference }
}

/** Checks the key of a debit and returns it. A list entry is accepted too; its other members are ignored. */
export function debitKey(key: unknown): DebitKey {
  const { op, reference } = object(key, 'key', 'an object: { op, reference }')
  return named(op, reference)
}

const LISTED = 'an entry of eko.unresolved(), an event or an outcome'

/** Returns the key and the reservation id of a list entry, an event or an outcome. */
export function reserved(debit: unknown): Reserved {
  const { op, reference, clientRefId, reservationId } = object(debit, 'debit', LISTED)
  const key = named(op, reference ?? clientRefId)
  if (typeof reservationId !== 'string' || reservationId === '')
    throw fault('reservationId', `is missing: pass ${LISTED}, because a reference alone does not identify one attempt`)
  return { ...key, reservationId }
}

/**
 * Returns the key, the reservation id and the number of the final state of a debit. Returns `undefined` for an outcome
 * for which nothing was reserved.
 */
export function seen(debit: unknown): Seen | undefined {
  const { outcome, clientRefId, reservationId, revision } = object(debit, 'debit', LISTED)
  if (outcome === 'notSent' && clientRefId !== undefined && reservationId === undefined) return undefined
  const attempt = reserved(debit)
  if (typeof revision !== 'number' || !Number.isSafeInteger(revision) || revision < 0)
    throw fault('revision', `is missing: pass ${LISTED}, which names the final state that you have seen`)
  return { ...attempt, revision }
}

/** Checks the id of an alarm and returns it. */
export function alarmId(alarm: unknown): string {
  const { id } = object(alarm, 'alarm', 'an alarm from eko.alarms()')
  if (typeof id !== 'string' || id === '') throw fault('id', 'is missing: pass an alarm from eko.alarms()')
  return id
}

/** Checks that the options of a declaration contain `iHaveAskedEps: true`, and returns them. */
export function declared(options: unknown): Record<string, unknown> {
  const given = object(options, 'options', 'an object: { iHaveAskedEps: true }')
  if (given.iHaveAskedEps !== true)
    throw fault('iHaveAskedEps', 'must be true: ask EPS first, because your declaration is then taken as the truth')
  return given
}

const ENDS: readonly unknown[] = ['settled', 'declined', 'refunded']

/** Checks the final state that a person declares, and returns it. */
export function declaredFinal(options: unknown): { outcome: string; tid: string | null } {
  const { outcome, tid } = declared(options)
  if (!ENDS.includes(outcome)) throw fault('outcome', `must be one of ${ENDS.join(', ')}`)
  if (tid !== undefined && (typeof tid !== 'string' || tid === ''))
    throw fault('tid', "must be EPS's transaction id as text")
  return { outcome: outcome as string, tid: tid ?? null }
}

/** Checks the option `olderThanMs` and returns it. */
export function olderThan(options: unknown): number {
  const { olderThanMs } = object(options, 'options', 'an object: { olderThanMs }')
  if (typeof olderThanMs !== 'number' || !Number.isSafeInteger(olderThanMs) || olderThanMs < 0)
    throw fault('olderThanMs', 'must be a whole number of milliseconds')
  return olderThanMs
}
