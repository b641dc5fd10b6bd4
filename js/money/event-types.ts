// Events about debits and the journal. A client sends them while it is open.
import type { MoneyOp } from '../generated/money-ops.js'
import type { MoneyOutcome } from './outcome-types.js'

/** Members that every event about a debit has. */
export interface DebitNews {
  /** Name of the call, such as `dmt.transfer` or `refund`. */
  readonly op: MoneyOp
  /** `clientRefId` of the debit; for a refund, the transaction id (tid). */
  readonly reference: string
  /** Id of the reservation: of one use of the reference. */
  readonly reservationId: string
  /**
   * Number of the debit's final state: 0 while there is none, then 1, 2 and so on. Use it with `reservationId` to make
   * your own updates idempotent.
   */
  readonly revision: number
  /** Latest known outcome of the debit. */
  readonly outcome: MoneyOutcome['outcome']
  /** Transaction id (tid) of EPS, if known. */
  readonly tid?: string
}

/** Event after the answer to a debit's own request was recorded in the journal. */
export interface DebitOutcomeEvent extends DebitNews {
  readonly kind: 'outcome'
}

/**
 * Event after a debit has ended by other means than the answer to its own request, or after its final state has
 * changed. A changed state has a higher `revision`.
 */
export interface DebitResolvedEvent extends DebitNews {
  readonly kind: 'resolved'
}

/**
 * Reason of an alarm.
 * - `contradiction`: an answer names another reference, transaction id (tid) or amount than the debit has, or the
 *   answer contradicts itself.
 * - `duplicateObserved`: EPS names another tid for a debit than before. The debit may have been booked twice.
 * - `stateChanged`: EPS names another state for a debit that is final.
 * - `bookedTwice`: a spent debit (one that ended as not sent) and the debit that replaced it are both booked, or a
 *   refund is booked twice.
 * - `madeUpFound`: EPS has found a made-up reference that was never used, so EPS's answers "not found" prove nothing.
 * - `openTooLong`: a debit has been open for longer than `alarmAfterMs`.
 * - `journal`: the journal is damaged, was replaced, or has lost commits. This alarm is only an event, because a
 *   damaged journal cannot store alarms.
 */
export type AlarmReason =
  | 'contradiction'
  | 'duplicateObserved'
  | 'stateChanged'
  | 'bookedTwice'
  | 'madeUpFound'
  | 'openTooLong'
  | 'journal'

/**
 * Event about a problem that a person must check. The journal keeps the alarm until you acknowledge it (see
 * `eko.alarms()`), unless the reason is `journal`.
 */
export interface AlarmEvent extends Partial<DebitNews> {
  readonly kind: 'alarm'
  /** Reason of the alarm. Your code should check the reason, not `detail`. */
  readonly reason: AlarmReason
  /** Description of the problem, for people to read. */
  readonly detail: string
}

/**
 * Reason of a notice.
 * - `waiting`: a debit waits, because `maxDebits` other debits are in progress.
 * - `resolver`: background inquiries about open debits have failed. They are retried.
 * - `journalCreated`: a new, empty journal was created.
 * - `journalMount`: the journal is on a file system that a restart may lose.
 * - `journalMark`: the mark, a file beside the journal that counts its commits, cannot be written.
 * - `newerRow`: a row was written by a newer version of this library, so this version does not change the row.
 * - `timestampsNotShared`: no folder for used timestamps was usable, so another process of this machine may use the
 *   same timestamps.
 * - `timestampsUsedElsewhere`: EPS has already seen a timestamp that no client of this machine had used. Another client
 *   signs with the same key, or EPS got a copy of a request.
 * - `lanesShared`: more than 32 machines sign with one developer key, so some machines use the same lane (share of all
 *   timestamps).
 * - `paused`: debits with this key are not sent until EPS accepts its timestamps again.
 */
export type NoticeReason =
  | 'waiting'
  | 'resolver'
  | 'journalCreated'
  | 'journalMount'
  | 'journalMark'
  | 'newerRow'
  | 'timestampsNotShared'
  | 'timestampsUsedElsewhere'
  | 'lanesShared'
  | 'paused'

/** Event for the log. No immediate action is needed. */
export interface NoticeEvent extends Partial<DebitNews> {
  readonly kind: 'notice'
  /** Reason of the notice. */
  readonly reason: NoticeReason
  /** Description of what happened, for people to read. */
  readonly detail: string
}

/** Event of a client. `kind` names the type of event. */
export type MoneyEvent = DebitOutcomeEvent | DebitResolvedEvent | AlarmEvent | NoticeEvent
