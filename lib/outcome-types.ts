// What debits resolve to.
import type { EkoError } from './errors.js'
import type { Attempt, CallOptions, Meta } from './types.js'

/**
 * What may be said about one debit. Aborting it, or its deadline, ends the waiting and not the debit: it then resolves to what
 * is known. Away from loopback `deadlineMs` is 5,000 at least.
 */
export interface MoneyOptions extends CallOptions {
  /**
   * A spent reference that this debit replaces: one that ended `notSent` after a complete request had left; of a refund its own
   * tid. EPS is asked once more about it before this debit leaves; where it may have been booked, this one does not leave.
   */
  retryOf?: string
}

/** How far a debit's request got, and how that is known. */
export interface Evidence {
  /** How far the last request got. */
  readonly phase: Attempt['phase']
  /** Bytes of it that the connection took. */
  readonly bytesWritten?: number
  /** Bytes of the whole request. */
  readonly bytesTotal?: number
  /** The history: one entry for each request that was begun. */
  readonly attempts: readonly Attempt[]
}

/** What every outcome of a debit carries. */
export interface MoneyAnswered {
  /** The call: `dmt.transfer`, `refund`. */
  readonly op: string
  /** The reference of the debit: yours, or the one generated for it; of a refund the transaction's tid. */
  readonly clientRefId: string
  /** This attempt under the reference; absent where nothing was reserved, so that nothing has left. */
  readonly reservationId?: string
  /**
   * Counts the final states of this attempt, from 1; 0 before the first. `reservationId` and `revision` together make your own
   * update idempotent.
   */
  readonly revision?: number
  /** Whether the same reference may be used again. Of a refund that was spent once: no, name its tid as `retryOf` each time. */
  readonly reusable: boolean
  /** EPS's transaction id, where known. Store it. */
  readonly tid?: string
  /** How far the request got. */
  readonly evidence: Evidence
  /** Why it is not settled, where an error says so. */
  readonly error?: EkoError
  /** What in an answer contradicts the request: somebody must look. */
  readonly contradiction?: string
  /** EPS's ids and message, where EPS answered. */
  readonly meta?: Meta
  /** The body as it came, where one came. Neither printed nor serialised: it may hold personal data. */
  readonly raw?: string
}

/**
 * Why a debit is still open.
 * - `inFlight`: it may still be on its way, or EPS is working on it.
 * - `noAnswer`: inquiries get no usable answer.
 * - `noControl`: no booked reference is known to compare with, so that "not found" proves nothing: see `knownReferences`.
 * - `unlike`: EPS does not answer about it as about a reference that nobody has used.
 * - `contradiction`: an answer contradicts the request.
 */
export type Why = 'noControl' | 'unlike' | 'noAnswer' | 'contradiction' | 'inFlight'

/** What is not final yet. */
export interface MoneyOpen extends MoneyAnswered {
  /** Why it is open. */
  readonly why?: Why
  /** When the resolver inquires next, in milliseconds since 1970; absent where no journal could record it. */
  readonly nextInquiryAt?: number
  /**
   * Inquires once, now, and resolves to what is then known. It only reads: where the inquiry itself fails it rejects, and
   * the debit stays as it is.
   */
  resolve(): Promise<MoneyOutcome>
}

/** Done: final. */
export interface MoneySettled extends MoneyAnswered {
  readonly outcome: 'settled'
}

/** Refused or failed; no money has moved, or it is back: final. */
export interface MoneyDeclined extends MoneyAnswered {
  readonly outcome: 'declined'
  /** Whether EPS refused before doing any work, and the reference may be used again. Of a refund that was spent once: `false`. */
  readonly beforeWork: boolean
}

/** EPS has it and has not finished: wait, or `resolve()`. Never send it again. */
export interface MoneyPending extends MoneyOpen {
  readonly outcome: 'pending'
}

/** It failed after the money was taken, which is not back yet: `sendRefundOtp`, then `refund`. */
export interface MoneyRefundPending extends MoneyOpen {
  readonly outcome: 'refundPending'
  /** Sends the OTP with which the customer takes the money back. */
  readonly next: 'sendRefundOtp'
}

/** The money is back: final. */
export interface MoneyRefunded extends MoneyAnswered {
  readonly outcome: 'refunded'
}

/**
 * No money has moved, and none of this attempt will: final. Where no complete request has left, `reusable` is true. Otherwise
 * EPS's silence, or a person, has ended it and the reference is spent: take a new one, with `retryOf` naming this one.
 */
export interface MoneyNotSent extends MoneyAnswered {
  readonly outcome: 'notSent'
}

/** It may have left, and what became of it is not known. Never send it again: `resolve()`, or wait for the resolver. */
export interface MoneyIndeterminate extends MoneyOpen {
  readonly outcome: 'indeterminate'
}

/** What a debit has ended with. */
export type MoneyFinal = MoneySettled | MoneyDeclined | MoneyRefunded | MoneyNotSent

/** What a debit resolves to, of whatever rail; `outcome` tells which. */
export type MoneyOutcome = MoneyFinal | MoneyPending | MoneyRefundPending | MoneyIndeterminate
