// Group commit: rows that arrive while other statements are under way are sent to the server in one statement.
import type { JournalRow } from '../money-types.js'

/** Number of statements under way at a time. More of them would only compete for the server. */
const AT_ONCE = 2
/**
 * Time after which waiting rows are sent in one more statement. A connection that hangs must not hold up the others.
 */
const WAIT_MS = 50
/** Largest number of rows in one statement. */
const ROWS = 128

/**
 * Writes these rows, each on its own condition and with different keys. Resolves to the keys of the rows that were
 * written.
 */
export type WriteRows = (rows: readonly JournalRow[]) => Promise<ReadonlySet<string>>

interface Waiting {
  row: JournalRow
  resolve: (written: boolean) => void
  reject: (error: unknown) => void
}

/** Collects rows that are written by one kind of statement. */
export class GroupCommit {
  readonly #write: WriteRows
  #waiting: Waiting[] = []
  #underWay = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(write: WriteRows) {
    this.#write = write
  }

  /** Resolves after the commit, to true if the row was written. */
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
   * Takes the rows of the next statement, sorted by key as in every process. It takes only the first row of a key,
   * because the next one is a later version, or competes with the first.
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
      if (group.length > 1 && wroteNothing(error)) await this.#alone(group)
      else for (const { reject } of group) reject(error)
    }
  }

  /** Writes each row alone, because a row that the server refuses must not make the others fail. */
  async #alone(group: Waiting[]): Promise<void> {
    for (const one of group) await this.#together([one])
  }
}

/**
 * Returns true if the server has rolled back the whole statement: for bad data (22), a violated rule (23), or a
 * transaction that it ended because of another one (40). The code 40003 does not count, because it is unknown if that
 * transaction was completed.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
function wroteNothing(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' && /^(22|23|40)[0-9A-Z]{3}$/.test(code) && code !== '40003'
}
