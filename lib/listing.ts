// What the journal lists comes in pages: a journal may hold more than fits into memory.
import type { Listing } from './journal-types.js'
import { fault } from './money-checks.js'

/** One page, and where the next begins. */
export interface Page<T> {
  readonly items: readonly T[]
  /** `null`: there is none. */
  readonly next: string | null
}

/** Which page is wanted: `after` is the `next` of the one before, `null` for the first. */
export interface PageWanted {
  readonly after: string | null
  readonly limit: number
}

const PAGE = 100

/** A listing that fetches its pages as they are needed. Each iteration begins anew. */
export class Pages<T> implements Listing<T> {
  readonly #fetch: (page: PageWanted) => Promise<Page<T>>

  constructor(fetch: (page: PageWanted) => Promise<Page<T>>) {
    this.#fetch = fetch
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    return this.#items(Number.POSITIVE_INFINITY)
  }

  async toArray(options: { limit?: number } = {}): Promise<T[]> {
    const all: T[] = []
    for await (const item of this.#items(wanted(options))) all.push(item)
    return all
  }

  async *#items(limit: number): AsyncGenerator<T, void, undefined> {
    let after: string | null = null
    let left = limit
    do {
      const page: Page<T> = await this.#fetch({ after, limit: Math.min(PAGE, left) })
      yield* page.items
      left -= page.items.length
      after = page.next
    } while (after !== null && left > 0)
  }
}

function wanted(options: unknown): number {
  if (typeof options !== 'object' || options === null) throw fault('options', 'must be an object: { limit }')
  const { limit } = options as { limit?: unknown }
  if (limit === undefined) return Number.POSITIVE_INFINITY
  if (typeof limit !== 'number' || !Number.isSafeInteger(limit) || limit < 1)
    throw fault('limit', 'must be a whole number of items, 1 at least')
  return limit
}
