// What a client says of its debits: what is listed, what is asked, and what a person declares.
import { GeneratedClient } from './generated/index.js'
import type {
  Alarm,
  DebitKey,
  DebitReserved,
  DebitSeen,
  Declared,
  DeclaredFinal,
  HistoryEntry,
  JournalEntry,
  Listing,
} from './journal-types.js'
import { type Page, Pages } from './listing.js'
import { alarmId, debitKey, declared, declaredFinal, olderThan, reserved, seen } from './money-checks.js'

/** The methods of a client that concern its journal. */
export abstract class MoneyClient extends GeneratedClient {
  /** Asks the journal. @internal */
  protected abstract command<T>(command: object): Promise<T>

  /**
   * Open debits, and ended ones that were not acknowledged, in the order in which they were made: what to look at after a
   * restart.
   *
   * @example
   * for await (const debit of eko.unresolved()) console.log(debit.reference, debit.outcome)
   */
  unresolved(): Listing<JournalEntry> {
    return new Pages((page) => this.command<Page<JournalEntry>>({ do: 'unresolved', ...page }))
  }

  /**
   * All debits of this account, whatever became of them, archived or not, in the order in which they were made. Rejects with
   * `journal.unavailable` where a store of your own has no method `debits`.
   */
  debits(): Listing<JournalEntry> {
    return new Pages((page) => this.command<Page<JournalEntry>>({ do: 'debits', ...page }))
  }

  /**
   * Asks EPS about a debit once, now, and resolves to what the journal then knows. Of a debit that has ended EPS may say
   * something else by now, which raises an `alarm`. If the inquiry about an open debit fails, it rejects, and the debit
   * stays as it is.
   */
  async resolve(debit: DebitKey): Promise<JournalEntry> {
    return this.command({ do: 'resolve', ...debitKey(debit) })
  }

  /** What was recorded of a debit, the first change first. Rejects with `not_found` where the journal knows no such debit. */
  async history(debit: DebitKey): Promise<HistoryEntry[]> {
    return this.command({ do: 'history', ...debitKey(debit) })
  }

  /**
   * Marks an end as seen, so that `unresolved` no longer lists the debit. It takes what was listed, an event or an outcome;
   * `false` where that is no longer how the debit stands, or where it is open.
   */
  async acknowledge(debit: DebitSeen): Promise<boolean> {
    const end = seen(debit)
    return end === undefined ? false : this.command({ do: 'acknowledge', ...end })
  }

  /** Alarms that were not acknowledged, in the order in which they were made. */
  alarms(): Listing<Alarm> {
    return new Pages((page) => this.command<Page<Alarm>>({ do: 'alarms', ...page }))
  }

  /** Marks an alarm as seen, so that `alarms` no longer lists it; `false` where there is none of this id. */
  async acknowledgeAlarm(alarm: Pick<Alarm, 'id'>): Promise<boolean> {
    return this.command({ do: 'acknowledgeAlarm', id: alarmId(alarm) })
  }

  /**
   * Ends an open debit as not sent, because EPS has told you that it has no such transaction. Its reference is then spent.
   * Rejects where EPS itself has named a tid or a state.
   */
  async declareNotSent(debit: DebitReserved, options: Declared): Promise<JournalEntry> {
    declared(options)
    return this.command({ do: 'declareNotSent', ...reserved(debit) })
  }

  /** Ends an open debit as EPS has told you that it ended. */
  async declareFinal(debit: DebitReserved, options: DeclaredFinal): Promise<JournalEntry> {
    const end = declaredFinal(options)
    return this.command({ do: 'declareFinal', ...reserved(debit), ...end })
  }

  /**
   * Lets debits leave again after an older copy of the journal was restored (`journal.behind`). Say so once you know what was
   * sent since that copy. For a day a reference of your own then leaves only where EPS proves that it does not know it.
   */
  async declareRestored(options: Declared): Promise<void> {
    declared(options)
    await this.command({ do: 'declareRestored' })
  }

  /**
   * Forgets debits and alarms that were acknowledged and last written longer ago than this; resolves to how many. Their
   * references could then be used again: keep them for months. Spent references are kept for 90 days at least.
   */
  async prune(options: { olderThanMs: number }): Promise<number> {
    return this.command({ do: 'prune', olderThanMs: olderThan(options) })
  }

  /**
   * Moves debits that were acknowledged and last written longer ago than this out of the way of the live ones; resolves to how many.
   * Nothing is forgotten: their references stay used, and `debits` lists them. A store of your own without a method `archive` moves
   * nothing.
   */
  async archive(options: { olderThanMs: number }): Promise<number> {
    return this.command({ do: 'archive', olderThanMs: olderThan(options) })
  }
}
