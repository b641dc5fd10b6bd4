// A journal's store in memory, for tests. A test can make it fail.
export class MemoryStore {
  rows = new Map()
  archived = new Map()
  /** Runs before each method, with the method's name. May throw, or return a promise. */
  before = () => {}

  async read(key) {
    await this.before('read')
    return this.rows.get(key) ?? this.archived.get(key)
  }

  async write(row, also = []) {
    await this.before('write')
    if (!this.#fits(row)) return false
    for (const one of [row, ...also]) {
      if (!this.#fits(one)) continue
      this.archived.delete(one.key)
      this.rows.set(one.key, structuredClone(one))
    }
    return true
  }

  async due(nowMs, limit, { account, order }) {
    await this.before('due')
    const due = this.#where(
      (row) =>
        row.account === account &&
        row.dueMs !== null &&
        (row.dueMs <= nowMs || row.dueMs - row.waitMs > nowMs + 10_000),
    )
    const overdue = ({ dueMs }) => Number(dueMs < nowMs - 60_000)
    const wait = order === 'shortestWait' ? (a, b) => overdue(a) - overdue(b) || a.waitMs - b.waitMs : () => 0
    return due.sort((a, b) => wait(a, b) || a.dueMs - b.dueMs || byKey(a, b)).slice(0, limit)
  }

  async unresolved(limit, { kind, account, after }) {
    await this.before('unresolved')
    const open = this.#where((row) => row.unresolved && row.kind === kind && row.account === account)
    return page(open, limit, after)
  }

  async debits(limit, { account, after }) {
    await this.before('debits')
    const all = this.#where((row) => row.kind === 'debit' && row.account === account, this.#all())
    return page(all, limit, after)
  }

  async prune(olderThanMs, nowMs, limit) {
    await this.before('prune')
    const old = this.#old(['debit', 'alarm'], this.#all(), olderThanMs, nowMs).slice(0, limit)
    for (const { key } of old) for (const rows of [this.rows, this.archived]) rows.delete(key)
    return old.length
  }

  async archive(olderThanMs, nowMs, limit) {
    await this.before('archive')
    const old = this.#old(['debit'], [...this.rows.values()], olderThanMs, nowMs).slice(0, limit)
    for (const row of old) {
      this.rows.delete(row.key)
      this.archived.set(row.key, row)
    }
    return old.length
  }

  #fits(row) {
    return ((this.rows.get(row.key) ?? this.archived.get(row.key))?.version ?? 0) === row.version - 1
  }

  #all() {
    return [...this.rows.values(), ...this.archived.values()]
  }

  #old(kinds, rows, olderThanMs, nowMs) {
    const by = this.#all().reduce((newest, { updatedMs }) => Math.max(newest, updatedMs), 0)
    const now = Math.min(by, nowMs)
    const isOld = ({ kind, unresolved, dueMs, keepUntilMs, updatedMs }) =>
      kinds.includes(kind) &&
      !unresolved &&
      dueMs === null &&
      (keepUntilMs ?? 0) <= now &&
      updatedMs <= now - olderThanMs
    return this.#where(isOld, rows).sort((a, b) => a.updatedMs - b.updatedMs)
  }

  #where(condition, rows = [...this.rows.values()]) {
    return rows.filter(condition)
  }
}

const byKey = (a, b) => (a.key < b.key ? -1 : Number(a.key > b.key))
const byAge = (a, b) => a.createdMs - b.createdMs || byKey(a, b)

function page(rows, limit, after) {
  const behind = after === null ? rows : rows.filter((row) => byAge(row, after) > 0)
  return behind.sort(byAge).slice(0, limit)
}
