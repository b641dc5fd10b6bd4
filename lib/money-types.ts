// What debits resolve to, and what the journal tells of them.
import type { EkoError } from './errors.js'
import type { Attempt, CallOptions, Meta } from './types.js'

/** What may be said about one debit. Aborting it, or its deadline, does not undo it: it then resolves to what is known. */
export type MoneyOptions = CallOptions

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
  /** The reference of the intent: yours, or the one generated for it; of a refund the transaction's tid. */
  readonly clientRefId: string
  /** EPS's transaction id, where known. Store it. */
  readonly tid?: string
  /** How far the request got. */
  readonly evidence: Evidence
  /** EPS's ids and message, where EPS answered. */
  readonly meta?: Meta
  /** The body as it came, where one came. Neither printed nor serialised: it may hold personal data. */
  readonly raw?: string
}

/** What is not final yet. */
export interface MoneyOpen extends MoneyAnswered {
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
  /** Whether EPS refused before doing any work: only then the reference may be used again. */
  readonly beforeWork: boolean
  /** Why, where EPS answered with a refusal. */
  readonly error?: EkoError
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

/** No complete request has left, or EPS knows nothing of it for good: the reference may be used again. */
export interface MoneyNotSent extends MoneyAnswered {
  readonly outcome: 'notSent'
  /** Why. */
  readonly error?: EkoError
}

/** It may have left, and what became of it is not known. Never send it again: `resolve()`, or wait for the resolver. */
export interface MoneyIndeterminate extends MoneyOpen {
  readonly outcome: 'indeterminate'
  /** What happened. */
  readonly error?: EkoError
  /** What in the answer contradicts the request: somebody must look. */
  readonly contradiction?: string
}

/** What a debit resolves to, of whatever rail; `outcome` tells which. */
export type MoneyOutcome =
  | MoneySettled
  | MoneyDeclined
  | MoneyPending
  | MoneyRefundPending
  | MoneyRefunded
  | MoneyNotSent
  | MoneyIndeterminate

/** What a debit is known by. */
export interface DebitKey {
  /** The call: `dmt.transfer`, `refund`. */
  op: string
  /** `clientRefId`, or the tid of a refund. */
  reference: string
}

/** What the journal knows of a debit. Times are milliseconds since 1970. */
export interface JournalEntry {
  /** The call. */
  readonly op: string
  /** `clientRefId`, or the tid of a refund. */
  readonly reference: string
  /** What is known of it. */
  readonly outcome: MoneyOutcome['outcome']
  /** Whether the reference may be used again. */
  readonly reusable: boolean
  /** Rupees, where the request carries an amount. */
  readonly amount?: string
  /** EPS's transaction id, where known. */
  readonly tid?: string
  /** How far the request got; `notDispatched` also where the process ended before it could be recorded. */
  readonly phase: Attempt['phase']
  /** Requests that were begun. */
  readonly attempts: number
  /** Inquiries made. */
  readonly inquiries: number
  /** Inquiries that found nothing. */
  readonly notFound: number
  /** When the intent was made durable. */
  readonly createdAt: number
  /** When it was last written. */
  readonly updatedAt: number
  /** The next inquiry, while open. */
  readonly nextInquiryAt?: number
  /** Whether its end was acknowledged. */
  readonly acknowledged: boolean
}

/** What every event tells of a debit. */
export interface DebitNews {
  /** The call. */
  readonly op: string
  /** `clientRefId`, or the tid of a refund. */
  readonly reference: string
  /** What is known now. */
  readonly state: MoneyOutcome['outcome']
  /** EPS's transaction id, where known. */
  readonly tid?: string
}

/** A debit's own answer was recorded. */
export interface DebitOutcomeEvent extends DebitNews {
  readonly kind: 'outcome'
}

/** An inquiry brought a debit's end. */
export interface DebitResolvedEvent extends DebitNews {
  readonly kind: 'resolved'
}

/**
 * Why an alarm is raised. `duplicateObserved`: the debit is now named with another tid than before, and may have been booked
 * twice. `contradiction`: its reference or its amount is named otherwise than it was sent, or of a refund what cannot be.
 * `stateChanged`: it is named in another state than its final one, which stands.
 */
export type AlarmReason = 'duplicateObserved' | 'contradiction' | 'stateChanged'

/** What EPS, or a callback, says of a debit does not fit to what is known. Somebody must look. */
export interface DebitAlarmEvent extends DebitNews {
  readonly kind: 'alarm'
  /** What kind of doubt it is; act on this. */
  readonly reason: AlarmReason
  /** What does not fit, in words. */
  readonly detail: string
}

/** Something became known of a debit; `kind` tells what. */
export type DebitEvent = DebitOutcomeEvent | DebitResolvedEvent | DebitAlarmEvent

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
   * resolved to; `undefined` where the journal knows no such debit. A contradiction raises an `alarm`.
   */
  merge(body: CallbackBody): Promise<JournalEntry | undefined>
}

/** When open debits are inquired. Away from loopback a schedule that could take a debit for "not done" too early is refused. */
export interface ScheduleOption {
  /** A debit must have begun to leave within this time; 60,000 unless given. */
  beginWithinMs?: number
  /** Up to this age inquiries come each minute; 900,000 unless given. */
  minutelyUntilMs?: number
  /** Later they come so far apart; 900,000 unless given. */
  slowMs?: number
  /** "Not found" is final only after so many of them; 4 unless given. */
  notFoundCount?: number
  /** And only if they are spread over at least this long; 900,000 unless given. */
  notFoundSpreadMs?: number
}

/** A row of a journal. `entry` is opaque; it holds no secret and no personal data. */
export interface JournalRow {
  /** Unique. */
  readonly key: string
  /** Counts writes of this key, from 1. */
  readonly version: number
  /** The intent, as text. */
  readonly entry: string
  /** When to inquire, in milliseconds since 1970; `null` once final. */
  readonly dueMs: number | null
  /** Open, or final and not acknowledged. */
  readonly unresolved: boolean
  /** When it was written, in milliseconds since 1970. */
  readonly updatedMs: number
}

/**
 * A journal in a database of yours, shared by any number of processes and machines. A method that rejects, or does not
 * answer within ten seconds, keeps a debit from leaving.
 */
export interface JournalStore {
  /** The row of a key. */
  read(key: string): Promise<JournalRow | null | undefined>
  /**
   * Writes the row if the stored version is `row.version - 1` (0: there is none), atomically among all processes, and
   * resolves to whether it was written, once that survives a power cut.
   */
  write(row: JournalRow): Promise<boolean>
  /** Rows with `dueMs` up to this time, the earliest first. */
  due(nowMs: number, limit: number): Promise<readonly JournalRow[]>
  /** Unresolved rows, the oldest write first. */
  unresolved(limit: number): Promise<readonly JournalRow[]>
  /** Removes rows that are not unresolved and were written before this time; resolves to how many. */
  prune(beforeMs: number): Promise<number>
}

/**
 * Where the intents of debits are kept: a file (also by its path alone) for the processes of one machine, a store for
 * many, or nothing, by naming the risk.
 */
export type JournalOption = string | { file: string } | { store: JournalStore } | { off: 'a-debit-may-leave-twice' }
