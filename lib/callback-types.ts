// Callbacks that EPS posts about debits, and the methods that read them.
import type { JournalEntry } from './journal-types.js'

/**
 * Callback from EPS, read leniently. It is unsigned, so anyone who knows your address can post one. Never act on its
 * content. Pass its body to `callbacks.merge`, which asks EPS.
 */
export interface Callback {
  /** Reference (`client_ref_id`) of the debit. For a static QR code, it is the account number of the code. */
  readonly clientRefId?: string
  /** Transaction id (tid) of EPS. */
  readonly tid?: string
  /**
   * State that the callback claims: 0 done, 1 failed, 2 in flight, 3 refund pending, 4 refunded. Any other number means
   * in flight.
   */
  readonly txStatus?: number
  /** Previous state that the callback claims. */
  readonly oldTxStatus?: number
  /** Amount in rupees, as text. */
  readonly amount?: string
  /** Fee in rupees, as text. */
  readonly fee?: string
  /** Goods and services tax in rupees, as text. */
  readonly gst?: string
  /** Tax deducted at source in rupees, as text. */
  readonly tds?: string
  /** Your commission in rupees, as text. */
  readonly commission?: string
  /** Reference that the bank gave the transaction. */
  readonly bankRefNum?: string
  /** Code of the service. */
  readonly serviceCode?: string
  /** Payment mode: 4 NEFT, 5 IMPS or UPI, 13 RTGS. */
  readonly paymentMode?: number
  /** Time in the form that EPS sent. It names no time zone; Indian time is assumed. */
  readonly timestamp?: string
  /**
   * All members of the body, with names in camelCase and numbers as exact text. They may contain personal data, so they
   * are neither printed nor serialised.
   */
  readonly fields: Readonly<Record<string, unknown>>
}

/** Body of a callback: text or bytes, which keep numbers exact, or the object that a web framework has parsed. */
export type CallbackBody = string | Uint8Array | Readonly<Record<string, unknown>>

/** Methods for the callbacks that EPS posts to your address. */
export interface Callbacks {
  /** Reads a callback. Throws if the body names no transaction. The content is not verified, so do not act on it. */
  parse(body: CallbackBody): Callback
  /**
   * Uses a callback as a hint, and resolves to the updated journal entry of the debit. Resolves to `undefined` if the
   * debit is not in the journal. If the debit is open, EPS is asked about it at once. If the debit has ended, EPS is
   * asked only if the callback contradicts the journal. The callback itself never raises an `alarm`; only the answer of
   * EPS can.
   */
  merge(body: CallbackBody): Promise<JournalEntry | undefined>
}
