// Methods of a client for its debits: lists, inquiries, and declarations by a person.
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

/** Methods of a client that use its journal. */
export abstract class MoneyClient extends GeneratedClient {
  /** Sends a command to the journal and resolves to its answer. @internal */
  protected abstract command<T>(command: object): Promise<T>

  /**
   * Lists the debits that are open, and the debits that have ended and were not acknowledged, in the order in which
   * they were made. Read this list after a restart.
   *
   * @example
   * for await (const debit of eko.unresolved()) console.log(debit.reference, debit.outcome)
   */
  unresolved(): Listing<JournalEntry> {
    return new Pages((page) => this.command<Page<JournalEntry>>({ do: 'unresolved', ...page }))
  }

  /**
   * Lists all debits of this account in the order in which they were made, with any outcome, archived or not. Reading
   * the list rejects with `journal.unavailable` if your own store has no method `debits`.
   */
  debits(): Listing<JournalEntry> {
    return new Pages((page) => this.command<Page<JournalEntry>>({ do: 'debits', ...page }))
  }

  /**
   * Asks EPS about a debit once, now, and resolves to what the journal then knows. If the debit has ended and EPS says
   * something else about it, an `alarm` is raised. If the inquiry about an open debit fails, the promise rejects and
   * the debit stays as it is.
   */
  async resolve(debit: DebitKey): Promise<JournalEntry> {
    return this.command({ do: 'resolve', ...debitKey(debit) })
  }

  /**
   * Resolves to the recorded changes of a debit, oldest first. Rejects with `not_found` if the journal knows no such
   * debit.
   */
  async history(debit: DebitKey): Promise<HistoryEntry[]> {
    return this.command({ do: 'history', ...debitKey(debit) })
  }

  /**
   * Marks a final state as seen, so that `unresolved` no longer lists the debit. It takes a list entry, an event or an
   * outcome. Resolves to `false` if the debit has changed since then, or if it is open.
   */
  async acknowledge(debit: DebitSeen): Promise<boolean> {
    const end = seen(debit)
    return end === undefined ? false : this.command({ do: 'acknowledge', ...end })
  }

  /** Lists the alarms that were not acknowledged, in the order in which they were made. */
  alarms(): Listing<Alarm> {
    return new Pages((page) => this.command<Page<Alarm>>({ do: 'alarms', ...page }))
  }

  /**
   * Marks an alarm as seen, so that `alarms` no longer lists it. Resolves to `false` if there is no alarm with this id.
   */
  async acknowledgeAlarm(alarm: Pick<Alarm, 'id'>): Promise<boolean> {
    return this.command({ do: 'acknowledgeAlarm', id: alarmId(alarm) })
  }

  /**
   * Ends an open debit as not sent, because EPS has told you that it has no such transaction. The reference is then
   * spent. Rejects if EPS itself has named a tid or a state of the debit.
   */
  async declareNotSent(debit: DebitReserved, options: Declared): Promise<JournalEntry> {
    declared(options)
    return this.command({ do: 'declareNotSent', ...reserved(debit) })
  }

  /** Ends an open debit with the final state that EPS has told you. */
  async declareFinal(debit: DebitReserved, options: DeclaredFinal): Promise<JournalEntry> {
    const end = declaredFinal(options)
    return this.command({ do: 'declareFinal', ...reserved(debit), ...end })
  }

  /**
   * Lets debits be sent again after an older copy of the journal was restored (`journal.behind`). Call it once you know
   * which debits were sent after that copy. For one day a reference of your own is then sent only if EPS proves that it
   * does not know the reference.
   */
  async declareRestored(options: Declared): Promise<void> {
    declared(options)
    await this.command({ do: 'declareRestored' })
  }

  /**
   * Deletes debits and alarms that were acknowledged and last written more than `olderThanMs` milliseconds ago.
   * Resolves to the number of deleted entries. A deleted reference could be used again, so keep debits for months.
   * Spent references are kept for at least 90 days.
   */
  async prune(options: { olderThanMs: number }): Promise<number> {
    return this.command({ do: 'prune', olderThanMs: olderThan(options) })
  }

  /**
   * Moves debits that were acknowledged and last written more than `olderThanMs` milliseconds ago to the archive, apart
   * from the live debits. Resolves to the number of moved debits. Nothing is deleted: their references stay used, and
   * `debits` lists them. Your own store moves nothing if it has no method `archive`.
   */
  async archive(options: { olderThanMs: number }): Promise<number> {
    return this.command({ do: 'archive', olderThanMs: olderThan(options) })
  }
}
