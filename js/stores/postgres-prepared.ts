// Runs statements by name, if the pool supports names. The server then plans each statement only once per connection.
import { createHash } from 'node:crypto'

/**
 * Connection pool that runs queries: a `Pool` of `pg`, or any object with the same method. Each query must be a
 * separate transaction.
 */
export interface Queryable {
  /** Runs one statement with its parameter values, and resolves to its rows. */
  query(text: string, values?: unknown[]): Promise<{ rows: object[]; rowCount: number | null }>
}

/** Pool of `pg`, whose `query` also accepts a named statement. */
interface Named {
  query(statement: { name: string; text: string; values: unknown[] }): ReturnType<Queryable['query']>
}

/**
 * PostgreSQL's error codes for an unknown or an already used name of a statement. A server sends them, or a pooler that
 * gives each transaction another connection. The statement has not run.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const NAMES_FAIL: readonly unknown[] = ['26000', '42P05']

/** Runs statements on a pool, by name if the pool supports names. */
export class Statements {
  readonly #pool: Queryable
  readonly #names = new Map<string, string>()
  #named: boolean

  constructor(pool: Queryable, prepare = isPool(pool)) {
    this.#pool = pool
    this.#named = prepare
  }

  /** Runs a frequent statement, by name if the pool supports names. */
  async often(text: string, values: unknown[]): ReturnType<Queryable['query']> {
    if (!this.#named) return this.#pool.query(text, values)
    try {
      return await (this.#pool as unknown as Named).query({ name: this.#name(text), text, values })
    } catch (error) {
      if (!NAMES_FAIL.includes((error as { code?: unknown } | null)?.code)) throw error
      this.#named = false
      return this.#pool.query(text, values)
    }
  }

  /**
   * Returns the name of a statement. The name depends only on the text, because another version of this package may use
   * the same connection.
   */
  #name(text: string): string {
    let name = this.#names.get(text)
    if (name === undefined) {
      name = `eko_eps_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`
      this.#names.set(text, name)
    }
    return name
  }
}

/**
 * Returns true for a `Pool` of `pg`, which is recognised by its counts of connections. Other pools may not accept named
 * statements.
 */
function isPool(pool: Queryable): boolean {
  const { totalCount, idleCount, waitingCount } = pool as Partial<
    Record<'totalCount' | 'idleCount' | 'waitingCount', unknown>
  >
  return [totalCount, idleCount, waitingCount].every((count) => typeof count === 'number')
}
