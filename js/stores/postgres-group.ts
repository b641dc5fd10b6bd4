// Group commit: rows that arrive while other statements run are sent to the server together in one statement.
import type { JournalRow } from '../money/money-types.js'

/** Maximum number of write statements that run at the same time. More statements would only compete for the server. */
const AT_ONCE = 2
/**
 * Time after which waiting rows are sent in an additional statement, in milliseconds. A connection that hangs must not
 * delay other rows.
 */
const WAIT_MS = 50
/** Maximum number of rows in one statement. */
const ROWS = 128

/** Writes rows with different keys, each under its own version condition. Resolves to the keys of the written rows. */
export type WriteRows = (rows: readonly JournalRow[]) => Promise<ReadonlySet<string>>

interface Waiting {
  row: JournalRow
  resolve: (written: boolean) => void
  reject: (error: unknown) => void
}

/** Collects rows for one kind of write statement, and writes the rows in groups. */
export class GroupCommit {
  readonly #write: WriteRows
  #waiting: Waiting[] = []
  #underWay = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(write: WriteRows) {
    this.#write = write
  }

  /** Adds a row to the next group. Resolves after the commit of that group: to true if the row was written. */
  write(row: JournalRow): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ row, resolve, reject })
      if (this.#underWay < AT_ONCE) void this.#next()
      else this.#timer ??= setTimeout(() => void this.#next(), WAIT_MS)
    })
  }

  async #next(): Promise<void> {
    this.#underWay++
    while (this.#waiting.length > 0) await this.#together(this.#take())
    this.#underWay--
  }

  /**
   * Removes the rows for the next statement from the waiting rows. The rows are sorted by key, because all processes
   * must write in the same order. Only the first row of each key is taken, because a second row competes with it.
   */
  #take(): Waiting[] {
    clearTimeout(this.#timer)
    const taken = new Map<string, Waiting>()
    const left: Waiting[] = []
    for (const one of this.#waiting)
      if (taken.size < ROWS && !taken.has(one.row.key)) taken.set(one.row.key, one)
      else left.push(one)
    this.#waiting = left
    this.#timer = left.length > 0 ? setTimeout(() => void this.#next(), WAIT_MS) : undefined
    return [...taken.values()].sort((a, b) => (a.row.key < b.row.key ? -1 : 1))
  }

  async #together(group: Waiting[]): Promise<void> {
    try {
      const written = await this.#write(group.map(({ row }) => row))
      for (const { row, resolve } of group) resolve(written.has(row.key))
    } catch (error) {
      if (group.length > 1 && wroteNothing(error)) await this.#halves(group)
      else for (const { reject } of group) reject(error)
    }
  }

  /**
   * Writes the two halves of a group separately, and splits a half that fails again, so that a row that the server
   * refuses does not make the other rows fail.
   */
  async #halves(group: Waiting[]): Promise<void> {
    const middle = Math.ceil(group.length / 2)
    await this.#together(group.slice(0, middle))
    await this.#together(group.slice(middle))
  }
}

/**
 * Returns true if the server has rolled back the whole statement. The error codes are: bad data (class 22), a violated
 * constraint (class 23), a transaction that the server ended because of another transaction (class 40), a limit of the
 * server such as the size of an index row (class 54), a lock that was not free (55P03), or an error of a trigger
 * (P0001). Code 40003 is excluded, because it is unknown whether its transaction was completed.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function wroteNothing(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' && /^(?:(?:22|23|40|54)[0-9A-Z]{3}|55P03|P0001)$/.test(code) && code !== '40003'
}
