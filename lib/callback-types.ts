// What EPS posts of a debit, and how it is read.
import type { JournalEntry } from './journal-types.js'

/**
 * What EPS posted, read leniently. It is unsigned, so anybody may have written it: never act on it, but give it to
 * `callbacks.merge`, which asks EPS.
 */
export interface Callback {
  /** The reference the debit carried. Of a static QR code it is the code's account number. */
  readonly clientRefId?: string
  /** EPS's transaction id. */
  readonly tid?: string
  /** What it claims: 0 done, 1 failed, 2 in flight, 3 refund pending, 4 refunded; others are in flight. */
  readonly txStatus?: number
  /** What it claims to have been before. */
  readonly oldTxStatus?: number
  /** Rupees. */
  readonly amount?: string
  /** Rupees. */
  readonly fee?: string
  /** Goods and services tax in rupees. */
  readonly gst?: string
  /** Tax deducted at source, in rupees. */
  readonly tds?: string
  /** Your commission in rupees. */
  readonly commission?: string
  /** The bank's reference. */
  readonly bankRefNum?: string
  /** Which service. */
  readonly serviceCode?: string
  /** 4 NEFT, 5 IMPS or UPI, 13 RTGS. */
  readonly paymentMode?: number
  /** As it came; it names no zone, Indian time is assumed. */
  readonly timestamp?: string
  /** Everything that came, in camelCase, numbers as exact text. Neither printed nor serialised: it may hold personal data. */
  readonly fields: Readonly<Record<string, unknown>>
}

/** The body of a callback: as text or bytes, which is exact, or as a web framework has already parsed it. */
export type CallbackBody = string | Uint8Array | Readonly<Record<string, unknown>>

/** What EPS posts to an address of yours. */
export interface Callbacks {
  /** Reads it; throws where it names no transaction. What it says is not to be believed. */
  parse(body: CallbackBody): Callback
  /**
   * Takes it for what it is, a hint: an open debit that it names is inquired now, and what the journal then knows is
   * resolved to; `undefined` where the journal knows no such debit. A debit that has ended is inquired too if the callback
   * says something else. Only what EPS then answers can raise an `alarm`.
   */
  merge(body: CallbackBody): Promise<JournalEntry | undefined>
}
