// Callbacks that EPS posts about debits, and the methods that read them.
import type { JournalEntry } from './journal-types.js'

/**
 * Callback from EPS, read leniently. Callbacks are unsigned, so anyone who knows your address can post one. Never act
 * on the content: pass the body to `callbacks.merge`, which asks EPS.
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
  /** Timestamp as EPS sent it. It has no time zone; Indian time is assumed. */
  readonly timestamp?: string
  /**
   * All members of the body, with camelCase names and numbers as exact text. Not printed or serialised, because they
   * may contain personal data.
   */
  readonly fields: Readonly<Record<string, unknown>>
}

/** Body of a callback: text or bytes, which keep numbers exact, or the object that a web framework has parsed. */
export type CallbackBody = string | Uint8Array | Readonly<Record<string, unknown>>

/** Methods for callbacks that EPS posts to you. */
export interface Callbacks {
  /** Reads a callback. Throws if the body names no transaction. The content is not verified, so do not act on it. */
  parse(body: CallbackBody): Callback
  /**
   * Uses a callback as a hint, and resolves to the updated journal entry of the debit, or to `undefined` if the journal
   * does not contain the debit. EPS is asked at once about an open debit, and about an ended debit only if the callback
   * contradicts the journal. Only EPS's answer can raise an `alarm`, never the callback.
   */
  merge(body: CallbackBody): Promise<JournalEntry | undefined>
}
