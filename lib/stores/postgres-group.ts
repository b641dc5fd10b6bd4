// Group commit: what arrives while other statements are under way goes to the server in one statement.
import type { JournalRow } from '../money-types.js'

/** Statements under way at a time; more of them only compete for the server. */
const AT_ONCE = 2
/** What waits longer goes beside them: a connection that hangs must not hold up the others. */
const WAIT_MS = 50
/** Rows of one statement. */
const ROWS = 128

/** Writes these rows, each on its own condition and with different keys, and resolves to the keys of those that were written. */
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

  /** Resolves to whether the row was written, once that is committed. */
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

  /** Of one key only the first: the next one is a version behind it, or its rival. The keys' order is that of every process. */
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

  /** One row that the server refuses must not take the others with it. */
  async #alone(group: Waiting[]): Promise<void> {
    for (const one of group) await this.#together([one])
  }
}

/**
 * Whether the server has taken the whole statement back: bad data (22), a violated rule (23), or a transaction that it ended for
 * another's sake (40, but not 40003: whether that one was completed is unknown). https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
function wroteNothing(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' && /^(22|23|40)[0-9A-Z]{3}$/.test(code) && code !== '40003'
}
