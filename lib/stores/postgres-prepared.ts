// Statements that the server plans once for each connection, if the pool can name them.
import { createHash } from 'node:crypto'
import type { Queryable } from './postgres.js'

/** Form of `query` that the pools of `pg` take too. */
interface Named {
  query(statement: { name: string; text: string; values: unknown[] }): ReturnType<Queryable['query']>
}

/**
 * Error codes of a server, or of a pooler in front of it that gives each transaction another connection. They say that
 * a statement's name is unknown, or that it is taken already. Nothing has run then.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const NAMES_FAIL: readonly unknown[] = ['26000', '42P05']

/** Runs statements of a pool, by name if that works. */
export class Statements {
  readonly #pool: Queryable
  readonly #names = new Map<string, string>()
  #named: boolean

  constructor(pool: Queryable, prepare = isPool(pool)) {
    this.#pool = pool
    this.#named = prepare
  }

  /** Runs a statement that is used often. */
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
   * Returns the name of a statement. It depends on the text alone, because another version of this package may share
   * the connection.
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
 * Returns true for a `Pool` of `pg`, which counts its connections. Other objects of the form `Queryable` may not accept
 * the name of a statement.
 */
function isPool(pool: Queryable): boolean {
  const { totalCount, idleCount, waitingCount } = pool as Partial<
    Record<'totalCount' | 'idleCount' | 'waitingCount', unknown>
  >
  return [totalCount, idleCount, waitingCount].every((count) => typeof count === 'number')
}
