// Outcomes of debits.
import type { EkoError } from './errors.js'
import type { Attempt, CallOptions, Meta } from './types.js'

/**
 * Options of one debit. An abort or the deadline ends the waiting, not the debit: the promise then resolves to what is
 * known. Except on loopback, `deadlineMs` must be at least 5,000.
 */
export interface MoneyOptions extends CallOptions {
  /**
   * Spent reference that this debit replaces: a reference that ended `notSent` after a complete request had left. For a
   * refund it is the tid of the refund itself. EPS is asked about it once more before this debit is sent. If the old
   * debit may have been booked, this one is not sent.
   */
  retryOf?: string
}

/** Evidence of how far the request of a debit got. */
export interface Evidence {
  /** Progress of the last request, from `notDispatched` to `bodyComplete`. */
  readonly phase: Attempt['phase']
  /** Number of bytes of the last request that the connection took. */
  readonly bytesWritten?: number
  /** Number of bytes of the whole request. */
  readonly bytesTotal?: number
  /** History: one entry for each request that was begun. */
  readonly attempts: readonly Attempt[]
}

/** Members of every outcome of a debit. */
export interface MoneyAnswered {
  /** Name of the call, such as `dmt.transfer` or `refund`. */
  readonly op: string
  /** Reference of the debit: yours, or the one generated for it. For a refund it is the tid of the transaction. */
  readonly clientRefId: string
  /** Id of this attempt under the reference. Absent if nothing was reserved; then nothing was sent. */
  readonly reservationId?: string
  /**
   * Counts the final states of this attempt: 0 before the first, then from 1. Use it together with `reservationId` to
   * make your own update idempotent.
   */
  readonly revision?: number
  /**
   * True if the same reference may be used again. Always false for a refund that was spent once: name its tid as
   * `retryOf` each time.
   */
  readonly reusable: boolean
  /** EPS's transaction id, if known. Store it. */
  readonly tid?: string
  /** Evidence of how far the request got. */
  readonly evidence: Evidence
  /** Error that explains why the debit is not settled, if there is one. */
  readonly error?: EkoError
  /** Description of what in an answer contradicts the request. A person must look. */
  readonly contradiction?: string
  /** EPS's ids and message, if EPS answered. */
  readonly meta?: Meta
  /**
   * Body of the answer, unchanged, if one arrived. It may hold personal data, so it is neither printed nor serialised.
   */
  readonly raw?: string
}

/**
 * Reason why a debit is still open.
 * - `inFlight`: the request may still be on its way, or EPS is working on it.
 * - `noAnswer`: inquiries get no usable answer.
 * - `noControl`: no booked reference is known to compare with, so "not found" proves nothing. See `knownReferences`.
 * - `unlike`: EPS answers this reference in another way than a reference that was never used.
 * - `contradiction`: an answer contradicts the request.
 */
export type Why = 'noControl' | 'unlike' | 'noAnswer' | 'contradiction' | 'inFlight'

/** Outcome that is not final yet. */
export interface MoneyOpen extends MoneyAnswered {
  /** Reason why the debit is open. */
  readonly why?: Why
  /** Time of the next inquiry of the resolver, in milliseconds since 1970. Absent if no journal could record it. */
  readonly nextInquiryAt?: number
  /**
   * Asks EPS about the debit once, now, and resolves to what is then known. It only reads. If the inquiry itself fails,
   * the promise rejects and the debit stays as it is.
   */
  resolve(): Promise<MoneyOutcome>
}

/** Debit that is done. This outcome is final. */
export interface MoneySettled extends MoneyAnswered {
  readonly outcome: 'settled'
}

/** Debit that was refused or has failed. No money has moved, or the money is back. This outcome is final. */
export interface MoneyDeclined extends MoneyAnswered {
  readonly outcome: 'declined'
  /**
   * True if EPS refused before doing any work, and the reference may be used again. Always false for a refund that was
   * spent once.
   */
  readonly beforeWork: boolean
}

/** Debit that EPS has and has not finished. Wait, or call `resolve()`. Never send it again. */
export interface MoneyPending extends MoneyOpen {
  readonly outcome: 'pending'
}

/** Debit that failed after the money was taken. The money is not back yet. Call `sendRefundOtp`, then `refund`. */
export interface MoneyRefundPending extends MoneyOpen {
  readonly outcome: 'refundPending'
  /** Name of the next call. It sends the OTP with which the customer takes the money back. */
  readonly next: 'sendRefundOtp'
}

/** Debit whose money is back. This outcome is final. */
export interface MoneyRefunded extends MoneyAnswered {
  readonly outcome: 'refunded'
}

/**
 * Debit that has moved no money. This attempt will move none later. This outcome is final. If no complete request has
 * left, `reusable` is true. Otherwise the silence of EPS, or a person, has ended the debit, and its reference is spent.
 * Then use a new reference, and name this one as `retryOf`.
 */
export interface MoneyNotSent extends MoneyAnswered {
  readonly outcome: 'notSent'
}

/**
 * Debit that may have been sent, and whose result is not known. Never send it again. Call `resolve()`, or wait for the
 * resolver.
 */
export interface MoneyIndeterminate extends MoneyOpen {
  readonly outcome: 'indeterminate'
}

/** Outcome of a debit that has ended. */
export type MoneyFinal = MoneySettled | MoneyDeclined | MoneyRefunded | MoneyNotSent

/** Outcome of a debit, on any rail. `outcome` tells the cases apart. */
export type MoneyOutcome = MoneyFinal | MoneyPending | MoneyRefundPending | MoneyIndeterminate
