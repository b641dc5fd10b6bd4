// Types of a journal in the user's own database: its rows, and the contract of a store. Also the options for a journal
// and for the schedule of inquiries.

/**
 * Row of a journal. All times are milliseconds since 1970. A store does not need to understand `entry`, which holds no
 * secret and no personal data.
 */
export interface JournalRow {
  /** Key of the row. It is unique in the journal, across all kinds of rows. */
  readonly key: string
  /** Number of times that this key was written. The first write has version 1. */
  readonly version: number
  /**
   * Kind of the row: `journal`, `debit`, `alarm`, `known`, `lease` or `pause`. Newer versions of this library may add
   * kinds, so accept any text.
   */
  readonly kind: string
  /** Digest of the account that the row belongs to. Empty for rows that describe the journal itself. */
  readonly account: string
  /** Content of the row, as JSON text. */
  readonly entry: string
  /** Time of the next inquiry, in Unix milliseconds; `null` if no inquiry is planned. */
  readonly dueMs: number | null
  /** Time from the moment when `dueMs` was written until `dueMs`, in milliseconds. */
  readonly waitMs: number
  /** True if the entry is open, or if it has ended and is not acknowledged. */
  readonly unresolved: boolean
  /** Time when the row was created, in Unix milliseconds. Lists are sorted by it. */
  readonly createdMs: number
  /** Time when the row was last written, in Unix milliseconds. */
  readonly updatedMs: number
  /** Time before which `prune` must not remove the row, in Unix milliseconds; `null` if any time is allowed. */
  readonly keepUntilMs: number | null
}

/** Filter and order of the rows that `due` returns. */
export interface DueRows {
  /** Digest of the account. Only rows of this account are returned. */
  readonly account: string
  /**
   * Order of the rows.
   * - `shortestWait`: by the smallest `waitMs`, then by the earliest `dueMs`. Rows whose `dueMs` is earlier than
   *   `nowMs - 60000` come after all other rows, in the same order.
   * - `oldest`: by the earliest `dueMs`.
   */
  readonly order: 'shortestWait' | 'oldest'
}

/** Filter of the rows that `debits` returns, and the position where they start. */
export interface DebitRows {
  /** Digest of the account. Only rows of this account are returned. */
  readonly account: string
  /**
   * Position in the order of `createdMs`, then `key`. Only rows after it are returned; `null` starts with the first
   * row.
   */
  readonly after: { readonly createdMs: number; readonly key: string } | null
}

/** Filter of the rows that `unresolved` returns, and the position where they start. */
export interface UnresolvedRows extends DebitRows {
  /** Kind of row. Only rows of this kind are returned. */
  readonly kind: string
}

/** Time of a clock that continues to run when the process ends. */
export interface StoreTime {
  /**
   * Name of the moment from which the clock counts. Times with different epochs are never compared. A database uses one
   * fixed text.
   */
  readonly epoch: string
  /** Milliseconds since the moment that `epoch` names. */
  readonly ms: number
}

/**
 * Journal in your own database, which any number of processes and machines share. If a method rejects, or does not
 * answer within ten seconds, the debit is not sent. If the database does not contain a journal of this form, the method
 * must reject with an error whose `code` is `invalid_config`.
 */
