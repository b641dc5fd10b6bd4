// Journals as a user writes them without this library: a table with the reservation of each debit and its result. Each
// write is durable before the next step.

const TABLE = `CREATE TABLE IF NOT EXISTS debits (reference TEXT PRIMARY KEY, intent TEXT NOT NULL, state TEXT NOT NULL,
  tid TEXT, created_ms BIGINT NOT NULL, updated_ms BIGINT NOT NULL)`

/** Opens a journal in SQLite. With `batch`, all writes of one turn of the event loop are committed together. */
export async function files({ file }, batch) {
  const { default: Database } = await import('better-sqlite3')
  const database = new Database(file)
  await toWal(database)
  database.pragma('synchronous = FULL')
  database.exec(TABLE)
  const insert = database.prepare('INSERT INTO debits VALUES (?, ?, ?, NULL, ?, ?)')
  const update = database.prepare(
    "UPDATE debits SET state = ?, tid = ?, updated_ms = ? WHERE reference = ? AND state = 'reserved'",
  )
  const write = {
    reserve: (reference, intent) => insert.run(reference, intent, 'reserved', Date.now(), Date.now()),
    settle: (reference, { outcome, tid }) => update.run(outcome, tid, Date.now(), reference),
  }
  const committed = batch ? together(database) : database.transaction((job) => once(job()))
  return {
    reserve: (...given) => committed(() => write.reserve(...given)),
    settle: (...given) => committed(() => write.settle(...given)),
    close: () => database.close(),
  }
}

/**
 * Switches the file to WAL mode. If another process does the same, SQLite fails at once and does not wait, so the
 * switch is tried again.
 */
async function toWal(database) {
  for (let tries = 0; tries < 100; tries++) {
    try {
      return database.pragma('journal_mode = WAL')
    } catch (error) {
      if (error.code !== 'SQLITE_BUSY') throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  throw new Error('the file stays locked')
}

function once({ changes }) {
  if (changes !== 1) throw new Error('the row is not as it was')
}

/** Returns a function that collects the jobs of one turn of the event loop and commits them in one transaction. */
function together(database) {
  let waiting = []
  const all = database.transaction((jobs) => jobs.map(({ job }) => job().changes))
  const commit = () => {
    const jobs = waiting
    waiting = []
    let changes
    try {
      changes = all.immediate(jobs)
    } catch (error) {
      for (const { reject } of jobs) reject(error)
      return
    }
    jobs.forEach(({ resolve, reject }, index) => {
      if (changes[index] === 1) resolve()
      else reject(new Error('the row is not as it was'))
    })
  }
  return (job) =>
    new Promise((resolve, reject) => {
      if (waiting.push({ job, resolve, reject }) === 1) setImmediate(commit)
    })
}

/** Opens a journal in PostgreSQL. */
export async function postgres({ database, connections }) {
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({ ...database, max: connections })
  const run = async (text, values) => once({ changes: (await pool.query(text, values)).rowCount })
  await pool.query(TABLE)
  const now = () => Date.now()
  return {
    reserve: (reference, intent) =>
      run("INSERT INTO debits VALUES ($1, $2, 'reserved', NULL, $3, $3)", [reference, intent, now()]),
    settle: (reference, { outcome, tid }) =>
      run("UPDATE debits SET state = $1, tid = $2, updated_ms = $3 WHERE reference = $4 AND state = 'reserved'", [
        outcome,
        tid,
        now(),
        reference,
      ]),
    close: () => pool.end(),
  }
}
