// Fills a journal with the debits that an outage of an hour leaves. They are copies of a debit in the journal whose
// answer was lost.
//
// While EPS does not answer, an inquiry takes half a minute, and a sweep asks about one debit at a time. EPS was
// therefore never asked about most debits, and they have been due since the time of their first inquiry. Some debits
// got a 5xx answer and were due at once. The resolver has asked about a few debits, at the times of its schedule.

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
const FIRST_MS = [2000, 5000, 15_000, 30_000, 60_000]
const NEVER_ASKED = 0.75
const ANSWERED_5XX = 0.2

export const pastReference = (index) => `O${String(index).padStart(14, '0')}`

export async function seed(file, { open, model: reference }) {
  const { default: Database } = await import('better-sqlite3')
  const database = new Database(file)
  try {
    const model = database.prepare('SELECT * FROM rows WHERE key = ?').get(`dmt.transfer:${reference}`)
    const columns = Object.keys(model)
    const insert = database.prepare(`INSERT INTO rows (${columns}) VALUES (${columns.map(() => '?')})`)
    const entry = JSON.parse(model.entry)
    const now = Date.now()
    database.transaction(() => {
      for (let index = 0; index < open; index++) {
        const row = like(model, entry, pastReference(index), now - Math.floor((HOUR_MS * (open - index)) / open), now)
        insert.run(columns.map((column) => row[column]))
      }
    })()
    database.pragma('wal_checkpoint(TRUNCATE)')
  } finally {
    database.close()
  }
}

/**
 * Returns the time of the next inquiry, the wait before it, the number of inquiries so far, and the time of the last
 * change.
 */
function due(created, now) {
  const drawn = Math.random()
  // The debit's own call ended within a second after its creation.
  const told = created + Math.floor(Math.random() * 1000)
  if (drawn < NEVER_ASKED)
    return { next: created + FIRST_MS[0], wait: created + FIRST_MS[0] - told, asked: 0, updated: told }
  if (drawn < NEVER_ASKED + ANSWERED_5XX) return { next: told, wait: 0, asked: 0, updated: told }
  const updated = created + Math.floor(Math.random() * (now - created))
  const age = updated - created
  const asked = 1 + FIRST_MS.filter((after) => after <= age).length
  if (asked < FIRST_MS.length) {
    const wait = Math.max(1000, FIRST_MS[asked] - age)
    return { next: updated + wait, wait, asked, updated }
  }
  const wait = age < HOUR_MS / 2 ? MINUTE_MS : HOUR_MS / 4
  return { next: updated + wait, wait, asked: FIRST_MS.length + Math.floor(age / MINUTE_MS), updated }
}

function like(model, entry, reference, created, now) {
  const { next, wait, asked, updated } = due(created, now)
  const own = { reference, createdMs: created, updatedMs: updated, inquiries: asked, nextInquiryMs: next, waitMs: wait }
  if (asked > 0) own.why = 'noAnswer'
  const moved = entry.createdMs - created
  const history = entry.history.map((step) => ({ ...step, at: step.at - moved }))
  return {
    ...model,
    key: `${entry.op}:${reference}`,
    entry: JSON.stringify({ ...entry, ...own, history }),
    due_ms: next,
    wait_ms: wait,
    created_ms: created,
    updated_ms: updated,
  }
}
