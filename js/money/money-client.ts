// Methods of the client that use its journal, the record of its debits: lists, inquiries, and declarations by a person.
// A spent reference must not be used again.

import { type Page, Pages } from '../client/listing.js'
import { GeneratedClient } from '../generated/client.js'
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
import { alarmId, debitKey, declared, declaredFinal, olderThan, reserved, seen } from './money-checks.js'

/** Methods of a client that use its journal, which is the record of its debits. */
export abstract class MoneyClient extends GeneratedClient {
  /** Sends a command to the journal in the native module, and resolves to its answer. @internal */
  protected abstract command<T>(command: object): Promise<T>

  /**
   * Lists the open debits, and the ended debits that you have not acknowledged, in the order of their creation. Read
   * this list after each restart of your process.
   *
   * @example
   * for await (const debit of eko.unresolved()) console.log(debit.reference, debit.outcome)
   */
  unresolved(): Listing<JournalEntry> {
    return new Pages((page) => this.command<Page<JournalEntry>>({ do: 'unresolved', ...page }))
  }

  /**
   * Lists all debits of this account in the order of their creation, with any outcome, archived or not. If your own
   * journal store has no method `debits`, reading the list rejects with code `journal.unavailable`.
   */
  debits(): Listing<JournalEntry> {
    return new Pages((page) => this.command<Page<JournalEntry>>({ do: 'debits', ...page }))
  }

  /**
   * Sends one inquiry about a debit to EPS now, and resolves to the updated journal entry. If the debit has already
   * ended and the answer contradicts its final state, an `alarm` is raised. Rejects if an inquiry about an open debit
   * fails; the debit then stays unchanged.
   */
  async resolve(debit: DebitKey): Promise<JournalEntry> {
    return this.command({ do: 'resolve', ...debitKey(debit) })
  }

  /**
   * Resolves to the recorded changes of a debit, oldest first. Rejects with code `not_found` if the debit is not in the
   * journal.
   */
  async history(debit: DebitKey): Promise<HistoryEntry[]> {
    return this.command({ do: 'history', ...debitKey(debit) })
  }

  /**
   * Marks the final state of a debit as seen, so that `unresolved` no longer lists the debit. Pass a list entry, an
   * event or an outcome. Resolves to `false`, without a change, if the debit is open or has changed since then.
   */
  async acknowledge(debit: DebitSeen): Promise<boolean> {
    const end = seen(debit)
    return end === undefined ? false : this.command({ do: 'acknowledge', ...end })
  }

  /** Lists the alarms that you have not acknowledged, in the order of their creation. */
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
   * Ends an open debit as `notSent`, because EPS has told you that it has no such transaction. The reference must not
   * be used again. Rejects if an answer of EPS has already named a transaction id (tid) or a state of this debit.
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
   * Allows debits again after an older copy of the journal was restored (code `journal.behind`). Call it once you know
   * which debits were sent after that copy was made. For one day, a debit with a reference that you chose is then sent
   * only if EPS proves that it does not know the reference.
   */
  async declareRestored(options: Declared): Promise<void> {
    declared(options)
    await this.command({ do: 'declareRestored' })
  }

  /**
   * Deletes acknowledged debits and alarms that were last written more than `olderThanMs` milliseconds ago. Resolves to
   * the number of deleted entries. The journal accepts a deleted reference again, so keep debits for months. Spent
   * references are kept for at least 90 days.
   */
  async prune(options: { olderThanMs: number }): Promise<number> {
    return this.command({ do: 'prune', olderThanMs: olderThan(options) })
  }

  /**
   * Moves acknowledged debits that were last written more than `olderThanMs` milliseconds ago to an archive. Resolves
   * to the number of moved debits. Their references still count as used, and `debits` still lists them. If your own
   * journal store has no method `archive`, nothing is moved.
   */
  async archive(options: { olderThanMs: number }): Promise<number> {
    return this.command({ do: 'archive', olderThanMs: olderThan(options) })
  }
}
