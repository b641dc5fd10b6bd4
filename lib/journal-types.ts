// Types of the journal: debits, their history, and alarms. All times are milliseconds since 1970.
import type { AlarmReason } from './event-types.js'
import type { MoneyFinal, MoneyOutcome, Why } from './outcome-types.js'
import type { Attempt } from './types.js'

/** Key of a debit in the journal. */
export interface DebitKey {
  /** Name of the call, such as `dmt.transfer` or `refund`. */
  readonly op: string
  /** `clientRefId` of the debit. A refund has the tid here. */
  readonly reference: string
}

/** One attempt under a reference. Entries of `unresolved`, events and outcomes have this shape. */
export type DebitReserved = {
  /** Name of the call, such as `dmt.transfer` or `refund`. */
  readonly op: string
  /** Id of the attempt. */
  readonly reservationId: string
} & (
  | { readonly reference: string; readonly clientRefId?: string }
  | { readonly reference?: string; readonly clientRefId: string }
)

/** One final state of a debit. Entries of `unresolved`, events and outcomes have this shape. */
export type DebitSeen = MoneyFinal | (DebitReserved & { readonly revision: number })

/** Debit as the journal knows it. */
export interface JournalEntry extends DebitKey {
  /** Id of the attempt that uses the reference now. */
  readonly reservationId: string
  /** Counts the final states of this attempt: 0 before the first, then from 1. */
  readonly revision: number
  /** Outcome that is known now. */
  readonly outcome: MoneyOutcome['outcome']
  /** True if the same reference may be used again. */
  readonly reusable: boolean
  /**
   * True if the reference is spent: the debit ended without money, and only a new reference with `retryOf` may follow.
   */
  readonly spent: boolean
  /** Reason why the debit is still open. */
  readonly why?: Why
  /** Description of what in an answer contradicts the request. */
  readonly contradiction?: string
  /** Amount in rupees as decimal text, if the request carries an amount. */
  readonly amount?: string
  /** EPS's transaction id, if known. */
  readonly tid?: string
  /** Progress of the request. It is also `notDispatched` if the process ended before the progress was recorded. */
  readonly phase: Attempt['phase']
  /** Number of requests that were begun. */
  readonly attempts: number
  /** Number of inquiries that were made. */
  readonly inquiries: number
  /** Time when the debit was reserved, in milliseconds since 1970. */
  readonly createdAt: number
  /** Time when the entry was last written, in milliseconds since 1970. */
  readonly updatedAt: number
  /** Time of the next inquiry, in milliseconds since 1970. Absent if none is due. */
  readonly nextInquiryAt?: number
  /** True if the final state was acknowledged. */
  readonly acknowledged: boolean
  /** Spent reference that this debit replaces. */
  readonly retryOf?: string
  /** True if a person declared the final state. */
  readonly declared?: boolean
}

/** One change of a debit in the journal. */
export interface HistoryEntry {
  /** Time when the change was recorded, in milliseconds since 1970. */
  readonly at: number
  /** Id of the attempt. */
  readonly reservationId: string
  /** Outcome before the change, if it was a different one. */
  readonly from?: MoneyOutcome['outcome']
  /** Outcome after the change. */
  readonly to: MoneyOutcome['outcome']
  /**
   * Cause of the change: `reserved`, `answer`, `noAnswer`, `inquiry`, `silence`, `declaration` or `released`. Newer
   * versions may add causes.
   */
  readonly by: string
  /** Evidence for the change, in short. */
  readonly detail?: string
}

/** Alarm as the journal keeps it. */
export interface Alarm {
  /** Id of the alarm. `acknowledgeAlarm` takes it. */
  readonly id: string
  /** Reason of the alarm. Decide by this value, not by `detail`. */
  readonly reason: AlarmReason
  /** Description of what does not match, in words. */
  readonly detail: string
  /** Name of the call, if the alarm is about a debit. */
  readonly op?: string
  /** Reference of the debit, if the alarm is about one. */
  readonly reference?: string
  /** Id of the attempt of the debit, if the alarm is about one. */
  readonly reservationId?: string
  /** Time when the alarm was first raised, in milliseconds since 1970. */
  readonly at: number
  /** True if the alarm was acknowledged. */
  readonly acknowledged: boolean
}

/**
 * List of journal entries. It is read from the journal page by page while you iterate.
 *
 * @example
 * for await (const debit of eko.unresolved()) console.log(debit.reference, debit.outcome)
 */
export interface Listing<T> extends AsyncIterable<T> {
  /** Resolves to all entries, or to the first `limit` entries. */
  toArray(options?: { limit?: number }): Promise<T[]>
}

/** Confirmation of a person who ends a debit by hand: EPS was asked, by telephone or mail, and has answered. */
export interface Declared {
  /** Confirms that EPS has said so about this debit. */
  iHaveAskedEps: true
}

/** Final state of a debit, as EPS has told it to a person. */
export interface DeclaredFinal extends Declared {
  /** Final state. */
  outcome: 'settled' | 'declined' | 'refunded'
  /** EPS's transaction id, if EPS has named one. */
  tid?: string
}
