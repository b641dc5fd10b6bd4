// A journal in PostgreSQL, over whatever pool a team already has: for debits from many machines.
import { refuse } from '../core.js'
import type { JournalRow, JournalStore } from '../money-types.js'

/** What runs queries: a `Pool` of `pg`, or anything of its form. Each query must be a transaction of its own. */
export interface Queryable {
  /** Runs one statement with its values. */
  query(text: string, values?: unknown[]): Promise<{ rows: object[]; rowCount: number | null }>
}

const TABLE = /^[a-z_][a-z0-9_]{0,62}(\.[a-z_][a-z0-9_]{0,62})?$/

/**
 * Part of each write: a commit that the server confirms before it is on the disk, which a session or a role may have
 * chosen, would let a debit leave twice. It holds for this statement only.
 */
const DURABLE = `WITH durable AS MATERIALIZED (
  SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, true)
)`
const COLUMNS = 'key, version, entry, due_ms, unresolved, updated_ms'

/**
 * A journal in one table of PostgreSQL (12 or newer).
 *
 * @example
 * const store = new PostgresStore(new Pool())
 * await store.migrate()
 * const eko = new EkoClient({ ...keys, environment: 'production', journal: { store } })
 */
export class PostgresStore implements JournalStore {
  readonly #pool: Queryable
  readonly #table: string

  /** @param options.table - Its name, with its schema if need be; `eko_eps_intents` unless given. */
  constructor(pool: Queryable, options: { table?: string } = {}) {
    const { table = 'eko_eps_intents' } = options
    if (typeof pool?.query !== 'function') throw mistake('PostgresStore takes a pool with a method query, as of pg')
    if (!TABLE.test(table)) throw mistake('table must be a name of a-z, 0-9 and _, with its schema if need be')
    this.#pool = pool
    this.#table = table
  }

  /**
   * Creates the table and its indexes where they are missing; may be run by several processes at once. Rejects if the server
   * could forget what it has confirmed.
   */
  async migrate(): Promise<void> {
    const table = this.#table
    const index = table.replace('.', '_')
    await this.#pool.query(`
      SELECT pg_advisory_xact_lock(hashtext('${table}'));
      CREATE TABLE IF NOT EXISTS ${table} (
        key text PRIMARY KEY, version bigint NOT NULL, entry text NOT NULL, due_ms bigint, unresolved boolean NOT NULL, updated_ms bigint NOT NULL
      );
      CREATE INDEX IF NOT EXISTS ${index}_due ON ${table} (due_ms) WHERE due_ms IS NOT NULL;
      CREATE INDEX IF NOT EXISTS ${index}_unresolved ON ${table} (updated_ms) WHERE unresolved;
    `)
    const { rows } = await this.#pool.query(
      `SELECT current_setting('fsync') AS fsync, relpersistence::text AS kept FROM pg_class WHERE oid = to_regclass($1)`,
      [table],
    )
    const [{ fsync, kept } = {}] = rows as { fsync?: string; kept?: string }[]
    if (fsync !== 'on') throw mistake('this PostgreSQL runs with fsync off and may forget what it has confirmed')
    if (kept !== 'p') throw mistake(`the table ${table} is not a permanent, logged one: a crash would empty it`)
  }

  async read(key: string): Promise<JournalRow | undefined> {
    return (await this.#rows('WHERE key = $1', [key]))[0]
  }

  async write(row: JournalRow): Promise<boolean> {
    const { key, version, entry, dueMs, unresolved, updatedMs } = row
    const sql =
      version === 1
        ? `INSERT INTO ${this.#table} (${COLUMNS}) SELECT $1::text, $2::bigint, $3::text, $4::bigint, $5::boolean, $6::bigint FROM durable ON CONFLICT DO NOTHING`
        : `UPDATE ${this.#table} SET version = $2::bigint, entry = $3::text, due_ms = $4::bigint, unresolved = $5::boolean, updated_ms = $6::bigint FROM durable WHERE key = $1::text AND version = $2::bigint - 1`
    const values = [key, version, entry, dueMs, unresolved, updatedMs]
    return (await this.#pool.query(`${DURABLE} ${sql}`, values)).rowCount === 1
  }

  due(nowMs: number, limit: number): Promise<JournalRow[]> {
    return this.#rows('WHERE due_ms <= $1::bigint ORDER BY due_ms LIMIT $2::bigint', [nowMs, limit])
  }

  unresolved(limit: number): Promise<JournalRow[]> {
    return this.#rows('WHERE unresolved ORDER BY updated_ms LIMIT $1::bigint', [limit])
  }

  async prune(beforeMs: number): Promise<number> {
    const sql = `DELETE FROM ${this.#table} WHERE NOT unresolved AND updated_ms < $1::bigint`
    return (await this.#pool.query(sql, [beforeMs])).rowCount ?? 0
  }

  async #rows(where: string, values: unknown[]): Promise<JournalRow[]> {
    const { rows } = await this.#pool.query(`SELECT ${COLUMNS} FROM ${this.#table} ${where}`, values)
    return (rows as Stored[]).map((row) => ({
      key: row.key,
      // Drivers give bigint as text: a JavaScript number may not hold one. Ours are far below its limit.
      version: Number(row.version),
      entry: row.entry,
      dueMs: row.due_ms === null ? null : Number(row.due_ms),
      unresolved: row.unresolved,
      updatedMs: Number(row.updated_ms),
    }))
  }
}

interface Stored {
  key: string
  version: string | number
  entry: string
  due_ms: string | number | null
  unresolved: boolean
  updated_ms: string | number
}

function mistake(message: string): Error {
  return refuse('invalid_config', message, 'Correct what the message names.')
}