export interface JournalStore {
  /**
   * True if several machines use the store and cannot see each other's used timestamps. Each machine then leases lanes
   * in the store, so that no two machines sign the same millisecond. A lane is a share of all timestamps. A store with
   * this property needs the method `clock`. `PostgresStore` sets it to true.
   */
  readonly sharedByMachines?: boolean
  /**
   * Resolves to the row with this key, archived or not; to `null` or `undefined` if there is no such row. It must
   * reject if the server is in recovery or read-only, because a standby may lack the newest rows.
   */
  read(key: string): Promise<JournalRow | null | undefined>
  /**
   * Writes `row` if the stored row with its key has version `row.version - 1`. Version 1 is written only if no row with
   * its key is stored. The same transaction also writes each row of `also` for which this condition holds. The
   * transaction must be atomic for all processes.
   *
   * Resolves to true if `row` was written, as soon as the whole transaction would survive a power cut. Resolves to
   * false if `row` was not written; in this case no row of `also` may be written either.
   *
   * An archived row counts as stored. Version 1 must not be written over it, even while another process moves rows to
   * the archive. A write of its next version moves the row back from the archive.
   */
  write(row: JournalRow, also?: readonly JournalRow[]): Promise<boolean>
  /**
   * Resolves to at most `limit` rows of an account that are due for an inquiry. A row is due if its `dueMs` is at most
   * `nowMs`. A row is also due if `dueMs - waitMs` is later than `nowMs + 10000`, because only a wrong clock can have
   * written such a time.
   */
  due(nowMs: number, limit: number, of: DueRows): Promise<readonly JournalRow[]>
  /** Resolves to at most `limit` unresolved rows of a kind and an account, sorted by `createdMs`, then `key`. */
  unresolved(limit: number, of: UnresolvedRows): Promise<readonly JournalRow[]>
  /**
   * Removes at most `limit` rows, archived or not, and resolves to their number. A row is removed if all of these
   * conditions hold:
   * - its kind is `debit` or `alarm`;
   * - it is not unresolved;
   * - its `dueMs` is `null`;
   * - its `keepUntilMs` is `null` or is not later than the current time;
   * - it was last written more than `olderThanMs` milliseconds ago.
   *
   * The current time is `nowMs`, or the newest `updatedMs` of the table if that is earlier. A clock that runs ahead
   * must not remove rows too early.
   */
  prune(olderThanMs: number, nowMs: number, limit: number): Promise<number>
  /**
   * Moves at most `limit` rows to an archive, unchanged and in one transaction, and resolves to their number. It moves
   * rows of kind `debit` that `prune` could remove. `read`, `write`, `prune` and `debits` must find the archived rows
   * as before. Without this method, nothing is archived.
   */
  archive?(olderThanMs: number, nowMs: number, limit: number): Promise<number>
  /**
   * Resolves to at most `limit` rows of kind `debit` of an account, sorted by `createdMs`, then `key`. It includes
   * resolved and archived rows. Without this method, `eko.debits()` rejects with code `journal.unavailable`.
   */
  debits?(limit: number, of: DebitRows): Promise<readonly JournalRow[]>
  /** Resolves to the time of the database's clock. Without this method, the clock of the process is used. */
  clock?(): Promise<StoreTime>
}

/**
 * Journal in which debits are recorded: a file for the processes of one machine (an object, or only its path), a store
 * for many machines, or none. To choose none, name the risk.
 */
export type JournalOption = string | JournalFile | { store: JournalStore } | { off: 'a-debit-may-leave-twice' }

/** Journal in a file, which the processes of one machine share. */
export interface JournalFile {
  /** Path of the file, on a local disk that survives a restart. */
  file: string
  /** Creates the file if it does not exist. Default: `true`. With `false`, a missing file is an error. */
  create?: boolean | undefined
  /** Allows, in production, a file in memory or on a network file system, although a restart may lose the file. */
  acceptVolatile?: 'debits-may-be-forgotten' | undefined
}

/**
 * Schedule of the inquiries about open debits. A schedule that could end a debit as "not done" too early is refused,
 * except on loopback.
 */
export interface ScheduleOption {
  /** Age of a debit, in milliseconds, until which an inquiry is sent each minute. Default: 1,800,000. */
  minutelyUntilMs?: number | undefined
  /** Time between two inquiries after that age, during the first day, in milliseconds. Default: 900,000. */
  slowMs?: number | undefined
  /** Number of equal "not found" answers that end a debit as "not done". Default: 4. */
  notFoundCount?: number | undefined
  /**
   * Minimum time between the first and the last of the "not found" answers that end a debit, in milliseconds. Default:
   * 900,000.
   */
  notFoundSpreadMs?: number | undefined
}
