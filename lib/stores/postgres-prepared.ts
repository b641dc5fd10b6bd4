// Statements that the server plans once for each connection, where the pool can name them.
import { createHash } from 'node:crypto'
import type { Queryable } from './postgres.js'

/** What `query` of the pools of `pg` takes too. */
interface Named {
  query(statement: { name: string; text: string; values: unknown[] }): ReturnType<Queryable['query']>
}

/**
 * The codes by which a server, or a pooler before it that gives each transaction another connection, says that a name leads to no
 * statement, or to one already. Nothing has run then. https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const NAMES_FAIL: readonly unknown[] = ['26000', '42P05']

/** Runs statements of a pool, by name where that works. */
export class Statements {
  readonly #pool: Queryable
  readonly #names = new Map<string, string>()
  #named: boolean

  constructor(pool: Queryable, prepare = isPool(pool)) {
    this.#pool = pool
    this.#named = prepare
  }

  /** Runs one of those that come again and again. */
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

  /** A name belongs to its text alone: another version of this package may share the connection. */
  #name(text: string): string {
    let name = this.#names.get(text)
    if (name === undefined) {
      name = `eko_eps_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`
      this.#names.set(text, name)
    }
    return name
  }
}

/** A `Pool` of `pg`: it counts its connections, and others of the form `Queryable` may not take a statement's name. */
function isPool(pool: Queryable): boolean {
  const { totalCount, idleCount, waitingCount } = pool as Partial<
    Record<'totalCount' | 'idleCount' | 'waitingCount', unknown>
  >
  return [totalCount, idleCount, waitingCount].every((count) => typeof count === 'number')
}
