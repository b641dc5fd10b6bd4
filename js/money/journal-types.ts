// Types of the journal, the record of all debits: its entries, their history, and the alarms. All times are
// milliseconds since 1970. A spent reference must not be used again.

import type { Attempt } from '../client/types.js'
import type { MoneyOp } from '../generated/money-ops.js'
import type { AlarmReason } from './event-types.js'
import type { MoneyFinal, MoneyOutcome, Why } from './outcome-types.js'

/** Key of a debit in the journal. */
export interface DebitKey {
  /** Name of the call, such as `dmt.transfer` or `refund`. */
  readonly op: MoneyOp
  /** `clientRefId` of the debit; for a refund, the transaction id (tid). */
  readonly reference: string
}

/** One use of a reference. Entries of `unresolved`, events and outcomes have this shape. */
export type DebitReserved = {
  /** Name of the call, such as `dmt.transfer` or `refund`. */
  readonly op: MoneyOp
  /** Id of the reservation: of one use of the reference. */
  readonly reservationId: string
} & (
  | { readonly reference: string; readonly clientRefId?: string }
  | { readonly reference?: string; readonly clientRefId: string }
)

/** One final state of a debit. Entries of `unresolved`, events and outcomes have this shape. */
export type DebitSeen = MoneyFinal | (DebitReserved & { readonly revision: number })

/** State of a debit in the journal. */
export interface JournalEntry extends DebitKey {
  /** Id of the reservation: of the current use of the reference. */
  readonly reservationId: string
  /** Number of the debit's final state: 0 while there is none, then 1, 2 and so on. */
  readonly revision: number
  /** Latest known outcome of the debit. */
  readonly outcome: MoneyOutcome['outcome']
  /** True if the same reference may be used again. */
  readonly reusable: boolean
  /**
   * True if "not found" answers or a person ended the debit, so EPS may still report another end. Also true for a refund
   * whose second attempt did nothing: the first attempt may still be done. The reference must not be used again. Only
   * if `outcome` is `notSent` or `declined`, a debit with a new reference and `retryOf` may follow.
   */
  readonly spent: boolean
  /** Reason why the debit is still open. */
  readonly why?: Why
  /** Description of the part of an answer that contradicts the request. */
  readonly contradiction?: string
  /** Amount in rupees as decimal text, if the request carries an amount. */
  readonly amount?: string
  /** Transaction id (tid) of EPS, if known. */
  readonly tid?: string
  /**
   * Progress of the request, from `notDispatched` to `bodyComplete`. Also `notDispatched` if the process ended before
   * it recorded the progress.
   */
  readonly phase: Attempt['phase']
  /** Number of requests that were started. */
  readonly attempts: number
  /** Number of inquiries about the debit. */
  readonly inquiries: number
  /** Time when the journal reserved the debit, in Unix milliseconds. */
  readonly createdAt: number
  /** Time when the entry was last written, in Unix milliseconds. */
  readonly updatedAt: number
  /** Time of the next inquiry about the debit, in Unix milliseconds. Absent if no inquiry is planned. */
  readonly nextInquiryAt?: number
  /** True if you have acknowledged the final state. */
  readonly acknowledged: boolean
  /** Spent reference that this debit replaces. */
  readonly retryOf?: string
  /** True if a person declared the final state. */
  readonly declared?: boolean
}

/** One recorded change of a debit. */
export interface HistoryEntry {
  /** Time when the change was recorded, in Unix milliseconds. */
  readonly at: number
  /** Id of the reservation: of one use of the reference. */
  readonly reservationId: string
  /** Outcome before the change, if it differs from `to`. */
  readonly from?: MoneyOutcome['outcome']
  /** Outcome after the change. */
  readonly to: MoneyOutcome['outcome']
  /**
   * Cause of the change: `reserved`, `answer`, `noAnswer`, `inquiry`, `silence` (EPS did not find the debit for long
   * enough), `declaration` or `released`. Newer versions of this library may add causes.
   */
  readonly by: string
  /** Short description of the facts that led to the change. */
  readonly detail?: string
}

/** Alarm in the journal: a problem that a person must check. */
export interface Alarm {
  /** Id of the alarm. Pass the alarm to `acknowledgeAlarm` once a person has checked it. */
  readonly id: string
  /** Reason of the alarm. Your code should check the reason, not `detail`. */
  readonly reason: AlarmReason
  /** Description of the problem, for people to read. */
  readonly detail: string
  /** Name of the call, if the alarm is about a debit. */
  readonly op?: MoneyOp
  /** Reference of the debit, if the alarm is about a debit. */
  readonly reference?: string
  /** Id of the reservation, if the alarm is about a debit. */
  readonly reservationId?: string
  /** Time when the alarm was first raised, in Unix milliseconds. */
  readonly at: number
  /** True if you have acknowledged the alarm. */
  readonly acknowledged: boolean
}

/**
 * List of journal entries. Iteration reads the entries from the journal in pages.
 *
 * @example
 * for await (const debit of eko.unresolved()) console.log(debit.reference, debit.outcome)
 */
export interface Listing<T> extends AsyncIterable<T> {
  /** Resolves to an array of all entries, or of the first `limit` entries. */
  toArray(options?: { limit?: number }): Promise<T[]>
}

/** Confirmation that a person has asked EPS, by telephone or mail, and that EPS has answered. */
export interface Declared {
  /** Confirms that EPS itself has stated what you declare. It must be `true`. */
  iHaveAskedEps: true
}

/** Final state of a debit that EPS has told a person. Argument of `declareFinal`. */
export interface DeclaredFinal extends Declared {
  /** Final state that EPS has named. */
  outcome: 'settled' | 'declined' | 'refunded'
  /** Transaction id (tid) of EPS, if EPS has named one. */
  tid?: string | undefined
}
