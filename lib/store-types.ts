// A journal in a database: its rows, and what a store of them must do.

/** A row of a journal. Times are milliseconds since 1970. `entry` is opaque; it holds no secret and no personal data. */
export interface JournalRow {
  /** Unique among all kinds. */
  readonly key: string
  /** Counts writes of this key, from 1. */
  readonly version: number
  /** What it is about: `journal`, `debit`, `alarm`, `known`, `lease` or `pause`. A newer version may know more: keep any text. */
  readonly kind: string
  /** Whose it is: a digest, or empty for rows of the journal itself. */
  readonly account: string
  /** The content, as JSON text. */
  readonly entry: string
  /** When to inquire; `null` where nothing is due. */
  readonly dueMs: number | null
  /** How long the wait was when `dueMs` was written, in milliseconds. */
  readonly waitMs: number
  /** Open, or ended and not acknowledged. */
  readonly unresolved: boolean
  /** When it was made: the order of listings. */
  readonly createdMs: number
  /** When it was written. */
  readonly updatedMs: number
  /** Not to be pruned before this time; `null` where nothing speaks against it. */
  readonly keepUntilMs: number | null
}

/** Which due rows are wanted, and in which order. */
export interface DueRows {
  /** Only rows of this account. */
  readonly account: string
  /**
   * `shortestWait`: the smallest `waitMs` first, then the earliest `dueMs`; behind them, in the same order, what came due before
   * `nowMs - 60000`. `oldest`: the earliest `dueMs` first.
   */
  readonly order: 'shortestWait' | 'oldest'
}

/** Which rows of debits are wanted. */
export interface DebitRows {
  /** Only rows of this account. */
  readonly account: string
  /** Only rows behind this one, in the order of `createdMs`, then `key`; `null`: from the first. */
  readonly after: { readonly createdMs: number; readonly key: string } | null
}

/** Which unresolved rows are wanted. */
export interface UnresolvedRows extends DebitRows {
  /** Only rows of this kind. */
  readonly kind: string
}

/** A clock that outlives the process. */
export interface StoreTime {
  /** Readings of two epochs are not compared. Of a database one fixed text. */
  readonly epoch: string
  /** Milliseconds since some moment of that epoch. */
  readonly ms: number
}

/**
 * A journal in a database of yours, shared by any number of processes and machines. A method that rejects, or does not
 * answer within ten seconds, keeps a debit from leaving. Where what is there is no journal of this form it rejects with an
 * error whose `code` is `invalid_config`.
 */
export interface JournalStore {
  /**
   * Whether several machines use it that cannot see each other's used timestamps. Then each leases lanes of timestamps in it, and
   * no two of them sign the same millisecond. It needs a `clock`. `PostgresStore` says so.
   */
  readonly sharedByMachines?: boolean
  /**
   * The row of a key, archived or not; `null` or `undefined` where there is none. It must reject where the server is in recovery or read-only:
   * a standby may lack the newest rows.
   */
  read(key: string): Promise<JournalRow | null | undefined>
  /**
   * Writes `row` if the stored version is `row.version - 1` (0: there is none), and with it those rows of `also` whose own
   * version fits in the same way. One transaction, atomic among all processes. Resolves to whether `row` was written, once
   * all of it survives a power cut; where it was not, nothing of `also` was. A row that was archived is stored all the same: version
   * 1 is not written over it, whatever is moved at that moment, and the next version brings it back.
   */
  write(row: JournalRow, also?: readonly JournalRow[]): Promise<boolean>
  /**
   * At most `limit` rows of an account that are due: `dueMs` is at most `nowMs`, or `dueMs - waitMs` is later than
   * `nowMs + 10000`, for such a time was written by a clock that was wrong.
   */
  due(nowMs: number, limit: number, of: DueRows): Promise<readonly JournalRow[]>
  /** At most `limit` unresolved rows of a kind and an account, by `createdMs`, then `key`. */
  unresolved(limit: number, of: UnresolvedRows): Promise<readonly JournalRow[]>
  /**
   * Removes at most `limit` rows, archived or not, and resolves to how many. A row goes if its kind is `debit` or `alarm`, it is not unresolved,
   * its `dueMs` is `null`, its `keepUntilMs` has come, and it was written more than `olderThanMs` ago. Now is `nowMs`, and at
   * most the newest `updatedMs` of the table: a clock that runs ahead must not make it forget.
   */
  prune(olderThanMs: number, nowMs: number, limit: number): Promise<number>
  /**
   * Moves at most `limit` rows of kind `debit` that `prune` could remove out of the way, whole and in one transaction, and resolves to
   * how many: `read`, `write`, `prune` and `debits` find them as before. Without this method nothing is archived.
   */
  archive?(olderThanMs: number, nowMs: number, limit: number): Promise<number>
  /**
   * At most `limit` rows of kind `debit` of an account, resolved or not, archived or not, by `createdMs`, then `key`. Without this
   * method `eko.debits()` rejects with `journal.unavailable`.
   */
  debits?(limit: number, of: DebitRows): Promise<readonly JournalRow[]>
  /** The database's clock. Without this method the process's own is used. */
  clock?(): Promise<StoreTime>
}

/**
 * Where the debits are recorded: a file (also by its path alone) for the processes of one machine, a store for many, or
 * nothing, by naming the risk.
 */
export type JournalOption = string | JournalFile | { store: JournalStore } | { off: 'a-debit-may-leave-twice' }

/** A journal in a file. */
export interface JournalFile {
  /** Its path, on a local disk that survives a restart. */
  file: string
  /** Whether it is made where it is missing. It is, unless `false`: then its absence is an error. */
  create?: boolean
  /** Allows a place in memory or on a network in production, where a restart may lose it. */
  acceptVolatile?: 'debits-may-be-forgotten'
}

/** When open debits are inquired. Away from loopback a schedule that could take a debit for "not done" too early is refused. */
export interface ScheduleOption {
  /** Up to this age inquiries come each minute; 1,800,000 ms unless given. */
  minutelyUntilMs?: number
  /** Later they come so far apart for a day; 900,000 ms unless given. */
  slowMs?: number
  /** Silence ends a debit only after so many equal answers; 4 unless given. */
  notFoundCount?: number
  /** And only if they are spread over at least this long; 900,000 ms unless given. */
  notFoundSpreadMs?: number
}
