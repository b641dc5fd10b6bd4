// Fills a journal with copies of the debit that it contains, each with eight steps of history. The first 20,000 copies
// are open and due. The others are settled and acknowledged, and three of ten of them are old enough to be pruned.
import { statSync } from 'node:fs'

const STEPS = 8
const OLD_MS = 100 * 86_400_000
const DUE = 20_000

export async function seed(file, count) {
  const { default: Database } = await import('better-sqlite3')
  const database = new Database(file)
  try {
    const model = database.prepare("SELECT * FROM rows WHERE kind = 'debit' LIMIT 1").get()
    const columns = Object.keys(model)
    const insert = database.prepare(`INSERT INTO rows (${columns}) VALUES (${columns.map(() => '?')})`)
    const entry = JSON.parse(model.entry)
    const steps = Array.from({ length: STEPS }, (_, index) => entry.history[index % entry.history.length])
    const write = database.transaction(() => {
      for (let index = 0; index < count; index++) {
        const row = like(
          model,
          { ...entry, history: steps },
          index,
          index < DUE ? 'due' : index % 10 < 3 ? 'old' : 'done',
        )
        insert.run(columns.map((column) => row[column]))
      }
    })
    write.immediate()
    database.pragma('wal_checkpoint(TRUNCATE)')
  } finally {
    database.close()
  }
  return statSync(file).size
}

function like(model, entry, index, kind) {
  const reference = `S${String(index).padStart(14, '0')}`
  const now = Date.now()
  const at = kind === 'old' ? now - OLD_MS : now
  const open = kind === 'due'
  const own = { reference, createdMs: at, updatedMs: at, acknowledged: !open }
  if (open) Object.assign(own, { tid: undefined, outcome: 'pending', revision: 0, nextInquiryMs: now, waitMs: 60_000 })
  return {
    ...model,
    key: `${entry.op}:${reference}`,
    entry: JSON.stringify({ ...entry, ...own }),
    due_ms: open ? now : null,
    wait_ms: open ? 60_000 : 0,
    unresolved: open ? 1 : 0,
    created_ms: at,
    updated_ms: at,
    keep_until_ms: null,
  }
}
