// Lists of journal entries. They are read in pages, because a journal may be larger than the memory.
import type { Listing } from '../money/journal-types.js'
import { fault } from '../money/money-checks.js'

/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[]
  /** Position where the next page starts; `null` on the last page. */
  readonly next: string | null
}

/** Request for a page. `after` is the member `next` of the previous page; `null` asks for the first page. */
export interface PageWanted {
  readonly after: string | null
  readonly limit: number
}

const PAGE = 100

/** List that fetches a page only when it is needed. Each iteration starts at the first page. */
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
    throw fault('limit', 'must be a whole number of items, at least 1')
  return limit
}
