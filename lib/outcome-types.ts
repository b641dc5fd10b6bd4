// Outcomes of debits, the calls that move money. A spent reference belongs to a debit that ended as `notSent` although
// a complete request was sent. It must not be used again.
import type { EkoError } from './errors.js'
import type { Attempt, CallOptions, Meta } from './types.js'

/**
 * Options for one debit. If the call is aborted, or its deadline passes, only the waiting ends, not the debit. The
 * promise then resolves to the outcome that is known at that time. `deadlineMs` must be at least 5,000, except on
 * loopback.
 */
export interface MoneyOptions extends CallOptions {
  /**
   * Spent reference that this debit replaces. A reference is spent if its debit ended as `notSent` after a complete
   * request was sent. To send a spent refund again, give its own transaction id (tid), each time. EPS is asked about
   * the old reference once more before this debit is sent. If the old debit may have been booked, this debit is not
   * sent.
   */
  retryOf?: string
}

/** Evidence of how much of a debit's request was sent. */
export interface Evidence {
  /** Progress of the last request, from `notDispatched` to `bodyComplete`. */
  readonly phase: Attempt['phase']
  /** Number of bytes of the last request that the connection accepted. */
  readonly bytesWritten?: number
  /** Size of the whole request, in bytes. */
  readonly bytesTotal?: number
  /** History of the debit: one entry for each request that was started. */
  readonly attempts: readonly Attempt[]
}

/** Members that every outcome of a debit has. */
export interface MoneyAnswered {
  /** Name of the call, such as `dmt.transfer` or `refund`. */
  readonly op: string
  /**
   * Reference of the debit: yours, or the one that this library generated. For a refund, it is the transaction id (tid)
   * of the transaction.
   */
  readonly clientRefId: string
  /** Id of this attempt to use the reference. Absent if nothing was reserved in the journal; then nothing was sent. */
  readonly reservationId?: string
  /**
   * Number of the current final state of this attempt: 0 while there is none, then 1, 2 and so on. Use it together with
   * `reservationId` to make your own update idempotent.
   */
  readonly revision?: number
  /**
   * True if the same reference may be used again. Always false for a refund that was spent once: to send it again, give
   * its tid as `retryOf` each time.
   */
  readonly reusable: boolean
  /** Transaction id (tid) of EPS, if known. Store it. */
  readonly tid?: string
  /** Evidence of how much of the request was sent. */
  readonly evidence: Evidence
  /** Error that explains why the debit is not settled, if there is one. */
  readonly error?: EkoError
  /** Description of the part of an answer that contradicts the request. If present, a person must check the debit. */
  readonly contradiction?: string
  /** Ids and message that EPS sent, if EPS answered. */
  readonly meta?: Meta
  /**
   * Body of the answer, unchanged, if one arrived. It may hold personal data, so it is neither printed nor serialised.
   */
  readonly raw?: string
}

/**
 * Reason why a debit is still open.
 * - `inFlight`: the request may still be under way, or EPS is still processing it.
 * - `noAnswer`: the inquiries get no usable answer.
 * - `noControl`: there is no booked reference to compare with, so the answer "not found" proves nothing. See the option
 *   `knownReferences`.
 * - `unlike`: EPS answers an inquiry about this reference differently from one about a reference that was never used.
 * - `contradiction`: an answer contradicts the request.
 */
export type Why = 'noControl' | 'unlike' | 'noAnswer' | 'contradiction' | 'inFlight'

/** Members of an outcome that is not final yet. */
export interface MoneyOpen extends MoneyAnswered {
  /** Reason why the debit is open. */
  readonly why?: Why
  /** Time of the next background inquiry, in milliseconds since 1970. Absent if no journal could record the debit. */
  readonly nextInquiryAt?: number
  /**
   * Sends one inquiry about the debit to EPS now, and resolves to the outcome that is then known. It does not send the
   * debit again. If the inquiry itself fails, the promise rejects and the debit stays unchanged.
   */
  resolve(): Promise<MoneyOutcome>
}

/** Outcome of a debit that is done. This outcome is final. */
export interface MoneySettled extends MoneyAnswered {
  readonly outcome: 'settled'
}

/**
 * Outcome of a debit that was refused or has failed. No money was moved, or the money is back. This outcome is final.
 */
export interface MoneyDeclined extends MoneyAnswered {
  readonly outcome: 'declined'
  /**
   * True if EPS refused the debit before it did any work, so that the reference may be used again. Always false for a
   * refund whose reference was spent once.
   */
  readonly beforeWork: boolean
}

/** Outcome of a debit that EPS is still processing. Wait, or call `resolve()`. Never send the debit again. */
export interface MoneyPending extends MoneyOpen {
  readonly outcome: 'pending'
}

/**
 * Outcome of a debit that failed after the money was taken. The money is not back yet. Call `sendRefundOtp`, then
 * `refund`.
 */
export interface MoneyRefundPending extends MoneyOpen {
  readonly outcome: 'refundPending'
  /** Name of the next call to make. It sends the customer the OTP that `refund` takes. */
  readonly next: 'sendRefundOtp'
}

/** Outcome of a debit whose money was returned. This outcome is final. */
export interface MoneyRefunded extends MoneyAnswered {
  readonly outcome: 'refunded'
}

/**
 * Outcome of a debit that has moved no money and will move none later. This outcome is final. If no complete request
 * was sent, `reusable` is true, except for a refund that was spent before. Otherwise the debit ended because EPS did
 * not find it for long enough, or because a person declared it as not sent. Its reference is then spent: use a new
 * reference, and name the spent one as `retryOf`.
 */
export interface MoneyNotSent extends MoneyAnswered {
  readonly outcome: 'notSent'
}

/**
 * Outcome of a debit that may have been sent and whose result is unknown. Never send the debit again. Call `resolve()`,
 * or wait for the background inquiries.
 */
export interface MoneyIndeterminate extends MoneyOpen {
  readonly outcome: 'indeterminate'
}

/** Outcome of a debit that has ended. */
export type MoneyFinal = MoneySettled | MoneyDeclined | MoneyRefunded | MoneyNotSent

/** Outcome of a debit, the same for all calls that move money. `outcome` tells the cases apart. */
export type MoneyOutcome = MoneyFinal | MoneyPending | MoneyRefundPending | MoneyIndeterminate
