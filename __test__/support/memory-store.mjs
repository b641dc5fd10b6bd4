// A journal's store in memory, for tests: it may be told to fail.
export class MemoryStore {
  rows = new Map()
  /** What each method does first; may throw, or give a promise. */
  before = () => {}

  async read(key) {
    await this.before('read')
    return this.rows.get(key)
  }

  async write(row) {
    await this.before('write')
    if ((this.rows.get(row.key)?.version ?? 0) !== row.version - 1) return false
    this.rows.set(row.key, structuredClone(row))
    return true
  }

  async due(nowMs, limit) {
    await this.before('due')
    const due = [...this.rows.values()].filter(({ dueMs }) => dueMs !== null && dueMs <= nowMs)
    return due.sort((a, b) => a.dueMs - b.dueMs).slice(0, limit)
  }

  async unresolved(limit) {
    await this.before('unresolved')
    const open = [...this.rows.values()].filter(({ unresolved }) => unresolved)
    return open.sort((a, b) => a.updatedMs - b.updatedMs).slice(0, limit)
  }

  async prune(beforeMs) {
    await this.before('prune')
    const old = [...this.rows.values()].filter(({ unresolved, updatedMs }) => !unresolved && updatedMs < beforeMs)
    for (const { key } of old) this.rows.delete(key)
    return old.length
  }
}
