// Journal in a database: its rows, and the contract of a store.

/** Row of a journal. Times are milliseconds since 1970. `entry` is opaque, and holds no secret and no personal data. */
export interface JournalRow {
  /** Key of the row, unique among all kinds. */
  readonly key: string
  /** Number of writes of this key, from 1. */
  readonly version: number
  /**
   * Kind of the row: `journal`, `debit`, `alarm`, `known`, `lease` or `pause`. Newer versions may add kinds, so accept
   * any text.
   */
  readonly kind: string
  /** Account that the row belongs to, as a digest; empty for rows of the journal itself. */
  readonly account: string
  /** Content of the row, as JSON text. */
  readonly entry: string
  /** Time of the next inquiry, in milliseconds since 1970; `null` if nothing is due. */
  readonly dueMs: number | null
  /** Length of the wait when `dueMs` was written, in milliseconds. */
  readonly waitMs: number
  /** True if the entry is open, or if it has ended and was not acknowledged. */
  readonly unresolved: boolean
  /** Time when the row was created, in milliseconds since 1970. Lists are in this order. */
  readonly createdMs: number
  /** Time when the row was last written, in milliseconds since 1970. */
  readonly updatedMs: number
  /**
   * Time before which `prune` must not remove the row, in milliseconds since 1970; `null` if there is no such limit.
   */
  readonly keepUntilMs: number | null
}

/** Filter and order of due rows. */
export interface DueRows {
  /** Account. Only its rows are returned. */
  readonly account: string
  /**
   * Order of the rows. `shortestWait`: by the smallest `waitMs`, then by the earliest `dueMs`. Rows that came due
   * before `nowMs - 60000` follow after all others, in the same order. `oldest`: by the earliest `dueMs`.
   */
  readonly order: 'shortestWait' | 'oldest'
}

/** Filter of debit rows. */
export interface DebitRows {
  /** Account. Only its rows are returned. */
  readonly account: string
  /** Position after which the rows begin, in the order of `createdMs`, then `key`; `null` begins with the first row. */
  readonly after: { readonly createdMs: number; readonly key: string } | null
}

/** Filter of unresolved rows. */
export interface UnresolvedRows extends DebitRows {
  /** Kind. Only its rows are returned. */
  readonly kind: string
}

/** Reading of a clock that outlives the process. */
export interface StoreTime {
  /** Name of the clock's epoch. Readings of two epochs are not compared. A database uses one fixed text. */
  readonly epoch: string
  /** Milliseconds since a fixed moment of that epoch. */
  readonly ms: number
}

/**
 * Journal in a database of yours, which any number of processes and machines share. If a method rejects, or does not
 * answer within ten seconds, a debit is not sent. If the database holds no journal of this form, the method rejects
 * with an error whose `code` is `invalid_config`.
 */
export interface JournalStore {
  /**
   * True if several machines use the store and cannot see each other's used timestamps. Each machine then leases lanes
   * of timestamps in the store, and no two machines sign the same millisecond. It needs a `clock`. `PostgresStore` sets
   * it.
   */
  readonly sharedByMachines?: boolean
  /**
   * Resolves to the row of a key, archived or not; to `null` or `undefined` if there is none. It must reject if the
   * server is in recovery or read-only, because a standby may lack the newest rows.
   */
  read(key: string): Promise<JournalRow | null | undefined>
  /**
   * Writes `row` if the stored version is `row.version - 1` (0: there is no row). Together with it, writes those rows
   * of `also` whose own version fits in the same way. All writes are one transaction, atomic among all processes.
   *
   * Resolves to true if `row` was written, once the whole transaction survives a power cut. Resolves to false if `row`
   * was not written; then no row of `also` was written either.
   *
   * An archived row still counts as stored. Version 1 must not be written over it, even while rows are moved to the
   * archive. The next version moves it back from the archive.
   */
  write(row: JournalRow, also?: readonly JournalRow[]): Promise<boolean>
  /**
   * Resolves to at most `limit` rows of an account that are due. A row is due if its `dueMs` is at most `nowMs`. It is
   * also due if `dueMs - waitMs` is later than `nowMs + 10000`, because a wrong clock has written such a time.
   */
  due(nowMs: number, limit: number, of: DueRows): Promise<readonly JournalRow[]>
  /** Resolves to at most `limit` unresolved rows of a kind and an account, by `createdMs`, then `key`. */
  unresolved(limit: number, of: UnresolvedRows): Promise<readonly JournalRow[]>
  /**
   * Removes at most `limit` rows, archived or not, and resolves to their number. A row is removed if all of this holds:
   * - its kind is `debit` or `alarm`;
   * - it is not unresolved;
   * - its `dueMs` is `null`;
   * - its `keepUntilMs` is `null` or has come;
   * - it was written more than `olderThanMs` milliseconds ago.
   *
   * The current time is `nowMs`, but at most the newest `updatedMs` of the table. A clock that runs ahead must not
   * remove rows too early.
   */
  prune(olderThanMs: number, nowMs: number, limit: number): Promise<number>
  /**
   * Moves at most `limit` rows of kind `debit` that `prune` could remove to an archive, whole and in one transaction,
   * and resolves to their number. `read`, `write`, `prune` and `debits` find them as before. Without this method
   * nothing is archived.
   */
  archive?(olderThanMs: number, nowMs: number, limit: number): Promise<number>
  /**
   * Resolves to at most `limit` rows of kind `debit` of an account, resolved or not, archived or not, by `createdMs`,
   * then `key`. Without this method `eko.debits()` rejects with `journal.unavailable`.
   */
  debits?(limit: number, of: DebitRows): Promise<readonly JournalRow[]>
  /** Reads the database's clock. Without this method the clock of the process is used. */
  clock?(): Promise<StoreTime>
}

/**
 * Place where debits are recorded: a file (also given by its path alone) for the processes of one machine, a store for
 * many machines, or nothing. To record nothing, name the risk.
 */
export type JournalOption = string | JournalFile | { store: JournalStore } | { off: 'a-debit-may-leave-twice' }

/** Journal in a file. */
export interface JournalFile {
  /** Path of the file, on a local disk that survives a restart. */
  file: string
  /** Set it to `false` to get an error if the file does not exist. Default: `true`, which creates the file. */
  create?: boolean
  /** Allows a file in memory or on a network in production, where a restart may lose it. */
  acceptVolatile?: 'debits-may-be-forgotten'
}

/**
 * Times of the inquiries about open debits. Except on loopback, a schedule that could end a debit as "not done" too
 * early is refused.
 */
export interface ScheduleOption {
  /** Age of a debit, in milliseconds, up to which inquiries are sent each minute. Default: 1,800,000. */
  minutelyUntilMs?: number
  /** Time between the later inquiries of the first day, in milliseconds. Default: 900,000. */
  slowMs?: number
  /** Number of equal answers that silence needs to end a debit. Default: 4. */
  notFoundCount?: number
  /** Time over which these answers must be spread at least, in milliseconds. Default: 900,000. */
  notFoundSpreadMs?: number
}
