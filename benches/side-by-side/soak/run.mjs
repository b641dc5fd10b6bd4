// The two processes of a soak, and a look into the journal from outside of both.
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { at } from '../../../scripts/paths.mjs'

const here = (name) => at('benches', 'side-by-side', 'soak', name)

/** The bank: `{ origin, tell, report, stop }`. */
export async function startBank(plan) {
  const child = fork(here('bank.mjs'), [JSON.stringify(plan)])
  const [{ port }] = await once(child, 'message')
  const tell = (message) => child.send(message)
  const report = async () => {
    const told = once(child, 'message')
    tell({ do: 'report' })
    return (await told)[0]
  }
  return { origin: `http://127.0.0.1:${port}`, tell, report, stop: () => child.disconnect() }
}

/** A client under load; `heard` gets each of its lines. Resolves when it has ended. */
export async function load(job, heard) {
  const env = { ...process.env, NODE_ENV: 'production' }
  for (const name of ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'])
    delete env[name]
  const child = spawn(process.execPath, [here('load.mjs'), JSON.stringify(job)], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const patience = setTimeout(() => child.kill('SIGKILL'), job.loadMs + job.drainMs + 120_000)
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => heard(JSON.parse(line), child))
  const [[code]] = await Promise.all([once(child, 'close'), once(lines, 'close')])
  clearTimeout(patience)
  if (code !== 0) throw new Error(`the client under load ended with ${code}`)
}

/** How long this disk takes to sync a page, whatever else writes to it: `worst()` tells it since the last time, in milliseconds. */
export async function disk(path) {
  const file = await open(join(path, 'page'), 'w')
  const page = Buffer.alloc(4096)
  let [worst, begun, stop] = [0, performance.now(), false]
  const syncing = (async () => {
    while (!stop) {
      begun = performance.now()
      await file.write(page, 0, page.length, 0)
      await file.datasync()
      worst = Math.max(worst, performance.now() - begun)
      begun = Number.POSITIVE_INFINITY
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    await file.close()
  })()
  return {
    worst: () => {
      // One that goes on counts as well.
      const told = Math.max(worst, performance.now() - begun)
      worst = 0
      return told
    },
    stop: () => {
      stop = true
      return syncing
    },
  }
}

/** Looks into a journal that a client has open. */
export async function watch(file) {
  const { default: Database } = await import('better-sqlite3')
  const database = new Database(file, { readonly: true, fileMustExist: true })
  const open = database.prepare("SELECT count(*) AS n FROM rows WHERE unresolved AND kind = 'debit'")
  const late = database.prepare(
    'SELECT count(*) AS n FROM rows WHERE account = ? AND due_ms IS NOT NULL AND due_ms <= ?',
  )
  const rows = database.prepare("SELECT entry FROM rows WHERE kind = 'debit'")
  const { account } = database.prepare("SELECT account FROM rows WHERE kind = 'debit' LIMIT 1").get()
  return {
    /** Debits that are open, or whose end was not acknowledged yet. */
    open: () => open.get().n,
    /** Those whose time to be asked about came so long ago. */
    late: (agoMs) => late.get(account, Date.now() - agoMs).n,
    *entries() {
      for (const { entry } of rows.iterate()) yield JSON.parse(entry)
    },
    close: () => database.close(),
  }
}
