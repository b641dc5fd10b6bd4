// Journal in PostgreSQL, for debits from many machines. The journal uses the connection pool of the application.
import type { DebitRows, DueRows, JournalRow, JournalStore, StoreTime, UnresolvedRows } from '../money/money-types.js'
import { GroupCommit, wroteNothing } from './postgres-group.js'
import { type Queryable, Statements } from './postgres-prepared.js'
import { byKey, CLOCK, debitRows, dueRows, given, row, unresolvedRows } from './postgres-sql.js'
import { archiveOf, creation, half, mistake, PROOF, prove } from './postgres-table.js'
import { archiving, DURABLE_LEVELS, type Place, pruning, writing } from './postgres-write.js'

/**
 * Pattern of table names. Their length is limited, because index names are made from them, and PostgreSQL compares at
 * most 63 characters.
 */
const TABLE = /^([a-z_][a-z0-9_]{0,62}\.)?[a-z_][a-z0-9_]{0,49}$/

/**
 * Journal in two tables of PostgreSQL 12 or newer: one table for live rows, and an archive. The pool must connect to
 * the primary server. The methods reject with code `invalid_config` if a table is not a journal, or if the server may
 * lose commits that it has confirmed.
 *
 * @example
 * const store = new PostgresStore(new Pool())
 * await store.migrate()
 * const eko = new EkoClient({ ...keys, environment: 'production', journal: { store } })
 */
export class PostgresStore implements JournalStore {
  readonly sharedByMachines = true
  readonly #pool: Queryable
  readonly #table: string
  readonly #statements: Statements
  /** Group commits (writes that are sent together): `nowhere` for first versions of rows, `live` for later versions. */
  readonly #groups: Record<'nowhere' | 'live', GroupCommit>
  /** Resolves if the tables are a journal. The tables are checked once, and again after a failed check. */
  #proven: Promise<void> | undefined

