// A journal in PostgreSQL, over whatever pool a team already has: for debits from many machines.
import type { DebitRows, DueRows, JournalRow, JournalStore, StoreTime, UnresolvedRows } from '../money-types.js'
import { GroupCommit } from './postgres-group.js'
import { Statements } from './postgres-prepared.js'
import { byKey, CLOCK, debitRows, dueRows, given, row, unresolvedRows } from './postgres-sql.js'
import { archiveOf, creation, half, mistake, PROOF, prove } from './postgres-table.js'
import { archiving, DURABLE_LEVELS, type Place, pruning, writing } from './postgres-write.js'

/** What runs queries: a `Pool` of `pg`, or anything of its form. Each query must be a transaction of its own. */
export interface Queryable {
  /** Runs one statement with its values. */
  query(text: string, values?: unknown[]): Promise<{ rows: object[]; rowCount: number | null }>
}

/** Names of indexes are made of the table's, and 63 characters are the most that PostgreSQL keeps apart. */
const TABLE = /^([a-z_][a-z0-9_]{0,62}\.)?[a-z_][a-z0-9_]{0,49}$/

/**
 * A journal in two tables of PostgreSQL (12 or newer): one for what is live, and its archive. Give it a pool of the primary. It
 * refuses a table that is none of its own, and a server that may forget what it has confirmed, with `invalid_config`.
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
  /** First versions, and later ones. */
  readonly #groups: Record<'nowhere' | 'live', GroupCommit>
  /** That the tables are a journal: asked once, and again after it was not. */
  #proven: Promise<void> | undefined

  /**
   * @param options.table - Its name, with its schema if need be; `eko_eps_journal` unless given. The archive has the same name with
   * `_archive` behind it.
   * @param options.prepare - Whether what comes again and again is planned once for each connection, as a named statement. Of a
   * `Pool` of `pg` it is, unless a pooler between cannot; with `true` any pool must take `{ name, text, values }`.
   */
  constructor(pool: Queryable, options: { table?: string; prepare?: boolean } = {}) {
    const { table = 'eko_eps_journal', prepare } = options
    if (typeof pool?.query !== 'function') throw mistake('PostgresStore takes a pool with a method query, as of pg')
    if (!TABLE.test(table))
      throw mistake('table must be a name of a-z, 0-9 and _, of 50 characters at most, with its schema if need be')
    if (table.endsWith('_archive')) throw mistake('table must not end in _archive: that is the name of an archive')
    if (prepare !== undefined && typeof prepare !== 'boolean') throw mistake('prepare must be true or false')
    this.#pool = pool
    this.#table = table
    this.#statements = new Statements(pool, prepare)
    const group = (where: Place) => new GroupCommit((rows) => this.#write(where, rows))
    this.#groups = { nowhere: group('nowhere'), live: group('live') }
  }

  /**
   * Creates the tables and their indexes where they are missing; may be run by several processes at once. Rejects if a table
   * is no journal's, or if the server could forget what it has confirmed.
   */
  async migrate(): Promise<void> {
    this.#proven = undefined
    // What is there already is not to be completed, if it is something else.
    let missing = await this.#missing()
    // Another process may have made both between the two looks.
    if (missing.length === 1) missing = await this.#missing()
    // An empty one in the place of one that was lost would have its references used again.
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
    // Most are live. One that is not may be archived, or is another version by now.
    for (const where of places) if (await this.#writeTo(where, row, also)) return true
    return false
  }

  async #writeTo(where: Place, row: JournalRow, also: readonly JournalRow[]): Promise<boolean> {
    if (also.length === 0 && where !== 'anywhere') return this.#groups[where].write(row)
    return (await this.#write(where, [row, ...also], also.length > 0)).has(row.key)
  }

  async #write(where: Place, rows: readonly JournalRow[], more = false): Promise<ReadonlySet<string>> {
    const told = await this.#statements.often(writing(this.#table, where, more), [given(rows)])
    const [{ level, written } = {}] = told.rows as { level?: string; written?: string | null }[]
    if (!DURABLE_LEVELS.includes(level ?? ''))
      throw mistake(
        `this PostgreSQL commits with synchronous_commit = ${level} and may forget what it has confirmed: set it to on`,
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

  /** The server's clock, which an administrator can set. */
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
        `this PostgreSQL is ${first?.standby ? 'a standby' : 'read-only'}, and what it says proves nothing: use a pool of the primary`,
      )
    return rows.filter(({ key }) => key !== null).map(row)
  }

  /** Which tables are not there; throws if one that is there is no journal's. */
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
