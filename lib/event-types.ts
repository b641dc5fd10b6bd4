// What a client tells of its debits and its journal, while it is open.
import type { MoneyOutcome } from './outcome-types.js'

/** What every event of a debit tells. */
export interface DebitNews {
  /** The call: `dmt.transfer`, `refund`. */
  readonly op: string
  /** `clientRefId`, or the tid of a refund. */
  readonly reference: string
  /** The attempt that this is about. */
  readonly reservationId: string
  /** Counts the final states of this attempt, from 1; 0 before the first. With `reservationId` it makes your own update idempotent. */
  readonly revision: number
  /** What is known now. */
  readonly outcome: MoneyOutcome['outcome']
  /** EPS's transaction id, where known. */
  readonly tid?: string
}

/** A debit's own answer was recorded. */
export interface DebitOutcomeEvent extends DebitNews {
  readonly kind: 'outcome'
}

/** A debit has reached its end in another way than by its own answer; or a final one has changed, with a higher `revision`. */
export interface DebitResolvedEvent extends DebitNews {
  readonly kind: 'resolved'
}

/**
 * Why an alarm is raised.
 * - `contradiction`: an answer names another reference, tid or amount than the debit's, or says two things at once.
 * - `duplicateObserved`: a debit is named with another tid than before, and may have been booked twice.
 * - `stateChanged`: a final debit is named in another state.
 * - `bookedTwice`: a spent debit and the one that replaced it are both booked, or a refund is booked twice.
 * - `madeUpFound`: EPS has found a reference that nobody has used; its "not found" proves nothing.
 * - `openTooLong`: a debit has been open for longer than `alarmAfterMs`.
 * - `journal`: the journal is damaged, has lost commits or lies where a restart may lose it.
 */
export type AlarmReason =
  | 'contradiction'
  | 'duplicateObserved'
  | 'stateChanged'
  | 'bookedTwice'
  | 'madeUpFound'
  | 'openTooLong'
  | 'journal'

/** Somebody must look. It is also kept in the journal until it is acknowledged: see `eko.alarms()`. */
export interface AlarmEvent extends Partial<DebitNews> {
  readonly kind: 'alarm'
  /** What kind of doubt it is; act on this. */
  readonly reason: AlarmReason
  /** What does not fit, in words. */
  readonly detail: string
}

/**
 * What a notice is about.
 * - `waiting`: a debit waits, because `maxDebits` others are under way.
 * - `resolver`: inquiring of what is due has failed; it is tried again.
 * - `journalCreated`: a new, empty journal was made.
 * - `journalMount`: the journal lies on a file system that a restart may lose.
 * - `journalMark`: the mark beside the journal cannot be written.
 * - `newerRow`: a row was written by a newer version of this library, and is left alone.
 * - `timestampsNotShared`: no folder could be used, so that another process of this machine may use the same timestamps.
 * - `timestampsUsedElsewhere`: EPS has seen a timestamp that no client of this machine had used: another client signs with the key.
 * - `lanesShared`: more than 32 machines sign with one developer key, so that some share a lane of timestamps.
 * - `paused`: debits of this key are not sent, until EPS accepts its timestamps again.
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

/** Something to log. Nothing must be done at once. */
export interface NoticeEvent extends Partial<DebitNews> {
  readonly kind: 'notice'
  /** What it is about. */
  readonly reason: NoticeReason
  /** What happened, in words. */
  readonly detail: string
}

/** What a client tells; `kind` says which it is. */
export type MoneyEvent = DebitOutcomeEvent | DebitResolvedEvent | AlarmEvent | NoticeEvent
