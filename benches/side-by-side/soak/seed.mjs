// Fills a journal with what an outage of an hour leaves: debits whose answers were lost, like the one that the client itself has left there.
//
// While EPS does not answer, an inquiry takes half a minute, and a sweep asks about one debit at a time: so most were never asked about, and
// are due since their first inquiry. Some had a 5xx, and were due at once. Of a few the resolver came by, by its schedule.

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

/** When it is due, how long it waited for that, and how often EPS was asked. */
function due(created, now) {
  const drawn = Math.random()
  // Its own end came within a second.
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