  /**
   * @param pool - Connection pool of the primary server.
   * @param options.table - Name of the table, with its schema if needed. The default is `eko_eps_journal`. The archive
   * has the same name followed by `_archive`.
   * @param options.prepare - True to send frequent statements as named statements, which the server plans once for each
   * connection. The default is true for a `Pool` of `pg`. Named statements are switched off if a pooler in front of the
   * server does not support them. With `true`, the pool must accept `{ name, text, values }`.
   */
  constructor(pool: Queryable, options: { table?: string | undefined; prepare?: boolean | undefined } = {}) {
    const { table = 'eko_eps_journal', prepare } = options
    if (typeof pool?.query !== 'function')
      throw mistake('PostgresStore needs a connection pool with a method query, such as a Pool of pg')
    if (!TABLE.test(table))
      throw mistake(
        'option table must be a name of a-z, 0-9 and _ with at most 50 characters, optionally after a schema and a dot',
      )
    if (table.endsWith('_archive'))
      throw mistake('option table must not end in _archive, which is the suffix of the archive: give another name')
    if (prepare !== undefined && typeof prepare !== 'boolean') throw mistake('option prepare must be true or false')
    this.#pool = pool
    this.#table = table
    this.#statements = new Statements(pool, prepare)
    const group = (where: Place) => new GroupCommit((rows) => this.#write(where, rows))
    this.#groups = { nowhere: group('nowhere'), live: group('live') }
  }

  /**
   * Creates the tables and their indexes if they are missing. Several processes may call `migrate` at the same time.
   * Rejects if an existing table is not part of a journal, or if the server may lose commits that it has confirmed.
   */
  async migrate(): Promise<void> {
    this.#proven = undefined
    // Existing tables are checked first, so that no table is created beside a table that is not a journal.
    let missing = await this.#missing()
    // Another process may have created both tables between the two queries, so the tables are checked again.
    if (missing.length === 1) missing = await this.#missing()
    // A missing table is not replaced by an empty table, because the references of the lost table could then be used
    // again.
    if (missing.length === 1) throw half(missing.join())
    await this.#pool.query(creation(this.#table))
    await this.#prove()
  }

  async read(key: string): Promise<JournalRow | undefined> {
    return (await this.#rows(byKey(this.#table), [key]))[0]
  }

  async write(row: JournalRow, also: readonly JournalRow[] = []): Promise<boolean> {
    await this.#prove()
    const places: Place[] = row.version === 1 ? ['nowhere'] : ['live', 'anywhere']
    // Most rows are live, so the live table is searched first. If that write fails, the row may be archived, or its
    // version may have changed.
    for (const where of places) if (await this.#writeTo(where, row, also)) return true
    return false
  }

  async #writeTo(where: Place, row: JournalRow, also: readonly JournalRow[]): Promise<boolean> {
    if (also.length === 0 && where !== 'anywhere') return this.#groups[where].write(row)
    const write = async () => (await this.#write(where, [row, ...also], also.length > 0)).has(row.key)
    try {
      return await write()
    } catch (error) {
      // Another process may lock the same rows in another order. The server then ends one of the two statements, so the
      // write is tried again.
      if (!wroteNothing(error)) throw error
      return write()
    }
  }

  async #write(where: Place, rows: readonly JournalRow[], more = false): Promise<ReadonlySet<string>> {
    const told = await this.#statements.often(writing(this.#table, where, more), [given(rows)])
    const [{ level, written } = {}] = told.rows as { level?: string; written?: string | null }[]
    if (!DURABLE_LEVELS.includes(level ?? ''))
      throw mistake(
        `the PostgreSQL server uses synchronous_commit = ${level} and may lose confirmed commits in a crash: set it to on`,
      )
    return new Set(JSON.parse(written ?? '[]') as string[])
  }

  due(nowMs: number, limit: number, of: DueRows): Promise<JournalRow[]> {
    return this.#rows(dueRows(this.#table, of.order), [of.account, nowMs, limit])
  }

  unresolved(limit: number, of: UnresolvedRows): Promise<JournalRow[]> {
    const { kind, account, after } = of
    const values = [kind, account, after?.createdMs ?? -1, after?.key ?? '', limit]
    return this.#rows(unresolvedRows(this.#table), values)
  }

  debits(limit: number, of: DebitRows): Promise<JournalRow[]> {
    const { account, after } = of
    return this.#rows(debitRows(this.#table), [account, after?.createdMs ?? -1, after?.key ?? '', limit])
  }

  async prune(olderThanMs: number, nowMs: number, limit: number): Promise<number> {
    await this.#prove()
    const { rows } = await this.#pool.query(pruning(this.#table), [olderThanMs, nowMs, limit])
    return (rows as { gone: number }[])[0]?.gone ?? 0
  }

  async archive(olderThanMs: number, nowMs: number, limit: number): Promise<number> {
    await this.#prove()
    const { rows } = await this.#pool.query(archiving(this.#table), [olderThanMs, nowMs, limit])
    return (rows as { moved: number }[])[0]?.moved ?? 0
  }

  /** Returns the current time of the database server, whose clock an administrator can change. */
  async clock(): Promise<StoreTime> {
    const { rows } = await this.#pool.query(CLOCK)
    return { epoch: 'postgres', ms: Number((rows as { ms: string | number }[])[0]?.ms) }
  }

  async #rows(sql: string, values: unknown[]): Promise<JournalRow[]> {
    await this.#prove()
    const rows = (await this.#statements.often(sql, values)).rows as Read[]
    const [first] = rows
    if (first === undefined || first.standby || first.read_only)
      throw new Error(
        `this PostgreSQL server is ${first?.standby ? 'a standby' : 'read-only'}, so its rows may be outdated: use a pool of the primary`,
      )
    return rows.filter(({ key }) => key !== null).map(row)
  }

  /** Returns the names of the tables that do not exist. Throws if an existing table is not part of a journal. */
  async #missing(): Promise<string[]> {
    const missing: string[] = []
    for (const table of this.#tables()) {
      const { rows } = await this.#pool.query(PROOF, [table])
      if (rows.length === 0) missing.push(table)
      else prove(table, rows)
    }
    return missing
  }

  #tables(): [live: string, archive: string] {
    return [this.#table, archiveOf(this.#table)]
  }

  #prove(): Promise<void> {
    this.#proven ??= this.#look()
    return this.#proven
  }

  async #look(): Promise<void> {
    try {
      const [live, archive] = this.#tables()
      prove(live, (await this.#pool.query(PROOF, [live])).rows)
      const { rows } = await this.#pool.query(PROOF, [archive])
      if (rows.length === 0) throw half(archive)
      prove(archive, rows)
    } catch (error) {
      this.#proven = undefined
      throw error
    }
  }
}

interface Read {
  standby: boolean
  read_only: boolean
  key: string | null
}
