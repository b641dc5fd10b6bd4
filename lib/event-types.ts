// Events about debits and the journal. A client sends them while it is open.
import type { MoneyOutcome } from './outcome-types.js'

/** Members of every event about a debit. */
export interface DebitNews {
  /** Name of the call, such as `dmt.transfer` or `refund`. */
  readonly op: string
  /** `clientRefId` of the debit. A refund has the tid here. */
  readonly reference: string
  /** Id of the attempt that the event is about. */
  readonly reservationId: string
  /**
   * Counts the final states of this attempt: 0 before the first, then from 1. Use it together with `reservationId` to
   * make your own update idempotent.
   */
  readonly revision: number
  /** Outcome that is known now. */
  readonly outcome: MoneyOutcome['outcome']
  /** EPS's transaction id, if known. */
  readonly tid?: string
}

/** Event after the answer of the debit itself was recorded. */
export interface DebitOutcomeEvent extends DebitNews {
  readonly kind: 'outcome'
}

/**
 * Event after a debit has ended in another way than by its own answer, or after its final state has changed. A changed
 * state has a higher `revision`.
 */
export interface DebitResolvedEvent extends DebitNews {
  readonly kind: 'resolved'
}

/**
 * Reason of an alarm.
 * - `contradiction`: an answer names another reference, tid or amount than the debit has, or it contradicts itself.
 * - `duplicateObserved`: EPS names another tid for a debit than before. The debit may have been booked twice.
 * - `stateChanged`: EPS names another state for a debit that is final.
 * - `bookedTwice`: a spent debit and the debit that replaced it are both booked, or a refund is booked twice.
 * - `madeUpFound`: EPS has found a made-up reference that was never used. Its "not found" proves nothing.
 * - `openTooLong`: a debit has been open for longer than `alarmAfterMs`.
 * - `journal`: the journal is damaged, was replaced, or has lost commits. Only an event: a damaged journal keeps no alarm.
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
 * Event that a person must look at. The journal also keeps the alarm until it is acknowledged: see `eko.alarms()`. An
 * alarm with the reason `journal` is an event only.
 */
export interface AlarmEvent extends Partial<DebitNews> {
  readonly kind: 'alarm'
  /** Reason of the alarm. Decide by this value, not by `detail`. */
  readonly reason: AlarmReason
  /** Description of what does not match, in words. */
  readonly detail: string
}

/**
 * Reason of a notice.
 * - `waiting`: a debit waits, because `maxDebits` other debits are under way.
 * - `resolver`: the inquiries about due debits have failed. They are tried again.
 * - `journalCreated`: a new, empty journal was created.
 * - `journalMount`: the journal is on a file system that a restart may lose.
 * - `journalMark`: the mark file beside the journal cannot be written.
 * - `newerRow`: a row was written by a newer version of this library. It is not changed.
 * - `timestampsNotShared`: no folder could be used, so another process of this machine may use the same timestamps.
 * - `timestampsUsedElsewhere`: EPS has seen a timestamp that no client of this machine had used. Another client signs
 *   with the key.
 * - `lanesShared`: more than 32 machines sign with one developer key, so some of them share a lane of timestamps.
 * - `paused`: debits of this key are not sent until EPS accepts its timestamps again.
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

/** Message for the log. No immediate action is needed. */
export interface NoticeEvent extends Partial<DebitNews> {
  readonly kind: 'notice'
  /** Reason of the notice. */
  readonly reason: NoticeReason
  /** Description of what happened, in words. */
  readonly detail: string
}

/** Event of a client. `kind` tells the events apart. */
export type MoneyEvent = DebitOutcomeEvent | DebitResolvedEvent | AlarmEvent | NoticeEvent
