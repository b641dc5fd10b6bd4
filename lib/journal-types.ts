// What the journal knows of debits, and what may be asked of it. All times are milliseconds since 1970.
import type { AlarmReason } from './event-types.js'
import type { MoneyFinal, MoneyOutcome, Why } from './outcome-types.js'
import type { Attempt } from './types.js'

/** What a debit is known by. */
export interface DebitKey {
  /** The call: `dmt.transfer`, `refund`. */
  readonly op: string
  /** `clientRefId`, or the tid of a refund. */
  readonly reference: string
}

/** One attempt under a reference: what `unresolved` lists, an event, or an outcome. */
export type DebitReserved = {
  /** The call: `dmt.transfer`, `refund`. */
  readonly op: string
  /** The attempt. */
  readonly reservationId: string
} & (
  | { readonly reference: string; readonly clientRefId?: string }
  | { readonly reference?: string; readonly clientRefId: string }
)

/** One final state of a debit: what `unresolved` lists, an event, or an outcome. */
export type DebitSeen = MoneyFinal | (DebitReserved & { readonly revision: number })

/** What the journal knows of a debit. */
export interface JournalEntry extends DebitKey {
  /** The attempt that the reference stands for now. */
  readonly reservationId: string
  /** Counts the final states of this attempt, from 1; 0 before the first. */
  readonly revision: number
  /** What is known of it. */
  readonly outcome: MoneyOutcome['outcome']
  /** Whether the reference may be used again. */
  readonly reusable: boolean
  /** Whether the reference is spent: it ended without money, but only a new reference with `retryOf` may follow. */
  readonly spent: boolean
  /** Why it is still open. */
  readonly why?: Why
  /** What in an answer contradicts the request. */
  readonly contradiction?: string
  /** Rupees as decimal text, where the request carries an amount. */
  readonly amount?: string
  /** EPS's transaction id, where known. */
  readonly tid?: string
  /** How far the request got; `notDispatched` also where the process ended before it could be recorded. */
  readonly phase: Attempt['phase']
  /** Requests that were begun. */
  readonly attempts: number
  /** Inquiries made. */
  readonly inquiries: number
  /** When it was reserved. */
  readonly createdAt: number
  /** When it was last written. */
  readonly updatedAt: number
  /** When it is asked about next, if it is. */
  readonly nextInquiryAt?: number
  /** Whether its end was acknowledged. */
  readonly acknowledged: boolean
  /** The spent reference that this one replaces. */
  readonly retryOf?: string
  /** Whether its end is what a person has declared. */
  readonly declared?: boolean
}

/** One change of what is known of a debit. */
export interface HistoryEntry {
  /** When it was recorded. */
  readonly at: number
  /** The attempt. */
  readonly reservationId: string
  /** What was known before, where it was another. */
  readonly from?: MoneyOutcome['outcome']
  /** What was known from then on. */
  readonly to: MoneyOutcome['outcome']
  /** What brought it: `reserved`, `answer`, `noAnswer`, `inquiry`, `silence`, `declaration` or `released`; others may come. */
  readonly by: string
  /** The evidence in short. */
  readonly detail?: string
}

/** An alarm as the journal keeps it. */
export interface Alarm {
  /** What it is acknowledged by. */
  readonly id: string
  /** What kind of doubt it is; act on this. */
  readonly reason: AlarmReason
  /** What does not fit, in words. */
  readonly detail: string
  /** The call, where it is about a debit. */
  readonly op?: string
  /** The debit's reference, where it is about one. */
  readonly reference?: string
  /** The debit's attempt, where it is about one. */
  readonly reservationId?: string
  /** When it was raised first. */
  readonly at: number
  /** Whether somebody has acknowledged it. */
  readonly acknowledged: boolean
}

/**
 * What the journal lists, read from it page by page while you iterate.
 *
 * @example
 * for await (const debit of eko.unresolved()) console.log(debit.reference, debit.outcome)
 */
export interface Listing<T> extends AsyncIterable<T> {
  /** All of them, or the first `limit`. */
  toArray(options?: { limit?: number }): Promise<T[]>
}

/** What a person says who ends a debit by hand: EPS was asked, by telephone or mail, and has answered. */
export interface Declared {
  /** That EPS has said so about this debit. */
  iHaveAskedEps: true
}

/** How a debit has ended, as EPS has told a person. */
export interface DeclaredFinal extends Declared {
  /** Its end. */
  outcome: 'settled' | 'declined' | 'refunded'
  /** EPS's transaction id, if it has named one. */
  tid?: string
}
